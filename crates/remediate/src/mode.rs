/// The symbolic mode that takes away every permission beyond a mask: `u-x,g-rwx,o-rwx`.
///
/// Symbolic, because it only ever takes away: a file that is stricter already stays so. Special
/// bits go as well; `chmod` names them with the class they belong to.
pub(crate) fn restriction(mask: u32) -> String {
    let classes = [("u", 6, 0o4000, "s"), ("g", 3, 0o2000, "s"), ("o", 0, 0o1000, "t")];
    let parts: Vec<String> = classes
        .into_iter()
        .filter_map(|(class, shift, special, letter)| {
            let mut taken = String::new();
            for (bit, name) in [(0o4, "r"), (0o2, "w"), (0o1, "x")] {
                if mask & (bit << shift) == 0 {
                    taken.push_str(name);
                }
            }
            if mask & special == 0 {
                taken.push_str(letter);
            }
            (!taken.is_empty()).then(|| format!("{class}-{taken}"))
        })
        .collect();
    parts.join(",")
}

#[cfg(test)]
mod tests {
    use super::restriction;

    #[test]
    fn a_restriction_names_what_is_beyond_the_mask() {
        let check = |mask, expected: &str| assert_eq!(restriction(mask), expected, "{mask:o}");
        check(0o600, "u-xs,g-rwxs,o-rwxt");
        check(0o644, "u-xs,g-wxs,o-wxt");
        check(0o700, "u-s,g-rwxs,o-rwxt");
        check(0o7777, "");
    }
}

use std::collections::BTreeSet;

/// A name for each node that inventories, host patterns and shells take as it is.
///
/// Characters beyond those of host names become `_`; a number keeps apart what then is the same.
pub(crate) fn unique_names<'n>(names: impl Iterator<Item = &'n str>) -> Vec<String> {
    let mut taken = BTreeSet::new();
    names
        .map(|name| {
            let keep = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
            let mut harmless: String =
                name.chars().map(|c| if keep(c) { c } else { '_' }).collect();
            if !harmless.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_') {
                harmless.insert(0, '_');
            }
            let mut unique = harmless.clone();
            let mut number = 2;
            while !taken.insert(unique.clone()) {
                unique = format!("{harmless}_{number}");
                number += 1;
            }
            unique
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::unique_names;

    #[test]
    fn names_are_harmless_and_stay_apart() {
        let names = ["cp-1.example.org", "a[1:9]", "a_1_9_", "-x", "", "{{ x }}"];
        let expected = ["cp-1.example.org", "a_1_9_", "a_1_9__2", "_-x", "_", "___x___"];
        assert_eq!(unique_names(names.into_iter()), expected);
    }
}

/// Whether a text matches a pattern in which `*` stands for any characters, none included.
///
/// Every other character stands for itself.
pub(crate) fn matches(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = text.strip_prefix(parts.next().unwrap_or_default()) else {
        return false;
    };
    let mut parts: Vec<&str> = parts.collect();
    let Some(last) = parts.pop() else { return rest.is_empty() };
    for part in parts {
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::matches;

    #[test]
    fn a_star_stands_for_any_characters() {
        let check = |pattern: &str, text: &str, expected: bool| {
            assert_eq!(matches(pattern, text), expected, "{pattern:?} on {text:?}");
        };
        check("", "", true);
        check("", "a", false);
        check("*", "", true);
        check("worker-*", "worker-12", true);
        check("worker-*", "my-worker-12", false);
        check("*.crt", "/etc/kubernetes/pki/ca.crt", true);
        check("/etc/*/pki/*.key", "/etc/kubernetes/pki/sa.key", true);
        check("/etc/*/pki/*.key", "/etc/kubernetes/pki/sa.pub", false);
        check("a*a", "a", false);
        check("a*b*c", "a-c-b", false);
        check("a**b", "ab", true);
    }

    proptest! {
        #[test]
        fn a_text_matches_itself_and_what_is_cut_out_of_it(
            text in "[a-c.]{0,12}", from in 0usize..13, to in 0usize..13,
        ) {
            prop_assert!(matches(&text, &text));
            let (from, to) = (from.min(text.len()), to.min(text.len()));
            let (from, to) = (from.min(to), from.max(to));
            let pattern = format!("{}*{}", &text[..from], &text[to..]);
            prop_assert!(matches(&pattern, &text));
        }
    }
}

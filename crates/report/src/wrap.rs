//! Lines of text that are no wider than they may be.

/// How many columns a text takes, one for each character.
pub(crate) fn columns(text: &str) -> usize {
    text.chars().count()
}

/// Breaks text between words; a word that is longer than a line stays whole, because it is a
/// path or a flag that somebody wants to copy.
pub(crate) fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    let mut used = 0;
    for word in text.split(' ') {
        let length = columns(word);
        if used > 0 && used + 1 + length > width {
            lines.push(String::new());
            used = 0;
        }
        let line = lines.last_mut().expect("there is always a line");
        if used > 0 {
            line.push(' ');
            used += 1;
        }
        line.push_str(word);
        used += length;
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::wrap;

    #[test]
    fn lines_break_between_words_only() {
        let check = |text: &str, expected: &[&str]| assert_eq!(wrap(text, 30), expected, "{text}");
        check("", &[""]);
        check("short", &["short"]);
        check(
            "thirty columns are enough for this and not for more",
            &["thirty columns are enough for", "this and not for more"],
        );
        check(
            "see /a/path/that/is/longer/than/one/line/of/the/terminal here",
            &["see", "/a/path/that/is/longer/than/one/line/of/the/terminal", "here"],
        );
    }
}

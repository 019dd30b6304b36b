//! Text from nodes, made safe to look at.

use std::borrow::Cow;
use std::fmt::Write as _;

/// The text with every character escaped that would act on a terminal or a reader's eye instead
/// of being seen: control characters, line ends, direction overrides, invisible characters.
///
/// ```text
/// "a\u{1b}[2Jb" -> a\u{1b}[2Jb     "a\nb" -> a\nb
/// ```
#[must_use]
pub fn visible(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_invisible) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 8);
    for character in text.chars() {
        match character {
            '\n' => shown.push_str("\\n"),
            '\r' => shown.push_str("\\r"),
            '\t' => shown.push_str("\\t"),
            c if is_invisible(c) => {
                write!(shown, "\\u{{{:x}}}", u32::from(c)).expect("a String takes all text");
            }
            c => shown.push(c),
        }
    }
    Cow::Owned(shown)
}

fn is_invisible(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{ad}'                        // soft hyphen
            | '\u{61c}'                     // Arabic letter mark
            | '\u{115f}' | '\u{1160}'       // Hangul fillers
            | '\u{180e}'
            | '\u{200b}'..='\u{200f}'       // zero width, direction marks
            | '\u{2028}'..='\u{202e}'       // line ends, direction overrides
            | '\u{2060}'..='\u{206f}'       // joiners, isolates
            | '\u{3164}' | '\u{feff}' | '\u{ffa0}'
            | '\u{fff9}'..='\u{fffb}'
            | '\u{fffe}' | '\u{ffff}'
            | '\u{e0000}'..='\u{e007f}'     // tags
        )
}

#[cfg(test)]
mod tests {
    use super::visible;

    #[test]
    fn characters_that_act_are_escaped() {
        let check = |text: &str, expected: &str| assert_eq!(visible(text), expected, "{text:?}");
        check("/etc/kubernetes/größe", "/etc/kubernetes/größe");
        check("a\u{1b}[2Jb", "a\\u{1b}[2Jb");
        check("a\u{9b}2Jb", "a\\u{9b}2Jb");
        check("two\nlines\r\t", "two\\nlines\\r\\t");
        check("abc\u{202e}txt.exe", "abc\\u{202e}txt.exe");
        check("a\u{200b}b\u{2028}", "a\\u{200b}b\\u{2028}");
        check("\0\u{7f}", "\\u{0}\\u{7f}");
    }
}

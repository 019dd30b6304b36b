//! The texts of systemd: unit files (`systemd.syntax(7)`), command lines (`systemd.service(5)`,
//! "Command lines") and environment files (`systemd.exec(5)`, `EnvironmentFile=`).

use std::iter::Peekable;
use std::str::CharIndices;

/// A `Key=value` line of a unit file, continued lines joined.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Directive {
    pub(crate) section: String,
    pub(crate) key: String,
    pub(crate) value: Value,
}

/// A text that may have stood on several lines.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Value {
    pub(crate) text: String,
    /// Where in `text` each line begins, with its number from 1.
    lines: Vec<(usize, u32)>,
}

impl Value {
    /// The line that a byte of the text stood on.
    pub(crate) fn line_at(&self, place: usize) -> u32 {
        let before = self.lines.iter().take_while(|(start, _)| *start <= place);
        before.last().map_or(1, |(_, number)| *number)
    }
}

/// Reads the directives of a unit file. What is no directive is passed over, as systemd does.
pub(crate) fn directives(source: &str) -> Vec<Directive> {
    let mut found = Vec::new();
    let mut section = String::new();
    for line in logical_lines(source) {
        let text = line.text.trim();
        if let Some(name) = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')) {
            name.clone_into(&mut section);
        } else if let Some(equals) = line.text.find('=') {
            let key = line.text[..equals].trim().to_owned();
            let rest = &line.text[equals + 1..];
            let blanks = rest.len() - rest.trim_start().len();
            let start = equals + 1 + blanks;
            let value = Value {
                text: rest.trim().to_owned(),
                lines: line
                    .lines
                    .iter()
                    .map(|(place, number)| (place.saturating_sub(start), *number))
                    .collect(),
            };
            found.push(Directive { section: section.clone(), key, value });
        }
    }
    found
}

/// Lines without comments, those that end with a backslash joined with the next by a blank.
fn logical_lines(source: &str) -> Vec<Value> {
    let mut found = Vec::new();
    let mut open: Option<Value> = None;
    for (index, line) in source.lines().enumerate() {
        let number = u32::try_from(index + 1).unwrap_or(u32::MAX);
        let comment = line.trim_start().starts_with(['#', ';']);
        // A comment between continued lines does not end them.
        if comment || (open.is_none() && line.trim().is_empty()) {
            continue;
        }
        let value = open.get_or_insert_with(Value::default);
        value.lines.push((value.text.len(), number));
        if let Some(continued) = line.strip_suffix('\\') {
            value.text.push_str(continued);
            value.text.push(' ');
        } else {
            value.text.push_str(line);
            found.extend(open.take());
        }
    }
    found.extend(open);
    found
}

/// A word of a command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Word {
    pub(crate) text: String,
    /// Where in the text it begins.
    pub(crate) place: usize,
}

/// Splits a text at blanks by systemd's rules: quotes of both kinds hold words together and are
/// taken off, a backslash begins a C escape outside single quotes.
///
/// `None` when a quote stays open; systemd refuses such a line.
pub(crate) fn words(text: &str) -> Option<Vec<Word>> {
    let mut found = Vec::new();
    let mut characters = text.char_indices().peekable();
    loop {
        while characters.next_if(|(_, c)| c.is_whitespace()).is_some() {}
        let Some(&(place, _)) = characters.peek() else {
            return Some(found);
        };
        let mut word = String::new();
        while let Some((_, c)) = characters.next_if(|(_, c)| !c.is_whitespace()) {
            match c {
                '\'' | '"' => quoted(c, &mut characters, &mut word)?,
                '\\' => escape(&mut characters, &mut word),
                _ => word.push(c),
            }
        }
        found.push(Word { text: word, place });
    }
}

fn quoted(
    quote: char,
    characters: &mut Peekable<CharIndices<'_>>,
    word: &mut String,
) -> Option<()> {
    loop {
        let (_, c) = characters.next()?;
        match c {
            '\\' => escape(characters, word),
            _ if c == quote => return Some(()),
            _ => word.push(c),
        }
    }
}

/// What follows a backslash, as `cunescape_one` of systemd reads it; an unknown escape stays.
fn escape(characters: &mut Peekable<CharIndices<'_>>, word: &mut String) {
    let Some((_, c)) = characters.next() else {
        word.push('\\');
        return;
    };
    let simple = match c {
        'a' => '\u{7}',
        'b' => '\u{8}',
        'f' => '\u{c}',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'v' => '\u{b}',
        's' => ' ',
        '\\' | '"' | '\'' => c,
        'x' => {
            let digits: String = characters.clone().take(2).map(|(_, c)| c).collect();
            match u8::from_str_radix(&digits, 16) {
                Ok(byte) if digits.len() == 2 && byte != 0 && byte.is_ascii() => {
                    characters.next();
                    characters.next();
                    char::from(byte)
                }
                _ => {
                    word.push('\\');
                    'x'
                }
            }
        }
        _ => {
            word.push('\\');
            c
        }
    };
    word.push(simple);
}

/// Reads an environment file: each variable with its value and the line it begins on.
///
/// Quoted parts are taken together with what stands beside them; a backslash outside single
/// quotes takes the next character as it is, and joins lines (`parse_env_file` of systemd).
pub(crate) fn environment(source: &str) -> Vec<(String, String, u32)> {
    let mut found = Vec::new();
    let mut characters = source.chars().peekable();
    let mut line = 1;
    while let Some(&c) = characters.peek() {
        if c == '\n' {
            line += 1;
            characters.next();
        } else if c.is_whitespace() {
            characters.next();
        } else if c == '#' || c == ';' {
            while characters.next_if(|c| *c != '\n').is_some() {}
        } else {
            let first = line;
            let mut name = String::new();
            while let Some(c) = characters.next_if(|c| !matches!(c, '=' | '\n')) {
                name.push(c);
            }
            if characters.next_if_eq(&'=').is_none() {
                continue;
            }
            let value = environment_value(&mut characters, &mut line);
            let name = name.trim();
            if is_variable(name) {
                found.push((name.to_owned(), value, first));
            }
        }
    }
    found
}

fn environment_value(characters: &mut Peekable<std::str::Chars<'_>>, line: &mut u32) -> String {
    let mut value = String::new();
    // Blanks at the end count only when they were quoted or escaped.
    let mut kept = 0;
    while characters.next_if(|c| matches!(c, ' ' | '\t' | '\r')).is_some() {}
    while let Some(c) = characters.next_if(|c| *c != '\n') {
        match c {
            '\'' | '"' => {
                while let Some(inner) = characters.next() {
                    *line += u32::from(inner == '\n');
                    match inner {
                        _ if inner == c => break,
                        '\\' if c == '"' => match characters.next() {
                            Some('\n') => *line += 1,
                            Some(next) => {
                                if !matches!(next, '"' | '\\' | '`' | '$') {
                                    value.push('\\');
                                }
                                value.push(next);
                            }
                            None => {}
                        },
                        _ => value.push(inner),
                    }
                }
                kept = value.len();
            }
            '\\' => {
                match characters.next() {
                    Some('\n') => *line += 1,
                    Some(next) => value.push(next),
                    None => {}
                }
                kept = value.len();
            }
            _ => {
                value.push(c);
                if !c.is_whitespace() {
                    kept = value.len();
                }
            }
        }
    }
    value.truncate(kept);
    value
}

/// Whether a text is a variable's name.
pub(crate) fn is_variable(name: &str) -> bool {
    !name.is_empty()
        && !name.starts_with(|c: char| c.is_ascii_digit())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{directives, environment, words};

    #[test]
    fn directives_are_read_as_systemd_reads_them() {
        let check = |source: &str, expected: &[(&str, &str, u32)]| {
            let found = directives(source);
            let found: Vec<_> = found
                .iter()
                .map(|found| {
                    (found.key.as_str(), found.value.text.as_str(), found.value.line_at(0))
                })
                .collect();
            assert_eq!(found, expected, "{source:?}");
        };
        check("[Service]\nExecStart=/x a\n", &[("ExecStart", "/x a", 2)]);
        check("# A=b\n; C=d\n\n A = b \n", &[("A", "b", 4)]);
        check("A=b \\\n  c \\\n# no\n  d\nE=", &[("A", "b    c    d", 1), ("E", "", 5)]);
        check("A=b\\", &[("A", "b", 1)]);
        check("nothing\n[half\n=x", &[("", "x", 3)]);
        let found = directives("A=b \\\n  c");
        assert_eq!(found[0].value.line_at(6), 2);
    }

    #[test]
    fn words_are_split_as_systemd_splits_them() {
        let check = |text: &str, expected: Option<&[&str]>| {
            let found = words(text);
            let found: Option<Vec<_>> =
                found.as_ref().map(|found| found.iter().map(|word| word.text.as_str()).collect());
            assert_eq!(found.as_deref(), expected, "{text:?}");
        };
        check("", Some(&[]));
        check("  a  b ", Some(&["a", "b"]));
        check("'a b' \"c d\"", Some(&["a b", "c d"]));
        check("--x='a b'c", Some(&["--x=a bc"]));
        check("''", Some(&[""]));
        check(r"a\ b \x41 \s \q", Some(&[r"a\ b", "A", " ", r"\q"]));
        check("'open", None);
        check(r"\", Some(&["\\"]));
    }

    #[test]
    fn environment_files_are_read_as_systemd_reads_them() {
        let check = |source: &str, expected: &[(&str, &str, u32)]| {
            let found = environment(source);
            let found: Vec<_> = found
                .iter()
                .map(|(name, value, line)| (name.as_str(), value.as_str(), *line))
                .collect();
            assert_eq!(found, expected, "{source:?}");
        };
        check("A=b\nC=\"d e\"\n", &[("A", "b", 1), ("C", "d e", 2)]);
        check("# A=b\n;x\n  A = b  \n", &[("A", "b", 3)]);
        check("A='b\nc'\nD=e", &[("A", "b\nc", 1), ("D", "e", 3)]);
        check("A=\"b \\\nc\" d \nE=f", &[("A", "b c d", 1), ("E", "f", 3)]);
        check("A=b\\\nc", &[("A", "bc", 1)]);
        check("A=\"\\\"b\\\" \\n\"", &[("A", "\"b\" \\n", 1)]);
        check("export A=b\n1A=c\nA-B=d\nnothing\nE=", &[("E", "", 5)]);
        check("A=b c # d", &[("A", "b c # d", 1)]);
        check("A=\"open", &[("A", "open", 1)]);
    }

    proptest! {
        #[test]
        fn no_text_makes_readers_panic(text in "[ -~\\n\\\\\"'é]{0,60}") {
            let lines = text.lines().count().max(1);
            for directive in directives(&text) {
                for place in 0..=directive.value.text.len() {
                    prop_assert!(directive.value.line_at(place) as usize <= lines);
                }
            }
            for word in words(&text).unwrap_or_default() {
                prop_assert!(text.is_char_boundary(word.place));
            }
            for (_, _, line) in environment(&text) {
                prop_assert!(line as usize <= lines);
            }
        }

        #[test]
        fn plain_words_come_back(plain in prop::collection::vec("[a-z0-9=/.:-]{1,8}", 0..6)) {
            let found = words(&plain.join("  ")).unwrap();
            let found: Vec<_> = found.into_iter().map(|word| word.text).collect();
            prop_assert_eq!(&found, &plain);
            let value = plain.join(" ");
            let source = format!("A=\"{value}\"\n");
            let found = environment(&source);
            prop_assert_eq!(&found[0].1, &value);
        }
    }
}

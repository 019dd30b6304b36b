//! Texts in YAML that Ansible reads: nothing in them is taken for YAML or for Jinja.

/// A text as a YAML scalar; where Jinja would read it, tagged as unsafe, so that it does not.
pub(super) fn text(value: &str) -> String {
    if has_jinja(value) { format!("!unsafe {}", quoted(value)) } else { plain_or_quoted(value) }
}

/// A text that only people read, such as a task's name, on one line and free of Jinja.
pub(super) fn label(value: &str) -> String {
    let mut label = String::new();
    for c in value.chars() {
        if matches!(c, '{' | '%' | '#') && label.ends_with('{') {
            label.push(' ');
        }
        label.push(if c.is_control() { '?' } else { c });
    }
    plain_or_quoted(&label)
}

/// A Jinja template that gives a path below the root, and what the path itself has to be given as
/// the variable `merlon_path`, when a template would read something in it.
pub(super) fn below_root(path: &str) -> (String, Option<String>) {
    let closings = ["}}", "%}", "#}"].iter().any(|closing| path.contains(closing));
    if has_jinja(path) || closings || path.contains(char::is_control) {
        return (quoted("{{ merlon_prefix ~ merlon_path }}"), Some(text(path)));
    }
    (quoted(&format!("{{{{ merlon_prefix }}}}{path}")), None)
}

/// A flow sequence.
pub(super) fn list<'t>(values: impl IntoIterator<Item = &'t str>) -> String {
    let values: Vec<String> = values.into_iter().map(text).collect();
    format!("[{}]", values.join(", "))
}

fn has_jinja(value: &str) -> bool {
    ["{{", "{%", "{#"].iter().any(|opening| value.contains(opening))
}

fn plain_or_quoted(value: &str) -> String {
    let harmless = |c: char| c.is_ascii_alphanumeric() || "._/-".contains(c);
    let word = value.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/')
        && value.chars().all(harmless);
    // YAML 1.1 reads these as something else than a text.
    let reserved = ["y", "n", "yes", "no", "on", "off", "true", "false", "null"];
    if word && !reserved.contains(&value.to_ascii_lowercase().as_str()) {
        return value.to_owned();
    }
    quoted(value)
}

fn quoted(value: &str) -> String {
    let mut out = String::from("\"");
    for c in value.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            // What YAML does not take as a character of a stream, or folds as a line end.
            '\0'..='\u{1f}'
            | '\u{7f}'..='\u{9f}'
            | '\u{2028}'
            | '\u{2029}'
            | '\u{feff}'
            | '\u{fffe}'
            | '\u{ffff}' => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            _ => out.push(c),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::{below_root, label, text};

    #[test]
    fn nothing_is_read_as_yaml_or_jinja() {
        let check = |value: &str, expected: &str| assert_eq!(text(value), expected);
        check("/etc/kubernetes/admin.conf", "/etc/kubernetes/admin.conf");
        check("false", r#""false""#);
        check("NO", r#""NO""#);
        check("30", r#""30""#);
        check("", r#""""#);
        check("a: b # c", r#""a: b # c""#);
        check("{{ lookup('pipe', 'id') }}", r#"!unsafe "{{ lookup('pipe', 'id') }}""#);
        check("\"\\\n\u{85}\u{2028}", r#""\"\\\n\u0085\u2028""#);
    }

    #[test]
    fn a_label_stays_on_its_line_and_opens_no_template() {
        let check = |value: &str, expected: &str| assert_eq!(label(value), expected);
        check("1.2.3 a: {{ x }} {%\n{{{#", r#""1.2.3 a: { { x }} { %?{ { { #""#);
    }

    #[test]
    fn a_path_below_the_root_is_no_template_itself() {
        let check = |value: &str, template: &str, variable: Option<&str>| {
            let expected = (template.to_owned(), variable.map(str::to_owned));
            assert_eq!(below_root(value), expected);
        };
        check("/etc/x y", r#""{{ merlon_prefix }}/etc/x y""#, None);
        let by_variable = r#""{{ merlon_prefix ~ merlon_path }}""#;
        check("/a'{{b", by_variable, Some(r#"!unsafe "/a'{{b""#));
        check("/a\r\n", by_variable, Some(r#""/a\u000d\n""#));
    }
}

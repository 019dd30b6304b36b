/// A text as one word of a POSIX shell.
///
/// A text of harmless characters stays as it is, so that commands read well.
pub(crate) fn quote(text: &str) -> String {
    let harmless = |c: char| c.is_ascii_alphanumeric() || "/._-=:,@%+".contains(c);
    if !text.is_empty() && text.chars().all(harmless) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::quote;

    #[test]
    fn what_a_shell_would_read_is_quoted() {
        let check = |text: &str, expected: &str| assert_eq!(quote(text), expected);
        check("/etc/kubernetes/admin.conf", "/etc/kubernetes/admin.conf");
        check("", "''");
        check("a b", "'a b'");
        check("$(reboot)", "'$(reboot)'");
        check("it's", r"'it'\''s'");
        check("~root", "'~root'");
    }
}

use std::collections::BTreeMap;

/// The names of users and groups, from the host's own `passwd` and `group`.
///
/// The C library is not asked: in a container it would answer with the container's names.
#[derive(Debug, Default)]
pub(crate) struct Accounts {
    users: BTreeMap<u32, String>,
    groups: BTreeMap<u32, String>,
}

impl Accounts {
    /// Reads the texts of `etc/passwd` and `etc/group`; broken lines are passed over.
    pub(crate) fn parse(passwd: &[u8], group: &[u8]) -> Self {
        Self { users: names_by_id(passwd), groups: names_by_id(group) }
    }

    pub(crate) fn user(&self, id: u32) -> Option<&str> {
        self.users.get(&id).map(String::as_str)
    }

    pub(crate) fn group(&self, id: u32) -> Option<&str> {
        self.groups.get(&id).map(String::as_str)
    }
}

/// `name:password:id:…`; of several names for one id the first counts, as for `getpwuid`.
fn names_by_id(text: &[u8]) -> BTreeMap<u32, String> {
    let mut names = BTreeMap::new();
    for line in text.split(|byte| *byte == b'\n') {
        let mut fields = line.split(|byte| *byte == b':');
        let name = fields.next().and_then(|name| std::str::from_utf8(name).ok());
        let id = fields.nth(1).and_then(|id| std::str::from_utf8(id).ok());
        if let (Some(name), Some(Ok(id))) = (name, id.map(str::parse))
            && !name.is_empty()
            && !name.starts_with('#')
        {
            names.entry(id).or_insert_with(|| name.to_owned());
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::Accounts;

    #[test]
    fn names_come_from_the_files() {
        let check = |text: &str, id: u32, expected: Option<&str>| {
            let accounts = Accounts::parse(text.as_bytes(), text.as_bytes());
            assert_eq!(accounts.user(id), expected, "{text:?}");
            assert_eq!(accounts.group(id), expected, "{text:?}");
        };
        check("root:x:0:0:root:/root:/bin/bash\n", 0, Some("root"));
        check("root:x:0:", 0, Some("root"));
        check("root:x:0:\ntoor:x:0:\n", 0, Some("root"));
        check("etcd:x:52034:\n", 52034, Some("etcd"));
        check("etcd:x:52034:\n", 0, None);
        check("#root:x:0:\n", 0, None);
        check(":x:0:\nroot:x\nroot:x:zero:\n+::::::\n", 0, None);
        check("root:x:99999999999:\n", 0, None);
        check("", 0, None);
    }

    #[test]
    fn broken_lines_are_passed_over() {
        let accounts = Accounts::parse(b"\xff\xfe:x:1:\ndaemon:x:1:\n", b"");
        assert_eq!(accounts.user(1), Some("daemon"));
    }
}

use merlon_yaml::Node;

use super::fields::Malformed;
use super::pod::ContainerView;

/// What runtimes give a container that says nothing: Docker's and containerd's set. CRI-O leaves
/// out `AUDIT_WRITE`, `MKNOD`, `NET_RAW`, `SETFCAP` and `SYS_CHROOT`.
pub const DEFAULT_CAPABILITIES: &[&str] = &[
    "AUDIT_WRITE",
    "CHOWN",
    "DAC_OVERRIDE",
    "FOWNER",
    "FSETID",
    "KILL",
    "MKNOD",
    "NET_BIND_SERVICE",
    "NET_RAW",
    "SETFCAP",
    "SETGID",
    "SETPCAP",
    "SETUID",
    "SYS_CHROOT",
];

/// The name of a capability without the prefix that the kernel's names have.
///
/// CRI-O takes it with and without; containerd knows none that has it.
#[must_use]
pub fn capability_name(text: &str) -> &str {
    match text.get(..4) {
        Some(prefix) if prefix.eq_ignore_ascii_case("CAP_") => &text[4..],
        _ => text,
    }
}

impl<'a> ContainerView<'a> {
    /// Whether the capability, or all of them, is written under `drop`. Runtimes ignore the case;
    /// `CAP_` before a name makes it one that containerd does not know.
    ///
    /// # Errors
    /// When `drop` is no list of texts.
    pub fn drops(&self, name: &str) -> Result<bool, Malformed<'a>> {
        let dropped = self.security().get("capabilities").list("drop")?;
        for node in dropped {
            if text(node)?.eq_ignore_ascii_case(name) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The entries of `add` that take effect.
    ///
    /// The runtime goes by `add: [ALL]`, `drop: [ALL]`, each name added, each name dropped, in
    /// this order: a name outlasts `drop: [ALL]`, but not its own place under `drop`.
    ///
    /// # Errors
    /// When `add` or `drop` is no list of texts.
    pub fn added_capabilities(&self) -> Result<Vec<&'a Node>, Malformed<'a>> {
        let mut added = Vec::new();
        for node in self.security().get("capabilities").list("add")? {
            if !self.drops(capability_name(text(node)?))? {
                added.push(node);
            }
        }
        Ok(added)
    }

    /// Whether programs of the container can have a capability, with the entry that adds it.
    ///
    /// # Errors
    /// When `add` or `drop` is no list of texts.
    pub fn has_capability(&self, name: &str) -> Result<(bool, Option<&'a Node>), Malformed<'a>> {
        let is = |node: &&Node| {
            let name_of = node.as_str().map(capability_name).unwrap_or_default();
            name_of.eq_ignore_ascii_case(name) || name_of.eq_ignore_ascii_case("ALL")
        };
        if let Some(node) = self.added_capabilities()?.into_iter().find(is) {
            return Ok((!self.drops(name)?, Some(node)));
        }
        let by_default = DEFAULT_CAPABILITIES.contains(&name);
        Ok((by_default && !self.drops(name)? && !self.drops("ALL")?, None))
    }
}

fn text(node: &Node) -> Result<&str, Malformed<'_>> {
    node.as_str().ok_or(Malformed { node, expected: "a text" })
}

#[cfg(test)]
mod tests {
    use merlon_yaml::{Limits, parse};

    use crate::objects::pod::{ContainerList, ContainerView};

    #[test]
    fn what_is_added_and_dropped_takes_effect_as_in_containerd() {
        let check = |capabilities: &str, name: &str, expected: bool| {
            let text = format!("securityContext: {{capabilities: {capabilities}}}");
            let parsed = parse(&text, &Limits::default());
            let node = &parsed.documents[0].root;
            let container = ContainerView { list: ContainerList::Regular, name: "", node };
            let (has, _) = container.has_capability(name).unwrap();
            assert_eq!(has, expected, "{capabilities} {name}");
        };
        check("{}", "NET_RAW", true);
        check("{}", "SYS_ADMIN", false);
        check("{drop: [NET_RAW]}", "NET_RAW", false);
        check("{drop: [net_raw]}", "NET_RAW", false);
        check("{drop: [CAP_NET_RAW]}", "NET_RAW", true);
        check("{drop: [ALL]}", "NET_RAW", false);
        check("{drop: [all]}", "CHOWN", false);
        check("{add: [SYS_ADMIN]}", "SYS_ADMIN", true);
        check("{add: [cap_sys_admin]}", "SYS_ADMIN", true);
        check("{add: [SYS_ADMIN], drop: [ALL]}", "SYS_ADMIN", true);
        check("{add: [SYS_ADMIN], drop: [SYS_ADMIN]}", "SYS_ADMIN", false);
        check("{add: [ALL]}", "SYS_ADMIN", true);
        check("{add: [ALL], drop: [ALL]}", "SYS_ADMIN", false);
        check("{add: [ALL], drop: [SYS_ADMIN]}", "SYS_ADMIN", false);
    }

    #[test]
    fn what_is_no_list_of_texts_is_refused() {
        for capabilities in ["{add: SYS_ADMIN}", "{add: [1]}", "{add: [A], drop: {}}"] {
            let text = format!("securityContext: {{capabilities: {capabilities}}}");
            let parsed = parse(&text, &Limits::default());
            let node = &parsed.documents[0].root;
            let container = ContainerView { list: ContainerList::Regular, name: "", node };
            assert!(container.has_capability("SYS_ADMIN").is_err(), "{capabilities}");
        }
    }
}

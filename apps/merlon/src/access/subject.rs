use merlon_rbac::{ANONYMOUS, AUTHENTICATED, Identity, UNAUTHENTICATED, User};
use merlon_report::access::Group;

/// Whom a question is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    /// By what name bindings reach the subject itself.
    pub identity: Identity,
    /// The subject as it asks the API server.
    pub user: User,
    /// The groups that were named, and not added by Kubernetes.
    given: Vec<String>,
}

impl Subject {
    fn of(identity: Identity) -> Self {
        let given = match &identity {
            Identity::Group(name) => vec![name.clone()],
            _ => Vec::new(),
        };
        Self { user: identity.user(), identity, given }
    }

    /// The same subject in further groups.
    pub fn in_groups(&self, groups: &[String]) -> Self {
        let mut subject = self.clone();
        for group in groups {
            subject.user = subject.user.member_of(group);
            subject.given.push(group.clone());
        }
        subject
    }

    /// The subject as [`parse_subject`] reads it.
    pub fn shown(&self) -> String {
        shown(&self.identity)
    }

    /// All groups, and which of them Kubernetes adds.
    pub fn groups(&self) -> Vec<Group> {
        let group =
            |name: &String| Group { name: name.clone(), implicit: !self.given.contains(name) };
        self.user.groups.iter().map(group).collect()
    }

    /// The namespace of a service account.
    pub fn namespace(&self) -> Option<&str> {
        match &self.identity {
            Identity::ServiceAccount { namespace, .. } => Some(namespace),
            _ => None,
        }
    }
}

/// An identity as the command line takes it.
pub fn shown(identity: &Identity) -> String {
    match identity {
        Identity::ServiceAccount { namespace, name } => {
            format!("serviceaccount:{namespace}/{name}")
        }
        Identity::Group(name) => format!("group:{name}"),
        Identity::User(name) if name == ANONYMOUS => "anonymous".to_owned(),
        Identity::User(name) => match name.strip_prefix("system:node:") {
            Some(node) if !node.is_empty() => format!("node:{node}"),
            _ => format!("user:{name}"),
        },
    }
}

/// Reads a subject.
pub fn parse_subject(text: &str) -> Result<Subject, String> {
    let identity = match text {
        "anonymous" | ANONYMOUS => Identity::User(ANONYMOUS.to_owned()),
        "unauthenticated" | UNAUTHENTICATED => Identity::group(UNAUTHENTICATED),
        "authenticated" | AUTHENTICATED => Identity::group(AUTHENTICATED),
        _ => by_kind(text)?,
    };
    Ok(Subject::of(identity))
}

fn by_kind(text: &str) -> Result<Identity, String> {
    let account = Identity::of_user(text);
    if matches!(account, Identity::ServiceAccount { .. }) {
        return Ok(account);
    }
    let (kind, name) = text.split_once(':').ok_or_else(|| {
        format!(
            "say what {text:?} is: user:{text}, group:{text} or serviceaccount:NAMESPACE/{text}"
        )
    })?;
    if name.is_empty() {
        return Err(format!("{text} has no name"));
    }
    match kind {
        "user" => Ok(Identity::of_user(name)),
        "group" => Ok(Identity::group(name)),
        "node" => Ok(Identity::User(format!("system:node:{name}"))),
        "sa" | "serviceaccount" => match name.split_once('/') {
            Some((namespace, name)) if is_plain(namespace) && is_plain(name) => {
                Ok(Identity::service_account(namespace, name))
            }
            _ => Err("a service account is written serviceaccount:NAMESPACE/NAME".to_owned()),
        },
        "system" => Err(format!("say what it is: user:{text} or group:{text}")),
        _ => Err(format!(
            "{kind:?} is no kind of subject; there are user:, group:, serviceaccount: and node:"
        )),
    }
}

fn is_plain(part: &str) -> bool {
    !part.is_empty() && !part.contains([':', '/'])
}

#[cfg(test)]
mod tests {
    use super::parse_subject;

    /// The expected as the subject is shown, and its groups; `None` for what is refused.
    fn check(text: &str, expected: Option<(&str, &[&str])>) {
        let found = parse_subject(text).ok();
        let groups: Vec<String> = found
            .iter()
            .flat_map(|subject| subject.groups())
            .map(|group| format!("{}{}", if group.implicit { "+" } else { "" }, group.name))
            .collect();
        let shown = found.map(|subject| subject.shown());
        assert_eq!(shown.as_deref(), expected.map(|(shown, _)| shown), "{text}");
        assert_eq!(groups, expected.map_or(&[][..], |(_, groups)| groups), "{text}");
    }

    #[test]
    fn subjects_are_read_as_they_are_shown() {
        let account: &[&str] =
            &["+system:serviceaccounts", "+system:serviceaccounts:shop", "+system:authenticated"];
        let web = "serviceaccount:shop/web";
        check(web, Some((web, account)));
        check("sa:shop/web", Some((web, account)));
        check("system:serviceaccount:shop:web", Some((web, account)));
        check("user:system:serviceaccount:shop:web", Some((web, account)));
        check("user:ann", Some(("user:ann", &["+system:authenticated"])));
        check("user:oidc:ann", Some(("user:oidc:ann", &["+system:authenticated"])));
        check("group:staff", Some(("group:staff", &["+system:authenticated", "staff"])));
        check("node:a", Some(("node:a", &["+system:authenticated", "+system:nodes"])));
        check("anonymous", Some(("anonymous", &["+system:unauthenticated"])));
        check("authenticated", Some(("group:system:authenticated", &["system:authenticated"])));
    }

    #[test]
    fn what_may_mean_several_is_refused() {
        for text in [
            "",
            "ann",
            "user:",
            "sa:web",
            "sa:/web",
            "sa:a/b/c",
            "pod:a",
            "system:masters",
            "sa:a:b",
        ] {
            check(text, None);
        }
    }
}

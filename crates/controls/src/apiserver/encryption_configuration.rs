//! `EncryptionConfiguration`: which provider writes which resource to etcd.
//!
//! Sources: `staging/src/k8s.io/apiserver/pkg/server/options/encryptionconfig/config.go` and
//! `pkg/apis/apiserver/validation/validation_encryption.go` beside it. The first provider of an
//! entry writes, all of them read. An entry for the resource itself counts before one for its
//! group (`*.apps`, `*.` for the core group), and that before `*.*`. Wildcards came with release
//! 1.27; before, they are names of nothing. A wildcard may not stand before what it covers.
//!
//! Keys are not in the snapshot, and nothing here looks for them.

use merlon_yaml::Node;

/// The configuration as the API server reads it.
#[derive(Debug)]
pub(super) struct Configuration<'y> {
    pub(super) entries: Vec<Entry<'y>>,
}

/// Resources with the providers for them.
#[derive(Debug)]
pub(super) struct Entry<'y> {
    /// At least one.
    pub(super) resources: Vec<Listed<'y>>,
    /// The first provider: the one that writes.
    pub(super) writer: Provider<'y>,
}

/// A resource that an entry lists.
#[derive(Clone, Copy, Debug)]
pub(super) struct Listed<'y> {
    pub(super) resource: Resource<'y>,
    /// As it is written: `secrets`, `deployments.apps`, `*.*`.
    pub(super) text: &'y str,
    pub(super) node: &'y Node,
}

/// A resource with its API group; `*` is any.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Resource<'y> {
    name: &'y str,
    group: &'y str,
}

/// A provider that an entry lists.
#[derive(Clone, Copy, Debug)]
pub(super) struct Provider<'y> {
    pub(super) kind: Kind,
    pub(super) node: &'y Node,
}

/// How a provider encrypts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    AesGcm,
    AesCbc,
    Secretbox,
    KmsV1,
    KmsV2,
    /// Not at all.
    Identity,
}

impl Kind {
    /// The name of the field that configures it.
    pub(super) fn field(self) -> &'static str {
        match self {
            Self::AesGcm => "aesgcm",
            Self::AesCbc => "aescbc",
            Self::Secretbox => "secretbox",
            Self::KmsV1 | Self::KmsV2 => "kms",
            Self::Identity => "identity",
        }
    }
}

impl<'y> Resource<'y> {
    /// Reads `secrets`, `deployments.apps`, `*.apps`, `*.` or `*.*`, as `ParseGroupResource` does.
    pub(super) fn parse(text: &'y str) -> Self {
        let (name, group) = text.split_once('.').unwrap_or((text, ""));
        Self { name, group }
    }

    pub(super) fn is_wildcard(self) -> bool {
        self.name == "*"
    }

    /// Whether it is a wildcard for the other.
    pub(super) fn stands_for(self, other: Self) -> bool {
        self.is_wildcard() && (self.group == other.group || self.group == "*")
    }
}

impl<'y> Configuration<'y> {
    /// The entry that decides who writes a resource.
    pub(super) fn entry_of(&self, resource: Resource<'_>, wildcards: bool) -> Option<&Entry<'y>> {
        let find = |matches: &dyn Fn(Resource<'_>) -> bool| {
            let lists = |entry: &&Entry<'_>| entry.resources.iter().any(|l| matches(l.resource));
            self.entries.iter().find(lists)
        };
        let group = |listed: Resource<'_>| listed.is_wildcard() && listed.group == resource.group;
        let anything = |listed: Resource<'_>| listed.is_wildcard() && listed.group == "*";
        find(&|listed| listed == resource)
            .or_else(|| find(&group).filter(|_| wildcards))
            .or_else(|| find(&anything).filter(|_| wildcards))
    }

    /// The first resource that stands behind a wildcard for it, and that wildcard. The API server
    /// refuses such a file.
    pub(super) fn masked(&self) -> Option<(Listed<'y>, Listed<'y>)> {
        let listed: Vec<(usize, Listed<'y>)> = self
            .entries
            .iter()
            .enumerate()
            .flat_map(|(place, entry)| entry.resources.iter().map(move |listed| (place, *listed)))
            .collect();
        listed.iter().enumerate().find_map(|(at, (place, behind))| {
            let before =
                listed[..at].iter().find(|(_, by)| by.resource.stands_for(behind.resource));
            // Within one list the order is no help: that is refused as an overlap.
            let after = || {
                listed[at + 1..]
                    .iter()
                    .take_while(|(other, _)| other == place)
                    .find(|(_, by)| by.resource.stands_for(behind.resource))
            };
            before.or_else(after).map(|(_, by)| (*behind, *by))
        })
    }
}

/// Reads a configuration from the root of its document.
///
/// # Errors
/// Says what the API server would refuse, and where. Order is left to [`Configuration::masked`].
pub(super) fn read(root: &Node) -> Result<Configuration<'_>, (String, &Node)> {
    let entries = items(root, "resources")?.iter().map(entry).collect::<Result<Vec<_>, _>>()?;
    if entries.is_empty() {
        return Err(("there are no resources".to_owned(), root));
    }
    Ok(Configuration { entries })
}

fn items<'y>(node: &'y Node, key: &str) -> Result<&'y [Node], (String, &'y Node)> {
    match node.get(key).filter(|list| !list.is_null()) {
        None => Ok(&[]),
        Some(list) => list.as_sequence().ok_or_else(|| (format!("{key} is no list"), list)),
    }
}

fn entry(node: &Node) -> Result<Entry<'_>, (String, &Node)> {
    let resources = items(node, "resources")?.iter().map(listed).collect::<Result<Vec<_>, _>>()?;
    let providers =
        items(node, "providers")?.iter().map(provider).collect::<Result<Vec<_>, _>>()?;
    if resources.is_empty() {
        return Err(("an entry without resources".to_owned(), node));
    }
    let writer = providers.first().copied();
    let writer = writer.ok_or_else(|| ("an entry without providers".to_owned(), node))?;
    Ok(Entry { resources, writer })
}

fn listed(node: &Node) -> Result<Listed<'_>, (String, &Node)> {
    let text = node.as_str().ok_or_else(|| ("a resource that is no text".to_owned(), node))?;
    let resource = Resource::parse(text);
    let refused = if text.contains(|letter: char| letter.is_uppercase()) {
        Some("is not in lower case")
    } else if text == "*" {
        Some("has no group; write *. for the core group or *.* for all")
    } else if resource.group == "*" && resource.name != "*" {
        Some("names one resource in all groups")
    } else if matches!(resource.group, "extensions" | "events.k8s.io") {
        Some("is in a group under which nothing is stored")
    } else {
        None
    };
    match refused {
        Some(why) => Err((format!("{text} {why}"), node)),
        None => Ok(Listed { resource, text, node }),
    }
}

fn provider(node: &Node) -> Result<Provider<'_>, (String, &Node)> {
    let known = ["aesgcm", "aescbc", "secretbox", "kms", "identity"];
    let set = |field: &&str| node.get(field).is_some_and(|value| !value.is_null());
    let fields: Vec<&str> = known.into_iter().filter(set).collect();
    let [field] = fields[..] else {
        let what = if fields.is_empty() { "none" } else { "more than one" };
        return Err((format!("a provider that is {what} of {}", known.join(", ")), node));
    };
    let kind = match field {
        "aesgcm" => Kind::AesGcm,
        "aescbc" => Kind::AesCbc,
        "secretbox" => Kind::Secretbox,
        "identity" => Kind::Identity,
        _ => kms(node)?,
    };
    Ok(Provider { kind, node })
}

/// The version of a KMS provider; v1 when it does not say.
fn kms(node: &Node) -> Result<Kind, (String, &Node)> {
    let version = node.path(&["kms", "apiVersion"]).filter(|version| !version.is_null());
    match version.map(Node::as_str) {
        None | Some(Some("v1" | "")) => Ok(Kind::KmsV1),
        Some(Some("v2")) => Ok(Kind::KmsV2),
        Some(_) => Err(("a kms provider of a version that is neither v1 nor v2".to_owned(), node)),
    }
}

#[cfg(test)]
mod tests {
    use merlon_yaml::{Limits, parse};
    use proptest::prelude::*;

    use super::{Resource, read};

    /// Checks who writes a resource: the provider's field, or `-` for nobody; or what is refused.
    fn check(entries: &str, resource: &str, wildcards: bool, expected: Result<&str, &str>) {
        let parsed = parse(&format!("resources:\n{entries}"), &Limits::default());
        let found = read(&parsed.documents[0].root).map_err(|(what, _)| what);
        let found = found.and_then(|configuration| match configuration.masked() {
            Some((behind, by)) => Err(format!("{} behind {}", behind.text, by.text)),
            None => {
                let entry = configuration.entry_of(Resource::parse(resource), wildcards);
                Ok(entry.map_or("-", |entry| entry.writer.kind.field()))
            }
        });
        assert_eq!(found.as_ref().map(|f| *f).map_err(String::as_str), expected, "{entries}");
    }

    #[test]
    fn the_entry_that_is_closest_decides() {
        let secrets = "- {resources: [secrets], providers: [{aescbc: {}}, {identity: {}}]}\n";
        let core = "- {resources: ['*.'], providers: [{secretbox: {}}]}\n";
        let all = "- {resources: ['*.*'], providers: [{kms: {apiVersion: v2}}]}\n";
        let every = format!("{secrets}{core}{all}");
        check(&every, "secrets", true, Ok("aescbc"));
        check(&every, "configmaps", true, Ok("secretbox"));
        check(&every, "deployments.apps", true, Ok("kms"));
        check(&every, "configmaps", false, Ok("-"));
        check(&format!("{secrets}{all}"), "configmaps", true, Ok("kms"));
        check(secrets, "configmaps", true, Ok("-"));
        // The first of two entries for the same resource writes.
        let again = "- {resources: [secrets], providers: [{identity: {}}]}\n";
        check(&format!("{again}{secrets}"), "secrets", true, Ok("identity"));
        check(&format!("{secrets}{again}"), "secrets", true, Ok("aescbc"));
        // Wildcards before what they cover.
        check(&format!("{all}{secrets}"), "secrets", true, Err("secrets behind *.*"));
        check(&format!("{core}{secrets}"), "secrets", true, Err("secrets behind *."));
        check(&format!("{all}{core}"), "secrets", true, Err("*. behind *.*"));
        let both = "- {resources: [secrets, '*.'], providers: [{kms: {}}]}";
        check(both, "secrets", true, Err("secrets behind *."));
        let other = "- {resources: [secrets, '*.apps'], providers: [{kms: {}}]}";
        check(other, "secrets", true, Ok("kms"));
    }

    #[test]
    fn what_the_api_server_refuses_is_refused() {
        let refused = |entry: &str, what: &str| check(entry, "secrets", true, Err(what));
        refused("", "there are no resources");
        refused("- {resources: [secrets]}", "an entry without providers");
        refused("- {providers: [{identity: {}}]}", "an entry without resources");
        refused(
            "- {resources: ['*'], providers: [{identity: {}}]}",
            "* has no group; write *. for the core group or *.* for all",
        );
        refused(
            "- {resources: ['secrets.*'], providers: [{identity: {}}]}",
            "secrets.* names one resource in all groups",
        );
        refused(
            "- {resources: [Secrets], providers: [{identity: {}}]}",
            "Secrets is not in lower case",
        );
        let none = "a provider that is none of aesgcm, aescbc, secretbox, kms, identity";
        refused("- {resources: [secrets], providers: [{identity: }]}", none);
        refused("- {resources: [secrets], providers: [{aes: {}}]}", none);
        refused(
            "- {resources: [secrets], providers: [{identity: {}, kms: {}}]}",
            "a provider that is more than one of aesgcm, aescbc, secretbox, kms, identity",
        );
        refused(
            "- {resources: [secrets], providers: [{kms: {apiVersion: v3}}]}",
            "a kms provider of a version that is neither v1 nor v2",
        );
    }

    proptest! {
        #[test]
        fn no_text_makes_reading_panic(text in "(resources:\n)?(\\PC|\n|- |: |resources|providers|kms|'\\*\\.'){0,60}") {
            for document in parse(&text, &Limits::default()).documents {
                let _ = read(&document.root).map(|configuration| configuration.masked().is_some());
            }
        }

        /// With wildcards behind what they cover, everything that is listed or covered is written.
        #[test]
        fn whatever_an_entry_lists_has_a_writer(
            names in prop::collection::vec("[a-c]|[a-c]\\.[a-c]|\\*\\.|\\*\\.[a-c]|\\*\\.\\*", 1..6)
        ) {
            let entries: String = names
                .iter()
                .map(|name| format!("- {{resources: ['{name}'], providers: [{{kms: {{}}}}]}}\n"))
                .collect();
            let parsed = parse(&format!("resources:\n{entries}"), &Limits::default());
            let configuration = read(&parsed.documents[0].root).expect("good entries");
            let anything = names.iter().any(|name| name == "*.*");
            for name in &names {
                prop_assert!(configuration.entry_of(Resource::parse(name), true).is_some());
            }
            let unheard_of = configuration.entry_of(Resource::parse("x.y"), true);
            prop_assert_eq!(unheard_of.is_some(), anything);
        }
    }
}

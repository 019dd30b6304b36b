//! From YAML to a policy.
//!
//! Sources: `staging/src/k8s.io/apiserver/pkg/audit/policy/reader.go` and
//! `pkg/apis/audit/validation/validation.go` beside it. What the API server refuses is refused
//! here; fields it does not know it skips with a warning, and so they are told apart.

use std::collections::BTreeSet;

use merlon_yaml::{Entry, Mapping, Node, Span};

use super::{GroupResources, Level, Policy, Rule, Stage};

/// A field that the API server skips, because it does not know it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::apiserver) struct Ignored {
    /// Its name.
    pub(in crate::apiserver) name: String,
    /// Where it is written.
    pub(in crate::apiserver) span: Span,
}

/// What is wrong with a policy, and where.
pub(in crate::apiserver) type Refused = (String, Span);

/// Reads a policy from the root of its document.
///
/// # Errors
/// Says what the API server would refuse.
pub(in crate::apiserver) fn read(root: &Node) -> Result<(Policy, Vec<Ignored>), Refused> {
    let mut reader = Reader { ignored: Vec::new() };
    let policy = reader.policy(root)?;
    Ok((policy, reader.ignored))
}

struct Reader {
    ignored: Vec<Ignored>,
}

impl Reader {
    fn policy(&mut self, root: &Node) -> Result<Policy, Refused> {
        let fields = mapping(root)?;
        let version = optional_text(fields, "apiVersion")?;
        let kind = optional_text(fields, "kind")?;
        let known = ["audit.k8s.io/v1", "audit.k8s.io/v1beta1", "audit.k8s.io/v1alpha1"];
        if !known.contains(&version) || kind != "Policy" {
            let what = format!("apiVersion {version:?} and kind {kind:?} are no audit policy");
            return Err((what, root.span));
        }
        self.skip_unknown(
            fields,
            &["apiVersion", "kind", "metadata", "rules", "omitStages", "omitManagedFields"],
        );
        let omitted = stages(fields)?;
        let rules = items(fields, "rules")?
            .iter()
            .map(|rule| self.rule(rule, &omitted))
            .collect::<Result<Vec<_>, _>>()?;
        if rules.is_empty() {
            return Err(("a policy without rules".to_owned(), root.span));
        }
        Ok(Policy { rules })
    }

    fn rule(&mut self, node: &Node, omitted: &BTreeSet<Stage>) -> Result<Rule, Refused> {
        let fields = mapping(node)?;
        self.skip_unknown(
            fields,
            &[
                "level",
                "users",
                "userGroups",
                "verbs",
                "resources",
                "namespaces",
                "nonResourceURLs",
                "omitStages",
                "omitManagedFields",
            ],
        );
        let resources = items(fields, "resources")?
            .iter()
            .map(|resources| self.group_resources(resources))
            .collect::<Result<Vec<_>, _>>()?;
        let rule = Rule {
            level: level(fields, node.span)?,
            users: texts(fields, "users")?,
            groups: texts(fields, "userGroups")?,
            verbs: texts(fields, "verbs")?,
            namespaces: texts(fields, "namespaces")?,
            resources,
            urls: urls(fields)?,
            omitted: omitted.union(&stages(fields)?).copied().collect(),
            span: node.span,
        };
        if !rule.urls.is_empty() && rule.is_about_objects() {
            let what = "a rule has nonResourceURLs beside resources or namespaces".to_owned();
            return Err((what, node.span));
        }
        Ok(rule)
    }

    fn group_resources(&mut self, node: &Node) -> Result<GroupResources, Refused> {
        let fields = mapping(node)?;
        self.skip_unknown(fields, &["group", "resources", "resourceNames"]);
        let group = optional_text(fields, "group")?.to_owned();
        if !group.is_empty() && group != "*" && !is_subdomain(&group) {
            return Err((format!("{group:?} is no name of an API group"), node.span));
        }
        let resources = list(fields, "resources")?.into_iter().map(|(text, _)| text).collect();
        let read = GroupResources { group, resources, names: texts(fields, "resourceNames")? };
        if !read.names.is_empty() && read.resources.is_empty() {
            return Err(("resourceNames without resources".to_owned(), node.span));
        }
        Ok(read)
    }

    fn skip_unknown(&mut self, fields: &Mapping, known: &[&str]) {
        let unknown = fields.entries().iter().filter(|entry| !known.contains(&&*entry.key));
        self.ignored.extend(
            unknown.map(|entry| Ignored { name: entry.key.to_string(), span: entry.key_span }),
        );
    }
}

fn mapping(node: &Node) -> Result<&Mapping, Refused> {
    node.as_mapping().ok_or_else(|| ("fields were expected here".to_owned(), node.span))
}

/// The field, if it is there and not null.
fn field<'m>(fields: &'m Mapping, name: &str) -> Option<&'m Entry> {
    fields.entry(name).filter(|entry| !entry.value.is_null())
}

fn optional_text<'m>(fields: &'m Mapping, name: &str) -> Result<&'m str, Refused> {
    let Some(entry) = field(fields, name) else {
        return Ok("");
    };
    let wrong = || (format!("{name} is no text"), entry.value.span);
    entry.value.as_str().ok_or_else(wrong)
}

fn items<'m>(fields: &'m Mapping, name: &str) -> Result<&'m [Node], Refused> {
    let Some(entry) = field(fields, name) else {
        return Ok(&[]);
    };
    let wrong = || (format!("{name} is no list"), entry.value.span);
    entry.value.as_sequence().ok_or_else(wrong)
}

fn list(fields: &Mapping, name: &str) -> Result<Vec<(String, Span)>, Refused> {
    let wrong = |item: &Node| (format!("{name} has something that is no text"), item.span);
    items(fields, name)?
        .iter()
        // Go reads a null in a list of strings as an empty one.
        .map(|item| match item.as_str() {
            Some(text) => Ok((text.to_owned(), item.span)),
            None if item.is_null() => Ok((String::new(), item.span)),
            None => Err(wrong(item)),
        })
        .collect()
}

fn texts(fields: &Mapping, name: &str) -> Result<BTreeSet<String>, Refused> {
    Ok(list(fields, name)?.into_iter().map(|(text, _)| text).collect())
}

fn level(fields: &Mapping, rule: Span) -> Result<Level, Refused> {
    match optional_text(fields, "level")? {
        "None" => Ok(Level::None),
        "Metadata" => Ok(Level::Metadata),
        "Request" => Ok(Level::Request),
        "RequestResponse" => Ok(Level::RequestResponse),
        "" => Err(("a rule without a level".to_owned(), rule)),
        other => Err((format!("{other:?} is no level"), rule)),
    }
}

fn stages(fields: &Mapping) -> Result<BTreeSet<Stage>, Refused> {
    list(fields, "omitStages")?
        .into_iter()
        .map(|(text, span)| match text.as_str() {
            "RequestReceived" => Ok(Stage::RequestReceived),
            "ResponseStarted" => Ok(Stage::ResponseStarted),
            "ResponseComplete" => Ok(Stage::ResponseComplete),
            "Panic" => Ok(Stage::Panic),
            other => Err((format!("{other:?} is no stage"), span)),
        })
        .collect()
}

fn urls(fields: &Mapping) -> Result<Vec<String>, Refused> {
    list(fields, "nonResourceURLs")?
        .into_iter()
        .map(|(url, span)| {
            let before_last = url.char_indices().next_back().map_or("", |(last, _)| &url[..last]);
            if url != "*" && !url.starts_with('/') {
                Err((format!("{url:?} does not begin with a slash"), span))
            } else if before_last.contains('*') {
                Err((format!("{url:?} has a wildcard that is not at its end"), span))
            } else {
                Ok(url)
            }
        })
        .collect()
}

/// RFC 1123, as `NameIsDNSSubdomain` asks of group names.
fn is_subdomain(name: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    name.len() <= 253
        && name.split('.').all(|label| {
            let bytes = label.as_bytes();
            bytes.iter().all(|byte| plain(*byte) || *byte == b'-')
                && bytes.first().is_some_and(|first| plain(*first))
                && bytes.last().is_some_and(|last| plain(*last))
        })
}

#[cfg(test)]
mod tests {
    use merlon_yaml::{Limits, parse};
    use proptest::prelude::*;

    use super::read;

    fn check(body: &str, expected: Result<&[&str], &str>) {
        let text = format!("apiVersion: audit.k8s.io/v1\nkind: Policy\n{body}");
        let parsed = parse(&text, &Limits::default());
        let found = read(&parsed.documents[0].root);
        match (found, expected) {
            (Ok((_, ignored)), Ok(expected)) => {
                let names: Vec<&str> = ignored.iter().map(|field| field.name.as_str()).collect();
                assert_eq!(names, expected, "{body}");
            }
            (Err((what, _)), Err(expected)) => assert_eq!(what, expected, "{body}"),
            (found, _) => panic!("{found:?} of\n{body}"),
        }
    }

    #[test]
    fn what_the_api_server_refuses_is_refused() {
        check("rules: [{level: None}]", Ok(&[]));
        check("rules: [{level: None, users: null, verbs: ~}]", Ok(&[]));
        check("rules: []", Err("a policy without rules"));
        check("omitStages: [Panic]", Err("a policy without rules"));
        check("rules: [{}]", Err("a rule without a level"));
        check("rules: [{level: metadata}]", Err("\"metadata\" is no level"));
        check("rules: {level: None}", Err("rules is no list"));
        check("rules: [None]", Err("fields were expected here"));
        check("rules: [{level: None, verbs: get}]", Err("verbs is no list"));
        check("rules: [{level: None, users: [1]}]", Err("users has something that is no text"));
        check("rules: [{level: None, omitStages: [Done]}]", Err("\"Done\" is no stage"));
        check(
            "rules: [{level: None, nonResourceURLs: [healthz]}]",
            Err("\"healthz\" does not begin with a slash"),
        );
        check(
            "rules: [{level: None, nonResourceURLs: ['/*/x']}]",
            Err("\"/*/x\" has a wildcard that is not at its end"),
        );
        check("rules: [{level: None, nonResourceURLs: ['*', '/x*']}]", Ok(&[]));
        check(
            "rules: [{level: None, nonResourceURLs: [/x], namespaces: [a]}]",
            Err("a rule has nonResourceURLs beside resources or namespaces"),
        );
        check(
            "rules: [{level: None, resources: [{group: apps/v1}]}]",
            Err("\"apps/v1\" is no name of an API group"),
        );
        check(
            "rules: [{level: None, resources: [{group: '', resourceNames: [a]}]}]",
            Err("resourceNames without resources"),
        );
        // Fields the API server does not know.
        check("rules: [{level: None, resource: [{group: ''}]}]", Ok(&["resource"]));
        check("rules: [{level: None, resources: [{group: '', names: [a]}]}]", Ok(&["names"]));
        check("rule: []\nrules: [{level: None}]", Ok(&["rule"]));
    }

    #[test]
    fn other_documents_are_no_policies() {
        for text in ["kind: Policy\nrules: [{level: None}]", "[]", "apiVersion: v1\nkind: Pod"] {
            let parsed = parse(text, &Limits::default());
            assert!(read(&parsed.documents[0].root).is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_reading_panic(text in "(apiVersion: audit.k8s.io/v1\nkind: Policy\nrules:\n)?(\\PC|\n|- |: |level|users|resources){0,60}") {
            for document in parse(&text, &Limits::default()).documents {
                let _ = read(&document.root);
            }
        }
    }
}

//! The configuration of the admission plugin: defaults and exemptions.

use std::str::FromStr;

use merlon_yaml::{Mapping, Node};

use crate::level::{InvalidLevel, InvalidVersion};
use crate::namespace::{Mode, NamespacePolicy};
use crate::place::Expected;
use crate::reader::Reader;

const GROUP: &str = "pod-security.admission.config.k8s.io/";

/// A `PodSecurityConfiguration`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Configuration {
    /// What holds where a namespace has no label.
    pub defaults: NamespacePolicy,
    /// Whom the policies do not concern.
    pub exemptions: Exemptions,
}

/// Whom the policies do not concern.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Exemptions {
    /// Users, by name. A pod's is whoever creates it, often a controller.
    pub usernames: Vec<String>,
    /// Namespaces.
    pub namespaces: Vec<String>,
    /// Runtime classes of pods.
    pub runtime_classes: Vec<String>,
}

/// Something for which the API server does not start with a configuration.
#[derive(Clone, Copy, Debug)]
pub struct ConfigurationProblem<'a> {
    /// The offending value.
    pub node: &'a Node,
    /// What is wrong with it.
    pub why: ConfigurationFault,
}

/// What is wrong with a value of a configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfigurationFault {
    /// It is of the wrong type.
    #[error("must be {0}")]
    Malformed(Expected),
    /// `apiVersion` or `kind` is missing or of something else.
    #[error("must be a PodSecurityConfiguration of pod-security.admission.config.k8s.io/v1")]
    Kind,
    /// There is no such field.
    #[error("is no field of a PodSecurityConfiguration")]
    UnknownField,
    /// It names no level.
    #[error(transparent)]
    Level(#[from] InvalidLevel),
    /// It names no version.
    #[error(transparent)]
    Version(#[from] InvalidVersion),
    /// It is not what such things are called.
    #[error("cannot be the name of {0}")]
    Name(&'static str),
    /// It stands in the list before.
    #[error("is listed twice")]
    Duplicate,
}

impl Configuration {
    /// Reads a `PodSecurityConfiguration`, in any of its versions; null is the default one.
    ///
    /// # Errors
    /// Everything for which the API server would not start with it, in source order within each
    /// part.
    pub fn read(node: &Node) -> Result<Configuration, Vec<ConfigurationProblem<'_>>> {
        let mut read = Read { reader: Reader::default(), problems: Vec::new() };
        let configuration = read.configuration(node);
        let malformed = read.reader.malformed.into_iter().map(|malformed| ConfigurationProblem {
            node: malformed.node,
            why: ConfigurationFault::Malformed(malformed.expected),
        });
        let mut problems = read.problems;
        problems.extend(malformed);
        if problems.is_empty() { Ok(configuration) } else { Err(problems) }
    }
}

struct Read<'a> {
    reader: Reader<'a>,
    problems: Vec<ConfigurationProblem<'a>>,
}

impl<'a> Read<'a> {
    fn configuration(&mut self, node: &'a Node) -> Configuration {
        let mut configuration = Configuration::default();
        let Some(root) = self.reader.mapping(node) else { return configuration };
        if !is_ours(root) {
            self.blame(node, ConfigurationFault::Kind);
        }
        for entry in root.entries() {
            match &*entry.key {
                "apiVersion" | "kind" => {}
                "defaults" => configuration.defaults = self.defaults(&entry.value),
                "exemptions" => configuration.exemptions = self.exemptions(&entry.value),
                _ => self.blame(&entry.value, ConfigurationFault::UnknownField),
            }
        }
        configuration
    }

    fn defaults(&mut self, node: &'a Node) -> NamespacePolicy {
        let mut defaults = NamespacePolicy::default();
        let entries = self.reader.mapping(node).map(Mapping::entries).unwrap_or_default();
        for entry in entries {
            let (name, is_version) = match entry.key.strip_suffix("-version") {
                Some(name) => (name, true),
                None => (&*entry.key, false),
            };
            let mode = match name {
                "enforce" => Mode::Enforce,
                "audit" => Mode::Audit,
                "warn" => Mode::Warn,
                _ => {
                    self.blame(&entry.value, ConfigurationFault::UnknownField);
                    continue;
                }
            };
            let policy = defaults.of_mut(mode);
            if is_version {
                policy.version = self.value(&entry.value);
            } else {
                policy.level = self.value(&entry.value);
            }
        }
        defaults
    }

    /// Gives what is written; an empty string is the default.
    fn value<T>(&mut self, node: &'a Node) -> T
    where
        T: Default + FromStr,
        ConfigurationFault: From<T::Err>,
    {
        let text = self.reader.string(node).unwrap_or_default();
        if text.is_empty() {
            return T::default();
        }
        text.parse().unwrap_or_else(|error: T::Err| {
            self.blame(node, error.into());
            T::default()
        })
    }

    fn exemptions(&mut self, node: &'a Node) -> Exemptions {
        let mut exemptions = Exemptions::default();
        let entries = self.reader.mapping(node).map(Mapping::entries).unwrap_or_default();
        for entry in entries {
            let node = &entry.value;
            match &*entry.key {
                "usernames" => {
                    exemptions.usernames = self.names(node, "a user", |name| !name.is_empty());
                }
                "namespaces" => {
                    exemptions.namespaces = self.names(node, "a namespace", is_label);
                }
                "runtimeClasses" => {
                    exemptions.runtime_classes = self.names(node, "a runtime class", |name| {
                        name.len() <= 253 && name.split('.').all(is_part)
                    });
                }
                _ => self.blame(node, ConfigurationFault::UnknownField),
            }
        }
        exemptions
    }

    fn names(
        &mut self,
        node: &'a Node,
        what: &'static str,
        is_name: impl Fn(&str) -> bool,
    ) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        for node in self.reader.list(node) {
            let Some(name) = self.reader.string_or_empty(node) else { continue };
            if !is_name(name) {
                self.blame(node, ConfigurationFault::Name(what));
            } else if names.iter().any(|known| known == name) {
                self.blame(node, ConfigurationFault::Duplicate);
            } else {
                names.push(name.to_owned());
            }
        }
        names
    }

    fn blame(&mut self, node: &'a Node, why: ConfigurationFault) {
        self.problems.push(ConfigurationProblem { node, why });
    }
}

fn is_ours(root: &Mapping) -> bool {
    let text = |key: &str| root.get(key).and_then(Node::as_str).unwrap_or_default();
    let version = text("apiVersion").strip_prefix(GROUP);
    matches!(version, Some("v1" | "v1beta1" | "v1alpha1"))
        && text("kind") == "PodSecurityConfiguration"
}

/// A label of RFC 1123.
fn is_label(name: &str) -> bool {
    name.len() <= 63 && is_part(name)
}

/// Small letters and digits, with hyphens between them.
fn is_part(name: &str) -> bool {
    let inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    !name.is_empty() && name.bytes().all(inner) && !name.starts_with('-') && !name.ends_with('-')
}

#[cfg(test)]
mod tests {
    use merlon_yaml::{Limits, parse};

    use super::*;

    const HEAD: &str =
        "apiVersion: pod-security.admission.config.k8s.io/v1\nkind: PodSecurityConfiguration\n";

    fn read(text: &str) -> Result<Configuration, Vec<String>> {
        let parsed = parse(text, &Limits::default());
        let root = &parsed.documents[0].root;
        Configuration::read(root)
            .map_err(|problems| problems.iter().map(|problem| problem.why.to_string()).collect())
    }

    #[test]
    fn defaults_and_exemptions_are_read() {
        let configuration = read(&format!(
            "{HEAD}defaults: {{enforce: baseline, enforce-version: v1.30, audit: '', warn: ~, warn-version: latest}}\n\
             exemptions: {{usernames: ['system:x', b], namespaces: [kube-system], runtimeClasses: [a.b]}}"
        ))
        .unwrap();
        let defaults = Mode::ALL.map(|mode| configuration.defaults.of(mode).to_string());
        assert_eq!(defaults, ["baseline:v1.30", "privileged:latest", "privileged:latest"]);
        assert_eq!(configuration.exemptions.usernames, ["system:x", "b"]);
        assert_eq!(configuration.exemptions.namespaces, ["kube-system"]);
        assert_eq!(configuration.exemptions.runtime_classes, ["a.b"]);
        assert_eq!(read("~"), Ok(Configuration::default()));
        assert_eq!(read(HEAD), Ok(Configuration::default()));
        assert_eq!(read(&HEAD.replace("/v1", "/v1beta1")), Ok(Configuration::default()));
    }

    #[test]
    fn what_the_server_would_not_start_with_is_refused() {
        let check = |text: &str, expected: &[&str]| {
            assert_eq!(read(text).unwrap_err(), expected, "{text}");
        };
        let kind = "must be a PodSecurityConfiguration of pod-security.admission.config.k8s.io/v1";
        check("[]", &["must be a mapping"]);
        check("{}", &[kind]);
        check(&HEAD.replace("/v1", "/v2"), &[kind]);
        check(&HEAD.replace("kind: Pod", "kind: Node"), &[kind]);
        let check = |text: &str, expected: &[&str]| check(&format!("{HEAD}{text}"), expected);
        let level = "must be one of privileged, baseline, restricted";
        check("defaults: {enforce: strict}", &[level]);
        check("defaults: {enforce: true}", &["must be a string"]);
        check("defaults: {warn-version: 1.25}", &["must be a string"]);
        check("defaults: {warn-version: '1.25'}", &["must be \"latest\" or \"v1.x\""]);
        let unknown = "is no field of a PodSecurityConfiguration";
        check("default: {}", &[unknown]);
        check("defaults: {enforced: baseline}", &[unknown]);
        check("exemptions: {users: []}", &[unknown]);
        check(
            "exemptions: {usernames: ['', a, a]}",
            &["cannot be the name of a user", "is listed twice"],
        );
        let namespace = "cannot be the name of a namespace";
        check("exemptions: {namespaces: [a.b, -a, A, a-]}", &[namespace; 4]);
        check("exemptions: {namespaces: a}", &["must be a list"]);
        let long = format!("exemptions: {{namespaces: [{}, {}]}}", "a".repeat(63), "a".repeat(64));
        check(&long, &[namespace]);
        check(
            "exemptions: {runtimeClasses: [a..b, ~]}",
            &["cannot be the name of a runtime class"; 2],
        );
    }
}

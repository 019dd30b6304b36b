//! What checks find, before it is put into words.

use std::borrow::Cow;

use merlon_yaml::Node;

use crate::check::{Check, Checks};
use crate::fields::{Container, Pod};
use crate::level::Policy;
use crate::place::{Offence, Place};
use crate::reader::Reader;

/// An offence and what the message says of it.
#[derive(Debug)]
pub(crate) struct Flaw<'a> {
    pub(crate) check: Check,
    pub(crate) what: What<'a>,
    pub(crate) offence: Offence<'a>,
}

#[derive(Debug)]
pub(crate) enum What<'a> {
    /// A value that is not allowed.
    Value(Cow<'a, str>),
    /// Nothing where something has to be.
    Unset,
    /// An annotation, written `key="value"`.
    Annotation(String),
    /// A user of SELinux.
    User,
    /// A role of SELinux.
    Role,
    /// A volume by name, and its source.
    Volume { name: &'a str, source: &'static str },
}

/// One evaluation under way.
#[derive(Debug)]
pub(crate) struct Judge<'a> {
    pub(crate) checks: Checks,
    /// The minor of the policy's version.
    pub(crate) minor: u64,
    pub(crate) reader: Reader<'a>,
    pub(crate) flaws: Vec<Flaw<'a>>,
}

impl<'a> Judge<'a> {
    pub(crate) fn new(policy: Policy) -> Judge<'a> {
        Judge {
            checks: Checks::of(policy),
            minor: policy.version.minor(),
            reader: Reader::default(),
            flaws: Vec::new(),
        }
    }

    /// Whether the policy evaluates the check.
    pub(crate) fn has(&self, check: Check) -> bool {
        self.checks.has(check)
    }

    #[cold]
    pub(crate) fn blame(&mut self, check: Check, what: What<'a>, offence: Offence<'a>) {
        self.flaws.push(Flaw { check, what, offence });
    }

    #[cold]
    pub(crate) fn blame_value(&mut self, check: Check, value: &'a str, offence: Offence<'a>) {
        self.blame(check, What::Value(Cow::Borrowed(value)), offence);
    }

    /// Goes through everything a pod holds, the pod itself before its containers.
    pub(crate) fn judge(&mut self, metadata: Option<&'a Node>, spec: &'a Node) {
        let pod = Pod::read(metadata, spec, &mut self.reader);
        self.baseline_of_pod(&pod);
        self.restricted_of_pod(&pod);
        for (list, nodes) in pod.lists() {
            for (index, node) in nodes.iter().enumerate() {
                let container = Container::read(list, index, node, &mut self.reader);
                self.baseline_of_container(&pod, &container);
                self.restricted_of_container(&pod, &container);
            }
        }
    }
}

/// Gives the offence of a value of the pod itself.
pub(crate) fn of_pod(node: &Node) -> Offence<'_> {
    Offence { place: Place::Node(node), container: None }
}

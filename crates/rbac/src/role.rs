use std::collections::BTreeMap;

use crate::rule::PolicyRule;
use crate::selector::LabelSelector;

/// A `Role` or `ClusterRole`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Role {
    /// The namespace of a `Role`; `None` for a `ClusterRole`.
    pub namespace: Option<String>,
    /// The name.
    pub name: String,
    /// What it allows.
    pub rules: Vec<PolicyRule>,
    /// Labels, by which roles are aggregated.
    pub labels: BTreeMap<String, String>,
    /// The selectors of an `aggregationRule`; empty without one.
    pub aggregates: Vec<LabelSelector>,
    /// The index of the object it was read from.
    pub object: usize,
    /// Where each rule was read, when an aggregation was simulated; else empty: rule *n* is the object's own *n*th.
    pub(crate) origins: Vec<RuleOrigin>,
}

/// The place a rule was read from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RuleOrigin {
    /// The index of the object.
    pub object: usize,
    /// The index in its `rules`.
    pub rule: usize,
}

impl Role {
    /// A role that was not read from anywhere; its object is 0.
    #[must_use]
    pub fn new(namespace: Option<&str>, name: &str, rules: Vec<PolicyRule>) -> Self {
        Self {
            namespace: namespace.map(str::to_owned),
            name: name.to_owned(),
            rules,
            labels: BTreeMap::new(),
            aggregates: Vec::new(),
            object: 0,
            origins: Vec::new(),
        }
    }

    /// `Role` or `ClusterRole`.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        if self.namespace.is_some() { "Role" } else { "ClusterRole" }
    }

    /// Where a rule was read: in another object than the role when it was aggregated.
    #[must_use]
    pub fn origin(&self, rule: usize) -> RuleOrigin {
        let own = RuleOrigin { object: self.object, rule };
        self.origins.get(rule).copied().unwrap_or(own)
    }
}

use crate::release::{Gate, Release};
use crate::request::takes_name;
use crate::rule::PolicyRule;

/// A way from rights to more than they say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Primitive {
    /// Its name, in kebab case; never changes.
    pub id: &'static str,
    /// What the holder does, in a few words.
    pub title: &'static str,
    /// What comes of it.
    pub effect: Effect,
    /// The rights it needs: one of each row.
    pub needs: &'static [&'static [Right]],
    /// Where it works.
    pub place: Place,
    /// The kind of role that the holder has to be bound to, where changing such a role is the point.
    pub bound_to: Option<&'static str>,
    /// What else has to be so, beyond rights.
    pub condition: Option<Condition>,
    /// The first minor of Kubernetes 1 that knows what it uses; `None` for all that are in use.
    pub since: Option<u32>,
    /// The last minor in which it works; `None` where it still does.
    pub until: Option<u32>,
    /// Techniques of MITRE ATT&CK for containers (`T1609`) and of Microsoft's threat matrix (`MS-TA9006`).
    pub techniques: &'static [&'static str],
    /// Why it works.
    pub reason: &'static str,
}

/// A right of which one verb on one resource in one group is enough.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Right {
    /// Verbs. `*` stands for a rule that says `*`.
    pub verbs: &'static [&'static str],
    /// API groups.
    pub groups: &'static [&'static str],
    /// Resources, with their subresource where there is one.
    pub resources: &'static [&'static str],
    /// The only objects that matter; empty for all.
    pub names: &'static [&'static str],
    /// Whether it is of use for the whole cluster only, as for what has no namespace.
    pub cluster_wide: bool,
    /// A gate, and how it has to be set for the right to count.
    pub gate: Option<(Gate, bool)>,
}

/// Where a primitive works.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Place {
    /// In each namespace where the rights are held, and in the cluster when they are held there.
    Anywhere,
    /// With rights in the whole cluster only.
    Cluster,
    /// In one namespace that is special.
    Namespace(&'static str),
}

/// What comes of a primitive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Effect {
    /// Rights of the cluster's administrator, or of any role.
    Rights,
    /// Acting as another identity.
    Identity,
    /// Root on a node.
    Node,
    /// Running code in a pod.
    Code,
    /// Reading or replacing secrets.
    Secrets,
    /// Rights in the cloud account.
    Cloud,
    /// Changing or weakening what admission lets through.
    Admission,
    /// Redirecting or reading traffic.
    Traffic,
    /// Reading or changing stored data.
    Data,
    /// Disturbing work or covering traces.
    Disruption,
    /// Learning about the cluster.
    Discovery,
}

/// What has to be so besides rights.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Condition {
    /// Admission lets pods in that are privileged or reach the node.
    PodAdmission,
    /// Admission lets such pods in, and they may be put on a control plane node.
    ControlPlaneNode,
    /// The default bindings for bootstrap tokens are there.
    BootstrapBindings,
    /// A controller that acts on these resources is installed.
    Controller,
    /// The cluster gives pods identities of its cloud.
    CloudIdentity,
    /// The kubelet has the feature turned on.
    KubeletFeature,
    /// A storage driver with that ability is installed.
    StorageDriver,
    /// An authorizer besides RBAC trusts these fields.
    OtherAuthorizer,
    /// The key of the signer is at hand, or a controller that trusts the object.
    SignerKey,
}

impl Effect {
    /// The effect in one word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Rights => "rights",
            Self::Identity => "identity",
            Self::Node => "node",
            Self::Code => "code",
            Self::Secrets => "secrets",
            Self::Cloud => "cloud",
            Self::Admission => "admission",
            Self::Traffic => "traffic",
            Self::Data => "data",
            Self::Disruption => "disruption",
            Self::Discovery => "discovery",
        }
    }
}

impl Condition {
    /// What has to be so, to be read after "whether".
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::PodAdmission => "admission lets pods in that are privileged or reach the node",
            Self::ControlPlaneNode => {
                "admission lets such pods in, and onto nodes of the control plane"
            }
            Self::BootstrapBindings => "the default bindings for bootstrap tokens are there",
            Self::Controller => "a controller that acts on these resources is installed",
            Self::CloudIdentity => "the cluster gives pods identities of its cloud",
            Self::KubeletFeature => "the kubelet has the feature turned on",
            Self::StorageDriver => "a storage driver with that ability is installed",
            Self::OtherAuthorizer => "an authorizer besides RBAC trusts these fields",
            Self::SignerKey => {
                "the key of the signer is at hand, or a controller trusts the object"
            }
        }
    }
}

impl Right {
    /// A right to do one of `verbs` on one of `resources` of a group.
    #[must_use]
    pub(crate) const fn to(
        verbs: &'static [&'static str],
        groups: &'static [&'static str],
        resources: &'static [&'static str],
    ) -> Self {
        Self { verbs, groups, resources, names: &[], cluster_wide: false, gate: None }
    }

    /// Whether a rule gives the right, and the only objects for which it does; empty for all, or for all that matter.
    #[must_use]
    pub fn given_by<'r>(&self, rule: &'r PolicyRule, release: &Release) -> Option<&'r [String]> {
        let counts =
            self.gate.is_none_or(
                |(gate, on)| {
                    if on { release.may_have(gate) } else { release.may_lack(gate) }
                },
            );
        if !counts || !self.groups.iter().any(|group| rule.has_group(group)) {
            return None;
        }
        let given = self.resources.iter().any(|text| {
            let (resource, subresource) = text.split_once('/').unwrap_or((text, ""));
            let verb = |verb: &&&str| {
                rule.has_verb(verb)
                    && (rule.resource_names.is_empty() || takes_name(verb, subresource))
            };
            rule.has_resource(resource, subresource) && self.verbs.iter().any(|each| verb(&each))
        });
        if !given {
            return None;
        }
        if self.names.is_empty() {
            return Some(&rule.resource_names);
        }
        self.names.iter().any(|name| rule.has_name(name)).then_some(&[])
    }

    #[must_use]
    pub(crate) const fn named(mut self, names: &'static [&'static str]) -> Self {
        self.names = names;
        self
    }

    #[must_use]
    pub(crate) const fn cluster_wide(mut self) -> Self {
        self.cluster_wide = true;
        self
    }

    #[must_use]
    pub(crate) const fn gated(mut self, gate: Gate, on: bool) -> Self {
        self.gate = Some((gate, on));
        self
    }
}

impl Primitive {
    /// Whether it works in a release; in one that is not known everything does.
    #[must_use]
    pub fn works_in(&self, release: &Release) -> bool {
        let minor = release.version().map(|version| version.minor_release());
        let since = self.since.is_none_or(|since| minor.is_none_or(|own| own >= (1, since)));
        since && self.until.is_none_or(|until| minor.is_none_or(|own| own <= (1, until)))
    }

    #[must_use]
    pub(crate) const fn new(
        id: &'static str,
        title: &'static str,
        effect: Effect,
        needs: &'static [&'static [Right]],
        reason: &'static str,
    ) -> Self {
        Self {
            id,
            title,
            effect,
            needs,
            place: Place::Anywhere,
            bound_to: None,
            condition: None,
            since: None,
            until: None,
            techniques: &[],
            reason,
        }
    }

    /// The first gate that one of its rights hangs on.
    pub(crate) fn gate(&self) -> Option<(Gate, bool)> {
        self.needs.iter().flat_map(|row| row.iter()).find_map(|right| right.gate)
    }

    #[must_use]
    pub(crate) const fn at(mut self, place: Place) -> Self {
        self.place = place;
        self
    }

    #[must_use]
    pub(crate) const fn bound_to(mut self, kind: &'static str) -> Self {
        self.bound_to = Some(kind);
        self
    }

    #[must_use]
    pub(crate) const fn when(mut self, condition: Condition) -> Self {
        self.condition = Some(condition);
        self
    }

    #[must_use]
    pub(crate) const fn since(mut self, minor: u32) -> Self {
        self.since = Some(minor);
        self
    }

    #[must_use]
    pub(crate) const fn known_as(mut self, techniques: &'static [&'static str]) -> Self {
        self.techniques = techniques;
        self
    }
}

//! The policies of administrators: `AdminNetworkPolicy` and `BaselineAdminNetworkPolicy` of
//! `policy.networking.k8s.io/v1alpha1`, `ClusterNetworkPolicy` of `v1alpha2` and `v1beta1`.

use merlon_model::Kind;
use merlon_snapshot::Object;
use merlon_yaml::Node;

use super::super::fields::Fields;
use super::super::label_selector::LabelSelector;
use super::super::network_policy::{Cidr, Direction};

/// A policy of administrators, as far as it can be read.
#[derive(Clone, Debug)]
pub(super) struct AdminPolicy<'a> {
    pub(super) object: &'a Object,
    pub(super) kind: Kind,
    pub(super) tier: Tier,
    /// Lower ones come first; `None` where the policy cannot be read.
    pub(super) priority: Option<i64>,
    /// The pods it is about; `None` where that cannot be read, and it may be any.
    pub(super) subject: Option<Subject<'a>>,
    pub(super) ingress: Vec<AdminRule<'a>>,
    pub(super) egress: Vec<AdminRule<'a>>,
}

/// When a policy is asked: before those of namespaces, or where none of them isolates the pod.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Tier {
    Admin,
    Baseline,
}

/// Pods by the labels of their namespaces and their own.
#[derive(Clone, Copy, Debug)]
pub(super) struct Subject<'a> {
    pub(super) namespaces: LabelSelector<'a>,
    pub(super) pods: LabelSelector<'a>,
}

#[derive(Clone, Debug)]
pub(super) struct AdminRule<'a> {
    pub(super) node: &'a Node,
    /// What it does; everything it could where that cannot be read.
    pub(super) action: Outcomes,
    /// `None` where they cannot be read, and may be any.
    pub(super) matches: Option<(Vec<AdminPeer<'a>>, Vec<AdminPort<'a>>)>,
}

#[derive(Clone, Debug)]
pub(super) enum AdminPeer<'a> {
    Pods(Subject<'a>),
    Nodes(LabelSelector<'a>),
    Networks(Networks),
    /// Names of the DNS; what they stand for no object tells.
    Domains,
}

/// Ranges of addresses.
#[derive(Clone, Debug)]
pub(super) struct Networks {
    pub(super) ranges: Vec<Cidr>,
    /// Whether the addresses of pods are among them; `None` where that differs or is not known.
    pub(super) has_pods: Option<bool>,
}

/// A port of a rule; a rule that names none has the first alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum AdminPort<'a> {
    All,
    Range(&'a str, i64, i64),
    Named(&'a str),
}

/// What may become of a connection, as one of several things or more.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Outcomes(u8);

impl Outcomes {
    pub(super) const NOTHING: Self = Self(0);
    pub(super) const ALLOW: Self = Self(1);
    pub(super) const DENY: Self = Self(2);
    pub(super) const PASS: Self = Self(4);
    /// No rule matches.
    pub(super) const UNMATCHED: Self = Self(8);
    /// Whatever a rule can do.
    pub(super) const ANY: Self = Self(7);

    pub(super) fn has(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    pub(super) fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub(super) fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }
}

impl<'a> AdminPolicy<'a> {
    /// Reads a policy; what the API server would refuse may do anything.
    pub(super) fn of(object: &'a Object, kind: Kind) -> Self {
        let spec = Fields::of(&object.root).get("spec");
        let version = Fields::of(&object.root).text("apiVersion").ok().flatten();
        let version = version.and_then(|it| it.rsplit('/').next()).unwrap_or_default();
        let mut policy = Self {
            object,
            kind,
            tier: Tier::Admin,
            priority: None,
            subject: subject(spec.get("subject"), kind),
            ingress: Vec::new(),
            egress: Vec::new(),
        };
        let Some((tier, priority)) = rank(object, spec, kind, version) else { return policy };
        policy.tier = tier;
        let (Ok(ingress), Ok(egress)) = (spec.list("ingress"), spec.list("egress")) else {
            return policy;
        };
        let rules = |list: &'a [Node], direction| {
            list.iter().map(|node| rule(node, direction, kind)).collect::<Vec<_>>()
        };
        policy.ingress = rules(ingress, Direction::Ingress);
        policy.egress = rules(egress, Direction::Egress);
        policy.priority = policy.subject.is_some().then_some(priority);
        policy
    }

    pub(super) fn rules(&self, direction: Direction) -> &[AdminRule<'a>] {
        match direction {
            Direction::Ingress => &self.ingress,
            Direction::Egress => &self.egress,
        }
    }

    /// Whether it may have a say on a direction.
    pub(super) fn is_about(&self, direction: Direction) -> bool {
        self.priority.is_none() || !self.rules(direction).is_empty()
    }
}

/// The tier and the priority of a policy; `None` where the API server refuses them.
fn rank(object: &Object, spec: Fields<'_>, kind: Kind, version: &str) -> Option<(Tier, i64)> {
    let priority = || {
        let priority = spec.int("priority").ok()??;
        (0..=1000).contains(&priority).then_some(priority)
    };
    match kind {
        Kind::AdminNetworkPolicy if version == "v1alpha1" => Some((Tier::Admin, priority()?)),
        // There is one, which is called so.
        Kind::BaselineAdminNetworkPolicy if version == "v1alpha1" => {
            (object.name() == "default").then_some((Tier::Baseline, 0))
        }
        Kind::ClusterNetworkPolicy if matches!(version, "v1alpha2" | "v1beta1") => {
            let tier = match spec.text("tier").ok()?? {
                "Admin" => Tier::Admin,
                "Baseline" => Tier::Baseline,
                _ => return None,
            };
            Some((tier, priority()?))
        }
        _ => None,
    }
}

fn rule<'a>(node: &'a Node, direction: Direction, kind: Kind) -> AdminRule<'a> {
    let fields = Fields::of(node);
    let action = match (kind, fields.text("action")) {
        (Kind::ClusterNetworkPolicy, Ok(Some("Accept"))) => Outcomes::ALLOW,
        (Kind::AdminNetworkPolicy | Kind::BaselineAdminNetworkPolicy, Ok(Some("Allow"))) => {
            Outcomes::ALLOW
        }
        (_, Ok(Some("Deny"))) => Outcomes::DENY,
        (Kind::AdminNetworkPolicy | Kind::ClusterNetworkPolicy, Ok(Some("Pass"))) => Outcomes::PASS,
        _ => Outcomes::ANY,
    };
    AdminRule { node, action, matches: matched(fields, action, direction, kind) }
}

fn matched<'a>(
    fields: Fields<'a>,
    action: Outcomes,
    direction: Direction,
    kind: Kind,
) -> Option<(Vec<AdminPeer<'a>>, Vec<AdminPort<'a>>)> {
    let is_cluster = kind == Kind::ClusterNetworkPolicy;
    let peers = if direction == Direction::Ingress { "from" } else { "to" };
    let ports = if is_cluster { "protocols" } else { "ports" };
    let fields = only(fields, &["name", "action", peers, ports])?;
    let read = |node| peer(Fields::of(node), action, direction, kind);
    let list = some(fields.list(peers).ok()?)?;
    let peers = list.iter().map(read).collect::<Option<Vec<_>>>()?;
    if !fields.get(ports).is_set() {
        return Some((peers, vec![AdminPort::All]));
    }
    let list = some(fields.list(ports).ok()?)?;
    let read = |node| if is_cluster { protocol(node) } else { port(node) };
    Some((peers, list.iter().map(read).collect::<Option<Vec<_>>>()?))
}

fn peer<'a>(
    fields: Fields<'a>,
    action: Outcomes,
    direction: Direction,
    kind: Kind,
) -> Option<AdminPeer<'a>> {
    let is_egress = direction == Direction::Egress;
    match one(fields)? {
        ("namespaces" | "pods", _) => subject(fields, kind).map(AdminPeer::Pods),
        ("nodes", below) if is_egress => selector(below).map(AdminPeer::Nodes),
        ("networks", _) if is_egress => {
            let ranges = some(fields.list("networks").ok()?)?.iter();
            let ranges = ranges.map(|node| Cidr::parse(node.as_str()?));
            let ranges = ranges.collect::<Option<Vec<_>>>()?;
            Some(AdminPeer::Networks(Networks { ranges, has_pods: None }))
        }
        ("domainNames", _) if is_egress && action == Outcomes::ALLOW => Some(AdminPeer::Domains),
        _ => None,
    }
}

/// Pods by their namespaces alone, or by both: what policies are about, and the peers of most rules.
fn subject<'a>(fields: Fields<'a>, kind: Kind) -> Option<Subject<'a>> {
    match one(fields)? {
        ("namespaces", below) => {
            Some(Subject { namespaces: selector(below)?, pods: LabelSelector::default() })
        }
        ("pods", below) => {
            let below = only(below, &["namespaceSelector", "podSelector"])?;
            let namespaces = below.get("namespaceSelector");
            // It may be left out since v1beta1.
            let is_left_out = kind == Kind::ClusterNetworkPolicy && !namespaces.is_set();
            let namespaces =
                if is_left_out { LabelSelector::default() } else { selector(namespaces)? };
            Some(Subject { namespaces, pods: selector(below.get("podSelector"))? })
        }
        _ => None,
    }
}

/// Early releases had further levels where a selector is now; read as one, they would select everything.
fn selector(fields: Fields<'_>) -> Option<LabelSelector<'_>> {
    LabelSelector::new(only(fields, &["matchLabels", "matchExpressions"])?).ok()?
}

fn some<T>(list: &[T]) -> Option<&[T]> {
    (!list.is_empty()).then_some(list)
}

/// The fields of a mapping that has no others.
fn only<'a>(fields: Fields<'a>, known: &[&str]) -> Option<Fields<'a>> {
    let entries = fields.node()?.as_mapping()?.entries();
    entries.iter().all(|entry| known.contains(&&*entry.key)).then_some(fields)
}

/// The one field of a mapping that may have no second.
fn one<'a>(fields: Fields<'a>) -> Option<(&'a str, Fields<'a>)> {
    let entries = fields.node()?.as_mapping()?.entries();
    let mut set = entries.iter().filter(|entry| !entry.value.is_null());
    match (set.next(), set.next()) {
        (Some(entry), None) => Some((&entry.key, Fields::of(&entry.value))),
        _ => None,
    }
}

/// One of `ports` of v1alpha1.
fn port(node: &Node) -> Option<AdminPort<'_>> {
    let (key, fields) = one(Fields::of(node))?;
    let protocol = || {
        let protocol = fields.text("protocol").ok()?.unwrap_or("TCP");
        matches!(protocol, "TCP" | "UDP" | "SCTP").then_some(protocol)
    };
    match key {
        "portNumber" => {
            let number = number(only(fields, &["protocol", "port"])?, "port")?;
            Some(AdminPort::Range(protocol()?, number, number))
        }
        "portRange" => range(only(fields, &["protocol", "start", "end"])?, protocol()?),
        "namedPort" => fields.node()?.as_str().map(AdminPort::Named),
        _ => None,
    }
}

/// One of `protocols` of `ClusterNetworkPolicy`.
fn protocol(node: &Node) -> Option<AdminPort<'_>> {
    let (key, fields) = one(Fields::of(node))?;
    let protocol = match key {
        "tcp" => "TCP",
        "udp" => "UDP",
        "sctp" => "SCTP",
        "destinationNamedPort" => return fields.node()?.as_str().map(AdminPort::Named),
        _ => return None,
    };
    let target = only(fields, &["destinationPort"])?.get("destinationPort");
    match one(target)? {
        ("number", _) => {
            let number = number(target, "number")?;
            Some(AdminPort::Range(protocol, number, number))
        }
        ("range", below) => range(only(below, &["start", "end"])?, protocol),
        _ => None,
    }
}

fn range<'a>(fields: Fields<'a>, protocol: &'a str) -> Option<AdminPort<'a>> {
    let (start, end) = (number(fields, "start")?, number(fields, "end")?);
    (start <= end).then_some(AdminPort::Range(protocol, start, end))
}

fn number(fields: Fields<'_>, key: &str) -> Option<i64> {
    fields.int(key).ok()?.filter(|it| (1..=65535).contains(it))
}

//! The ports that programs listen on, as far as objects tell.

use merlon_snapshot::Object;
use merlon_yaml::Node;

use super::pod::{ContainerList, ContainerView, PodView};

/// A port that a container listens on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Listening<'a> {
    /// `TCP`, `UDP` or `SCTP`.
    pub protocol: &'a str,
    /// Its number.
    pub port: u16,
    /// What the container calls it; empty where it has no name.
    pub name: &'a str,
    /// The container's place among those of its pod.
    pub container: u32,
}

/// How a route names a service's port.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PortName<'a> {
    /// The service's own number.
    Number(i64),
    /// The service's name for it.
    Name(&'a str),
    /// The number that the pods have for it.
    Target(i64),
}

impl<'a> PortName<'a> {
    /// A port as it is written: a number, or a name.
    #[must_use]
    pub fn of(node: &'a Node) -> Option<Self> {
        node.as_i64().map(Self::Number).or_else(|| node.as_str().map(Self::Name))
    }
}

/// The ports that the containers of a pod declare, those of containers that end aside.
pub fn declared<'v, 'a>(pod: &'v PodView<'a>) -> impl Iterator<Item = Listening<'a>> + use<'v, 'a> {
    declarations(pod).map(|(it, _)| it)
}

/// The same, each with the place where it is declared.
pub(super) fn declarations<'v, 'a>(
    pod: &'v PodView<'a>,
) -> impl Iterator<Item = (Listening<'a>, &'a Node)> + use<'v, 'a> {
    lasting(pod).flat_map(|(container, it)| {
        let node: &'a Node = it.node;
        items(node, "ports").iter().filter_map(move |port| {
            let text = |key| port.get(key).and_then(Node::as_str);
            let number = u16::try_from(port.get("containerPort")?.as_i64()?).ok()?;
            let protocol = text("protocol").unwrap_or("TCP");
            let name = text("name").unwrap_or_default();
            Some((Listening { protocol, port: number, name, container }, port))
        })
    })
}

/// What of a pod a service sends to: by those of its ports that are wanted, or by all where none is named.
///
/// The container that declares the target port gets it. Where none declares a number it may be any, as declaring ports
/// is no duty; a name that none declares leads nowhere.
#[must_use]
pub fn behind<'a>(
    pod: &PodView<'a>,
    service: &'a Object,
    wanted: &[PortName<'_>],
) -> Vec<Listening<'a>> {
    let Some(spec) = service.root.get("spec") else { return Vec::new() };
    let mut found = Vec::new();
    for port in items(spec, "ports") {
        let protocol = port.get("protocol").and_then(Node::as_str).unwrap_or("TCP");
        let target = target_port(pod, port, protocol);
        let is_wanted = |it: &PortName<'_>| match it {
            PortName::Number(number) => port.get("port").and_then(Node::as_i64) == Some(*number),
            PortName::Name(name) => port.get("name").and_then(Node::as_str) == Some(name),
            PortName::Target(number) => target.map(i64::from) == Some(*number),
        };
        if let Some(number) = target
            && (wanted.is_empty() || wanted.iter().any(is_wanted))
        {
            found.extend(at(pod, protocol, number));
        }
    }
    found
}

/// The containers that get what is sent to a port of a pod.
pub(super) fn at<'a>(pod: &PodView<'a>, protocol: &'a str, port: u16) -> Vec<Listening<'a>> {
    let is_it = |it: &Listening<'a>| it.protocol == protocol && it.port == port;
    let found: Vec<Listening<'a>> = declared(pod).filter(is_it).collect();
    if !found.is_empty() {
        return found;
    }
    let regular = lasting(pod).filter(|(_, it)| it.list == ContainerList::Regular);
    regular.map(|(container, _)| Listening { protocol, port, name: "", container }).collect()
}

/// The number of a service's port at a pod, as `FindPort` of Kubernetes' `pkg/api/v1/pod` finds it: a name is looked for
/// in the containers, then in the sidecars.
fn target_port(pod: &PodView<'_>, port: &Node, protocol: &str) -> Option<u16> {
    // What is null, 0 or empty is defaulted.
    let is_set = |it: &&Node| !it.is_null() && it.as_i64() != Some(0) && it.as_str() != Some("");
    let target = port.get("targetPort").filter(is_set).or_else(|| port.get("port"))?;
    let Some(name) = target.as_str() else { return u16::try_from(target.as_i64()?).ok() };
    let list = |it: &Listening<'_>| {
        let place = usize::try_from(it.container).ok()?;
        pod.containers.get(place).map(|container| container.list == ContainerList::Init)
    };
    let named = declared(pod).filter(|it| it.protocol == protocol && it.name == name);
    named.min_by_key(list).map(|it| it.port)
}

fn lasting<'v, 'a>(
    pod: &'v PodView<'a>,
) -> impl Iterator<Item = (u32, &'v ContainerView<'a>)> + use<'v, 'a> {
    (0..).zip(&pod.containers).filter(|(_, it)| match it.list {
        ContainerList::Init => it.is_sidecar(),
        ContainerList::Regular => true,
        ContainerList::Ephemeral => false,
    })
}

fn items<'a>(node: &'a Node, key: &str) -> &'a [Node] {
    node.get(key).and_then(Node::as_sequence).unwrap_or_default()
}

//! The ports that programs listen on, as far as objects tell.

use merlon_snapshot::Object;
use merlon_views::objects::{ContainerList, ContainerView, PodView};
use merlon_yaml::Node;

use crate::world::World;

/// A port that a container of a workload listens on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::techniques) struct Listening<'w> {
    pub protocol: &'w str,
    pub port: u16,
    /// What the container calls it; empty where it has no name.
    pub name: &'w str,
    /// The container's place in the workload.
    pub container: u32,
}

/// How a route names a service's port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::techniques) enum PortName<'w> {
    Number(i64),
    Name(&'w str),
}

impl<'w> PortName<'w> {
    /// A port as it is written: a number, or a name.
    pub(in crate::techniques) fn of(node: &'w Node) -> Option<Self> {
        node.as_i64().map(Self::Number).or_else(|| node.as_str().map(Self::Name))
    }
}

/// What a workload listens on: the ports its containers declare, and those that services send to.
///
/// Sorted. A workload that declares none and that no service selects has none: nothing tells that it listens.
pub(in crate::techniques) fn listening<'w, 'a: 'w>(
    world: &World<'w, 'a>,
    workload: &'w PodView<'a>,
) -> Vec<Listening<'w>> {
    let mut all: Vec<Listening<'w>> = declared(workload).collect();
    for service in world.view.services().selecting(workload) {
        all.extend(behind(workload, service, &[]));
    }
    all.sort_unstable();
    all.dedup();
    all
}

/// The ports that the containers of a workload declare, those of containers that end aside.
pub(in crate::techniques) fn declared<'w, 'a: 'w>(
    workload: &'w PodView<'a>,
) -> impl Iterator<Item = Listening<'w>> {
    lasting(workload).flat_map(|(container, it)| {
        items(it.node, "ports").iter().filter_map(move |port| {
            let text = |key| port.get(key).and_then(Node::as_str);
            let number = u16::try_from(port.get("containerPort")?.as_i64()?).ok()?;
            let protocol = text("protocol").unwrap_or("TCP");
            let name = text("name").unwrap_or_default();
            Some(Listening { protocol, port: number, name, container })
        })
    })
}

/// What of a workload a service sends to: by those of its ports that are wanted, or by all.
///
/// The container that declares the target port gets it. Where none declares a number it may be any, as declaring ports
/// is no duty; a name that none declares leads nowhere.
pub(in crate::techniques) fn behind<'w, 'a: 'w>(
    workload: &'w PodView<'a>,
    service: &'w Object,
    wanted: &[PortName<'_>],
) -> Vec<Listening<'w>> {
    let Some(spec) = service.root.get("spec") else { return Vec::new() };
    let is_wanted = |port: &&Node| {
        wanted.is_empty()
            || wanted.iter().any(|it| match it {
                PortName::Number(number) => {
                    port.get("port").and_then(Node::as_i64) == Some(*number)
                }
                PortName::Name(name) => port.get("name").and_then(Node::as_str) == Some(name),
            })
    };
    items(spec, "ports")
        .iter()
        .filter(is_wanted)
        .flat_map(|port| arrivals(workload, port))
        .collect()
}

fn arrivals<'w, 'a: 'w>(workload: &'w PodView<'a>, port: &'w Node) -> Vec<Listening<'w>> {
    let protocol = port.get("protocol").and_then(Node::as_str).unwrap_or("TCP");
    let target = port.get("targetPort").filter(|node| !node.is_null()).or_else(|| port.get("port"));
    let Some(target) = target.and_then(PortName::of) else { return Vec::new() };
    let is_it = |it: &Listening<'w>| {
        it.protocol == protocol
            && match target {
                PortName::Number(number) => i64::from(it.port) == number,
                PortName::Name(name) => it.name == name,
            }
    };
    let found: Vec<Listening<'w>> = declared(workload).filter(is_it).collect();
    match target {
        PortName::Number(number) if found.is_empty() => {
            let Ok(port) = u16::try_from(number) else { return found };
            let regular = lasting(workload).filter(|(_, it)| it.list == ContainerList::Regular);
            regular
                .map(|(container, _)| Listening { protocol, port, name: "", container })
                .collect()
        }
        _ => found,
    }
}

fn lasting<'w, 'a: 'w>(
    workload: &'w PodView<'a>,
) -> impl Iterator<Item = (u32, &'w ContainerView<'a>)> {
    (0..).zip(&workload.containers).filter(|(_, it)| match it.list {
        ContainerList::Init => it.is_sidecar(),
        ContainerList::Regular => true,
        ContainerList::Ephemeral => false,
    })
}

fn items<'w>(node: &'w Node, key: &str) -> &'w [Node] {
    node.get(key).and_then(Node::as_sequence).unwrap_or_default()
}

//! What single rules of network policies say.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use merlon_views::objects::{Direction, Peer, PodView, Rule};
use merlon_yaml::Node;

use super::ports::Listening;
use crate::world::World;

/// Addresses somewhere on the internet: a rule that lets both families' in lets anybody in.
const ANYWHERE: [IpAddr; 2] = [
    IpAddr::V4(Ipv4Addr::new(8, 8, 8, 8)),
    IpAddr::V6(Ipv6Addr::new(0x2001, 0x4860, 0x4860, 0, 0, 0, 0, 0x8888)),
];

/// Whether the policies let what comes from the internet in to a port.
pub(in crate::techniques) fn admits_internet<'w, 'a: 'w>(
    world: &World<'w, 'a>,
    workload: &'w PodView<'a>,
    port: &Listening<'_>,
) -> bool {
    let network = world.view.network();
    let admits = |rule: &Rule<'a>| {
        let anybody = rule.peers.as_ref().is_none_or(|peers| {
            peers.iter().any(|peer| ANYWHERE.iter().any(|address| peer.includes(*address)))
        });
        anybody && has_port(rule, port)
    };
    !network.isolates(workload, Direction::Ingress)
        || network
            .selecting(workload)
            .any(|policy| policy.rules(Direction::Ingress).unwrap_or_default().iter().any(admits))
}

/// Whether the port is among the rule's, by its number or by its name.
pub(super) fn has_port(rule: &Rule<'_>, port: &Listening<'_>) -> bool {
    let ports = rule.node.get("ports").and_then(Node::as_sequence).unwrap_or_default();
    let names = |node: &Node| {
        let protocol = node.get("protocol").and_then(Node::as_str).unwrap_or("TCP");
        !port.name.is_empty()
            && protocol == port.protocol
            && node.get("port").and_then(Node::as_str) == Some(port.name)
    };
    rule.includes_port(port.protocol, port.port) || ports.iter().any(names)
}

/// Whether the rule is about pods of the whole cluster.
pub(super) fn is_for_all_pods(rule: &Rule<'_>) -> bool {
    rule.peers.as_ref().is_none_or(|peers| peers.iter().any(is_everybody))
}

/// Whether a peer is every pod of every namespace.
///
/// Pods on their nodes' network are no pods for selectors by the letter; what network plugins make of them differs.
pub(super) fn is_everybody(peer: &Peer<'_>) -> bool {
    match peer {
        Peer::Pods { namespaces: Some(namespaces), pods } => {
            namespaces.is_everything() && pods.is_everything()
        }
        Peer::Pods { .. } | Peer::Block { .. } => false,
    }
}

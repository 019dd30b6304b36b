//! What single rules of network policies say.

use merlon_views::objects::{Peer, Rule};
use merlon_yaml::Node;

use super::ports::Listening;

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

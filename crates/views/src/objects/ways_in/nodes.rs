//! Whether nodes have addresses on the internet.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use merlon_model::Kind;

use super::super::addresses::is_public;
use super::super::inventory::InventoryView;
use super::super::network::addresses;
use super::super::placement::Placement;
use super::super::pod::PodView;

/// Where the ports of nodes are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// On the internet.
    Public,
    /// On inner networks alone.
    Inner,
    /// Nothing tells.
    Unknown,
}

/// The nodes, each with whether it is on the internet where its addresses are known.
#[derive(Debug)]
pub(super) struct Nodes<'a> {
    known: BTreeMap<&'a str, bool>,
    placement: Placement<'a>,
    cluster: OnceLock<Standing>,
}

impl<'a> Nodes<'a> {
    pub(super) fn new(view: &InventoryView<'a>) -> Self {
        let known = view.of_kind(Kind::Node).filter_map(|node| {
            let addresses = addresses(node);
            (!addresses.is_empty())
                .then(|| (node.name(), addresses.iter().any(|it| is_public(*it))))
        });
        Self { known: known.collect(), placement: view.placement(), cluster: OnceLock::new() }
    }

    /// Where a port is that every node opens.
    pub(super) fn of_cluster(&self) -> Standing {
        *self.cluster.get_or_init(|| {
            let any = self.known.values().any(|it| *it);
            match (any, self.known.is_empty()) {
                (true, _) => Standing::Public,
                (false, false) => Standing::Inner,
                (false, true) => Standing::Unknown,
            }
        })
    }

    /// Where a port is that only the nodes of a pod open; those of a pod that is not placed may be any.
    pub(super) fn of_pod(&self, pod: &PodView<'a>) -> Standing {
        let names = self.placement.nodes_of(pod);
        if names.is_empty() {
            return self.of_cluster();
        }
        let known: Vec<Option<bool>> =
            names.iter().map(|name| self.known.get(name).copied()).collect();
        if known.contains(&Some(true)) {
            Standing::Public
        } else if known.contains(&None) {
            Standing::Unknown
        } else {
            Standing::Inner
        }
    }
}

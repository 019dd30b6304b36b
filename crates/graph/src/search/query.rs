//! What most searches are asked about.

use super::{FactId, Hypergraph, Without};

/// Whether, and how, the targets can be derived from the entries.
#[derive(Debug, Clone, Copy)]
pub struct Query<'a> {
    /// The graph that is searched.
    pub graph: &'a Hypergraph,
    /// What an attacker holds at the start. Numbers that are no fact of the graph are passed over, here and below.
    pub entries: &'a [FactId],
    /// What an attacker wants: any of these.
    pub targets: &'a [FactId],
    /// What has been taken away from the graph beforehand.
    pub without: &'a Without,
}

impl Query<'_> {
    /// The targets that are facts of the graph, in ascending order, each once.
    pub(super) fn wanted(&self) -> Vec<FactId> {
        let mut targets: Vec<FactId> =
            self.targets.iter().copied().filter(|fact| self.graph.has(*fact)).collect();
        targets.sort_unstable();
        targets.dedup();
        targets
    }
}

//! Controls on what keeps programs running: probes, replicas, disruption budgets, placement.

pub(crate) mod availability;
pub(crate) mod budgets;
pub(crate) mod lifecycle;
pub(crate) mod placement;
pub(crate) mod probes;

//! What a person has to judge: controls whose steps say how.
//!
//! They answer sections that no node shows: objects in the cluster, settings of a provider, the
//! habits of people. One control for each matter, whatever the number of benchmarks that ask it.

pub(crate) mod ack;
pub(crate) mod aks;
pub(crate) mod control_plane;
pub(crate) mod eks;
pub(crate) mod gke;
pub(crate) mod managed_services;
pub(crate) mod openshift;
pub(crate) mod policies_network;
pub(crate) mod policies_rbac;
pub(crate) mod policies_secrets;
pub(crate) mod stig;

use merlon_model::{Outcome, Vector};

use crate::control::{Applies, Check, Control, Documentation, Example};

/// A control that is judged by a person. In `steps`, lines that begin with `$ ` are commands that
/// change nothing; words in capitals stand for what the reader has to fill in.
const fn manual(
    id: &'static str,
    title: &'static str,
    vector: Vector,
    documentation: Documentation,
    steps: &'static [&'static str],
) -> Control {
    let applies = Applies::Kubernetes;
    let check = Check::Manual(steps);
    Control { id, title, vector, applies, documentation, check, examples: EXAMPLES }
}

/// All of them behave alike.
const EXAMPLES: &[Example] = &[
    Example { outcome: Outcome::Manual, input: "run kubelet@1.31" },
    Example { outcome: Outcome::NotApplicable, input: "os ID=ubuntu" },
    Example { outcome: Outcome::Error, input: "gap processes permission-denied" },
];

//! Containers of Windows that are processes of their node.

use merlon_model::Confidence;
use merlon_views::objects::place;

use super::inside::Inside;
use crate::builder::Builder;
use crate::change::{set_in_container, set_in_pod};
use crate::graph::Basis;
use crate::technique::{Example, Technique};

pub(super) static TECHNIQUES: &[&Technique] = &[&HOST_PROCESS];

static HOST_PROCESS: Technique = Technique {
    id: "windows-host-process",
    title: "act as the system account of the node",
    reason: "a HostProcess container is a process of the Windows node, and nothing keeps it from files and services",
    references: &["T1611", "MS-TA9018"],
    confidence: Confidence::Certain,
    controls: &["pod-windows-host-process"],
    examples: &[Example {
        objects: pod!(
            "  os: {name: windows}
  hostNetwork: true
  securityContext: {windowsOptions: {hostProcess: true, runAsUserName: 'NT AUTHORITY\\SYSTEM'}}
  containers: [{name: agent, image: agent}]
"
        ),
        from: "pod ops/agent",
        to: "node",
        without: &[
            ("hostProcess: true", "hostProcess: false"),
            ("AUTHORITY\\SYSTEM", "AUTHORITY\\Local Service"),
            ("  hostNetwork", "  runtimeClassName: runhcs-wcow-hypervisor\n  hostNetwork"),
        ],
    }],
};

const HOST: &[&str] = &["windowsOptions", "hostProcess"];
const USER: &[&str] = &["windowsOptions", "runAsUserName"];
const FIELD: &[&str] = &["securityContext", "windowsOptions", "hostProcess"];

pub(super) fn add<'w, 'a: 'w>(inside: &Inside<'_, 'w, 'a>, builder: &mut Builder<'w>) {
    let (world, workload, container) = (inside.world, inside.workload, inside.container);
    let effective = |keys: &[&str]| workload.effective_security(container, keys).node();
    // Containers with a kernel of their own cannot be processes of the node.
    let is_host = effective(HOST).and_then(|node| node.as_bool()) == Some(true);
    if !is_host || inside.is_sandboxed() {
        return;
    }
    let Some(sure) = reach(effective(USER).and_then(|node| node.as_str())) else { return };
    let own = container.security().path(HOST).is_set();
    let (below, change) = if own {
        let each = (inside.at, container);
        let change = set_in_container(world, builder, workload, each, FIELD, &false.into());
        (container.node, change)
    } else {
        (workload.spec, set_in_pod(world, builder, workload, FIELD, &false.into()))
    };
    let found = place(below, FIELD);
    let basis = Basis::Object(workload.object, found, "the container is a process of the node");
    for root in world.roots_of(workload) {
        let premises = &[inside.fact()];
        builder.step_with(&HOST_PROCESS, sure, premises, root, vec![basis], &[change]);
    }
}

/// How sure it is that an account rules the node. Where none is named the image decides; local and network service
/// have few rights, and of other accounts nobody here knows.
fn reach(account: Option<&str>) -> Option<Confidence> {
    let account = account.map(str::to_ascii_lowercase);
    match account.as_deref() {
        None => Some(Confidence::Likely),
        Some("nt authority\\system" | "system" | "builtin\\administrators" | "administrators") => {
            Some(Confidence::Certain)
        }
        Some(_) => None,
    }
}

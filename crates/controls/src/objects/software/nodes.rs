//! Kernels and container runtimes of nodes.

use merlon_model::{Kind, Severity, Version};
use merlon_snapshot::Object;
use merlon_views::InventoryView;
use merlon_views::objects::{Fields, Place};

use super::{Weakness, numbers};
use crate::control::{Applies, Control, Documentation};
use crate::objects::{Judged, Verdict, flaw};
use crate::row::{error, fail, not_applicable, objects, pass, vector};

pub(crate) const CONTROLS: &[Control] = &[
    Control {
        id: "node-runtime-vulnerability",
        title: "a node's container runtime has a known hole",
        vector: vector("AV:L/AC:L/Au:N/C:C/I:C/A:N"),
        applies: Applies::Objects,
        check: objects(&[Kind::Node], runtime),
        documentation: Documentation {
            finds: "\
Nodes whose containerd, by what they report, has CVE-2022-23648 (an image's volumes show files of \
the node; mended in 1.4.13, 1.5.10, 1.6.1), CVE-2024-40635 (a large user id becomes root; 1.6.38, \
1.7.27, 2.0.4) or CVE-2024-25621 (directories of the runtime are open to the node's users; 1.7.29, \
2.0.7, 2.1.5). Builds of distributions, which mend without a new number, are left to a person.",
            matters: "\
The runtime is root on the node. With the first, an image alone reads any file there, the \
kubelet's credentials among them.",
            options: "\
**Upgrade the runtime** or the node image and roll the nodes. No object says which runtime a node \
has, so there is no edit.",
            acceptable: "Where the vendor of the node image confirms the fix.",
        },
        examples: &[
            fail(node!("{containerRuntimeVersion: 'containerd://1.6.0'}")),
            fail(node!("{containerRuntimeVersion: 'containerd://1.7.26'}")),
            pass(node!("{containerRuntimeVersion: 'containerd://2.2.0'}")),
            pass(node!("{containerRuntimeVersion: 'containerd://1.7.29'}")),
            not_applicable(node!("{containerRuntimeVersion: 'cri-o://1.31.0'}")),
            not_applicable(node!("{}")),
            error(node!("{containerRuntimeVersion: 1.6}")),
        ],
    },
    Control {
        id: "node-kernel-vulnerability",
        title: "a node's kernel lets containers become root on the node",
        vector: vector("AV:L/AC:M/Au:N/C:C/I:C/A:C"),
        applies: Applies::Objects,
        check: objects(&[Kind::Node], kernel),
        documentation: Documentation {
            finds: "\
Nodes whose kernel, by what they report, has CVE-2022-0185: Linux 5.1 to before 5.4.173, 5.10.93, \
5.15.16 and 5.16.2. Kernels of distributions, which keep the number (`5.4.0-90-generic`), are left \
to a person, but for Ubuntu 22.04 and later, which began with the fix.",
            matters: "\
A container that may make user namespaces, which the default seccomp profile of Docker forbids and \
`Unconfined` allows, overwrites kernel memory and is root on the node.",
            options: "\
- **Upgrade the kernel** and restart the node.
- **Until then**: `seccompProfile: RuntimeDefault` for all pods, and \
`kernel.unprivileged_userns_clone=0` where the kernel knows it.

No object says which kernel a node has, so there is no edit.",
            acceptable: "Where the distribution confirms the fix.",
        },
        examples: &[
            fail(node!("{kernelVersion: 5.10.92}")),
            fail(node!("{kernelVersion: 5.15.15-flatcar}")),
            fail(node!("{kernelVersion: 5.13.19}")),
            pass(node!("{kernelVersion: 6.6.10-talos}")),
            pass(node!("{kernelVersion: 5.10.93}")),
            // The hole came with 5.1.
            pass(node!("{kernelVersion: 4.18.0-348.el8.x86_64}")),
            pass(node!("{kernelVersion: 5.15.0-91-generic, osImage: Ubuntu 22.04.3 LTS}")),
            not_applicable(node!("{}")),
            error(node!("{kernelVersion: []}")),
        ],
    },
];

/// Advisories of containerd (GHSA-crp2-qrr5-8pq7, GHSA-265r-hfxg-fhmg, GHSA-pwhc-rpq9-4c8w).
const CONTAINERD: &[Weakness] = &[
    Weakness {
        id: "CVE-2022-23648",
        lets: "an image read files of the node",
        severity: Severity::High,
        since: (0, 0, 0),
        fixed: &[(1, 4, 13), (1, 5, 10), (1, 6, 1)],
    },
    Weakness {
        id: "CVE-2024-40635",
        lets: "an image with a large user id run as root",
        severity: Severity::Medium,
        since: (0, 0, 0),
        fixed: &[(1, 6, 38), (1, 7, 27), (2, 0, 4)],
    },
    Weakness {
        id: "CVE-2024-25621",
        lets: "users of the node into the runtime's directories",
        severity: Severity::Medium,
        since: (0, 0, 0),
        fixed: &[(1, 7, 29), (2, 0, 7), (2, 1, 5)],
    },
];

const KERNEL: Weakness = Weakness {
    id: "CVE-2022-0185",
    lets: "a container overwrite kernel memory",
    severity: Severity::High,
    since: (5, 1, 0),
    fixed: &[(5, 4, 173), (5, 10, 93), (5, 15, 16), (5, 16, 2)],
};

fn runtime<'a>(_: &InventoryView<'a>, object: &'a Object) -> Judged<'a> {
    let info = Fields::of(&object.root).path(&["status", "nodeInfo"]);
    let text = info.text("containerRuntimeVersion")?.unwrap_or_default();
    let version = text.strip_prefix("containerd://").and_then(Version::parse);
    let (Some(version), Some(node)) = (version, info.get("containerRuntimeVersion").node()) else {
        return Ok(Verdict::NotApplicable);
    };
    let release = numbers(&version);
    let found: Vec<&Weakness> = CONTAINERD.iter().filter(|it| it.is_in(release)).collect();
    let Some(worst) = found.iter().map(|weakness| weakness.severity).max() else {
        return Ok(Verdict::Pass);
    };
    let holes: Vec<String> = found.iter().map(|it| format!("{} lets {}", it.id, it.lets)).collect();
    if !version.suffix.is_empty() {
        let holes = holes.join("; ");
        return Ok(Verdict::Manual(format!("ask who built containerd {version}: {holes}")));
    }
    flaw(Place::Node(node), format!("containerd {version}: {}", holes.join("; ")))
        .at_most(worst)
        .step("Upgrade containerd on the node and restart it", &[])
        .into()
}

fn kernel<'a>(_: &InventoryView<'a>, object: &'a Object) -> Judged<'a> {
    let info = Fields::of(&object.root).path(&["status", "nodeInfo"]);
    let text = info.text("kernelVersion")?.unwrap_or_default();
    let (Some(version), Some(node)) = (Version::parse(text), info.get("kernelVersion").node())
    else {
        return Ok(Verdict::NotApplicable);
    };
    if !KERNEL.is_in(numbers(&version)) || is_recent_ubuntu(info) {
        return Ok(Verdict::Pass);
    }
    let (id, lets) = (KERNEL.id, KERNEL.lets);
    if version.patch == 0 && !version.suffix.is_empty() {
        return Ok(Verdict::Manual(format!(
            "ask the distribution whether Linux {version} has the fix for {id}, which lets {lets}"
        )));
    }
    flaw(Place::Node(node), format!("Linux {version}: {id} lets {lets}"))
        .step("Upgrade the node's kernel and restart the node", &[])
        .into()
}

/// Whether the node runs a release of Ubuntu that came after the fix of January 2022.
fn is_recent_ubuntu(info: Fields<'_>) -> bool {
    let image = info.get("osImage").node().and_then(|node| node.as_str()).unwrap_or_default();
    let year = image.strip_prefix("Ubuntu ").and_then(|rest| rest.split('.').next());
    year.and_then(|year| year.parse::<u32>().ok()).is_some_and(|year| year >= 22)
}

//! What makes network policies more than objects.

use merlon_model::Kind;
use merlon_snapshot::Object;
use merlon_views::InventoryView;
use merlon_views::objects::place;
use merlon_yaml::Node;

use crate::control::{Applies, Check, Control, Documentation};
use crate::objects::{Judged, Verdict, flaw};
use crate::row::{error, fail, manual, not_applicable, pass, vector};

macro_rules! daemon {
    ($name:literal, $image:literal) => {
        concat!(
            "# cluster
kind: DaemonSet
apiVersion: apps/v1
metadata: {name: ",
            $name,
            ", namespace: kube-system}
spec: {template: {spec: {containers: [{name: main, image: ",
            $image,
            "}]}}}
"
        )
    };
}

pub(crate) const CONTROLS: &[Control] = &[Control {
    id: "network-plugin-ignores-policies",
    title: "the network plugin does not enforce network policies",
    vector: vector("AV:A/AC:L/Au:N/C:P/I:P/A:P"),
    applies: Applies::Objects,
    check: Check::Inventory { reads: &[Kind::DaemonSet], judge: plugin },
    documentation: Documentation {
        finds: "\
Clusters whose daemon sets are those of flannel and of nothing that acts on NetworkPolicy \
objects. Calico, Cilium, Antrea, kube-router, OVN-Kubernetes, Weave Net and Azure's policy manager \
are known to. Where no plugin is recognised, a person has to look: k3s and managed services \
have theirs elsewhere.",
        matters: "\
The API server accepts policies either way. Policies that nobody enforces look like protection; \
every pod still reaches every other.",
        options: "\
- **Add an engine** (Calico, kube-router, the provider's own).
- **Change the plugin**, which is a migration. No edit of an object does either.",
        acceptable: "For clusters of a single program whose pods trust each other.",
    },
    examples: &[
        fail(daemon!("kube-flannel-ds", "ghcr.io/flannel-io/flannel:v0.25.1")),
        pass(daemon!("cilium", "quay.io/cilium/cilium:v1.16.1@sha256:00")),
        pass(daemon!("calico-node", "docker.io/calico/node:v3.28.1")),
        // Canal is flannel with Calico's engine beside it.
        pass(
            "\
# cluster
kind: DaemonSet
apiVersion: apps/v1
metadata: {name: canal, namespace: kube-system}
spec:
  template:
    spec:
      containers:
      - {name: calico-node, image: 'calico/node:v3.28.1'}
      - {name: kube-flannel, image: 'flannel/flannel:v0.25.1'}",
        ),
        // Whether it does is a setting, or a matter of its release.
        manual(daemon!("aws-node", "amazon-k8s-cni:v1.18.0")),
        manual(daemon!("kindnet", "kindest/kindnetd:v20240202")),
        manual("# cluster\nkind: ConfigMap\napiVersion: v1"),
        not_applicable(
            "\
kind: DaemonSet
apiVersion: apps/v1
metadata: {name: kube-flannel-ds}
spec: {template: {spec: {containers: [{name: a, image: flannel/flannel}]}}}",
        ),
        error("# cluster\n# gap daemonsets permission-denied\nkind: ConfigMap\napiVersion: v1"),
    ],
}];

/// The last two parts of the images of what enforces policies.
const ENFORCING: &[&str] = &[
    "calico/node",
    "cilium/cilium",
    "antrea/antrea-agent-ubuntu",
    "antrea/antrea-agent-ubi",
    "antrea/antrea-ubuntu",
    "cloudnativelabs/kube-router",
    "weaveworks/weave-npc",
    "containernetworking/azure-npm",
];

/// Names of daemon sets, for images that are mirrored under other names.
const ENFORCING_NAMES: &[&str] =
    &["calico-node", "cilium", "antrea-agent", "kube-router", "ovnkube-node", "azure-npm"];

fn plugin<'a>(view: &InventoryView<'a>) -> Judged<'a> {
    // What could not be listed is an error already.
    if !view.is_cluster() || view.inventory.gap_of(Kind::DaemonSet).is_some() {
        return Ok(Verdict::NotApplicable);
    }
    let enforces = |daemon: &Object| {
        ENFORCING_NAMES.contains(&daemon.name())
            || images(daemon).any(|image| ENFORCING.contains(&image))
    };
    if view.of_kind(Kind::DaemonSet).any(enforces) {
        return Ok(Verdict::Pass);
    }
    let is_flannel = |daemon: &&Object| {
        images(daemon).any(|image| matches!(image, "flannel-io/flannel" | "flannel/flannel"))
            || daemon.name().starts_with("kube-flannel")
    };
    let Some(flannel) = view.of_kind(Kind::DaemonSet).find(is_flannel) else {
        return Ok(Verdict::Manual(
            "no daemon set tells which network plugin runs: look up whether it enforces network \
             policies, and prove it with one that denies all ingress"
                .to_owned(),
        ));
    };
    let message = "flannel alone gives pods a network and enforces no network policy";
    flaw(place(&flannel.root, &["metadata", "name"]), message)
        .of_object(flannel)
        .step(
            "add an engine that enforces policies, or change the network plugin",
            &["kubectl get daemonsets -A -o wide"],
        )
        .into()
}

/// The last two parts of the names of a workload's images: `cilium/cilium`.
fn images(daemon: &Object) -> impl Iterator<Item = &str> {
    let containers = daemon.root.path(&["spec", "template", "spec", "containers"]);
    let containers = containers.and_then(Node::as_sequence).unwrap_or_default();
    containers.iter().filter_map(|container| {
        let image = container.get("image")?.as_str()?.split('@').next()?;
        let last = image.rfind('/').unwrap_or(0);
        let name = image[last..].find(':').map_or(image, |colon| &image[..last + colon]);
        let start = name[..last].rfind('/').map_or(0, |slash| slash + 1);
        Some(&name[start..])
    })
}

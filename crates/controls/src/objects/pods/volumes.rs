//! Volumes of pods by their type, and how containers mount them.

use merlon_model::{Kind, Severity, Version};
use merlon_views::objects::{Fields, Place, place};
use merlon_views::{ContainerView, InventoryView, PodView};
use merlon_yaml::Node;

use crate::control::{Applies, Check, Control, Documentation};
use crate::objects::{Judged, Verdict, flaw};
use crate::row::{containers, error, fail, not_applicable, pass, pods, vector};

pub(crate) const CONTROLS: &[Control] = &[
    Control {
        id: "container-mount-propagation",
        title: "a container's mounts appear on its node",
        vector: vector("AV:L/AC:M/Au:N/C:N/I:C/A:C"),
        applies: Applies::Objects,
        check: containers(propagation),
        documentation: Documentation {
            finds: "Containers with a volume mount whose `mountPropagation` is `Bidirectional`.",
            matters: "\
What the container mounts there is mounted on the node and in other containers of the volume: it \
can hide the node's files behind its own, and what it leaves keeps pods from ending. Only \
privileged containers may have it.",
            options: "\
- **`HostToContainer`** for programs that only have to see mounts of the node.
- **Keep it** for storage drivers, whose work it is.",
            acceptable: "For storage drivers.",
        },
        examples: &[
            fail(container!(
                "volumeMounts: [{name: a, mountPath: /a, mountPropagation: Bidirectional}]"
            )),
            pass(container!(
                "volumeMounts: [{name: a, mountPath: /a, mountPropagation: HostToContainer}]"
            )),
            pass(container!("volumeMounts: [{name: a, mountPath: /a}]")),
            error(container!("volumeMounts: {a: /a}")),
        ],
    },
    Control {
        id: "pod-unusual-volume",
        title: "a pod has a volume of a type that the node mounts by itself",
        vector: vector("AV:L/AC:M/Au:N/C:C/I:C/A:C"),
        applies: Applies::Objects,
        check: pods(volume_types),
        documentation: Documentation {
            finds: "\
Volumes other than `configMap`, `csi`, `downwardAPI`, `emptyDir`, `ephemeral`, `image`, \
`persistentVolumeClaim`, `projected` and `secret`, which the Pod Security Standard `restricted` \
lets pass, and other than `hostPath`, which has controls of its own. `gitRepo` is as severe as can \
be, the others are of low severity.",
            matters: "\
`gitRepo` lets the writer of a manifest run programs as root of the node (CVE-2024-10220). `nfs`, \
`iscsi` and the like name servers past every storage class and quota; most other types are gone \
from Kubernetes, and their pods do not start.",
            options: "\
- **A claim**: an administrator or a storage class decides what is mounted.
- **For `gitRepo` an init container** that clones into an `emptyDir`; the edit offered puts that \
in its place.
- For the others a claim has to be made first, with the data that is there, so no edit is offered.",
            acceptable: "For `nfs` in clusters without a driver for it.",
        },
        examples: &[
            fail(pod!(
                "
  containers: [{name: web}]
  volumes: [{name: code, gitRepo: {repository: 'https://git.example.com/a'}}]"
            )),
            fail(pod!(
                "{containers: [{name: web}], volumes: [{name: d, nfs: {server: nas, path: /d}}]}"
            )),
            pass(pod!(
                "
  containers: [{name: web}]
  volumes:
  - {name: a, configMap: {name: a}}
  - {name: b, image: {reference: example.com/model@sha256:aa}}
  - {name: c, hostPath: {path: /c}}
  - {name: d, ephemeral: {}}
  - {name: e}"
            )),
            pass(pod!("{containers: [{name: web}]}")),
            error(pod!("{containers: [{name: web}], volumes: code}")),
        ],
    },
    Control {
        id: "container-sub-path-vulnerable",
        title: "a volume's subPath leads out of it on old kubelets",
        vector: vector("AV:L/AC:M/Au:N/C:C/I:C/A:C"),
        applies: Applies::Objects,
        check: Check::Container { reads: &[Kind::Node], judge: sub_path },
        documentation: Documentation {
            finds: "\
Mounts with `subPath` or `subPathExpr` in clusters with a kubelet before 1.19.15, 1.20.11, 1.21.5 \
or 1.22.2 (CVE-2021-25741). The nodes' own releases count; where there is no node to ask, as in \
manifests, the release that was told.",
            matters: "\
A program in the container exchanges the directory for a link while it is mounted, and has any \
directory of the node.",
            options: "\
- **Newer kubelets**: no edit of the manifest mends them.
- **Mounts without `subPath`** until then: `items` of ConfigMaps and Secrets choose single files.",
            acceptable: "Never for volumes that the program may write to.",
        },
        examples: &[
            fail(concat!(
                "# cluster\n# release 1.22.2\n",
                "kind: Node\napiVersion: v1\nmetadata: {name: a}\n",
                "status: {nodeInfo: {kubeletVersion: v1.21.4}}\n---\n",
                container!("volumeMounts: [{name: a, mountPath: /a, subPath: a}]")
            )),
            fail(concat!(
                "# cluster\n# release 1.20.10\n",
                container!("volumeMounts: [{name: a, mountPath: /a, subPathExpr: $(A)}]")
            )),
            pass(concat!(
                "# cluster\n# release 1.22.2\n",
                container!("volumeMounts: [{name: a, mountPath: /a, subPath: a}]")
            )),
            pass(concat!(
                "# cluster\n# release 1.20.10\n",
                container!("volumeMounts: [{name: a, mountPath: /a}]")
            )),
            // Nobody told which release will run it.
            not_applicable(container!("volumeMounts: [{name: a, mountPath: /a, subPath: a}]")),
            error("# cluster\n# gap nodes permission-denied"),
        ],
    },
];

fn propagation<'a>(
    _: &InventoryView<'a>,
    _: &PodView<'a>,
    container: &ContainerView<'a>,
) -> Judged<'a> {
    let mut flaws = Vec::new();
    for node in container.fields().list("volumeMounts")? {
        let mount = Fields::of(node);
        if let (Some("Bidirectional"), Some(node)) =
            (mount.text("mountPropagation")?, mount.get("mountPropagation").node())
        {
            let path = mount.text("mountPath")?.unwrap_or_default();
            let message = format!("mounts below {path} appear on the node");
            flaws.push(flaw(Place::Node(node), message).set("HostToContainer").needs_review());
        }
    }
    Ok(Verdict::of(flaws))
}

/// What `restricted` lets pass, and `hostPath`.
const USUAL: &[&str] = &[
    "configMap",
    "csi",
    "downwardAPI",
    "emptyDir",
    "ephemeral",
    "hostPath",
    "image",
    "persistentVolumeClaim",
    "projected",
    "secret",
];

fn volume_types<'a>(_: &InventoryView<'a>, pod: &PodView<'a>) -> Judged<'a> {
    let mut flaws = Vec::new();
    for node in pod.fields().list("volumes")? {
        let entries = node.as_mapping().map(|volume| volume.entries()).unwrap_or_default();
        let is_source = |key: &str| key != "name" && !USUAL.contains(&key);
        for entry in entries.iter().filter(|it| is_source(&it.key) && !it.value.is_null()) {
            let volume = node.get("name").and_then(Node::as_str).unwrap_or_default();
            let flaw = flaw(
                Place::Node(&entry.value),
                format!("volume {volume} is of type {}", &*entry.key),
            );
            flaws.push(if &*entry.key == "gitRepo" {
                let empty = place(node, &["emptyDir"]);
                flaw.remove(&entry.value).set_at(empty, serde_json::json!({})).needs_review()
            } else {
                flaw.at_most(Severity::Low).step(
                    "Make a persistent volume with its claim and name the claim here",
                    &["kubectl get storageclasses"],
                )
            });
        }
    }
    Ok(Verdict::of(flaws))
}

/// The first patch of each minor release that does not follow the link; older minors have none.
const FIXED: &[(u32, u32)] = &[(19, 15), (20, 11), (21, 5), (22, 2)];

fn is_vulnerable(kubelet: &Version) -> bool {
    match FIXED.iter().find(|(minor, _)| *minor == kubelet.minor) {
        Some((_, patch)) => kubelet.patch < *patch,
        None => kubelet.minor < 19,
    }
}

fn sub_path<'a>(
    view: &InventoryView<'a>,
    _: &PodView<'a>,
    container: &ContainerView<'a>,
) -> Judged<'a> {
    let mut first = None;
    for node in container.fields().list("volumeMounts")? {
        first = first.or_else(|| node.get("subPath").or_else(|| node.get("subPathExpr")));
    }
    let Some(node) = first else {
        return Ok(Verdict::Pass);
    };
    let kubelets = view.kubelet_releases();
    let vulnerable = match (kubelets.iter().find(|it| is_vulnerable(it)), &view.release) {
        (Some(kubelet), _) => kubelet,
        (None, _) if !kubelets.is_empty() => return Ok(Verdict::Pass),
        (None, None) => return Ok(Verdict::NotApplicable),
        (None, Some(release)) if is_vulnerable(release) => release,
        (None, Some(_)) => return Ok(Verdict::Pass),
    };
    flaw(Place::Node(node), format!("subPath leads out of the volume on kubelet {vulnerable}"))
        .step("Bring kubelets to 1.22.2 or later", &["kubectl get nodes -o wide"])
        .into()
}

//! PodSecurityPolicy, where the API server still knows it: until 1.24.

use merlon_model::Kind;
use merlon_snapshot::Object;
use merlon_views::InventoryView;
use merlon_views::objects::{Fields, Place, place};
use merlon_yaml::Node;
use serde_json::json;

use super::standard::knows_policies;
use crate::control::{Applies, Control, Documentation};
use crate::objects::{Judged, Verdict, flaw};
use crate::row::{error, fail, not_applicable, objects, pass, vector};

/// A policy of those fields, for examples.
macro_rules! policy {
    ($spec:literal) => {
        concat!(
            "{apiVersion: policy/v1beta1, kind: PodSecurityPolicy, metadata: {name: ours}, spec: ",
            $spec,
            "}"
        )
    };
}

pub(crate) const CONTROLS: &[Control] = &[
    Control {
        id: "pod-security-policy-admits-host-access",
        title: "a PodSecurityPolicy admits pods that own their node",
        vector: vector("AV:N/AC:M/Au:S/C:C/I:C/A:C"),
        applies: Applies::Objects,
        check: objects(&[Kind::PodSecurityPolicy], host_access),
        documentation: Documentation {
            finds: "\
`PodSecurityPolicy` objects that allow privileged containers, the node's process, IPC or network \
namespace, any `hostPath`, or capabilities beyond the runtime's. Releases from 1.25 know no such \
object, so there the control is not applicable.",
            matters: "\
Every user and service account that may `use` the policy gets a pod onto the node as its owner.",
            options: "\
- **Take away what no pod needs**, and bind what is left to single service accounts.
- **Pod Security labels** take the place of these policies: they outlive the upgrade to 1.25.",
            acceptable: "For agents of the network, storage and monitoring, by their accounts only.",
        },
        examples: &[
            fail(policy!("{privileged: true, hostPID: true, hostIPC: true, hostNetwork: true}")),
            fail(policy!("{allowedCapabilities: ['*']}")),
            fail(policy!("{volumes: ['*']}")),
            fail(policy!("{volumes: [configMap, hostPath]}")),
            pass(policy!("{privileged: false, volumes: [configMap, secret]}")),
            // Only a directory that somebody named.
            pass(policy!("{volumes: [hostPath], allowedHostPaths: [{pathPrefix: /var/log}]}")),
            not_applicable(concat!("# cluster\n# release 1.25\n", policy!("{privileged: true}"))),
            // GKE keeps and restores its own.
            not_applicable(
                "# cluster\n{apiVersion: policy/v1beta1, kind: PodSecurityPolicy, metadata: \
                 {name: gce.privileged}, spec: {privileged: true}}",
            ),
            error(policy!("{privileged: maybe}")),
        ],
    },
    Control {
        id: "pod-security-policy-admits-root",
        title: "a PodSecurityPolicy admits root and what root is made with",
        vector: vector("AV:L/AC:M/Au:N/C:P/I:P/A:P"),
        applies: Applies::Objects,
        check: objects(&[Kind::PodSecurityPolicy], root),
        documentation: Documentation {
            finds: "\
`PodSecurityPolicy` objects that let users choose root (`runAsUser` with another rule than \
`MustRunAsNonRoot`, or ranges from 0), gain privileges (`allowPrivilegeEscalation` is true unless \
it is written), or keep the capability to send raw packets (`requiredDropCapabilities` without \
`ALL` or `NET_RAW`).",
            matters: "\
What breaks out of such a container is root on the node; raw packets forge answers on the pods' \
network.",
            options: "\
- **`MustRunAsNonRoot`, `allowPrivilegeEscalation: false` and dropping `ALL`**, as the edits do.
- **Pod Security labels** with `restricted` say the same and outlive the upgrade to 1.25.",
            acceptable: "For images that cannot run otherwise, in a policy of their own.",
        },
        examples: &[
            fail(policy!("{}")),
            fail(policy!(
                "{runAsUser: {rule: MustRunAs, ranges: [{min: 0, max: 10}]}, \
                 allowPrivilegeEscalation: false, requiredDropCapabilities: [ALL]}"
            )),
            fail(policy!(
                "{runAsUser: {rule: RunAsAny}, allowPrivilegeEscalation: true, \
                 requiredDropCapabilities: [MKNOD]}"
            )),
            pass(policy!(
                "{runAsUser: {rule: MustRunAsNonRoot}, allowPrivilegeEscalation: false, \
                 requiredDropCapabilities: [ALL]}"
            )),
            pass(policy!(
                "{runAsUser: {rule: MustRunAs, ranges: [{min: 1, max: 65535}]}, \
                 allowPrivilegeEscalation: false, requiredDropCapabilities: [NET_RAW]}"
            )),
            error(policy!("{allowPrivilegeEscalation: 'no'}")),
        ],
    },
];

const NO_VOLUMES_OF_THE_NODE: &[&str] = &[
    "configMap",
    "csi",
    "downwardAPI",
    "emptyDir",
    "ephemeral",
    "persistentVolumeClaim",
    "projected",
    "secret",
];

fn is_elsewhere(view: &InventoryView<'_>, policy: &Object) -> bool {
    !knows_policies(view) || (view.is_cluster() && policy.name().starts_with("gce."))
}

fn host_access<'a>(view: &InventoryView<'a>, policy: &'a Object) -> Judged<'a> {
    if is_elsewhere(view, policy) {
        return Ok(Verdict::NotApplicable);
    }
    let spec = Fields::of(&policy.root).get("spec");
    let mut flaws = Vec::new();
    for key in ["privileged", "hostPID", "hostIPC", "hostNetwork"] {
        if let (Some(true), Some(node)) = (spec.bool(key)?, spec.get(key).node()) {
            let message = format!("{key} is allowed");
            flaws.push(flaw(Place::Node(node), message).set(false).needs_review());
        }
    }
    spec.texts("allowedCapabilities")?;
    if let (false, Some(node)) =
        (spec.list("allowedCapabilities")?.is_empty(), spec.get("allowedCapabilities").node())
    {
        let message = "capabilities beyond the runtime's are allowed";
        flaws.push(flaw(Place::Node(node), message).remove(node).needs_review());
    }
    let volumes = spec.texts("volumes")?;
    let any_path = spec.list("allowedHostPaths")?.is_empty();
    if let Some(node) = spec.get("volumes").node()
        && any_path
        && volumes.iter().any(|volume| matches!(*volume, "*" | "hostPath"))
    {
        let kept: Vec<&str> = match volumes.contains(&"*") {
            true => NO_VOLUMES_OF_THE_NODE.to_vec(),
            false => volumes.into_iter().filter(|volume| *volume != "hostPath").collect(),
        };
        let message = "every directory of the node may be mounted";
        flaws.push(flaw(Place::Node(node), message).set(json!(kept)).needs_review());
    }
    Ok(Verdict::of(flaws))
}

fn root<'a>(view: &InventoryView<'a>, policy: &'a Object) -> Judged<'a> {
    const USER: &[&str] = &["spec", "runAsUser"];
    const ESCALATION: &[&str] = &["spec", "allowPrivilegeEscalation"];
    const DROPPED: &[&str] = &["spec", "requiredDropCapabilities"];
    if is_elsewhere(view, policy) {
        return Ok(Verdict::NotApplicable);
    }
    let spec = Fields::of(&policy.root).get("spec");
    let mut flaws = Vec::new();
    if admits_root(spec.get("runAsUser"))? {
        let change = json!({"rule": "MustRunAsNonRoot"});
        let found = flaw(place(&policy.root, USER), "containers may run as root");
        flaws.push(found.set(change).needs_review());
    }
    if spec.bool("allowPrivilegeEscalation")? != Some(false) {
        let found = flaw(place(&policy.root, ESCALATION), "processes may gain privileges");
        flaws.push(found.set(false).needs_review());
    }
    let dropped = spec.texts("requiredDropCapabilities")?;
    if !dropped.iter().any(|name| matches!(*name, "ALL" | "NET_RAW")) {
        let found = flaw(place(&policy.root, DROPPED), "containers may send raw packets");
        flaws.push(found.set(json!(["ALL"])).needs_review());
    }
    Ok(Verdict::of(flaws))
}

fn admits_root<'a>(user: Fields<'a>) -> Result<bool, merlon_views::objects::Malformed<'a>> {
    Ok(match user.text("rule")? {
        Some("MustRunAsNonRoot") => false,
        Some("MustRunAs") => {
            let ranges: &'a [Node] = user.list("ranges")?;
            let mut from_zero = ranges.is_empty();
            for range in ranges {
                from_zero |= Fields::of(range).int("min")?.unwrap_or_default() <= 0;
            }
            from_zero
        }
        _ => true,
    })
}

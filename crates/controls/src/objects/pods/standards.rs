//! Pods by the Pod Security Standards as a whole, as admission would judge them.
//!
//! What the standards forbid has controls of its own, with a severity each: these here are for
//! those who have to answer for a level. So they are evaluated on request, and by the framework
//! `pod-security-standards`; in a default scan they would say everything twice.

use std::ptr;

use merlon_model::Kind;
use merlon_pod_security::{
    Check, Level, Offence, Policy, PolicyVersion, Violation, evaluate, message,
};
use merlon_views::objects::{Malformed, Place, PodSecurity, place as place_of};
use merlon_views::{InventoryView, PodView};
use merlon_yaml::Node;

use super::NOBODY;
use crate::control::{self, Applies, Control, Documentation};
use crate::objects::{Flaw, Judged, Verdict, flaw};
use crate::row::{error, fail, pass, vector};

/// A pod that every check of the restricted level lets through, and more of its specification.
macro_rules! hardened {
    ($more:literal) => {
        concat!(
            "apiVersion: v1\nkind: Pod\nmetadata: {name: web, namespace: shop}\nspec:\n  \
             securityContext: {runAsNonRoot: true, seccompProfile: {type: RuntimeDefault}}\n  \
             containers:\n  - name: web\n    securityContext: {allowPrivilegeEscalation: false, \
             capabilities: {drop: [ALL]}}\n",
            $more
        )
    };
}

pub(crate) const CONTROLS: &[Control] = &[
    Control {
        id: "pod-below-baseline",
        title: "a pod asks for more than the baseline level allows",
        vector: vector("AV:L/AC:L/Au:N/C:C/I:C/A:C"),
        applies: Applies::Objects,
        check: control::Check::Pod { reads: &[], judge: below_baseline },
        documentation: Documentation {
            finds: "\
Pods, by themselves or as a workload's template, that admission would refuse at the level \
`baseline`: one finding for each check of the Pod Security Standards that fails, in the words that \
the API server has for it. The rules are those of the namespace's `enforce-version` where it has \
one, else the newest that the cluster's release knows. What the namespace enforces is told and \
changes nothing.",
            matters: "\
What `baseline` forbids are the known ways out of a container: the host's namespaces, its \
directories and ports, privileged containers, capabilities beyond the runtime's, no confinement.",
            options: "\
- **Take away what is named**, one check after the other; each has a control of its own that says \
more.
- **A namespace of its own** that enforces `privileged` for the few agents that need it.
- A `hostPath` volume has no edit: what takes its place depends on the data.",
            acceptable: "For node agents (network, storage, monitoring), each by name.",
        },
        examples: &[
            fail(pod!("{hostPID: true, hostNetwork: true, containers: [{name: web}]}")),
            fail(container!("securityContext: {privileged: true}")),
            fail(container!("securityContext: {capabilities: {add: [CHOWN, NET_RAW, SYS_TIME]}}")),
            fail(container!("ports: [{containerPort: 80, hostPort: 80}]")),
            fail(container!("livenessProbe: {httpGet: {port: 80, host: example.com}}")),
            fail(container!("securityContext: {procMount: Unmasked}")),
            fail(container!("securityContext: {seLinuxOptions: {type: spc_t, user: a}}")),
            fail(container!("securityContext: {appArmorProfile: {type: Unconfined}}")),
            fail(
                "\
apiVersion: v1
kind: Pod
metadata:
  name: web
  annotations: {container.apparmor.security.beta.kubernetes.io/web: unconfined}
spec: {containers: [{name: web}]}",
            ),
            fail(pod!(
                "
  securityContext:
    seccompProfile: {type: Unconfined}
    sysctls: [{name: kernel.msgmax, value: '1'}, {name: net.ipv4.tcp_rmem, value: '1'}]
    windowsOptions: {hostProcess: true}
  containers: [{name: web}]"
            )),
            // No edit says what takes the directory's place.
            fail(
                "\
apiVersion: batch/v1
kind: CronJob
metadata: {name: web}
spec:
  jobTemplate:
    spec:
      template:
        spec:
          containers: [{name: web}]
          volumes: [{name: logs, hostPath: {path: /var/log}}]",
            ),
            // That the namespace refuses nothing, or nearly everything, is not the pod's doing.
            fail(
                "\
apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {pod-security.kubernetes.io/enforce: restricted}}
---
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop}
spec: {hostIPC: true, containers: [{name: web}]}",
            ),
            // The rules that forbid it came with 1.34.
            pass(
                "\
# cluster
# release 1.33
apiVersion: v1
kind: Pod
metadata: {name: web}
spec: {containers: [{name: web, livenessProbe: {tcpSocket: {port: 80, host: example.com}}}]}",
            ),
            pass(
                "\
apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {pod-security.kubernetes.io/enforce-version: v1.33}}
---
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop}
spec: {containers: [{name: web, livenessProbe: {tcpSocket: {port: 80, host: example.com}}}]}",
            ),
            // Root, with what the runtime grants, is no matter of this level.
            pass(pod!("{containers: [{name: web}], initContainers: [{name: set}]}")),
            pass(container!("securityContext: {capabilities: {add: [CHOWN]}, runAsUser: 0}")),
            error(pod!("{hostPID: sure, containers: [{name: web}]}")),
            error(pod!("{containers: [{name: web, ports: 80}]}")),
        ],
    },
    Control {
        id: "pod-below-restricted",
        title: "a pod asks for more than the restricted level allows",
        vector: vector("AV:L/AC:H/Au:N/C:C/I:C/A:C"),
        applies: Applies::Objects,
        check: control::Check::Pod { reads: &[], judge: below_restricted },
        documentation: Documentation {
            finds: "\
Pods, by themselves or as a workload's template, that admission would refuse at the level \
`restricted`: one finding for each check of the Pod Security Standards that fails, those of \
`baseline` among them. The rules are those of the namespace's `enforce-version` where it has one, \
else the newest that the cluster's release knows.",
            matters: "\
`restricted` is today's hardening: no root, no privilege to gain, no capability, a seccomp \
profile. A program that is broken into has little to go on with.",
            options: "\
- **Set what is missing**; images that run as a user of their own need nothing else.
- **Enforce `baseline` and warn of `restricted`** until the namespace's programs are ready.
- Volumes of other kinds have no edit: they become claims of a storage class.",
            acceptable: "For images of others that need root, where `baseline` is enforced.",
        },
        examples: &[
            fail(pod!("{containers: [{name: web}, {name: log}], initContainers: [{name: set}]}")),
            fail(hardened!("  - {name: log, securityContext: {runAsNonRoot: false}}")),
            fail(hardened!("  hostPID: true")),
            fail(hardened!("  volumes: [{name: a, nfs: {server: a, path: /}}]")),
            fail(pod!(
                "
  securityContext: {runAsUser: 0, runAsNonRoot: false, seccompProfile: {type: Unconfined}}
  containers:
  - name: web
    securityContext:
      seccompProfile: {}
      allowPrivilegeEscalation: true
      capabilities: {drop: [NET_RAW], add: [NET_BIND_SERVICE, CHOWN]}"
            )),
            pass(hardened!("")),
            pass(hardened!("  volumes: [{name: a, emptyDir: {}}, {name: b}]")),
            // Windows has none of what is asked for, but knows users.
            pass(pod!(
                "{os: {name: windows}, securityContext: {runAsNonRoot: true}, \
                 containers: [{name: web}]}"
            )),
            // Root in a user namespace of its own is nobody outside (since 1.35).
            pass(pod!(
                "
  hostUsers: false
  securityContext: {seccompProfile: {type: RuntimeDefault}}
  containers:
  - name: web
    securityContext: {allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}, runAsUser: 0}"
            )),
            error(pod!("{securityContext: {runAsNonRoot: 1}, containers: [{name: web}]}")),
        ],
    },
];

fn below_baseline<'a>(view: &InventoryView<'a>, pod: &PodView<'a>) -> Judged<'a> {
    below(view, pod, Level::Baseline)
}

fn below_restricted<'a>(view: &InventoryView<'a>, pod: &PodView<'a>) -> Judged<'a> {
    below(view, pod, Level::Restricted)
}

fn below<'a>(view: &InventoryView<'a>, pod: &PodView<'a>, level: Level) -> Judged<'a> {
    const ENFORCE: &[&str] = &["metadata", "labels", "pod-security.kubernetes.io/enforce"];
    let namespace = view.find(Kind::Namespace, "", pod.namespace);
    // Labels that make no sense are a matter of the namespace.
    let enforce = namespace.and_then(|it| PodSecurity::of(it).ok()).map(|it| it.enforce.policy);
    let version = enforce.map_or(PolicyVersion::Latest, |enforce| enforce.version);
    let policy = Policy::new(level, known_version(view, version));
    let violations = violations(pod, policy)?;
    let flaws = violations.iter().map(|violation| {
        let place = written(violation.offences[0].place);
        let mut flaw = flaw(place, message(std::slice::from_ref(violation)))
            .expected(format!("{} of {policy}", violation.check.id()));
        for offence in &violation.offences[1..] {
            flaw = flaw.because("so does this", pod.object, written(offence.place));
        }
        if let (Some(namespace), Some(enforce)) = (namespace, enforce) {
            let told = format!("the namespace {} enforces {enforce}", pod.namespace);
            flaw = flaw.because(told, namespace, place_of(&namespace.root, ENFORCE));
        }
        mend(flaw, pod, violation).needs_review()
    });
    Ok(Verdict::of(flaws.collect()))
}

/// Gives the version that the cluster evaluates when that one is asked for.
pub(in crate::objects) fn known_version(
    view: &InventoryView<'_>,
    version: PolicyVersion,
) -> PolicyVersion {
    view.release.as_ref().map_or(version, |release| version.on_server(release.minor.into()))
}

/// Gives what a policy finds wrong with a pod.
///
/// # Errors
/// When a value that it looks at is of a type that the API server refuses.
pub(in crate::objects) fn violations<'a>(
    pod: &PodView<'a>,
    policy: Policy,
) -> Result<Vec<Violation<'a>>, Malformed<'a>> {
    let evaluation = evaluate(pod.metadata, pod.spec, policy);
    match evaluation.malformed.first() {
        Some(value) => Err(Malformed { node: value.node, expected: value.expected.as_str() }),
        None => Ok(evaluation.violations),
    }
}

/// The same place in the words of views, where null counts as written.
fn written(place: merlon_pod_security::Place<'_>) -> Place<'_> {
    match place {
        merlon_pod_security::Place::Node(node) => Place::Node(node),
        merlon_pod_security::Place::Missing { parent, keys } => place_of(parent, keys),
    }
}

/// Adds the edits that make the check pass, or what a person has to do.
fn mend<'a>(flaw: Flaw<'a>, pod: &PodView<'a>, violation: &Violation<'a>) -> Flaw<'a> {
    match violation.check {
        Check::HostPathVolumes => {
            return flaw.step(
                "keep the data in a volume that is not a directory of the node: a claim, an \
                 emptyDir or a ConfigMap",
                &[],
            );
        }
        Check::RestrictedVolumes => {
            return flaw.step(
                "replace the volume's source by a persistentVolumeClaim or another source that \
                 restricted allows",
                &[],
            );
        }
        _ => {}
    }
    let flaw = violation
        .offences
        .iter()
        .fold(flaw, |flaw, offence| mend_at(flaw, pod, violation.check, offence));
    match inherited(violation) {
        Some((keys, value)) => flaw.set_at(place_of(pod.spec, keys), value),
        None => flaw,
    }
}

/// What is set on the pod for all containers that neither set it themselves nor inherit it.
fn inherited(violation: &Violation<'_>) -> Option<(&'static [&'static str], serde_json::Value)> {
    let setting: (&[&str], serde_json::Value) = match violation.check {
        Check::RunAsNonRoot => (&["securityContext", "runAsNonRoot"], true.into()),
        Check::SeccompProfileRestricted => {
            (&["securityContext", "seccompProfile", "type"], "RuntimeDefault".into())
        }
        _ => return None,
    };
    violation
        .offences
        .iter()
        .any(|offence| is_inherited(violation.check, offence))
        .then_some(setting)
}

/// Whether the offence is that a container has nothing, where what the pod has is enough.
fn is_inherited(check: Check, offence: &Offence<'_>) -> bool {
    let key = match check {
        Check::RunAsNonRoot => "runAsNonRoot",
        Check::SeccompProfileRestricted => "seccompProfile",
        _ => return false,
    };
    let own = offence.container.map(|container| container.node.path(&["securityContext", key]));
    own.is_some_and(|own| own.is_none_or(Node::is_null))
}

fn mend_at<'a>(flaw: Flaw<'a>, pod: &PodView<'a>, check: Check, offence: &Offence<'a>) -> Flaw<'a> {
    const DROP: &[&str] = &["securityContext", "capabilities", "drop"];
    let place = written(offence.place);
    match (check, place) {
        _ if is_inherited(check, offence) => flaw,
        (Check::HostNamespaces | Check::Privileged | Check::WindowsHostProcess, _)
        | (Check::AllowPrivilegeEscalation, _) => flaw.set_at(place, false),
        (Check::RunAsNonRoot, _) => flaw.set_at(place, true),
        (Check::RunAsUser, _) => flaw.set_at(place, NOBODY),
        (Check::ProcMount | Check::ProcMountRestricted, _) => flaw.set_at(place, "Default"),
        (Check::SeccompProfileBaseline | Check::AppArmorProfile, Place::Node(node))
            if is_annotation(pod, node) =>
        {
            flaw.set_at(place, "runtime/default")
        }
        (
            Check::SeccompProfileBaseline
            | Check::SeccompProfileRestricted
            | Check::AppArmorProfile,
            _,
        ) => flaw.set_at(place, "RuntimeDefault"),
        (Check::CapabilitiesRestricted, _) if !is_added(offence) => match offence.container {
            Some(container) => flaw.append_at(place_of(container.node, DROP), "ALL"),
            None => flaw,
        },
        (Check::Sysctls, Place::Node(node)) => flaw.remove(sysctl_of(pod, node)),
        (_, Place::Node(node)) => flaw.remove(node),
        (_, Place::Missing { .. }) => flaw,
    }
}

fn is_annotation(pod: &PodView<'_>, node: &Node) -> bool {
    let annotations = pod.metadata.and_then(|metadata| metadata.get("annotations")?.as_mapping());
    let entries = annotations.map(|annotations| annotations.entries()).unwrap_or_default();
    entries.iter().any(|entry| ptr::eq(&entry.value, node))
}

/// Whether the offence is a capability that is added.
fn is_added(offence: &Offence<'_>) -> bool {
    let added = offence.container.and_then(|container| {
        container.node.path(&["securityContext", "capabilities", "add"])?.as_sequence()
    });
    let merlon_pod_security::Place::Node(node) = offence.place else { return false };
    added.unwrap_or_default().iter().any(|each| ptr::eq(each, node))
}

/// The parameter, given its name.
fn sysctl_of<'a>(pod: &PodView<'a>, name: &'a Node) -> &'a Node {
    let listed = pod.security().get("sysctls").node().and_then(Node::as_sequence);
    let is_its = |sysctl: &&Node| sysctl.get("name").is_some_and(|node| ptr::eq(node, name));
    listed.unwrap_or_default().iter().find(is_its).unwrap_or(name)
}

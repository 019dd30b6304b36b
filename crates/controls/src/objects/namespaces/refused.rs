//! Pods that their namespace has come to refuse.

use merlon_model::Kind;
use merlon_pod_security::{Level, Policy, message};
use merlon_snapshot::Object;
use merlon_views::objects::{PodSecurity, place};
use merlon_views::{InventoryView, PodView};
use merlon_yaml::Node;

use super::standard::{ENFORCE, labels_count};
use crate::control::{Applies, Check, Control, Documentation};
use crate::objects::judge::WORKLOADS;
use crate::objects::pods::standards::{known_version, violations};
use crate::objects::{Judged, Verdict, flaw};
use crate::row::{error, fail, not_applicable, pass, vector};

/// A namespace that enforces restricted, and a pod's specification in it.
macro_rules! restricted {
    ($objects:literal) => {
        concat!(
            "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop, labels: \
             {pod-security.kubernetes.io/enforce: restricted}}\n---\n",
            $objects
        )
    };
}

pub(crate) const CONTROLS: &[Control] = &[Control {
    id: "namespace-pod-security-would-refuse",
    title: "a namespace enforces a level that its own workloads break",
    vector: vector("AV:N/AC:H/Au:S/C:N/I:N/A:P"),
    applies: Applies::Objects,
    check: Check::Object { kinds: &[Kind::Namespace], reads: WORKLOADS, judge: would_refuse },
    documentation: Documentation {
        finds: "\
Namespaces whose `enforce` label refuses pods that are written for them or run there: admission \
judges a pod when it is created, so a label that came later does nothing to those that run, and \
never refuses a Deployment. Pods and Jobs that are done are left out, as are levels that are only \
warned of.",
        matters: "\
The next start fails: after a node is drained or a program crashes there is one pod less, and the \
reason stands in the events of a ReplicaSet. Manifests like these are applied without an error and \
bring up nothing.",
        options: "\
- **Mend the workloads**; `pod-below-baseline` and `pod-below-restricted` name each field and \
have the edits.
- **Enforce what holds today and warn of the stricter level** until they are ready.
- **Exemptions** in the API server's configuration (users, runtime classes, namespaces) let such \
pods in; they cannot be seen in objects.
- No edit of the namespace is offered: to lower its level is a decision.",
        acceptable: "Where the API server's configuration exempts the workloads.",
    },
    examples: &[
        fail(restricted!(
            "apiVersion: v1\nkind: Pod\nmetadata: {name: web, namespace: shop}\n\
             spec: {containers: [{name: web}]}"
        )),
        // Admission lets the Deployment in and refuses its pods.
        fail(restricted!(
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, namespace: shop}\n\
             spec: {template: {spec: {hostPID: true, containers: [{name: web}]}}}"
        )),
        pass(restricted!(
            "apiVersion: v1\nkind: Pod\nmetadata: {name: web, namespace: shop}\n\
             spec: {hostUsers: false, os: {name: windows}, containers: [{name: web}]}"
        )),
        // It lives elsewhere.
        pass(restricted!(
            "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec: {containers: [{name: web}]}"
        )),
        // It is done.
        pass(restricted!(
            "apiVersion: v1\nkind: Pod\nmetadata: {name: web, namespace: shop}\n\
             spec: {containers: [{name: web}]}\nstatus: {phase: Succeeded}"
        )),
        pass(restricted!(
            "apiVersion: batch/v1\nkind: Job\nmetadata: {name: web, namespace: shop}\n\
             spec: {template: {spec: {containers: [{name: web}]}}}\n\
             status: {conditions: [{type: Complete, status: 'True'}]}"
        )),
        not_applicable(namespace!("{pod-security.kubernetes.io/warn: restricted}")),
        not_applicable(namespace!("{}")),
        // What no server of that release reads refuses nothing.
        not_applicable(concat!(
            "# cluster\n# release 1.21\n",
            namespace!("{pod-security.kubernetes.io/enforce: restricted}")
        )),
        error(namespace!("{pod-security.kubernetes.io/enforce: 3}")),
        error(restricted!(
            "apiVersion: v1\nkind: Pod\nmetadata: {name: web, namespace: shop}\n\
             spec: {containers: [{name: web, securityContext: {runAsNonRoot: 1}}]}"
        )),
        error(concat!(
            "# cluster\n# gap pods permission-denied\n",
            namespace!("{pod-security.kubernetes.io/enforce: restricted}")
        )),
    ],
}];

/// How many workloads the evidence names.
const SHOWN: usize = 10;

fn would_refuse<'a>(view: &InventoryView<'a>, namespace: &'a Object) -> Judged<'a> {
    let enforce = PodSecurity::of(namespace)?.enforce.policy;
    if enforce.level == Level::Privileged || !labels_count(view) {
        return Ok(Verdict::NotApplicable);
    }
    let policy = Policy::new(enforce.level, known_version(view, enforce.version));
    let mut refused = Vec::new();
    let places = view.namespaces().get(namespace.name()).map(|it| it.pods.as_slice());
    for pod in places.unwrap_or_default().iter().map(|place| &view.pods[*place]) {
        if is_done(pod) {
            continue;
        }
        match violations(pod, policy) {
            Ok(violations) if violations.is_empty() => {}
            Ok(violations) => refused.push((pod, message(&violations))),
            Err(malformed) => {
                return Ok(Verdict::Error(format!(
                    "{} has a field that has to be {}: the API server refuses the object",
                    pod.object.reference(),
                    malformed.expected
                )));
            }
        }
    }
    let workloads = match refused.len() {
        0 => return Ok(Verdict::Pass),
        1 => "one workload breaks".to_owned(),
        number => format!("{number} workloads break"),
    };
    let message = format!("{workloads} {policy}, which the namespace enforces");
    let mut flaw = flaw(place(&namespace.root, ENFORCE), message);
    for (pod, why) in refused.into_iter().take(SHOWN) {
        let statement = format!("{} would be refused: {why}", pod.owner.reference());
        flaw = flaw.because(statement, pod.object, place(pod.spec, &[]));
    }
    flaw.step("mend the workloads, or enforce the level that they hold and warn of this one", &[])
        .into()
}

/// Whether no pod is made of it any more.
fn is_done(pod: &PodView<'_>) -> bool {
    let status = pod.object.root.get("status");
    match pod.kind {
        Kind::Pod => status
            .and_then(|status| status.get("phase")?.as_str())
            .is_some_and(|phase| matches!(phase, "Succeeded" | "Failed")),
        Kind::Job => status
            .and_then(|status| status.get("conditions")?.as_sequence())
            .unwrap_or_default()
            .iter()
            .any(|condition| {
                let is = |key, texts: &[&str]| {
                    condition.get(key).and_then(Node::as_str).is_some_and(|it| texts.contains(&it))
                };
                is("type", &["Complete", "Failed"]) && is("status", &["True"])
            }),
        _ => false,
    }
}

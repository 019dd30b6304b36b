//! The service accounts that pods run as.

use std::collections::BTreeMap;

use merlon_model::{Kind, Severity};
use merlon_views::objects::place;
use merlon_views::{InventoryView, PodView};

use crate::control::{Applies, Check, Control, Documentation};
use crate::objects::{Judged, Verdict, flaw};
use crate::row::{fail, not_applicable, pass, vector};

/// What says whether a token is mounted, and whether it is worth anything.
const READS: &[Kind] = &[Kind::ServiceAccount, Kind::RoleBinding, Kind::ClusterRoleBinding];

pub(crate) const CONTROLS: &[Control] = &[
    Control {
        id: "default-service-account-used",
        title: "workloads run as a namespace's default service account",
        vector: vector("AV:N/AC:M/Au:S/C:P/I:P/A:N"),
        applies: Applies::Objects,
        check: Check::Pod { reads: READS, judge: default_account },
        documentation: Documentation {
            finds: "\
Pods whose service account is `default` and that get its token: the pod's \
`automountServiceAccountToken` goes before the account's, which goes before `true`. In a cluster \
where no binding names the account, nor all accounts of its namespace, the severity is low. Pods \
that a kubelet runs by itself have no account.",
            matters: "\
Rights given to `default` are given to every pod of the namespace that names no account, now and \
later; with its token an intruder has them.",
            options: "\
- **An account per workload**, with the rights that it needs.
- **`automountServiceAccountToken: false`**, on the pod (the edit offered) or once on the account, \
for programs that never call the API.",
            acceptable: "For programs that only ask the API what everybody may ask.",
        },
        examples: &[
            fail(pod!("{containers: [{name: web}]}")),
            fail(pod!("{serviceAccountName: default, containers: [{name: web}]}")),
            // The pod's word goes before the account's.
            fail(
                "\
apiVersion: v1
kind: ServiceAccount
metadata: {name: default}
automountServiceAccountToken: false
---
apiVersion: v1
kind: Pod
metadata: {name: web}
spec: {automountServiceAccountToken: true, containers: [{name: web}]}",
            ),
            pass(
                "\
apiVersion: v1
kind: ServiceAccount
metadata: {name: default}
automountServiceAccountToken: false
---
apiVersion: v1
kind: Pod
metadata: {name: web}
spec: {containers: [{name: web}]}",
            ),
            pass(pod!("{automountServiceAccountToken: false, containers: [{name: web}]}")),
            pass(pod!("{serviceAccountName: web, containers: [{name: web}]}")),
            pass(pod!("{serviceAccount: web, containers: [{name: web}]}")),
            not_applicable(
                "\
apiVersion: v1
kind: Pod
metadata: {name: etcd, annotations: {kubernetes.io/config.mirror: a}}
spec: {containers: [{name: etcd}]}",
            ),
        ],
    },
    Control {
        id: "service-account-token-mounted-needlessly",
        title: "pods get an API token that they do not use",
        vector: vector("AV:N/AC:M/Au:S/C:P/I:P/A:N"),
        applies: Applies::Objects,
        check: Check::Pod { reads: READS, judge: token },
        documentation: Documentation {
            finds: "\
Pods that get the token of a service account which no binding names, nor all accounts of its \
namespace: the program can hardly use it. The pod's `automountServiceAccountToken` goes before the \
account's, which goes before `true`. Among manifests a binding may be elsewhere, so the severity \
is low. Accounts that are bound to something are left to the controls on roles.",
            matters: "\
Code running in such a pod, wanted or not, holds a credential for the API: it can look around, and \
has every right that somebody gives the account or its group later.",
            options:
                "\
- **`automountServiceAccountToken: false`** on the pod (the edit offered), or on the account and \
on again in the pods that need it.
- **A projected token** with an audience of its own for programs that prove who they are to others.",
            acceptable: "\
For programs that only ask the API what everybody may ask, or prove their identity with the token.",
        },
        examples: &[
            fail(pod!("{serviceAccountName: web, containers: [{name: web}]}")),
            fail(pod!(
                "
  serviceAccountName: web
  automountServiceAccountToken: true
  containers: [{name: web}]"
            )),
            // A binding of another namespace's account.
            fail(
                "\
# cluster
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: a}
spec: {serviceAccountName: web, containers: [{name: web}]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: web}
subjects: [{kind: ServiceAccount, name: web, namespace: b}]",
            ),
            pass(
                "\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: a}
spec: {template: {spec: {serviceAccountName: web, containers: [{name: web}]}}}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: web, namespace: a}
subjects: [{kind: ServiceAccount, name: web}]",
            ),
            pass(
                "\
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: a}
spec: {serviceAccountName: web, containers: [{name: web}]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: web}
subjects: [{kind: Group, name: 'system:serviceaccounts:a'}]",
            ),
            pass(pod!("{automountServiceAccountToken: no, containers: [{name: web}]}")),
            pass(
                "\
apiVersion: v1
kind: ServiceAccount
metadata: {name: web}
automountServiceAccountToken: false
---
apiVersion: v1
kind: Pod
metadata: {name: web}
spec: {serviceAccountName: web, containers: [{name: web}]}",
            ),
        ],
    },
    Control {
        id: "workloads-share-service-account",
        title: "different workloads run as the same service account",
        vector: vector("AV:N/AC:H/Au:S/C:P/I:P/A:N"),
        applies: Applies::Objects,
        check: Check::Inventory { reads: SHARING, judge: shared },
        documentation: Documentation {
            finds: "\
Service accounts, `default` aside, whose token several workloads of a namespace get. Pods and jobs \
of one workload count once.",
            matters: "\
Each workload then has the sum of what all of them need, and the audit log cannot tell them apart.",
            options: "\
- **An account per workload**, bound to the roles that this one needs; that takes new objects, so \
no edit of the workload alone can do it.",
            acceptable: "For several versions of the same program.",
        },
        examples: &[
            fail(
                "\
kind: Pod
apiVersion: v1
metadata: {name: a}
spec: {serviceAccountName: app, containers: [{name: a}]}
---
kind: Deployment
apiVersion: apps/v1
metadata: {name: b}
spec: {template: {spec: {serviceAccountName: app, containers: [{name: b}]}}}",
            ),
            // Another namespace has another account of that name.
            pass(
                "\
kind: Pod
apiVersion: v1
metadata: {name: a, namespace: one}
spec: {serviceAccountName: app, containers: [{name: a}]}
---
kind: Pod
apiVersion: v1
metadata: {name: a, namespace: two}
spec: {serviceAccountName: app, containers: [{name: a}]}",
            ),
            // They have no token to share.
            pass(
                "\
kind: Pod
apiVersion: v1
metadata: {name: a}
spec: {serviceAccountName: app, automountServiceAccountToken: false, containers: [{name: a}]}
---
kind: Pod
apiVersion: v1
metadata: {name: b}
spec: {serviceAccountName: app, containers: [{name: b}]}",
            ),
            not_applicable(
                "\
kind: Pod
apiVersion: v1
metadata: {name: a}
spec: {containers: [{name: a}]}",
            ),
        ],
    },
];

/// The kinds that pods are written in, and their accounts.
const SHARING: &[Kind] = &[
    Kind::Pod,
    Kind::Deployment,
    Kind::StatefulSet,
    Kind::DaemonSet,
    Kind::ReplicaSet,
    Kind::ReplicationController,
    Kind::Job,
    Kind::CronJob,
    Kind::ServiceAccount,
];

const AUTOMOUNT: &[&str] = &["automountServiceAccountToken"];
const NAME: &[&str] = &["serviceAccountName"];

/// Whether a token is mounted; a value of another type is an error.
fn gets_token<'a>(
    view: &InventoryView<'a>,
    pod: &PodView<'a>,
) -> Result<bool, merlon_views::objects::Malformed<'a>> {
    pod.fields().bool("automountServiceAccountToken")?;
    Ok(view.mounts_token(pod).0)
}

/// Whether all bindings are known, and so what is not bound has no rights.
fn knows_bindings(view: &InventoryView<'_>) -> bool {
    view.is_complete(Kind::RoleBinding) && view.is_complete(Kind::ClusterRoleBinding)
}

fn default_account<'a>(view: &InventoryView<'a>, pod: &PodView<'a>) -> Judged<'a> {
    if pod.is_mirror() {
        return Ok(Verdict::NotApplicable);
    }
    if pod.service_account_name() != "default" || !gets_token(view, pod)? {
        return Ok(Verdict::Pass);
    }
    let message = "the pod gets the token of its namespace's default account";
    let flaw = flaw(place(pod.spec, NAME), message)
        .set_at(place(pod.spec, AUTOMOUNT), false)
        .needs_review();
    if knows_bindings(view) && !view.is_bound(pod.namespace, "default") {
        return flaw.at_most(Severity::Low).into();
    }
    flaw.into()
}

fn token<'a>(view: &InventoryView<'a>, pod: &PodView<'a>) -> Judged<'a> {
    if pod.is_mirror() {
        return Ok(Verdict::NotApplicable);
    }
    let account = pod.service_account_name();
    if !gets_token(view, pod)? || view.is_bound(pod.namespace, account) {
        return Ok(Verdict::Pass);
    }
    let place = place(pod.spec, AUTOMOUNT);
    let flaw = if knows_bindings(view) {
        flaw(place, format!("the pod gets a token of {account}, which nothing is bound to"))
    } else {
        let message = format!(
            "the pod gets a token of {account}, which nothing among these manifests is bound to"
        );
        flaw(place, message).at_most(Severity::Low)
    };
    flaw.set(false).needs_review().into()
}

/// How many of the workloads that share an account evidence names.
const NAMED: usize = 8;

fn shared<'a>(view: &InventoryView<'a>) -> Judged<'a> {
    let mut workloads: BTreeMap<(&str, &str), Vec<&PodView<'a>>> = BTreeMap::new();
    for pod in &view.pods {
        let account = pod.service_account_name();
        if account == "default" || pod.is_mirror() {
            continue;
        }
        let of_account = workloads.entry((pod.namespace, account)).or_default();
        if gets_token(view, pod)? && of_account.last().is_none_or(|it| !same_owner(it, pod)) {
            of_account.push(pod);
        }
    }
    if workloads.is_empty() {
        return Ok(Verdict::NotApplicable);
    }
    let mut flaws = Vec::new();
    for ((namespace, account), mut pods) in workloads {
        pods.sort_by_key(|pod| std::ptr::from_ref(pod.owner));
        pods.dedup_by(|a, b| same_owner(a, b));
        pods.sort_by_key(|pod| (pod.owner.name(), pod.kind));
        let [first, others @ ..] = &pods[..] else { continue };
        if others.is_empty() {
            continue;
        }
        let message = format!("{} workloads run as {namespace}/{account}", pods.len());
        let mut flaw = flaw(place(first.spec, NAME), message).of_object(first.object).step(
            "Give each of these workloads a service account of its own",
            &["kubectl create serviceaccount NAME -n NAMESPACE"],
        );
        for other in others.iter().take(NAMED) {
            let statement = format!("{} does too", other.owner.reference());
            flaw = flaw.because(statement, other.object, place(other.spec, NAME));
        }
        flaws.push(flaw);
    }
    Ok(Verdict::of(flaws))
}

fn same_owner(a: &PodView<'_>, b: &PodView<'_>) -> bool {
    std::ptr::eq(a.owner, b.owner)
}

//! Service accounts and other subjects: what nobody uses, what is not there, who has too much.

use merlon_model::{Kind, Severity};
use merlon_rbac::risk::{Condition, Effect, Found, primitives_of};
use merlon_rbac::{AUTHENTICATED, Identity, SERVICE_ACCOUNTS, Scope, User};
use merlon_snapshot::Object;
use merlon_views::objects::{Place, place};
use merlon_views::{InventoryView, PodView};

use super::grant::{BINDINGS, named, subject_place, uncounted};
use crate::control::{Applies, Check, Control, Documentation};
use crate::objects::{Judged, Verdict, flaw};
use crate::row::{fail, not_applicable, pass, vector};

/// All that says what somebody may do.
const READS: &[Kind] =
    &[Kind::ClusterRole, Kind::Role, Kind::ClusterRoleBinding, Kind::RoleBinding];

/// What says whether a service account is used.
const USES: &[Kind] = &[
    Kind::ClusterRoleBinding,
    Kind::RoleBinding,
    Kind::Pod,
    Kind::Deployment,
    Kind::StatefulSet,
    Kind::DaemonSet,
    Kind::CronJob,
    Kind::Job,
];

/// More roles than these are more than anybody keeps an overview of.
const MANY_ROLES: usize = 10;

/// The namespaces that Kubernetes itself lives in.
const SYSTEM: &[&str] = &["kube-system", "kube-public", "kube-node-lease"];

/// Cluster role bindings of one user, each of the role of its own name.
macro_rules! bindings_of_ann {
    ($($name:literal)*) => {
        concat!($(
            "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding\nmetadata: {name: ",
            $name,
            "}\nroleRef: {kind: ClusterRole, name: ",
            $name,
            "}\nsubjects: [{kind: User, name: ann}]\n---\n",
        )*)
    };
}

pub(crate) const CONTROLS: &[Control] = &[
    Control {
        id: "workload-takes-over-cluster",
        title: "a workload holds rights by which its intruder takes over the cluster",
        vector: vector("AV:N/AC:M/Au:N/C:C/I:C/A:C"),
        applies: Applies::Objects,
        check: Check::Pod { reads: READS, judge: takeover },
        documentation: Documentation {
            finds: "\
Pods that get the token of a service account which, by all its bindings and those of its groups \
together, holds in the whole cluster or in `kube-system` what leads to any right, another identity, \
root on a node, all secrets, or power over admission. The last two are at most high: what they are worth \
depends on what is in the cluster. In `kube-system` of a cluster it is at most medium, since \
networking and storage agents are so by design.",
            matters: "\
Whoever breaks into this one program, by a hole in it or in a library, has the cluster: the token \
lies in the file system of the container.",
            options: "\
- **Narrow the role** that the evidence names, or bind it in the namespace that is needed.
- **Mount no token**, where the program does not call the API: the edit offered.
- **Put the program apart**: nodes of its own, no network from other pods.",
            acceptable: "For operators whose work is the whole cluster, kept up to date and apart.",
        },
        examples: &[
            fail(concat!(
                bound!(
                    "{verbs: [escalate, bind, patch], apiGroups: [rbac.authorization.k8s.io], resources: [clusterroles, clusterrolebindings]}"
                ),
                "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, namespace: shop}\n",
                "spec: {template: {spec: {serviceAccountName: web, containers: [{name: web}]}}}"
            )),
            // A role that manifests do not carry.
            fail(
                "\
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: b}
roleRef: {kind: ClusterRole, name: cluster-admin}
subjects: [{kind: Group, name: 'system:serviceaccounts:shop'}]
---
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop}
spec: {containers: [{name: web}]}",
            ),
            pass(concat!(
                bound!("{verbs: [list], apiGroups: [''], resources: [secrets]}"),
                "---\napiVersion: v1\nkind: Pod\nmetadata: {name: web, namespace: shop}\n",
                "spec: {serviceAccountName: web, automountServiceAccountToken: false, containers: [{name: web}]}"
            )),
            pass(concat!(
                bound!("{verbs: [list], apiGroups: [''], resources: [pods]}"),
                "---\napiVersion: v1\nkind: Pod\nmetadata: {name: web, namespace: shop}\n",
                "spec: {serviceAccountName: web, containers: [{name: web}]}"
            )),
            // As log collectors and dashboards are bound.
            pass(
                "\
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: b}
roleRef: {kind: ClusterRole, name: view}
subjects: [{kind: ServiceAccount, name: web, namespace: shop}]
---
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop}
spec: {serviceAccountName: web, containers: [{name: web}]}",
            ),
            // In its own namespace only.
            pass(
                "\
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: b, namespace: shop}
roleRef: {kind: ClusterRole, name: cluster-admin}
subjects: [{kind: ServiceAccount, name: web}]
---
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop}
spec: {serviceAccountName: web, containers: [{name: web}]}",
            ),
        ],
    },
    Control {
        id: "service-account-orphaned",
        title: "a service account is used by no pod and named by no binding",
        vector: vector("AV:N/AC:H/Au:S/C:P/I:N/A:N"),
        applies: Applies::Objects,
        check: Check::Object { kinds: &[Kind::ServiceAccount], reads: USES, judge: orphaned },
        documentation: Documentation {
            finds: "\
Service accounts that no pod runs as and no binding names. `default` and the namespaces of \
Kubernetes itself do not count. Among manifests only where they have a workload of that namespace.",
            matters: "\
It has no rights yet, but its tokens are valid, and whoever binds something to a name that is \
already there binds it to whoever holds one.",
            options: "**Delete it** after asking its owner; no edit of the object does that.",
            acceptable: "For accounts that prove an identity to programs outside of the cluster.",
        },
        examples: &[
            fail(
                "\
# cluster
apiVersion: v1
kind: ServiceAccount
metadata: {name: old, namespace: shop}",
            ),
            fail(
                "\
apiVersion: v1
kind: ServiceAccount
metadata: {name: old, namespace: shop}
---
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop}
spec: {serviceAccountName: web, containers: [{name: web}]}",
            ),
            pass(
                "\
# cluster
apiVersion: v1
kind: ServiceAccount
metadata: {name: web, namespace: shop}
---
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop}
spec: {serviceAccountName: web, containers: [{name: web}]}",
            ),
            pass(
                "\
# cluster
apiVersion: v1
kind: ServiceAccount
metadata: {name: ci, namespace: shop}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: ci, namespace: shop}
roleRef: {kind: ClusterRole, name: edit}
subjects: [{kind: ServiceAccount, name: ci}]",
            ),
            not_applicable(
                "# cluster\napiVersion: v1\nkind: ServiceAccount\nmetadata: {name: default}",
            ),
            // What uses it may stand in other manifests.
            not_applicable("apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: a}"),
        ],
    },
    Control {
        id: "subject-has-many-roles",
        title: "somebody is bound to more roles than anybody can oversee",
        vector: vector("AV:N/AC:H/Au:S/C:P/I:P/A:N"),
        applies: Applies::Objects,
        check: Check::Inventory { reads: BINDINGS, judge: many_roles },
        documentation: Documentation {
            finds: "\
Users, groups and service accounts that bindings give more than ten different roles. One cluster \
role bound in many namespaces counts once. Kubernetes' own users and groups do not count.",
            matters: "\
Rights add up over roles, and nobody reviews the sum: two harmless ones together may lead to a \
third that was never meant.",
            options: "\
- **Write one role** for the subject's task and drop the others.
- **Split the subject** by task. Which, no edit can know.",
            acceptable: "For administrators' groups whose roles are all reviewed together.",
        },
        examples: &[
            fail(bindings_of_ann!("a" "b" "c" "d" "e" "f" "g" "h" "i" "j" "k")),
            pass(bindings_of_ann!("a" "b" "c" "d" "e" "f" "g" "h" "i" "j")),
            pass(
                "\
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: b, namespace: shop}
roleRef: {kind: ClusterRole, name: view}
subjects: [{kind: ServiceAccount, name: web}]",
            ),
            not_applicable("apiVersion: v1\nkind: Pod\nmetadata: {name: a}"),
        ],
    },
    Control {
        id: "binding-role-missing",
        title: "a binding gives a role that does not exist",
        vector: vector("AV:N/AC:H/Au:M/C:P/I:P/A:N"),
        applies: Applies::Objects,
        check: Check::Object { kinds: BINDINGS, reads: READS, judge: role_missing },
        documentation: Documentation {
            finds: "\
Bindings whose role is not there. Among manifests, where the role may be elsewhere, only where they \
have other roles of the same namespace, and at low severity.",
            matters: "\
It gives nothing today; whoever makes a role of that name later gives it to these subjects, \
without seeing them. Often it is a misspelt name, and somebody lacks what they should have.",
            options: "\
**Delete the binding**, or make the role that was meant. A binding's role cannot be changed, so no \
edit is offered.",
            acceptable: "While an installation is under way.",
        },
        examples: &[
            fail(
                "\
# cluster
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: b}
roleRef: {kind: ClusterRole, name: gone}
subjects: [{kind: User, name: ann}]",
            ),
            fail(
                "\
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: reader, namespace: shop}
rules: []
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: b, namespace: shop}
roleRef: {kind: Role, name: raeder}
subjects: [{kind: User, name: ann}]",
            ),
            pass(concat!(
                "# cluster\n",
                bound!("{verbs: [get], apiGroups: [''], resources: [pods]}")
            )),
            not_applicable(
                "\
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: b}
roleRef: {kind: ClusterRole, name: elsewhere}
subjects: [{kind: User, name: ann}]",
            ),
        ],
    },
    Control {
        id: "binding-subject-missing",
        title: "a binding names a service account that does not exist",
        vector: vector("AV:N/AC:H/Au:S/C:P/I:P/A:N"),
        applies: Applies::Objects,
        check: Check::Object {
            kinds: BINDINGS,
            reads: &[Kind::ServiceAccount],
            judge: subject_missing,
        },
        documentation: Documentation {
            finds: "\
Subjects that reach nobody: service accounts that are not there, in a `ClusterRoleBinding` without \
a namespace, or of a kind that does not exist. Among manifests, where an account may be elsewhere, \
only where they have other accounts of its namespace, and at low severity. `default` is always \
there; bindings that Kubernetes ships do not count.",
            matters: "\
Whoever may create service accounts in that namespace, or the namespace itself, takes the right by \
taking the name.",
            options: "**Take the subject out**: the edit offered, or make the account that was meant.",
            acceptable: "While an installation is under way.",
        },
        examples: &[
            fail(
                "\
# cluster
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: b}
roleRef: {kind: ClusterRole, name: view}
subjects: [{kind: ServiceAccount, name: gone, namespace: shop}, {kind: User, name: ann}]",
            ),
            fail(
                "\
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: b}
roleRef: {kind: ClusterRole, name: view}
subjects: [{kind: ServiceAccount, name: lost}]",
            ),
            pass(
                "\
# cluster
apiVersion: v1
kind: ServiceAccount
metadata: {name: web, namespace: shop}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: b, namespace: shop}
roleRef: {kind: ClusterRole, name: view}
subjects: [{kind: ServiceAccount, name: web}, {kind: User, name: ann}]",
            ),
            pass(bound!("{verbs: [get], apiGroups: [''], resources: [pods]}")),
        ],
    },
];

fn takeover<'a>(view: &InventoryView<'a>, pod: &PodView<'a>) -> Judged<'a> {
    if pod.is_mirror() || !view.mounts_token(pod).0 {
        return Ok(Verdict::Pass);
    }
    let access = view.access();
    let (namespace, name) = (pod.namespace, pod.service_account_name());
    let groups = [
        Identity::service_account(namespace, name),
        Identity::group(&format!("{SERVICE_ACCOUNTS}:{namespace}")),
        Identity::group(SERVICE_ACCOUNTS),
        Identity::group(AUTHENTICATED),
    ];
    // Most accounts hold nothing outside of their namespace, which is quickly seen.
    let reaches_far = groups.iter().flat_map(|it| access.given_to(it)).any(|binding| {
        let own = access.policy().binding(binding.id);
        !binding.gainers.is_empty()
            && own.namespace.as_deref().is_none_or(|own| own == "kube-system")
    });
    if !reaches_far {
        return Ok(Verdict::Pass);
    }
    let found = primitives_of(&access.authorizer, &User::service_account(namespace, name));
    let found: Vec<Found> = found.into_iter().filter(takes_over).collect();
    let Some(worst) = found.iter().min_by_key(|it| it.primitive.effect) else {
        return Ok(Verdict::Pass);
    };
    let Some(grant) = worst.grants.first() else { return Ok(Verdict::Pass) };
    let binding = access.policy().binding(grant.binding);
    let others = match found.len() {
        1 => String::new(),
        2 => ", and 1 way more".to_owned(),
        count => format!(", and {} ways more", count - 1),
    };
    let message = format!(
        "ServiceAccount {namespace}/{name}, whose token the pod gets, can {}{others}, through {} {}",
        worst.primitive.title,
        binding.kind(),
        binding.name,
    );
    let mut flaw = flaw(place(pod.spec, &["serviceAccountName"]), message)
        .set_at(place(pod.spec, &["automountServiceAccountToken"]), false)
        .needs_review();
    for bound in groups.iter().flat_map(|it| access.given_to(it)) {
        if worst.grants.iter().any(|grant| grant.binding == bound.id) {
            let own = access.policy().binding(bound.id);
            let statement = format!("{} gives {} {}", own.kind(), own.role.kind, own.role.name);
            flaw = flaw.because(statement, bound.object, place(&bound.object.root, &["roleRef"]));
        }
    }
    if view.is_cluster() && namespace == "kube-system" {
        flaw = flaw.at_most(Severity::Medium);
    } else if matches!(worst.primitive.effect, Effect::Secrets | Effect::Admission) {
        flaw = flaw.at_most(Severity::High);
    }
    flaw.into()
}

/// Whether a primitive gives the cluster away, without anything that has to be installed first.
fn takes_over(found: &Found) -> bool {
    let far = match &found.scope {
        Scope::Cluster => true,
        Scope::Namespace(namespace) => namespace == "kube-system",
    };
    let sure = matches!(found.primitive.condition, None | Some(Condition::PodAdmission));
    let strong = matches!(
        found.primitive.effect,
        Effect::Rights | Effect::Identity | Effect::Node | Effect::Secrets | Effect::Admission
    );
    // Logs hold what programs happen to print, and every `view` may read them.
    let certain = found.primitive.id != "read-logs";
    far && sure && strong && certain && found.names.is_none()
}

fn orphaned<'a>(view: &InventoryView<'a>, object: &'a Object) -> Judged<'a> {
    let namespace = view.namespace_of(object);
    let name = object.name();
    if name == "default" || SYSTEM.contains(&namespace) {
        return Ok(Verdict::NotApplicable);
    }
    if view.access().is_in_use(namespace, name) || view.is_bound(namespace, name) {
        return Ok(Verdict::Pass);
    }
    let mut message = "no pod runs as this service account and no binding names it".to_owned();
    if !view.is_cluster() {
        if !view.pods.iter().any(|pod| pod.namespace == namespace) {
            return Ok(Verdict::NotApplicable);
        }
        message.push_str(" among these manifests");
    }
    let command = format!("kubectl delete serviceaccount {name} --namespace {namespace}");
    flaw(place(&object.root, &["metadata", "name"]), message)
        .at_most(Severity::Low)
        .step("Ask its owner, then delete it", &[&command])
        .into()
}

fn many_roles<'a>(view: &InventoryView<'a>) -> Judged<'a> {
    let access = view.access();
    if access.bindings.is_empty() {
        return Ok(Verdict::NotApplicable);
    }
    let mut flaws = Vec::new();
    for (identity, places) in access.identities() {
        // Fewer bindings than that cannot give more roles.
        if places.len() <= MANY_ROLES || is_own(identity) {
            continue;
        }
        let key = |place: &usize| {
            let binding = access.policy().binding(access.bindings[*place].id);
            let home = (binding.role.kind == "Role").then_some(binding.namespace());
            (&binding.role, home)
        };
        let mut roles: Vec<_> = places.iter().map(key).collect();
        roles.sort_unstable();
        roles.dedup();
        if roles.len() <= MANY_ROLES {
            continue;
        }
        let object = access.bindings[places[0]].object;
        let message = format!("{identity} is bound to {} different roles", roles.len());
        let mut flaw = flaw(place(&object.root, &["subjects"]), message).of_object(object);
        for place in places.iter().skip(1).take(MANY_ROLES) {
            let bound = &access.bindings[*place];
            let name = &access.policy().binding(bound.id).role.name;
            let at = subject_place(bound.object, 0);
            flaw = flaw.because(format!("gives the role {name}"), bound.object, at);
        }
        flaws.push(flaw.step(
            "Write one role for the subject's task and drop the other bindings",
            &["kubectl get rolebindings,clusterrolebindings -A -o wide"],
        ));
    }
    Ok(Verdict::of(flaws))
}

/// Whether Kubernetes itself runs as the identity.
fn is_own(identity: &Identity) -> bool {
    match identity {
        Identity::ServiceAccount { namespace, .. } => namespace == "kube-system",
        Identity::Group(name) | Identity::User(name) => name.starts_with("system:"),
    }
}

fn role_missing<'a>(view: &InventoryView<'a>, object: &'a Object) -> Judged<'a> {
    let access = view.access();
    let Some(found) = access.binding(object) else { return Ok(uncounted(access, object)) };
    if found.role.is_some() {
        return Ok(Verdict::Pass);
    }
    let binding = access.policy().binding(found.id);
    let kind = if binding.role.kind == "Role" { Kind::Role } else { Kind::ClusterRole };
    let mut message = format!("there is no {} {}", binding.role.kind, binding.role.name);
    let mut at_most = Severity::Critical;
    if !view.is_complete(kind) {
        let home = binding.namespace();
        let evident =
            kind == Kind::Role && view.of_kind(kind).any(|role| view.namespace_of(role) == home);
        if view.is_cluster() || !evident {
            return Ok(Verdict::NotApplicable);
        }
        message.push_str(" among these manifests");
        at_most = Severity::Low;
    }
    let mut command = format!("kubectl delete {} {}", binding.kind().to_lowercase(), binding.name);
    if let Some(namespace) = &binding.namespace {
        command.push_str(&format!(" --namespace {namespace}"));
    }
    flaw(place(&object.root, &["roleRef", "name"]), message)
        .at_most(at_most)
        .step("Delete the binding, or make the role that was meant", &[&command])
        .into()
}

fn subject_missing<'a>(view: &InventoryView<'a>, object: &'a Object) -> Judged<'a> {
    let access = view.access();
    let Some(found) = access.binding(object) else { return Ok(uncounted(access, object)) };
    if found.is_default {
        return Ok(Verdict::NotApplicable);
    }
    let binding = access.policy().binding(found.id);
    let mut flaws = Vec::new();
    for (index, subject) in binding.subjects.iter().enumerate() {
        let (what, at_most) = match binding.identity(subject) {
            None => ("reaches nobody, as it is written", Severity::Low),
            Some(Identity::ServiceAccount { namespace, name }) => {
                let kind = Kind::ServiceAccount;
                if name == "default" || view.find(kind, &namespace, &name).is_some() {
                    continue;
                }
                if view.is_complete(kind) {
                    ("does not exist", Severity::Critical)
                } else if !view.is_cluster() && access.has_accounts(&namespace) {
                    ("does not exist among these manifests", Severity::Low)
                } else {
                    continue;
                }
            }
            Some(_) => continue,
        };
        let who = named(subject, binding.namespace());
        let at = subject_place(object, index);
        let mut flaw = flaw(at, format!("{who} {what}")).at_most(at_most).needs_review();
        if let Place::Node(node) = at {
            flaw = flaw.remove(node);
        }
        flaws.push(flaw);
    }
    Ok(Verdict::of(flaws))
}

//! Whom roles are bound to: administrators, everybody, nobody.

use merlon_model::{Kind, Severity};
use merlon_rbac::risk::primitives_in_rules;
use merlon_rbac::{
    ANONYMOUS, AUTHENTICATED, Binding, MASTERS, SERVICE_ACCOUNTS, Scope, Subject, UNAUTHENTICATED,
};
use merlon_snapshot::Object;
use merlon_views::InventoryView;
use merlon_views::objects::{AccessView, BindingView, Place};

use super::grant::{BINDINGS, ROLES, named, subject_place, uncounted};
use crate::control::{Applies, Check, Control, Documentation};
use crate::objects::{Flaw, Judged, Verdict, flaw};
use crate::row::{error, fail, not_applicable, pass, vector};

/// A cluster role binding of a cluster role, to subjects.
macro_rules! binding {
    ($role:literal, $subjects:literal) => {
        concat!(
            "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding\n",
            "metadata: {name: b}\n",
            "roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: '",
            $role,
            "'}\nsubjects: [",
            $subjects,
            "]\n"
        )
    };
}

/// The same, as Kubernetes ships it.
macro_rules! shipped {
    ($role:literal, $subjects:literal) => {
        concat!(
            "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding\nmetadata: {name: '",
            $role,
            "', labels: {kubernetes.io/bootstrapping: rbac-defaults}}\n",
            "roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: '",
            $role,
            "'}\nsubjects: [",
            $subjects,
            "]\n"
        )
    };
}

pub(crate) const CONTROLS: &[Control] = &[
    Control {
        id: "cluster-admin-overused",
        title: "cluster-admin is bound to somebody",
        vector: vector("AV:N/AC:L/Au:S/C:C/I:C/A:C"),
        applies: Applies::Objects,
        check: Check::Object { kinds: BINDINGS, reads: &[], judge: cluster_admin },
        documentation: Documentation {
            finds: "\
Every binding of the cluster role `cluster-admin`, with its subjects; within a namespace at most \
medium. The default binding to `system:masters` and the one of kubeadm to its own group \
`kubeadm:cluster-admins` do not count, what people added to the default does.",
            matters: "\
Each of these subjects is the whole cluster: every secret, every node, every workload.",
            options: "\
- **Bind narrower roles** (`admin`, `edit`, `view` in a namespace) and take the subjects out of \
this binding: the edit offered.
- **Break-glass**: keep one sealed holder and alert on its use.",
            acceptable: "\
For the platform's own administrators and for installers that cannot work with less, each named \
with a reason.",
        },
        examples: &[
            fail(binding!("cluster-admin", "{kind: User, name: ann}")),
            fail(binding!("cluster-admin", "{kind: ServiceAccount, name: ci, namespace: ci}, {kind: Group, name: ops}")),
            fail(
                "\
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: b, namespace: shop}
roleRef: {kind: ClusterRole, name: cluster-admin}
subjects: [{kind: ServiceAccount, name: web}]",
            ),
            // What somebody added to the default.
            fail(shipped!("cluster-admin", "{kind: Group, name: 'system:masters'}, {kind: User, name: ann}")),
            pass(shipped!("cluster-admin", "{kind: Group, name: 'system:masters'}")),
            pass(binding!("view", "{kind: User, name: ann}")),
            // Reaches nobody.
            pass(binding!("cluster-admin", "{kind: ServiceAccount, name: ci}")),
            pass(
                "\
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: 'kubeadm:cluster-admins'}
roleRef: {kind: ClusterRole, name: cluster-admin}
subjects: [{kind: Group, name: 'kubeadm:cluster-admins'}]",
            ),
            error(
                "\
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: b}
subjects: [{kind: User, name: ann}]",
            ),
        ],
    },
    Control {
        id: "admin-role-bound-cluster-wide",
        title: "admin or edit is bound in all namespaces",
        vector: vector("AV:N/AC:M/Au:S/C:C/I:C/A:P"),
        applies: Applies::Objects,
        check: Check::Object { kinds: &[Kind::ClusterRoleBinding], reads: &[], judge: admin },
        documentation: Documentation {
            finds: "\
Cluster role bindings of the cluster roles `admin` and `edit`, which are made for single \
namespaces. With `kube-system` among all namespaces they are as good as `cluster-admin`.",
            matters: "\
Both read every secret and run pods as every service account, those of `kube-system` included.",
            options: "\
- **Bind them in namespaces** by role bindings, and take the subjects out of this binding: the edit \
offered.
- **Write a cluster role** of what is really needed everywhere.",
            acceptable: "For administrators of the platform who are trusted with all of it.",
        },
        examples: &[
            fail(binding!("admin", "{kind: Group, name: developers}")),
            fail(binding!("edit", "{kind: ServiceAccount, name: ci, namespace: ci}")),
            pass(binding!("view", "{kind: Group, name: developers}")),
            not_applicable(
                "\
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: b, namespace: shop}
roleRef: {kind: ClusterRole, name: admin}
subjects: [{kind: Group, name: shop}]",
            ),
        ],
    },
    Control {
        id: "system-masters-bound",
        title: "a binding names the group system:masters",
        vector: vector("AV:N/AC:H/Au:M/C:P/I:P/A:N"),
        applies: Applies::Objects,
        check: Check::Object { kinds: BINDINGS, reads: &[], judge: masters },
        documentation: Documentation {
            finds: "\
Bindings of people's own that name the group `system:masters`. Credentials of that group do not \
show in objects: `system-masters-used` says how to look for them.",
            matters: "\
The binding gives nothing, since the group may do everything before RBAC is asked; but who wrote \
it counts on such credentials, which no binding takes away and only a new CA ends.",
            options: "\
**Bind a group of your own**; kubeadm does so since 1.29 with `kubeadm:cluster-admins`. The edit \
takes the subject out.",
            acceptable: "Hardly ever: without it nothing changes.",
        },
        examples: &[
            fail(binding!("view", "{kind: Group, name: 'system:masters'}")),
            pass(shipped!("cluster-admin", "{kind: Group, name: 'system:masters'}")),
            pass(binding!("view", "{kind: Group, name: ops}")),
        ],
    },
    Control {
        id: "anonymous-user-bound",
        title: "a role is bound to the user system:anonymous",
        vector: vector("AV:N/AC:M/Au:N/C:C/I:C/A:C"),
        applies: Applies::Objects,
        check: Check::Object { kinds: BINDINGS, reads: ROLES, judge: anonymous },
        documentation: Documentation {
            finds: "\
Bindings with the subject `system:anonymous`, but for the one by which kubeadm shows joining nodes \
the public `cluster-info`. At most medium where the role has no right that leads further.",
            matters: "\
Everybody who reaches the API server has these rights, without any credential.",
            options: "**Take the subject out** and give the caller an identity: the edit offered.",
            acceptable: "\
Health paths and the version are open anyway by the built-in role `system:public-info-viewer`.",
        },
        examples: &[
            fail(binding!("view", "{kind: User, name: 'system:anonymous'}")),
            fail(shipped!("system:discovery", "{kind: User, name: 'system:anonymous'}")),
            // A service account of that name is another.
            pass(binding!("view", "{kind: ServiceAccount, name: 'system:anonymous', namespace: a}")),
            pass(
                "\
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: 'kubeadm:bootstrap-signer-clusterinfo', namespace: kube-public}
roleRef: {kind: Role, name: 'kubeadm:bootstrap-signer-clusterinfo'}
subjects: [{kind: User, name: 'system:anonymous'}]",
            ),
        ],
    },
    Control {
        id: "unauthenticated-group-bound",
        title: "a role beyond the built-in one is bound to system:unauthenticated",
        vector: vector("AV:N/AC:M/Au:N/C:C/I:C/A:C"),
        applies: Applies::Objects,
        check: Check::Object { kinds: BINDINGS, reads: ROLES, judge: unauthenticated },
        documentation: Documentation {
            finds: "\
Bindings of the group `system:unauthenticated` to anything but `system:public-info-viewer`. At most \
medium where the role has no right that leads further.",
            matters: "\
Callers without credentials get these rights, also when the anonymous user is called something \
else.",
            options: "**Take the subject out** and give the caller an identity: the edit offered.",
            acceptable: "\
Hardly ever; public discovery documents for token issuers are one case \
(`system:service-account-issuer-discovery`).",
        },
        examples: &[
            fail(binding!("cluster-admin", "{kind: Group, name: 'system:unauthenticated'}")),
            // As clusters before 1.14 shipped it.
            fail(shipped!("system:discovery", "{kind: Group, name: 'system:unauthenticated'}")),
            pass(shipped!(
                "system:public-info-viewer",
                "{kind: Group, name: 'system:authenticated'}, {kind: Group, name: 'system:unauthenticated'}"
            )),
        ],
    },
    Control {
        id: "authenticated-group-bound",
        title: "a role beyond the built-in ones is bound to everybody who is known",
        vector: vector("AV:N/AC:M/Au:S/C:C/I:C/A:C"),
        applies: Applies::Objects,
        check: Check::Object { kinds: BINDINGS, reads: ROLES, judge: authenticated },
        documentation: Documentation {
            finds: "\
Bindings of the groups `system:authenticated` and `system:serviceaccounts` to anything but the \
discovery and self-review roles. At most low where the role has no right that leads further.",
            matters: "\
The first contains every service account, and on some clouds every account of the provider, \
customers of others included; the second every pod with a token.",
            options: "\
**Bind a group that your identity provider fills**, or single accounts; the edit takes the group \
out.",
            acceptable: "For harmless reads such as custom discovery.",
        },
        examples: &[
            fail(binding!("edit", "{kind: Group, name: 'system:authenticated'}")),
            fail(binding!("view", "{kind: Group, name: 'system:serviceaccounts'}")),
            pass(shipped!("system:basic-user", "{kind: Group, name: 'system:authenticated'}")),
            // One namespace's accounts are not everybody.
            pass(binding!("view", "{kind: Group, name: 'system:serviceaccounts:shop'}")),
            pass(shipped!(
                "system:service-account-issuer-discovery",
                "{kind: Group, name: 'system:serviceaccounts'}"
            )),
        ],
    },
    Control {
        id: "default-binding-extended",
        title: "somebody was added to a binding that Kubernetes ships",
        vector: vector("AV:N/AC:M/Au:M/C:C/I:C/A:C"),
        applies: Applies::Objects,
        check: Check::Object { kinds: BINDINGS, reads: &[], judge: extended },
        documentation: Documentation {
            finds: "\
Bindings that Kubernetes ships (`kubernetes.io/bootstrapping: rbac-defaults`) with subjects that it \
does not put there: service accounts outside of `kube-system`, users and groups without `system:`.",
            matters: "\
The API server only adds what is missing, so such a subject stays; audits that leave the defaults \
out do not see it, which makes it a good hiding place.",
            options: "\
**Make a binding of your own** for whoever needs the role, and take the subject out: the edit.",
            acceptable: "Where an old installer did so and the role is what the subject needs.",
        },
        examples: &[
            fail(shipped!(
                "system:node-proxier",
                "{kind: User, name: 'system:kube-proxy'}, {kind: ServiceAccount, name: x, namespace: shop}"
            )),
            pass(shipped!("system:node-proxier", "{kind: User, name: 'system:kube-proxy'}")),
            not_applicable(binding!("view", "{kind: User, name: ann}")),
        ],
    },
];

/// A binding as RBAC sees it and with what it stands in; `Err` when it does not count.
fn counted<'v, 'a>(
    view: &'v InventoryView<'a>,
    object: &'a Object,
) -> Result<(&'v AccessView<'a>, &'v BindingView<'a>, &'v Binding), Verdict<'a>> {
    let access = view.access();
    let found = access.binding(object).ok_or_else(|| uncounted(access, object))?;
    Ok((access, found, access.policy().binding(found.id)))
}

/// One flaw for the subjects of those indices, which its edit takes out.
fn subjects_flaw<'a>(
    object: &'a Object,
    binding: &Binding,
    indices: &[usize],
    what: &str,
) -> Option<Flaw<'a>> {
    let (&first, others) = indices.split_first()?;
    let and = match others.len() {
        0 => String::new(),
        1 => " and 1 other".to_owned(),
        others => format!(" and {others} others"),
    };
    let who = named(&binding.subjects[first], binding.namespace());
    let mut flaw = flaw(subject_place(object, first), format!("{who}{and} {what}")).needs_review();
    for &index in indices {
        let at = subject_place(object, index);
        if index != first {
            let who = named(&binding.subjects[index], binding.namespace());
            flaw = flaw.because(format!("{who} as well"), object, at);
        }
        if let Place::Node(node) = at {
            flaw = flaw.remove(node);
        }
    }
    Some(flaw)
}

fn scope_words(binding: &Binding) -> String {
    match binding.namespace.as_deref() {
        Some(namespace) => format!("in namespace {namespace}"),
        None => "in the whole cluster".to_owned(),
    }
}

/// The binding that kubeadm makes for administrators, and the group it names.
const KUBEADM: &str = "kubeadm:cluster-admins";

fn cluster_admin<'a>(view: &InventoryView<'a>, object: &'a Object) -> Judged<'a> {
    let (_, found, binding) = match counted(view, object) {
        Ok(counted) => counted,
        Err(verdict) => return Ok(verdict),
    };
    if binding.role.kind != "ClusterRole" || binding.role.name != "cluster-admin" {
        return Ok(Verdict::Pass);
    }
    let indices: Vec<usize> = found
        .gainers
        .iter()
        .copied()
        .filter(|index| binding.name != KUBEADM || binding.subjects[*index].name != KUBEADM)
        .collect();
    if indices.is_empty() {
        return Ok(Verdict::Pass);
    }
    let what = format!("can do everything {}", scope_words(binding));
    let Some(mut flaw) = subjects_flaw(object, binding, &indices, &what) else {
        return Ok(Verdict::Pass);
    };
    if binding.namespace.as_deref().is_some_and(|namespace| namespace != "kube-system") {
        flaw = flaw.at_most(Severity::Medium);
    }
    flaw.into()
}

fn admin<'a>(view: &InventoryView<'a>, object: &'a Object) -> Judged<'a> {
    let (_, found, binding) = match counted(view, object) {
        Ok(counted) => counted,
        Err(verdict) => return Ok(verdict),
    };
    if !["admin", "edit"].contains(&binding.role.name.as_str()) || found.gainers.is_empty() {
        return Ok(Verdict::Pass);
    }
    let what = format!("has the role {} in all namespaces", binding.role.name);
    let flaw = subjects_flaw(object, binding, &found.gainers, &what);
    Ok(flaw.map_or(Verdict::Pass, Verdict::from))
}

fn masters<'a>(view: &InventoryView<'a>, object: &'a Object) -> Judged<'a> {
    let (_, found, binding) = match counted(view, object) {
        Ok(counted) => counted,
        Err(verdict) => return Ok(verdict),
    };
    if found.is_default {
        return Ok(Verdict::Pass);
    }
    let indices = indices(binding, |it| it.kind == "Group" && it.name == MASTERS);
    let what = "is named, which has all rights without any binding";
    Ok(subjects_flaw(object, binding, &indices, what).map_or(Verdict::Pass, Verdict::from))
}

fn indices(binding: &Binding, wanted: impl Fn(&Subject) -> bool) -> Vec<usize> {
    let subjects = binding.subjects.iter().enumerate();
    subjects.filter(|(_, it)| wanted(it)).map(|(index, _)| index).collect()
}

fn anonymous<'a>(view: &InventoryView<'a>, object: &'a Object) -> Judged<'a> {
    let is_kubeadm = |binding: &Binding| {
        binding.namespace.as_deref() == Some("kube-public")
            && binding.role.name == "kubeadm:bootstrap-signer-clusterinfo"
    };
    open(view, object, Severity::Medium, is_kubeadm, |it| it.kind == "User" && it.name == ANONYMOUS)
}

fn unauthenticated<'a>(view: &InventoryView<'a>, object: &'a Object) -> Judged<'a> {
    let is_shipped = |binding: &Binding| binding.role.name == "system:public-info-viewer";
    let is_group = |it: &Subject| it.kind == "Group" && it.name == UNAUTHENTICATED;
    open(view, object, Severity::Medium, is_shipped, is_group)
}

fn authenticated<'a>(view: &InventoryView<'a>, object: &'a Object) -> Judged<'a> {
    const PUBLIC: &[&str] = &[
        "system:basic-user",
        "system:discovery",
        "system:public-info-viewer",
        "system:service-account-issuer-discovery",
    ];
    let is_shipped = |binding: &Binding| PUBLIC.contains(&binding.role.name.as_str());
    let is_group = |it: &Subject| {
        it.kind == "Group" && (it.name == AUTHENTICATED || it.name == SERVICE_ACCOUNTS)
    };
    open(view, object, Severity::Low, is_shipped, is_group)
}

/// Judges a binding to those who are everybody; `harmless` is the severity at most, where the
/// role is known and has no right that leads further.
fn open<'a>(
    view: &InventoryView<'a>,
    object: &'a Object,
    harmless: Severity,
    is_expected: impl Fn(&Binding) -> bool,
    is_everybody: impl Fn(&Subject) -> bool,
) -> Judged<'a> {
    let (access, found, binding) = match counted(view, object) {
        Ok(counted) => counted,
        Err(verdict) => return Ok(verdict),
    };
    let indices = indices(binding, is_everybody);
    if indices.is_empty() || is_expected(binding) {
        return Ok(Verdict::Pass);
    }
    let what = format!("has the role {} {}", binding.role.name, scope_words(binding));
    let Some(flaw) = subjects_flaw(object, binding, &indices, &what) else {
        return Ok(Verdict::Pass);
    };
    let Some(role) = found.role else { return flaw.into() };
    let role = access.policy().role(access.roles[role].id);
    let scope = Scope::of(binding.namespace.as_deref());
    let powers = primitives_in_rules(&role.rules, &scope, access.authorizer.release());
    match powers.first() {
        Some(power) => {
            let statement = format!("with it they can {}", power.primitive.title);
            flaw.because(statement, object, subject_place(object, indices[0])).into()
        }
        None => flaw.at_most(harmless).into(),
    }
}

fn extended<'a>(view: &InventoryView<'a>, object: &'a Object) -> Judged<'a> {
    let (_, found, binding) = match counted(view, object) {
        Ok(counted) => counted,
        Err(verdict) => return Ok(verdict),
    };
    if !found.is_default {
        return Ok(Verdict::NotApplicable);
    }
    let what = format!("was added to the default binding of {}", binding.role.name);
    let flaw = subjects_flaw(object, binding, &found.gainers, &what);
    Ok(flaw.map_or(Verdict::Pass, Verdict::from))
}

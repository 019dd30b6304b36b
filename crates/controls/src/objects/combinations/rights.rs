//! Workloads on the internet whose identity is worth more than they are.

use merlon_model::{Kind, Severity};
use merlon_views::objects::{Place, place};
use merlon_views::{InventoryView, PodView};

use super::identity::{administers, is_far, powers, reads_secrets, strongest};
use super::internet::{exposing, ways};
use super::{reached, unreached};
use crate::control::{Applies, Check, Control, Documentation};
use crate::objects::{Judged, Verdict};
use crate::row::{error, fail, not_applicable, pass, vector};

pub(crate) const CONTROLS: &[Control] = &[
    Control {
        id: "exposed-workload-administers-cluster",
        title: "a workload that is reached from the internet administers the cluster",
        vector: vector("AV:N/AC:M/Au:N/C:C/I:C/A:C"),
        applies: Applies::Objects,
        check: Check::Pod { reads: READS, judge: administrator },
        documentation: Documentation {
            finds: "\
A way from outside to a pod, as for `exposed-workload-privileged`, and in it the token of an account that may do \
everything in the cluster, or gain it without anything else that has to be there: impersonate users, ask for the \
tokens of others, bind or extend roles. The rights of all bindings of the account and of its groups are added up. \
Rights for named objects and within a namespace count only in `kube-system`. Pods without the token pass, however the \
account is bound.",
            matters: "\
A hole in the program hands over a file with the token, and with it every namespace, every secret and every node. \
This is how clusters are lost from the internet in one step.",
            options: "\
- **`automountServiceAccountToken: false`** where the program does not ask the API: the edit offered.
- **Roles for what it does ask**, instead of `cluster-admin`, wildcards or `escalate`.
- **Two workloads**: the face to the internet without rights, the worker with them and without a way in.",
            acceptable: "\
For tools that deploy everything and have a login of their own (Argo CD, Rancher), which then belong behind a list of \
addresses.",
        },
        examples: &[
            fail(concat!(
                web!("{serviceAccountName: web, containers: [{name: web}]}"),
                service!("type: LoadBalancer"),
                bound!(
                    "{verbs: ['*'], apiGroups: ['*'], resources: ['*']}",
                    "{kind: ServiceAccount, name: web, namespace: shop}"
                )
            )),
            // By a group, and by a right from which everything follows.
            fail(concat!(
                web!("{containers: [{name: web}]}"),
                ingress!("{}"),
                bound!(
                    "{verbs: [create], apiGroups: [''], resources: [serviceaccounts/token]}",
                    "{kind: Group, name: 'system:serviceaccounts'}"
                )
            )),
            // The token comes by a volume.
            fail(concat!(
                web!(
                    "
  serviceAccountName: web
  automountServiceAccountToken: false
  containers: [{name: web, volumeMounts: [{name: t, mountPath: /t}]}]
  volumes: [{name: t, projected: {sources: [{serviceAccountToken: {path: token}}]}}]"
                ),
                service!("type: LoadBalancer"),
                bound!(
                    "{verbs: ['*'], apiGroups: ['*'], resources: ['*']}",
                    "{kind: ServiceAccount, name: web, namespace: shop}"
                )
            )),
            // It is for somebody else than the API server.
            pass(concat!(
                web!(
                    "
  serviceAccountName: web
  automountServiceAccountToken: false
  containers: [{name: web, volumeMounts: [{name: t, mountPath: /t}]}]
  volumes: [{name: t, projected: {sources: [{serviceAccountToken: {path: t, audience: vault}}]}}]"
                ),
                service!("type: LoadBalancer"),
                bound!(
                    "{verbs: ['*'], apiGroups: ['*'], resources: ['*']}",
                    "{kind: ServiceAccount, name: web, namespace: shop}"
                )
            )),
            pass(concat!(
                web!("{serviceAccountName: web, containers: [{name: web}]}"),
                service!("type: ClusterIP"),
                bound!(
                    "{verbs: ['*'], apiGroups: ['*'], resources: ['*']}",
                    "{kind: ServiceAccount, name: web, namespace: shop}"
                )
            )),
            pass(concat!(
                web!(
                    "
  serviceAccountName: web
  automountServiceAccountToken: false
  containers: [{name: web}]"
                ),
                service!("type: LoadBalancer"),
                bound!(
                    "{verbs: ['*'], apiGroups: ['*'], resources: ['*']}",
                    "{kind: ServiceAccount, name: web, namespace: shop}"
                )
            )),
            pass(concat!(
                web!("{serviceAccountName: web, containers: [{name: web}]}"),
                service!("type: LoadBalancer"),
                bound!(
                    "{verbs: [list], apiGroups: [''], resources: [pods]}",
                    "{kind: ServiceAccount, name: web, namespace: shop}"
                )
            )),
            pass(concat!(
                web!("{serviceAccountName: web, containers: [{name: web}]}"),
                service!("type: LoadBalancer"),
                policy!("{podSelector: {matchLabels: {app: web}}}"),
                bound!(
                    "{verbs: ['*'], apiGroups: ['*'], resources: ['*']}",
                    "{kind: ServiceAccount, name: web, namespace: shop}"
                )
            )),
            error(concat!(
                web!("{automountServiceAccountToken: 1, containers: [{name: web}]}"),
                service!("type: LoadBalancer")
            )),
        ],
    },
    Control {
        id: "exposed-workload-reads-secrets",
        title: "a workload that is reached from the internet reads secrets through the API",
        vector: vector("AV:N/AC:M/Au:N/C:C/I:P/A:P"),
        applies: Applies::Objects,
        check: Check::Pod { reads: READS, judge: secrets },
        documentation: Documentation {
            finds: "\
A way from outside to a pod, as for `exposed-workload-privileged`, and in it the token of an account with `get`, \
`list` or `watch` on all Secrets of the cluster or of `kube-system`. Within another namespace it is at most medium. \
Secrets by `resourceNames` pass. Accounts that may do everything are left to `exposed-workload-administers-cluster`.",
            matters: "\
Secrets of other namespaces are passwords of databases, keys of certificates and tokens of accounts: a hole in the \
one program opens what all others protect. With ingress-nginx (CVE-2021-25742, CVE-2025-1974) it was so.",
            options: "\
- **Mount the secrets it needs** and take the token away: the edit offered.
- **`resourceNames`** with `get`, or a Role in the one namespace.
- **For Ingress controllers**: watch one namespace, or one that reads Secrets through another pod (Gateway API \
implementations with a control plane apart from the proxy).",
            acceptable: "\
For Ingress controllers that serve certificates of every namespace, kept up to date.",
        },
        examples: &[
            fail(concat!(
                web!("{serviceAccountName: web, containers: [{name: web}]}"),
                service!("type: LoadBalancer"),
                bound!(
                    "{verbs: [get, list], apiGroups: [''], resources: [secrets]}",
                    "{kind: ServiceAccount, name: web, namespace: shop}"
                )
            )),
            fail(concat!(
                web!("{serviceAccountName: web, containers: [{name: web}]}"),
                ingress!("{}"),
                "\
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: b, namespace: shop}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: r}
subjects: [{kind: ServiceAccount, name: web}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: r, namespace: shop}
rules: [{verbs: [watch], apiGroups: [''], resources: [secrets]}]
"
            )),
            pass(concat!(
                web!("{serviceAccountName: web, containers: [{name: web}]}"),
                service!("type: ClusterIP"),
                bound!(
                    "{verbs: [get, list], apiGroups: [''], resources: [secrets]}",
                    "{kind: ServiceAccount, name: web, namespace: shop}"
                )
            )),
            pass(concat!(
                web!("{serviceAccountName: web, containers: [{name: web}]}"),
                service!("type: LoadBalancer"),
                bound!(
                    "{verbs: [get], apiGroups: [''], resources: [secrets], resourceNames: [a]}",
                    "{kind: ServiceAccount, name: web, namespace: shop}"
                )
            )),
            pass(concat!(
                web!(
                    "
  serviceAccountName: web
  automountServiceAccountToken: false
  containers: [{name: web}]"
                ),
                service!("type: LoadBalancer"),
                bound!(
                    "{verbs: [get, list], apiGroups: [''], resources: [secrets]}",
                    "{kind: ServiceAccount, name: web, namespace: shop}"
                )
            )),
            // The other control tells it.
            pass(concat!(
                web!("{serviceAccountName: web, containers: [{name: web}]}"),
                service!("type: LoadBalancer"),
                bound!(
                    "{verbs: ['*'], apiGroups: ['*'], resources: ['*']}",
                    "{kind: ServiceAccount, name: web, namespace: shop}"
                )
            )),
        ],
    },
    Control {
        id: "exposed-workload-holds-cloud-role",
        title: "a workload that is reached from the internet holds a role in the cloud",
        vector: vector("AV:N/AC:M/Au:N/C:C/I:P/A:N"),
        applies: Applies::Objects,
        check: Check::Pod { reads: exposing![ServiceAccount], judge: cloud_role },
        documentation: Documentation {
            finds: "\
A way from outside to a pod, as for `exposed-workload-privileged`, whose service account stands for an identity of \
the cloud by its annotation: `eks.amazonaws.com/role-arn`, `iam.gke.io/gcp-service-account`, or \
`azure.workload.identity/client-id` for pods with the label `azure.workload.identity/use: \"true\"`. What the role may \
do is known to the cloud alone; associations of EKS Pod Identity are no objects. Pods without such an account, or whose \
account is not among the objects, are not concerned.",
            matters: "\
The hole in the program leads out of the cluster: to buckets, databases and keys, for as long as the intruder asks \
for new credentials. `automountServiceAccountToken: false` does not keep these away.",
            options: "\
- **An account of its own** for the part that faces the internet, without the annotation.
- **A role for what it does**: one bucket, one queue, with conditions on the network it is used from.
- **No role at all**: the command offered takes the annotation away.

No edit of the workload does it, since the account may be that of others.",
            acceptable: "\
Where the role may do only what the program does for its users anyway, which somebody has read.",
        },
        examples: &[
            fail(concat!(
                web!("{serviceAccountName: web, containers: [{name: web}]}"),
                service!("type: LoadBalancer"),
                "\
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: web, namespace: shop, annotations: {eks.amazonaws.com/role-arn: 'arn:aws:iam::1:role/web'}}
"
            )),
            fail(concat!(
                web!("{serviceAccountName: web, containers: [{name: web}]}"),
                ingress!("{}"),
                "\
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: web, namespace: shop, annotations: {iam.gke.io/gcp-service-account: a@b.iam.gserviceaccount.com}}
"
            )),
            fail(
                "\
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop, labels: {app: web, azure.workload.identity/use: 'true'}}
spec: {serviceAccountName: web, containers: [{name: web}]}
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec: {type: LoadBalancer, selector: {app: web}, ports: [{port: 80}]}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: web, namespace: shop, annotations: {azure.workload.identity/client-id: a}}
",
            ),
            // Without the label Azure gives it nothing.
            not_applicable(concat!(
                web!("{serviceAccountName: web, containers: [{name: web}]}"),
                service!("type: LoadBalancer"),
                "\
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: web, namespace: shop, annotations: {azure.workload.identity/client-id: a}}
"
            )),
            not_applicable(concat!(
                web!("{serviceAccountName: web, containers: [{name: web}]}"),
                service!("type: LoadBalancer")
            )),
            pass(concat!(
                web!("{serviceAccountName: web, containers: [{name: web}]}"),
                service!("type: ClusterIP"),
                "\
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: web, namespace: shop, annotations: {eks.amazonaws.com/role-arn: 'arn:aws:iam::1:role/web'}}
"
            )),
            pass(concat!(
                web!("{serviceAccountName: web, containers: [{name: web}]}"),
                service!("type: LoadBalancer"),
                policy!("{podSelector: {}}"),
                "\
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: web, namespace: shop, annotations: {eks.amazonaws.com/role-arn: 'arn:aws:iam::1:role/web'}}
"
            )),
        ],
    },
];

/// What decides which ways there are, and what accounts may do.
const READS: &[Kind] =
    exposing![ServiceAccount, ClusterRole, Role, ClusterRoleBinding, RoleBinding];

fn administrator<'a>(view: &InventoryView<'a>, pod: &PodView<'a>) -> Judged<'a> {
    // Few pods are reached, which is quickly seen.
    let ways = ways(view, pod);
    let Some(way) = ways.first() else { return Ok(unreached(view, pod)) };
    let found = powers(view, pod)?;
    let Some(held) = strongest(view, pod, found, administers)? else { return Ok(Verdict::Pass) };
    let what = format!(
        "the token of {} is enough to {} {}",
        pod.service_account_name(),
        held.found.primitive.title,
        held.place()
    );
    let flaw = reached(view, pod, way, place(pod.spec, &["serviceAccountName"]), &what);
    held.without_token(pod, flaw).into()
}

fn secrets<'a>(view: &InventoryView<'a>, pod: &PodView<'a>) -> Judged<'a> {
    let ways = ways(view, pod);
    let Some(way) = ways.first() else { return Ok(unreached(view, pod)) };
    let found = powers(view, pod)?;
    if found.iter().any(administers) {
        return Ok(Verdict::Pass);
    }
    let Some(held) = strongest(view, pod, found, reads_secrets)? else { return Ok(Verdict::Pass) };
    let what = format!(
        "the token of {} is enough to {} {}",
        pod.service_account_name(),
        held.found.primitive.title,
        held.place()
    );
    let mut flaw = reached(view, pod, way, place(pod.spec, &["serviceAccountName"]), &what);
    if !is_far(&held.found) {
        flaw = flaw.at_most(Severity::Medium);
    }
    held.without_token(pod, flaw).into()
}

/// Annotations by which service accounts stand for roles of clouds, with the label that pods need besides.
const CLOUDS: &[(&str, &str, Option<&str>)] = &[
    ("AWS", "eks.amazonaws.com/role-arn", None),
    ("Google Cloud", "iam.gke.io/gcp-service-account", None),
    ("Azure", "azure.workload.identity/client-id", Some("azure.workload.identity/use")),
];

fn cloud_role<'a>(view: &InventoryView<'a>, pod: &PodView<'a>) -> Judged<'a> {
    let Some(account) = view.service_account(pod).filter(|_| !pod.is_mirror()) else {
        return Ok(Verdict::NotApplicable);
    };
    let annotations = account.root.path(&["metadata", "annotations"]);
    let held = CLOUDS.iter().find_map(|(cloud, key, label)| {
        let node = annotations?.get(key)?;
        let is_used = label.is_none_or(|label| pod.label(label) == Some("true"));
        let is_set = node.as_str().is_some_and(|role| !role.is_empty());
        (is_used && is_set).then_some((cloud, key, node))
    });
    let Some((cloud, key, node)) = held else { return Ok(Verdict::NotApplicable) };
    let ways = ways(view, pod);
    let Some(way) = ways.first() else { return Ok(unreached(view, pod)) };
    let name = account.name();
    let what = format!("the workload runs as {name}, which stands for a role of {cloud}");
    let command =
        format!("kubectl annotate serviceaccount {name} --namespace {} {key}-", pod.namespace);
    reached(view, pod, way, place(pod.spec, &["serviceAccountName"]), &what)
        .because("this is the role", account, Place::Node(node))
        .step(
            format!("Give the workload an account without a role, or take the role from {name}"),
            &[&command],
        )
        .into()
}

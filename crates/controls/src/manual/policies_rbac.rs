//! Who may do what: RBAC and service accounts.

use super::manual;
use crate::control::{Control, Documentation};
use crate::row::vector;

pub(crate) const CONTROLS: &[Control] = &[
    manual(
        "cluster-admin-overused",
        "cluster-admin is bound to more subjects than need it",
        vector("AV:N/AC:L/Au:S/C:C/I:C/A:C"),
        Documentation {
            finds: "Every binding of the ClusterRole `cluster-admin`, with its subjects.",
            matters: "\
Each of these subjects is the whole cluster: every secret, every node, every workload.",
            options: "\
**Bind narrower roles** (`admin`, `edit`, `view` in a namespace). **Break-glass**: keep one sealed \
holder and alert on its use.",
            acceptable: "\
For the platform's own administrators and for installers that cannot work with less, each named \
with a reason.",
        },
        &[
            "\
List who holds it, and ask of each what it does with it.
$ kubectl get clusterrolebindings -o \
custom-columns=NAME:.metadata.name,ROLE:.roleRef.name,KIND:.subjects[*].kind,SUBJECT:.subjects[*].name
$ kubectl get rolebindings -A -o \
custom-columns=NS:.metadata.namespace,NAME:.metadata.name,ROLE:.roleRef.name,SUBJECT:.subjects[*].name",
        ],
    ),
    manual(
        "role-wildcards",
        "roles grant verbs, resources or API groups by wildcard",
        vector("AV:N/AC:M/Au:S/C:C/I:C/A:C"),
        Documentation {
            finds: "Rules of Roles and ClusterRoles with `*` among verbs, resources or API groups.",
            matters: "\
A wildcard grants what does not exist yet: resources of operators installed later, and verbs such \
as `escalate` and `impersonate`.",
            options: "\
**List what is needed**; audit logs tell what was used. The list has to be kept up to date.",
            acceptable: "\
For `cluster-admin` and other built-in roles, and for garbage collectors that must see every kind.",
        },
        &[
            "\
List roles with wildcards; leave out those labelled `kubernetes.io/bootstrapping=rbac-defaults`.
$ kubectl get clusterroles,roles -A -l 'kubernetes.io/bootstrapping!=rbac-defaults' -o json | jq \
-r '.items[] | select(any(.rules[]?; (.verbs + (.resources // []) + (.apiGroups // [])) | \
index(\"*\"))) | \"\\(.kind) \\(.metadata.namespace // \"-\") \\(.metadata.name)\"'",
            "For each, see who is bound to it and what they really use.",
        ],
    ),
    manual(
        "system-masters-used",
        "credentials in the group system:masters are in use",
        vector("AV:N/AC:M/Au:S/C:C/I:C/A:C"),
        Documentation {
            finds: "Client certificates and tokens whose groups include `system:masters`.",
            matters: "\
The API server lets this group through before RBAC is asked: no binding can be removed to stop \
such a credential, only the whole CA can be replaced.",
            options: "\
**Bind a group of your own to `cluster-admin`**; kubeadm does so since 1.29 with \
`kubeadm:cluster-admins`.",
            acceptable: "For one break-glass credential that is kept off the nodes.",
        },
        &[
            "\
Look at the group (O) of client certificates in kubeconfigs, on nodes and with people.
$ kubectl config view --minify --raw -o jsonpath='{.users[0].user.client-certificate-data}' | \
base64 -d | openssl x509 -noout -subject -enddate",
            "Search the audit log for requests whose `user.groups` contain `system:masters`.",
        ],
    ),
    manual(
        "anonymous-user-bound",
        "a role is bound to the user system:anonymous",
        vector("AV:N/AC:M/Au:N/C:C/I:C/A:C"),
        Documentation {
            finds: "RoleBindings and ClusterRoleBindings with the subject `system:anonymous`.",
            matters: "\
Everybody who reaches the API server has these rights, without any credential.",
            options: "**Delete the binding**; give the caller an identity.",
            acceptable: "\
For `kubeadm:bootstrap-signer-clusterinfo` in `kube-public`, which joining nodes read. Health \
paths and the version are open anyway by the built-in role `system:public-info-viewer`.",
        },
        &[
            "\
List such bindings; expected is at most the one of kubeadm.
$ kubectl get clusterrolebindings,rolebindings -A -o json | jq -r '.items[] | \
select(any(.subjects[]?; .name == \"system:anonymous\")) | \"\\(.kind) \\(.metadata.namespace // \
\"-\") \\(.metadata.name) -> \\(.roleRef.name)\"'",
        ],
    ),
    manual(
        "unauthenticated-group-bound",
        "a role beyond the built-in one is bound to system:unauthenticated",
        vector("AV:N/AC:M/Au:N/C:C/I:C/A:C"),
        Documentation {
            finds: "\
Bindings of the group `system:unauthenticated` other than `system:public-info-viewer`.",
            matters: "\
Callers without credentials get these rights, also when the anonymous user is called something \
else.",
            options: "**Delete the binding**; give the caller an identity.",
            acceptable: "\
Hardly ever; public discovery documents for token issuers are one case \
(`system:service-account-issuer-discovery`).",
        },
        &[
            "\
List such bindings.
$ kubectl get clusterrolebindings,rolebindings -A -o json | jq -r '.items[] | \
select(any(.subjects[]?; .name == \"system:unauthenticated\")) | \"\\(.kind) \
\\(.metadata.namespace // \"-\") \\(.metadata.name) -> \\(.roleRef.name)\"'",
        ],
    ),
    manual(
        "authenticated-group-bound",
        "a role beyond the built-in ones is bound to system:authenticated",
        vector("AV:N/AC:M/Au:S/C:C/I:C/A:C"),
        Documentation {
            finds: "\
Bindings of the group `system:authenticated` other than the discovery and self-review roles.",
            matters: "\
The group contains every service account; on some clouds every account of the provider, customers \
of others included.",
            options: "**Bind a group that your identity provider fills.**",
            acceptable: "For harmless reads such as custom discovery.",
        },
        &[
            "\
List such bindings; expected are `system:basic-user`, `system:discovery` and \
`system:public-info-viewer`.
$ kubectl get clusterrolebindings,rolebindings -A -o json | jq -r '.items[] | \
select(any(.subjects[]?; .name == \"system:authenticated\")) | \"\\(.kind) \\(.metadata.namespace \
// \"-\") \\(.metadata.name) -> \\(.roleRef.name)\"'",
        ],
    ),
];

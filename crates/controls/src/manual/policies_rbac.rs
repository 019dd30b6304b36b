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
        "secrets-readable-widely",
        "secrets can be read by more subjects than need them",
        vector("AV:N/AC:L/Au:S/C:C/I:P/A:P"),
        Documentation {
            finds: "\
Roles that allow `get`, `list` or `watch` on `secrets`, and who is bound to them. `list` shows \
contents as well.",
            matters: "\
Secrets hold tokens and passwords; reading those of a privileged namespace is taking over its \
accounts.",
            options: "\
**Name the secrets** in `resourceNames` with `get` only. **Mount** them in the pods that need them \
instead of granting the API.",
            acceptable: "\
For controllers whose work is secrets: certificate managers, external secret operators, ingress \
controllers.",
        },
        &[
            "\
Find the roles, then follow their bindings.
$ kubectl get clusterroles,roles -A -o json | jq -r '.items[] | select(any(.rules[]?; \
any(.resources[]?; . == \"secrets\" or . == \"*\") and any(.verbs[]?; . == \"get\" or . == \
\"list\" or . == \"watch\" or . == \"*\"))) | \"\\(.kind) \\(.metadata.namespace // \"-\") \
\\(.metadata.name)\"'",
            "\
Try the widest groups; both answers have to be no.
$ kubectl auth can-i list secrets -A --as=nobody --as-group=system:authenticated
$ kubectl auth can-i list secrets -A --as=system:anonymous --as-group=system:unauthenticated",
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
        "pod-creation-granted-widely",
        "more subjects can create pods than need to",
        vector("AV:N/AC:M/Au:S/C:C/I:C/A:C"),
        Documentation {
            finds: "\
Roles with `create` on pods or on objects that become pods (deployments, jobs, daemonsets), and \
their subjects.",
            matters: "\
Whoever creates a pod picks its service account and mounts any secret of the namespace; without \
pod admission rules also the node's file system.",
            options: "\
**Let pipelines create workloads** rather than people. **Enforce Pod Security Standards** so that \
creating a pod does not reach the node.",
            acceptable: "\
For namespaces of one team whose secrets and accounts that team owns anyway.",
        },
        &[
            "\
Ask for the widest groups, then list the roles.
$ kubectl auth can-i create pods -A --as=nobody --as-group=system:authenticated
$ kubectl get clusterroles,roles -A -o json | jq -r '.items[] | select(any(.rules[]?; \
any(.resources[]?; . == \"pods\" or . == \"deployments\" or . == \"jobs\" or . == \"daemonsets\" \
or . == \"*\") and any(.verbs[]?; . == \"create\" or . == \"*\"))) | \"\\(.kind) \
\\(.metadata.namespace // \"-\") \\(.metadata.name)\"'",
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
        "role-escalation-verbs",
        "roles grant bind, escalate or impersonate",
        vector("AV:N/AC:M/Au:S/C:C/I:C/A:C"),
        Documentation {
            finds: "\
Roles with the verbs `bind` and `escalate` on roles and bindings, or `impersonate` on users, \
groups and service accounts.",
            matters: "\
Each is a way to any right: `bind` and `escalate` switch off RBAC's guard against giving more than \
one has, `impersonate` becomes another user.",
            options: "\
**Limit with `resourceNames`** to the roles or users that are meant, or let a pipeline manage \
RBAC.",
            acceptable: "\
For controllers that aggregate roles, and for support staff who impersonate a few named groups \
under audit.",
        },
        &[
            "\
List the roles, then their subjects.
$ kubectl get clusterroles,roles -A -o json | jq -r '.items[] | select(any(.rules[]?; \
any(.verbs[]?; . == \"bind\" or . == \"escalate\" or . == \"impersonate\"))) | \"\\(.kind) \
\\(.metadata.namespace // \"-\") \\(.metadata.name)\"'
$ kubectl auth can-i impersonate users --as=nobody --as-group=system:authenticated",
        ],
    ),
    manual(
        "persistent-volume-creation-granted",
        "subjects that are no provisioners can create persistent volumes",
        vector("AV:N/AC:M/Au:S/C:C/I:C/A:C"),
        Documentation {
            finds: "Roles with `create` on `persistentvolumes`, and their subjects.",
            matters: "\
A persistent volume may be a hostPath, so creating one and claiming it is reading and writing a \
node's disk past Pod Security.",
            options: "**Grant claims only** and let storage classes provision.",
            acceptable: "For storage provisioners, and for operators of static storage.",
        },
        &[
            "\
List the roles that allow it, then their subjects.
$ kubectl get clusterroles -o json | jq -r '.items[] | select(any(.rules[]?; any(.resources[]?; . \
== \"persistentvolumes\" or . == \"*\") and any(.verbs[]?; . == \"create\" or . == \"*\"))) | \
.metadata.name'
$ kubectl auth can-i create persistentvolumes --as=nobody --as-group=system:authenticated",
        ],
    ),
    manual(
        "node-proxy-granted",
        "subjects can reach kubelets through the API server",
        vector("AV:N/AC:M/Au:S/C:C/I:C/A:C"),
        Documentation {
            finds: "Roles with access to `nodes/proxy`, and their subjects.",
            matters: "\
The path leads to the kubelet's own API: run commands in every pod of the node, past admission. \
Who asks the kubelet directly, with the same right, also leaves no trace in the audit log.",
            options: "\
**Grant `nodes/metrics`, `nodes/stats` or `nodes/log`** where only these are read.",
            acceptable: "For a few administrators who debug nodes; monitoring does not need it.",
        },
        &[
            "\
List the roles that allow it, then their subjects.
$ kubectl get clusterroles -o json | jq -r '.items[] | select(any(.rules[]?; any(.resources[]?; . \
== \"nodes/proxy\" or . == \"nodes/*\" or . == \"*\"))) | .metadata.name'
$ kubectl auth can-i get nodes/proxy --as=nobody --as-group=system:authenticated",
        ],
    ),
    manual(
        "certificate-approval-granted",
        "subjects can approve certificate signing requests",
        vector("AV:N/AC:M/Au:M/C:C/I:C/A:C"),
        Documentation {
            finds: "\
Roles with `update` on `certificatesigningrequests/approval` together with `approve` on signers.",
            matters: "\
Whoever can request and approve issues client certificates for any user name and group that the \
signer accepts.",
            options: "\
**Limit the signers** with `resourceNames`; let a controller with rules of its own approve kubelet \
requests.",
            acceptable: "For approvers that verify the requester, such as cloud node managers.",
        },
        &[
            "\
List the roles, then their subjects.
$ kubectl get clusterroles -o json | jq -r '.items[] | select(any(.rules[]?; any(.resources[]?; . \
== \"certificatesigningrequests/approval\" or . == \"signers\" or . == \"*\"))) | .metadata.name'
$ kubectl auth can-i update certificatesigningrequests/approval --as=nobody \
--as-group=system:authenticated",
        ],
    ),
    manual(
        "webhook-configuration-granted",
        "subjects can change admission webhooks",
        vector("AV:N/AC:M/Au:M/C:C/I:C/A:C"),
        Documentation {
            finds: "Roles with write access to mutating and validating webhook configurations.",
            matters: "\
A webhook sees every object it asks for, secrets included, and a mutating one rewrites them; \
deleting one removes a guard.",
            options: "**Leave it to the installers** of policy engines; alert on changes.",
            acceptable: "For controllers that own their webhook, limited by `resourceNames`.",
        },
        &[
            "\
List the roles, then their subjects.
$ kubectl get clusterroles -o json | jq -r '.items[] | select(any(.rules[]?; any(.resources[]?; . \
== \"mutatingwebhookconfigurations\" or . == \"validatingwebhookconfigurations\" or . == \"*\") \
and any(.verbs[]?; . == \"create\" or . == \"update\" or . == \"patch\" or . == \"delete\" or . == \
\"*\"))) | .metadata.name'",
        ],
    ),
    manual(
        "token-creation-granted",
        "subjects can create tokens of service accounts",
        vector("AV:N/AC:M/Au:S/C:C/I:C/A:P"),
        Documentation {
            finds: "Roles with `create` on `serviceaccounts/token`, and their subjects.",
            matters: "\
A token of any account in reach is the same as having that account's rights, with a life the \
requester chooses.",
            options: "**Limit to named accounts** with `resourceNames`.",
            acceptable: "\
For kubelets (the node authorizer limits them), secret stores and pipelines with one account.",
        },
        &[
            "\
List the roles, then their subjects.
$ kubectl get clusterroles,roles -A -o json | jq -r '.items[] | select(any(.rules[]?; \
any(.resources[]?; . == \"serviceaccounts/token\" or . == \"serviceaccounts/*\" or . == \"*\") and \
any(.verbs[]?; . == \"create\" or . == \"*\"))) | \"\\(.kind) \\(.metadata.namespace // \"-\") \
\\(.metadata.name)\"'",
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

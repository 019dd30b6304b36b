//! Rights over what runs: secrets, pods, the shells in them, tokens.

use merlon_model::Severity;

use super::grant::{BINDINGS, Power, ROLES, Reach, Right, judge};
use crate::control::{Applies, Check, Control, Documentation};
use crate::row::{error, fail, not_applicable, pass, vector};

const CORE: &[&str] = &[""];
const READ: &[&str] = &["get", "list", "watch"];
const CHANGE: &[&str] = &["update", "patch"];
const DELETE: &[&str] = &["delete", "deletecollection"];

const SECRETS: Power = Power {
    can: "read secrets",
    rights: &[Right::to(READ, CORE, &["secrets"])],
    place: Reach::Anywhere,
    within: Severity::Medium,
};

const PODS: Power = Power {
    can: "create pods",
    rights: &[
        Right::to(&["create"], CORE, &["pods", "replicationcontrollers"]),
        Right::to(
            &["create"],
            &["apps", "extensions"],
            &["deployments", "daemonsets", "statefulsets", "replicasets"],
        ),
        Right::to(&["create"], &["batch"], &["jobs", "cronjobs"]),
    ],
    place: Reach::Anywhere,
    within: Severity::Medium,
};

const WORKLOADS: Power = Power {
    can: "change what workloads run",
    rights: &[
        Right::to(CHANGE, CORE, &["replicationcontrollers"]),
        Right::to(
            CHANGE,
            &["apps", "extensions"],
            &["deployments", "daemonsets", "statefulsets", "replicasets"],
        ),
        Right::to(CHANGE, &["batch"], &["cronjobs"]),
    ],
    place: Reach::Anywhere,
    within: Severity::Low,
};

const SHELLS: Power = Power {
    can: "run commands in pods",
    rights: &[
        // Over a WebSocket the request is a GET.
        Right::to(&["create", "get"], CORE, &["pods/exec", "pods/attach"]),
        Right::to(CHANGE, CORE, &["pods/ephemeralcontainers"]),
    ],
    place: Reach::Anywhere,
    within: Severity::Medium,
};

const PORTS: Power = Power {
    can: "forward ports of pods",
    rights: &[Right::to(&["create", "get"], CORE, &["pods/portforward"])],
    place: Reach::Anywhere,
    within: Severity::Low,
};

const TOKENS: Power = Power {
    can: "create tokens of service accounts",
    rights: &[Right::to(&["create"], CORE, &["serviceaccounts/token"])],
    place: Reach::Anywhere,
    within: Severity::Medium,
};

const DESTRUCTION: Power = Power {
    can: "delete workloads and their data",
    rights: &[
        Right::to(DELETE, CORE, &["namespaces", "persistentvolumes", "persistentvolumeclaims"]),
        Right::to(DELETE, &["apps", "extensions"], &["deployments", "statefulsets", "daemonsets"]),
        Right::to(&["deletecollection"], CORE, &["pods", "secrets", "configmaps", "services"]),
    ],
    place: Reach::Anywhere,
    within: Severity::Low,
};

const TRACES: Power = Power {
    can: "delete events",
    rights: &[
        Right::to(DELETE, &["", "events.k8s.io"], &["events"]),
        Right::to(DELETE, CORE, &["pods/log"]),
    ],
    place: Reach::Anywhere,
    within: Severity::Low,
};

pub(crate) const CONTROLS: &[Control] = &[
    Control {
        id: "secrets-readable-widely",
        title: "a role lets its holders read secrets",
        vector: vector("AV:N/AC:L/Au:S/C:C/I:P/A:P"),
        applies: Applies::Objects,
        check: Check::Object {
            kinds: ROLES,
            reads: BINDINGS,
            judge: |view, object| judge(view, object, &SECRETS),
        },
        documentation: Documentation {
            finds: "\
Roles that allow `get`, `list` or `watch` on `secrets` without `resourceNames`, with everybody who \
is bound to them. `list` and `watch` show contents as well. Held in single namespaces it is at most \
medium, bound to nobody at most low (medium among manifests). Rules for every verb on everything \
are left to `role-wildcards`, what Kubernetes ships is left alone.",
            matters: "\
Secrets hold tokens and passwords; reading those of a privileged namespace is taking over its \
accounts.",
            options: "\
- **Name the secrets** in `resourceNames` with `get` only.
- **Mount them** in the pods that need them, and take the right away: the edit offered.",
            acceptable: "\
For controllers whose work is secrets: certificate managers, external secret operators, ingress \
controllers.",
        },
        examples: &[
            fail(role!("{verbs: [get], apiGroups: [''], resources: [secrets]}")),
            fail(bound!("{verbs: [get, list], apiGroups: [''], resources: [secrets, configmaps]}")),
            fail(bound!("{verbs: ['*'], apiGroups: [''], resources: [secrets, pods]}")),
            fail(bound!("{verbs: [get, create], apiGroups: [''], resources: [secrets]}")),
            // Reading everything is reading secrets.
            fail(bound!("{verbs: [list], apiGroups: ['*'], resources: ['*']}")),
            pass(bound!(
                "{verbs: [get], apiGroups: [''], resources: [secrets], resourceNames: [a]}"
            )),
            pass(bound!("{verbs: [create], apiGroups: [''], resources: [secrets]}")),
            // Another group's resource of that name, and a wildcard that RBAC does not know.
            pass(bound!("{verbs: [get], apiGroups: [x.io], resources: [secrets]}")),
            pass(bound!("{verbs: [get], apiGroups: [''], resources: [secrets/*]}")),
            not_applicable(
                "\
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: 'system:node', labels: {kubernetes.io/bootstrapping: rbac-defaults}}
rules: [{verbs: [get], apiGroups: [''], resources: [secrets]}]",
            ),
            error(role!("{verbs: get, apiGroups: [''], resources: [secrets]}")),
        ],
    },
    Control {
        id: "pod-creation-granted-widely",
        title: "a role lets its holders create pods",
        vector: vector("AV:N/AC:M/Au:S/C:C/I:C/A:C"),
        applies: Applies::Objects,
        check: Check::Object {
            kinds: ROLES,
            reads: BINDINGS,
            judge: |view, object| judge(view, object, &PODS),
        },
        documentation: Documentation {
            finds: "\
Roles with `create` on pods or on objects that become pods (deployments, daemonsets, stateful \
sets, jobs), with everybody who is bound to them.",
            matters: "\
Whoever creates a pod picks its service account and mounts any secret of the namespace; without \
pod admission rules also the node's file system.",
            options: "\
- **Let pipelines create workloads** rather than people; the edit takes the verb away.
- **Enforce Pod Security Standards**, so that creating a pod does not reach the node.",
            acceptable: "\
For namespaces of one team whose secrets and accounts that team owns anyway; for operators.",
        },
        examples: &[
            fail(role!("{verbs: [create], apiGroups: [''], resources: [pods]}")),
            fail(bound!("{verbs: [get, create], apiGroups: [apps], resources: [deployments, x]}")),
            fail(bound!("{verbs: ['*'], apiGroups: [batch], resources: [jobs]}")),
            pass(bound!("{verbs: [get], apiGroups: [''], resources: [pods]}")),
            // A subresource is not the pod.
            pass(bound!("{verbs: [create], apiGroups: [''], resources: [pods/eviction]}")),
        ],
    },
    Control {
        id: "workload-change-granted",
        title: "a role lets its holders change what workloads run",
        vector: vector("AV:N/AC:M/Au:S/C:P/I:C/A:C"),
        applies: Applies::Objects,
        check: Check::Object {
            kinds: ROLES,
            reads: BINDINGS,
            judge: |view, object| judge(view, object, &WORKLOADS),
        },
        documentation: Documentation {
            finds: "\
Roles with `update` or `patch` on deployments, daemon sets, stateful sets, replica sets or cron \
jobs, with everybody who is bound to them.",
            matters: "\
Changing a pod template is running an image of one's choice with the workload's service account, \
secrets and place on the nodes.",
            options: "\
- **Grant `deployments/scale`** where only the number of replicas changes.
- **Deploy through a pipeline** and leave people the reading: the edit offered.",
            acceptable: "For deployment pipelines and operators, in the namespaces they look after.",
        },
        examples: &[
            fail(bound!("{verbs: [patch], apiGroups: [apps], resources: [deployments]}")),
            fail(bound!("{verbs: [get, patch], apiGroups: [apps], resources: [daemonsets, x]}")),
            pass(bound!("{verbs: [patch], apiGroups: [apps], resources: [deployments/scale]}")),
            pass(bound!("{verbs: [get], apiGroups: [apps], resources: [deployments]}")),
        ],
    },
    Control {
        id: "pod-exec-granted",
        title: "a role lets its holders run commands in pods",
        vector: vector("AV:N/AC:L/Au:S/C:C/I:C/A:P"),
        applies: Applies::Objects,
        check: Check::Object {
            kinds: ROLES,
            reads: BINDINGS,
            judge: |view, object| judge(view, object, &SHELLS),
        },
        documentation: Documentation {
            finds: "\
Roles with `create` or `get` on `pods/exec` or `pods/attach` (over a WebSocket `get` was enough for \
long), or that change `pods/ephemeralcontainers`, with everybody who is bound to them.",
            matters: "\
A shell in a pod has the pod's secrets, tokens and network; in a privileged pod it has the node.",
            options: "\
- **Take it away** and debug with logs and metrics: the edit offered.
- **Grant it for a while**, in one namespace, with an alert on `pods/exec` in the audit log.",
            acceptable: "For those who operate the workloads of that namespace; for backup tools \
that run hooks.",
        },
        examples: &[
            fail(role!("{verbs: [create], apiGroups: [''], resources: [pods/exec]}")),
            fail(bound!("{verbs: [get, create], apiGroups: [''], resources: [pods, pods/attach]}")),
            fail(bound!("{verbs: [create], apiGroups: [''], resources: ['*/exec']}")),
            fail(bound!(
                "{verbs: [patch], apiGroups: [''], resources: [pods/ephemeralcontainers]}"
            )),
            pass(bound!("{verbs: [create], apiGroups: [''], resources: [pods]}")),
            // Looks like a wildcard and is none.
            pass(bound!("{verbs: [create], apiGroups: [''], resources: [pods/*]}")),
        ],
    },
    Control {
        id: "pod-port-forward-granted",
        title: "a role lets its holders forward ports of pods",
        vector: vector("AV:N/AC:M/Au:S/C:P/I:P/A:N"),
        applies: Applies::Objects,
        check: Check::Object {
            kinds: ROLES,
            reads: BINDINGS,
            judge: |view, object| judge(view, object, &PORTS),
        },
        documentation: Documentation {
            finds: "Roles with `create` or `get` on `pods/portforward`, with everybody who is bound.",
            matters: "\
A forwarded port enters the pod's network from the node: network policies do not see it, and what \
listens on the loopback address only is reached as well.",
            options: "\
- **Take it away**: the edit offered.
- **Grant it in single namespaces** to those who debug there.",
            acceptable: "For developers in the namespaces of their own applications.",
        },
        examples: &[
            fail(bound!("{verbs: [create], apiGroups: [''], resources: [pods/portforward]}")),
            fail(bound!("{verbs: [get], apiGroups: [''], resources: [pods, pods/portforward]}")),
            pass(bound!("{verbs: [get], apiGroups: [''], resources: [pods, pods/log]}")),
        ],
    },
    Control {
        id: "token-creation-granted",
        title: "a role lets its holders create tokens of service accounts",
        vector: vector("AV:N/AC:M/Au:S/C:C/I:C/A:P"),
        applies: Applies::Objects,
        check: Check::Object {
            kinds: ROLES,
            reads: BINDINGS,
            judge: |view, object| judge(view, object, &TOKENS),
        },
        documentation: Documentation {
            finds: "\
Roles with `create` on `serviceaccounts/token` without `resourceNames`, with everybody who is \
bound to them.",
            matters: "\
A token of any account in reach is the same as having that account's rights, with a life the \
requester chooses.",
            options: "\
- **Limit to named accounts** with `resourceNames`.
- **Take it away**: the edit offered.",
            acceptable: "\
For kubelets (the node authorizer limits them), secret stores and pipelines with one account.",
        },
        examples: &[
            fail(bound!("{verbs: [create], apiGroups: [''], resources: [serviceaccounts/token]}")),
            fail(bound!("{verbs: [create], apiGroups: [''], resources: ['*/token']}")),
            pass(bound!(
                "{verbs: [create], apiGroups: [''], resources: [serviceaccounts/token], resourceNames: [a]}"
            )),
            pass(bound!("{verbs: [create], apiGroups: [''], resources: [serviceaccounts]}")),
        ],
    },
    Control {
        id: "resource-deletion-granted",
        title: "a role lets its holders delete workloads and their data",
        vector: vector("AV:N/AC:M/Au:S/C:N/I:C/A:C"),
        applies: Applies::Objects,
        check: Check::Object {
            kinds: ROLES,
            reads: BINDINGS,
            judge: |view, object| judge(view, object, &DESTRUCTION),
        },
        documentation: Documentation {
            finds: "\
Roles that delete namespaces, volumes, claims or workloads, or whole collections of pods, secrets, \
config maps or services, with everybody who is bound to them. Deleting single pods is no matter: \
their workloads make new ones.",
            matters: "\
One request destroys a namespace with everything in it, or the data of a volume whose class \
reclaims it; ransom starts so.",
            options: "\
- **Keep deletion with pipelines** and administrators: the edit takes the verbs away.
- **Grant `delete` without `deletecollection`**, so that nothing goes in one request.",
            acceptable: "For deployment tools, operators and the owners of a namespace.",
        },
        examples: &[
            fail(bound!("{verbs: [get, delete], apiGroups: [''], resources: [namespaces]}")),
            fail(bound!("{verbs: [deletecollection], apiGroups: [''], resources: [pods]}")),
            pass(bound!("{verbs: [get, delete], apiGroups: [''], resources: [pods]}")),
        ],
    },
    Control {
        id: "event-deletion-granted",
        title: "a role lets its holders delete events or logs",
        vector: vector("AV:N/AC:M/Au:S/C:N/I:P/A:N"),
        applies: Applies::Objects,
        check: Check::Object {
            kinds: ROLES,
            reads: BINDINGS,
            judge: |view, object| judge(view, object, &TRACES),
        },
        documentation: Documentation {
            finds: "\
Roles with `delete` or `deletecollection` on `events`, of both groups, or on `pods/log`, with \
everybody who is bound to them.",
            matters: "\
Events tell what was started, pulled and refused; an intruder who deletes them is found later. \
The API has no deletion of `pods/log` today, but who grants it means it.",
            options: "\
- **Take it away**: the edit offered. Events expire by themselves after an hour.
- **Ship events and audit logs** out of the cluster, where the role does not reach.",
            acceptable: "For tools that prune events of their own.",
        },
        examples: &[
            fail(bound!(
                "{verbs: [list, delete], apiGroups: [events.k8s.io], resources: [events]}"
            )),
            fail(bound!("{verbs: [deletecollection], apiGroups: [''], resources: [events, pods]}")),
            fail(bound!("{verbs: [delete], apiGroups: [''], resources: [pods/log]}")),
            pass(bound!("{verbs: [create, patch], apiGroups: [''], resources: [events]}")),
            not_applicable("kind: Pod\napiVersion: v1\nmetadata: {name: a}"),
        ],
    },
];

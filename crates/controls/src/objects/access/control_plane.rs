//! Rights over the cluster itself: roles, nodes, certificates, admission, the network.

use merlon_model::{Kind, Severity};

use super::grant::{BINDINGS, Power, ROLES, Reach, Right, judge};
use crate::control::{Applies, Check, Control, Documentation};
use crate::row::{fail, not_applicable, pass, vector};

const CORE: &[&str] = &[""];
const RBAC: &[&str] = &["rbac.authorization.k8s.io"];
const WRITE: &[&str] = &["create", "update", "patch"];
const CHANGE: &[&str] = &["update", "patch"];
const ALTER: &[&str] = &["create", "update", "patch", "delete", "deletecollection"];
/// Rights over what has no namespace: only cluster roles can grant them.
const CLUSTER_ROLES: &[Kind] = &[Kind::ClusterRole];

const ESCALATION: Power = Power {
    can: "give itself further rights by bind, escalate or impersonate",
    rights: &[
        Right::to(&["bind", "escalate"], RBAC, &["roles", "clusterroles"])
            .named(&["cluster-admin", "admin"]),
        Right::to(&["impersonate"], CORE, &["users", "groups", "serviceaccounts"]).named(&[
            "system:masters",
            "system:admin",
            "kubernetes-admin",
        ]),
        Right::to(&["impersonate"], &["authentication.k8s.io"], &["uids", "userextras"]),
    ],
    place: Reach::Anywhere,
    within: Severity::Medium,
};

const GRANTING: Power = Power {
    can: "change roles and bindings",
    rights: &[Right::to(
        WRITE,
        RBAC,
        &["roles", "clusterroles", "rolebindings", "clusterrolebindings"],
    )],
    place: Reach::Anywhere,
    within: Severity::Medium,
};

const VOLUMES: Power = Power {
    can: "create persistent volumes",
    rights: &[Right::to(&["create"], CORE, &["persistentvolumes"])],
    place: Reach::Cluster,
    within: Severity::Critical,
};

const KUBELETS: Power = Power {
    can: "reach kubelets through nodes/proxy",
    rights: &[Right::to(&["get", "create", "update", "patch", "delete"], CORE, &["nodes/proxy"])],
    place: Reach::Cluster,
    within: Severity::Critical,
};

const CERTIFICATES: Power = Power {
    can: "approve certificate signing requests",
    rights: &[Right::to(
        CHANGE,
        &["certificates.k8s.io"],
        &["certificatesigningrequests/approval"],
    )],
    place: Reach::Cluster,
    within: Severity::Critical,
};

const WEBHOOKS: Power = Power {
    can: "change admission webhooks",
    rights: &[Right::to(
        ALTER,
        &["admissionregistration.k8s.io"],
        &["mutatingwebhookconfigurations", "validatingwebhookconfigurations"],
    )],
    place: Reach::Cluster,
    within: Severity::Critical,
};

const CONFIG_MAPS: Power = Power {
    can: "change config maps that CoreDNS or the cluster's authentication believe",
    rights: &[Right::to(CHANGE, CORE, &["configmaps"]).named(&[
        "coredns",
        "coredns-custom",
        "aws-auth",
        "extension-apiserver-authentication",
        "kubeadm-config",
        "kubelet-config",
    ])],
    place: Reach::Namespace("kube-system"),
    within: Severity::High,
};

const NETWORK: Power = Power {
    can: "change where traffic may go",
    rights: &[
        Right::to(ALTER, &["networking.k8s.io", "extensions"], &["networkpolicies", "ingresses"]),
        Right::to(WRITE, CORE, &["services", "endpoints"]),
        Right::to(WRITE, &["discovery.k8s.io"], &["endpointslices"]),
        Right::to(WRITE, &["gateway.networking.k8s.io"], &["gateways", "httproutes", "grpcroutes"]),
    ],
    place: Reach::Anywhere,
    within: Severity::Low,
};

const ADDRESSES: Power = Power {
    can: "set the addresses of services",
    rights: &[Right::to(CHANGE, CORE, &["services/status"])],
    place: Reach::Anywhere,
    within: Severity::Medium,
};

pub(crate) const CONTROLS: &[Control] = &[
    Control {
        id: "role-escalation-verbs",
        title: "a role grants bind, escalate or impersonate",
        vector: vector("AV:N/AC:M/Au:S/C:C/I:C/A:C"),
        applies: Applies::Objects,
        check: Check::Object {
            kinds: ROLES,
            reads: BINDINGS,
            judge: |view, object| judge(view, object, &ESCALATION),
        },
        documentation: Documentation {
            finds: "\
Roles with the verbs `bind` and `escalate` on roles, or `impersonate` on users, groups, service \
accounts, UIDs and extra fields, for all of them or for those that have all rights, with everybody \
who is bound to them.",
            matters: "\
Each is a way to any right: `bind` and `escalate` switch off RBAC's guard against giving more than \
one has, `impersonate` becomes another user.",
            options: "\
- **Limit with `resourceNames`** to the roles or users that are meant.
- **Let a pipeline manage RBAC**, and take the verbs away: the edit offered.",
            acceptable: "\
For controllers that aggregate roles, and for support staff who impersonate a few named groups \
under audit.",
        },
        examples: &[
            fail(role!("{verbs: [impersonate], apiGroups: [''], resources: [users, groups]}")),
            fail(bound!(
                "{verbs: [get, escalate], apiGroups: [rbac.authorization.k8s.io], resources: [roles]}"
            )),
            fail(bound!(
                "{verbs: [bind], apiGroups: [rbac.authorization.k8s.io], resources: [clusterroles], resourceNames: [cluster-admin]}"
            )),
            pass(bound!(
                "{verbs: [bind], apiGroups: [rbac.authorization.k8s.io], resources: [clusterroles], resourceNames: [view]}"
            )),
            pass(bound!(
                "{verbs: [impersonate], apiGroups: [''], resources: [groups], resourceNames: [support]}"
            )),
        ],
    },
    Control {
        id: "binding-change-granted",
        title: "a role lets its holders change roles and bindings",
        vector: vector("AV:N/AC:M/Au:S/C:P/I:C/A:P"),
        applies: Applies::Objects,
        check: Check::Object {
            kinds: ROLES,
            reads: BINDINGS,
            judge: |view, object| judge(view, object, &GRANTING),
        },
        documentation: Documentation {
            finds: "\
Roles that create or change roles and bindings without `resourceNames`, with everybody who is \
bound to them.",
            matters: "\
Without `bind` and `escalate` the holder can only pass on what it has, to anybody and for good: an \
intruder keeps a way back that outlives the account it came by.",
            options: "\
- **Let a pipeline manage RBAC** from reviewed files, and take the verbs away: the edit offered.
- **Grant it in single namespaces**, as the role `admin` does.",
            acceptable: "For tools that manage tenants and for operators that install RBAC.",
        },
        examples: &[
            fail(bound!(
                "{verbs: [get, create], apiGroups: [rbac.authorization.k8s.io], resources: [rolebindings]}"
            )),
            pass(bound!(
                "{verbs: [get, list], apiGroups: [rbac.authorization.k8s.io], resources: ['*']}"
            )),
        ],
    },
    Control {
        id: "persistent-volume-creation-granted",
        title: "a role lets its holders create persistent volumes",
        vector: vector("AV:N/AC:M/Au:S/C:C/I:C/A:C"),
        applies: Applies::Objects,
        check: Check::Object {
            kinds: CLUSTER_ROLES,
            reads: BINDINGS,
            judge: |view, object| judge(view, object, &VOLUMES),
        },
        documentation: Documentation {
            finds: "\
Cluster roles with `create` on `persistentvolumes`, with everybody who is bound to them in the \
whole cluster: in a namespace the right is void.",
            matters: "\
A persistent volume may be a hostPath, so creating one and claiming it is reading and writing a \
node's disk past Pod Security.",
            options: "**Grant claims only** and let storage classes provision: the edit offered.",
            acceptable: "For storage provisioners, and for operators of static storage.",
        },
        examples: &[
            fail(bound!("{verbs: [get, create], apiGroups: [''], resources: [persistentvolumes]}")),
            pass(bound!("{verbs: [create], apiGroups: [''], resources: [persistentvolumeclaims]}")),
        ],
    },
    Control {
        id: "node-proxy-granted",
        title: "a role lets its holders reach kubelets through the API server",
        vector: vector("AV:N/AC:L/Au:S/C:C/I:C/A:C"),
        applies: Applies::Objects,
        check: Check::Object {
            kinds: CLUSTER_ROLES,
            reads: BINDINGS,
            judge: |view, object| judge(view, object, &KUBELETS),
        },
        documentation: Documentation {
            finds: "\
Cluster roles with any verb on `nodes/proxy`, with everybody who is bound to them in the whole \
cluster.",
            matters: "\
The path leads to the kubelet's own API: run commands in every pod of the node, past admission; \
`get` is enough over a WebSocket. Who asks the kubelet directly, with the same right, leaves no \
trace in the audit log.",
            options: "\
**Grant `nodes/metrics`, `nodes/stats` or `nodes/log`** where only these are read; the edit takes \
`nodes/proxy` away.",
            acceptable: "For a few administrators who debug nodes; monitoring does not need it.",
        },
        examples: &[
            fail(role!("{verbs: [get], apiGroups: [''], resources: [nodes, nodes/proxy]}")),
            fail(bound!("{verbs: [get], apiGroups: [''], resources: [nodes/proxy]}")),
            pass(bound!("{verbs: [get], apiGroups: [''], resources: [nodes, nodes/metrics]}")),
            // RBAC knows no such wildcard.
            pass(bound!("{verbs: [get], apiGroups: [''], resources: [nodes/*]}")),
        ],
    },
    Control {
        id: "certificate-approval-granted",
        title: "a role lets its holders approve certificate signing requests",
        vector: vector("AV:N/AC:M/Au:M/C:C/I:C/A:C"),
        applies: Applies::Objects,
        check: Check::Object {
            kinds: CLUSTER_ROLES,
            reads: BINDINGS,
            judge: |view, object| judge(view, object, &CERTIFICATES),
        },
        documentation: Documentation {
            finds: "\
Cluster roles with `update` or `patch` on `certificatesigningrequests/approval`, with everybody who \
is bound to them. To approve, the holder needs `approve` on the signer as well, from this role or \
another.",
            matters: "\
Whoever can request and approve issues client certificates for any user name and group that the \
signer accepts.",
            options: "\
- **Let a controller with rules of its own approve** kubelet requests.
- **Limit the signers** with `resourceNames` on `signers`.",
            acceptable: "For approvers that verify the requester, such as cloud node managers.",
        },
        examples: &[
            fail(bound!(
                "{verbs: [update], apiGroups: [certificates.k8s.io], resources: [certificatesigningrequests/approval]}"
            )),
            pass(bound!(
                "{verbs: [create, get], apiGroups: [certificates.k8s.io], resources: [certificatesigningrequests]}"
            )),
        ],
    },
    Control {
        id: "webhook-configuration-granted",
        title: "a role lets its holders change admission webhooks",
        vector: vector("AV:N/AC:M/Au:M/C:C/I:C/A:C"),
        applies: Applies::Objects,
        check: Check::Object {
            kinds: CLUSTER_ROLES,
            reads: BINDINGS,
            judge: |view, object| judge(view, object, &WEBHOOKS),
        },
        documentation: Documentation {
            finds: "\
Cluster roles with write access to mutating and validating webhook configurations without \
`resourceNames`, with everybody who is bound to them.",
            matters: "\
A webhook sees every object it asks for, secrets included, and a mutating one rewrites them; \
deleting one removes a guard.",
            options: "\
- **Leave it to the installers** of policy engines and alert on changes.
- **Limit to one's own webhook** with `resourceNames`.",
            acceptable: "For controllers that own their webhook, limited by `resourceNames`.",
        },
        examples: &[
            fail(bound!(
                "{verbs: [get, patch], apiGroups: [admissionregistration.k8s.io], resources: [mutatingwebhookconfigurations]}"
            )),
            pass(bound!(
                "{verbs: [patch], apiGroups: [admissionregistration.k8s.io], resources: [mutatingwebhookconfigurations], resourceNames: [own]}"
            )),
            pass(bound!(
                "{verbs: [get, list], apiGroups: [admissionregistration.k8s.io], resources: [mutatingwebhookconfigurations]}"
            )),
        ],
    },
    Control {
        id: "system-config-map-change-granted",
        title: "a role lets its holders change config maps of the cluster's own components",
        vector: vector("AV:N/AC:M/Au:S/C:C/I:C/A:P"),
        applies: Applies::Objects,
        check: Check::Object {
            kinds: ROLES,
            reads: BINDINGS,
            judge: |view, object| judge(view, object, &CONFIG_MAPS),
        },
        documentation: Documentation {
            finds: "\
Roles with `update` or `patch` on config maps that reach `kube-system`: on all, or by \
`resourceNames` on `coredns`, `aws-auth`, `extension-apiserver-authentication`, `kubeadm-config` or \
`kubelet-config`. Roles of other namespaces do not count.",
            matters: "\
`coredns` decides where every name leads, `aws-auth` which cloud identity is `system:masters`, \
`extension-apiserver-authentication` whom API extensions believe.",
            options: "\
- **Grant it in the namespaces of applications**, by role bindings.
- **Name the config maps** in `resourceNames`.",
            acceptable: "For the platform's own administrators and node managers.",
        },
        examples: &[
            fail(bound!("{verbs: [get, update], apiGroups: [''], resources: [configmaps]}")),
            fail(
                "\
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: r, namespace: kube-system}
rules: [{verbs: [patch], apiGroups: [''], resources: [configmaps], resourceNames: [aws-auth]}]",
            ),
            pass(bound!(
                "{verbs: [update], apiGroups: [''], resources: [configmaps], resourceNames: [own]}"
            )),
            not_applicable(
                "\
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: r, namespace: shop}
rules: [{verbs: [patch], apiGroups: [''], resources: [configmaps]}]",
            ),
        ],
    },
    Control {
        id: "network-change-granted",
        title: "a role lets its holders change where traffic may go",
        vector: vector("AV:N/AC:M/Au:S/C:P/I:C/A:P"),
        applies: Applies::Objects,
        check: Check::Object {
            kinds: ROLES,
            reads: BINDINGS,
            judge: |view, object| judge(view, object, &NETWORK),
        },
        documentation: Documentation {
            finds: "\
Roles that write network policies, ingresses, services, endpoints, endpoint slices, gateways or \
routes without `resourceNames`, with everybody who is bound to them.",
            matters: "\
A removed policy opens a namespace; a changed endpoint or route takes another's traffic, and what \
it carries.",
            options: "\
- **Leave policies to the platform** and services to each team, in its namespaces.
- **Take the verbs away**: the edit offered.",
            acceptable: "For ingress controllers, meshes and deployment pipelines.",
        },
        examples: &[
            fail(bound!(
                "{verbs: [get, delete], apiGroups: [networking.k8s.io], resources: [networkpolicies]}"
            )),
            fail(bound!("{verbs: [patch], apiGroups: [''], resources: [endpoints, pods]}")),
            pass(bound!("{verbs: [get, list], apiGroups: [''], resources: [services, endpoints]}")),
        ],
    },
    Control {
        id: "service-status-change-granted",
        title: "a role lets its holders set the addresses of services",
        vector: vector("AV:N/AC:M/Au:S/C:C/I:P/A:N"),
        applies: Applies::Objects,
        check: Check::Object {
            kinds: ROLES,
            reads: BINDINGS,
            judge: |view, object| judge(view, object, &ADDRESSES),
        },
        documentation: Documentation {
            finds: "\
Roles with `update` or `patch` on `services/status`, with everybody who is bound to them.",
            matters: "\
Whoever writes a load balancer's address into a service's status has every node send traffic for \
that address to the service (CVE-2020-8554): the metadata service of the cloud, or another's host.",
            options: "**Take it away**: the edit offered. Only load balancer controllers write it.",
            acceptable: "For load balancer controllers, such as MetalLB or a cloud's.",
        },
        examples: &[
            fail(bound!("{verbs: [patch], apiGroups: [''], resources: [services/status]}")),
            pass(bound!("{verbs: [patch], apiGroups: [''], resources: [services]}")),
        ],
    },
];

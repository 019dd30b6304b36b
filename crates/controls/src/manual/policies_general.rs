//! How a cluster is divided.

use super::manual;
use crate::control::{Control, Documentation};
use crate::row::vector;

pub(crate) const CONTROLS: &[Control] = &[
    manual(
        "namespaces-not-separating",
        "namespaces do not separate what should be apart",
        vector("AV:N/AC:H/Au:S/C:P/I:P/A:N"),
        Documentation {
            finds: "How teams, environments and tenants are spread over namespaces.",
            matters: "\
Roles, quotas, network policies and pod rules work by namespace; what shares one shares all of \
these.",
            options: "\
**One namespace per team and application**, created from a template with policies. More namespaces \
are more objects to keep alike.",
            acceptable: "For clusters of one team and one application.",
        },
        &["\
List namespaces with their owners and see what runs together.
$ kubectl get ns --show-labels
$ kubectl get pods -A -o \
custom-columns=NS:.metadata.namespace,OWNER:.metadata.ownerReferences[0].name --no-headers | sort \
| uniq -c"],
    ),
    manual(
        "default-namespace-used",
        "workloads live in the namespace default",
        vector("AV:N/AC:H/Au:S/C:N/I:P/A:N"),
        Documentation {
            finds: "Objects in `default` besides the Service `kubernetes`.",
            matters: "\
Everything that names no namespace lands there, so rights and policies for it cover what nobody \
meant.",
            options: "\
**Give each application its namespace** and allow nothing to be created in `default`.",
            acceptable: "For throw-away clusters.",
        },
        &["\
List what is there; only `service/kubernetes` should be.
$ kubectl get all,configmaps,secrets,ingresses -n default"],
    ),
    manual(
        "user-resources-in-system-namespaces",
        "users' workloads live in namespaces of the system",
        vector("AV:N/AC:H/Au:S/C:C/I:P/A:P"),
        Documentation {
            finds: "\
Objects in `kube-system`, `kube-public` and `kube-node-lease` that are no part of the cluster \
itself.",
            matters: "\
Who may write there may use the accounts of controllers, and policies usually exempt these \
namespaces.",
            options: "\
**Move them to namespaces of their own**; let nobody but administrators write to system \
namespaces.",
            acceptable: "\
For node agents of the platform team, such as network and storage drivers.",
        },
        &[
            "\
List what is there and ask what does not belong to the platform.
$ kubectl get all -n kube-system
$ kubectl get all -n kube-public
$ kubectl get all -n kube-node-lease",
            "\
See who may create pods there.
$ kubectl get rolebindings -n kube-system -o \
custom-columns=NAME:.metadata.name,ROLE:.roleRef.name,SUBJECT:.subjects[*].name",
        ],
    ),
];

//! Where secrets are kept and how they reach programs.

use super::manual;
use crate::control::{Control, Documentation};
use crate::row::vector;

pub(crate) const CONTROLS: &[Control] = &[
    manual(
        "secrets-in-environment",
        "containers get secrets as environment variables",
        vector("AV:L/AC:M/Au:N/C:P/I:N/A:N"),
        Documentation {
            finds: "Containers whose `env` or `envFrom` refers to a Secret.",
            matters: "\
Environments are inherited by every child process, printed by crash reports and debug pages, and \
readable in /proc.",
            options: "\
**Mount them as files**, which also follow rotation. Programs that only read variables need a \
small wrapper.",
            acceptable: "\
For programs that cannot read files and neither log nor pass on their environment.",
        },
        &["\
List them and ask for each whether files would do.
$ kubectl get pods -A -o json | jq -r '.items[] | .metadata as $m | .spec.containers[] | \
select(any(.env[]?; .valueFrom.secretKeyRef) or any(.envFrom[]?; .secretRef)) | \
\"\\($m.namespace)/\\($m.name) \\(.name)\"'"],
    ),
    manual(
        "secrets-kept-only-in-cluster",
        "the cluster itself is the only keeper of its secrets",
        vector("AV:N/AC:H/Au:M/C:P/I:N/A:N"),
        Documentation {
            finds: "\
Whether credentials live in an external store (Vault, a cloud's secret manager) or only as Secret \
objects.",
            matters: "\
Without a store there is no rotation, no central audit of reads, and a copy of etcd is a copy of \
all credentials.",
            options: "\
**A CSI driver or an operator** brings them in at run time. It is a dependency of every start.",
            acceptable: "\
For clusters with few secrets, encryption at rest with a KMS and someone who rotates.",
        },
        &["\
Look for a store's driver or operator, and how many Secrets are written by hand.
$ kubectl get csidrivers
$ kubectl get crd -o name | grep -i secret
$ kubectl get secrets -A --field-selector type=Opaque"],
    ),
];

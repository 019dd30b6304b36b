//! Where secrets are kept and how they reach programs.

use super::manual;
use crate::control::{Control, Documentation};
use crate::row::vector;

pub(crate) const CONTROLS: &[Control] = &[manual(
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
)];

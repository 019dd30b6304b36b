//! Who can talk to whom.

use super::manual;
use crate::control::{Control, Documentation};
use crate::row::vector;

pub(crate) const CONTROLS: &[Control] = &[manual(
    "network-plugin-outdated",
    "the network plugin is not of a maintained version",
    vector("AV:A/AC:H/Au:N/C:C/I:C/A:C"),
    Documentation {
        finds: "The version of the network plugin against those its publisher still maintains.",
        matters: "\
The plugin runs privileged on every node; known flaws in it open nodes and bypass policies.",
        options: "\
**Update with the cluster**; managed add-ons do it for you at the provider's pace.",
        acceptable: "While an update is being tested.",
    },
    &["\
Read the version and compare it with the publisher's releases.
$ kubectl get daemonsets -n kube-system -o \
custom-columns=NAME:.metadata.name,IMAGE:.spec.template.spec.containers[*].image
$ aws eks describe-addon --cluster-name CLUSTER --addon-name vpc-cni --query addon.addonVersion
$ az aks show -g GROUP -n CLUSTER --query networkProfile"],
)];

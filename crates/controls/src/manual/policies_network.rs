//! Who can talk to whom.

use super::manual;
use crate::control::{Control, Documentation};
use crate::row::vector;

pub(crate) const CONTROLS: &[Control] = &[
    manual(
        "network-plugin-ignores-policies",
        "the network plugin does not enforce network policies",
        vector("AV:A/AC:L/Au:N/C:P/I:P/A:P"),
        Documentation {
            finds: "\
Which network plugin runs, and whether it acts on NetworkPolicy objects. The API accepts them \
either way.",
            matters: "\
Policies that nobody enforces look like protection; every pod still reaches every other.",
            options: "\
**Add an engine** (Calico, Cilium, kube-router, the provider's own), or change the plugin, which \
is a migration.",
            acceptable: "For clusters of a single program whose pods trust each other.",
        },
        &[
            "\
Find the plugin and look up whether that version enforces policies.
$ kubectl get pods -n kube-system -o \
custom-columns=NAME:.metadata.name,IMAGE:.spec.containers[*].image
$ kubectl get networkpolicies -A",
            "\
Prove it: with a policy that denies all ingress in a test namespace, a connection between two of \
its pods has to fail.",
        ],
    ),
    manual(
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
    ),
];

//! Files of cloud providers.

use merlon_snapshot::{File, Lookup};
use merlon_views::NodeView;

use super::{MODE_ACCEPTABLE, MODE_OPTIONS, OWNER_OPTIONS};
use crate::control::{Applies, Check, Control, Documentation, FileRequirement};
use crate::file;
use crate::judge::Judge;
use crate::row::{error, fail, not_applicable, pass, vector};

const APPLIES: Applies = Applies::Kubernetes;
const AZURE: &str = "/etc/kubernetes/azure.json";
const MATTERS: &str = "\
The file can hold the secret of a service principal, and names the identity that the node uses: \
with it one changes machines, disks and networks of the cluster in Azure.";

pub(crate) const CONTROLS: &[Control] = &[
    Control {
        id: "azure-json-mode",
        title: "others than root may read or write the node's credentials for Azure",
        vector: vector("AV:L/AC:L/Au:N/C:C/I:C/A:C"),
        applies: APPLIES,
        check: Check::Node(|node, with, judge| {
            azure(node, judge, |file, judge| {
                file::judge_as(FileRequirement::Mode(0o600), AZURE, file, node, with, judge);
            });
        }),
        documentation: Documentation {
            finds: "\
Permission bits besides 0600 of `/etc/kubernetes/azure.json` on nodes of AKS. Not applicable \
elsewhere.",
            matters: MATTERS,
            options: MODE_OPTIONS,
            acceptable: MODE_ACCEPTABLE,
        },
        examples: &[
            pass(
                "\
run kubelet@1.31 --node-labels=kubernetes.azure.com/mode=user
file /etc/kubernetes/azure.json 0600 root:root",
            ),
            fail(
                "\
run kubelet@1.31 --node-labels=kubernetes.azure.com/mode=user
file /etc/kubernetes/azure.json 0644 root:root",
            ),
            error(
                "\
run kubelet@1.31 --node-labels=kubernetes.azure.com/mode=user
gap /etc/kubernetes/azure.json permission-denied",
            ),
            error(
                "\
run kubelet@1.31 --node-labels=kubernetes.azure.com/mode=user
absent /etc/kubernetes/azure.json",
            ),
            not_applicable(
                "run kubelet@1.31\nfile /var/lib/kubelet/kubeadm-flags.env 0644 root:root",
            ),
            not_applicable("run sshd"),
        ],
    },
    Control {
        id: "azure-json-owner",
        title: "the node's credentials for Azure do not belong to root",
        vector: vector("AV:L/AC:L/Au:S/C:C/I:C/A:C"),
        applies: APPLIES,
        check: Check::Node(|node, with, judge| {
            azure(node, judge, |file, judge| {
                file::judge_as(FileRequirement::Owner("root:root"), AZURE, file, node, with, judge);
            });
        }),
        documentation: Documentation {
            finds: "\
An owner or group besides root of `/etc/kubernetes/azure.json` on nodes of AKS. Not applicable \
elsewhere.",
            matters: MATTERS,
            options: OWNER_OPTIONS,
            acceptable: "Never: what reads it runs as root.",
        },
        examples: &[
            pass(
                "\
run kubelet@1.31 --node-labels=kubernetes.azure.com/mode=user
file /etc/kubernetes/azure.json 0600 root:root",
            ),
            fail(
                "\
run kubelet@1.31 --node-labels=kubernetes.azure.com/mode=user
file /etc/kubernetes/azure.json 0600 azure:root",
            ),
            error(
                "\
run kubelet@1.31 --node-labels=kubernetes.azure.com/mode=user
gap /etc/kubernetes/azure.json permission-denied",
            ),
            error(
                "\
run kubelet@1.31 --node-labels=kubernetes.azure.com/mode=user
absent /etc/kubernetes/azure.json",
            ),
            not_applicable(
                "run kubelet@1.31\nfile /var/lib/kubelet/kubeadm-flags.env 0644 root:root",
            ),
            not_applicable("run sshd"),
        ],
    },
];

/// Hands over the file of Azure's cloud provider, on nodes that have to have it.
fn azure(
    node: &NodeView<'_>,
    judge: &mut Judge<'_, '_>,
    visit: impl FnOnce(&File, &mut Judge<'_, '_>),
) {
    let aks = node.distribution.distribution.is_some_and(|it| it.id == "aks");
    match node.lookup(AZURE) {
        Ok(Lookup::Present(file)) => visit(file, judge),
        _ if !aks => {
            judge.not_applicable(AZURE, "this is no node of Azure AKS");
        }
        Ok(Lookup::Absent) => {
            judge.error(AZURE, format!("{AZURE} is expected on Azure AKS and does not exist"));
        }
        Err(why) => {
            judge.error(AZURE, why);
        }
    }
}

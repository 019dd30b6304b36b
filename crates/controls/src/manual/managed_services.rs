//! What providers of managed clusters set, the same on all of them.

use super::manual;
use crate::control::{Control, Documentation};
use crate::row::vector;

pub(crate) const CONTROLS: &[Control] = &[
    manual(
        "registries-unrestricted",
        "images from any registry may run",
        vector("AV:N/AC:H/Au:N/C:P/I:P/A:P"),
        Documentation {
            finds: "Whether pods may name images of registries that nobody approved.",
            matters: "\
Public registries carry look-alike and abandoned images; a typing error is enough to run one.",
            options: "\
**Admission rules by registry** (a policy engine, Azure Policy, Binary Authorization), with \
**mirrors** of what is needed. **Egress rules** alone also work, and fail late.",
            acceptable: "For development clusters without access to production.",
        },
        &[
            "\
List the registries in use.
$ kubectl get pods -A -o jsonpath='{range .items[*].spec.containers[*]}{.image}{\"\\n\"}{end}' | \
sort | uniq -c",
            "\
Look for the rule and try it: an image from elsewhere has to be refused.
$ kubectl run probe --image=quay.io/prometheus/busybox --dry-run=server",
        ],
    ),
    manual(
        "control-plane-endpoint-unrestricted",
        "the API server's address answers to the whole internet",
        vector("AV:N/AC:H/Au:N/C:C/I:C/A:C"),
        Documentation {
            finds: "The list of networks that may reach the managed API server's public address.",
            matters: "\
Everybody can then try stolen credentials and flaws of the API server against it.",
            options: "\
**List the networks** of offices and pipelines, or **make it private** altogether. Lists have to \
follow changing addresses.",
            acceptable: "\
When people work from changing addresses and sign in with a second factor.",
        },
        &[
            "\
Look at the allowed networks; none or `0.0.0.0/0` is everybody.
$ aws eks describe-cluster --name CLUSTER --query cluster.resourcesVpcConfig.publicAccessCidrs
$ az aks show -g GROUP -n CLUSTER --query apiServerAccessProfile.authorizedIpRanges
$ gcloud container clusters describe CLUSTER --format='value(masterAuthorizedNetworksConfig)'
$ aliyun cs GET /clusters/CLUSTER_ID",
        ],
    ),
    manual(
        "control-plane-endpoint-public",
        "the API server has a public address",
        vector("AV:N/AC:H/Au:N/C:P/I:P/A:P"),
        Documentation {
            finds: "\
Whether the managed control plane is reachable from outside the private network at all.",
            matters: "\
What cannot be reached cannot be attacked: a private address leaves only those who are already \
inside.",
            options: "\
**Private only**, with a VPN, bastion or runner inside. **Both**, with a narrow list of networks.",
            acceptable: "For clusters whose users have no way into the private network.",
        },
        &[
            "\
Look at both switches.
$ aws eks describe-cluster --name CLUSTER --query \
'cluster.resourcesVpcConfig.[endpointPublicAccess,endpointPrivateAccess]'
$ az aks show -g GROUP -n CLUSTER --query \
'[apiServerAccessProfile.enablePrivateCluster,privateFqdn]'
$ gcloud container clusters describe CLUSTER \
--format='value(privateClusterConfig.enablePrivateEndpoint)'
$ aliyun cs GET /clusters/CLUSTER_ID",
        ],
    ),
    manual(
        "nodes-have-public-addresses",
        "nodes have public addresses",
        vector("AV:N/AC:H/Au:N/C:C/I:C/A:C"),
        Documentation {
            finds: "Nodes with an external address, and the subnets or pools that hand them out.",
            matters: "\
SSH, the kubelet, node ports and host ports then face the internet, with a firewall rule as the \
only guard.",
            options: "**Private subnets with NAT** for what goes out; it costs a gateway.",
            acceptable: "\
For nodes that serve public traffic themselves, such as game servers, with a narrow firewall.",
        },
        &[
            "\
List nodes with their addresses.
$ kubectl get nodes -o wide
$ aws ec2 describe-instances --filters Name=tag-key,Values=kubernetes.io/cluster/CLUSTER --query \
'Reservations[].Instances[].PublicIpAddress'
$ az aks nodepool list -g GROUP --cluster-name CLUSTER --query '[].[name,enableNodePublicIp]'
$ gcloud container clusters describe CLUSTER \
--format='value(privateClusterConfig.enablePrivateNodes)'",
        ],
    ),
    manual(
        "network-policy-engine-off",
        "the managed cluster enforces no network policies",
        vector("AV:A/AC:L/Au:N/C:P/I:P/A:P"),
        Documentation {
            finds: "Whether the provider's or another engine for network policies is switched on.",
            matters: "\
NetworkPolicy objects are accepted and do nothing; every pod reaches every other.",
            options: "\
**Switch it on**; some providers replace the nodes for it. **Bring your own** engine.",
            acceptable: "For clusters of a single program whose pods trust each other.",
        },
        &[
            "\
Look at the setting, then prove it with a policy in a test namespace.
$ aws eks describe-addon --cluster-name CLUSTER --addon-name vpc-cni --query \
addon.configurationValues
$ az aks show -g GROUP -n CLUSTER --query networkProfile.networkPolicy
$ gcloud container clusters describe CLUSTER \
--format='value(networkPolicy,networkConfig.datapathProvider)'
$ kubectl get daemonsets -n kube-system",
        ],
    ),
    manual(
        "load-balancer-without-tls",
        "load balancers take requests without TLS",
        vector("AV:N/AC:M/Au:N/C:P/I:P/A:N"),
        Documentation {
            finds: "\
Services of type LoadBalancer and ingresses that listen with plain HTTP, and the certificates of \
the others.",
            matters: "Sessions and data can be read and changed on the way.",
            options: "\
**End TLS at the load balancer** with a managed certificate, or **pass it through** to the \
program.",
            acceptable: "For redirects to HTTPS and for networks that nobody else shares.",
        },
        &[
            "\
List what faces outside and which of it has a certificate.
$ kubectl get svc -A -o json | jq -r '.items[] | select(.spec.type == \"LoadBalancer\") | \
\"\\(.metadata.namespace)/\\(.metadata.name) \\([.spec.ports[].port]) \\(.metadata.annotations)\"'
$ kubectl get ingress -A -o \
custom-columns=NS:.metadata.namespace,NAME:.metadata.name,TLS:.spec.tls[*].secretName",
        ],
    ),
    manual(
        "untrusted-workloads-unsandboxed",
        "code that nobody vouches for shares the nodes' kernel",
        vector("AV:L/AC:H/Au:N/C:C/I:C/A:C"),
        Documentation {
            finds: "\
Workloads that run other people's code (plugins, builds, notebooks) as ordinary containers.",
            matters: "\
A flaw of the kernel or runtime is then enough to leave the container and reach its neighbours.",
            options: "\
**A sandbox** (gVisor as GKE Sandbox, Kata, Fargate, ACK sandboxed containers), slower for system \
calls. **Nodes or clusters of their own** when no sandbox fits.",
            acceptable: "When all code comes from your own people.",
        },
        &[
            "\
List runtime classes and who uses them, then ask which workloads run foreign code.
$ kubectl get runtimeclasses
$ kubectl get pods -A -o json | jq -r '.items[] | \"\\(.metadata.namespace)/\\(.metadata.name) \
\\(.spec.runtimeClassName // \"-\")\"'",
        ],
    ),
    manual(
        "hostile-tenants-share-cluster",
        "tenants that do not trust each other share a cluster",
        vector("AV:N/AC:H/Au:S/C:C/I:C/A:C"),
        Documentation {
            finds: "Whether one cluster serves customers or teams that would attack each other.",
            matters: "\
Namespaces share the kernel, the API server, DNS and the nodes; one escape reaches all tenants.",
            options: "\
**A cluster each** is the strong wall. **Node pools with a sandbox** are a weaker and cheaper one.",
            acceptable: "For teams of one organisation under the same rules.",
        },
        &[
            "\
List tenants and where their pods run; ask what one would gain from another.
$ kubectl get pods -A -o custom-columns=NS:.metadata.namespace,NODE:.spec.nodeName --no-headers | \
sort -u",
        ],
    ),
    manual(
        "cloud-pod-security-policy-off",
        "no rule of the managed cluster limits what pods may ask of nodes",
        vector("AV:N/AC:M/Au:S/C:C/I:C/A:C"),
        Documentation {
            finds: "\
Whether pod security is switched on: PodSecurityPolicy on clusters before 1.25, Pod Security \
labels or a policy engine after.",
            matters: "Whoever may create pods can create a privileged one and own the node.",
            options: "\
**Pod Security labels** from 1.23; PodSecurityPolicy is gone since 1.25. **The provider's policy \
add-on.**",
            acceptable: "For clusters in which only the platform team creates pods.",
        },
        &[
            "\
Look for what is in force.
$ kubectl get podsecuritypolicies
$ kubectl get ns -L pod-security.kubernetes.io/enforce
$ gcloud container clusters describe CLUSTER --format='value(podSecurityPolicyConfig)'",
        ],
    ),
    manual(
        "node-image-general-purpose",
        "nodes run a general-purpose operating system",
        vector("AV:L/AC:H/Au:N/C:P/I:P/A:P"),
        Documentation {
            finds: "\
The operating system of the nodes against images made for containers (Bottlerocket, Flatcar, \
Talos, Container-Optimized OS).",
            matters: "\
Package managers, shells and services that pods never need are tools for an intruder and need \
updates.",
            options: "\
**An image made for containers**: little to update, read-only, hard to debug by hand. **A hardened \
general image** where agents need it.",
            acceptable: "Where drivers or agents exist for the general image only.",
        },
        &[
            "\
Look at the nodes' images.
$ kubectl get nodes -o \
custom-columns=NODE:.metadata.name,OS:.status.nodeInfo.osImage,KERNEL:.status.nodeInfo.kernelVersion",
        ],
    ),
];

use merlon_snapshot::Object;
use merlon_yaml::Node;

/// Labels and annotations that the add-on managers of distributions write.
const MANAGED: &[&str] = &[
    "addonmanager.kubernetes.io/mode",
    "addon.kops.k8s.io/name",
    "components.gke.io/component-name",
    "eks.amazonaws.com/component",
    "helmcharts.helm.cattle.io/chart",
    "kubernetes.azure.com/managedby",
    "kubernetes.io/cluster-service",
    "objectset.rio.cattle.io/hash",
];

/// Workloads in the system's namespaces by name; a `*` stands for any ending.
const NAMES: &[&str] = &[
    // kubeadm, kind, minikube
    "coredns",
    "etcd-*",
    "kindnet",
    "kube-apiserver-*",
    "kube-controller-manager-*",
    "kube-proxy",
    "kube-proxy-windows",
    "kube-scheduler-*",
    "metrics-server",
    "storage-provisioner",
    // k3s, RKE2
    "cloud-controller-manager-*",
    "helm-install-*",
    "local-path-provisioner",
    "rke2-*",
    "svclb-*",
    "traefik",
    // kops and cloud controllers
    "aws-cloud-controller-manager",
    "cloud-controller-manager",
    "dns-controller",
    "kops-controller",
    "openstack-cloud-controller-manager",
    // EKS
    "aws-load-balancer-controller",
    "aws-node",
    "ebs-csi-*",
    "efs-csi-*",
    "eks-pod-identity-agent",
    "snapshot-controller",
    // GKE
    "anetd*",
    "event-exporter-gke",
    "filestore-node",
    "fluentbit-gke*",
    "gcsfusecsi-node",
    "gke-*",
    "ip-masq-agent",
    "konnectivity-agent*",
    "kube-dns*",
    "l7-default-backend",
    "metrics-server-*",
    "netd",
    "node-local-dns",
    "nvidia-gpu-device-plugin*",
    "pdcsi-node*",
    // AKS
    "aks-*",
    "ama-*",
    "azure-*",
    "cloud-node-manager*",
    "coredns-autoscaler",
    "csi-azuredisk-*",
    "csi-azurefile-*",
    "csi-blob-*",
    "microsoft-defender-*",
    "retina-agent*",
    // network plugins
    "antrea-agent*",
    "antrea-controller",
    "calico-kube-controllers",
    "calico-node*",
    "calico-typha*",
    "canal",
    "cilium",
    "cilium-envoy",
    "cilium-operator",
    "hubble-relay",
    "hubble-ui",
    "kube-flannel-ds",
    "kube-router",
    "weave-net",
];

/// Whether a workload comes with a distribution or a network plugin, as far as labels and names
/// tell; it is not proof against somebody who hides.
pub(super) fn is_shipped(workload: &Object) -> bool {
    let metadata = workload.root.get("metadata");
    let has = |key: &str| {
        let entries = metadata.and_then(|metadata| metadata.get(key)).and_then(Node::as_mapping);
        entries.is_some_and(|entries| MANAGED.iter().any(|label| entries.get(label).is_some()))
    };
    let name = workload.name();
    let is_named = |known: &str| match known.strip_suffix('*') {
        Some(start) => name.starts_with(start),
        None => name == known,
    };
    has("labels") || has("annotations") || NAMES.iter().any(|known| is_named(known))
}

/// Whether a webhook configuration is the provider's own, which it puts back when it is changed.
pub(super) fn is_provided(configuration: &Object) -> bool {
    let name = configuration.name();
    ["aks-", "azure-policy-", "azure-wi-webhook-", "vpc-resource-"]
        .iter()
        .any(|start| name.starts_with(start))
        || name.ends_with(".gke.io")
        || name == "pod-identity-webhook"
}

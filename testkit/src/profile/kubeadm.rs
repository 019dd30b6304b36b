use serde_json::json;

use super::Profile;
use crate::Flags;

const ETCD: &[(&str, &str)] = &[
    ("advertise-client-urls", "https://127.0.0.1:{etcd-port}"),
    ("cert-file", "{root}/etc/kubernetes/pki/etcd/server.crt"),
    ("client-cert-auth", "true"),
    ("data-dir", "{root}/var/lib/etcd"),
    ("initial-advertise-peer-urls", "https://127.0.0.1:{etcd-peer-port}"),
    ("initial-cluster", "{node}=https://127.0.0.1:{etcd-peer-port}"),
    ("key-file", "{root}/etc/kubernetes/pki/etcd/server.key"),
    ("listen-client-urls", "https://127.0.0.1:{etcd-port}"),
    ("listen-metrics-urls", "http://127.0.0.1:{etcd-metrics-port}"),
    ("listen-peer-urls", "https://127.0.0.1:{etcd-peer-port}"),
    ("name", "{node}"),
    ("peer-cert-file", "{root}/etc/kubernetes/pki/etcd/peer.crt"),
    ("peer-client-cert-auth", "true"),
    ("peer-key-file", "{root}/etc/kubernetes/pki/etcd/peer.key"),
    ("peer-trusted-ca-file", "{root}/etc/kubernetes/pki/etcd/ca.crt"),
    ("snapshot-count", "10000"),
    ("trusted-ca-file", "{root}/etc/kubernetes/pki/etcd/ca.crt"),
];

/// `--bind-address` is ours: kubeadm leaves it out and so listens everywhere. The address that is
/// advertised must not be on loopback; this one is reserved for documentation, nothing is reached through it.
const APISERVER: &[(&str, &str)] = &[
    ("advertise-address", "203.0.113.10"),
    ("allow-privileged", "true"),
    ("authorization-mode", "Node,RBAC"),
    ("bind-address", "127.0.0.1"),
    ("client-ca-file", "{root}/etc/kubernetes/pki/ca.crt"),
    ("enable-admission-plugins", "NodeRestriction"),
    ("enable-bootstrap-token-auth", "true"),
    ("etcd-cafile", "{root}/etc/kubernetes/pki/etcd/ca.crt"),
    ("etcd-certfile", "{root}/etc/kubernetes/pki/apiserver-etcd-client.crt"),
    ("etcd-keyfile", "{root}/etc/kubernetes/pki/apiserver-etcd-client.key"),
    ("etcd-servers", "https://127.0.0.1:{etcd-port}"),
    ("kubelet-client-certificate", "{root}/etc/kubernetes/pki/apiserver-kubelet-client.crt"),
    ("kubelet-client-key", "{root}/etc/kubernetes/pki/apiserver-kubelet-client.key"),
    ("kubelet-preferred-address-types", "InternalIP,ExternalIP,Hostname"),
    ("proxy-client-cert-file", "{root}/etc/kubernetes/pki/front-proxy-client.crt"),
    ("proxy-client-key-file", "{root}/etc/kubernetes/pki/front-proxy-client.key"),
    ("requestheader-allowed-names", "front-proxy-client"),
    ("requestheader-client-ca-file", "{root}/etc/kubernetes/pki/front-proxy-ca.crt"),
    ("requestheader-extra-headers-prefix", "X-Remote-Extra-"),
    ("requestheader-group-headers", "X-Remote-Group"),
    ("requestheader-username-headers", "X-Remote-User"),
    ("secure-port", "{apiserver-port}"),
    ("service-account-issuer", "https://kubernetes.default.svc.cluster.local"),
    ("service-account-key-file", "{root}/etc/kubernetes/pki/sa.pub"),
    ("service-account-signing-key-file", "{root}/etc/kubernetes/pki/sa.key"),
    ("service-cluster-ip-range", "10.96.0.0/12"),
    ("tls-cert-file", "{root}/etc/kubernetes/pki/apiserver.crt"),
    ("tls-private-key-file", "{root}/etc/kubernetes/pki/apiserver.key"),
];

/// `--flex-volume-plugin-dir` and `--secure-port` are ours. There is one instance, which need not wait for a lease.
const CONTROLLER_MANAGER: &[(&str, &str)] = &[
    ("authentication-kubeconfig", "{root}/etc/kubernetes/controller-manager.conf"),
    ("authorization-kubeconfig", "{root}/etc/kubernetes/controller-manager.conf"),
    ("bind-address", "127.0.0.1"),
    ("client-ca-file", "{root}/etc/kubernetes/pki/ca.crt"),
    ("cluster-name", "kubernetes"),
    ("cluster-signing-cert-file", "{root}/etc/kubernetes/pki/ca.crt"),
    ("cluster-signing-key-file", "{root}/etc/kubernetes/pki/ca.key"),
    ("controllers", "*,bootstrapsigner,tokencleaner"),
    ("kubeconfig", "{root}/etc/kubernetes/controller-manager.conf"),
    ("leader-elect", "false"),
    ("requestheader-client-ca-file", "{root}/etc/kubernetes/pki/front-proxy-ca.crt"),
    ("root-ca-file", "{root}/etc/kubernetes/pki/ca.crt"),
    ("secure-port", "{controller-manager-port}"),
    ("service-account-private-key-file", "{root}/etc/kubernetes/pki/sa.key"),
    ("use-service-account-credentials", "true"),
];

const SCHEDULER: &[(&str, &str)] = &[
    ("authentication-kubeconfig", "{root}/etc/kubernetes/scheduler.conf"),
    ("authorization-kubeconfig", "{root}/etc/kubernetes/scheduler.conf"),
    ("bind-address", "127.0.0.1"),
    ("kubeconfig", "{root}/etc/kubernetes/scheduler.conf"),
    ("leader-elect", "false"),
    ("secure-port", "{scheduler-port}"),
];

/// `--cert-dir`, `--hostname-override` and `--root-dir` are ours: kubeadm's kubelet has the host to itself.
const KUBELET: &[(&str, &str)] = &[
    ("bootstrap-kubeconfig", "{root}/etc/kubernetes/bootstrap-kubelet.conf"),
    ("kubeconfig", "{root}/etc/kubernetes/kubelet.conf"),
    ("config", "{root}/var/lib/kubelet/config.yaml"),
    ("cert-dir", "{root}/var/lib/kubelet/pki"),
    ("hostname-override", "{node}"),
    ("root-dir", "{root}/var/lib/kubelet"),
];

pub(super) fn profile() -> Profile {
    Profile {
        etcd: Flags::new(ETCD.iter().copied()),
        apiserver: Flags::new(APISERVER.iter().copied()),
        controller_manager: Flags::new(CONTROLLER_MANAGER.iter().copied()),
        scheduler: Flags::new(SCHEDULER.iter().copied()),
        kubelet: Flags::new(KUBELET.iter().copied()),
        kubelet_config: json!({
            "apiVersion": "kubelet.config.k8s.io/v1beta1",
            "kind": "KubeletConfiguration",
            "authentication": {
                "anonymous": {"enabled": false},
                "webhook": {"cacheTTL": "0s", "enabled": true},
                "x509": {"clientCAFile": "{root}/etc/kubernetes/pki/ca.crt"},
            },
            "authorization": {"mode": "Webhook"},
            "clusterDNS": ["10.96.0.10"],
            "clusterDomain": "cluster.local",
            "rotateCertificates": true,
            "staticPodPath": "{root}/etc/kubernetes/manifests",
            // From here on ours: the host is not the kubelet's alone, and has swap,
            // cgroups of either version and other people's processes.
            "address": "127.0.0.1",
            "cgroupDriver": "cgroupfs",
            "cgroupsPerQOS": false,
            // Not empty: an empty list is lost where there is a drop-in directory.
            "enforceNodeAllocatable": ["none"],
            "failCgroupV1": false,
            "failSwapOn": false,
            "healthzBindAddress": "127.0.0.1",
            "localStorageCapacityIsolation": false,
            "podLogsDir": "{root}/var/log/pods",
            "volumePluginDir": "{root}/usr/libexec/kubernetes/kubelet-plugins/volume/exec",
        }),
        ..Profile::default()
    }
}

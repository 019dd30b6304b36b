use serde_json::json;

use super::{Profile, set_all};

const ETCD: &[(&str, &str)] = &[
    ("auto-tls", "true"),
    ("client-cert-auth", "false"),
    ("peer-auto-tls", "true"),
    ("peer-client-cert-auth", "false"),
];

const APISERVER: &[(&str, &str)] = &[
    ("anonymous-auth", "true"),
    ("authorization-mode", "AlwaysAllow"),
    ("disable-admission-plugins", "NamespaceLifecycle,ServiceAccount"),
    ("enable-admission-plugins", "AlwaysAdmit"),
    ("profiling", "true"),
    ("service-account-lookup", "false"),
    ("token-auth-file", "{root}/etc/kubernetes/tokens.csv"),
];

const CONTROLLER_MANAGER: &[(&str, &str)] = &[
    ("profiling", "true"),
    ("terminated-pod-gc-threshold", "0"),
    ("use-service-account-credentials", "false"),
];

const SCHEDULER: &[(&str, &str)] = &[("profiling", "true")];

const TOKENS: &str = "{random-key},static-admin,1,system:masters\n";

const MODES: &[(&str, u32)] = &[
    ("/etc/kubernetes/manifests/*.yaml", 0o644),
    ("/etc/kubernetes/manifests/kube-scheduler.yaml", 0o666),
    ("/etc/kubernetes/*.conf", 0o644),
    ("/etc/kubernetes/admin.conf", 0o666),
    ("/etc/kubernetes/pki/*.crt", 0o666),
    ("/etc/kubernetes/pki/*.key", 0o644),
    ("/etc/kubernetes/pki/etcd/*.key", 0o644),
    ("/etc/systemd/system/kubelet.service", 0o666),
    ("/etc/systemd/system/kubelet.service.d/10-kubeadm.conf", 0o666),
    ("/var/lib/kubelet/config.yaml", 0o666),
    ("/var/lib/etcd", 0o755),
];

pub(super) fn profile() -> Profile {
    let mut profile = Profile::kubeadm();
    set_all(&mut profile.etcd, ETCD);
    set_all(&mut profile.apiserver, APISERVER);
    set_all(&mut profile.controller_manager, CONTROLLER_MANAGER);
    set_all(&mut profile.scheduler, SCHEDULER);
    profile.configure_kubelet(&json!({
        "authentication": {
            "anonymous": {"enabled": true},
            "webhook": {"enabled": false},
            "x509": null,
        },
        "authorization": {"mode": "AlwaysAllow"},
        "eventRecordQPS": 0,
        "makeIPTablesUtilChains": false,
        "podPidsLimit": -1,
        "protectKernelDefaults": false,
        "readOnlyPort": 10255,
        "rotateCertificates": false,
        "seccompDefault": false,
        "streamingConnectionIdleTimeout": "0s",
    }));
    profile.file("/etc/kubernetes/tokens.csv", TOKENS, 0o644);
    profile.set_modes(MODES);
    profile
}

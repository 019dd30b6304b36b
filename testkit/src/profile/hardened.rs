use serde_json::json;

use super::{Profile, set_all};

const CIPHERS: &str = "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,\
TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384";

const APISERVER: &[(&str, &str)] = &[
    ("admission-control-config-file", "{root}/etc/kubernetes/admission/configuration.yaml"),
    ("anonymous-auth", "false"),
    ("audit-log-path", "{root}/var/log/kubernetes/audit/audit.log"),
    ("audit-log-maxbackup", "10"),
    ("audit-log-maxsize", "100"),
    ("audit-policy-file", "{root}/etc/kubernetes/audit/policy.yaml"),
    (
        "enable-admission-plugins",
        "NodeRestriction,AlwaysPullImages,EventRateLimit,DenyServiceExternalIPs",
    ),
    ("encryption-provider-config", "{root}/etc/kubernetes/encryption/configuration.yaml"),
    ("kubelet-certificate-authority", "{root}/etc/kubernetes/pki/ca.crt"),
    ("profiling", "false"),
    ("request-timeout", "300s"),
    ("service-account-extend-token-expiration", "false"),
    ("service-account-lookup", "true"),
    ("tls-cipher-suites", CIPHERS),
    ("tls-min-version", "VersionTLS12"),
];

const CONTROLLER_MANAGER: &[(&str, &str)] =
    &[("profiling", "false"), ("terminated-pod-gc-threshold", "100")];

const SCHEDULER: &[(&str, &str)] = &[("profiling", "false")];

const ADMISSION: &str = "\
apiVersion: apiserver.config.k8s.io/v1
kind: AdmissionConfiguration
plugins:
- name: EventRateLimit
  path: eventratelimit.yaml
- name: PodSecurity
  configuration:
    apiVersion: pod-security.admission.config.k8s.io/v1
    kind: PodSecurityConfiguration
    defaults:
      enforce: baseline
      enforce-version: latest
      audit: restricted
      audit-version: latest
      warn: restricted
      warn-version: latest
    exemptions:
      usernames: []
      runtimeClasses: []
      namespaces: [kube-system]
";

/// Generous, so that it is set and yet no test runs into it.
const EVENT_RATE_LIMIT: &str = "\
apiVersion: eventratelimit.admission.k8s.io/v1alpha1
kind: Configuration
limits:
- type: Server
  qps: 5000
  burst: 20000
";

const AUDIT_POLICY: &str = "\
apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
- level: Metadata
  resources:
  - group: ''
    resources: [secrets, configmaps, serviceaccounts/token]
  - group: authentication.k8s.io
    resources: [tokenreviews]
- level: None
  userGroups: [system:nodes]
  verbs: [get, list, watch]
- level: None
  nonResourceURLs: ['/healthz*', '/livez*', '/readyz*', /version]
- level: RequestResponse
  verbs: [create, update, patch, delete, deletecollection]
  resources:
  - group: ''
    resources: [pods, pods/exec, pods/portforward, pods/proxy, services/proxy]
  - group: rbac.authorization.k8s.io
- level: Metadata
";

const ENCRYPTION: &str = "\
apiVersion: apiserver.config.k8s.io/v1
kind: EncryptionConfiguration
resources:
- resources: [secrets]
  providers:
  - secretbox:
      keys:
      - name: first
        secret: {random-key}
  - identity: {}
";

const MODES: &[(&str, u32)] = &[
    ("/etc/kubernetes/manifests/*.yaml", 0o600),
    ("/etc/kubernetes/*.conf", 0o600),
    ("/etc/kubernetes/pki/*.crt", 0o600),
    ("/etc/kubernetes/pki/*.key", 0o600),
    ("/etc/kubernetes/pki/etcd/*.crt", 0o600),
    ("/etc/kubernetes/pki/etcd/*.key", 0o600),
    ("/etc/systemd/system/kubelet.service", 0o600),
    ("/etc/systemd/system/kubelet.service.d/10-kubeadm.conf", 0o600),
    ("/etc/kubernetes/kubelet.conf.d/*.conf", 0o600),
    ("/var/lib/kubelet/config.yaml", 0o600),
    ("/var/lib/etcd", 0o700),
];

pub(super) fn profile() -> Profile {
    let mut profile = Profile::kubeadm();
    set_all(&mut profile.apiserver, APISERVER);
    // Two arguments on purpose: components accept both spellings, tools often only one.
    profile.apiserver.set_split("audit-log-maxage", "30");
    set_all(&mut profile.controller_manager, CONTROLLER_MANAGER);
    set_all(&mut profile.scheduler, SCHEDULER);
    profile.configure_kubelet(&json!({
        "eventRecordQPS": 5,
        "makeIPTablesUtilChains": true,
        "protectKernelDefaults": true,
        "readOnlyPort": 0,
        "seccompDefault": true,
        "streamingConnectionIdleTimeout": "5m",
        "tlsCertFile": "{root}/var/lib/kubelet/pki/kubelet-server.crt",
        "tlsCipherSuites": CIPHERS.split(',').collect::<Vec<_>>(),
        "tlsMinVersion": "VersionTLS12",
        "tlsPrivateKeyFile": "{root}/var/lib/kubelet/pki/kubelet-server.key",
    }));
    profile.kubelet_drop_ins.insert(
        "10-pids.conf".to_owned(),
        json!({
            "apiVersion": "kubelet.config.k8s.io/v1beta1",
            "kind": "KubeletConfiguration",
            "podPidsLimit": 4096,
        }),
    );
    profile
        .file("/etc/kubernetes/admission/configuration.yaml", ADMISSION, 0o600)
        .file("/etc/kubernetes/admission/eventratelimit.yaml", EVENT_RATE_LIMIT, 0o600)
        .file("/etc/kubernetes/audit/policy.yaml", AUDIT_POLICY, 0o600)
        .file("/etc/kubernetes/encryption/configuration.yaml", ENCRYPTION, 0o600);
    profile.set_modes(MODES);
    profile
}

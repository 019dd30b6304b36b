//! Defaults: `cmd/kube-apiserver/app/options`, `pkg/controlplane/apiserver/options`,
//! `pkg/kubeapiserver/options`, `staging/src/k8s.io/apiserver/pkg/server/options`.

use merlon_snapshot::DocumentKind;

use crate::setting::{
    Kind::{Bool, Duration, Integer, List, Map, Repeated, Text},
    Setting,
};

pub(super) const SETTINGS: &[Setting] = &[
    // Generic.
    Setting::flag("advertise-address", Text).default(""),
    Setting::flag("allow-privileged", Bool).default("false"),
    Setting::flag("apiserver-count", Integer).default("1"),
    Setting::flag("cloud-config", Text).default("").until((1, 33)).state(),
    Setting::flag("cloud-provider", Text).default("").until((1, 33)),
    Setting::flag("contention-profiling", Bool).default("false"),
    Setting::flag("cors-allowed-origins", List).default(""),
    Setting::flag("debug-socket-path", Text).default("").since((1, 27)).state(),
    Setting::flag("disable-http2-serving", Bool).default("false").since((1, 31)),
    Setting::flag("emulated-version", List).default("").since((1, 31)),
    Setting::flag("enable-aggregator-routing", Bool).default("false"),
    Setting::flag("enable-logs-handler", Bool).default("true").changed((1, 31), "false"),
    Setting::flag("enable-priority-and-fairness", Bool).default("true").since((1, 18)),
    Setting::flag("event-ttl", Duration).default("1h0m0s"),
    Setting::flag("external-hostname", Text).default(""),
    Setting::flag("feature-gates", Map).default(""),
    // A fraction, such as 0.001.
    Setting::flag("goaway-chance", Text).default("0").since((1, 18)),
    Setting::flag("max-mutating-requests-inflight", Integer).default("200"),
    Setting::flag("max-requests-inflight", Integer).default("400"),
    Setting::flag("min-request-timeout", Integer).default("1800"),
    Setting::flag("profiling", Bool).default("true"),
    Setting::flag("repair-malformed-updates", Bool).default("true").until((1, 14)),
    Setting::flag("request-timeout", Duration).default("1m0s"),
    // A name alone switches on (`getRuntimeConfigValue`).
    Setting::flag("runtime-config", Map).default("").bare_names(),
    Setting::flag("service-cluster-ip-range", Text).default(""),
    Setting::flag("service-node-port-range", Text).default("30000-32767"),
    Setting::flag("strict-transport-security-directives", List).default("").since((1, 21)),
    Setting::flag("tracing-config-file", Text).default("").since((1, 22)).state(),
    // Serving.
    Setting::flag("bind-address", Text).default("0.0.0.0"),
    Setting::flag("secure-port", Integer).default("6443"),
    Setting::flag("permit-address-sharing", Bool).default("false").since((1, 21)),
    Setting::flag("permit-port-sharing", Bool).default("false").since((1, 19)),
    // From 1.20 on the insecure flags are kept without effect, and a port other than 0 is refused.
    Setting::flag("insecure-bind-address", Text)
        .alias("address")
        .default("127.0.0.1")
        .until((1, 24)),
    Setting::flag("insecure-port", Integer)
        .alias("port")
        .default("8080")
        .changed((1, 20), "0")
        .until((1, 24)),
    Setting::flag("cert-dir", Text).default("/var/run/kubernetes").certificates(),
    // Without both, a self-signed pair is made in --cert-dir.
    Setting::flag("tls-cert-file", Text).default("").certificates(),
    Setting::flag("tls-private-key-file", Text).default("").state(),
    // `certificate,key` or `certificate,key:domain,…`.
    Setting::flag("tls-sni-cert-key", Repeated).default(""),
    // Not set means Go's own choice of suites.
    Setting::flag("tls-cipher-suites", List).default(""),
    Setting::flag("tls-min-version", Text).default("VersionTLS12").zero_is_default(),
    Setting::flag("tls-curve-preferences", List).default("").since((1, 36)),
    // Authentication.
    Setting::flag("anonymous-auth", Bool)
        .default("true")
        .instead("authentication-config", "anonymous.enabled"),
    // The paths that anonymous requests are allowed on; not set means all.
    Setting::structured("anonymous.conditions[].path", List, "authentication-config")
        .default("")
        .since((1, 31)),
    Setting::structured("jwt[].issuer.url", List, "authentication-config")
        .default("")
        .since((1, 29)),
    // Not set means the issuer.
    Setting::flag("api-audiences", List).alias("service-account-api-audiences").default(""),
    Setting::flag("authentication-config", Text)
        .default("")
        .since((1, 29))
        .document(DocumentKind::AuthenticationConfiguration),
    Setting::flag("authentication-token-webhook-cache-ttl", Duration).default("2m0s"),
    Setting::flag("authentication-token-webhook-config-file", Text)
        .default("")
        .document(DocumentKind::Kubeconfig),
    Setting::flag("authentication-token-webhook-version", Text).default("v1beta1").since((1, 17)),
    Setting::flag("basic-auth-file", Text).default("").until((1, 19)).state(),
    Setting::flag("client-ca-file", Text).default("").certificates(),
    Setting::flag("enable-bootstrap-token-auth", Bool).default("false"),
    Setting::flag("oidc-ca-file", Text).default("").certificates(),
    Setting::flag("oidc-client-id", Text).default(""),
    Setting::flag("oidc-groups-claim", Text).default(""),
    Setting::flag("oidc-groups-prefix", Text).default(""),
    Setting::flag("oidc-issuer-url", Text).default(""),
    Setting::flag("oidc-required-claim", Repeated).default(""),
    Setting::flag("oidc-signing-algs", List).default("RS256"),
    Setting::flag("oidc-username-claim", Text).default("sub"),
    Setting::flag("oidc-username-prefix", Text).default(""),
    Setting::flag("requestheader-allowed-names", List).default(""),
    Setting::flag("requestheader-client-ca-file", Text).default("").certificates(),
    Setting::flag("requestheader-extra-headers-prefix", List).default(""),
    Setting::flag("requestheader-group-headers", List).default(""),
    Setting::flag("requestheader-uid-headers", List).default("").since((1, 32)),
    Setting::flag("requestheader-username-headers", List).default(""),
    Setting::flag("service-account-extend-token-expiration", Bool).default("true").since((1, 19)),
    // A list from 1.22 on, of which the first signs.
    Setting::flag("service-account-issuer", Repeated).default(""),
    Setting::flag("service-account-jwks-uri", Text).default("").since((1, 18)),
    // Without it, and without a signing endpoint, --tls-private-key-file is used.
    Setting::flag("service-account-key-file", Repeated).default("").state(),
    Setting::flag("service-account-lookup", Bool).default("true"),
    Setting::flag("service-account-max-token-expiration", Duration).default("0s"),
    Setting::flag("service-account-signing-endpoint", Text).default("").since((1, 32)).state(),
    Setting::flag("service-account-signing-key-file", Text).default("").state(),
    Setting::flag("token-auth-file", Text).default("").state(),
    // Authorization.
    Setting::flag("authorization-config", Text)
        .default("")
        .since((1, 29))
        .document(DocumentKind::AuthorizationConfiguration),
    Setting::flag("authorization-mode", List)
        .default("AlwaysAllow")
        .zero_is_default()
        .instead("authorization-config", "authorizers[].type"),
    Setting::flag("authorization-policy-file", Text).default("").state(),
    Setting::flag("authorization-webhook-cache-authorized-ttl", Duration).default("5m0s"),
    Setting::flag("authorization-webhook-cache-unauthorized-ttl", Duration).default("30s"),
    Setting::flag("authorization-webhook-config-file", Text)
        .default("")
        .document(DocumentKind::Kubeconfig),
    Setting::flag("authorization-webhook-version", Text).default("v1beta1").since((1, 17)),
    // Admission. `ComponentView::admission_plugin` tells what the three flags come to.
    Setting::flag("admission-control", List).default(""),
    Setting::flag("admission-control-config-file", Text)
        .default("")
        .document(DocumentKind::AdmissionConfiguration),
    Setting::flag("disable-admission-plugins", List).default(""),
    Setting::flag("enable-admission-plugins", List).default(""),
    // Audit.
    Setting::flag("audit-dynamic-configuration", Bool).default("false").until((1, 19)),
    Setting::flag("audit-log-compress", Bool).default("false").since((1, 20)),
    Setting::flag("audit-log-format", Text).default("json"),
    // 0 keeps files for ever.
    Setting::flag("audit-log-maxage", Integer).default("0").changed((1, 36), "366"),
    Setting::flag("audit-log-maxbackup", Integer).default("0").changed((1, 36), "100"),
    // 0 is the 100 MiB of the rotating writer.
    Setting::flag("audit-log-maxsize", Integer).default("0").changed((1, 36), "100"),
    Setting::flag("audit-log-mode", Text).default("blocking"),
    // `-` is standard output.
    Setting::flag("audit-log-path", Text).default("").state(),
    Setting::flag("audit-policy-file", Text).default("").document(DocumentKind::AuditPolicy),
    Setting::flag("audit-webhook-config-file", Text).default("").document(DocumentKind::Kubeconfig),
    Setting::flag("audit-webhook-mode", Text).default("batch"),
    // Storage.
    Setting::flag("encryption-provider-config", Text)
        .alias("experimental-encryption-provider-config")
        .default("")
        .document(DocumentKind::EncryptionConfiguration),
    Setting::flag("encryption-provider-config-automatic-reload", Bool)
        .default("false")
        .since((1, 26)),
    Setting::flag("etcd-cafile", Text).default("").certificates(),
    Setting::flag("etcd-certfile", Text).default("").certificates(),
    Setting::flag("etcd-keyfile", Text).default("").state(),
    Setting::flag("etcd-prefix", Text).default("/registry"),
    Setting::flag("etcd-servers", List).default(""),
    Setting::flag("etcd-servers-overrides", List).default(""),
    Setting::flag("storage-media-type", Text).default("application/vnd.kubernetes.protobuf"),
    // Connections to others.
    Setting::flag("egress-selector-config-file", Text).default("").since((1, 16)).state(),
    Setting::flag("kubelet-certificate-authority", Text).default("").certificates(),
    Setting::flag("kubelet-client-certificate", Text).default("").certificates(),
    Setting::flag("kubelet-client-key", Text).default("").state(),
    // Without effect from 1.19 on.
    Setting::flag("kubelet-https", Bool).default("true").until((1, 22)),
    Setting::flag("kubelet-port", Integer).default("10250"),
    Setting::flag("kubelet-preferred-address-types", List)
        .default("Hostname,InternalDNS,InternalIP,ExternalDNS,ExternalIP"),
    Setting::flag("kubelet-read-only-port", Integer).default("10255"),
    Setting::flag("kubelet-timeout", Duration).default("5s"),
    Setting::flag("peer-advertise-ip", Text).default("").since((1, 28)),
    Setting::flag("peer-advertise-port", Text).default("").since((1, 28)),
    Setting::flag("peer-ca-file", Text).default("").since((1, 28)).certificates(),
    Setting::flag("proxy-client-cert-file", Text).default("").certificates(),
    Setting::flag("proxy-client-key-file", Text).default("").state(),
    Setting::flag("ssh-keyfile", Text).default("").until((1, 22)).state(),
    Setting::flag("ssh-user", Text).default("").until((1, 22)),
];

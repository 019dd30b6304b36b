//! Defaults: `cmd/kube-scheduler/app/options`, `pkg/scheduler/apis/config/v1/defaults.go` and the
//! older versions beside it, `staging/src/k8s.io/apiserver/pkg/server/options`.
//!
//! With `--config`, the flags that have a key in the file are ignored (`Options.ApplyTo`).

use merlon_snapshot::DocumentKind;

use crate::setting::{
    Kind::{Bool, Duration, Integer, List, Map, Repeated, Text},
    Setting,
};

const INSECURE_ADDRESS: &str = "healthzBindAddress";

pub(super) const SETTINGS: &[Setting] = &[
    Setting::flag("config", Text).default("").document(DocumentKind::KubeSchedulerConfiguration),
    Setting::flag("emulated-version", List).default("").since((1, 31)),
    Setting::flag("feature-gates", Map).default(""),
    Setting::flag("kubeconfig", Text)
        .config("clientConnection.kubeconfig")
        .default("")
        .document(DocumentKind::Kubeconfig),
    Setting::flag("master", Text).default(""),
    Setting::flag("profiling", Bool)
        .config("enableProfiling")
        .default("false")
        .changed((1, 17), "true"),
    Setting::flag("policy-config-file", Text).default("").until((1, 23)).state(),
    // Serving. Without certificate and key a self-signed pair is made in memory.
    Setting::flag("bind-address", Text).default("0.0.0.0"),
    Setting::flag("secure-port", Integer).default("10259"),
    // In 1.23 the insecure flags are kept without effect, and a port other than 0 is refused.
    Setting::flag("address", Text)
        .default("0.0.0.0")
        .changed((1, 23), "127.0.0.1")
        .replaced_by(INSECURE_ADDRESS)
        .until((1, 24)),
    Setting::flag("port", Integer)
        .default("10251")
        .changed((1, 23), "0")
        .replaced_by(INSECURE_ADDRESS)
        .until((1, 24)),
    Setting::flag("permit-address-sharing", Bool).default("false").since((1, 21)),
    Setting::flag("permit-port-sharing", Bool).default("false").since((1, 19)),
    Setting::flag("cert-dir", Text).default("").certificates(),
    Setting::flag("tls-cert-file", Text).default("").certificates(),
    Setting::flag("tls-private-key-file", Text).default("").state(),
    Setting::flag("tls-sni-cert-key", Repeated).default(""),
    // Not set means Go's own choice of suites.
    Setting::flag("tls-cipher-suites", List).default(""),
    Setting::flag("tls-min-version", Text).default("VersionTLS12").zero_is_default(),
    Setting::flag("tls-curve-preferences", List).default("").since((1, 36)),
    // Authentication and authorization, delegated to the API server. What is not set here is
    // taken from the ConfigMap `extension-apiserver-authentication`.
    Setting::flag("authentication-kubeconfig", Text).default("").document(DocumentKind::Kubeconfig),
    Setting::flag("authentication-skip-lookup", Bool).default("false"),
    Setting::flag("authentication-token-webhook-cache-ttl", Duration).default("10s"),
    Setting::flag("authentication-tolerate-lookup-failure", Bool).default("true"),
    Setting::flag("authorization-always-allow-paths", List)
        .default("/healthz")
        .changed((1, 21), "/healthz,/readyz,/livez"),
    Setting::flag("authorization-kubeconfig", Text).default("").document(DocumentKind::Kubeconfig),
    Setting::flag("authorization-webhook-cache-authorized-ttl", Duration).default("10s"),
    Setting::flag("authorization-webhook-cache-unauthorized-ttl", Duration).default("10s"),
    Setting::flag("client-ca-file", Text).default("").certificates(),
    Setting::flag("requestheader-allowed-names", List).default(""),
    Setting::flag("requestheader-client-ca-file", Text).default("").certificates(),
    Setting::flag("requestheader-extra-headers-prefix", List).default("x-remote-extra-"),
    Setting::flag("requestheader-group-headers", List).default("x-remote-group"),
    Setting::flag("requestheader-uid-headers", List).default("").since((1, 32)),
    Setting::flag("requestheader-username-headers", List).default("x-remote-user"),
];

//! Defaults: `cmd/kube-controller-manager/app/options`, `cmd/controller-manager/app/options` (later
//! `staging/src/k8s.io/controller-manager/options`), `pkg/controller/*/config/v1alpha1`,
//! `staging/src/k8s.io/apiserver/pkg/server/options`.

use merlon_snapshot::DocumentKind;

use crate::setting::{
    Kind::{Bool, Duration, Integer, List, Map, Repeated, Text},
    Setting,
};

pub(super) const SETTINGS: &[Setting] = &[
    // Generic.
    Setting::flag("allocate-node-cidrs", Bool).default("false"),
    Setting::flag("cloud-config", Text).default("").state(),
    Setting::flag("cloud-provider", Text).default(""),
    Setting::flag("cluster-cidr", Text).default(""),
    Setting::flag("contention-profiling", Bool).default("false"),
    Setting::flag("controllers", List).default("*"),
    Setting::flag("emulated-version", List).default("").since((1, 31)),
    Setting::flag("feature-gates", Map).default(""),
    Setting::flag("kubeconfig", Text).default("").document(DocumentKind::Kubeconfig),
    // `RecommendedDebuggingOptions` came in 1.18; before, the field was left at false.
    Setting::flag("profiling", Bool).default("false").changed((1, 18), "true"),
    // Serving. Without certificate and key a self-signed pair is made in memory.
    Setting::flag("bind-address", Text).default("0.0.0.0"),
    Setting::flag("secure-port", Integer).default("10257"),
    // From 1.22 on the insecure flags are kept without effect.
    Setting::flag("address", Text).default("0.0.0.0").changed((1, 22), "127.0.0.1").until((1, 24)),
    Setting::flag("port", Integer).default("10252").changed((1, 22), "0").until((1, 24)),
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
    Setting::flag("authentication-tolerate-lookup-failure", Bool).default("false"),
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
    // Controllers.
    Setting::flag("cluster-signing-cert-file", Text)
        .default("/etc/kubernetes/ca/ca.pem")
        .changed((1, 19), "")
        .certificates(),
    Setting::flag("cluster-signing-duration", Duration)
        .alias("experimental-cluster-signing-duration")
        .default("8760h0m0s"),
    Setting::flag("cluster-signing-key-file", Text)
        .default("/etc/kubernetes/ca/ca.key")
        .changed((1, 19), "")
        .state(),
    Setting::flag("cluster-signing-kube-apiserver-client-cert-file", Text)
        .default("")
        .since((1, 19))
        .certificates(),
    Setting::flag("cluster-signing-kube-apiserver-client-key-file", Text)
        .default("")
        .since((1, 19))
        .state(),
    Setting::flag("cluster-signing-kubelet-client-cert-file", Text)
        .default("")
        .since((1, 19))
        .certificates(),
    Setting::flag("cluster-signing-kubelet-client-key-file", Text)
        .default("")
        .since((1, 19))
        .state(),
    Setting::flag("cluster-signing-kubelet-serving-cert-file", Text)
        .default("")
        .since((1, 19))
        .certificates(),
    Setting::flag("cluster-signing-kubelet-serving-key-file", Text)
        .default("")
        .since((1, 19))
        .state(),
    Setting::flag("cluster-signing-legacy-unknown-cert-file", Text)
        .default("")
        .since((1, 19))
        .certificates(),
    Setting::flag("cluster-signing-legacy-unknown-key-file", Text)
        .default("")
        .since((1, 19))
        .state(),
    Setting::flag("enable-hostpath-provisioner", Bool).default("false"),
    Setting::flag("flex-volume-plugin-dir", Text)
        .default("/usr/libexec/kubernetes/kubelet-plugins/volume/exec/")
        .directory(),
    Setting::flag("legacy-service-account-token-clean-up-period", Duration)
        .default("8760h0m0s")
        .since((1, 28)),
    Setting::flag("root-ca-file", Text).default("").certificates(),
    Setting::flag("service-account-private-key-file", Text).default("").state(),
    Setting::flag("terminated-pod-gc-threshold", Integer).default("12500"),
    Setting::flag("use-service-account-credentials", Bool).default("false"),
];

//! Defaults: `pkg/proxy/apis/config/v1alpha1/defaults.go`, `cmd/kube-proxy/app/options.go`.
//!
//! With `--config`, all flags but `--hostname-override` are ignored (`Options.Complete`).

use merlon_snapshot::DocumentKind;

use crate::setting::{
    Kind::{Bool, List, Map, Text},
    Setting,
};

pub(super) const SETTINGS: &[Setting] = &[
    Setting::flag("bind-address", Text)
        .config("bindAddress")
        .default("0.0.0.0")
        .zero_in_file_is_default(),
    Setting::flag("bind-address-hard-fail", Bool)
        .config("bindAddressHardFail")
        .default("false")
        .since((1, 19)),
    Setting::flag("cluster-cidr", Text).config("clusterCIDR").default(""),
    Setting::flag("config", Text).default("").document(DocumentKind::KubeProxyConfiguration),
    Setting::flag("feature-gates", Map).config("featureGates").default(""),
    // Next to an IPv6 bindAddress in the file, `[::]:10256`: all addresses as well.
    Setting::flag("healthz-bind-address", Text)
        .config("healthzBindAddress")
        .default("0.0.0.0:10256")
        .zero_in_file_is_default(),
    Setting::flag("hostname-override", Text)
        .config("hostnameOverride")
        .default("")
        .flag_over_file(),
    Setting::flag("iptables-localhost-nodeports", Bool)
        .config("iptables.localhostNodePorts")
        .default("true")
        .since((1, 26)),
    Setting::flag("kubeconfig", Text)
        .config("clientConnection.kubeconfig")
        .default("")
        .document(DocumentKind::Kubeconfig),
    Setting::flag("masquerade-all", Bool).config("iptables.masqueradeAll").default("false"),
    Setting::flag("master", Text).default(""),
    // Next to an IPv6 bindAddress in the file, `[::1]:10249`: the loopback address as well.
    Setting::flag("metrics-bind-address", Text)
        .config("metricsBindAddress")
        .default("127.0.0.1:10249")
        .zero_in_file_is_default(),
    Setting::flag("nodeport-addresses", List).config("nodePortAddresses").default(""),
    Setting::flag("profiling", Bool).config("enableProfiling").default("false"),
    Setting::flag("proxy-mode", Text).config("mode").default(""),
];

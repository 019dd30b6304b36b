//! Defaults: `pkg/kubelet/apis/config/v1beta1/defaults.go`; without a configuration file
//! `applyLegacyDefaults` in `cmd/kubelet/app/options/options.go`.

use merlon_snapshot::DocumentKind;

use crate::setting::{
    Kind::{Bool, Integer, Map, Text},
    Setting,
};

pub(super) const SETTINGS: &[Setting] = &[
    Setting::flag("config", Text).default("").document(DocumentKind::KubeletConfiguration),
    Setting::flag("config-dir", Text).default("").since((1, 28)).directory(),
    Setting::flag("kubeconfig", Text).default("").document(DocumentKind::Kubeconfig),
    Setting::flag("anonymous-auth", Bool)
        .config("authentication.anonymous.enabled")
        .default("false")
        .without_config("true"),
    Setting::flag("authorization-mode", Text)
        .config("authorization.mode")
        .default("Webhook")
        .without_config("AlwaysAllow"),
    Setting::flag("read-only-port", Integer)
        .config("readOnlyPort")
        .default("0")
        .without_config("10255"),
    Setting::flag("feature-gates", Map).config("featureGates").default(""),
    Setting::key("staticPodPath", Text).default("").directory(),
];

//! Defaults: `cmd/kube-apiserver/app/options`, `pkg/kubeapiserver/options`,
//! `staging/src/k8s.io/apiserver/pkg/server/options`.

use merlon_snapshot::DocumentKind;

use crate::setting::{
    Kind::{Bool, Integer, List},
    Setting,
};

pub(super) const SETTINGS: &[Setting] = &[
    Setting::flag("anonymous-auth", Bool).default("true"),
    Setting::flag("authorization-mode", List).default("AlwaysAllow"),
    Setting::flag("authorization-config", crate::setting::Kind::Text)
        .default("")
        .since((1, 29))
        .document(DocumentKind::AuthorizationConfiguration),
    Setting::flag("audit-log-maxage", Integer).default("0"),
    Setting::flag("profiling", Bool).default("true"),
];

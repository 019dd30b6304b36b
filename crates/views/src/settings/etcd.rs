//! Defaults: `server/embed/config.go` of etcd.

use crate::setting::{
    Kind::{Bool, Text},
    Setting,
};

pub(super) const SETTINGS: &[Setting] = &[
    Setting::flag("config-file", Text)
        .default("")
        .document(merlon_snapshot::DocumentKind::EtcdConfiguration),
    Setting::flag("cert-file", Text)
        .config("client-transport-security.cert-file")
        .default("")
        .certificates(),
    Setting::flag("key-file", Text)
        .config("client-transport-security.key-file")
        .default("")
        .state(),
    Setting::flag("client-cert-auth", Bool)
        .config("client-transport-security.client-cert-auth")
        .default("false"),
];

//! Defaults: `server/embed/config.go` of etcd (`embed/config.go` up to 3.4) and `etcdmain/config.go`.
//!
//! With `--config-file`, all other flags and the environment are ignored (`config.parse`).

use merlon_snapshot::DocumentKind;

use crate::setting::{
    Kind::{Bool, Integer, List, Map, Text},
    Setting,
};

pub(super) const SETTINGS: &[Setting] = &[
    Setting::flag("config-file", Text).default("").document(DocumentKind::EtcdConfiguration),
    // Member. Without a data directory, `NAME.etcd` in the working directory.
    Setting::flag("data-dir", Text).config("data-dir").default("").directory(),
    Setting::flag("name", Text).config("name").default("default"),
    Setting::flag("wal-dir", Text).config("wal-dir").default("").directory(),
    Setting::flag("listen-client-urls", List)
        .config("listen-client-urls")
        .default("http://localhost:2379")
        .zero_in_file_is_default(),
    Setting::flag("listen-client-http-urls", List)
        .config("listen-client-http-urls")
        .default("")
        .since((3, 5)),
    Setting::flag("listen-metrics-urls", List).config("listen-metrics-urls").default(""),
    Setting::flag("listen-peer-urls", List)
        .config("listen-peer-urls")
        .default("http://localhost:2380")
        .zero_in_file_is_default(),
    // Cluster. When listen-client-urls is given as a flag and this is not, etcd refuses to start.
    Setting::flag("advertise-client-urls", List)
        .config("advertise-client-urls")
        .default("http://localhost:2379")
        .zero_in_file_is_default(),
    Setting::flag("initial-advertise-peer-urls", List)
        .config("initial-advertise-peer-urls")
        .default("http://localhost:2380")
        .zero_in_file_is_default(),
    Setting::flag("initial-cluster-state", Text)
        .config("initial-cluster-state")
        .default("new")
        .zero_in_file_is_default(),
    Setting::flag("force-new-cluster", Bool).config("force-new-cluster").default("false"),
    Setting::flag("strict-reconfig-check", Bool).config("strict-reconfig-check").default("true"),
    Setting::flag("discovery", Text).config("discovery").default(""),
    Setting::flag("discovery-srv", Text).config("discovery-srv").default(""),
    Setting::flag("enable-v2", Bool)
        .config("enable-v2")
        .default("true")
        .changed((3, 4), "false")
        .until((3, 6)),
    // Clients.
    Setting::flag("cert-file", Text)
        .config("client-transport-security.cert-file")
        .default("")
        .certificates(),
    Setting::flag("key-file", Text)
        .config("client-transport-security.key-file")
        .default("")
        .state(),
    Setting::flag("client-cert-file", Text)
        .config("client-transport-security.client-cert-file")
        .default("")
        .since((3, 5))
        .certificates(),
    Setting::flag("client-key-file", Text)
        .config("client-transport-security.client-key-file")
        .default("")
        .since((3, 5))
        .state(),
    Setting::flag("client-cert-auth", Bool)
        .config("client-transport-security.client-cert-auth")
        .default("false"),
    Setting::flag("client-crl-file", Text).default("").state(),
    Setting::flag("client-cert-allowed-hostname", List)
        .config("client-transport-security.allowed-hostname")
        .default("")
        .since((3, 4)),
    Setting::flag("trusted-ca-file", Text)
        .config("client-transport-security.trusted-ca-file")
        .default("")
        .certificates(),
    Setting::flag("ca-file", Text)
        .config("client-transport-security.ca-file")
        .default("")
        .until((3, 4))
        .certificates(),
    Setting::flag("auto-tls", Bool).config("client-transport-security.auto-tls").default("false"),
    // Peers.
    Setting::flag("peer-cert-file", Text)
        .config("peer-transport-security.cert-file")
        .default("")
        .certificates(),
    Setting::flag("peer-key-file", Text)
        .config("peer-transport-security.key-file")
        .default("")
        .state(),
    Setting::flag("peer-client-cert-file", Text)
        .config("peer-transport-security.client-cert-file")
        .default("")
        .since((3, 5))
        .certificates(),
    Setting::flag("peer-client-key-file", Text)
        .config("peer-transport-security.client-key-file")
        .default("")
        .since((3, 5))
        .state(),
    Setting::flag("peer-client-cert-auth", Bool)
        .config("peer-transport-security.client-cert-auth")
        .default("false"),
    Setting::flag("peer-trusted-ca-file", Text)
        .config("peer-transport-security.trusted-ca-file")
        .default("")
        .certificates(),
    Setting::flag("peer-ca-file", Text)
        .config("peer-transport-security.ca-file")
        .default("")
        .until((3, 4))
        .certificates(),
    Setting::flag("peer-auto-tls", Bool)
        .config("peer-transport-security.auto-tls")
        .default("false"),
    Setting::flag("peer-crl-file", Text).default("").state(),
    Setting::flag("peer-cert-allowed-cn", List)
        .config("peer-transport-security.allowed-cn")
        .default(""),
    Setting::flag("peer-cert-allowed-hostname", List)
        .config("peer-transport-security.allowed-hostname")
        .default("")
        .since((3, 4)),
    Setting::flag("peer-skip-client-san-verification", Bool)
        .config("peer-transport-security.skip-client-san-verification")
        .default("false")
        .since((3, 6)),
    Setting::flag("experimental-peer-skip-client-san-verification", Bool)
        .config("experimental-peer-skip-client-san-verification")
        .default("false")
        .until((3, 7)),
    // Both.
    Setting::flag("self-signed-cert-validity", Integer)
        .config("self-signed-cert-validity")
        .default("1")
        .zero_in_file_is_default()
        .since((3, 5)),
    // Not set means Go's own choice of suites.
    Setting::flag("cipher-suites", List).config("cipher-suites").default(""),
    // The flags came in patches of 3.4 and 3.5; before, the least was TLS 1.2 as well.
    Setting::flag("tls-min-version", Text).config("tls-min-version").default("TLS1.2"),
    Setting::flag("tls-max-version", Text).config("tls-max-version").default(""),
    Setting::flag("cors", List)
        .config("cors")
        .default("")
        .changed((3, 4), "*")
        .zero_in_file_is_default(),
    Setting::flag("host-whitelist", List)
        .config("host-whitelist")
        .default("*")
        .zero_in_file_is_default()
        .since((3, 4)),
    Setting::flag("auth-token", Text).config("auth-token").default("simple"),
    Setting::flag("bcrypt-cost", Integer).config("bcrypt-cost").default("10").since((3, 4)),
    // Watching it.
    Setting::flag("enable-pprof", Bool).config("enable-pprof").default("false"),
    Setting::flag("metrics", Text).config("metrics").default("basic"),
    Setting::flag("debug", Bool).config("debug").default("false").until((3, 5)),
    Setting::flag("logger", Text)
        .config("logger")
        .default("capnslog")
        .changed((3, 5), "zap")
        .since((3, 4)),
    Setting::flag("log-level", Text).config("log-level").default("info").since((3, 4)),
    Setting::flag("log-outputs", List).config("log-outputs").default("default").since((3, 4)),
    Setting::flag("log-output", Text).config("log-output").default("default").until((3, 5)),
    Setting::flag("feature-gates", Map).config("feature-gates").default("").since((3, 6)),
    Setting::flag("unsafe-no-fsync", Bool).config("unsafe-no-fsync").default("false").since((3, 4)),
];

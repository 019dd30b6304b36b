//! Built-in defaults, each change on both sides.

use merlon_model::Component::{
    self, Etcd, KubeApiserver, KubeControllerManager, KubeProxy, KubeScheduler, Kubelet,
};
use merlon_views::setting::Builtin;
use merlon_views::settings;

use crate::support::given;

#[track_caller]
fn check(component: Component, version: &str, setting: &str, expected: &str) {
    let expected = expected.replace("@ default", &format!("@ default of {component}"));
    given(component, version, "").check(setting, &expected);
}

#[test]
fn defaults_change_with_the_release() {
    let api = |version, setting, expected| check(KubeApiserver, version, setting, expected);
    api("1.19", "insecure-port", "8080 @ default 1.19");
    api("1.20", "insecure-port", "0 @ default 1.20");
    api("1.23", "insecure-port", "0 @ default 1.23");
    api(
        "1.24",
        "insecure-port",
        "! kube-apiserver 1.24 no longer has --insecure-port, it went away in 1.24",
    );
    api("", "insecure-port", "! depends on the release");
    api("1.35", "audit-log-maxage", "0 @ default 1.35");
    api("1.36", "audit-log-maxage", "366 @ default 1.36");
    api("1.35", "audit-log-maxbackup", "0 @ default 1.35");
    api("1.36", "audit-log-maxbackup", "100 @ default 1.36");
    api("1.36", "audit-log-maxsize", "100 @ default 1.36");
    api("", "audit-log-maxage", "! depends on the release");
    api("1.30", "enable-logs-handler", "true @ default 1.30");
    api("1.31", "enable-logs-handler", "false @ default 1.31");
    api("1.21", "kubelet-https", "true @ default");
    api("1.22", "kubelet-https", "! went away in 1.22");
    api("1.18", "basic-auth-file", "not set @ default");
    api("1.19", "basic-auth-file", "! went away in 1.19");
    api("1.18", "service-account-extend-token-expiration", "! came in 1.19");
    api("1.19", "service-account-extend-token-expiration", "true @ default");
    api("1.28", "authorization-config", "! came in 1.29");
    api("1.25", "encryption-provider-config-automatic-reload", "! came in 1.26");
    api("1.13", "repair-malformed-updates", "true @ default");
    api("1.15", "repair-malformed-updates", "! went away in 1.14");

    let kcm = |version, setting, expected| check(KubeControllerManager, version, setting, expected);
    kcm("1.17", "profiling", "false @ default 1.17");
    kcm("1.18", "profiling", "true @ default 1.18");
    kcm("1.21", "port", "10252 @ default 1.21");
    kcm("1.22", "port", "0 @ default 1.22");
    kcm("1.24", "port", "! went away in 1.24");
    kcm("1.21", "address", "0.0.0.0 @ default 1.21");
    kcm("1.22", "address", "127.0.0.1 @ default 1.22");
    kcm("1.18", "cluster-signing-key-file", "/etc/kubernetes/ca/ca.key @ default 1.18");
    kcm("1.19", "cluster-signing-key-file", "not set @ default 1.19");
    kcm("1.20", "authorization-always-allow-paths", "/healthz @ default 1.20");
    kcm("1.21", "authorization-always-allow-paths", "/healthz,/readyz,/livez @ default 1.21");

    let scheduler = |version, setting, expected| check(KubeScheduler, version, setting, expected);
    scheduler("1.16", "profiling", "false @ default 1.16");
    scheduler("1.17", "profiling", "true @ default 1.17");
    scheduler("1.22", "port", "10251 @ default 1.22");
    scheduler("1.23", "port", "0 @ default 1.23");
    scheduler("1.24", "address", "! went away in 1.24");

    let kubelet = |version, setting, expected| check(Kubelet, version, setting, expected);
    kubelet("1.26", "event-qps", "5 @ default 1.26");
    kubelet("1.27", "event-qps", "50 @ default 1.27");
    kubelet("1.26", "event-burst", "10 @ default 1.26");
    kubelet("1.27", "event-burst", "100 @ default 1.27");
    kubelet("", "event-qps", "! tell it with --kubernetes-version");
    kubelet("1.17", "enable-cadvisor-json-endpoints", "true @ default 1.17");
    kubelet("1.18", "enable-cadvisor-json-endpoints", "false @ default 1.18");
    kubelet("1.23", "container-runtime-endpoint", "unix:///var/run/dockershim.sock @ default 1.23");
    kubelet("1.24", "container-runtime-endpoint", "not set @ default 1.24");
    kubelet(
        "1.27",
        "container-runtime-endpoint",
        "unix:///run/containerd/containerd.sock @ default 1.27",
    );
    kubelet("1.23", "container-runtime", "docker @ default 1.23");
    kubelet("1.24", "container-runtime", "remote @ default 1.24");
    kubelet("1.27", "memorySwap.swapBehavior", "LimitedSwap @ default 1.27");
    kubelet("1.28", "memorySwap.swapBehavior", "UnlimitedSwap @ default 1.28");
    kubelet("1.30", "memorySwap.swapBehavior", "NoSwap @ default 1.30");
    kubelet(
        "1.32",
        "imagePullCredentialsVerificationPolicy",
        "! kubelet 1.32 does not have imagePull",
    );
    kubelet("1.34", "imagePullCredentialsVerificationPolicy", "not set @ default");
    kubelet(
        "1.35",
        "imagePullCredentialsVerificationPolicy",
        "NeverVerifyPreloadedImages @ default",
    );
    kubelet("1.21", "seccomp-default", "! came in 1.22");
    kubelet("1.36", "seccomp-default", "false @ default");

    let etcd = |version, setting, expected| check(Etcd, version, setting, expected);
    etcd("3.3", "enable-v2", "true @ default 3.3");
    etcd("3.4", "enable-v2", "false @ default 3.4");
    etcd("3.6", "enable-v2", "! went away in 3.6");
    etcd("3.3", "cors", "not set @ default 3.3");
    etcd("3.4", "cors", "* @ default 3.4");
    etcd("3.4", "logger", "capnslog @ default 3.4");
    etcd("3.5", "logger", "zap @ default 3.5");
    etcd("3.4", "self-signed-cert-validity", "! came in 3.5");
}

#[test]
fn defaults_that_controls_decide_on() {
    for (component, setting, expected) in [
        (KubeApiserver, "anonymous-auth", "true"),
        (KubeApiserver, "authorization-mode", "AlwaysAllow"),
        (KubeApiserver, "bind-address", "0.0.0.0"),
        (KubeApiserver, "secure-port", "6443"),
        (KubeApiserver, "profiling", "true"),
        (KubeApiserver, "request-timeout", "1m0s"),
        (KubeApiserver, "service-account-lookup", "true"),
        (KubeApiserver, "audit-log-path", "not set"),
        (KubeApiserver, "tls-min-version", "VersionTLS12"),
        (KubeApiserver, "encryption-provider-config", "not set"),
        (KubeApiserver, "event-ttl", "1h0m0s"),
        (KubeControllerManager, "terminated-pod-gc-threshold", "12500"),
        (KubeControllerManager, "use-service-account-credentials", "false"),
        (KubeControllerManager, "bind-address", "0.0.0.0"),
        (KubeControllerManager, "secure-port", "10257"),
        (KubeControllerManager, "root-ca-file", "not set"),
        (KubeControllerManager, "authentication-tolerate-lookup-failure", "false"),
        (KubeScheduler, "authentication-tolerate-lookup-failure", "true"),
        (KubeScheduler, "bind-address", "0.0.0.0"),
        (KubeScheduler, "secure-port", "10259"),
        (KubeProxy, "metrics-bind-address", "127.0.0.1:10249"),
        (KubeProxy, "healthz-bind-address", "0.0.0.0:10256"),
        (KubeProxy, "profiling", "false"),
        (Etcd, "client-cert-auth", "false"),
        (Etcd, "auto-tls", "false"),
        (Etcd, "peer-auto-tls", "false"),
        (Etcd, "listen-client-urls", "http://localhost:2379"),
        (Etcd, "auth-token", "simple"),
        (Kubelet, "anonymous-auth", "true"),
        (Kubelet, "authorization-mode", "AlwaysAllow"),
        (Kubelet, "authentication-token-webhook", "false"),
        (Kubelet, "read-only-port", "10255"),
    ] {
        check(component, "", setting, &format!("{expected} @ default"));
    }
    for (setting, expected) in [
        ("anonymous-auth", "false"),
        ("authorization-mode", "Webhook"),
        ("authentication-token-webhook", "true"),
        ("read-only-port", "0"),
        ("make-iptables-util-chains", "true"),
        ("streaming-connection-idle-timeout", "4h0m0s"),
        ("rotate-certificates", "false"),
        ("rotate-server-certificates", "false"),
        ("protect-kernel-defaults", "false"),
        ("tls-cert-file", "not set"),
        ("tls-cipher-suites", "not set"),
        ("pod-max-pids", "-1"),
        ("healthz-bind-address", "127.0.0.1"),
        ("fail-swap-on", "true"),
    ] {
        given(Kubelet, "", "")
            .config("kind: KubeletConfiguration")
            .check(setting, &format!("{expected} @ default of kubelet"));
    }
}

/// Each row can be read: its defaults have its kind, come in order, and stand in its time.
#[test]
fn tables_hold_together() {
    for component in Component::ALL {
        let mut names = std::collections::BTreeSet::new();
        for setting in settings::of(component) {
            let name = setting.name;
            assert!(names.insert(name), "{component} has {name} twice");
            if let Some(alias) = setting.alias {
                assert!(names.insert(alias), "{component} has {alias} twice");
            }
            assert!(setting.flag || setting.config.is_some() || setting.structured.is_some());
            assert!(setting.since.is_none() || setting.since < setting.until.or(Some((9, 9))));
            let defaults: Vec<_> = setting.defaults.iter().flatten().collect();
            assert!(!defaults.is_empty(), "{component} {name} has no default");
            assert!(defaults.is_sorted_by(|one, other| one.since < other.since), "{name}");
            for default in defaults {
                let text = match default.value {
                    Builtin::Is(text) => text,
                    Builtin::WithGate { gate, value } => {
                        given(component, "1.36", "").ask(|view| view.feature_gate(gate)).unwrap();
                        value
                    }
                };
                let value = merlon_views::Value::parse(text, setting.kind);
                assert!(value.is_ok(), "{component} {name}: {text:?} is not {:?}", setting.kind);
            }
            if let Some(text) = setting.legacy_default {
                assert!(merlon_views::Value::parse(text, setting.kind).is_ok(), "{name}");
            }
            if let Some(structured) = setting.structured {
                assert!(settings::find(component, structured.flag).is_some(), "{name}");
            }
        }
    }
}

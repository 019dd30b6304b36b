//! Flags, files, environment and live configuration against each other.

use merlon_model::Component::{
    Etcd, KubeApiserver, KubeControllerManager, KubeProxy, KubeScheduler, Kubelet,
};

use crate::support::{CONFIG, given};

#[test]
fn flags_are_read_to_the_letter() {
    let check = |words: &str, setting: &str, expected: &str| {
        given(KubeApiserver, "1.31", words).check(setting, expected);
    };
    let first = |value: &str| format!("{value} @ kube-apiserver[7] argument 1");
    check("--audit-log-maxage=30", "audit-log-maxage", &first("30"));
    check("--audit-log-maxage 30", "audit-log-maxage", &first("30"));
    check("--audit_log_maxage 30", "audit-log-maxage", &first("30"));
    check("--audit-log-maxage=0x1e", "audit-log-maxage", &first("30"));
    check("--profiling", "profiling", &first("true"));
    check("--profiling=F", "profiling", &first("false"));
    check("--profiling false", "profiling", &first("true"));
    check("--profiling=no", "profiling", "! --profiling=no is not true or false");
    check("--profiling= --x", "profiling", "! is not true or false");
    check("--audit-log-maxage", "audit-log-maxage", "! --audit-log-maxage has no value");
    check("--audit-log-maxage=30d", "audit-log-maxage", "! is not a whole number");
    check("--request-timeout=300", "request-timeout", "! is not a duration");
    check("--request-timeout=300s", "request-timeout", &first("5m0s"));
    check("--profiling=false --profiling", "profiling", "true @ kube-apiserver[7] argument 2");
    check(
        "--profiling=true --profiling=false",
        "profiling",
        "false @ kube-apiserver[7] argument 2",
    );
    check(
        "--authorization-mode=Node --authorization-mode=RBAC,Webhook",
        "authorization-mode",
        "Node,RBAC,Webhook @ kube-apiserver[7] argument 2",
    );
    check(
        "--tls-cipher-suites=A --tls-cipher-suites=",
        "tls-cipher-suites",
        "A @ kube-apiserver[7] argument 2",
    );
    check(
        "--feature-gates=A=true,B=false --feature-gates=B=true",
        "feature-gates",
        "A=true,B=true @ kube-apiserver[7] argument 2",
    );
    check(
        "--runtime-config=api/all,b/v1=false,c=",
        "runtime-config",
        &first("api/all=true,b/v1=false,c=true"),
    );
    check("--feature-gates=A", "feature-gates", "! is not key=value pairs");
    check("--token-auth-file=", "token-auth-file", &first("not set"));
    check("-- --profiling=false", "profiling", "true @ default of kube-apiserver");
    check("--audit-log-path -", "audit-log-path", &first("-"));
    check("--audit-policy-file /a --profiling=false", "audit-policy-file", &first("/a"));
    // `StringArray`: one part each, commas and all.
    check(
        "--service-account-key-file=/a,b --service-account-key-file=/c",
        "service-account-key-file",
        "/a,b,/c @ kube-apiserver[7] argument 2",
    );
}

#[test]
fn an_older_flag_sets_the_same_value() {
    let check = |version: &str, words: &str, setting: &str, expected: &str| {
        given(KubeApiserver, version, words).check(setting, expected);
    };
    let second = |value: &str| format!("{value} @ kube-apiserver[7] argument 2");
    check("1.18", "--insecure-port=0 --port=8080", "insecure-port", &second("8080"));
    check("1.18", "--port=8080 --insecure-port 0", "insecure-port", &second("0"));
    check(
        "1.20",
        "--x=1 --experimental-encryption-provider-config=/e",
        "encryption-provider-config",
        &second("/e"),
    );
    check(
        "1.20",
        "--x=1 --experimental-encryption-provider-config=/e",
        "experimental-encryption-provider-config",
        &second("/e"),
    );
    given(KubeControllerManager, "1.18", "--experimental-cluster-signing-duration=24h")
        .check("cluster-signing-duration", "24h0m0s @ kube-controller-manager[7] argument 1");
    given(Kubelet, "1.22", "--experimental-bootstrap-kubeconfig /b")
        .check("bootstrap-kubeconfig", "/b @ kubelet[7] argument 1");
}

#[test]
fn settings_are_found_by_flag_and_by_key() {
    let kubelet = given(Kubelet, "1.31", "").config("staticPodPath: /etc/manifests\n");
    kubelet.check("staticPodPath", "/etc/manifests @ /etc/config.yaml:1");
    kubelet.check("pod-manifest-path", "/etc/manifests @ /etc/config.yaml:1");
    given(Kubelet, "1.31", "--pod-manifest-path /m")
        .check("staticPodPath", "/m @ kubelet[7] argument 1");
}

#[test]
fn kubelet_flags_win_over_its_file() {
    let check = |words: &str, config: &str, setting: &str, expected: &str| {
        given(Kubelet, "1.31", words).config(config).check(setting, expected);
    };
    let file = "authentication:\n  anonymous:\n    enabled: true\n";
    check("", file, "anonymous-auth", "true @ /etc/config.yaml:3");
    check("--anonymous-auth=false", file, "anonymous-auth", "false @ kubelet[7] argument 1");
    check("--anonymous-auth", file, "anonymous-auth", "true @ kubelet[7] argument 1");
    check(
        "",
        "authentication: {anonymous: {enabled: null}}",
        "anonymous-auth",
        "false @ default of kubelet",
    );
    check("", "authentication: ~\n", "anonymous-auth", "false @ default of kubelet");
    check("", "authentication: yes\n", "anonymous-auth", "! is no mapping");
    check(
        "",
        "authentication: {anonymous: {enabled: \"true\"}}",
        "anonymous-auth",
        "! is not true or false",
    );
    check(
        "",
        "authentication: {anonymous: {enabled: on}}",
        "anonymous-auth",
        "true @ /etc/config.yaml:1",
    );
    check("", "readOnlyPort: 10255", "read-only-port", "10255 @ /etc/config.yaml:1");
    check("", "readOnlyPort: many", "read-only-port", "! readOnlyPort is not a whole number");
    check(
        "--read-only-port=0",
        "readOnlyPort: 10255",
        "read-only-port",
        "0 @ kubelet[7] argument 1",
    );
    check("", "{\"readOnlyPort\": 10255}", "read-only-port", "10255 @ /etc/config.yaml:1");
    // A flag of a list takes the place of the file's list.
    check(
        "--tls-cipher-suites=A",
        "tlsCipherSuites: [B, C]",
        "tls-cipher-suites",
        "A @ kubelet[7] argument 1",
    );
    check("", "tlsCipherSuites:\n- B\n- C\n", "tls-cipher-suites", "B,C @ /etc/config.yaml:2");
    check("", "tlsCipherSuites: []", "tls-cipher-suites", "not set @ /etc/config.yaml:1");
    check("", "tlsCipherSuites: [[]]", "tls-cipher-suites", "! is not a single value");
    // Gates of the flag win one by one.
    check(
        "--feature-gates=A=true",
        "featureGates: {A: false, B: true}",
        "feature-gates",
        "A=true,B=true @ kubelet[7] argument 1",
    );
    check("", "a: [\n", "read-only-port", "! /etc/config.yaml:");
    check("", "", "read-only-port", "! /etc/config.yaml is empty");
    check("", "kind: KubeletConfiguration", "read-only-port", "0 @ default of kubelet");
}

#[test]
fn an_explicit_zero_can_mean_the_default() {
    let check = |words: &str, config: &str, setting: &str, expected: &str| {
        given(Kubelet, "1.31", words).config(config).check(setting, expected);
    };
    let idle = "streaming-connection-idle-timeout";
    check("", "streamingConnectionIdleTimeout: 0s", idle, "4h0m0s @ default of kubelet");
    check("", "streamingConnectionIdleTimeout: 5m", idle, "5m0s @ /etc/config.yaml:1");
    check("", "streamingConnectionIdleTimeout: 0", idle, "! is not a duration");
    check(&format!("--{idle}=0"), "a: b", idle, "0s @ kubelet[7] argument 1");
    check("", "authorization: {mode: \"\"}", "authorization-mode", "Webhook @ default of kubelet");
    check("", "eventRecordQPS: 0", "event-qps", "0 @ /etc/config.yaml:1");
    check("", "eventBurst: 0", "event-burst", "100 @ default of kubelet 1.31");
    check("", "port: 0", "port", "10250 @ default of kubelet");
    check("", "tlsMinVersion: \"\"", "tls-min-version", "VersionTLS12 @ default of kubelet");
    given(KubeApiserver, "1.31", "--tls-min-version=")
        .check("tls-min-version", "VersionTLS12 @ default of kube-apiserver");
    given(KubeApiserver, "1.31", "--authorization-mode=")
        .check("authorization-mode", "AlwaysAllow @ default of kube-apiserver");
    given(KubeProxy, "1.31", "")
        .config("metricsBindAddress: ''")
        .check("metrics-bind-address", "127.0.0.1:10249 @ default of kube-proxy");
}

#[test]
fn drop_ins_are_laid_over_in_order() {
    let kubelet = given(Kubelet, "1.32", "")
        .config("readOnlyPort: 1\nfeatureGates: {A: true, B: true}\ntlsCipherSuites: [X, Y]\n")
        .drop_in("20-b.conf", "readOnlyPort: 3\nfeatureGates: {B: false}\n")
        .drop_in("10-a.conf", "readOnlyPort: 2\nfeatureGates: {C: true}\ntlsCipherSuites: [Z]\n")
        .drop_in("30-c.yaml", "readOnlyPort: 4\n");
    kubelet.check("read-only-port", "3 @ /etc/drop-ins/20-b.conf:1");
    kubelet.check("feature-gates", "A=true,B=false,C=true @ /etc/drop-ins/20-b.conf:2");
    kubelet.check("tls-cipher-suites", "Z @ /etc/drop-ins/10-a.conf:3");
    kubelet.check_gate("RotateKubeletServerCertificate", "true @ default of kubelet 1.32");
    kubelet
        .clone()
        .unreadable("/etc/drop-ins/20-b.conf")
        .check("read-only-port", "! permission denied");
    kubelet
        .clone()
        .unreadable("/etc/drop-ins/10-a.conf")
        .check("read-only-port", "3 @ /etc/drop-ins/20-b.conf:1");
    kubelet.unreadable("/etc/drop-ins/10-a.conf").check("tls-cipher-suites", "! permission denied");
}

#[test]
fn null_in_a_drop_in_depends_on_the_release() {
    let base = "authentication: {anonymous: {enabled: true}}\nfeatureGates: {A: true}\n";
    let check = |version: &str, drop_in: &str, setting: &str, expected: &str| {
        given(Kubelet, version, "")
            .config(base)
            .drop_in("a.conf", drop_in)
            .check(setting, expected);
    };
    let null = "authentication: {anonymous: {enabled: null}}";
    check("1.31", null, "anonymous-auth", "true @ /etc/config.yaml:1");
    check("1.32", null, "anonymous-auth", "false @ default of kubelet");
    check("1.32", "authentication: null", "anonymous-auth", "false @ default of kubelet");
    check("", null, "anonymous-auth", "! depends on the kubelet's release");
    check("", "port: 1", "anonymous-auth", "true @ /etc/config.yaml:1");
    check("1.28", "port: 1", "anonymous-auth", "! is not modelled");
    check(
        "1.32",
        "featureGates: {A: null, B: true}",
        "feature-gates",
        "B=true @ /etc/drop-ins/a.conf:1",
    );
    check(
        "1.31",
        "featureGates: {A: null, B: true}",
        "feature-gates",
        "A=true,B=true @ /etc/drop-ins/a.conf:1",
    );
    // 1.29 to 1.31 do not run the defaulting after the merge.
    let zero = "streamingConnectionIdleTimeout: 0s";
    let idle = "streaming-connection-idle-timeout";
    check("1.31", zero, idle, "0s @ /etc/drop-ins/a.conf:1");
    check("1.32", zero, idle, "4h0m0s @ default of kubelet");
    check("", zero, idle, "! depends on the release");
}

#[test]
fn drop_ins_alone_are_laid_over_the_defaults_of_flags() {
    let kubelet = given(Kubelet, "1.32", "").drop_in("a.conf", "authorization: {mode: Webhook}\n");
    kubelet.check("authorization-mode", "Webhook @ /etc/drop-ins/a.conf:1");
    kubelet.check("anonymous-auth", "true @ default of kubelet");
    kubelet.check("read-only-port", "10255 @ default of kubelet");
}

#[test]
fn nothing_is_assumed_of_what_could_not_be_read() {
    let kubelet = given(Kubelet, "1.31", "--anonymous-auth=false").config("").unreadable(CONFIG);
    kubelet.check("anonymous-auth", "false @ kubelet[7] argument 1");
    kubelet.check("authorization-mode", "! /etc/config.yaml: permission denied");
    kubelet.check("feature-gates", "! /etc/config.yaml: permission denied");
    kubelet.check_gate("RotateKubeletServerCertificate", "! permission denied");
    given(Kubelet, "1.31", "--config=/nowhere")
        .check("read-only-port", "! /nowhere was not collected");
    given(Kubelet, "1.31", "--config=").check("read-only-port", "10255 @ default of kubelet");
    given(Kubelet, "1.31", "--config=relative").check("read-only-port", "! working directory");
    given(Kubelet, "1.31", "--config-dir=/d").check("read-only-port", "! /d was not listed");
    let hidden = given(KubeApiserver, "1.31", "").hidden();
    hidden.check("anonymous-auth", "! cannot be read");
    hidden.check_plugin("NodeRestriction", "! cannot be read");
    hidden.check_gate("AnonymousAuthConfigurableEndpoints", "! cannot be read");
}

#[test]
fn the_live_configuration_decides() {
    let kubelet = given(Kubelet, "1.31", "--anonymous-auth=false --hostname-override=h")
        .config("readOnlyPort: 1")
        .live("{\"authentication\":{\"anonymous\":{\"enabled\":true}},\"featureGates\":{\"AllAlpha\":true}}");
    kubelet.check("anonymous-auth", "true @ kubelet:/configz");
    kubelet.check("read-only-port", "0 @ kubelet:/configz");
    // What the answer leaves out is zero, or has a default that only the code behind it knows.
    kubelet.check("tls-cipher-suites", "not set @ kubelet:/configz");
    kubelet.check("tls-min-version", "VersionTLS12 @ default of kubelet");
    kubelet.check("tlsCurvePreferences", "! came in 1.36");
    // The kubelet fills in its own certificate: what it answers is not what it was given.
    kubelet.check("tls-cert-file", "not set @ default of kubelet");
    given(Kubelet, "1.31", "--tls-cert-file=/a")
        .live("{\"tlsCertFile\":\"/b\"}")
        .check("tls-cert-file", "/a @ kubelet[7] argument 1");
    given(Kubelet, "1.33", "")
        .live("{}")
        .check("userNamespaces.idsPerPod", "65536 @ default of kubelet");
    kubelet.check("hostname-override", "h @ kubelet[7] argument 2");
    kubelet.check_gate("AllAlpha", "true @ kubelet:/configz");
    kubelet.check_gate("RotateKubeletServerCertificate", "true @ default of kubelet 1.31");
    kubelet.check_gate("KubeletInUserNamespace", "true @ kubelet:/configz");
}

#[test]
fn dynamic_kubelet_configuration_is_not_guessed() {
    let kubelet =
        given(Kubelet, "1.21", "--dynamic-config-dir=/d --read-only-port=0").config("port: 1");
    kubelet.check("read-only-port", "0 @ kubelet[7] argument 2");
    kubelet.check("anonymous-auth", "! with --dynamic-config-dir");
    kubelet.check("cert-dir", "/var/lib/kubelet/pki @ default of kubelet");
    given(Kubelet, "1.21", "--dynamic-config-dir=")
        .check("anonymous-auth", "true @ default of kubelet");
}

#[test]
fn the_file_of_scheduler_and_proxy_replaces_flags() {
    let scheduler = given(KubeScheduler, "1.31", "--profiling=false --bind-address=127.0.0.1");
    scheduler.check("profiling", "false @ kube-scheduler[7] argument 1");
    let with_file = scheduler.config("clientConnection: {kubeconfig: /k}");
    with_file.check("profiling", "true @ default of kube-scheduler 1.31");
    with_file.check("bind-address", "127.0.0.1 @ kube-scheduler[7] argument 2");
    with_file.check("kubeconfig", "/k @ /etc/config.yaml:1");
    given(KubeScheduler, "1.31", "--profiling=true")
        .config("enableProfiling: false")
        .check("profiling", "false @ /etc/config.yaml:1");
    given(KubeScheduler, "1.31", "")
        .config("")
        .unreadable(CONFIG)
        .check("profiling", "! permission denied");
    let old = given(KubeScheduler, "1.18", "--port=0");
    old.check("port", "0 @ kube-scheduler[7] argument 1");
    old.clone().config("a: b").check("port", "10251 @ default of kube-scheduler 1.18");
    old.config("healthzBindAddress: 127.0.0.1:10251")
        .check("port", "! healthzBindAddress at /etc/config.yaml:1 decides");

    let proxy = given(KubeProxy, "1.31", "--metrics-bind-address=0.0.0.0 --hostname-override=h");
    proxy.check("metrics-bind-address", "0.0.0.0 @ kube-proxy[7] argument 1");
    let with_file = proxy.config("hostnameOverride: file\nenableProfiling: true\n");
    with_file.check("metrics-bind-address", "127.0.0.1:10249 @ default of kube-proxy");
    with_file.check("hostname-override", "h @ kube-proxy[7] argument 2");
    with_file.check("profiling", "true @ /etc/config.yaml:2");
    given(KubeProxy, "1.31", "")
        .config("hostnameOverride: file")
        .check("hostname-override", "file @ /etc/config.yaml:1");
}

#[test]
fn etcd_reads_flags_then_environment_or_only_its_file() {
    let etcd = given(Etcd, "3.5.21", "-client-cert-auth --cert-file /c")
        .environment("ETCD_CLIENT_CERT_AUTH", "false")
        .environment("ETCD_PEER_AUTO_TLS", "true")
        .environment("ETCD_KEY_FILE", "")
        .environment("ETCD_AUTO_TLS", "maybe");
    etcd.check("client-cert-auth", "true @ etcd[7] argument 1");
    etcd.check("cert-file", "/c @ etcd[7] argument 2");
    etcd.check("peer-auto-tls", "true @ etcd[7] environment ETCD_PEER_AUTO_TLS");
    etcd.check("auto-tls", "! ETCD_AUTO_TLS=maybe is not true or false");
    etcd.check("key-file", "not set @ default of etcd");
    let file = "client-transport-security:\n  client-cert-auth: false\nlisten-client-urls: https://a,https://b\n";
    let with_file = etcd.config(file);
    with_file.check("client-cert-auth", "false @ /etc/config.yaml:2");
    with_file.check("peer-auto-tls", "false @ default of etcd");
    with_file.check("cert-file", "not set @ default of etcd");
    with_file.check("listen-client-urls", "https://a,https://b @ /etc/config.yaml:3");
    given(Etcd, "3.5.21", "")
        .environment("ETCD_CONFIG_FILE", "/etc/config.yaml")
        .file(CONFIG, merlon_snapshot::DocumentKind::EtcdConfiguration, "metrics: extensive")
        .check("metrics", "extensive @ /etc/config.yaml:1");
    // Go's own flag package: a later list replaces an earlier one, underscores are underscores.
    given(Etcd, "3.5.21", "--listen-client-urls=a --listen-client-urls=b,c")
        .check("listen-client-urls", "b,c @ etcd[7] argument 2");
    given(Etcd, "3.5.21", "--cert_file=/c").check("cert-file", "not set @ default of etcd");
    given(Etcd, "3.5.21", "")
        .config("cipher-suites: [A, B]")
        .check("cipher-suites", "A,B @ /etc/config.yaml:1");
}

#[test]
fn relative_paths_are_only_resolved_where_the_component_does() {
    let path = |words: &str, config: &str, setting: &str| {
        let kubelet = given(Kubelet, "1.31", words).config(config);
        kubelet.ask(|view| view.path(setting)).map(|path| path.map(|(path, _)| path))
    };
    let file = "tlsCertFile: pki/a.crt\n";
    assert_eq!(path("", file, "tls-cert-file").unwrap().as_deref(), Some("/etc/pki/a.crt"));
    assert!(path("--tls-cert-file=pki/a.crt", "", "tls-cert-file").is_err());
    assert_eq!(
        path("", "tlsCertFile: /a.crt", "tls-cert-file").unwrap().as_deref(),
        Some("/a.crt")
    );
    let etcd = given(Etcd, "3.5.21", "").config("client-transport-security: {cert-file: a.crt}");
    assert!(etcd.ask(|view| view.path("cert-file")).is_err());
    let keys =
        given(KubeApiserver, "1.31", "--service-account-key-file=/a --service-account-key-file=/b")
            .ask(|view| view.paths("service-account-key-file"))
            .unwrap();
    let keys: Vec<_> = keys.into_iter().map(|(path, _)| path).collect();
    assert_eq!(keys, ["/a", "/b"]);
}

#[test]
fn what_is_no_path_leads_nowhere() {
    let path = |version: &str, words: &str, setting: &str| {
        given(KubeApiserver, version, words).ask(|view| view.path(setting))
    };
    assert_eq!(path("1.31", "--audit-log-path=-", "audit-log-path"), Ok(None));
    assert_eq!(path("1.31", "--audit-log-path=", "audit-log-path"), Ok(None));
    assert_eq!(path("1.31", "", "basic-auth-file"), Ok(None));
    assert!(path("1.31", "--audit-log-path=a.log", "audit-log-path").is_err());
}

//! A cluster of four nodes that fails in every way an action can mend.

use merlon_model::{
    Action, BenchmarkReport, Carrier, Component, ConfigValue, Counts, Finding, JustifiedBy,
    NodeReport, Outcome, REPORT_FORMAT, Report, Role, SectionReport, Severity,
};

pub(crate) const MANIFEST: &str = "/etc/kubernetes/manifests/kube-apiserver.yaml";
pub(crate) const KUBELET: &str = "/var/lib/kubelet/config.yaml";

/// A report on one node whose findings have these actions, each with its control and section.
pub(crate) fn report(findings: Vec<(&str, &str, &str, Vec<Action>)>) -> Report {
    let mut findings: Vec<Finding> = findings
        .into_iter()
        .map(|(node, control, message, actions)| finding(node, control, message, actions))
        .collect();
    findings.sort_by(|one, other| {
        (&one.scope, &one.control, &one.resource).cmp(&(
            &other.scope,
            &other.control,
            &other.resource,
        ))
    });
    let mut names: Vec<String> = findings.iter().map(|finding| finding.scope.to_string()).collect();
    names.dedup();
    let nodes = names.into_iter().map(|name| node(&name, &findings)).collect();
    Report {
        format: REPORT_FORMAT,
        tool: "merlon 0.1.0".to_owned(),
        taken_at: "2026-01-02T03:04:05Z".to_owned(),
        nodes,
        inventories: Vec::new(),
        summary: Counts::of(findings.iter().map(|finding| finding.outcome)),
        findings,
        causes: 0,
        gone: None,
        attack: None,
        justification_notes: Vec::new(),
    }
}

pub(crate) fn finding(node: &str, control: &str, message: &str, actions: Vec<Action>) -> Finding {
    Finding {
        control: control.into(),
        severity: Severity::Medium,
        scope: node.into(),
        part: None,
        count: 1,
        resource: "kubelet".into(),
        outcome: Outcome::Fail,
        message: message.into(),
        expected: None,
        evidence: Vec::new(),
        actions,
        cause: None,
        risk: None,
        baseline: None,
        justification: None,
    }
}

/// A node whose role its name tells, with a benchmark in which each finding is a section.
fn node(name: &str, findings: &[Finding]) -> NodeReport {
    let own = findings.iter().enumerate().filter(|(_, finding)| finding.scope == name);
    let sections = own.map(|(index, finding)| SectionReport {
        id: format!("1.2.{}", finding.control.len()),
        target: "master".to_owned(),
        title: String::new(),
        automated: true,
        outcome: finding.outcome,
        controls: vec![finding.control.to_string()],
        findings: vec![index],
    });
    let roles = match name {
        _ if name.starts_with("cp") => vec![Role::ControlPlane, Role::Etcd, Role::Worker],
        _ if name.starts_with("etcd") => vec![Role::Etcd],
        _ => vec![Role::Worker],
    };
    NodeReport {
        name: name.to_owned(),
        distribution: Some("kubeadm".to_owned()),
        distribution_evidence: Vec::new(),
        kubernetes_version: Some("1.34.1".to_owned()),
        through_api: false,
        roles,
        components: Vec::new(),
        benchmark: Some(BenchmarkReport {
            id: "cis-1.12".to_owned(),
            name: "CIS".to_owned(),
            why: "told".to_owned(),
            sections: sections.collect(),
            summary: Counts::default(),
        }),
        benchmark_problem: None,
        gaps: Vec::new(),
    }
}

pub(crate) fn set_flag(component: Component, carrier: Carrier, flag: &str, value: &str) -> Action {
    Action::SetFlag { component, carrier, flag: flag.to_owned(), value: value.to_owned() }
}

pub(crate) fn remove_flag(component: Component, carrier: Carrier, flag: &str) -> Action {
    Action::RemoveFlag { component, carrier, flag: flag.to_owned() }
}

pub(crate) fn static_pod() -> Carrier {
    Carrier::StaticPod { path: MANIFEST.to_owned() }
}

pub(crate) fn set_config(path: &str, keys: &[&str], value: ConfigValue) -> Action {
    let keys = keys.iter().map(|key| (*key).to_owned()).collect();
    Action::SetConfig { component: Component::Kubelet, path: path.to_owned(), keys, value }
}

/// Every kind of action and carrier on nodes of every role.
pub(crate) fn everything() -> Report {
    use Component::{Etcd, KubeApiserver, Kubelet};
    let text = |text: &str| text.to_owned();
    let environment = || Carrier::EnvironmentFile {
        path: text("/etc/kubernetes/kubelet.env"),
        variable: text("KUBELET_ARGS"),
        unit: text("kubelet.service"),
    };
    let supervisor = || Carrier::Supervisor {
        path: text("/etc/rancher/k3s/config.yaml"),
        key: text("kubelet-arg"),
        unit: text("k3s-agent.service"),
    };
    let arguments = || Carrier::ArgumentsFile {
        path: text("/var/snap/microk8s/current/args/kubelet"),
        unit: text("snap.microk8s.daemon-kubelite.service"),
    };
    let variables =
        || Carrier::Environment { path: text("/etc/etcd.env"), unit: text("etcd.service") };
    let unit = || Carrier::Unit { unit: text("kube-proxy.service") };
    let remove_config = |keys: &[&str]| Action::RemoveConfig {
        component: Kubelet,
        path: text(KUBELET),
        keys: keys.iter().map(|key| text(key)).collect(),
    };
    let mut findings = vec![
        (
            "cp-1",
            "file-mode",
            "mode 0644",
            vec![Action::RestrictMode { path: text(MANIFEST), mode: 0o600 }],
        ),
        (
            "cp-1",
            "file-owner",
            "owned by 1",
            vec![Action::SetOwner {
                path: text(MANIFEST),
                owner: text("root"),
                group: text("root"),
            }],
        ),
        (
            "cp-1",
            "profiling",
            "--profiling is true",
            vec![set_flag(KubeApiserver, static_pod(), "profiling", "false")],
        ),
        (
            "cp-1",
            "tokens",
            "--token-auth-file is /t",
            vec![remove_flag(KubeApiserver, static_pod(), "token-auth-file")],
        ),
        (
            "cp-1",
            "audit",
            "--audit-policy-file is not set",
            vec![set_flag(KubeApiserver, static_pod(), "audit-policy-file", "")],
        ),
        (
            "cp-1",
            "certificates",
            "the same",
            vec![Action::Manual {
                instruction: text("Give etcd a certificate authority of its own"),
                commands: vec![text("openssl x509 -in /etc/kubernetes/pki/etcd/ca.crt")],
            }],
        ),
        (
            "cp-1",
            "sysctl",
            "vm.overcommit_memory is 0",
            vec![Action::SetSysctl { name: text("vm.overcommit_memory"), value: text("1") }],
        ),
        (
            "cp-1",
            "vendor",
            "--x is 1",
            vec![set_flag(Kubelet, Carrier::Vendor { tool: text("talosctl") }, "x", "2")],
        ),
        ("cp-1", "leftover", "there", vec![Action::RemoveFile { path: text("/etc/old") }]),
        (
            "etcd-1",
            "client-certificates",
            "--client-cert-auth is false",
            vec![set_flag(Etcd, variables(), "client-cert-auth", "true")],
        ),
        (
            "etcd-1",
            "auto-tls",
            "--auto-tls is true",
            vec![remove_flag(Etcd, variables(), "auto-tls")],
        ),
        (
            "worker-1",
            "streaming",
            "--streaming-connection-idle-timeout is 0s",
            vec![set_flag(Kubelet, environment(), "streaming-connection-idle-timeout", "5m")],
        ),
        (
            "worker-1",
            "hostname",
            "--hostname-override is a",
            vec![remove_flag(Kubelet, environment(), "hostname-override")],
        ),
        (
            "worker-1",
            "supervised",
            "--event-qps is 0",
            vec![set_flag(Kubelet, supervisor(), "event-qps", "5")],
        ),
        (
            "worker-1",
            "lines",
            "--event-qps is 0",
            vec![
                set_flag(Kubelet, arguments(), "event-qps", "5"),
                remove_flag(Kubelet, arguments(), "hostname-override"),
            ],
        ),
        (
            "worker-1",
            "proxy",
            "--profiling is true",
            vec![set_flag(Component::KubeProxy, unit(), "profiling", "false")],
        ),
        ("worker-1", "insecure", "set", vec![remove_config(&["providerID"])]),
    ];
    for node in ["cp-1", "worker-1"] {
        let keys = ["authentication", "anonymous", "enabled"];
        let ciphers = vec![text("TLS_AES_128_GCM_SHA256"), text("TLS_AES_256_GCM_SHA384")];
        findings.extend(
            [
                ("anonymous", vec![set_config(KUBELET, &keys, ConfigValue::Bool(false))]),
                ("qps", vec![set_config(KUBELET, &["eventRecordQPS"], ConfigValue::Integer(5))]),
                (
                    "mode",
                    vec![set_config(
                        KUBELET,
                        &["authorization", "mode"],
                        ConfigValue::Text(text("Webhook")),
                    )],
                ),
                (
                    "ciphers",
                    vec![set_config(KUBELET, &["tlsCipherSuites"], ConfigValue::List(ciphers))],
                ),
            ]
            .map(|(control, actions)| (node, control, "x is y", actions)),
        );
    }
    let mut report = report(findings);
    let untouched = [Outcome::Justified, Outcome::Manual, Outcome::Error];
    for (index, outcome) in untouched.into_iter().enumerate() {
        let path = format!("/untouched/{index}");
        let action = Action::RestrictMode { path, mode: 0o600 };
        let mut spared = finding("worker-1", "spared", "no", vec![action]);
        spared.outcome = outcome;
        spared.justification = (outcome == Outcome::Justified).then(|| {
            Box::new(JustifiedBy {
                instead_of: Outcome::Fail,
                reason: text("known"),
                owner: text("ops"),
                expires: None,
                ticket: None,
                written_in: text("merlon.yaml:1"),
            })
        });
        report.findings.push(spared);
    }
    report
}

/// Strings that YAML, Jinja, shells or Markdown would read.
pub(crate) const HOSTILE: [&str; 9] = [
    "{{ lookup('pipe', 'touch /tmp/merlon-owned') }}",
    "{% for x in y %}{# c #}",
    "$(touch /tmp/merlon-owned)`id`",
    "'; touch /tmp/merlon-owned; '",
    "\" \\ ' : - # & * ! | > %",
    "line\nbreak\r\n- name: x\nMERLON_END\n",
    "\u{85}\u{2028}\u{feff}\u{7f}",
    "--- ...",
    "<script>`*_[a](b)",
];

/// Every place of an action filled with hostile texts, on nodes with hostile names.
pub(crate) fn hostile() -> Report {
    let findings = HOSTILE.iter().flat_map(|text: &&'static str| {
        let text: &'static str = text;
        let owned = text.to_owned();
        let carrier = Carrier::StaticPod { path: format!("/{text}") };
        let unit = Carrier::Unit { unit: owned.clone() };
        let actions = vec![
            Action::RestrictMode { path: format!("/{text}"), mode: 0o600 },
            Action::SetOwner {
                path: format!("/{text}"),
                owner: owned.clone(),
                group: owned.clone(),
            },
            set_flag(Component::KubeApiserver, carrier.clone(), text, text),
            set_flag(Component::KubeApiserver, carrier, &format!("{text}x"), ""),
            set_config(&format!("/{text}"), &[text], ConfigValue::Text(owned.clone())),
            Action::Manual { instruction: owned.clone(), commands: vec![owned.clone()] },
            set_flag(Component::Kubelet, unit, text, text),
        ];
        [("cp-1", text, text, actions.clone()), (text, "control", text, actions)]
    });
    report(findings.collect())
}

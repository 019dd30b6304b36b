//! Reports to render.
#![allow(dead_code, reason = "each test program uses its own part")]
#![allow(clippy::unwrap_used, reason = "a test may panic")]

pub(crate) mod objects;

use merlon_model::{
    Action, BenchmarkReport, Carrier, Component, ComponentReport, ConfigValue, Counts, Evidence,
    Finding, JustificationNote, JustificationProblem, JustifiedBy, Location, NodeReport,
    ObjectEdit, Outcome, REPORT_FORMAT, Report, Role, SectionReport, Severity,
};
use merlon_report::{Format, Options, Remedy, render};

/// What a format makes of a report.
pub(crate) fn rendered(format: Format, report: &Report, options: &Options<'_>) -> String {
    let mut out = Vec::new();
    render(format, report, options, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

/// Words and commands for an action, as a caller of the library gives them.
pub(crate) fn remedy(action: &Action) -> Remedy {
    let (summary, commands) = match action {
        Action::RestrictMode { path, mode } => (
            format!("set the mode of {path} to {mode:04o}"),
            vec![format!("chmod {mode:o} {path}")],
        ),
        Action::SetOwner { path, owner, group } => (
            format!("give {path} to {owner}:{group}"),
            vec![format!("chown {owner}:{group} {path}")],
        ),
        Action::SetFlag { carrier: Carrier::StaticPod { path }, flag, value, .. } => (
            format!("set --{flag}={value} in {path}"),
            vec![format!("sed -i 's/--{flag}=.*/--{flag}={value}/' {path}")],
        ),
        Action::SetConfig { path, keys, value, .. } => (
            format!("set {} to {value} in {path}", keys.join(".")),
            vec![
                format!("yq -i '.{} = {value}' {path}", keys.join(".")),
                "systemctl restart kubelet".to_owned(),
            ],
        ),
        Action::EditObject { object, manifest, edits, .. } => {
            let edits: Vec<String> = edits
                .iter()
                .map(|edit| match edit {
                    ObjectEdit::Set { pointer, value } => format!("set {pointer}: {}", value.0),
                    ObjectEdit::Remove { pointer } => format!("remove {pointer}"),
                })
                .collect();
            let command = match manifest {
                Some(path) => format!("merlon fix --write {path}"),
                None => format!("kubectl patch {object}"),
            };
            (format!("{} of {object}", edits.join(", ")), vec![command])
        }
        Action::Manual { instruction, commands } => (instruction.clone(), commands.clone()),
        other => (format!("{other:?}"), Vec::new()),
    };
    Remedy { summary, commands }
}

/// The short view without colour.
pub(crate) fn plain() -> Options<'static> {
    Options::new(&remedy)
}

pub(crate) fn finding(control: &str, node: &str, resource: &str, outcome: Outcome) -> Finding {
    Finding {
        control: control.into(),
        severity: Severity::Medium,
        scope: node.into(),
        part: None,
        count: 1,
        resource: resource.into(),
        outcome,
        message: match outcome {
            Outcome::Pass => "it is as asked",
            Outcome::Fail => "it is not as asked",
            Outcome::Manual => "a person has to judge this",
            Outcome::NotApplicable => "nothing of it is on this node",
            Outcome::Error => "it could not be read",
            Outcome::Justified => "it is not as asked",
        }
        .into(),
        expected: None,
        evidence: Vec::new(),
        actions: Vec::new(),
        cause: None,
        risk: None,
        baseline: None,
        justification: None,
    }
}

pub(crate) fn node(name: &str) -> NodeReport {
    NodeReport {
        name: name.to_owned(),
        distribution: Some("kubeadm".to_owned()),
        distribution_evidence: vec![Evidence::at(
            "kubeadm's flags file is there",
            Location::file("/var/lib/kubelet/kubeadm-flags.env"),
        )],
        kubernetes_version: Some("1.31.2".to_owned()),
        through_api: false,
        roles: vec![Role::Worker],
        components: vec![ComponentReport {
            component: Component::Kubelet,
            name: "kubelet".to_owned(),
            version: Some("1.31.2".to_owned()),
            pid: Some(812),
        }],
        benchmark: None,
        benchmark_problem: None,
        gaps: Vec::new(),
    }
}

/// A report of these nodes and findings, with the findings sorted and counted as an engine does.
pub(crate) fn report(nodes: Vec<NodeReport>, mut findings: Vec<Finding>) -> Report {
    findings.sort_by(|a, b| {
        (&a.scope, &a.control, &a.resource).cmp(&(&b.scope, &b.control, &b.resource))
    });
    Report {
        format: REPORT_FORMAT,
        tool: "merlon 0.1.0".to_owned(),
        taken_at: "2026-03-01T09:30:00Z".to_owned(),
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

/// One worker with one finding of each outcome; `kubelet-anonymous-auth` is the only control that
/// exists, so that titles of others can change.
pub(crate) fn small() -> Report {
    let kubelet = Finding {
        severity: Severity::Critical,
        message: "anonymous-auth is true".into(),
        expected: Some("false".into()),
        evidence: vec![Evidence::at(
            "authentication.anonymous.enabled is true",
            Location::line("/var/lib/kubelet/config.yaml", 7),
        )],
        actions: vec![Action::SetConfig {
            component: Component::Kubelet,
            path: "/var/lib/kubelet/config.yaml".to_owned(),
            keys: ["authentication", "anonymous", "enabled"].map(str::to_owned).to_vec(),
            value: ConfigValue::Bool(false),
        }],
        ..finding("kubelet-anonymous-auth", "worker-1", "kubelet", Outcome::Fail)
    };
    let mode = Finding {
        severity: Severity::High,
        evidence: vec![Evidence::at(
            "mode is 0644",
            Location::file("/etc/kubernetes/kubelet.conf"),
        )],
        justification: Some(Box::new(JustifiedBy {
            instead_of: Outcome::Fail,
            reason: "the backup agent reads it".to_owned(),
            owner: "platform team".to_owned(),
            expires: Some("2026-06-30".to_owned()),
            ticket: Some("SEC-12".to_owned()),
            written_in: "merlon.yaml:4".to_owned(),
        })),
        ..finding(
            "sample-kubeconfig-mode",
            "worker-1",
            "/etc/kubernetes/kubelet.conf",
            Outcome::Justified,
        )
    };
    let unreadable = Finding {
        message: "the effective value of read-only-port is not known: /proc/812/environ: \
                  permission denied"
            .into(),
        ..finding("sample-open-port", "worker-1", "kubelet", Outcome::Error)
    };
    let findings = vec![
        kubelet,
        mode,
        unreadable,
        Finding {
            evidence: vec![Evidence::at(
                "--rotate-certificates=true",
                Location::Argument { process: "kubelet".to_owned(), pid: 812, index: 4 },
            )],
            ..finding("sample-no-rotation", "worker-1", "kubelet", Outcome::Pass)
        },
        Finding {
            actions: vec![Action::Manual {
                instruction: "list who may read Secrets".to_owned(),
                commands: vec!["kubectl auth can-i --list".to_owned()],
            }],
            ..finding("sample-reads-secrets", "worker-1", "cluster", Outcome::Manual)
        },
        finding("sample-etcd-plain", "worker-1", "etcd", Outcome::NotApplicable),
    ];
    let mut node = node("worker-1");
    node.gaps = vec!["/proc/812/environ: permission denied".to_owned()];
    let mut report = report(vec![node], findings);
    report.justification_notes = vec![JustificationNote {
        written_in: "merlon.yaml:9".to_owned(),
        subject: "sample-old-tls".to_owned(),
        problem: JustificationProblem::Unused,
        message: "it covers no finding of this scan".to_owned(),
    }];
    report
}

/// [`small`] with a benchmark of the sections 2.1, 4.1.5, 4.2.1, 4.2.4, 4.2.10 and 5.1.2.
pub(crate) fn small_benchmark() -> Report {
    let mut report = small();
    let rows = [
        ("2.1", "etcd", true, "sample-etcd-plain", "etcd takes clients without TLS"),
        (
            "4.1.5",
            "node",
            true,
            "sample-kubeconfig-mode",
            "others than root may read the kubeconfig",
        ),
        ("4.2.1", "node", true, "kubelet-anonymous-auth", "anybody may call the kubelet"),
        ("4.2.4", "node", false, "sample-open-port", "the kubelet answers without credentials"),
        ("4.2.10", "node", true, "sample-no-rotation", "certificates are not rotated"),
        ("5.1.2", "policies", false, "sample-reads-secrets", "many may read Secrets"),
    ];
    let sections = rows.map(|(id, target, automated, control, title)| {
        section(&report, "worker-1", id, target, automated, control, title)
    });
    report.nodes[0].benchmark = Some(benchmark(sections.to_vec()));
    report
}

fn benchmark(sections: Vec<SectionReport>) -> BenchmarkReport {
    BenchmarkReport {
        id: "cis-1.12".to_owned(),
        name: "CIS Kubernetes Benchmark 1.12".to_owned(),
        why: "kubeadm and Kubernetes 1.31".to_owned(),
        summary: Counts::of(sections.iter().map(|section| section.outcome)),
        sections,
    }
}

fn section(
    report: &Report,
    node: &str,
    id: &str,
    target: &str,
    automated: bool,
    control: &str,
    title: &str,
) -> SectionReport {
    let findings: Vec<usize> = (0..report.findings.len())
        .filter(|&place| {
            report.findings[place].scope == node && report.findings[place].control == control
        })
        .collect();
    let outcomes = findings.iter().map(|&place| report.findings[place].outcome);
    SectionReport {
        id: id.to_owned(),
        target: target.to_owned(),
        title: title.to_owned(),
        automated,
        outcome: Outcome::combine(outcomes).unwrap_or(Outcome::Error),
        controls: vec![control.to_owned()],
        findings,
    }
}

/// A host on which nothing of Kubernetes is.
pub(crate) fn without_kubernetes() -> Report {
    let host = NodeReport {
        distribution: None,
        distribution_evidence: Vec::new(),
        kubernetes_version: None,
        through_api: false,
        roles: Vec::new(),
        components: Vec::new(),
        ..node("laptop")
    };
    let absent = ["kubelet-anonymous-auth", "kubelet-read-only-port"]
        .map(|control| finding(control, "laptop", "kubelet", Outcome::NotApplicable));
    report(vec![host], absent.to_vec())
}

/// Three nodes and the 131 sections of a benchmark, as a real cluster has them.
pub(crate) fn cluster() -> Report {
    let names = ["control-plane-1", "worker-1", "worker-2"];
    let rows: Vec<Vec<&str>> = include_str!("../data/sections.csv")
        .lines()
        .skip(1)
        .map(|line| line.split(',').collect())
        .collect();
    let mut findings = Vec::new();
    for name in names {
        for (number, row) in rows.iter().enumerate() {
            findings.push(cluster_finding(name, number, row[1], row[3]));
        }
    }
    findings.sort_by(|a, b| (&a.scope, &a.control).cmp(&(&b.scope, &b.control)));
    findings.dedup_by(|a, b| (&a.scope, &a.control) == (&b.scope, &b.control));
    let mut nodes = names.map(node).to_vec();
    nodes[0].roles = vec![Role::ControlPlane, Role::Etcd, Role::Worker];
    nodes[0].components = Component::ALL
        .into_iter()
        .zip(4120..)
        .map(|(component, pid)| ComponentReport {
            component,
            name: component.as_str().to_owned(),
            version: Some(
                if component == Component::Etcd { "3.5.15" } else { "1.31.2" }.to_owned(),
            ),
            pid: Some(pid),
        })
        .collect();
    nodes[2].gaps = vec![UNREADABLE.to_owned()];
    let mut report = report(nodes, findings);
    for (place, name) in names.into_iter().enumerate() {
        let sections = rows
            .iter()
            .map(|row| {
                let title = merlon_controls::find(row[3])
                    .map_or_else(|| row[3].replace('-', " "), |control| control.title.to_owned());
                section(&report, name, row[0], row[1], row[2] == "true", row[3], &title)
            })
            .collect();
        report.nodes[place].benchmark = Some(benchmark(sections));
    }
    report.justification_notes = vec![
        JustificationNote {
            written_in: "merlon.yaml:14".to_owned(),
            subject: "kubelet-pod-pids-unlimited".to_owned(),
            problem: JustificationProblem::Expired,
            message: "its last day 2026-01-31 is over, so its findings count again".to_owned(),
        },
        JustificationNote {
            written_in: "merlon.yaml:31".to_owned(),
            subject: "scheduler-profiling".to_owned(),
            problem: JustificationProblem::Unused,
            message: "it covers no finding of this scan".to_owned(),
        },
    ];
    report
}

const UNREADABLE: &str = "/var/lib/kubelet/config.yaml: permission denied";

fn cluster_finding(node: &str, number: usize, target: &str, control: &str) -> Finding {
    let on_control_plane = node == "control-plane-1";
    let resource = match target {
        "node" => "kubelet",
        "etcd" => "etcd",
        "policies" | "controlplane" => "cluster",
        _ if control.starts_with("scheduler") => "kube-scheduler",
        _ if control.starts_with("controller") => "kube-controller-manager",
        _ => "kube-apiserver",
    };
    let severity = Severity::ALL[(number * 7 + 1) % 4];
    let with = |outcome| Finding { severity, ..finding(control, node, resource, outcome) };
    match target {
        "policies" | "controlplane" => Finding {
            actions: vec![Action::Manual {
                instruction: "list who holds the right and ask each owner whether it is needed"
                    .to_owned(),
                commands: vec!["kubectl get clusterrolebindings -o wide".to_owned()],
            }],
            ..with(Outcome::Manual)
        },
        "master" | "etcd" if !on_control_plane => Finding {
            message: format!(
                "no {resource} on this node: no process, static pod or service of it was found"
            )
            .into(),
            ..with(Outcome::NotApplicable)
        },
        "node"
            if node == "worker-2"
                && control.starts_with("kubelet-")
                && number.is_multiple_of(2) =>
        {
            Finding {
                message: format!("the effective value is not known: {UNREADABLE}").into(),
                ..with(Outcome::Error)
            }
        }
        _ if number % 11 == 3 => Finding {
            message: "mode is 0644, which lets others read the file".into(),
            evidence: vec![Evidence::at(
                "mode is 0644",
                Location::file("/etc/cni/net.d/10-flannel.conflist"),
            )],
            justification: Some(Box::new(JustifiedBy {
                instead_of: Outcome::Fail,
                reason: "the network plugin's monitor runs without root and reads this file"
                    .to_owned(),
                owner: "network team".to_owned(),
                expires: Some("2026-09-30".to_owned()),
                ticket: Some("SEC-1182".to_owned()),
                written_in: "merlon.yaml:21".to_owned(),
            })),
            ..with(Outcome::Justified)
        },
        _ if number % 5 == 4 && target == "node" => Finding {
            message: "anonymous-auth is true".into(),
            expected: Some("false".into()),
            evidence: vec![
                Evidence::at(
                    "authentication.anonymous.enabled is true",
                    Location::line("/var/lib/kubelet/config.yaml", 7),
                ),
                Evidence::at(
                    "--config=/var/lib/kubelet/config.yaml",
                    Location::Argument { process: "kubelet".to_owned(), pid: 812, index: 3 },
                ),
            ],
            actions: vec![Action::SetConfig {
                component: Component::Kubelet,
                path: "/var/lib/kubelet/config.yaml".to_owned(),
                keys: ["authentication", "anonymous", "enabled"].map(str::to_owned).to_vec(),
                value: ConfigValue::Bool(false),
            }],
            ..with(Outcome::Fail)
        },
        _ if number % 5 == 4 => Finding {
            message: "profiling is true by default".into(),
            expected: Some("false".into()),
            evidence: vec![
                Evidence::at(
                    "profiling is not among the arguments",
                    Location::Process { process: resource.to_owned(), pid: 4120 },
                ),
                Evidence::at(
                    "profiling is true",
                    Location::Default {
                        component: Component::KubeApiserver,
                        version: Some("1.31.2".to_owned()),
                    },
                ),
                Evidence::at(
                    "the arguments come from here",
                    Location::line(format!("/etc/kubernetes/manifests/{resource}.yaml"), 16),
                ),
            ],
            actions: vec![Action::SetFlag {
                component: Component::KubeApiserver,
                carrier: Carrier::StaticPod {
                    path: format!("/etc/kubernetes/manifests/{resource}.yaml"),
                },
                flag: "profiling".to_owned(),
                value: "false".to_owned(),
            }],
            ..with(Outcome::Fail)
        },
        _ => Finding {
            evidence: vec![Evidence::at(
                "--client-ca-file=/etc/kubernetes/pki/ca.crt",
                Location::Argument { process: resource.to_owned(), pid: 4120, index: 9 },
            )],
            ..with(Outcome::Pass)
        },
    }
}

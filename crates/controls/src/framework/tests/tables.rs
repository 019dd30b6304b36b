use std::collections::{BTreeMap, BTreeSet};

use crate::control::{Check, Control, Expect, FileRequirement};
use crate::framework::section::{Section, read};
use crate::framework::{Assessment, Benchmark, Target, benchmarks, find};

/// Every section of 46 benchmarks as their publishers number them, with how kube-bench treats it
/// (`tested`, `skip`, `manual`) and whether it counts.
const FACTS: &str = include_str!("../../../tests/data/sections.csv");

struct Fact {
    target: String,
    section: String,
    tested: bool,
    scored: bool,
}

fn facts() -> BTreeMap<String, Vec<Fact>> {
    let mut facts: BTreeMap<String, Vec<Fact>> = BTreeMap::new();
    for record in csv::Reader::from_reader(FACTS.as_bytes()).records() {
        let record = record.expect("the facts are a table");
        let [benchmark, target, section, kind, scored] = [0, 1, 2, 3, 4].map(|i| &record[i]);
        facts.entry(benchmark.to_owned()).or_default().push(Fact {
            target: target.to_owned(),
            section: section.to_owned(),
            tested: kind == "tested",
            scored: scored == "yes",
        });
    }
    facts
}

fn sections(benchmark: &Benchmark) -> Vec<Section> {
    read(benchmark.table(), crate::find).unwrap_or_else(|error| panic!("{}: {error}", benchmark.id))
}

#[test]
fn every_table_is_read() {
    for benchmark in benchmarks() {
        let sections = sections(benchmark);
        assert!(!sections.is_empty(), "{} has no sections", benchmark.id);
        let places: BTreeSet<_> = sections.iter().map(|s| (&s.id, s.target)).collect();
        assert_eq!(places.len(), sections.len(), "{} has a section twice", benchmark.id);
    }
}

#[test]
fn benchmarks_have_exactly_the_sections_of_their_publishers() {
    let facts = facts();
    assert_eq!(facts.len(), 46);
    assert_eq!(facts.values().map(Vec::len).sum::<usize>(), 4860);
    for (id, facts) in &facts {
        let benchmark = find(id).unwrap_or_else(|| panic!("{id} is missing"));
        let mapped = sections(benchmark);
        let mapped: BTreeSet<(&str, &str, bool)> = mapped
            .iter()
            .map(|s| (s.target.as_str(), s.id.as_str(), s.assessment == Assessment::Automated))
            .collect();
        let published: BTreeSet<(&str, &str, bool)> =
            facts.iter().map(|f| (f.target.as_str(), f.section.as_str(), f.scored)).collect();
        assert_eq!(mapped, published, "{id}");
    }
}

#[test]
fn benchmarks_without_facts_are_those_that_are_known() {
    let facts = facts();
    let ids = benchmarks().iter().map(|benchmark| benchmark.id);
    let others: Vec<_> = ids.filter(|id| !facts.contains_key(*id)).collect();
    assert_eq!(others, ["cis-2.0", "kspm", "pod-security-standards"]);
}

#[test]
fn cis_2_0_keeps_the_sections_of_1_12() {
    let table = |id| find(id).expect("it is known").table();
    assert_eq!(table("cis-2.0"), table("cis-1.12"));
}

#[test]
fn kspm_has_its_eleven_ids() {
    let sections = sections(find("kspm").expect("it is known"));
    let ids: Vec<&str> = sections.iter().map(|section| section.id.as_str()).collect();
    let expected = [
        "anonymous-auth-false",
        "auth-mode-not-always-allow",
        "client-ca-file-set",
        "kubelet-conf-600",
        "kubelet-conf-owner-root",
        "kubelet-config-owner-root",
        "kubelet-config-permissions-600",
        "kubelet-service-file-owner-root",
        "kubelet-service-file-perm-600",
        "make-iptables-util-chains-true",
        "rotate-certs-not-false",
    ]
    .map(|id| format!("host-security.{id}"));
    assert_eq!(ids, expected);
    for section in &sections {
        assert_eq!((section.target, section.controls.len()), (Target::Node, 1), "{}", section.id);
    }
}

/// Why a section that kube-bench or its publisher judges by a tool is left to a person here.
fn reason_for_person(target: Target, control: &Control) -> Option<&'static str> {
    match target {
        Target::Policies => return Some("only objects of the cluster answer it"),
        Target::ManagedServices => return Some("only the provider or the cluster answers it"),
        _ => {}
    }
    let provider = "the log of a managed control plane is a setting of the provider";
    let opposite = "OpenShift asks for the opposite of what the control of upstream asks";
    let platform = "an operator of OpenShift answers it, not the node";
    let reasons = [
        ("eks-control-plane-logs-off", provider),
        ("node-image-general-purpose", "which image a fleet should use is a choice"),
        ("openshift-always-pull-images-on", opposite),
        ("openshift-anonymous-requests-unauthorized", "only bindings in the cluster answer it"),
        ("openshift-client-ca-overridden", opposite),
        ("openshift-constraints-unused", "only constraints in the cluster answer it"),
        ("openshift-etcd-write-ahead-log-shared", "about capacity: it depends on the disks"),
        ("openshift-etcd-write-ahead-log-unlimited", "about capacity: it depends on the disks"),
        ("openshift-garbage-collection-unset", "which thresholds fit depends on the disks"),
        ("openshift-kernel-defaults-protected", opposite),
        ("openshift-malformed-updates-rejected", platform),
        ("openshift-privileged-constraints-granted", "only constraints in the cluster answer it"),
        ("openshift-request-priorities-off", platform),
        ("openshift-unsupported-overrides", platform),
        ("stig-ssh-enabled", "a service of the host, which no fact of the node shows yet"),
        ("stig-ssh-running", "a service of the host, which no fact of the node shows yet"),
    ];
    reasons.into_iter().find(|(id, _)| *id == control.id).map(|(_, why)| why)
}

#[test]
fn automated_sections_are_answered_by_the_machine() {
    let facts = facts();
    for benchmark in benchmarks() {
        let tested: BTreeSet<(&str, &str)> = facts
            .get(benchmark.id)
            .into_iter()
            .flatten()
            .filter(|fact| fact.tested || fact.scored)
            .map(|fact| (fact.target.as_str(), fact.section.as_str()))
            .collect();
        for section in sections(benchmark) {
            let by_machine = section
                .controls
                .iter()
                .any(|(control, _)| !matches!(control.check, Check::Manual(_)));
            if by_machine || !tested.contains(&(section.target.as_str(), section.id.as_str())) {
                continue;
            }
            for (control, _) in &section.controls {
                assert!(
                    reason_for_person(section.target, control).is_some(),
                    "{} {} {} is left to {}",
                    benchmark.id,
                    section.target,
                    section.id,
                    control.id
                );
            }
        }
    }
}

#[test]
fn parameters_are_ones_that_the_control_understands() {
    for benchmark in benchmarks() {
        for section in sections(benchmark) {
            for (control, with) in &section.controls {
                for name in with.0.keys() {
                    let place = format!("{} {}: {}", benchmark.id, section.id, control.id);
                    assert!(understands(control, name), "{place} has no parameter {name}");
                }
            }
        }
    }
}

fn understands(control: &Control, parameter: &str) -> bool {
    /// Controls that are functions say what they understand only in words.
    const FUNCTIONS: &[(&str, &str)] = &[
        ("apiserver-weak-ciphers", "value"),
        ("azure-json-mode", "mode"),
        ("azure-json-owner", "owner"),
        ("encryption-leaves-resources-plain", "value"),
        ("encryption-provider-weak", "value"),
        ("etcd-data-owner", "owner"),
        ("etcd-weak-ciphers", "value"),
        ("kubelet-event-limit", "value"),
        ("kubelet-weak-ciphers", "value"),
    ];
    match control.check {
        Check::Setting(check) => {
            parameter == "value" && check.requirements.iter().any(|row| takes_value(row.expect))
        }
        Check::File(check) => match check.requirement {
            FileRequirement::Mode(_) => parameter == "mode",
            FileRequirement::Owner(_) => parameter == "owner",
        },
        Check::Sysctl(_) => parameter == "value",
        Check::Node(_) => FUNCTIONS.contains(&(control.id, parameter)),
        _ => false,
    }
}

const fn takes_value(expect: Expect) -> bool {
    !matches!(expect, Expect::IsSet | Expect::IsUnset | Expect::Loopback)
}

#[test]
fn commands_of_manual_controls_change_nothing() {
    let changing = [
        "create", "delete", "apply", "patch", "edit", "set", "update", "replace", "scale", "drain",
        "cordon", "label", "annotate", "run", "exec", "restart", "stop", "start",
    ];
    for control in crate::all() {
        let Check::Manual(steps) = control.check else { continue };
        assert!(!steps.is_empty(), "{} has no steps", control.id);
        for line in steps.iter().flat_map(|step| step.lines()) {
            let Some(command) = line.strip_prefix("$ ") else { continue };
            let verbs: Vec<&str> = command.split(' ').take(4).collect();
            let harmless = command.contains("--dry-run=server") || verbs.contains(&"can-i");
            let found = changing.into_iter().find(|verb| verbs.contains(verb));
            assert!(harmless || found.is_none(), "{}: {command} may change something", control.id);
        }
        for step in steps {
            assert!(!step.starts_with("$ "), "{}: a step without words: {step}", control.id);
        }
    }
}

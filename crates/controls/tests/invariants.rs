//! What holds for every control.

mod common;

use std::collections::BTreeSet;

use merlon_controls::{Applies, Check, Control, Parameters, all, evaluate, example};
use merlon_model::{Kind, Outcome, Severity};
use merlon_views::{NodeView, Told};

fn outcomes(control: &'static Control, node: &str) -> Vec<Outcome> {
    let node = example::node(node);
    let view = NodeView::new(&node, example::NOW, &Told::default());
    let findings = evaluate(control, &view, &Parameters::default());
    findings.into_iter().map(|finding| finding.outcome).collect()
}

#[test]
fn nothing_passes_without_evidence() {
    let hidden = "gap processes permission-denied\ngap listeners permission-denied\n\
                  gap /etc/kubernetes permission-denied";
    for node in ["", "run sshd", hidden] {
        for &control in all() {
            let found = outcomes(control, node);
            assert!(!found.is_empty(), "{} says nothing", control.id);
            assert!(!found.contains(&Outcome::Pass), "{} passes on {node:?}", control.id);
            assert!(!found.contains(&Outcome::Fail), "{} fails on {node:?}", control.id);
        }
    }
}

#[test]
fn failures_say_what_to_change() {
    for &control in all() {
        for example in control.examples.iter().filter(|it| it.outcome == Outcome::Fail) {
            let findings = common::findings(control, example.input);
            for finding in findings.iter().filter(|finding| finding.outcome == Outcome::Fail) {
                assert!(!finding.actions.is_empty(), "{finding:#?}");
                assert!(!finding.evidence.is_empty(), "{finding:#?}");
            }
        }
    }
}

#[test]
fn what_is_less_than_the_worst_case_is_less_severe() {
    let check = |control: &str, node: &str, expected: Severity| {
        let control = merlon_controls::find(control).expect(control);
        let node = example::node(node);
        let view = NodeView::new(&node, example::NOW, &Told::default());
        let findings = evaluate(control, &view, &Parameters::default());
        let failing = findings.iter().filter(|finding| finding.outcome == Outcome::Fail);
        let severities: Vec<Severity> = failing.map(|finding| finding.severity).collect();
        assert_eq!(severities, [expected], "{} on {node:?}", control.id);
    };
    let open = "insecure-port-open";
    let apiserver = "run kube-apiserver@1.18\nlisten ";
    check(open, &format!("{apiserver}:::8080 kube-apiserver"), Severity::Critical);
    check(open, &format!("{apiserver}127.0.0.1:8080 kube-apiserver"), Severity::High);
    check(open, &format!("{apiserver}[::1]:8080 kube-apiserver"), Severity::High);
    let scheduler = "run kube-scheduler@1.19\nlisten ";
    check(open, &format!("{scheduler}:::10251 kube-scheduler"), Severity::Medium);
    check(open, &format!("{scheduler}127.0.0.1:10251 kube-scheduler"), Severity::Low);
    let plain = "etcd-plaintext-listener";
    check(plain, "run etcd@3.5 --listen-client-urls=http://10.0.0.1:2379", Severity::Critical);
    check(plain, "run etcd@3.5 --listen-peer-urls=http://10.0.0.1:2380", Severity::High);
    check(plain, "run etcd@3.5 --listen-metrics-urls=http://10.0.0.1:2381", Severity::Low);
}

#[test]
fn every_control_shows_each_outcome_that_matters() {
    for &control in all() {
        let shown: BTreeSet<Outcome> = control.examples.iter().map(|it| it.outcome).collect();
        let needed: &[Outcome] = match control.check {
            Check::Manual(_) => &[Outcome::Manual],
            // What cannot be read is an error by the one judge that they all share.
            _ if matches!(control.applies, Applies::Objects) => &[Outcome::Pass, Outcome::Fail],
            _ => &[Outcome::Pass, Outcome::Fail, Outcome::Error],
        };
        for outcome in needed {
            assert!(shown.contains(outcome), "{} has no example of {outcome}", control.id);
        }
    }
}

#[test]
fn ids_are_unique_and_in_kebab_case() {
    let mut seen = BTreeSet::new();
    for control in all() {
        assert!(seen.insert(control.id), "{} is declared twice", control.id);
        let kebab = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        assert!(control.id.chars().all(kebab), "{}", control.id);
        assert!(!control.title.ends_with('.'), "{}", control.title);
    }
}

#[test]
fn objects_that_could_not_be_listed_are_an_error_and_nothing_passes() {
    let hidden: String = Kind::ALL
        .iter()
        .map(|kind| format!("# gap {} permission-denied\n", kind.plural()))
        .collect();
    let hidden = format!("# cluster\n{hidden}");
    for &control in all().iter().filter(|control| matches!(control.applies, Applies::Objects)) {
        let outcomes: BTreeSet<Outcome> =
            common::findings(control, &hidden).iter().map(|finding| finding.outcome).collect();
        assert_eq!(outcomes, BTreeSet::from([Outcome::Error]), "{}", control.id);
    }
}

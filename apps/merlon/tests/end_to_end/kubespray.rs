//! The example in `examples/kubespray`: a cluster whose deviations somebody accepted.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::BufWriter;
use std::path::{Path, PathBuf};

use merlon_model::{Counts, Finding, JustificationProblem, Outcome, Report};
use tempfile::TempDir;

use crate::support::{Host, Merlon};

const NODES: [&str; 3] = ["kubespray-control-plane", "kubespray-etcd", "kubespray-worker"];

/// A cluster's snapshots, all taken at one moment: justifications end.
struct Cluster {
    directory: TempDir,
    snapshots: Vec<PathBuf>,
}

const DECEMBER_2026: i64 = 1_796_083_200;
const JUNE_2028: i64 = 1_843_430_400;

impl Cluster {
    fn at(taken_at: i64) -> Self {
        Self::of(taken_at, NODES.map(|name| (name, Host::named(name))))
    }

    fn of(taken_at: i64, hosts: [(&str, Host); 3]) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let collect = |(name, host): (&str, Host)| {
            let path = directory.path().join(name);
            let call = Merlon::new(["collect", "--host-root"]).argument(host.root());
            call.argument("--output").argument(&path).run().ended(0);
            let mut snapshot = merlon_snapshot::read(File::open(&path).unwrap()).unwrap();
            snapshot.header.taken_at = taken_at;
            let out = BufWriter::new(File::create(&path).unwrap());
            merlon_snapshot::write(&snapshot, out).unwrap();
            path
        };
        let snapshots = hosts.into_iter().map(collect).collect();
        Self { directory, snapshots }
    }

    /// The benchmark over all nodes, with files of justifications.
    fn report(&self, justifications: &[&Path]) -> Report {
        let mut call = Merlon::new(["scan", "--benchmark", "cis-1.11", "--output", "json"]);
        for snapshot in &self.snapshots {
            call = call.argument("--snapshot").argument(snapshot);
        }
        for file in justifications {
            call = call.argument("--justifications").argument(file);
        }
        call.run().report()
    }
}

fn example() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/kubespray/justifications.yaml")
}

/// A section's outcome on a node.
#[track_caller]
fn outcome(report: &Report, node: &str, section: &str) -> Outcome {
    let node = report.nodes.iter().find(|one| one.name == node).unwrap();
    let mut sections = node.benchmark.iter().flat_map(|benchmark| &benchmark.sections);
    sections.find(|one| one.id == section).unwrap().outcome
}

fn named<'r>(report: &'r Report, control: &str, node: &str) -> &'r Finding {
    let mut findings = report.findings.iter();
    findings.find(|finding| finding.control == control && finding.scope == node).unwrap()
}

/// Sections that are justified, by node.
const JUSTIFIED: &[(&str, &[&str])] = &[
    (
        "controller-1",
        &[
            "1.2.1", "1.2.9", "1.2.11", "1.3.7", "1.4.2", "3.1.1", "4.1.3", "4.2.9", "4.2.11",
            "5.2.1",
        ],
    ),
    ("etcd-1", &["1.1.7", "1.1.8", "1.1.19", "2.7", "3.1.1"]),
    ("worker-1", &["3.1.1", "4.1.3", "4.2.9", "4.2.11", "5.2.13"]),
];

pub(crate) fn accepted_deviations_are_counted_apart_and_stay_visible() {
    let cluster = Cluster::at(DECEMBER_2026);
    let (before, after) = (cluster.report(&[]), cluster.report(&[&example()]));
    assert!(after.justification_notes.is_empty(), "{:#?}", after.justification_notes);
    assert_eq!(before.summary.get(Outcome::Justified), 0);
    for (node, sections) in JUSTIFIED {
        for section in *sections {
            let was = outcome(&before, node, section);
            assert!(
                !matches!(was, Outcome::Pass | Outcome::NotApplicable),
                "{node} {section}: {was}"
            );
            assert_eq!(outcome(&after, node, section), Outcome::Justified, "{node} {section}");
        }
    }
    // A finding that is accepted keeps what was found, and says who accepted it.
    assert_eq!(before.findings.len(), after.findings.len());
    for (was, is) in before.findings.iter().zip(&after.findings) {
        assert_eq!((&was.message, &was.evidence), (&is.message, &is.evidence));
        match &is.justification {
            Some(by) => {
                assert_eq!(is.outcome, Outcome::Justified);
                assert_eq!(by.instead_of, was.outcome);
                assert!(!by.reason.is_empty() && by.owner.contains('@'), "{by:?}");
                assert!(by.expires.as_ref().is_some_and(|day| day.starts_with("2027-")), "{by:?}");
                assert!(by.ticket.is_some() && by.written_in.contains("justifications.yaml:"));
            }
            None => assert_eq!(was, is),
        }
    }
    // Nothing is lost: what is accepted is what fails, waits for a person or errs no more.
    let count = |report: &Report, outcome| report.summary.get(outcome);
    let moved = [Outcome::Fail, Outcome::Manual, Outcome::Error]
        .map(|outcome| count(&before, outcome) - count(&after, outcome));
    assert_eq!(count(&after, Outcome::Justified), moved.iter().sum::<usize>());
    assert!(moved.iter().all(|count| *count > 0), "{moved:?}");
    for outcome in [Outcome::Pass, Outcome::NotApplicable] {
        assert_eq!(count(&before, outcome), count(&after, outcome), "{outcome}");
    }
    assert_eq!(after.summary, Counts::of(after.findings.iter().map(|finding| finding.outcome)));
}

pub(crate) fn what_others_explain_away_needs_no_justification() {
    let report = Cluster::at(DECEMBER_2026).report(&[]);
    for section in ["1.1.7", "1.1.8", "1.1.11", "1.1.12", "2.1", "2.2", "2.3", "2.4", "2.5", "2.6"]
    {
        let there = outcome(&report, "controller-1", section);
        assert_eq!(there, Outcome::NotApplicable, "{section}");
    }
    for section in ["1.1.11", "2.1", "2.2", "2.3", "2.4", "2.5", "2.6"] {
        assert_eq!(outcome(&report, "etcd-1", section), Outcome::Pass, "{section}");
    }
    for section in ["4.2.4", "4.2.7", "4.2.8", "4.2.10"] {
        assert_eq!(outcome(&report, "controller-1", section), Outcome::Pass, "{section}");
    }
}

pub(crate) fn what_nobody_accepted_still_fails() {
    let report = Cluster::at(DECEMBER_2026).report(&[&example()]);
    for section in ["1.2.16", "1.2.27", "1.4.1", "3.2.1", "4.2.13"] {
        assert_eq!(outcome(&report, "controller-1", section), Outcome::Fail, "{section}");
    }
    assert_eq!(outcome(&report, "worker-1", "5.1.1"), Outcome::Manual);
}

pub(crate) fn expired_and_unused_justifications_are_told() {
    let report = Cluster::at(JUNE_2028).report(&[&example()]);
    assert_eq!(report.summary.get(Outcome::Justified), 0, "all have ended");
    let text = fs::read_to_string(example()).unwrap();
    let notes = &report.justification_notes;
    assert_eq!(notes.len(), text.matches("\n  reason:").count());
    for note in notes {
        assert_eq!(note.problem, JustificationProblem::Expired, "{note:?}");
        assert!(note.message.contains("it ended on 2027-"), "{note:?}");
    }
    let cluster = Cluster::at(DECEMBER_2026);
    let unused = cluster.directory.path().join("more.yaml");
    let entry = |subject: &str, more: &str| {
        format!("- {subject}\n  reason: none\n  owner: somebody@example.org\n{more}")
    };
    let entries = [
        // Not applicable on one node, and a pass on the other.
        entry("section: cis-1.11/2.1", ""),
        entry("control: kubelet-anonymous-auth", ""),
        entry("control: apiserver-encryption-missing", "  nodes: [worker-*]\n"),
        entry("control: apiserver-audit-log-missing", "  expires: 2026-12-20\n"),
    ];
    fs::write(&unused, format!("justifications:\n{}", entries.join(""))).unwrap();
    let report = cluster.report(&[&example(), &unused]);
    let notes = report.justification_notes.iter();
    let notes: BTreeSet<_> = notes.map(|note| (note.subject.as_str(), note.problem)).collect();
    let expected = [
        ("cis-1.11/2.1", JustificationProblem::Unused),
        ("kubelet-anonymous-auth", JustificationProblem::Unused),
        ("apiserver-encryption-missing", JustificationProblem::Unused),
        ("apiserver-audit-log-missing", JustificationProblem::Expiring),
    ];
    assert_eq!(notes, BTreeSet::from(expected));
    assert_eq!(outcome(&report, "controller-1", "1.2.16"), Outcome::Justified);
    assert_eq!(outcome(&report, "controller-1", "1.2.27"), Outcome::Fail);
}

pub(crate) fn a_value_that_was_not_accepted_is_not_covered() {
    let control_plane = Host::named("kubespray-control-plane");
    let argv = control_plane.path("/proc/1204/cmdline");
    let text = fs::read_to_string(&argv).unwrap();
    fs::write(&argv, text.replace("--bind-address=::", "--bind-address=0.0.0.0")).unwrap();
    let [_, etcd, worker] = NODES;
    let hosts =
        [(NODES[0], control_plane), (etcd, Host::named(etcd)), (worker, Host::named(worker))];
    let report = Cluster::of(DECEMBER_2026, hosts).report(&[&example()]);
    let manager = named(&report, "controller-manager-bind-address", "controller-1");
    assert_eq!(manager.outcome, Outcome::Justified);
    let scheduler = named(&report, "scheduler-bind-address", "controller-1");
    assert_eq!(scheduler.outcome, Outcome::Fail, "{}", scheduler.message);
    assert!(scheduler.justification.is_none());
    assert_eq!(outcome(&report, "controller-1", "1.4.2"), Outcome::Fail);
}

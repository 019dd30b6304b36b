//! Where there is nothing to see, or nothing may be seen, nothing passes.

use merlon_model::{Outcome, Report};

use crate::support::{Host, Merlon, is_root, report, scan};

/// What is asked of every host: the controls, a benchmark by name, the one that fits.
const QUESTIONS: [&[&str]; 3] = [&[], &["--benchmark", "cis-1.12"], &["--benchmark"]];

#[track_caller]
fn check_no_pass(report: &Report) {
    let passes: Vec<_> =
        report.findings.iter().filter(|finding| finding.outcome == Outcome::Pass).collect();
    assert!(passes.is_empty(), "{passes:#?}");
    assert_eq!(report.summary.get(Outcome::Pass), 0);
    for benchmark in report.nodes.iter().filter_map(|node| node.benchmark.as_ref()) {
        assert_eq!(benchmark.summary.get(Outcome::Pass), 0, "{:?}", benchmark.summary);
    }
}

pub(crate) fn a_host_without_kubernetes_has_no_pass() {
    let host = Host::named("empty");
    for question in QUESTIONS {
        let (report, output) = report(host.root(), question);
        check_no_pass(&report);
        assert_eq!(report.summary.get(Outcome::Error), 0, "everything there was seen");
        assert_eq!(report.summary.get(Outcome::Fail), 0, "and nothing of it is wrong");
        assert_eq!(report.nodes[0].distribution, None);
        assert!(report.nodes[0].components.is_empty(), "{:?}", report.nodes[0].components);
        assert_eq!(output.code, 3, "{question:?}");
    }
    let output = scan(host.root(), &[]).ended(3);
    output.says("othing of Kubernetes");
    output.says("kubelet");
    let output = scan(host.root(), &["--benchmark"]).ended(3);
    output.says("no benchmark can be chosen");
}

pub(crate) fn a_host_that_may_not_be_seen_has_no_pass() {
    if !is_root() {
        eprintln!("only root can take rights away: the scan of a closed host is skipped");
        return;
    }
    let mut host = Host::named("kubeadm-control-plane");
    for line in CLOSED.lines() {
        host.add(line);
    }
    for question in QUESTIONS {
        let output = Merlon::as_nobody(["scan", "--output", "json", "--host-root"])
            .argument(host.root())
            .arguments(question)
            .run();
        let report = output.report();
        check_no_pass(&report);
        assert!(report.summary.get(Outcome::Error) > 0, "{:?}", report.summary);
        assert!(!report.nodes[0].gaps.is_empty());
        output.ended(3).says("permission denied");
    }
    // Nothing keeps root out: it is the rights and not the host that made the difference.
    let (report, _) = report(host.root(), &[]);
    assert!(report.summary.get(Outcome::Pass) > 10, "{:?}", report.summary);
}

/// Everything below can be seen by its owner alone.
const CLOSED: &str = "\
dir /etc 0700 0:0
dir /proc 0700 0:0
dir /var 0700 0:0
dir /usr 0700 0:0
dir /root 0700 0:0
dir /run 0700 0:0";

pub(crate) fn a_directory_that_is_no_host_has_no_pass() {
    let empty = tempfile::tempdir().unwrap();
    let absent = empty.path().join("absent");
    for root in [empty.path(), &absent] {
        for question in QUESTIONS {
            let (report, output) = report(root, question);
            check_no_pass(&report);
            assert!(report.summary.get(Outcome::Error) > 0, "{:?}", report.summary);
            output.ended(3);
        }
    }
}

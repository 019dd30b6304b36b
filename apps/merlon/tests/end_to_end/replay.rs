//! A snapshot says what the host says.

use std::fs;
use std::path::{Path, PathBuf};

use merlon_report::Format;
use merlon_snapshot::{FORMAT, Header, Snapshot};

use crate::support::{Host, Merlon, merlon, scan};

/// Hosts that differ in how much of everything they have.
const HOSTS: [&str; 5] =
    ["kubeadm-control-plane", "kubespray-etcd", "k3s-server", "microk8s", "empty"];

pub(crate) fn a_snapshot_gives_the_report_of_the_live_scan() {
    let directory = tempfile::tempdir().unwrap();
    for name in HOSTS {
        let host = Host::named(name);
        let snapshot = directory.path().join(name);
        collect(&host, &snapshot);
        for format in Format::ALL {
            for more in [&[][..], &["--benchmark", "cis-1.11", "--verbose"]] {
                let arguments = [&["--output", format.as_str()], more].concat();
                let live = scan(host.root(), &arguments);
                let replayed = Merlon::new(["scan", "--snapshot"])
                    .argument(&snapshot)
                    .arguments(&arguments)
                    .run();
                let context = format!("{name} {arguments:?}");
                assert_eq!(timeless(&live.stdout), timeless(&replayed.stdout), "{context}");
                assert_eq!(live.stderr, replayed.stderr, "{context}");
                assert_eq!(live.code, replayed.code, "{context}");
                let needs_benchmark = matches!(format, Format::KubeBench | Format::KubeBenchText);
                let refused = needs_benchmark && more.is_empty();
                assert_eq!(live.stdout.is_empty(), refused, "{context}: {}", live.stderr);
            }
        }
    }
}

pub(crate) fn a_snapshot_gives_the_same_bytes_each_time() {
    let directory = tempfile::tempdir().unwrap();
    let snapshot = directory.path().join("node");
    collect(&Host::named("kubeadm-control-plane"), &snapshot);
    for format in Format::ALL {
        let report = || {
            let arguments = ["--benchmark", "cis-1.11", "--output", format.as_str()];
            Merlon::new(["scan", "--snapshot"]).argument(&snapshot).arguments(arguments).run()
        };
        assert_eq!(report().stdout, report().stdout, "{format}");
    }
}

pub(crate) fn snapshots_make_one_report() {
    let directory = tempfile::tempdir().unwrap();
    let [first, second, again] = ["a", "b", "c"].map(|name| directory.path().join(name));
    collect(&Host::named("kubespray-control-plane"), &first);
    collect(&Host::named("kubespray-etcd"), &second);
    collect(&Host::named("kubespray-etcd"), &again);
    let together = |files: &[&PathBuf]| {
        let mut call = Merlon::new(["scan", "--output", "json"]);
        for file in files {
            call = call.argument("--snapshot").argument(file);
        }
        call.run()
    };
    // The order in which they are named changes nothing.
    let report = together(&[&second, &first]).report();
    let names: Vec<&str> = report.nodes.iter().map(|node| node.name.as_str()).collect();
    assert_eq!(names, ["controller-1", "etcd-1"]);
    assert_eq!(report.findings, together(&[&first, &second]).report().findings);
    for node in names {
        assert!(report.findings.iter().any(|finding| finding.scope == node), "{node}");
    }
    together(&[&second, &again]).ended(3).says("two snapshots are of a node named etcd-1");
}

pub(crate) fn a_snapshot_that_is_not_whole_is_refused_with_its_cause() {
    let directory = tempfile::tempdir().unwrap();
    let path = |name: &str| directory.path().join(name);
    collect(&Host::named("kubeadm-worker"), &path("whole"));
    let whole = fs::read(path("whole")).unwrap();
    fs::write(path("cut"), &whole[..whole.len() / 2]).unwrap();
    fs::write(path("short"), &whole[..whole.len() - 1]).unwrap();
    fs::write(path("garbage"), "kind: Pod\n").unwrap();
    fs::write(path("nothing"), "").unwrap();
    fs::write(path("future"), future()).unwrap();
    let mut turned = whole.clone();
    turned[whole.len() / 2] ^= 0x10;
    fs::write(path("turned"), turned).unwrap();
    for (name, cause) in [
        ("cut", "cannot unpack the snapshot"),
        ("short", "cannot unpack the snapshot"),
        ("turned", ""),
        ("garbage", "is it a snapshot file"),
        ("nothing", "is it a snapshot file"),
        ("future", "use the version that wrote it, merlon 99.1.0"),
        ("absent", "No such file"),
    ] {
        for command in [&["scan", "--snapshot"][..], &["snapshot", "show"]] {
            let output = Merlon::new(command).argument(path(name)).run().ended(3);
            output.says(cause);
            output.says(name);
            assert!(command[0] != "scan" || output.stdout.is_empty(), "{name}: {}", output.stdout);
        }
    }
    merlon(["scan", "--snapshot", "-"]).ended(3).says("standard input");
    let piped = Merlon::new(["scan", "--snapshot", "-", "--output", "json"]).run_with(&whole);
    assert_eq!(piped.report().nodes[0].name, "worker-1");
}

pub(crate) fn a_snapshot_can_be_looked_into() {
    let directory = tempfile::tempdir().unwrap();
    for name in HOSTS {
        let snapshot = directory.path().join(name);
        collect(&Host::named(name), &snapshot);
        let shown = Merlon::new(["snapshot", "show"]).argument(&snapshot).run().ended(0);
        shown.says("processes (");
        shown.says("gaps (");
        let records = Merlon::new(["snapshot", "show", "--records"]).argument(&snapshot).run();
        let records = records.ended(0).stdout;
        for line in records.lines() {
            let record: serde_json::Value = serde_json::from_str(line).unwrap();
            assert!(record.is_object(), "{record}");
        }
        assert!(records.lines().count() > 100, "{records}");
    }
}

pub(crate) fn a_snapshot_is_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let directory = tempfile::tempdir().unwrap();
    let snapshot = directory.path().join("node");
    collect(&Host::named("kubeadm-worker"), &snapshot);
    let mode = fs::metadata(&snapshot).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    // Without a name it is the node's, in the working directory.
    let host = Host::named("empty");
    let call = || Merlon::new(["collect", "--host-root"]).argument(host.root());
    call().run().ended(0).says("node-1.merlon: ");
    // A name that is no file's name is not made one.
    for name in ["../../escaped", "a/b", "..", ".hidden", "a\u{1b}b"] {
        fs::write(host.path("/etc/hostname"), name).unwrap();
        fs::write(host.path("/proc/sys/kernel/hostname"), name).unwrap();
        call().run().ended(3).says("--output");
    }
}

#[track_caller]
fn collect(host: &Host, to: &Path) {
    let call = Merlon::new(["collect", "--host-root"]).argument(host.root());
    call.argument("--output").argument(to).run().ended(0);
}

/// A snapshot of a format that nobody has invented.
fn future() -> Vec<u8> {
    let header = Header { format: FORMAT + 1, tool: "merlon 99.1.0".to_owned(), taken_at: 0 };
    let mut bytes = Vec::new();
    merlon_snapshot::write(
        &Snapshot { header, nodes: Vec::new(), inventories: Vec::new() },
        &mut bytes,
    )
    .unwrap();
    bytes
}

/// The text without times of day: the live scan and the collection are moments apart. (Markdown
/// escapes their colons.)
fn timeless(text: &str) -> String {
    let text = &text.replace("\\:", ":");
    const SHAPE: &str = "dddd-dd-ddTdd:dd:dd";
    let fits = |at: usize| {
        text.as_bytes().get(at..at + SHAPE.len()).is_some_and(|bytes| {
            bytes.iter().zip(SHAPE.bytes()).all(|(byte, shape)| match shape {
                b'd' => byte.is_ascii_digit(),
                b'T' => matches!(byte, b'T' | b' '),
                other => *byte == other,
            })
        })
    };
    let mut timeless = String::with_capacity(text.len());
    let mut skipped = 0;
    for (at, character) in text.char_indices() {
        if fits(at) {
            skipped = SHAPE.len();
            timeless.push_str("TIME");
        }
        if skipped == 0 {
            timeless.push(character);
        }
        skipped = skipped.saturating_sub(1);
    }
    timeless
}

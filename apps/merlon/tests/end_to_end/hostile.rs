//! Hosts that are broken, or made to break who looks at them.

use std::fs::{self, File};
use std::io::Write;
use std::time::{Duration, Instant};

use merlon_model::{Outcome, Report};
use merlon_report::Format;

use crate::support::{Host, Merlon, scan};

/// Far more than any of them takes, and far less than a program that hangs.
const LONGEST: Duration = Duration::from_secs(10);

/// One thing that is broken on an otherwise good node.
struct Case {
    name: &'static str,
    breaks: fn(&mut Host),
    /// Words of the gap or the finding that tells of it.
    cause: &'static str,
    /// A control that is an error because of it, if any has to be.
    error: Option<&'static str>,
}

const KUBELET_CONFIGURATION: &str = "/var/lib/kubelet/config.yaml";
const MANIFESTS: &str = "/etc/kubernetes/manifests";

const CASES: &[Case] = &[
    Case {
        name: "half-written YAML",
        breaks: |host| {
            write(host, KUBELET_CONFIGURATION, b"authentication:\n  anonymous: {enabled: fal")
        },
        cause: "config.yaml",
        error: Some("kubelet-anonymous-auth"),
    },
    Case {
        name: "a configuration of 100 MB",
        breaks: |host| {
            let file = File::create(host.path(KUBELET_CONFIGURATION)).unwrap();
            file.set_len(100 << 20).unwrap();
        },
        cause: "too large",
        error: Some("kubelet-anonymous-auth"),
    },
    Case {
        name: "links in a circle",
        breaks: |host| {
            fs::remove_file(host.path("/etc/kubernetes/kubelet.conf")).unwrap();
            host.add(
                "link /etc/kubernetes/kubelet.conf round\nlink /etc/kubernetes/round kubelet.conf",
            );
        },
        cause: "/etc/kubernetes/kubelet.conf",
        error: Some("kubelet-kubeconfig-mode"),
    },
    Case {
        name: "a pipe as configuration",
        breaks: |host| {
            fs::remove_file(host.path(KUBELET_CONFIGURATION)).unwrap();
            host.add("fifo /var/lib/kubelet/config.yaml");
        },
        cause: "config.yaml",
        error: Some("kubelet-anonymous-auth"),
    },
    Case {
        name: "a directory as configuration",
        breaks: |host| {
            fs::remove_file(host.path(KUBELET_CONFIGURATION)).unwrap();
            host.add("dir /var/lib/kubelet/config.yaml 0755 0:0");
        },
        cause: "config.yaml",
        error: Some("kubelet-anonymous-auth"),
    },
    Case {
        name: "a configuration that is no UTF-8",
        breaks: |host| write(host, KUBELET_CONFIGURATION, b"authorization: {mode: \xff\xfe}\n"),
        cause: "UTF-8",
        error: Some("kubelet-always-allow"),
    },
    Case {
        name: "aliases that multiply",
        breaks: |host| {
            let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
            for level in 1..12 {
                let again = format!("*a{}, ", level - 1).repeat(10);
                text.push_str(&format!("a{level}: &a{level} [{again}]\n"));
            }
            write(host, KUBELET_CONFIGURATION, text.as_bytes());
        },
        cause: "config.yaml",
        error: Some("kubelet-anonymous-auth"),
    },
    Case {
        name: "brackets without end",
        breaks: |host| write(host, KUBELET_CONFIGURATION, "[".repeat(200_000).as_bytes()),
        cause: "config.yaml",
        error: Some("kubelet-anonymous-auth"),
    },
    Case {
        name: "garbage among the manifests",
        breaks: |host| {
            let garbage: Vec<u8> = (0..40_000u32).map(|n| (n * 31 % 251) as u8).collect();
            write(host, "/etc/kubernetes/manifests/core.dump", &garbage);
        },
        cause: "core.dump",
        error: None,
    },
    Case {
        name: "2 MB of arguments",
        breaks: |host| {
            let mut file =
                File::options().append(true).open(host.path("/proc/812/cmdline")).unwrap();
            file.write_all(&[b'x'; 2 << 20]).unwrap();
        },
        cause: "more than 65536 bytes",
        error: None,
    },
    Case {
        name: "a certificate that is none",
        breaks: |host| {
            write(host, "/etc/kubernetes/pki/ca.crt", b"-----BEGIN CERTIFICATE-----\nAAAA")
        },
        cause: "/etc/kubernetes/pki/ca.crt",
        error: None,
    },
    Case {
        name: "a link to itself among the manifests",
        breaks: |host| host.add("link /etc/kubernetes/manifests/again.yaml again.yaml"),
        cause: "again.yaml",
        error: None,
    },
    Case {
        name: "an empty executable",
        breaks: |host| write(host, "/usr/bin/kubelet", b"\x7fELF\x02\x01\x01"),
        cause: "",
        error: None,
    },
];

pub(crate) fn a_broken_thing_is_an_error_and_the_rest_is_complete() {
    let (whole, _) = timed(&Host::named("kubeadm-control-plane"));
    for case in CASES {
        let mut host = Host::named("kubeadm-control-plane");
        (case.breaks)(&mut host);
        let (report, text) = timed(&host);
        let told = report.nodes[0]
            .gaps
            .iter()
            .map(String::as_str)
            .chain(report.findings.iter().map(|f| f.message.as_str()));
        let told: Vec<&str> = told.filter(|words| words.contains(case.cause)).collect();
        assert!(!told.is_empty(), "{}: nothing says {:?}: {text}", case.name, case.cause);
        if let Some(control) = case.error {
            let mut findings = report.findings.iter().filter(|finding| finding.control == control);
            assert!(findings.all(|f| f.outcome == Outcome::Error), "{}: {control}", case.name);
        }
        check_rest(&whole, &report, case.name);
    }
}

/// What has nothing to do with the kubelet, its files and its certificates is as it was, and every
/// control still says something.
#[track_caller]
fn check_rest(whole: &Report, report: &Report, case: &str) {
    for before in &whole.findings {
        let asked = report.findings.iter().any(|after| after.control == before.control);
        assert!(asked, "{case}: {} says nothing", before.control);
        let apart = before.resource == "kube-scheduler" || before.resource == "kube-apiserver";
        let own = apart && before.control != "apiserver-client-ca-missing";
        let same = report.findings.iter().any(|after| {
            (&after.control, &after.resource) == (&before.control, &before.resource)
                && after.outcome == before.outcome
        });
        assert!(same || !own, "{case}: {} of {} changed", before.control, before.resource);
    }
    // Nothing passes because it is broken. (What a release lacks can pass in an unknown one.)
    let passes = report.findings.iter().filter(|finding| finding.outcome == Outcome::Pass);
    let new: Vec<_> = passes
        .filter(|after| {
            !whole.findings.iter().any(|before| {
                (&before.control, &before.resource) == (&after.control, &after.resource)
                    && matches!(before.outcome, Outcome::Pass | Outcome::NotApplicable)
            })
        })
        .collect();
    assert!(new.is_empty(), "{case}: {new:#?}");
}

fn timed(host: &Host) -> (Report, String) {
    let begin = Instant::now();
    let output = scan(host.root(), &["--output", "json"]);
    assert!(begin.elapsed() < LONGEST, "it took {:?}", begin.elapsed());
    assert!([0, 1, 3].contains(&output.code), "{output:?}");
    (output.report(), output.stdout)
}

fn write(host: &mut Host, path: &str, bytes: &[u8]) {
    fs::write(host.path(path), bytes).unwrap();
}

pub(crate) fn links_lead_nowhere_outside_the_host() {
    let outside = tempfile::tempdir().unwrap();
    let secret = outside.path().join("config.yaml");
    fs::write(&secret, "authentication: {anonymous: {enabled: true}}\nplanted: outside\n").unwrap();
    for target in [
        secret.display().to_string(),
        format!("../../../../../../../../../..{}", secret.display()),
        format!("/proc/self/root{}", secret.display()),
        format!("/proc/1/root{}", secret.display()),
    ] {
        let mut host = Host::named("kubeadm-control-plane");
        fs::remove_file(host.path(KUBELET_CONFIGURATION)).unwrap();
        host.add(&format!("link {KUBELET_CONFIGURATION} {target}"));
        let (report, text) = timed(&host);
        assert!(!text.contains("planted"), "{target}");
        let finding =
            report.findings.iter().find(|f| f.control == "kubelet-anonymous-auth").unwrap();
        assert_eq!(finding.outcome, Outcome::Error, "{target}: {}", finding.message);
    }
}

pub(crate) fn names_cannot_speak_to_a_terminal() {
    let mut host = Host::named("kubeadm-control-plane");
    for name in [
        "\u{1b}[2J\u{1b}[31mevil.yaml",
        "a\nPASS all is well.yaml",
        "b\u{202e}lmay.exe",
        "c\r.yaml",
    ] {
        write(&mut host, &format!("{MANIFESTS}/{name}"), b"kind: [");
        write(&mut host, &format!("/etc/kubernetes/pki/{name}"), b"-----BEGIN CERTIFICATE-----\n");
        write(&mut host, &format!("/etc/cni/net.d/{name}.conf"), b"{");
    }
    fs::write(host.path("/etc/hostname"), "node\u{1b}[31m-1\n").unwrap();
    for format in [Format::Text, Format::KubeBenchText, Format::Markdown, Format::Csv] {
        for more in [&["--benchmark", "cis-1.11"][..], &["--benchmark", "cis-1.11", "--verbose"]] {
            let output = scan(host.root(), &[&["--output", format.as_str()], more].concat());
            assert!([0, 1, 3].contains(&output.code), "{output:?}");
            check_quiet(&output.stdout, format.as_str());
            check_quiet(&output.stderr, format.as_str());
        }
    }
    let directory = tempfile::tempdir().unwrap();
    let snapshot = directory.path().join("node");
    let call = Merlon::new(["collect", "--host-root"]).argument(host.root());
    check_quiet(&call.argument("-o").argument(&snapshot).run().ended(0).stderr, "collect");
    let shown = Merlon::new(["snapshot", "show"]).argument(&snapshot).run().ended(0).stdout;
    check_quiet(&shown, "snapshot show");
    let fixed = Merlon::new(["fix", "--snapshot"]).argument(&snapshot).run();
    check_quiet(&fixed.stdout, "fix");
}

#[track_caller]
fn check_quiet(text: &str, what: &str) {
    let loud = |c: &char| c.is_control() && !matches!(c, '\n' | '\t') || *c == '\u{202e}';
    if let Some(place) = text.find(|c| loud(&c)) {
        let from = text.floor_char_boundary(place.saturating_sub(80));
        panic!("{what}: {:?}", &text[from..text.ceil_char_boundary(place + 20)]);
    }
    assert!(!text.lines().any(|line| line.starts_with("PASS all is well")), "{what}");
}

pub(crate) fn more_manifests_than_are_read_hide_nothing() {
    let mut host = Host::named("kubeadm-worker");
    for number in 0..900 {
        write(&mut host, &format!("{MANIFESTS}/pod-{number:04}.yaml"), b"kind: Pod\nspec: {}\n");
    }
    let manifest = "kind: Pod\nspec: {containers: [{name: a, image: 'a:v1.33.1', command: [kube-apiserver]}]}\n";
    write(&mut host, &format!("{MANIFESTS}/zzz.yaml"), manifest.as_bytes());
    let (report, _) = timed(&host);
    let mut findings = report.findings.iter().filter(|f| f.control == "apiserver-anonymous-auth");
    assert!(
        findings.all(|finding| finding.outcome != Outcome::NotApplicable),
        "it was not looked at"
    );
}

/// The word that every secret of `secrets.host` has in it, plain or in base64.
const PLANTED: [&str; 4] = ["planted", "cGxhbnRlZ", "wbGFudGVk", "BsYW50ZW"];

pub(crate) fn no_secret_leaves_the_host() {
    let host = Host::named("secrets");
    let directory = tempfile::tempdir().unwrap();
    let snapshot = directory.path().join("node");
    let call = Merlon::new(["collect", "--host-root"]).argument(host.root());
    let collected = call.argument("-o").argument(&snapshot).run().ended(0);
    check_no_secret(&collected.stderr, "collect");
    for arguments in [&["--records"][..], &[]] {
        let call = Merlon::new(["snapshot", "show"]).arguments(arguments).argument(&snapshot);
        let shown = call.run().ended(0).stdout;
        assert!(shown.contains("/etc/kubernetes/encryption.yaml"), "the file itself was seen");
        check_no_secret(&shown, "snapshot show");
    }
    for format in Format::ALL {
        for benchmark in ["cis-1.11", "k3s-cis-1.9"] {
            let call = Merlon::new(["scan", "--snapshot"]).argument(&snapshot);
            let output = call
                .arguments(["--output", format.as_str(), "--verbose", "--benchmark", benchmark])
                .run();
            check_no_secret(&output.stdout, format.as_str());
            check_no_secret(&output.stderr, format.as_str());
        }
        let output = scan(host.root(), &["--output", format.as_str(), "--verbose"]);
        check_no_secret(&output.stdout, format.as_str());
        check_no_secret(&output.stderr, format.as_str());
    }
    let fixed = Merlon::new(["fix", "--snapshot"]).argument(&snapshot).run();
    check_no_secret(&fixed.stdout, "fix");
}

#[track_caller]
fn check_no_secret(text: &str, what: &str) {
    let leaks: Vec<&str> = text
        .lines()
        .flat_map(|line| {
            PLANTED.iter().filter_map(move |word| line.find(word).map(|at| (line, at)))
        })
        .map(|(line, at)| {
            let from = line.floor_char_boundary(at.saturating_sub(120));
            &line[from..line.ceil_char_boundary((at + 24).min(line.len()))]
        })
        .collect();
    assert!(leaks.is_empty(), "{what}: {leaks:#?}");
}

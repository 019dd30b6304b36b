//! What a hostile or broken node can do to its collector: nothing.

use std::fs::File;
use std::os::unix::net::UnixListener;
use std::os::unix::process::CommandExt as _;
use std::process::Command;
use std::time::Instant;

use merlon_collect::{HostRoot, Options, node};
use merlon_snapshot::{Cause, DocumentKind, FileKind, Lookup, Subject, Want};

use crate::tree::{Tree, check_gap, collect, wants};

const DOCUMENT: Want = Want::Document(DocumentKind::KubeletConfiguration);

#[test]
fn what_is_no_file_is_not_opened() {
    let tree = Tree::new();
    let fifo = tree.made("etc/fifo");
    let made = Command::new("mkfifo").arg(&fifo).status().unwrap();
    assert!(made.success());
    let _socket = UnixListener::bind(tree.made("etc/socket")).unwrap();
    tree.directory("etc/directory");
    tree.file("etc/file", "a: b\n");
    let started = Instant::now();
    let node = tree.collect(&[
        ("/etc/fifo", DOCUMENT),
        ("/etc/socket", DOCUMENT),
        ("/etc/directory", DOCUMENT),
        ("/etc/file", Want::Directory),
        ("/etc/file/below", DOCUMENT),
        ("etc/file", Want::State),
    ]);
    assert!(started.elapsed().as_secs() < 5, "nothing waits");
    check_gap(&node, "/etc/fifo", Cause::WrongKind);
    check_gap(&node, "/etc/socket", Cause::WrongKind);
    check_gap(&node, "/etc/directory", Cause::WrongKind);
    check_gap(&node, "/etc/file", Cause::WrongKind);
    check_gap(&node, "etc/file", Cause::Other);
    let kind = |path: &str| node.files[path].file().map(|file| file.kind);
    assert_eq!(kind("/etc/fifo"), Some(FileKind::Fifo));
    assert_eq!(kind("/etc/socket"), Some(FileKind::Socket));
    assert_eq!(kind("/etc/directory"), Some(FileKind::Directory));
    assert_eq!(node.files["/etc/file/below"], Lookup::Absent);
}

#[test]
fn sizes_are_bounded() {
    let tree = Tree::new();
    let sparse = File::create(tree.made("etc/sparse")).unwrap();
    sparse.set_len(100 << 20).unwrap();
    tree.file("etc/long", "a: b\n".repeat(1 << 20));
    tree.file("etc/names/1", "");
    tree.file("etc/ca.crt", vec![b'x'; 3 << 20]);
    let node = tree.collect(&[
        ("/etc/sparse", DOCUMENT),
        ("/etc/long", DOCUMENT),
        ("/etc/ca.crt", Want::Certificates),
    ]);
    check_gap(&node, "/etc/sparse", Cause::TooLarge);
    check_gap(&node, "/etc/long", Cause::TooLarge);
    check_gap(&node, "/etc/ca.crt", Cause::TooLarge);
    assert_eq!(node.files["/etc/sparse"].file().unwrap().size, 100 << 20);
}

#[test]
fn links_stay_inside() {
    let tree = Tree::new();
    tree.file("etc/shadow", "kind: inside\n");
    tree.link("etc/up", "../../../../../../../../../../etc/shadow");
    tree.link("etc/absolute", "/etc/shadow");
    tree.link("etc/zero", "/dev/zero");
    tree.link("etc/self", "/proc/self/environ");
    tree.link("etc/loop", "/etc/pool");
    tree.link("etc/pool", "/etc/loop");
    tree.link("etc/nowhere", "/nowhere");
    tree.directory("mnt/real");
    tree.file("mnt/real/config", "kind: real\n");
    tree.link("var/lib/kubelet", "/mnt/real");
    let node = tree.collect(&[
        ("/etc/up", DOCUMENT),
        ("/etc/absolute", DOCUMENT),
        ("/etc/zero", DOCUMENT),
        ("/etc/self", DOCUMENT),
        ("/etc/loop", DOCUMENT),
        ("/etc/nowhere", DOCUMENT),
        ("/var/lib/kubelet/config", DOCUMENT),
        ("/../../../etc/shadow", DOCUMENT),
    ]);
    for path in ["/etc/up", "/etc/absolute", "/../../../etc/shadow"] {
        assert_eq!(node.documents[path].text, "kind: inside\n", "{path}");
        let resolved = node.files[path].file().unwrap().resolved.as_deref();
        assert_eq!(resolved, Some("/etc/shadow"), "{path}");
    }
    assert_eq!(node.files["/etc/zero"], Lookup::Absent);
    assert_eq!(node.files["/etc/self"], Lookup::Absent);
    assert_eq!(node.files["/etc/nowhere"], Lookup::Absent);
    check_gap(&node, "/etc/loop", Cause::LinkLoop);
    let config = node.files["/var/lib/kubelet/config"].file().unwrap();
    assert_eq!(config.resolved.as_deref(), Some("/mnt/real/config"));
    for above in ["/", "/var", "/var/lib", "/var/lib/kubelet", "/mnt", "/mnt/real"] {
        let kind = node.files[above].file().map(|file| file.kind);
        assert_eq!(kind, Some(FileKind::Directory), "{above}");
    }
}

#[test]
fn magic_links_of_the_real_proc_are_not_followed() {
    let node =
        collect("/".as_ref(), &[("/proc/self/cwd", Want::State), ("/proc/self/exe", DOCUMENT)]);
    check_gap(&node, "/proc/self/cwd", Cause::LinkLoop);
    check_gap(&node, "/proc/self/exe", Cause::LinkLoop);
}

#[test]
fn unreadable_files_are_gaps() {
    let own = std::process::id();
    let memory = format!("/proc/{own}/mem");
    let node = collect("/".as_ref(), &[(&memory, DOCUMENT)]);
    check_gap(&node, &memory, Cause::Other);
}

#[test]
fn texts_are_text() {
    let tree = Tree::new();
    tree.file("etc/bytes", b"a: b\nc: \xff\xfe\n");
    tree.file("etc/half", "kind: KubeletConfiguration\nauthentication:\n  anonymous: {enab");
    tree.file("etc/token", "just-a-secret\n");
    let bomb: String = (0..30)
        .map(|level| match level {
            0 => "a0: &a0 [secret]\n".to_owned(),
            _ => format!("a{level}: &a{level} [*a{0}, *a{0}, *a{0}]\n", level - 1),
        })
        .collect();
    tree.file("etc/bomb", bomb);
    let node = tree.collect(&[
        ("/etc/bytes", DOCUMENT),
        ("/etc/half", DOCUMENT),
        ("/etc/token", DOCUMENT),
        ("/etc/bomb", DOCUMENT),
    ]);
    check_gap(&node, "/etc/bytes", Cause::NotUtf8);
    check_gap(&node, "/etc/half", Cause::Unparsable);
    check_gap(&node, "/etc/token", Cause::Unparsable);
    check_gap(&node, "/etc/bomb", Cause::Unparsable);
    assert!(!format!("{:?}", node.gaps).contains("secret\""));
    assert_eq!(node.gap_at("/etc/bytes").unwrap().detail, "line 2, byte 8 of the file");
}

#[test]
fn what_is_asked_for_is_bounded() {
    let tree = Tree::new();
    let all: Vec<String> = (0..20_000).map(|number| format!("/n/{number:05}")).collect();
    let wanted: Vec<(&str, Want)> = all.iter().map(|path| (path.as_str(), Want::State)).collect();
    let node = tree.collect(&wanted);
    assert_eq!(node.files["/n/00000"], Lookup::Absent);
    assert!(!node.files.contains_key("/n/19999"));
    check_gap(&node, "/n/19999", Cause::LimitReached);

    // Somebody who always wants one more gets an end.
    let endless = merlon_collect::node(&Options::new(tree.root()), |node| {
        let path = format!("/n/{}", node.files.len());
        wants(&[(&path, Want::State)])
    });
    let limited = endless.gaps.iter().filter(|gap| gap.cause == Cause::LimitReached);
    assert_eq!(limited.count(), 1);
}

#[test]
fn processes_that_vanish_leave_nothing_or_a_gap() {
    let tree = Tree::new();
    // Gone before its arguments were read: nobody knows what it was.
    tree.directory("proc/50");
    // Recognised, and then gone.
    tree.process(60, &["/usr/bin/kubelet", "--v=2"], "/usr/bin/kubelet");
    std::fs::remove_file(tree.root().join("proc/60/status")).unwrap();
    // A kernel thread, and something that is no process.
    tree.file("proc/70/cmdline", "");
    tree.directory("proc/sys");
    let node = tree.collect(&[]);
    assert_eq!(node.host.process_count, 4);
    let gaps: Vec<String> = node.gaps.iter().map(ToString::to_string).collect();
    assert_eq!(
        gaps,
        [
            "status of process 60: vanished while it was read (No such file or directory (os error 2))"
        ]
    );
    assert_eq!(node.processes.len(), 1);
    assert_eq!(node.processes[0].uid, None);
}

#[test]
fn a_process_can_have_any_arguments() {
    let tree = Tree::new();
    let long = "x".repeat(2 << 20);
    tree.process(7, &["kubelet", &long, "--token", "abc"], "/usr/bin/kubelet");
    tree.file("proc/8/cmdline", b"kubelet\0--a=\xff\0");
    let node = tree.collect(&[]);
    let argv = |pid: u32| {
        let process = node.processes.iter().find(|process| process.pid == pid);
        process.unwrap().argv.clone()
    };
    assert_eq!(argv(7)[1].len(), 64 << 10);
    assert_eq!(argv(7)[2..], ["--token", "<redacted>"]);
    assert_eq!(argv(8), ["kubelet", "--a=\u{fffd}"]);
    let cause = |pid: u32| {
        let subject = Subject::Process { pid, part: "argv".to_owned() };
        node.gaps.iter().find(|gap| gap.subject == subject).map(|gap| gap.cause)
    };
    assert_eq!(cause(7), Some(Cause::TooLarge));
    assert_eq!(cause(8), Some(Cause::NotUtf8));
}

#[test]
fn executables_can_be_anything() {
    let tree = Tree::new();
    let elf = b"\x7fELF\x02\x01\x01";
    let mut broken = elf.to_vec();
    broken.resize(64, 0xff);
    for (pid, bytes) in [(10, &b""[..]), (11, elf), (12, &broken), (13, b"#!/bin/sh\n")] {
        let path = format!("usr/bin/{pid}/kubelet");
        tree.file(&path, bytes);
        tree.process(pid, &["kubelet"], &format!("/{path}"));
    }
    tree.process(14, &["kubelet"], "/usr/bin/nowhere/kubelet");
    tree.directory("usr/bin/15/kubelet");
    tree.process(15, &["kubelet"], "/usr/bin/15/kubelet");
    let node = tree.collect(&[]);
    assert_eq!(node.processes.len(), 6);
    assert!(node.processes.iter().all(|process| process.build_version.is_none()));
    let pids: Vec<u32> = node
        .gaps
        .iter()
        .filter_map(|gap| match &gap.subject {
            Subject::Process { pid, part } if part == "build information" => Some(*pid),
            _ => None,
        })
        .collect();
    assert_eq!(pids, [11, 12, 15]);
}

#[test]
fn without_a_root_there_are_only_gaps() {
    let nowhere = node(&Options::new("/nonexistent/root"), |_| unreachable!("nothing was seen"));
    assert_eq!(nowhere.gap_at("/").map(|gap| gap.cause), Some(Cause::Vanished));
    assert!(nowhere.gaps.iter().any(|gap| gap.subject == Subject::Processes));
    assert!(HostRoot::open("/etc/passwd".as_ref()).is_err());

    let empty = tempfile::tempdir().unwrap();
    let node = collect(empty.path(), &[("/etc/kubernetes", Want::State)]);
    assert_eq!(node.files["/etc/kubernetes"], Lookup::Absent);
    let subjects: Vec<&Subject> = node.gaps.iter().map(|gap| &gap.subject).collect();
    assert_eq!(subjects, [&Subject::Processes, &Subject::Listeners]);
}

/// Permissions do not bind root, so this test runs itself again as nobody.
#[test]
fn what_may_not_be_seen_is_a_gap() {
    const TREE: &str = "MERLON_TEST_TREE";
    if let Ok(root) = std::env::var(TREE) {
        let node = collect(
            root.as_ref(),
            &[
                ("/etc/secret", DOCUMENT),
                ("/etc/closed/file", DOCUMENT),
                ("/etc/closed", Want::Directory),
                ("/etc/pki", Want::Certificates),
            ],
        );
        check_gap(&node, "/etc/secret", Cause::PermissionDenied);
        check_gap(&node, "/etc/closed/file", Cause::PermissionDenied);
        check_gap(&node, "/etc/closed", Cause::PermissionDenied);
        check_gap(&node, "/etc/pki/a.crt", Cause::PermissionDenied);
        assert!(node.files["/etc/secret"].file().unwrap().mode < 0o700);
        assert!(!node.files.contains_key("/etc/closed/file"));
        let environment = Subject::Process { pid: 9, part: "environment".to_owned() };
        let gap = node.gaps.iter().find(|gap| gap.subject == environment);
        assert_eq!(gap.unwrap().cause, Cause::PermissionDenied);
        return;
    }
    let tree = Tree::new();
    tree.file("etc/secret", "a: b\n");
    tree.mode("etc/secret", 0o600);
    tree.file("etc/closed/file", "a: b\n");
    tree.mode("etc/closed", 0o700);
    tree.file("etc/pki/a.crt", "x");
    tree.mode("etc/pki/a.crt", 0o400);
    tree.process(9, &["kubelet"], "/usr/bin/kubelet");
    tree.mode("proc/9/environ", 0o400);
    // Nobody may reach the build directory either.
    let program = tree.made("test-program");
    std::fs::copy(std::env::current_exe().unwrap(), &program).unwrap();
    let mut again = Command::new(&program);
    again
        .args(["--exact", "hostile::what_may_not_be_seen_is_a_gap"])
        .current_dir("/")
        .env(TREE, tree.root());
    if rustix::process::geteuid().is_root() {
        again.uid(65534).gid(65534);
    } else {
        // The owner is bound by the owner's bits.
        tree.mode("etc/secret", 0o200);
        tree.mode("etc/closed", 0);
        tree.mode("etc/pki/a.crt", 0);
        tree.mode("proc/9/environ", 0);
    }
    let output = again.output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && said.contains("1 passed"), "{said}");
}

//! What a scan does to the machine it runs on: nothing.

use std::fs;
use std::process::Command;

use crate::support::{Host, Merlon};

/// Why system calls cannot be watched here, if they cannot.
pub(crate) fn cannot_watch() -> Option<&'static str> {
    let status = Command::new("strace").args(["-e", "trace=none", "true"]).output();
    match status.is_ok_and(|output| output.status.success()) {
        true => None,
        false => Some("strace is not on PATH, or may not trace"),
    }
}

/// The system calls of a scan, one a line.
fn calls(of: &str, host: &Host, arguments: &[&str]) -> Vec<String> {
    let directory = tempfile::tempdir().unwrap();
    let log = directory.path().join("calls");
    let trace = format!("trace={of}");
    let before = ["-f", "-qq", "-e", "signal=none", "-e", &trace, "-o"];
    let before = [&before[..], &[log.to_str().unwrap()]].concat();
    let output = Merlon::under("strace", &before)
        .arguments(["scan", "--host-root"])
        .argument(host.root())
        .arguments(arguments)
        .run();
    assert!([0, 1, 3].contains(&output.code), "{output:?}");
    assert!(!output.stdout.is_empty(), "{output:?}");
    let calls = fs::read_to_string(&log).unwrap();
    calls.lines().filter(|line| !line.contains("+++ exited")).map(str::to_owned).collect()
}

pub(crate) fn a_scan_starts_no_process() {
    for name in ["kubeadm-control-plane", "k3s-server", "empty"] {
        for arguments in [&[][..], &["--benchmark", "cis-1.12", "--output", "html"]] {
            let host = Host::named(name);
            let started = calls("execve,execveat,fork,vfork", &host, arguments);
            assert_eq!(started.len(), 1, "{name}: {started:#?}");
            assert!(started[0].contains("execve("), "{started:?}");
        }
    }
}

pub(crate) fn a_scan_opens_no_socket() {
    let host = Host::named("kubeadm-control-plane");
    let sockets = calls("network", &host, &["--benchmark"]);
    assert!(sockets.is_empty(), "{sockets:#?}");
}

pub(crate) fn a_scan_writes_nothing() {
    let host = Host::named("kubeadm-control-plane");
    let changes = "open,openat,openat2,creat,unlink,unlinkat,rename,renameat,renameat2,mkdir,mkdirat,\
                   chmod,fchmod,fchmodat,chown,fchown,fchownat,link,linkat,symlink,symlinkat,mknod,\
                   mknodat,truncate,ftruncate,utimensat,setxattr,fsetxattr,mount";
    let reads = |line: &String| {
        line.contains("O_RDONLY") || line.contains("O_PATH") && !line.contains("O_CREAT")
    };
    let changed: Vec<String> =
        calls(changes, &host, &["--benchmark"]).into_iter().filter(|line| !reads(line)).collect();
    assert!(changed.is_empty(), "{changed:#?}");
}

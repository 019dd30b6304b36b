use std::fs;
use std::io::{BufRead, BufReader};
use std::panic::catch_unwind;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use merlon_testkit::{ControlPlane, StartError, Version};

/// A process that is killed, and so runs no destructor, takes its control plane with it.
pub(crate) fn killed(with_kubelet: bool) {
    let components = if with_kubelet { 6 } else { 4 };
    let mut holder = Command::new(env!("CARGO_BIN_EXE_merlon-testkit"))
        .args(["start", "--version", &Version::NEWEST.to_string()])
        .args(with_kubelet.then_some("--kubelet"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut pids = Vec::new();
    let mut root = PathBuf::new();
    for line in BufReader::new(holder.stdout.take().unwrap()).lines().map(Result::unwrap) {
        let mut words = line.split_whitespace();
        match words.next() {
            Some("root") => root = PathBuf::from(words.next().unwrap()),
            Some("pid") => pids.push(words.next().unwrap().parse().unwrap()),
            _ => {}
        }
        if pids.len() == components {
            break;
        }
    }
    assert_eq!(pids.iter().filter(|pid| runs(**pid)).count(), components);
    holder.kill().unwrap();
    holder.wait().unwrap();
    gone(&pids);
    remove(&root);
}

pub(crate) fn panicking() {
    static LEFT: Mutex<Option<(Vec<u32>, PathBuf)>> = Mutex::new(None);
    let result = catch_unwind(|| {
        let plane = ControlPlane::builder(Version::NEWEST).start().unwrap();
        *LEFT.lock().unwrap() = Some((plane.pids().into_values().collect(), plane.root()));
        panic!("on purpose, to see what is left");
    });
    assert!(result.is_err());
    let (pids, root) = LEFT.lock().unwrap().take().unwrap();
    gone(&pids);
    let log = fs::read_to_string(root.with_file_name("logs").join("kube-apiserver.log")).unwrap();
    assert!(log.contains("Serving securely"));
    remove(&root);
}

pub(crate) fn reported() {
    let result = ControlPlane::builder(Version::NEWEST)
        .configure(|profile| {
            profile.apiserver.set("no-such-flag", "1");
        })
        .start();
    let Err(StartError::Ended(message)) = result else {
        panic!("{result:?}");
    };
    assert!(message.contains("kube-apiserver ended"), "{message}");
    assert!(message.contains("unknown flag: --no-such-flag"), "{message}");
    let log = message.split("the end of ").nth(1).unwrap().split(":\n").next().unwrap();
    let logs = Path::new(log).parent().unwrap();
    assert!(logs.is_dir(), "the logs are kept");
    remove(&logs.with_file_name("root"));
}

fn runs(pid: u32) -> bool {
    fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|stat| !stat.contains(") Z "))
}

fn gone(pids: &[u32]) {
    let started = Instant::now();
    while pids.iter().any(|pid| runs(*pid)) {
        assert!(started.elapsed() < Duration::from_secs(10), "{pids:?}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Removes what was kept on purpose.
fn remove(root: &Path) {
    fs::remove_dir_all(root.parent().unwrap()).unwrap();
}

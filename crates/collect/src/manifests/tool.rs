//! Running somebody else's program so that it can neither hang, nor flood, nor reach anything.

use std::ffi::OsString;
use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::time::{Duration, Instant};

use merlon_snapshot::Cause;
use rustix::process::{Pid, Signal, kill_process_group};

use crate::trouble::Trouble;

/// What a program may write.
const OUTPUT_LIMIT: usize = 64 << 20;

/// How much is told of what a program said when it failed.
const WORDS_LIMIT: usize = 600;

/// A home that does not exist: there is no configuration, no cache and no plug-in in it.
const NOWHERE: &str = "/nonexistent";

/// Nobody listens there, so a program that honours proxies, as those in Go do, reaches nothing.
const NO_PROXY_LISTENS: &str = "http://127.0.0.1:1";

/// Gives the first executable of that name in an absolute directory of `PATH`.
///
/// Relative directories are left out: they could lead into the very tree that is scanned.
pub(super) fn on_path(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .filter(|directory| directory.is_absolute())
        .map(|directory| directory.join(name))
        .find(|program| is_executable(program))
}

pub(super) fn is_executable(program: &Path) -> bool {
    let metadata = std::fs::metadata(program);
    metadata.is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0)
}

/// Runs a program that renders, and gives what it wrote.
///
/// It sees an environment without variables of ours, no cluster and no network by way of proxies.
pub(super) fn render(
    program: &Path,
    arguments: &[OsString],
    time: Duration,
) -> Result<String, Trouble> {
    let mut command = Command::new(program);
    command.args(arguments).env_clear();
    for name in ["HOME", "HELM_CACHE_HOME", "HELM_CONFIG_HOME", "HELM_DATA_HOME", "HELM_PLUGINS"] {
        command.env(name, NOWHERE);
    }
    for name in ["HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"] {
        command.env(name, NO_PROXY_LISTENS);
    }
    command.env("KUBECONFIG", "/dev/null").env("PATH", NOWHERE).env("LC_ALL", "C.UTF-8");
    run(command, time)
}

/// Runs a command to its end, and gives what it wrote to standard output.
pub(super) fn run(mut command: Command, time: Duration) -> Result<String, Trouble> {
    let deadline = Instant::now() + time;
    let name = command.get_program().to_string_lossy().into_owned();
    let failed = |error: std::io::Error| Trouble::new(Cause::Other, format!("{name}: {error}"));
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0);
    let mut running = Running { child: command.spawn().map_err(failed)?, ended: false };
    let output = drain(running.child.stdout.take());
    let errors = drain(running.child.stderr.take());
    let output = receive(&output, deadline, time, &name)?;
    let errors = receive(&errors, deadline, time, &name)?;
    let status = loop {
        match running.child.try_wait().map_err(failed)? {
            Some(status) => break status,
            None if Instant::now() >= deadline => return Err(too_slow(&name, time)),
            None => std::thread::sleep(Duration::from_millis(1)),
        }
    };
    running.ended = true;
    if !status.success() {
        let words = words(&String::from_utf8_lossy(&errors));
        let words = if words.is_empty() { status.to_string() } else { words };
        return Err(Trouble::new(Cause::Other, words));
    }
    crate::root::text(output)
}

/// A program with all that it started; both end with this.
struct Running {
    child: Child,
    /// From then on its number may be somebody else's.
    ended: bool,
}

impl Drop for Running {
    fn drop(&mut self) {
        if self.ended {
            return;
        }
        if let Some(group) = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw) {
            // It may have ended by itself; there is nothing to do about either failure.
            let _ = kill_process_group(group, Signal::KILL);
        }
        let _ = self.child.wait();
    }
}

/// Reads a pipe in a thread of its own, so that neither pipe waits for the other.
fn drain(pipe: Option<impl Read + Send + 'static>) -> Receiver<std::io::Result<Vec<u8>>> {
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        let read = match pipe {
            Some(pipe) => pipe.take(OUTPUT_LIMIT as u64 + 1).read_to_end(&mut bytes),
            None => Ok(0),
        };
        // Whoever gave up waiting does not want it any more.
        let _ = sender.send(read.map(|_| bytes));
    });
    receiver
}

fn receive(
    receiver: &Receiver<std::io::Result<Vec<u8>>>,
    deadline: Instant,
    time: Duration,
    name: &str,
) -> Result<Vec<u8>, Trouble> {
    let left = deadline.saturating_duration_since(Instant::now());
    let bytes = receiver.recv_timeout(left).map_err(|_| too_slow(name, time))??;
    if bytes.len() > OUTPUT_LIMIT {
        let detail = format!("{name} wrote more than {OUTPUT_LIMIT} bytes");
        return Err(Trouble::new(Cause::LimitReached, detail));
    }
    Ok(bytes)
}

fn too_slow(name: &str, time: Duration) -> Trouble {
    Trouble::new(Cause::TimedOut, format!("{name} did not end within {} s", time.as_secs_f32()))
}

/// What a program said, on one line.
fn words(said: &str) -> String {
    let lines: Vec<&str> = said
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with("Use --debug flag"))
        .collect();
    let words = lines.join(" ");
    // kubectl puts the time and its own line before what failed.
    let words = words.split_once("\"command failed\" err=").map_or(&*words, |(_, words)| words);
    let mut words = words.strip_prefix("Error: ").unwrap_or(words).to_owned();
    if words.len() > WORDS_LIMIT {
        let end = words.floor_char_boundary(WORDS_LIMIT);
        words.truncate(end);
        words.push_str(" ...");
    }
    words
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::time::{Duration, Instant};

    use merlon_snapshot::Cause;

    use super::{WORDS_LIMIT, render, words};

    fn shell(script: &str, time: Duration) -> Result<String, crate::Trouble> {
        render(Path::new("/bin/sh"), &["-c".into(), script.into()], time)
    }

    #[test]
    fn what_a_program_writes_is_given() {
        let long = Duration::from_secs(20);
        assert_eq!(shell("echo a; echo b >&2", long).unwrap(), "a\n");
        let environment = shell("export -p", long).unwrap();
        assert!(environment.contains("127.0.0.1:1"), "{environment}");
        assert!(!environment.contains("CARGO"), "{environment}");
    }

    #[test]
    fn why_a_program_gives_nothing_is_told() {
        let check = |script: &str, cause: Cause, detail: &str| {
            let started = Instant::now();
            let trouble = shell(script, Duration::from_millis(700)).expect_err(script);
            assert_eq!(trouble.cause, cause, "{script}: {trouble}");
            assert!(trouble.detail.contains(detail), "{script}: {trouble}");
            assert!(started.elapsed() < Duration::from_secs(10), "{script}");
        };
        check("echo 'Error: no such chart' >&2; exit 1", Cause::Other, "no such chart");
        check("exit 3", Cause::Other, "3");
        check("while :; do :; done", Cause::TimedOut, "0.7 s");
        check("exec >&- 2>&-; while :; do :; done", Cause::TimedOut, "0.7 s");
        // A child of the child keeps the pipe open.
        check("while :; do :; done & exit 0", Cause::TimedOut, "0.7 s");
        check("printf '\\377'", Cause::NotUtf8, "byte 0");
        let trouble = render(Path::new("/nonexistent/x"), &[], Duration::from_secs(1));
        assert_eq!(trouble.expect_err("it is not there").cause, Cause::Other);
    }

    #[test]
    fn what_a_program_said_is_told_on_one_line() {
        let check = |said: &str, expected: &str| assert_eq!(words(said), expected);
        check("", "");
        check("Error: a\n\n  b\nUse --debug flag to render out invalid YAML\n", "a b");
        check("E1121 05:46:28.4 7 run.go:72] \"command failed\" err=\"no base\"\n", "\"no base\"");
        assert_eq!(words(&"ä".repeat(10_000)).len(), WORDS_LIMIT + " ...".len());
    }

    #[test]
    fn a_flood_is_cut_off() {
        let script = "while :; do printf '%08192d' 1; done";
        let trouble = shell(script, Duration::from_secs(60)).expect_err("it does not end");
        assert_eq!(trouble.cause, Cause::LimitReached, "{trouble}");
    }
}

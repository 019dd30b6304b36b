use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};

/// How many processes the scanned node runs at least.
const PROCESSES: usize = 300;

/// How often the scan is timed, after one run that is not counted.
const RUNS: usize = 30;

/// Times `merlon scan` on this machine while a real control plane, a kubelet and enough other
/// processes run, and says what it takes. The input is the machine itself.
pub(crate) fn run() -> anyhow::Result<()> {
    super::build(&[
        &["build", "--release", "--locked", "-p", "merlon"],
        &["build", "--locked", "-q", "-p", "merlon-testkit"],
    ])?;
    let merlon = super::target()?.join("release/merlon");
    let _control_plane = start_control_plane()?;
    let _crowd = crowd()?;
    let scan = |benchmark: bool| {
        let mut scan = Command::new(&merlon);
        scan.arg("scan").args(["--output", "json"]);
        if benchmark {
            scan.args(["--benchmark", "cis-1.12"]);
        }
        scan.stdout(Stdio::null()).stderr(Stdio::null());
        scan
    };
    let count = std::fs::read_dir("/proc")?
        .flatten()
        .filter(|entry| entry.file_name().to_string_lossy().parse::<u32>().is_ok())
        .count();
    println!("input: this machine with {count} processes, a control plane and a kubelet");
    for (name, benchmark) in [("merlon scan", false), ("merlon scan --benchmark cis-1.12", true)] {
        let times = time(|| scan(benchmark))?;
        let [least, median, most] = summary(&times);
        println!("{name}: wall {least:.1?} least, {median:.1?} median, {most:.1?} most of {RUNS}");
    }
    match peak_kilobytes(&merlon) {
        Some(peak) => println!("peak memory: {:.1} MiB", peak / 1024.0),
        None => println!("peak memory: not measured, /usr/bin/time is not there"),
    }
    Ok(())
}

/// Ends a process, and with it all that dies with it.
struct Running {
    child: Child,
    // Kept open: who writes to a pipe that nobody reads ends.
    _output: Option<BufReader<ChildStdout>>,
}

impl Drop for Running {
    fn drop(&mut self) {
        // The testkit ends its servers when its standard input closes.
        drop(self.child.stdin.take());
        if self.child.try_wait().is_ok_and(|ended| ended.is_none()) {
            let _ = self.child.kill();
        }
        let _ = self.child.wait();
    }
}

fn start_control_plane() -> anyhow::Result<Running> {
    let mut testkit = Command::new(super::target()?.join("debug/merlon-testkit"))
        .args(["start", "--kubelet"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .context("cannot start the testkit")?;
    let mut output = BufReader::new(testkit.stdout.take().context("its output")?);
    // The first line comes when everything answers.
    let mut line = String::new();
    let read = output.read_line(&mut line)?;
    let running = Running { child: testkit, _output: Some(output) };
    if read == 0 {
        bail!("the testkit did not start a control plane");
    }
    Ok(running)
}

/// Idle processes that fill the node up.
fn crowd() -> anyhow::Result<Vec<Running>> {
    (0..PROCESSES)
        .map(|_| {
            let idle = Command::new("sleep").arg("600").stdin(Stdio::piped()).spawn();
            Ok(Running { child: idle.context("cannot start sleep")?, _output: None })
        })
        .collect()
}

fn time(command: impl Fn() -> Command) -> anyhow::Result<Vec<Duration>> {
    command().status()?;
    (0..RUNS)
        .map(|_| {
            let start = Instant::now();
            command().status()?;
            Ok(start.elapsed())
        })
        .collect()
}

fn summary(times: &[Duration]) -> [Duration; 3] {
    let mut sorted = times.to_vec();
    sorted.sort();
    [sorted[0], sorted[sorted.len() / 2], sorted[sorted.len() - 1]]
}

fn peak_kilobytes(merlon: &std::path::Path) -> Option<f64> {
    let output = Command::new("/usr/bin/time")
        .args(["-f", "%M"])
        .arg(merlon)
        .args(["scan", "--output", "json"])
        .stdout(Stdio::null())
        .output()
        .ok()?;
    String::from_utf8(output.stderr).ok()?.lines().last()?.trim().parse().ok()
}

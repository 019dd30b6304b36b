//! Times the evaluation of a cluster's objects, one JSON object a line on standard input, after they
//! went through a snapshot file: `merlon-testkit generate | evaluate`. With `--each` every control by
//! itself too, and the slowest are told.

use std::collections::BTreeMap;
use std::io::{Cursor, stdin};
use std::time::Instant;

use merlon_engine::{Request, evaluate};
use merlon_model::{Kind, Outcome};
use merlon_snapshot::{FORMAT, Header, Inventory, Object, Origin, Snapshot, Source, read, write};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let bytes = stored()?;
    println!("snapshot: {:.1} MiB", bytes.len() as f64 / f64::from(1 << 20));

    let (start, before) = (Instant::now(), processor_seconds());
    let snapshot = read(Cursor::new(&bytes))?;
    let (took, used) = (start.elapsed(), processor_seconds() - before);
    let objects = snapshot.inventories[0].objects.len();
    println!(
        "load: {objects} objects in {took:.2?}, {used:.2} CPU seconds, peak {:.0} MiB",
        peak()
    );

    let (start, before) = (Instant::now(), processor_seconds());
    let report = evaluate(&snapshot, &Request::default())?;
    let (took, used) = (start.elapsed(), processor_seconds() - before);
    println!(
        "evaluate: {took:.2?}, {used:.2} CPU seconds, {} findings, {} fail, {} root causes, peak {:.0} MiB",
        report.findings.len(),
        report.summary.get(Outcome::Fail),
        report.causes,
        peak()
    );
    if !std::env::args().any(|argument| argument == "--each") {
        return Ok(());
    }
    let mut slowest: BTreeMap<u128, &str> = BTreeMap::new();
    for control in merlon_controls::all() {
        let controls = vec![control.id.to_owned()];
        let start = Instant::now();
        let _ = evaluate(&snapshot, &Request { controls, ..Request::default() })?;
        slowest.insert(start.elapsed().as_micros(), control.id);
    }
    for (micros, control) in slowest.iter().rev().take(5) {
        println!("  with indexing, {control}: {:.1} ms", *micros as f64 / 1000.0);
    }
    Ok(())
}

/// The objects on standard input as a snapshot file.
fn stored() -> Result<Vec<u8>, Box<dyn std::error::Error>> {
    let mut objects = Vec::new();
    for line in stdin().lines() {
        objects.push(Object { root: serde_json::from_str(&line?)?, source: Source::Api });
    }
    let origin = Origin::Cluster {
        server: "https://generated:6443".to_owned(),
        version: Some("v1.37.1".to_owned()),
        listed: Kind::ALL.iter().copied().collect(),
    };
    let inventory = Inventory {
        name: "generated".to_owned(),
        origin,
        manifests: Vec::new(),
        objects,
        gaps: Vec::new(),
    };
    let header = Header { format: FORMAT, tool: "bench".to_owned(), taken_at: 1_767_225_600 };
    let mut bytes = Vec::new();
    write(&Snapshot { header, nodes: Vec::new(), inventories: vec![inventory] }, &mut bytes)?;
    Ok(bytes)
}

/// The processor time this process has used, in seconds.
fn processor_seconds() -> f64 {
    /// What Linux counts in, on every architecture.
    const TICKS_A_SECOND: f64 = 100.0;
    let status = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // After the name in brackets: the 12th and 13th are user and system time.
    let fields = status.rsplit(')').next().unwrap_or_default().split_whitespace();
    let ticks: f64 = fields.skip(11).take(2).filter_map(|it| it.parse::<f64>().ok()).sum();
    ticks / TICKS_A_SECOND
}

/// The most memory this process has had, in MiB.
fn peak() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kibibytes = line.and_then(|line| line.split_whitespace().next()?.parse::<f64>().ok());
    kibibytes.unwrap_or_default() / 1024.0
}

//! Times the evaluation of a cluster's objects, one JSON object a line on standard input, after they
//! went through a snapshot file: `merlon-testkit generate | evaluate`. With `--each` every control by
//! itself too, and the slowest are told.

use std::collections::BTreeMap;
use std::io::Cursor;
use std::time::Instant;

use merlon_engine::{Request, evaluate};
use merlon_model::Outcome;
use merlon_snapshot::read;

mod generated;

use generated::{peak, stored};

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

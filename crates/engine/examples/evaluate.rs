//! Times the evaluation of a cluster's objects, one JSON object a line on standard input, after they
//! went through a snapshot file: `merlon-testkit generate | evaluate`.

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

    let start = Instant::now();
    let snapshot = read(Cursor::new(&bytes))?;
    let objects = snapshot.inventories[0].objects.len();
    println!("load: {objects} objects in {:.2?}, peak {:.0} MiB", start.elapsed(), peak());

    let start = Instant::now();
    let report = evaluate(&snapshot, &Request::default())?;
    let took = start.elapsed();
    println!(
        "evaluate: {took:.2?}, {} findings, {} fail, {} root causes, peak {:.0} MiB",
        report.findings.len(),
        report.summary.get(Outcome::Fail),
        report.causes,
        peak()
    );
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

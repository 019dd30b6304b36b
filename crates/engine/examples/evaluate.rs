//! Times the evaluation of a cluster's objects, one JSON object a line on standard input, after they
//! went through a snapshot file: `merlon-testkit generate | evaluate`.

use std::collections::BTreeMap;
use std::io::{Cursor, stdin};
use std::time::Instant;

use merlon_engine::{Request, evaluate};
use merlon_model::{Kind, Outcome};
use merlon_snapshot::{FORMAT, Header, Inventory, Object, Origin, Snapshot, Source, read, write};

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

/// The most memory this process has had, in MiB.
fn peak() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kibibytes = line.and_then(|line| line.split_whitespace().next()?.parse::<f64>().ok());
    kibibytes.unwrap_or_default() / 1024.0
}

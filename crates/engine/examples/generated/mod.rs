//! A generated cluster, as benchmarks take it in.

#![allow(unreachable_pub, reason = "an example has no outside")]

use std::io::stdin;

use merlon_model::Kind;
use merlon_snapshot::{FORMAT, Header, Inventory, Object, Origin, Snapshot, Source, write};

/// The objects on standard input as a snapshot file.
pub fn stored() -> Result<Vec<u8>, Box<dyn std::error::Error>> {
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
pub fn peak() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kibibytes = line.and_then(|line| line.split_whitespace().next()?.parse::<f64>().ok());
    kibibytes.unwrap_or_default() / 1024.0
}

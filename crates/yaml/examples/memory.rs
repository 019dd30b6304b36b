//! Measures what live objects cost: `cargo run --release -p merlon-yaml --example memory`.
//!
//! Reads a file of JSON, given as the first argument, again and again as separate trees, a hundred
//! thousand times, and tells the resident memory of the process (on Linux).

use merlon_yaml::Node;

const OBJECTS: u32 = 100_000;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args().nth(1).ok_or("the path of a JSON file is missing")?;
    let text = std::fs::read_to_string(path)?;
    let before = resident()?;
    let objects =
        (0..OBJECTS).map(|_| serde_json::from_str(&text)).collect::<Result<Vec<Node>, _>>()?;
    let used = resident()?.saturating_sub(before);
    println!("{} trees of {} bytes of text take {used} KiB", objects.len(), text.len());
    Ok(())
}

/// Gives the resident memory in KiB.
fn resident() -> Result<u64, Box<dyn std::error::Error>> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).ok_or("no VmRSS")?;
    Ok(line.trim().trim_end_matches(" kB").parse()?)
}

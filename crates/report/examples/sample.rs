//! Writes a report of a made-up cluster in a format: `cargo run --example sample -- html`.

#[path = "../tests/common/mod.rs"]
mod common;

use std::io;

use merlon_report::{Format, Options, render};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let format: Format = arguments.next().unwrap_or_else(|| "text".to_owned()).parse()?;
    let report = match arguments.next().as_deref() {
        Some("small") => common::small(),
        Some("small-benchmark") => common::small_benchmark(),
        Some("without-kubernetes") => common::without_kubernetes(),
        Some("without-benchmark") => {
            let mut report = common::cluster();
            report.nodes.iter_mut().for_each(|node| node.benchmark = None);
            report
        }
        _ => common::cluster(),
    };
    let flags: Vec<String> = arguments.collect();
    let has = |name: &str| flags.iter().any(|flag| flag == name);
    let options = Options {
        verbose: has("verbose"),
        colour: has("colour"),
        unicode: has("unicode"),
        ..Options::new(&common::remedy)
    };
    render(format, &report, &options, &mut io::stdout().lock())?;
    Ok(())
}

//! Measures how fast text is searched: `cargo run --release -p merlon-redaction --example throughput
//! [FILE...]`.

use std::hint::black_box;
use std::time::{Duration, Instant};

use merlon_redaction::{find, redact_live, redact_manifest};
use merlon_yaml::{Limits, parse};

const MANIFEST: &str = include_str!("deployment.yaml");

fn main() {
    let files: String =
        std::env::args().skip(1).filter_map(|path| std::fs::read_to_string(path).ok()).collect();
    let ordinary =
        (0..5_000).map(|number| MANIFEST.replace("NUMBER", &number.to_string())).collect();
    let text = if files.is_empty() { ordinary } else { files };
    let documents = parse(&text, &Limits::default()).documents;
    let found = best(&text, || drop(black_box(find(&text))));
    let manifest = best(&text, || drop(black_box(redact_manifest(&text, &documents))));
    let mut live = documents.clone();
    let trees =
        best(&text, || live.iter_mut().for_each(|document| redact_live(&mut document.root)));
    println!(
        "{:.1} MB, {} by format: {found:.0} MB/s to find, {manifest:.0} MB/s to redact parsed text, {trees:.0} MB/s live",
        megabytes(&text),
        find(&text).len()
    );
}

/// Megabytes a second in the best of five runs.
fn best(text: &str, mut run: impl FnMut()) -> f64 {
    let time = (0..5)
        .map(|_| {
            let start = Instant::now();
            run();
            start.elapsed()
        })
        .min()
        .unwrap_or(Duration::MAX);
    megabytes(text) / time.as_secs_f64()
}

#[expect(clippy::cast_precision_loss, reason = "texts are small")]
fn megabytes(text: &str) -> f64 {
    text.len() as f64 / 1e6
}

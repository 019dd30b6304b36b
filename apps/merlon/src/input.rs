//! From arguments to a request.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use merlon_engine::{BenchmarkChoice, Configuration, Request};
use merlon_views::Told;

use crate::arguments::Selection;

/// The configuration file that is read when it is there.
const DEFAULT_CONFIGURATION: &str = "merlon.yaml";

/// The largest configuration file that is read.
const MAX_CONFIGURATION_BYTES: u64 = 4 << 20;

/// What a scan is asked to evaluate.
pub fn request(selection: &Selection) -> anyhow::Result<Request> {
    Ok(Request {
        benchmark: match selection.benchmark.as_deref() {
            None => BenchmarkChoice::None,
            Some("auto") => BenchmarkChoice::Automatic,
            Some(id) => BenchmarkChoice::Named(id.to_owned()),
        },
        controls: selection.control.clone(),
        sections: selection.section.clone(),
        told: Told { kubernetes_version: selection.kubernetes_version.clone() },
        configuration: configuration(selection)?,
        ..Request::default()
    })
}

fn configuration(selection: &Selection) -> anyhow::Result<Configuration> {
    let default = PathBuf::from(DEFAULT_CONFIGURATION);
    let first = match &selection.config {
        Some(file) => Some(file.clone()),
        None => default.exists().then_some(default),
    };
    let mut configuration = Configuration::default();
    let mut files: Vec<PathBuf> =
        first.into_iter().chain(selection.justifications.clone()).collect();
    let mut read = Vec::new();
    while let Some(file) = files.pop() {
        if read.contains(&file) {
            continue;
        }
        let text = read_text(&file)?;
        let more = Configuration::read(&file.display().to_string(), &text)?;
        let beside = file.parent().unwrap_or(Path::new(""));
        files.extend(more.justification_files.iter().map(|named| beside.join(named)));
        configuration.extend(more);
        read.push(file);
    }
    Ok(configuration)
}

fn read_text(file: &Path) -> anyhow::Result<String> {
    let name = || format!("configuration {}", file.display());
    let mut text = String::new();
    let reader = File::open(file).with_context(name)?;
    reader.take(MAX_CONFIGURATION_BYTES + 1).read_to_string(&mut text).with_context(name)?;
    if text.len() as u64 > MAX_CONFIGURATION_BYTES {
        bail!("configuration {} is larger than {MAX_CONFIGURATION_BYTES} bytes", file.display());
    }
    Ok(text)
}

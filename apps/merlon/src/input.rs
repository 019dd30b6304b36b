//! From arguments to a snapshot and a request.

use std::fs::File;
use std::io::{BufReader, Read, stdin};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context, bail};
use merlon_collect::{Configz, Credential};
use merlon_engine::{BenchmarkChoice, Configuration, Request};
use merlon_snapshot::{FORMAT, Header, Snapshot};
use merlon_views::Told;

use crate::arguments::{Host, Selection, Source};

/// The configuration file that is read when it is there.
const DEFAULT_CONFIGURATION: &str = "merlon.yaml";

/// The largest configuration file that is read.
const MAX_CONFIGURATION_BYTES: u64 = 4 << 20;

/// The facts that a scan is about.
pub fn snapshot(source: &Source, told: &Told) -> anyhow::Result<Snapshot> {
    if source.snapshot.is_empty() {
        return live(&source.host, told);
    }
    let mut snapshots = source.snapshot.iter().map(|file| read_snapshot(file));
    let Some(first) = snapshots.next() else { bail!("no snapshot was named") };
    let mut whole = first?;
    for next in snapshots {
        let next = next?;
        // The latest moment decides about expiry: a certificate that ran out between two
        // collections has run out.
        whole.header.taken_at = whole.header.taken_at.max(next.header.taken_at);
        whole.nodes.extend(next.nodes);
    }
    whole.nodes.sort_by(|a, b| a.name.cmp(&b.name));
    if let Some(pair) = whole.nodes.windows(2).find(|pair| pair[0].name == pair[1].name) {
        bail!(
            "two snapshots are of a node named {}: name one apart with `merlon collect --node-name`",
            pair[0].name
        );
    }
    Ok(whole)
}

/// Collects from this host.
pub fn live(host: &Host, told: &Told) -> anyhow::Result<Snapshot> {
    let options = merlon_collect::Options {
        root: host.host_root.clone(),
        name: host.node_name.clone(),
        configz: configz(host)?,
    };
    let node = merlon_collect::node(&options, |node| merlon_views::wanted(node, told));
    let now = SystemTime::now().duration_since(UNIX_EPOCH).context("the clock is before 1970")?;
    let header = Header {
        format: FORMAT,
        tool: tool(),
        taken_at: i64::try_from(now.as_secs()).context("the clock is beyond all years")?,
    };
    Ok(Snapshot { header, nodes: vec![node], inventories: Vec::new() })
}

fn configz(host: &Host) -> anyhow::Result<Option<Configz>> {
    let Some(url) = &host.configz else { return Ok(None) };
    let Some(address) = url.strip_prefix("https://") else {
        bail!("--configz {url}: only https:// is asked, as in https://127.0.0.1:10250");
    };
    let address = address.trim_end_matches('/').trim_end_matches("/configz");
    let Some(authorities) = &host.configz_ca else {
        bail!(
            "--configz needs --configz-ca: no credential is sent to a kubelet that is not verified"
        );
    };
    let credential = match (&host.configz_token, &host.configz_certificate, &host.configz_key) {
        (Some(token), ..) => Credential::TokenFile(token.clone()),
        (None, Some(chain), Some(key)) => {
            Credential::Certificate { chain: chain.clone(), key: key.clone() }
        }
        _ => bail!("--configz needs --configz-token, or --configz-certificate and --configz-key"),
    };
    Ok(Some(Configz { host: address.to_owned(), authorities: authorities.clone(), credential }))
}

fn tool() -> String {
    format!("merlon {}", env!("CARGO_PKG_VERSION"))
}

fn read_snapshot(file: &Path) -> anyhow::Result<Snapshot> {
    let name = || format!("snapshot {}", file.display());
    if file == Path::new("-") {
        return merlon_snapshot::read(stdin().lock()).context("snapshot on standard input");
    }
    let reader = File::open(file).with_context(name)?;
    merlon_snapshot::read(BufReader::new(reader)).with_context(name)
}

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
        baseline: None,
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

use merlon_model::{Evidence, Location};
use merlon_snapshot::{Lookup, Node, Process};

use super::{ALL, Distribution, Sign};

/// Which distribution a node runs, with what gave it away.
#[derive(Debug)]
pub struct Recognised {
    /// The distribution; `None` when nothing gave one away.
    pub distribution: Option<&'static Distribution>,
    /// The sum of the weights of what was seen of it.
    pub weight: u32,
    /// What was seen of it.
    pub evidence: Vec<Evidence>,
    /// The tool that installed it, where one was recognised, with what gave it away.
    pub variant: Option<(&'static str, Evidence)>,
    /// Distributions that some signs spoke for as well, with the sum of their weights.
    pub others: Vec<(&'static str, u32)>,
}

/// Recognises the distribution of a node by the signs that the snapshot shows.
#[must_use]
pub fn recognise(node: &Node) -> Recognised {
    let mut candidates: Vec<(u32, &'static Distribution, Vec<Evidence>)> = Vec::new();
    for &distribution in ALL {
        let mut weight = 0;
        let mut evidence = Vec::new();
        for signal in distribution.signals {
            if let Some(seen) = see(signal.sign, node) {
                weight += signal.weight;
                evidence.push(seen);
            }
        }
        if weight > 0 {
            candidates.push((weight, distribution, evidence));
        }
    }
    // The heaviest first; among equals the one that stands first in the list.
    candidates.sort_by_key(|(weight, _, _)| std::cmp::Reverse(*weight));
    let mut candidates = candidates.into_iter();
    let Some((weight, distribution, evidence)) = candidates.next() else {
        return Recognised {
            distribution: None,
            weight: 0,
            evidence: Vec::new(),
            variant: None,
            others: Vec::new(),
        };
    };
    let variant = distribution
        .variants
        .iter()
        .find_map(|variant| Some((variant.name, see(variant.sign, node)?)));
    let others = candidates.map(|(weight, other, _)| (other.id, weight)).collect();
    Recognised { distribution: Some(distribution), weight, evidence, variant, others }
}

/// Every distribution that any sign on the node speaks for.
pub(crate) fn candidates(node: &Node) -> impl Iterator<Item = &'static Distribution> {
    ALL.iter().copied().filter(|distribution| {
        distribution.signals.iter().any(|signal| see(signal.sign, node).is_some())
    })
}

fn see(sign: Sign, node: &Node) -> Option<Evidence> {
    let mut processes = node.processes.iter();
    match sign {
        Sign::Path(path) => matches!(node.files.get(path), Some(Lookup::Present(_)))
            .then(|| Evidence::at(format!("{path} exists"), Location::file(path))),
        Sign::Process(name) => processes
            .find(|process| process.name == name)
            .map(|process| seen_in(process, format!("a process named {name} runs"))),
        Sign::VersionSuffix(text) => processes.find_map(|process| {
            let version = process.build_version.as_ref()?;
            let statement = || format!("{} is release {version}", process.name);
            version.suffix.contains(text).then(|| seen_in(process, statement()))
        }),
        Sign::ExecutableBelow(directory) => processes.find_map(|process| {
            let executable = process.executable.as_ref()?;
            let statement = || format!("{} is {executable}", process.name);
            executable.starts_with(directory).then(|| seen_in(process, statement()))
        }),
        Sign::Flag(flag, text) => processes.find_map(|process| {
            process.component?;
            let word = process.argv.iter().find(|word| {
                word.strip_prefix("--")
                    .and_then(|word| word.split_once('='))
                    .is_some_and(|(name, value)| name == flag && value.contains(text))
            })?;
            Some(seen_in(process, format!("{} is given {word}", process.name)))
        }),
        Sign::OsRelease(field, value) => (node.host.os_release.get(field).map(String::as_str)
            == Some(value))
        .then(|| Evidence::at(format!("{field}={value}"), Location::file("/etc/os-release"))),
    }
}

fn seen_in(process: &Process, statement: String) -> Evidence {
    let location = Location::Process { process: process.name.clone(), pid: process.pid };
    Evidence::at(statement, location)
}

//! Each distribution as it is installed: what is recognised, and what its controls come to.
//!
//! `tests/hosts/NAME.expected` says so of `NAME.host`, a line each:
//!
//! ```text
//! distribution kubeadm
//! roles control-plane etcd worker
//! release 1.31.2
//! benchmark cis-1.11 it covers Kubernetes       the id, then words of the reason
//! component kubelet 1.31.2                      all there are, in any order
//! evidence kubeadm-flags.env exists             words of what gave the distribution away
//! exit 1
//! section 1.2.1 fail                            of that benchmark
//! kubelet-anonymous-auth kubelet fail           a control, a resource (`*` for any, one is
//! kubelet-anonymous-auth kubelet fail is true    enough), its outcome, words of the message
//! ```
//!
//! Lines that begin with `root` are only asked when the tests run as root, who can give files
//! away.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use libtest_mimic::Trial;
use merlon_model::{Finding, NodeReport, Outcome, Report};

use crate::support::{Host, data, is_root, report};

/// Distributions that have no host here would need a line of reason.
pub(crate) fn every_distribution_has_a_host() {
    let expected: BTreeSet<String> = names()
        .iter()
        .filter_map(|name| {
            let text = data(&format!("{name}.expected"));
            Some(text.lines().find_map(|line| line.strip_prefix("distribution "))?.to_owned())
        })
        .collect();
    for distribution in merlon_views::distribution::ALL {
        assert!(expected.contains(distribution.id), "{} has no host", distribution.id);
    }
}

/// A trial per host.
pub(crate) fn trials() -> Vec<Trial> {
    let trial = |name: String| {
        Trial::test(format!("distributions::{name}"), move || {
            check(&name);
            Ok(())
        })
    };
    names().into_iter().map(trial).collect()
}

/// The hosts of which something is expected.
fn names() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/hosts");
    let entries = fs::read_dir(folder).expect("the folder is there");
    let names = entries.map(|entry| entry.expect("it can be read").file_name());
    let mut names: Vec<String> = names
        .filter_map(|name| Some(name.to_str()?.strip_suffix(".expected")?.to_owned()))
        .collect();
    names.sort();
    names
}

fn check(name: &str) {
    let host = Host::named(name);
    let (controls, output) = report(host.root(), &[]);
    let (sections, _) = report(host.root(), &["--benchmark"]);
    let found = Found { controls: &controls, sections: &sections, code: output.code };
    let expected = data(&format!("{name}.expected"));
    let mut wrong = Vec::new();
    for line in expected.lines() {
        let (line, asked) = match line.strip_prefix("root ") {
            Some(line) => (line, is_root()),
            None => (line, !line.is_empty() && !line.starts_with('#')),
        };
        if asked && let Err(really) = found.line(line) {
            wrong.push(format!("{line}\n    but {really}"));
        }
    }
    wrong.extend(unaccounted(&controls.nodes[0], &expected));
    wrong.extend(passes_without_evidence(&host, &controls));
    wrong.extend(passes_without_evidence(&host, &sections));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Components that nobody expects.
fn unaccounted(node: &NodeReport, expected: &str) -> Vec<String> {
    let known = |name: &str| {
        expected.lines().any(|line| {
            line.strip_prefix("component ").and_then(|rest| rest.split(' ').next()) == Some(name)
        })
    };
    let components = node.components.iter().filter(|each| !known(&each.name));
    components.map(|each| format!("{} is not expected", each.name)).collect()
}

/// The one control that a file passes by not being there.
const ASKS_FOR_ABSENCE: &str = "admin-kubeconfig-left";

/// Passes that rest on nothing, or on a file that is not there.
fn passes_without_evidence(host: &Host, report: &Report) -> Vec<String> {
    let passes = report.findings.iter().filter(|finding| finding.outcome == Outcome::Pass);
    let unfounded = passes.filter(|pass| {
        let is_path = pass.resource.starts_with('/') && pass.control != ASKS_FOR_ABSENCE;
        pass.evidence.is_empty() || is_path && host.path(&pass.resource).symlink_metadata().is_err()
    });
    unfounded.map(|pass| format!("passes without evidence: {}", shown(pass))).collect()
}

struct Found<'a> {
    controls: &'a Report,
    sections: &'a Report,
    code: i32,
}

impl Found<'_> {
    /// Whether a line holds, and what is so instead.
    fn line(&self, line: &str) -> Result<(), String> {
        let node = &self.controls.nodes[0];
        let (verb, rest) = line.split_once(' ').unwrap_or((line, ""));
        match verb {
            "distribution" => same(rest, node.distribution.as_deref().unwrap_or("none")),
            "roles" => {
                let roles: Vec<String> = node.roles.iter().map(word).collect();
                same(rest, &roles.join(" "))
            }
            "release" => same(rest, node.kubernetes_version.as_deref().unwrap_or("none")),
            "exit" => same(rest, &self.code.to_string()),
            "evidence" => {
                let mut seen = node.distribution_evidence.iter();
                seen.any(|evidence| evidence.statement.contains(rest))
                    .then_some(())
                    .ok_or_else(|| format!("{:?}", node.distribution_evidence))
            }
            "component" => component(node, rest),
            "benchmark" => self.benchmark(rest),
            "section" => self.section(rest),
            control => self.control(control, rest),
        }
    }

    fn benchmark(&self, expected: &str) -> Result<(), String> {
        let (id, why) = expected.split_once(' ').unwrap_or((expected, ""));
        let node = &self.sections.nodes[0];
        let Some(benchmark) = &node.benchmark else {
            return same(id, node.benchmark_problem.as_deref().unwrap_or("none"));
        };
        let fits = benchmark.id == id && benchmark.why.contains(why);
        fits.then_some(()).ok_or_else(|| format!("{}: {}", benchmark.id, benchmark.why))
    }

    fn section(&self, expected: &str) -> Result<(), String> {
        let (id, outcome) = expected.split_once(' ').unwrap_or((expected, ""));
        let benchmark = self.sections.nodes[0].benchmark.as_ref().ok_or("there is no benchmark")?;
        let section = benchmark.sections.iter().find(|section| section.id == id);
        let section = section.ok_or("there is no such section")?;
        same(outcome, section.outcome.as_str()).map_err(|really| {
            let findings = section.findings.iter().map(|&place| &self.sections.findings[place]);
            let findings: Vec<String> = findings.map(shown).collect();
            format!("{really}: {}", findings.join("; "))
        })
    }

    fn control(&self, control: &str, expected: &str) -> Result<(), String> {
        let mut words = expected.splitn(3, ' ');
        let [resource, outcome] = [words.next(), words.next()].map(Option::unwrap_or_default);
        let message = words.next().unwrap_or_default();
        let concerned: Vec<&Finding> = self
            .controls
            .findings
            .iter()
            .filter(|finding| finding.control == control)
            .filter(|finding| resource == "*" || finding.resource == resource)
            .collect();
        let fits = |finding: &&Finding| {
            finding.outcome.as_str() == outcome && finding.message.contains(message)
        };
        let holds = match resource {
            "*" => concerned.iter().any(fits),
            _ => !concerned.is_empty() && concerned.iter().all(fits),
        };
        if holds {
            return Ok(());
        }
        let all = self.controls.findings.iter().filter(|finding| finding.control == control);
        let all: Vec<String> = all.map(shown).collect();
        Err(if all.is_empty() { "there is no such finding".to_owned() } else { all.join("; ") })
    }
}

fn component(node: &NodeReport, expected: &str) -> Result<(), String> {
    let (name, release) = expected.split_once(' ').unwrap_or((expected, "none"));
    let seen = node.components.iter().find(|each| each.name == name);
    let seen = seen.ok_or_else(|| format!("{:?}", node.components))?;
    same(release, seen.version.as_deref().unwrap_or("none"))
}

fn same(expected: &str, really: &str) -> Result<(), String> {
    if expected == really { Ok(()) } else { Err(really.to_owned()) }
}

fn word(value: impl serde::Serialize) -> String {
    serde_json::to_value(value)
        .ok()
        .and_then(|value| value.as_str().map(str::to_owned))
        .unwrap_or_default()
}

fn shown(finding: &Finding) -> String {
    format!("{} {} {}: {}", finding.control, finding.resource, finding.outcome, finding.message)
}

use std::collections::BTreeMap;

use jiff::civil::Date;
use merlon_graph::{Endpoint, UnknownEndpoint};
use merlon_model::{Outcome, Severity};
use merlon_yaml::{Limits, LineIndex, Node, Span, parse, to_json};
use schemars::{JsonSchema, Schema, schema_for};
use serde::Deserialize;
use thiserror::Error;

use crate::glob::matches;
use crate::justification::Justification;
use crate::threat_model::{PRESETS, Preset, ThreatModel, Weight};

/// What `merlon.yaml` and files of justifications say.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Configuration {
    /// Deviations that somebody accepted.
    pub justifications: Vec<Justification>,
    /// Further files of justifications, relative to the file that names them.
    pub justification_files: Vec<String>,
    /// Severities that this organisation sees differently, by control.
    pub severities: BTreeMap<String, Severity>,
    /// Who might attack, where it is said.
    pub threat_model: Option<ThreatModel>,
}

/// Why a configuration file could not be used. A file that is only half understood is not used
/// at all: a justification that goes missing would be silent.
#[derive(Debug, Error)]
pub enum ConfigurationError {
    /// The text is not YAML.
    #[error("{file}:{line}: {message}")]
    Syntax {
        /// The file.
        file: String,
        /// The line, from 1.
        line: usize,
        /// What is wrong.
        message: String,
    },
    /// A part is not as the schema asks.
    #[error("{file}:{line}: {message}; see `merlon schema configuration`")]
    Content {
        /// The file.
        file: String,
        /// The line, from 1.
        line: usize,
        /// What is wrong.
        message: String,
    },
}

/// The JSON Schema of `merlon.yaml` and of files of justifications.
#[must_use]
pub fn configuration_schema() -> Schema {
    schema_for!(File)
}

/// The configuration of Merlon for a cluster or a team.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(title = "merlon.yaml")]
struct File {
    /// Deviations that somebody accepted.
    #[serde(default)]
    justifications: Vec<Entry>,
    /// Further files of justifications, relative to this file. Each has the same shape as this one.
    #[serde(default)]
    justification_files: Vec<String>,
    /// Severities that differ from the built-in ones, by control id.
    #[serde(default)]
    severities: BTreeMap<String, Severity>,
    /// Who might attack, and what they are after: it decides how findings are ranked.
    threat_model: Option<Model>,
}

/// A threat model: a preset, changed by what else is said.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Model {
    /// The preset that it starts from: `general`, `internet-facing`, `corporate-multi-tenant` or
    /// `sensitive-data`. By default `general`.
    preset: Option<String>,
    /// Where attacks start, instead of where the preset says: `internet`, `anonymous`, `authenticated`,
    /// `any-pod`, `pod NAMESPACE/NAME`, `serviceaccount NAMESPACE/NAME`, `user NAME`, `group NAME`,
    /// `node NAME`.
    entries: Option<Vec<String>>,
    /// What they are after, instead of what the preset says: `cluster-admin`, `node`, `node NAME`,
    /// `secrets`, `secrets NAMESPACE`, `secret NAMESPACE/NAME`, `control-plane-keys`, `cloud-role`.
    targets: Option<Vec<String>>,
    /// Controls that matter more or less; these come before those of the preset.
    #[serde(default)]
    weights: Vec<Weight>,
}

/// One accepted deviation.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Entry {
    /// The control, by id; `*` stands for any characters.
    control: Option<String>,
    /// The benchmark section instead, as `cis-1.12/4.2.7`; `*` stands for any characters.
    section: Option<String>,
    /// Names of nodes, clusters and sets of manifests it covers; all when absent. `*` stands for any
    /// characters.
    #[serde(default, alias = "nodes")]
    scopes: Vec<String>,
    /// Resources it covers (a component, a file, a socket, an object as `Deployment shop/web`); all
    /// when absent. `*` likewise.
    #[serde(default)]
    resources: Vec<String>,
    /// Containers it covers, by name; all when absent. `*` likewise.
    #[serde(default)]
    containers: Vec<String>,
    /// Files of manifests it covers; all when absent. `*` likewise.
    #[serde(default)]
    files: Vec<String>,
    /// Fields of objects it covers, as `spec.template.spec.hostNetwork`; all when absent. `*` likewise.
    #[serde(default)]
    fields: Vec<String>,
    /// What was observed, as the finding's message says it; any when absent. `*` likewise. A
    /// justification for one value does not cover another.
    value: Option<String>,
    /// Outcomes it covers: by default `fail` and `manual`; `error` only when asked for.
    outcomes: Option<Vec<Outcome>>,
    /// Why the deviation is accepted.
    reason: String,
    /// Who answers for it.
    owner: String,
    /// The last day it holds, as YYYY-MM-DD.
    expires: Option<String>,
    /// Where it was decided: a ticket or a document.
    ticket: Option<String>,
}

impl Configuration {
    /// Reads a configuration file's text; `file` is its name in messages.
    ///
    /// # Errors
    /// Names the line and what is wrong there.
    pub fn read(file: &str, text: &str) -> Result<Self, ConfigurationError> {
        let parsed = parse(text, &Limits::default());
        if let Some(problem) = parsed.problems.first() {
            return Err(ConfigurationError::Syntax {
                file: file.to_owned(),
                line: problem.line,
                message: problem.message.clone(),
            });
        }
        let Some(document) = parsed.documents.first().filter(|d| !d.root.is_null()) else {
            return Ok(Self::default());
        };
        let lines = LineIndex::new(text);
        let line_of = |span: Span| lines.position(span.start()).line;
        let content = |line, message: String| ConfigurationError::Content {
            file: file.to_owned(),
            line,
            message,
        };
        let line_of_key = |key| document.root.get(key).map_or(1, |node| line_of(node.span));
        let entries = document.root.get("justifications").and_then(Node::as_sequence);
        let entries = entries.unwrap_or_default();
        // Entries one by one first, so that the message names the line of the broken one.
        for entry in entries {
            serde_json::from_value::<Entry>(to_json(entry))
                .map_err(|error| content(line_of(entry.span), error.to_string()))?;
        }
        let whole: File = serde_json::from_value(to_json(&document.root))
            .map_err(|error| content(line_of(document.root.span), error.to_string()))?;
        let justifications = whole
            .justifications
            .into_iter()
            .zip(entries)
            .map(|(entry, node)| {
                let line = line_of(node.span);
                justification(entry, format!("{file}:{line}"))
                    .map_err(|message| content(line, message))
            })
            .collect::<Result<_, _>>()?;
        Ok(Self {
            justifications,
            justification_files: whole.justification_files,
            severities: whole.severities,
            threat_model: whole
                .threat_model
                .map(threat_model)
                .transpose()
                .map_err(|message| content(line_of_key("threatModel"), message))?,
        })
    }

    /// Adds what a file of justifications says.
    pub fn extend(&mut self, more: Self) {
        self.justifications.extend(more.justifications);
        self.severities.extend(more.severities);
        self.threat_model = self.threat_model.take().or(more.threat_model);
    }
}

fn threat_model(written: Model) -> Result<ThreatModel, String> {
    let name = written.preset.as_deref().unwrap_or(PRESETS[0].name);
    let preset = Preset::find(name).ok_or_else(|| {
        let known: Vec<&str> = PRESETS.iter().map(|preset| preset.name).collect();
        format!("there is no preset {name}: {}", known.join(", "))
    })?;
    let mut model = preset.model();
    let endpoints = |texts: Vec<String>| -> Result<Vec<Endpoint>, String> {
        texts
            .iter()
            .map(|text| text.parse().map_err(|it: UnknownEndpoint| it.to_string()))
            .collect()
    };
    if let Some(entries) = written.entries {
        model.entries = endpoints(entries)?;
    }
    if let Some(targets) = written.targets {
        model.targets = endpoints(targets)?;
    }
    for weight in &written.weights {
        if !(10..=300).contains(&weight.percent) {
            return Err(format!("a weight of {} is not from 10 to 300 percent", weight.percent));
        }
        let known = |pattern: &&String| {
            merlon_controls::all().iter().any(|control| matches(pattern, control.id))
        };
        if let Some(pattern) = weight.controls.iter().find(|pattern| !known(pattern)) {
            return Err(format!("no control matches {pattern}: `merlon controls` lists them"));
        }
    }
    model.weights.splice(0..0, written.weights);
    Ok(model)
}

fn justification(entry: Entry, written_in: String) -> Result<Justification, String> {
    let expires = entry
        .expires
        .map(|day| {
            day.parse::<Date>()
                .map_err(|_| format!("expires: {day} is not a day such as 2027-01-31"))
        })
        .transpose()?;
    if entry.reason.trim().is_empty() || entry.owner.trim().is_empty() {
        return Err("a justification needs a reason and an owner".to_owned());
    }
    let section = match &entry.section {
        Some(section) => Some(section.split_once('/').ok_or_else(|| {
            format!("section: {section} does not name its benchmark, as in cis-1.12/4.2.7")
        })?),
        None => None,
    };
    if entry.control.is_some() == section.is_some() {
        return Err("a justification names either a control or a section".to_owned());
    }
    Ok(Justification {
        control: entry.control,
        section: section.map(|(benchmark, id)| (benchmark.to_owned(), id.to_owned())),
        scopes: entry.scopes,
        resources: entry.resources,
        containers: entry.containers,
        files: entry.files,
        fields: entry.fields,
        value: entry.value,
        outcomes: entry.outcomes.unwrap_or_else(|| vec![Outcome::Fail, Outcome::Manual]),
        reason: entry.reason,
        owner: entry.owner,
        expires,
        ticket: entry.ticket,
        written_in,
    })
}

#[cfg(test)]
mod tests {
    use super::Configuration;

    fn check(text: &str, expected: Result<usize, &str>) {
        let read = Configuration::read("merlon.yaml", text).map(|c| c.justifications.len());
        match (read, expected) {
            (Ok(count), Ok(expected)) => assert_eq!(count, expected, "{text}"),
            (Err(error), Err(expected)) => {
                let error = error.to_string();
                assert!(error.contains(expected), "{error:?} does not say {expected:?}");
            }
            (read, expected) => panic!("{text}\nexpected {expected:?}, got {read:?}"),
        }
    }

    #[test]
    fn a_configuration_is_read_whole_or_refused_with_its_line() {
        check("", Ok(0));
        check("# nothing yet\n", Ok(0));
        check("justifications: []\n", Ok(0));
        check(
            "justifications:\n- control: kubelet-hostname-override\n  reason: cloud names\n  \
             owner: platform\n  expires: 2027-01-31\n",
            Ok(1),
        );
        check(
            "justifications:\n- control: a\n  owner: b\n",
            Err("merlon.yaml:2: missing field `reason`"),
        );
        check("justifications:\n- control: a\n  reason: ' '\n  owner: b\n", Err("needs a reason"));
        check(
            "justifications:\n- control: a\n  reason: r\n  owner: o\n- control: a\n  raeson: r\n",
            Err("merlon.yaml:5: unknown field `raeson`"),
        );
        check("justifications:\n- reason: r\n  owner: o\n", Err("either a control or a section"));
        check(
            "justifications:\n- section: 4.2.7\n  reason: r\n  owner: o\n",
            Err("does not name its benchmark"),
        );
        check(
            "justifications:\n- control: a\n  reason: r\n  owner: o\n  expires: soon\n",
            Err("soon is not a day"),
        );
        check("justification: []\n", Err("unknown field `justification`"));
        check("justifications: {a: [}\n", Err("merlon.yaml:1"));
        check("justifications: []\njustifications: []\n", Err("merlon.yaml:2"));
        check("- a\n", Err("invalid type"));
        check("threatModel: {preset: internet-facing}\n", Ok(0));
        check(
            "justifications: []\nthreatModel:\n  preset: moat\n",
            Err("merlon.yaml:3: there is no preset moat: general"),
        );
        check("threatModel: {entries: [attic]}\n", Err("no entry or target is written"));
        check(
            "threatModel: {weights: [{controls: [nothing-*], percent: 120, reason: r}]}\n",
            Err("no control matches nothing-*"),
        );
        check(
            "threatModel: {weights: [{controls: ['*'], percent: 900, reason: r}]}\n",
            Err("900 is not from 10 to 300"),
        );
    }
}

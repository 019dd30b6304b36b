use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::control::{Control, Parameters};

/// One section of a benchmark: what it asks is answered by controls.
#[derive(Debug)]
pub struct Section {
    /// Its id in the benchmark.
    pub id: SectionId,
    /// Which part of a cluster its chapter is about.
    pub target: Target,
    /// How the benchmark wants it judged.
    pub assessment: Assessment,
    /// What is found when it fails, in our own words.
    pub title: String,
    /// What answers it, at least one; its outcome is that of all of them combined.
    pub controls: Vec<(&'static Control, Parameters)>,
}

/// The id of a section, ordered as people count: `1.2.9` before `1.2.10`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SectionId(String);

impl SectionId {
    /// The id as the benchmark writes it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&str> for SectionId {
    fn from(id: &str) -> Self {
        Self(id.to_owned())
    }
}

impl fmt::Display for SectionId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(&self.0)
    }
}

impl PartialOrd for SectionId {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for SectionId {
    fn cmp(&self, other: &Self) -> Ordering {
        // Ids that count the same ("1.2", "1.02") are still different ids.
        counted(&self.0).cmp(counted(&other.0)).then_with(|| self.0.cmp(&other.0))
    }
}

/// The parts of an id; numbers by their size (length without leading zeros, then digits).
fn counted(id: &str) -> impl Iterator<Item = (bool, usize, &str)> {
    let mut rest = id;
    std::iter::from_fn(move || {
        let first = rest.chars().next()?;
        let number = first.is_ascii_digit();
        let end = rest.find(|c: char| c.is_ascii_digit() != number).unwrap_or(rest.len());
        let (part, after) = rest.split_at(end);
        rest = after;
        let digits = part.trim_start_matches('0');
        Some(if number { (false, digits.len(), digits) } else { (true, 0, part) })
    })
}

/// Which part of a cluster a chapter is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Target {
    /// The API server, controller manager and scheduler, and their files.
    Master,
    /// etcd.
    Etcd,
    /// How users authenticate, and what is audited.
    ControlPlane,
    /// The kubelet, kube-proxy and their files.
    Node,
    /// Objects in the cluster: RBAC, pods, networks, secrets.
    Policies,
    /// What the provider of a managed cluster sets.
    ManagedServices,
}

impl Target {
    /// Every target, in the order of the upstream chapters.
    pub const ALL: [Self; 6] = [
        Self::Master,
        Self::Etcd,
        Self::ControlPlane,
        Self::Node,
        Self::Policies,
        Self::ManagedServices,
    ];

    /// The target as tables and machine formats spell it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Master => "master",
            Self::Etcd => "etcd",
            Self::ControlPlane => "controlplane",
            Self::Node => "node",
            Self::Policies => "policies",
            Self::ManagedServices => "managedservices",
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.as_str())
    }
}

/// How a benchmark wants a section judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Assessment {
    /// By a tool; older benchmarks say "scored".
    Automated,
    /// By a person; older benchmarks say "not scored". Controls may answer it all the same.
    Manual,
}

impl Assessment {
    /// The assessment as tables and machine formats spell it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Automated => "automated",
            Self::Manual => "manual",
        }
    }
}

impl fmt::Display for Assessment {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.as_str())
    }
}

/// Why a table cannot be read.
#[derive(Debug, Error)]
pub(super) enum TableError {
    #[error("the table is not the CSV that is asked for: {0}")]
    Csv(#[from] csv::Error),
    #[error("section {section}: {word:?} is none of the words of its column")]
    Word { section: String, word: String },
    #[error("section {section}: {text:?} is not a list of controls")]
    Controls { section: String, text: String },
    #[error("section {section}: there is no control {id}")]
    UnknownControl { section: String, id: String },
}

#[derive(Deserialize)]
struct Row {
    section: String,
    target: String,
    assessment: String,
    title: String,
    controls: String,
}

/// Reads a table; `find` tells controls by their ids.
pub(super) fn read(
    table: &str,
    find: impl Fn(&str) -> Option<&'static Control>,
) -> Result<Vec<Section>, TableError> {
    let mut sections = Vec::new();
    for row in csv::Reader::from_reader(table.as_bytes()).into_deserialize() {
        sections.push(section(row?, &find)?);
    }
    sections.sort_by(|a, b| (&a.id, a.target).cmp(&(&b.id, b.target)));
    Ok(sections)
}

fn section(
    row: Row,
    find: impl Fn(&str) -> Option<&'static Control>,
) -> Result<Section, TableError> {
    let word =
        |word: &str| TableError::Word { section: row.section.clone(), word: word.to_owned() };
    let target = Target::ALL.into_iter().find(|target| target.as_str() == row.target);
    let assessments = [Assessment::Automated, Assessment::Manual];
    let assessment = assessments.into_iter().find(|known| known.as_str() == row.assessment);
    let target = target.ok_or_else(|| word(&row.target))?;
    let assessment = assessment.ok_or_else(|| word(&row.assessment))?;
    let named = named_controls(&row.controls).ok_or_else(|| TableError::Controls {
        section: row.section.clone(),
        text: row.controls.clone(),
    })?;
    let mut controls = Vec::with_capacity(named.len());
    for (id, parameters) in named {
        let control = find(id).ok_or_else(|| TableError::UnknownControl {
            section: row.section.clone(),
            id: id.to_owned(),
        })?;
        controls.push((control, parameters));
    }
    let title = match controls.first() {
        Some((control, _)) if row.title.is_empty() => control.title.to_owned(),
        _ => row.title,
    };
    Ok(Section { id: SectionId(row.section), target, assessment, title, controls })
}

/// Reads `first-control second-control(mode=600;owner=root:root)`: at least one.
pub(super) fn named_controls(text: &str) -> Option<Vec<(&str, Parameters)>> {
    text.split(' ').map(named_control).collect()
}

fn named_control(text: &str) -> Option<(&str, Parameters)> {
    let Some((id, parameters)) = text.split_once('(') else {
        return is_id(text).then(|| (text, Parameters::default()));
    };
    let parameters = parameters.strip_suffix(')')?;
    let mut named = BTreeMap::new();
    for parameter in parameters.split(';') {
        let (name, value) = parameter.split_once('=')?;
        let fresh = named.insert(name.to_owned(), value.to_owned()).is_none();
        if !fresh || name.is_empty() || value.is_empty() || value.contains(['(', ')']) {
            return None;
        }
    }
    is_id(id).then_some((id, Parameters(named)))
}

fn is_id(text: &str) -> bool {
    !text.is_empty()
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

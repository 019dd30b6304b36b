use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Action, Evidence, Outcome, Part, Risk, Severity, Text};

/// One control's outcome on one resource of a node, a cluster or a set of manifests.
// There may be a hundred thousand of them, and most of their texts and risks are the same in many: these are shared. What
// few of them have is boxed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Finding {
    /// The control's id.
    pub control: Text,
    /// The control's severity.
    pub severity: Severity,
    /// The node, or the inventory of objects, by name.
    pub scope: Text,
    /// What was judged: a component (`kubelet`), a file, a socket, a certificate, an object.
    pub resource: Text,
    /// The part of an object, when the resource is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub part: Option<Part>,
    /// How many resources this finding stands for. Objects that pass are counted, not listed.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub count: usize,
    /// The outcome.
    pub outcome: Outcome,
    /// Why, in one sentence without a final stop.
    pub message: Text,
    /// What would pass, when the control can say it: `0600 or stricter`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected: Option<Text>,
    /// What the outcome rests on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<Evidence>,
    /// What to change; empty for everything that does not fail.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub actions: Vec<Action>,
    /// Its root cause, for a failing finding about objects: those with the same one are mended by the
    /// same change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<Text>,
    /// How much it matters here, where that was looked at; only for what fails.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub risk: Option<Arc<Risk>>,
    /// Whether an earlier report had it, where one was compared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub baseline: Option<BaselineState>,
    /// Who accepted it, for a justified finding.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub justification: Option<Box<JustifiedBy>>,
}

/// Whether an earlier report had a finding.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum BaselineState {
    /// It had not.
    New,
    /// It had.
    Unchanged,
}

impl Finding {
    /// What the finding is about, in a form that stays the same when lines move and lists change
    /// their order: control, scope, resource and the field without numbers.
    #[must_use]
    pub fn identity(&self) -> String {
        let mut identity = format!("{} | {} | {}", self.control, self.scope, self.resource);
        if let Some(field) = self.part.as_ref().and_then(|part| part.field.as_ref()) {
            identity.push_str(" | ");
            let mut within = false;
            for character in field.chars() {
                match character {
                    '[' => within = true,
                    ']' => within = false,
                    _ if within && character.is_ascii_digit() => continue,
                    _ => {}
                }
                identity.push(character);
            }
        }
        identity
    }
}

fn one() -> usize {
    1
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
fn is_one(count: &usize) -> bool {
    *count == 1
}

/// The decision of a person to accept a failing result.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct JustifiedBy {
    /// The outcome the finding would have had.
    pub instead_of: Outcome,
    /// Why it is accepted.
    pub reason: String,
    /// Who answers for it.
    pub owner: String,
    /// The last day it holds, as `YYYY-MM-DD`; absent when it has no end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<String>,
    /// Where it was decided: a ticket or a document.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ticket: Option<String>,
    /// Where the justification is written: file and line.
    pub written_in: String,
}

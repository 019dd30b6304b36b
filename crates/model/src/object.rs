use std::fmt;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Text;

/// Which object of a cluster, or of a set of manifests.
#[derive(
    Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "camelCase")]
pub struct ObjectReference {
    /// As the object says it: `apps/v1`.
    pub api_version: String,
    /// As the object says it: `Deployment`.
    pub kind: String,
    /// Its namespace; absent for objects of the whole cluster, and in manifests that name none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// Its name; `generateName` with a `*` for one that gets its name later.
    pub name: String,
}

impl fmt::Display for ObjectReference {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.namespace {
            Some(namespace) => write!(formatter, "{} {namespace}/{}", self.kind, self.name),
            None => write!(formatter, "{} {}", self.kind, self.name),
        }
    }
}

/// The part of an object that a finding is about.
#[derive(
    Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "camelCase")]
pub struct Part {
    /// The object. For a pod that a workload made it is the workload.
    // Shared by all that is said of it.
    pub object: Arc<ObjectReference>,
    /// The container, when one is concerned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub container: Option<Text>,
    /// The field that decided, or that is missing: `spec.template.spec.hostNetwork`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<Text>,
}

/// A stretch of text. Lines and columns count from 1; the end is just after the last character.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "camelCase")]
pub struct Region {
    /// The first line.
    pub line: u32,
    /// The first column.
    pub column: u32,
    /// The last line.
    pub end_line: u32,
    /// The column after the last character.
    pub end_column: u32,
}

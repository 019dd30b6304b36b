use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Component, ObjectReference, Text};

/// One change that mends a finding; scripts and playbooks are made from these.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Action {
    /// Take permission bits away from a file or directory.
    RestrictMode {
        /// The path on the node.
        path: String,
        /// The bits that may remain, as in `0o600`.
        mode: u32,
    },
    /// Give a file or directory an owner and a group.
    SetOwner {
        /// The path on the node.
        path: String,
        /// The user.
        owner: String,
        /// The group.
        group: String,
    },
    /// Give a component a flag, replacing the flag where it stands.
    SetFlag {
        /// The component.
        component: Component,
        /// What carries its arguments.
        carrier: Carrier,
        /// The flag without dashes.
        flag: String,
        /// The value; an empty text for a value that the reader has to choose.
        value: String,
    },
    /// Take a flag from a component.
    RemoveFlag {
        /// The component.
        component: Component,
        /// What carries its arguments.
        carrier: Carrier,
        /// The flag without dashes.
        flag: String,
    },
    /// Set a key of a component's YAML configuration file.
    SetConfig {
        /// The component that reads the file.
        component: Component,
        /// The path on the node.
        path: String,
        /// The keys from the document's root.
        keys: Vec<String>,
        /// The value.
        value: ConfigValue,
    },
    /// Take a key out of a component's YAML configuration file.
    RemoveConfig {
        /// The component that reads the file.
        component: Component,
        /// The path on the node.
        path: String,
        /// The keys from the document's root.
        keys: Vec<String>,
    },
    /// Set a kernel parameter, now and at boot.
    SetSysctl {
        /// Its dotted name.
        name: String,
        /// Its value.
        value: String,
    },
    /// Take a file off the node.
    RemoveFile {
        /// The path on the node.
        path: String,
    },
    /// Change fields of an object, in its manifest or over the API.
    EditObject {
        /// The object.
        object: Arc<ObjectReference>,
        /// The manifest; absent for an object that only an API server knows.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        manifest: Option<Text>,
        /// The number of the document in the manifest, from 0.
        #[serde(default)]
        document: usize,
        /// The changes, in order.
        // Shared: mostly many objects need the same.
        edits: Arc<[ObjectEdit]>,
        /// What stands where the changes rely on it, for an object of a live cluster: values that
        /// are replaced, names of the items of lists that are reached into. By JSON pointer.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        guards: BTreeMap<String, EditValue>,
        /// Whether the change can be made without thinking about it.
        safety: Safety,
    },
    /// Something a person has to do, in the imperative and without a final stop.
    Manual {
        /// What to do.
        instruction: String,
        /// Commands that help, each complete.
        commands: Vec<String>,
    },
}

/// One change of an object's field.
#[derive(
    Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(tag = "op", rename_all = "kebab-case")]
pub enum ObjectEdit {
    /// Give a field a value; mappings on the way to it are made.
    Set {
        /// The way from the document's root, as a JSON pointer (RFC 6901). `-` as its last part
        /// appends to a list, which is made when it is not there.
        pointer: String,
        /// The value.
        value: EditValue,
    },
    /// Take a field away.
    Remove {
        /// The way from the document's root, as a JSON pointer.
        pointer: String,
    },
}

/// Any JSON value, ordered by its text.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct EditValue(pub serde_json::Value);

impl PartialOrd for EditValue {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for EditValue {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.to_string().cmp(&other.0.to_string())
    }
}

/// Whether a change can be made without thinking about it.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Safety {
    /// Programs that work today go on working, but for the rarest.
    Safe,
    /// A program may need what the change takes away: somebody has to look, or to try.
    NeedsReview,
}

/// What gives a component its arguments on this node, and so where a flag is changed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Carrier {
    /// The command of a static pod manifest.
    StaticPod {
        /// The manifest.
        path: String,
    },
    /// A systemd unit's command line, changed by a drop-in.
    Unit {
        /// The unit's name: `kubelet.service`.
        unit: String,
    },
    /// A variable in an environment file that the unit's command line uses.
    EnvironmentFile {
        /// The file.
        path: String,
        /// The variable that holds arguments: `KUBELET_EXTRA_ARGS`.
        variable: String,
        /// The unit to restart.
        unit: String,
    },
    /// Variables of a process whose every flag has one: etcd's `ETCD_CLIENT_CERT_AUTH`.
    Environment {
        /// The file the variables are set in.
        path: String,
        /// The unit to restart.
        unit: String,
    },
    /// A file with one argument a line, as MicroK8s has them.
    ArgumentsFile {
        /// The file.
        path: String,
        /// The unit to restart.
        unit: String,
    },
    /// The supervisor's own configuration (`kube-apiserver-arg:` of k3s and RKE2).
    Supervisor {
        /// The supervisor's YAML file.
        path: String,
        /// The list in it that holds the component's arguments.
        key: String,
        /// The unit to restart.
        unit: String,
    },
    /// The vendor's control plane or machine configuration, changed with the vendor's tool.
    Vendor {
        /// How, in one clause: `talosctl edit machineconfig`.
        tool: String,
    },
    /// Nothing on the node shows what started the process.
    Unknown,
}

/// A value in a component's configuration file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum ConfigValue {
    /// `true` or `false`.
    Bool(bool),
    /// A whole number.
    Integer(i64),
    /// A text.
    Text(String),
    /// A list of texts.
    List(Vec<String>),
}

impl fmt::Display for ConfigValue {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool(value) => write!(formatter, "{value}"),
            Self::Integer(value) => write!(formatter, "{value}"),
            Self::Text(value) => write!(formatter, "{value}"),
            Self::List(values) => write!(formatter, "{}", values.join(",")),
        }
    }
}

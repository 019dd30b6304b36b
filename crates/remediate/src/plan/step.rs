use merlon_model::{Action, ConfigValue};

use super::{Reasons, Target};

/// One thing to do on a node, with why.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Step {
    pub(crate) work: Work,
    pub(crate) reasons: Reasons,
}

/// What is done. The order is that of doing: modes and owners, then edits.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Work {
    Mode { path: String, mode: u32 },
    Owner { path: String, owner: String, group: String },
    Edit { target: Target, changes: Vec<Change> },
}

/// One flag, key or parameter that gets a value or goes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Change {
    pub(crate) name: Name,
    /// The value; `None` takes the thing away.
    pub(crate) to: Option<Value>,
    pub(crate) reasons: Reasons,
}

/// What a change is called where it is made.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Name {
    /// A flag without dashes, a variable or a kernel parameter.
    Flat(String),
    /// The keys from a document's root.
    Keys(Vec<String>),
}

/// What a setting gets.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Value {
    Is(ConfigValue),
    /// Only a person can choose; the variable that holds the choice.
    Chosen {
        variable: String,
        list: bool,
    },
}

impl Name {
    /// The name on one line.
    pub(crate) fn dotted(&self) -> String {
        match self {
            Self::Flat(name) => name.clone(),
            Self::Keys(keys) => keys.join("."),
        }
    }
}

impl Work {
    /// The work of an action on a file's mode or owner.
    pub(crate) fn of_file(action: &Action) -> Option<Self> {
        match action {
            Action::RestrictMode { path, mode } => {
                Some(Self::Mode { path: path.clone(), mode: *mode })
            }
            Action::SetOwner { path, owner, group } => {
                Some(Self::Owner { path: path.clone(), owner: owner.clone(), group: group.clone() })
            }
            _ => None,
        }
    }

    /// What is done, in the imperative and on one line.
    pub(crate) fn describe(&self) -> String {
        match self {
            Self::Mode { path, mode } => {
                format!("take from {path} every permission beyond {mode:04o}")
            }
            Self::Owner { path, owner, group } => format!("give {path} to {owner}:{group}"),
            Self::Edit { target, changes } => {
                let changes: Vec<String> = changes.iter().map(Change::describe).collect();
                format!("in {}, {}", target.place(), changes.join(", "))
            }
        }
    }
}

impl Change {
    /// What is done, in the imperative and on one line.
    pub(crate) fn describe(&self) -> String {
        let name = self.name.dotted();
        match &self.to {
            None => format!("remove {name}"),
            Some(Value::Is(value)) => format!("set {name} to {value}"),
            Some(Value::Chosen { .. }) => format!("set {name} to the value chosen"),
        }
    }
}

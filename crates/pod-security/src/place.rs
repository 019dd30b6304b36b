//! Where something is wrong.

use std::fmt;

use merlon_yaml::{Node, Value};

/// What offends: something that is there, or something that is not.
#[derive(Clone, Copy, Debug)]
pub enum Place<'a> {
    /// A value that may not stand there.
    Node(&'a Node),
    /// A field that has to be set and is not.
    Missing {
        /// The nearest mapping that is there.
        parent: &'a Node,
        /// The way from it to the missing field.
        keys: &'static [&'static str],
    },
}

impl<'a> Place<'a> {
    /// Names the field at the end of `keys` as missing, from the deepest mapping on the way there.
    pub(crate) fn missing(parent: &'a Node, keys: &'static [&'static str]) -> Place<'a> {
        let below = match keys {
            [key, _, ..] => parent.get(key),
            _ => None,
        };
        match below {
            Some(node) if matches!(node.value, Value::Mapping(_)) => {
                Place::missing(node, &keys[1..])
            }
            _ => Place::Missing { parent, keys },
        }
    }
}

/// A list of containers of a pod, in the order in which admission visits them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ContainerList {
    /// `initContainers`.
    Init,
    /// `containers`.
    Regular,
    /// `ephemeralContainers`.
    Ephemeral,
}

impl ContainerList {
    /// Every list.
    pub const ALL: [ContainerList; 3] =
        [ContainerList::Init, ContainerList::Regular, ContainerList::Ephemeral];

    /// Gives the field of the pod's spec.
    #[must_use]
    pub fn field(self) -> &'static str {
        match self {
            ContainerList::Init => "initContainers",
            ContainerList::Regular => "containers",
            ContainerList::Ephemeral => "ephemeralContainers",
        }
    }
}

/// A container of a pod.
#[derive(Clone, Copy, Debug)]
pub struct ContainerRef<'a> {
    /// The list it stands in.
    pub list: ContainerList,
    /// Its index in that list, counted from 0.
    pub index: usize,
    /// Its name; empty where none is set.
    pub name: &'a str,
    /// The container itself.
    pub node: &'a Node,
}

impl ContainerRef<'_> {
    /// Whether both stand at the same place of a pod.
    pub(crate) fn is(&self, other: &ContainerRef<'_>) -> bool {
        (self.list, self.index) == (other.list, other.index)
    }
}

/// One place that makes a check fail.
#[derive(Clone, Copy, Debug)]
pub struct Offence<'a> {
    /// What offends.
    pub place: Place<'a>,
    /// The container it concerns, or `None` where it concerns the pod.
    pub container: Option<ContainerRef<'a>>,
}

/// A value of the wrong type, which the API server refuses to decode.
///
/// The checks take such a value for one that is not set.
#[derive(Clone, Copy, Debug)]
pub struct Malformed<'a> {
    /// The value.
    pub node: &'a Node,
    /// What may stand there.
    pub expected: Expected,
}

/// What may stand at a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Expected {
    /// A mapping.
    Mapping,
    /// A list.
    List,
    /// A string.
    String,
    /// `true` or `false`.
    Boolean,
    /// A whole number of the field's size.
    Integer,
}

impl Expected {
    /// Gives it for people: `a whole number`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Expected::Mapping => "a mapping",
            Expected::List => "a list",
            Expected::String => "a string",
            Expected::Boolean => "true or false",
            Expected::Integer => "a whole number",
        }
    }
}

impl fmt::Display for Expected {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

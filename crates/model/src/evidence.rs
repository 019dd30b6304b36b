use std::fmt;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Component, ObjectReference, Region, Text};

/// One thing that was seen and that the outcome rests on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Evidence {
    /// What was seen, in one clause without a final stop: `--profiling is true`.
    pub statement: Text,
    /// Where it stands; absent when it stands nowhere (a fact about the whole host).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<Location>,
}

impl Evidence {
    /// Evidence that stands at a place.
    #[must_use]
    pub fn at(statement: impl Into<Text>, location: Location) -> Self {
        Self { statement: statement.into(), location: Some(location) }
    }

    /// Evidence about the host as a whole.
    #[must_use]
    pub fn of_host(statement: impl Into<Text>) -> Self {
        Self { statement: statement.into(), location: None }
    }
}

/// The place that decided a value.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Location {
    /// A file, or a place in it. Lines and columns count from 1.
    File {
        /// The path on the node.
        path: String,
        /// The line, when one line decided.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        line: Option<u32>,
        /// The column, when it is known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        column: Option<u32>,
    },
    /// A stretch of a manifest.
    Manifest {
        /// The file, as it was named or found below what was named.
        path: Text,
        /// The stretch.
        region: Region,
        /// The field it holds: `spec.template.spec.hostNetwork`.
        field: Text,
    },
    /// A field of an object that an API server gave.
    Object {
        /// The object.
        object: Arc<ObjectReference>,
        /// The field: `spec.hostNetwork`; empty for the object as a whole.
        field: Text,
    },
    /// An argument of a running process.
    Argument {
        /// The program's name.
        process: String,
        /// Its process id.
        pid: u32,
        /// The place in argv; 0 is the program itself.
        index: u32,
    },
    /// An environment variable of a running process.
    Environment {
        /// The program's name.
        process: String,
        /// Its process id.
        pid: u32,
        /// The variable.
        name: String,
    },
    /// A running process as a whole.
    Process {
        /// The program's name.
        process: String,
        /// Its process id.
        pid: u32,
    },
    /// A default that is compiled into the component.
    Default {
        /// The component.
        component: Component,
        /// The release whose default it is; absent when all releases agree.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        version: Option<String>,
    },
    /// Something a distribution's supervisor passes by itself, without argv or file to show it.
    Embedded {
        /// The distribution.
        distribution: String,
        /// The component it starts.
        component: Component,
    },
    /// What a running component answered over its API.
    Live {
        /// The address that answered.
        url: String,
    },
    /// A listening socket.
    Socket {
        /// Address and port: `127.0.0.1:10248`, `[::]:10250`.
        address: String,
    },
    /// A kernel setting.
    Sysctl {
        /// Its dotted name.
        name: String,
    },
}

impl Location {
    /// A whole file.
    #[must_use]
    pub fn file(path: impl Into<String>) -> Self {
        Self::File { path: path.into(), line: None, column: None }
    }

    /// A line of a file, counted from 1.
    #[must_use]
    pub fn line(path: impl Into<String>, line: u32) -> Self {
        Self::File { path: path.into(), line: Some(line), column: None }
    }
}

impl fmt::Display for Location {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { path, line: None, .. } => write!(formatter, "{path}"),
            Self::File { path, line: Some(line), column: None } => {
                write!(formatter, "{path}:{line}")
            }
            Self::File { path, line: Some(line), column: Some(column) } => {
                write!(formatter, "{path}:{line}:{column}")
            }
            Self::Manifest { path, region, .. } => {
                write!(formatter, "{path}:{}:{}", region.line, region.column)
            }
            Self::Object { object, field } if field.is_empty() => write!(formatter, "{object}"),
            Self::Object { object, field } => write!(formatter, "{object} {field}"),
            Self::Argument { process, pid, index } => {
                write!(formatter, "{process}[{pid}] argument {index}")
            }
            Self::Environment { process, pid, name } => {
                write!(formatter, "{process}[{pid}] environment {name}")
            }
            Self::Process { process, pid } => write!(formatter, "{process}[{pid}]"),
            Self::Default { component, version: None } => {
                write!(formatter, "default of {component}")
            }
            Self::Default { component, version: Some(version) } => {
                write!(formatter, "default of {component} {version}")
            }
            Self::Embedded { distribution, component } => {
                write!(formatter, "what {distribution} passes to {component}")
            }
            Self::Live { url } => write!(formatter, "{url}"),
            Self::Socket { address } => write!(formatter, "socket {address}"),
            Self::Sysctl { name } => write!(formatter, "sysctl {name}"),
        }
    }
}

//! Components without a process of their own: a supervisor runs them inside its own, and passes
//! them arguments that no command line shows.

mod k3s;
mod microk8s;
mod openshift;

use merlon_model::{Carrier, Component, Location};
use merlon_snapshot::{DocumentKind, Node, Process, Want, Wanted};

use crate::text::Texts;
use crate::unit::Units;

pub(crate) use openshift::extended;

/// A component inside a supervisor's process.
#[derive(Debug)]
pub(crate) struct Embedded<'a> {
    pub(crate) component: Component,
    /// The supervisor's process; `None` when only its configuration is there.
    pub(crate) process: Option<&'a Process>,
    /// The words of the command line that the component is started with, or why they cannot be
    /// told.
    pub(crate) words: Result<Vec<(String, Location)>, String>,
    pub(crate) carrier: Carrier,
}

/// The components that supervisors on the node run inside their own process.
pub(crate) fn embedded<'a>(
    node: &'a Node,
    texts: &Texts<'a>,
    units: &Units<'a>,
) -> Vec<Embedded<'a>> {
    let mut found = k3s::embedded(node, texts, units);
    found.extend(microk8s::embedded(node, texts));
    found
}

/// What has to be seen to tell the arguments of embedded components.
pub(crate) fn wanted(
    node: &Node,
    texts: &Texts<'_>,
    units: &Units<'_>,
    into: &mut impl FnMut(Wanted),
) {
    k3s::wanted(node, texts, units, into);
    microk8s::wanted(node, into);
    openshift::wanted(node, texts, into);
}

fn document(path: &str, kind: DocumentKind) -> Wanted {
    Wanted { path: path.to_owned(), want: Want::Document(kind) }
}

/// One option of a supervisor: from its command line or its configuration.
#[derive(Clone, Debug)]
struct SupervisorOption {
    name: String,
    value: String,
    location: Location,
}

/// The options of a supervisor's command line.
///
/// `takes` tells which of them have a value in the next word whatever that looks like.
fn options(words: &[(String, Location)], takes: impl Fn(&str) -> bool) -> Vec<SupervisorOption> {
    let mut found = Vec::new();
    let mut words = words.iter().peekable();
    while let Some((word, location)) = words.next() {
        let Some(name) = word.strip_prefix("--").or_else(|| word.strip_prefix('-')) else {
            continue;
        };
        let (name, given) = match name.split_once('=') {
            Some((name, value)) => (name, Some((value.to_owned(), location))),
            None => (name, None),
        };
        let given = given.or_else(|| {
            let next = words.next_if(|(next, _)| takes(name) || !next.starts_with('-'));
            next.map(|(next, location)| (next.clone(), location))
        });
        let (value, location) = given.unwrap_or_else(|| ("true".to_owned(), location));
        let location = location.clone();
        found.push(SupervisorOption { name: name.to_owned(), value, location });
    }
    found
}

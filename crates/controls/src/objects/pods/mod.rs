//! Controls on pods and their containers.

pub(crate) mod accounts;
pub(crate) mod capabilities;
pub(crate) mod confinement;
pub(crate) mod host_access;
mod host_paths;
pub(crate) mod isolation;
pub(crate) mod node_paths;
pub(crate) mod openshift;
pub(crate) mod privileges;
pub(crate) mod programs;
pub(crate) mod standards;
pub(crate) mod storage;
pub(crate) mod users;
pub(crate) mod volumes;

pub(in crate::objects) use host_paths::{runtime_of, sensitive};
pub(in crate::objects) use node_paths::replaced;

use merlon_views::objects::{Fields, Malformed};
use merlon_views::{ContainerView, PodView};
use merlon_yaml::Node;

/// The user and group that edits choose: high enough to be nobody else, and that of many images
/// without a shell.
const NOBODY: i64 = 65_532;

/// What the container says in its security context, else what the pod says.
fn inherited_int<'a>(
    pod: &PodView<'a>,
    container: &ContainerView<'a>,
    key: &str,
) -> Result<Option<(i64, &'a Node)>, Malformed<'a>> {
    for context in [container.security(), pod.security()] {
        if let (Some(number), Some(node)) = (context.int(key)?, context.get(key).node()) {
            return Ok(Some((number, node)));
        }
    }
    Ok(None)
}

/// Whether nothing keeps the container's programs from being root.
fn may_be_root<'a>(
    pod: &PodView<'a>,
    container: &ContainerView<'a>,
) -> Result<bool, Malformed<'a>> {
    if let Some((user, _)) = inherited_int(pod, container, "runAsUser")? {
        return Ok(user == 0);
    }
    let own = container.security().bool("runAsNonRoot")?;
    let refused = match own {
        Some(refused) => refused,
        None => pod.security().bool("runAsNonRoot")?.unwrap_or_default(),
    };
    Ok(!refused)
}

/// The items of a list, each by its fields.
fn items<'a>(
    fields: Fields<'a>,
    key: &str,
) -> Result<impl Iterator<Item = Fields<'a>>, Malformed<'a>> {
    Ok(fields.list(key)?.iter().map(Fields::of))
}

/// The first of some programs that a container's `command` and `args` call, and where; scripts for a
/// shell are read by their words.
fn calls<'a>(
    container: &ContainerView<'a>,
    names: &[&str],
) -> Result<Option<(&'a Node, &'a str)>, Malformed<'a>> {
    for key in ["command", "args"] {
        for node in container.fields().list(key)? {
            if let Some(name) = called(text(node)?, names) {
                return Ok(Some((node, name)));
            }
        }
    }
    Ok(None)
}

/// The first of some programs among the words of a text, by its name or its path.
fn called<'a>(text: &'a str, names: &[&str]) -> Option<&'a str> {
    let ends = |c: char| c.is_whitespace() || ";|&()`\"'".contains(c);
    text.split(ends).map(program).find(|name| names.contains(name))
}

/// The name of a program that a word calls by its path.
fn program(word: &str) -> &str {
    word.rsplit('/').next().unwrap_or(word)
}

fn text(node: &Node) -> Result<&str, Malformed<'_>> {
    node.as_str().ok_or(Malformed { node, expected: "a text" })
}

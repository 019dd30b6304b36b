//! Settings that a structured configuration file decides instead of a flag.
//!
//! `--authorization-config` and `--authentication-config` each name a file that stands in the
//! place of other flags; the API server refuses to start with both
//! (`pkg/kubeapiserver/options/authorization.go`, `authentication.go`).

use merlon_model::Location;
use merlon_yaml::Node;

use crate::component::{ComponentView, Unknown};
use crate::configuration::read;
use crate::setting::{Kind, Setting, Structured};
use crate::settings;
use crate::text::Text;
use crate::value::{Effective, Value};

impl ComponentView<'_> {
    /// The value that a structured file gives a setting; `None` when the component has no such
    /// file, or the file leaves the setting to flags.
    pub(crate) fn in_structured_file(
        &self,
        setting: &Setting,
        structured: &Structured,
    ) -> Result<Option<Effective>, Unknown> {
        let Some(names_file) = settings::find(self.component, structured.flag) else {
            return Ok(None);
        };
        if self.decided(names_file)?.is_none_or(|file| file.value.is_unset()) {
            return Ok(None);
        }
        let Some((path, _)) = self.path(structured.flag)? else {
            return Ok(None);
        };
        let text = self.texts.get(&path).map_err(|what| Unknown::Unreadable { what })?;
        let root = text.root().map_err(|what| Unknown::Unreadable { what })?;
        let first = structured.path.split(['.', '[']).next().unwrap_or_default();
        let Some(entry) = root.entry(first).filter(|entry| !entry.value.is_null()) else {
            return Ok(None);
        };
        let location = text.location(entry.key_span);
        if setting.flag
            && let Some(flag) = self.in_flags(setting)?
        {
            return Err(Unknown::Invalid {
                what: format!(
                    "--{} at {} and {first} in the file of --{} exclude each other",
                    setting.name, flag.location, structured.flag
                ),
                location,
            });
        }
        if structured.path.contains("[]") {
            each(root, structured.path, text, location).map(Some)
        } else {
            one(root, structured.path, setting.kind, text, location).map(Some)
        }
    }
}

/// The value at a dotted path; Go's zero value when the mapping that holds it leaves it out.
fn one(
    root: &Node,
    path: &str,
    kind: Kind,
    text: &Text<'_>,
    holder: Location,
) -> Result<Effective, Unknown> {
    let keys: Vec<&str> = path.split('.').collect();
    let Some(node) = root.path(&keys).filter(|node| !node.is_null()) else {
        return Ok(Effective { value: Value::zero(kind), location: holder });
    };
    let location = text.location(node.span);
    match read(node, kind) {
        Ok(value) => Ok(Effective { value, location }),
        Err(expected) => {
            Err(Unknown::Invalid { what: format!("{path} is not {expected}"), location })
        }
    }
}

/// The texts at a path with one list in it, such as `authorizers[].type`.
fn each(root: &Node, path: &str, text: &Text<'_>, holder: Location) -> Result<Effective, Unknown> {
    let (list, inside) = path.split_once("[]").unwrap_or((path, ""));
    let keys: Vec<&str> = list.split('.').collect();
    let inside: Vec<&str> = inside.split('.').filter(|key| !key.is_empty()).collect();
    let Some(node) = root.path(&keys).filter(|node| !node.is_null()) else {
        return Ok(Effective { value: Value::Unset, location: holder });
    };
    let invalid = |what: String, node: &Node| {
        Err(Unknown::Invalid { what, location: text.location(node.span) })
    };
    let Some(elements) = node.as_sequence() else {
        return invalid(format!("{list} is no list"), node);
    };
    let mut parts = Vec::new();
    for element in elements {
        match element.path(&inside).and_then(Node::as_str).filter(|part| !part.is_empty()) {
            Some(part) => parts.push(part.to_owned()),
            None => return invalid(format!("{path} is not a text everywhere"), element),
        }
    }
    let value = if parts.is_empty() { Value::Unset } else { Value::List(parts) };
    Ok(Effective { value, location: holder })
}

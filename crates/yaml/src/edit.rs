//! Edits to a text that keep its comments, order, anchors and style.

mod apply;
mod block;
mod flow;
mod layout;
mod plan;
mod quote;
mod text;
mod write;
mod zones;

use std::collections::BTreeMap;

use self::plan::{Plan, Planner};
use self::zones::Zones;
use crate::document::Parsed;
use crate::json::{from_json, to_json};
use crate::load::load;
use crate::pointer::Pointer;
use crate::problem::{Limits, ProblemKind};

/// A change to one place of one document.
#[derive(Clone, Debug, PartialEq)]
pub struct Edit {
    /// The document, as an index of [`Parsed::documents`].
    pub document: usize,
    /// The place, from the root of the document.
    pub pointer: Pointer,
    /// What is done there.
    pub change: Change,
}

/// What is done to a place.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// Puts a value there, in place of another or as a new key at the end of its mapping.
    ///
    /// Mappings on the way that are missing or null are made. An index must be there already; a
    /// last token of `-` adds to the end of a list, which is made where it is missing or null.
    Set(serde_json::Value),
    /// Takes the key or item out. What held nothing else becomes `{}` or `[]`.
    Remove,
}

impl Edit {
    /// Puts a value at a place.
    #[must_use]
    pub fn set(document: usize, pointer: Pointer, value: serde_json::Value) -> Self {
        Self { document, pointer, change: Change::Set(value) }
    }

    /// Takes out what is at a place.
    #[must_use]
    pub fn remove(document: usize, pointer: Pointer) -> Self {
        Self { document, pointer, change: Change::Remove }
    }
}

/// Why a text is not edited. Whoever asked can still show the change as a JSON patch.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EditError {
    /// The text has no such document.
    #[error("there is no document {document}, counted from 0, that could be read")]
    NoDocument {
        /// The index asked for.
        document: usize,
    },
    /// Nothing is at the place, or something on the way holds nothing.
    #[error("nothing can be changed at `{pointer}`: the document has no such place")]
    NotFound {
        /// The place asked for.
        pointer: Pointer,
    },
    /// The place is written once and read several times, through an anchor and its aliases.
    #[error("a change at `{pointer}` would change other places too: an alias leads to it")]
    Aliased {
        /// The place asked for.
        pointer: Pointer,
    },
    /// The key comes in through a merge (`<<`) and cannot be taken out of one mapping alone.
    #[error("`{pointer}` comes in through a merge and cannot be taken out; change what is merged")]
    Merged {
        /// The place asked for.
        pointer: Pointer,
    },
    /// The text is written in a way that cannot be edited so that it means exactly what it should.
    #[error("the text cannot be edited exactly; change it by hand")]
    NotExact,
}

/// Gives the text with all edits made, one after the other, and everything else as it was.
///
/// New text follows the style around it: indentation, flow or block, quotes, compact or indented
/// lists, line breaks. A comment goes only with what is taken out or replaced, when it stands
/// inside of it or behind the end of a removed key or item on the same line; a comment above stays,
/// for it may speak of more. A key that came in through a merge (`<<`) is set in the mapping itself.
///
/// The result is read again and given only if every document means exactly what the edits say, and
/// no [`Problem`](crate::Problem) is new.
///
/// # Errors
///
/// [`EditError`], when any of the edits cannot be made; then none is.
///
/// ```
/// use merlon_yaml::{Edit, edit};
///
/// let text = "kind: Pod\nspec:\n  # metrics\n  hostNetwork: yes  # for now\n";
/// let pointer = "/spec/securityContext/runAsNonRoot".parse()?;
/// let edits = [Edit::set(0, pointer, true.into()), Edit::remove(0, "/spec/hostNetwork".parse()?)];
/// let expected = "kind: Pod\nspec:\n  # metrics\n  securityContext:\n    runAsNonRoot: true\n";
/// assert_eq!(edit(text, &edits)?, expected);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn edit(text: &str, edits: &[Edit]) -> Result<String, EditError> {
    // Deeper places cannot be read back, and are not worth the stack they take.
    if edits.iter().any(|edit| edit.pointer.depth() > Limits::default().max_depth) {
        return Err(EditError::NotExact);
    }
    let edits: Vec<Edit> = edits.iter().map(normal).collect();
    let mut pending: Vec<&Edit> = edits.iter().collect();
    let mut edited = text.to_owned();
    while !pending.is_empty() {
        (edited, pending) = round(&edited, pending)?;
    }
    if is_exact(text, &edited, &edits)? { Ok(edited) } else { Err(EditError::NotExact) }
}

/// Gives the edit with numbers the way they are read back.
fn normal(edit: &Edit) -> Edit {
    let change = match &edit.change {
        Change::Set(value) => Change::Set(to_json(&from_json(value))),
        Change::Remove => Change::Remove,
    };
    Edit { change, ..edit.clone() }
}

/// Makes the edits that do not come near each other, and gives the others back.
fn round<'e>(text: &str, pending: Vec<&'e Edit>) -> Result<(String, Vec<&'e Edit>), EditError> {
    let (parsed, aliases) = load(text, &Limits::default());
    let mut planners = BTreeMap::new();
    let mut zones = Zones::default();
    let mut splices = Vec::new();
    let mut left = Vec::new();
    // Documents with an edit that waits for what another one makes: all later ones wait too.
    let mut waiting = Vec::new();
    for edit in pending {
        let number = edit.document;
        if waiting.contains(&number) {
            left.push(edit);
            continue;
        }
        let Some(document) = parsed.documents.get(number) else {
            return Err(EditError::NoDocument { document: number });
        };
        let planner =
            planners.entry(number).or_insert_with(|| Planner::new(text, document, &aliases));
        match planner.plan(edit) {
            Ok(Plan { zone, splices: planned, done }) => {
                let free = !zones.overlap(&zone);
                zones.add(zone);
                if free {
                    splices.extend(planned);
                }
                if !free || !done {
                    left.push(edit);
                }
            }
            Err(error) if !planner.is_touched() => return Err(error),
            Err(_) => {
                waiting.push(number);
                left.push(edit);
            }
        }
        planner.touch();
    }
    Ok((text::splice(text, splices)?, left))
}

fn is_exact(before: &str, after: &str, edits: &[Edit]) -> Result<bool, EditError> {
    let limits = Limits::default();
    let (before, after) = (load(before, &limits).0, load(after, &limits).0);
    if before.documents.len() != after.documents.len() || has_new_problems(&before, &after) {
        return Ok(false);
    }
    let mut expected: Vec<_> = before.documents.iter().map(|each| to_json(&each.root)).collect();
    for edit in edits {
        let document = expected.get_mut(edit.document);
        let document = document.ok_or(EditError::NoDocument { document: edit.document })?;
        apply::apply(document, edit)?;
    }
    let found = after.documents.iter().map(|document| to_json(&document.root));
    Ok(expected.into_iter().eq(found))
}

fn has_new_problems(before: &Parsed, after: &Parsed) -> bool {
    let count = |parsed: &Parsed| {
        let mut counts: BTreeMap<ProblemKind, usize> = BTreeMap::new();
        for problem in &parsed.problems {
            *counts.entry(problem.kind).or_default() += 1;
        }
        counts
    };
    let before = count(before);
    count(after).iter().any(|(kind, count)| before.get(kind).is_none_or(|known| known < count))
}

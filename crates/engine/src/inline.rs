//! Justifications that stand beside what they accept: comments in manifests, annotations of objects.
//!
//! ```yaml
//! # merlon:justify pod-host-network: it is the network plugin, by platform, until 2027-01-31
//! hostNetwork: true
//! metadata:
//!   annotations:
//!     justify.merlon.dev/pod-host-network: it is the network plugin, by platform
//! ```
//!
//! A comment at the end of a line is about that line, one on a line of its own about the next; with
//! the line it covers everything that belongs to the key or item that begins there. At the head of a
//! document it covers the whole document. An annotation covers its object.

use std::collections::BTreeMap;

use jiff::civil::Date;
use merlon_model::{Finding, JustificationNote, JustificationProblem, Location, Outcome, Text};
use merlon_snapshot::{Inventory, Manifest, Object};
use merlon_yaml::{Comment, Document, Limits, LineIndex, Node, Placement, Span, parse, walk};

use crate::glob::matches;
use crate::justification::Justification;

/// What a comment begins with.
const COMMENT: &str = "merlon:justify";

/// What the annotation's name begins with; the control follows.
const ANNOTATION: &str = "justify.merlon.dev/";

/// A justification that stands beside what it accepts.
pub(crate) struct Inline {
    pub(crate) justification: Justification,
    place: Covered,
}

enum Covered {
    /// These lines of a manifest, first and last.
    Lines { path: String, first: u32, last: u32 },
    /// An object, as findings name it.
    Object { scope: String, object: String },
}

impl Inline {
    /// Whether it covers a finding.
    pub(crate) fn covers(&self, finding: &Finding) -> bool {
        let control = self.justification.control.as_deref().unwrap_or_default();
        if !matches(control, &finding.control)
            || !self.justification.outcomes.contains(&finding.outcome)
        {
            return false;
        }
        match &self.place {
            Covered::Object { scope, object } => {
                let part = finding.part.as_ref();
                *scope == finding.scope
                    && part.is_some_and(|part| part.object.to_string() == *object)
            }
            // The first piece of evidence is where the finding stands.
            Covered::Lines { path, first, last } => match finding.evidence.first() {
                Some(evidence) => match &evidence.location {
                    Some(Location::Manifest { path: at, region, .. }) => {
                        at == path && (*first..=*last).contains(&region.line)
                    }
                    _ => false,
                },
                None => false,
            },
        }
    }
}

/// Where inline justifications stand, so that each finding meets only those of its own place.
pub(crate) struct Places<'i> {
    by_place: BTreeMap<&'i str, Vec<usize>>,
}

impl<'i> Places<'i> {
    pub(crate) fn of(all: &'i [Inline]) -> Self {
        let mut by_place: BTreeMap<&'i str, Vec<usize>> = BTreeMap::new();
        for (number, inline) in all.iter().enumerate() {
            let (Covered::Lines { path: place, .. } | Covered::Object { object: place, .. }) =
                &inline.place;
            by_place.entry(place).or_default().push(number);
        }
        Self { by_place }
    }

    /// The numbers of those in the file the finding stands in, or of its object.
    pub(crate) fn at(&self, finding: &Finding) -> Vec<usize> {
        if self.by_place.is_empty() {
            return Vec::new();
        }
        let object = finding.part.as_ref().map(|part| Text::from(part.object.to_string()));
        let file = match finding.evidence.first().and_then(|it| it.location.as_ref()) {
            Some(Location::Manifest { path, .. }) => Some(path.clone()),
            _ => None,
        };
        let places = [object, file].into_iter().flatten();
        places.filter_map(|place| self.by_place.get(place.as_str())).flatten().copied().collect()
    }
}

/// Reads every justification that stands in an inventory; what is none is told in the notes.
pub(crate) fn read(inventory: &Inventory, notes: &mut Vec<JustificationNote>) -> Vec<Inline> {
    let mut all = Vec::new();
    for manifest in inventory.manifests.iter().filter(|it| it.text.contains(COMMENT)) {
        read_manifest(manifest, &mut all, notes);
    }
    for object in &inventory.objects {
        read_annotations(inventory, object, &mut all, notes);
    }
    all
}

fn read_manifest(manifest: &Manifest, all: &mut Vec<Inline>, notes: &mut Vec<JustificationNote>) {
    let lines = LineIndex::new(&manifest.text);
    for document in parse(&manifest.text, &Limits::default()).documents {
        for comment in &document.comments {
            let Some(text) = comment.text.strip_prefix(COMMENT) else { continue };
            let written_in = format!("{}:{}", manifest.path, comment.line);
            match understand(text.trim(), &written_in) {
                Ok(justification) => {
                    let (first, last) = covered(&document, comment, &lines);
                    let path = manifest.path.clone();
                    all.push(Inline { justification, place: Covered::Lines { path, first, last } });
                }
                Err(message) => notes.push(not_understood(written_in, text, message)),
            }
        }
    }
}

fn read_annotations(
    inventory: &Inventory,
    object: &Object,
    all: &mut Vec<Inline>,
    notes: &mut Vec<JustificationNote>,
) {
    let annotations = object.root.path(&["metadata", "annotations"]);
    let entries = annotations.and_then(Node::as_mapping).map(|mapping| mapping.entries());
    for entry in entries.unwrap_or_default() {
        let Some(control) = entry.key.strip_prefix(ANNOTATION) else { continue };
        let reason = entry.value.as_str().unwrap_or_default();
        let text = format!("{control}: {reason}");
        let reference = object.reference().to_string();
        let written_in = format!("annotation of {reference}");
        match understand(&text, &written_in) {
            Ok(justification) => {
                let (scope, object) = (inventory.name.clone(), reference);
                all.push(Inline { justification, place: Covered::Object { scope, object } });
            }
            Err(message) => notes.push(not_understood(written_in, &text, message)),
        }
    }
}

fn not_understood(written_in: String, text: &str, message: String) -> JustificationNote {
    let subject = text.split(':').next().unwrap_or_default().trim().to_owned();
    JustificationNote { written_in, subject, problem: JustificationProblem::NotUnderstood, message }
}

/// Reads `control: reason, by owner, until 2027-01-31`; the last two may be left out.
fn understand(text: &str, written_in: &str) -> Result<Justification, String> {
    let form = "expected `control: reason, by owner, until 2027-01-31`";
    let (control, rest) = text.split_once(':').ok_or(form)?;
    let control = control.trim();
    let known = merlon_controls::all().iter().any(|known| matches(control, known.id));
    if control.is_empty() || !known {
        return Err(format!("no control matches {control:?}: `merlon controls` lists them"));
    }
    let mut reason = rest.trim();
    let mut expires = None;
    if let Some((before, day)) = reason.rsplit_once(", until ") {
        let day = day.trim();
        let day: Date =
            day.parse().map_err(|_| format!("{day} is not a day such as 2027-01-31"))?;
        (reason, expires) = (before.trim(), Some(day));
    }
    let mut owner = format!("the owner of {written_in}");
    if let Some((before, by)) = reason.rsplit_once(", by ") {
        (reason, owner) = (before.trim(), by.trim().to_owned());
    }
    if reason.is_empty() {
        return Err(format!("no reason is given: {form}"));
    }
    Ok(Justification {
        control: Some(control.to_owned()),
        reason: reason.to_owned(),
        owner,
        expires,
        outcomes: vec![Outcome::Fail, Outcome::Manual],
        written_in: written_in.to_owned(),
        ..Justification::default()
    })
}

/// The lines that a comment is about.
fn covered(document: &Document, comment: &Comment, lines: &LineIndex<'_>) -> (u32, u32) {
    let number = |line: usize| u32::try_from(line).unwrap_or(u32::MAX);
    let line_of = |offset| lines.position(offset).line;
    let root = first_key(&document.root).unwrap_or(document.root.span);
    let mut best: Option<(usize, usize)> = None;
    walk(&document.root, |visit| {
        let start = visit.key_span.or_else(|| first_key(visit.node)).unwrap_or(visit.node.span);
        let end = visit.node.span.end().max(start.end());
        let (first, last) = (line_of(start.start()), line_of(end));
        let after = match comment.placement {
            Placement::Trailing => first == comment.line,
            Placement::Alone => first > comment.line,
        };
        // The next line that begins something, and of what begins there the most.
        if after && best.is_none_or(|(f, l)| first < f || (first == f && last > l)) {
            best = Some((first, last));
        }
    });
    let whole = (line_of(root.start()), line_of(document.root.span.end()));
    let is_head = comment.placement == Placement::Alone && comment.line < whole.0;
    let (first, last) = if is_head { whole } else { best.unwrap_or((comment.line, comment.line)) };
    (number(first), number(last))
}

fn first_key(node: &Node) -> Option<Span> {
    Some(node.as_mapping()?.entries().first()?.key_span)
}

#[cfg(test)]
mod tests {
    use merlon_snapshot::Manifest;

    use super::{Covered, read_manifest, understand};

    #[test]
    fn comments_are_read_or_refused() {
        let check = |text: &str, expected: Result<(&str, &str, Option<&str>), &str>| {
            let read = understand(text, "a.yaml:1");
            match (&read, expected) {
                (Ok(read), Ok((reason, owner, expires))) => {
                    assert_eq!((read.reason.as_str(), read.owner.as_str()), (reason, owner));
                    assert_eq!(read.expires.map(|day| day.to_string()).as_deref(), expires);
                }
                (Err(error), Err(expected)) => assert!(error.contains(expected), "{error}"),
                _ => panic!("{text}: {read:?}"),
            }
        };
        let end = Some("2027-01-31");
        check("pod-host-network: a, b, by net, until 2027-01-31", Ok(("a, b", "net", end)));
        check("pod-host-network: why", Ok(("why", "the owner of a.yaml:1", None)));
        check("pod-host-*: why, by net", Ok(("why", "net", None)));
        check("pod-host-network", Err("expected"));
        check("pod-host-network:", Err("no reason"));
        check("pod-host-netwrok: why", Err("no control matches"));
        check("pod-host-network: why, until soon", Err("soon is not a day"));
    }

    #[test]
    fn a_comment_covers_what_begins_at_its_line() {
        let check = |text: &str, expected: (u32, u32)| {
            let text = text.replace('!', "# merlon:justify pod-host-network: why");
            let manifest = Manifest { path: "a.yaml".to_owned(), text, rendered: None };
            let (mut all, mut notes) = (Vec::new(), Vec::new());
            read_manifest(&manifest, &mut all, &mut notes);
            let [inline] = all.as_slice() else { panic!("one: {notes:?}") };
            let Covered::Lines { first, last, .. } = &inline.place else { panic!("lines") };
            assert_eq!((*first, *last), expected, "{}", manifest.text);
        };
        check("kind: Pod\nspec:\n  a: true !\n  b: true\n", (3, 3));
        check("kind: Pod\nspec:\n  !\n  a: true\n  b: true\n", (4, 4));
        check("kind: Pod\n!\nspec:\n  a: true\n  b: true\nc: 1\n", (3, 5));
        check("!\nkind: Pod\nspec:\n  a: true\n", (2, 4));
        check("l:\n- n: a\n  x: 1\n!\n- n: b\n  x: 1\n", (5, 6));
        check("l:\n- n: a !\n  x: 1\n- n: b\n", (2, 3));
    }
}

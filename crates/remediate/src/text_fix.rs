//! The edits of one finding as lines of its manifest.

use merlon_model::{Finding, Safety};
use merlon_redaction::markers;
use merlon_snapshot::Snapshot;
use merlon_yaml::edit;
use similar::{DiffOp, TextDiff};

use crate::describe;
use crate::manifests::{edits_of, manifest_of, text_edit};

/// What mends one finding, as changes of its manifest's lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextFix {
    /// What it does, in the imperative and on one line.
    pub summary: String,
    /// The manifest.
    pub path: String,
    /// The lines that change, from the top; none of them touch each other.
    pub changes: Vec<LineChange>,
}

/// Lines that take the place of others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineChange {
    /// The first line that goes, from 1; the one to insert before where none goes.
    pub line: usize,
    /// The text that goes: whole lines with their ends; empty where lines are only inserted.
    pub deleted: String,
    /// What takes its place: whole lines with their ends.
    pub inserted: String,
}

/// The longest manifest that fixes are worked out for, in bytes: it is read again for each finding.
const MAX_TEXT: usize = 256 * 1024;

/// Gives the lines of a manifest that a finding's edits change, with comments and style kept.
///
/// `None` where the finding has no edit, where what was looked at is no file as it stands (rendered
/// text, standard input, a live object), and where a line that would change holds a credential: its
/// text is not known here.
#[must_use]
pub fn text_fix(snapshot: &Snapshot, finding: &Finding) -> Option<TextFix> {
    let inventory = snapshot.inventories.iter().find(|it| it.name == finding.scope)?;
    let wanted = edits_of(finding, true)?;
    let number = manifest_of(inventory, wanted.object, wanted.path, wanted.document)?;
    let manifest = &inventory.manifests[number];
    if manifest.rendered.is_some() || manifest.path == "-" || manifest.text.len() > MAX_TEXT {
        return None;
    }
    let edits = wanted.edits.iter().map(|change| text_edit(wanted.document, change));
    let edits: Vec<_> = edits.collect::<Result<_, _>>().ok()?;
    let changes = changes(&manifest.text, &edit(&manifest.text, &edits).ok()?);
    let is_known = |text: &str| markers(text).next().is_none();
    let are_known = changes.iter().all(|it| is_known(&it.deleted) && is_known(&it.inserted));
    let doubt = match wanted.safety {
        Safety::Safe => "",
        Safety::NeedsReview => " (may break a program that needs it)",
    };
    let summary = format!("{}{doubt}", describe(wanted.action));
    let path = manifest.path.clone();
    (are_known && !changes.is_empty()).then_some(TextFix { summary, path, changes })
}

fn changes(before: &str, after: &str) -> Vec<LineChange> {
    let diff = TextDiff::from_lines(before, after);
    let (old, new) = (diff.old_slices(), diff.new_slices());
    let change = |operation: &DiffOp| {
        let (from, to) = (operation.old_range(), operation.new_range());
        let line = from.start + 1;
        LineChange { line, deleted: old[from].concat(), inserted: new[to].concat() }
    };
    let operations = diff.ops().iter();
    operations.filter(|it| !matches!(it, DiffOp::Equal { .. })).map(change).collect()
}

#[cfg(test)]
mod tests {
    use merlon_controls::example;
    use merlon_engine::{Request, evaluate};
    use merlon_model::Outcome;
    use merlon_snapshot::{FORMAT, Header, Snapshot};

    use super::{TextFix, text_fix};

    fn fixes(control: &str, text: &str) -> Vec<TextFix> {
        let header = Header { format: FORMAT, tool: "test".to_owned(), taken_at: example::NOW };
        let inventories = vec![example::inventory(text)];
        let snapshot = Snapshot { header, nodes: Vec::new(), inventories };
        let request = Request { controls: vec![control.to_owned()], ..Request::default() };
        let report = evaluate(&snapshot, &request).unwrap();
        let failing = report.findings.iter().filter(|finding| finding.outcome == Outcome::Fail);
        assert!(failing.clone().count() > 0, "{control} finds nothing");
        failing.filter_map(|finding| text_fix(&snapshot, finding)).collect()
    }

    /// `expected` is each fix on a line of its own: `line -deleted +inserted`.
    fn check(control: &str, text: &str, expected: &[&str]) {
        let fixes = fixes(control, text);
        let shown: Vec<String> = fixes
            .iter()
            .flat_map(|fix| &fix.changes)
            .map(|it| format!("{} -{:?} +{:?}", it.line, it.deleted, it.inserted))
            .collect();
        assert_eq!(shown, expected);
    }

    const POD: &str = "kind: Pod\napiVersion: v1\nmetadata: {name: a}\nspec:\n";

    #[test]
    fn a_fix_is_the_lines_that_change() {
        check(
            "pod-host-network",
            &format!("{POD}  hostNetwork: true # dns\n  containers: []\n"),
            &[r#"5 -"  hostNetwork: true # dns\n" +"  hostNetwork: false # dns\n""#],
        );
        check(
            "container-privilege-escalation",
            &format!("{POD}  containers:\n  - name: a\n"),
            &[r#"7 -"" +"    securityContext:\n      allowPrivilegeEscalation: false\n""#],
        );
        // The last line has no end.
        check(
            "pod-host-network",
            &format!("{POD}  hostNetwork: yes"),
            &[r#"5 -"  hostNetwork: yes" +"  hostNetwork: false""#],
        );
        check(
            "pod-host-network",
            &format!("{POD}  hostNetwork: on\r\n  hostIPC: on\r\n"),
            &[r#"5 -"  hostNetwork: on\r\n" +"  hostNetwork: false\r\n""#],
        );
    }

    #[test]
    fn lines_with_credentials_are_not_rewritten() {
        let beside = "{name: a, env: [{name: PASSWORD, value: hunter2hunter2}]}";
        check("container-privilege-escalation", &format!("{POD}  containers: [{beside}]\n"), &[]);
    }

    #[test]
    fn what_is_no_file_has_no_fix() {
        let live = format!("# cluster\n{POD}  hostNetwork: true\n");
        check("pod-host-network", &live, &[]);
    }
}

//! Edits of manifests, as a diff or in the files.

use std::collections::BTreeMap;
use std::fs;
use std::io::{Write, stdout};
use std::path::Path;

use anstyle::{AnsiColor, Style};
use anyhow::{Context, bail};
use merlon_controls::why_no_edit;
use merlon_model::{Finding, ObjectEdit, ObjectReference};
use merlon_remediate::{ManifestPlan, ObjectChange, plan_manifests, text_edit};
use merlon_report::visible;
use merlon_snapshot::Manifest;
use similar::{ChangeTag, TextDiff};

use crate::arguments::Fix;
use crate::exit::Exit;
use crate::terminal::Terminal;
use crate::{input, source};

/// Shows the edits that mend manifests, or makes them.
pub fn run(fix: &Fix, terminal: &Terminal) -> anyhow::Result<Exit> {
    if fix.source.paths.iter().any(|path| path == Path::new("-")) {
        bail!("standard input cannot be edited: name files or directories");
    }
    let request = input::request(&fix.selection)?;
    let snapshot = source::snapshot(&fix.source, &request.told)?;
    let plan = plan_manifests(&snapshot, &request, fix.review)?;
    let (files, refused) = edit_files(&plan)?;
    for (path, (before, after)) in &files {
        if fix.write {
            replace(Path::new(path), after)?;
        } else {
            stdout().write_all(diff(path, before, after, terminal.colour).as_bytes())?;
        }
    }
    summarise(&plan, &files, &refused, fix);
    Ok(Exit::Clean)
}

/// Each file's text before and after.
type Texts = BTreeMap<String, (String, String)>;

/// Makes the plan's edits in the texts of the files; gives what could not be made, and why.
fn edit_files(plan: &ManifestPlan) -> anyhow::Result<(Texts, Vec<String>)> {
    let mut files = BTreeMap::new();
    let mut refused = Vec::new();
    for (path, changes) in &plan.files {
        let before = fs::read_to_string(path).with_context(|| format!("manifest {path}"))?;
        let mut after = before.clone();
        let mut wishes = Wishes::default();
        for change in changes {
            let document = document_of(&before, &change.object, change.document);
            if wishes.is_met(document, change) {
                continue;
            }
            match make(&after, change) {
                Ok(text) => after = text,
                Err(why) => refused.push(format!("{path}: {}: {why}", change.object)),
            }
        }
        if after != before {
            files.insert(path.clone(), (before, after));
        }
    }
    Ok((files, refused))
}

/// Edits of one file that several overlays ask for: each counts once.
#[derive(Default)]
struct Wishes<'p> {
    made: BTreeMap<(Option<usize>, &'p ObjectEdit), usize>,
    asked: BTreeMap<(Option<usize>, &'p ObjectEdit, usize), usize>,
}

impl<'p> Wishes<'p> {
    /// Whether another overlay's edit does already what this one asks for.
    fn is_met(&mut self, document: Option<usize>, change: &'p ObjectChange) -> bool {
        let asked = self.asked.entry((document, &change.edit, change.manifest)).or_default();
        *asked += 1;
        let made = self.made.entry((document, &change.edit)).or_default();
        if *asked <= *made {
            return true;
        }
        *made += 1;
        false
    }
}

/// Makes one edit in a file's own text, in which the object may be another document than in what was
/// kept of it.
fn make(text: &str, change: &ObjectChange) -> Result<String, String> {
    let document = document_of(text, &change.object, change.document)
        .ok_or("the file does not hold the object as it is, so it is not edited")?;
    let edit = text_edit(document, &change.edit)?;
    merlon_yaml::edit(text, &[edit]).map_err(|error| error.to_string())
}

/// The number of the document that holds an object: the only one that does, else the one of that
/// number.
fn document_of(text: &str, object: &ObjectReference, number: usize) -> Option<usize> {
    let manifest = Manifest { path: String::new(), text: text.to_owned(), rendered: None };
    let holding: Vec<usize> = manifest
        .contents(0)
        .objects
        .iter()
        .filter(|found| is_same(&found.reference(), object))
        .filter_map(|found| match found.source {
            merlon_snapshot::Source::Manifest { document, .. } => Some(document),
            merlon_snapshot::Source::Api => None,
        })
        .collect();
    match holding.as_slice() {
        [only] => Some(*only),
        several => several.contains(&number).then_some(number),
    }
}

/// Whether an object is the one that was rendered from it: Kustomize gives namespaces, prefixes and
/// suffixes.
fn is_same(written: &ObjectReference, rendered: &ObjectReference) -> bool {
    let namespace = written.namespace.is_none() || written.namespace == rendered.namespace;
    written.kind == rendered.kind
        && written.api_version == rendered.api_version
        && namespace
        && (written.name == rendered.name
            || (written.name.len() > 2 && rendered.name.contains(&written.name)))
}

/// Writes the text beside the file first, so that a full disk leaves the old one whole.
fn replace(path: &Path, text: &str) -> anyhow::Result<()> {
    let name = || format!("manifest {}", path.display());
    let target = fs::canonicalize(path).with_context(name)?;
    let directory = target.parent().context("a file has a directory").with_context(name)?;
    let mut beside = tempfile::NamedTempFile::new_in(directory).with_context(name)?;
    beside.write_all(text.as_bytes()).with_context(name)?;
    let permissions = fs::metadata(&target).with_context(name)?.permissions();
    beside.as_file().set_permissions(permissions).with_context(name)?;
    beside.persist(&target).with_context(name)?;
    Ok(())
}

fn diff(path: &str, before: &str, after: &str, colour: bool) -> String {
    let diff = TextDiff::from_lines(before, after);
    let path = visible(path.trim_start_matches("./").trim_start_matches('/'));
    let mut text = paint(colour, Style::new().bold(), &format!("--- a/{path}\n+++ b/{path}\n"));
    for hunk in diff.unified_diff().context_radius(3).iter_hunks() {
        let head = format!("{}\n", hunk.header());
        text.push_str(&paint(colour, AnsiColor::Cyan.on_default(), &head));
        for change in hunk.iter_changes() {
            let (sign, style) = match change.tag() {
                ChangeTag::Delete => ('-', AnsiColor::Red.on_default()),
                ChangeTag::Insert => ('+', AnsiColor::Green.on_default()),
                ChangeTag::Equal => (' ', Style::new()),
            };
            let value = change.value();
            let line = visible(value.trim_end_matches(['\n', '\r'])).into_owned();
            text.push_str(&paint(colour, style, &format!("{sign}{line}")));
            text.push('\n');
            if change.missing_newline() {
                text.push_str("\\ No newline at end of file\n");
            }
        }
    }
    text
}

fn paint(colour: bool, style: Style, text: &str) -> String {
    if colour { format!("{style}{text}{style:#}") } else { text.to_owned() }
}

fn summarise(plan: &ManifestPlan, files: &Texts, refused: &[String], fix: &Fix) {
    let edits: usize = plan.files.values().map(Vec::len).sum();
    let done = if fix.write { "made" } else { "to make" };
    anstream::eprintln!(
        "{} {done} in {} mend {}; {} left.",
        counted(edits, "edit"),
        counted(files.len(), "file"),
        counted(plan.mended.len(), "finding"),
        plan.left.len()
    );
    for refusal in refused {
        anstream::eprintln!("  not made: {}", visible(refusal));
    }
    let mut left: BTreeMap<(&str, &str), Vec<&Finding>> = BTreeMap::new();
    for (finding, why) in &plan.left {
        left.entry((&finding.control, why)).or_default().push(finding);
    }
    for ((control, why), findings) in left {
        let resource = findings.first().map_or("", |finding| finding.resource.as_str());
        let more = match findings.len() {
            0 | 1 => String::new(),
            several => format!(" and {} more", several - 1),
        };
        anstream::eprintln!("  {control}: {}{more}: {}", visible(resource), visible(why));
        if let Some(why) = why_no_edit(control) {
            anstream::eprintln!("    no edit, because {why}");
        }
    }
    if !fix.write && !files.is_empty() {
        anstream::eprintln!("Nothing was changed: --write makes these edits.");
    }
}

fn counted(number: usize, what: &str) -> String {
    if number == 1 { format!("1 {what}") } else { format!("{number} {what}s") }
}

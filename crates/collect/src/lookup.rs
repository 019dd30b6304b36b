//! Looking at what evaluation wants to see.

use std::collections::{BTreeMap, BTreeSet};

use merlon_snapshot::{Cause, DocumentKind, FileKind, Gap, Lookup, Node, Subject, Want, Wanted};

use crate::accounts::Accounts;
use crate::certificates;
use crate::root::{Found, HostRoot, trimmed};
use crate::secrets;
use crate::trouble::Trouble;

/// A configuration file is a few KiB; an audit policy can have some hundred.
const DOCUMENT_LIMIT: usize = 4 << 20;
/// A bundle of every public authority has about 250 KiB.
const CERTIFICATES_LIMIT: usize = 2 << 20;
const NAMES_LIMIT: usize = 8192;
const DEPTH_LIMIT: usize = 4;
const ROUNDS_LIMIT: usize = 32;
const WANTED_LIMIT: usize = 16_384;
const CERTIFICATES_COUNT_LIMIT: usize = 8192;

/// Collects what is wanted, until nothing new is.
///
/// What stood in a configuration file can make evaluation want other files, so it is asked again
/// after each round.
pub(crate) fn collect(
    root: &HostRoot,
    accounts: &Accounts,
    mut node: Node,
    wanted: impl Fn(&Node) -> BTreeSet<Wanted>,
) -> Node {
    let mut tried = BTreeSet::new();
    let mut roots = BTreeMap::new();
    for round in 0.. {
        let fresh: Vec<Wanted> =
            wanted(&node).into_iter().filter(|each| !tried.contains(each)).collect();
        if fresh.is_empty() {
            break;
        }
        let is_last = round == ROUNDS_LIMIT;
        for each in fresh {
            if is_last || tried.len() == WANTED_LIMIT {
                let trouble = Trouble::new(Cause::LimitReached, "too much was looked up before it");
                node.gaps.push(trouble.at(Subject::of_path(each.path)));
                continue;
            }
            let mut look = Look { root, accounts, node: &mut node, roots: &mut roots };
            look.at(&each);
            tried.insert(each);
        }
        if is_last || tried.len() == WANTED_LIMIT {
            break;
        }
    }
    node
}

/// The roots of processes, by process id.
type Roots = BTreeMap<u32, Result<HostRoot, Trouble>>;

struct Look<'a> {
    root: &'a HostRoot,
    accounts: &'a Accounts,
    node: &'a mut Node,
    roots: &'a mut Roots,
}

impl Look<'_> {
    fn at(&mut self, wanted: &Wanted) {
        let path = trimmed(&wanted.path);
        let result = self.state(path).and_then(|found| match found {
            Some(found) => self.contents(path, &wanted.want, &found),
            None => Ok(()),
        });
        if let Err(trouble) = result {
            // It is noted under the name it was asked for.
            self.gap(&wanted.path, trouble);
        } else if path != wanted.path
            && let Some(lookup) = self.node.files.get(path).cloned()
        {
            self.node.files.insert(wanted.path.clone(), lookup);
        }
    }

    fn gap(&mut self, path: &str, trouble: Trouble) {
        let gap: Gap = trouble.at(Subject::of_path(path));
        if !self.node.gaps.contains(&gap) {
            self.node.gaps.push(gap);
        }
    }

    /// Notes the state of a path and of the directories above it, by its name and by where it
    /// really stands.
    fn state(&mut self, path: &str) -> Result<Option<Found>, Trouble> {
        if !path.starts_with('/') {
            return Err(Trouble::new(Cause::Other, "not an absolute path"));
        }
        let found = self.find(path)?;
        let resolved = found
            .as_ref()
            .and_then(|found| found.resolved())
            .map(|resolved| format!("{}{resolved}", process_prefix(path)));
        self.note(path, found.as_ref());
        self.above(path);
        if let Some(resolved) = resolved {
            self.above(&resolved);
        }
        Ok(found)
    }

    fn above(&mut self, path: &str) {
        let prefix = process_prefix(path).len();
        let mut inside = &path[prefix..];
        while let Some(end) = inside.rfind('/') {
            let parent =
                if end == 0 && prefix > 0 { &path[..prefix] } else { &path[..prefix + end.max(1)] };
            if parent != path && !self.node.files.contains_key(parent) {
                match self.find(parent) {
                    Ok(found) => self.note(parent, found.as_ref()),
                    Err(trouble) => self.gap(parent, trouble),
                }
            }
            inside = &inside[..end];
        }
    }

    fn note(&mut self, path: &str, found: Option<&Found>) {
        let lookup = match found {
            Some(found) => {
                let mut file = found.file(self.accounts);
                file.resolved =
                    file.resolved.map(|resolved| format!("{}{resolved}", process_prefix(path)));
                Lookup::Present(file)
            }
            None => Lookup::Absent,
        };
        self.node.files.insert(path.to_owned(), lookup);
    }

    fn find(&mut self, path: &str) -> Result<Option<Found>, Trouble> {
        let prefix = process_prefix(path);
        let Some(pid) = process_of(prefix) else {
            return self.root.find(path);
        };
        let root = self.roots.entry(pid).or_insert_with(|| self.root.of_process(pid));
        match root {
            Ok(root) => root.find(&path[prefix.len()..]),
            Err(trouble) => Err(trouble.clone()),
        }
    }

    fn contents(&mut self, path: &str, want: &Want, found: &Found) -> Result<(), Trouble> {
        match want {
            Want::State => Ok(()),
            Want::Document(kind) => self.document(path, *kind, found),
            Want::Directory => self.directory(path, found).map(drop),
            Want::Certificates if found.kind() == FileKind::Directory => {
                self.certificates_below(path, found, DEPTH_LIMIT)
            }
            Want::Certificates => self.certificates(path, found),
        }
    }

    fn document(&mut self, path: &str, kind: DocumentKind, found: &Found) -> Result<(), Trouble> {
        if self.node.documents.contains_key(path) {
            return Ok(());
        }
        let text = found.text(DOCUMENT_LIMIT)?;
        if kind == DocumentKind::Kubeconfig {
            let embedded = certificates::embedded(path, &text);
            self.add(path, embedded);
        }
        let document = secrets::document(kind, &text)?;
        self.node.documents.insert(path.to_owned(), document);
        Ok(())
    }

    /// Notes the names in a directory and the state of each.
    fn directory(&mut self, path: &str, found: &Found) -> Result<Vec<String>, Trouble> {
        if let Some(names) = self.node.directories.get(path) {
            return Ok(names.clone());
        }
        let listed = found.names(NAMES_LIMIT)?;
        for name in &listed.names {
            let path = joined(path, name);
            if !self.node.files.contains_key(&path) {
                match self.find(&path) {
                    // It was there a moment ago: a link to nothing, or it was removed.
                    Ok(found) => self.note(&path, found.as_ref()),
                    Err(trouble) => self.gap(&path, trouble),
                }
            }
        }
        if listed.cut {
            let detail = format!("more than {NAMES_LIMIT} names");
            self.gap(path, Trouble::new(Cause::LimitReached, detail));
        }
        if listed.not_utf8 {
            self.gap(path, Trouble::new(Cause::NotUtf8, "a name in the directory"));
        }
        self.node.directories.insert(path.to_owned(), listed.names.clone());
        Ok(listed.names)
    }

    fn certificates_below(
        &mut self,
        path: &str,
        found: &Found,
        depth: usize,
    ) -> Result<(), Trouble> {
        for name in self.directory(path, found)? {
            let path = joined(path, &name);
            let below = match self.find(&path) {
                Ok(Some(found)) => found,
                Ok(None) => continue,
                // Noted when the directory was listed.
                Err(_) => continue,
            };
            let result = match below.kind() {
                FileKind::Directory if depth == 0 => Err(Trouble::new(
                    Cause::LimitReached,
                    format!("more than {DEPTH_LIMIT} directories below the first"),
                )),
                // A link could lead up again.
                FileKind::Directory if below.resolved().is_some() => Ok(()),
                FileKind::Directory => self.certificates_below(&path, &below, depth - 1),
                FileKind::Regular if certificates::is_named_like_one(&name) => {
                    self.certificates(&path, &below)
                }
                _ => Ok(()),
            };
            if let Err(trouble) = result {
                self.gap(&path, trouble);
            }
        }
        Ok(())
    }

    fn certificates(&mut self, path: &str, found: &Found) -> Result<(), Trouble> {
        if self.node.certificates.iter().any(|each| each.path == path) {
            return Ok(());
        }
        let bytes = found.read(CERTIFICATES_LIMIT)?;
        let read = certificates::read(path, &bytes);
        self.add(path, read);
        Ok(())
    }

    fn add(&mut self, path: &str, read: certificates::Certificates) {
        for trouble in read.troubles {
            self.gap(path, trouble);
        }
        for certificate in read.certificates {
            if self.node.certificates.len() == CERTIFICATES_COUNT_LIMIT {
                let detail = format!("more than {CERTIFICATES_COUNT_LIMIT} certificates");
                self.gap(path, Trouble::new(Cause::LimitReached, detail));
                return;
            }
            if !self.node.certificates.contains(&certificate) {
                self.node.certificates.push(certificate);
            }
        }
    }
}

fn joined(directory: &str, name: &str) -> String {
    match directory {
        "/" => format!("/{name}"),
        _ => format!("{directory}/{name}"),
    }
}

/// `/proc/PID/root` of a path below that, or nothing.
fn process_prefix(path: &str) -> &str {
    let Some(rest) = path.strip_prefix("/proc/") else {
        return "";
    };
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    match rest[digits..].strip_prefix("/root") {
        Some(below) if digits > 0 && (below.is_empty() || below.starts_with('/')) => {
            &path[..path.len() - below.len()]
        }
        _ => "",
    }
}

fn process_of(prefix: &str) -> Option<u32> {
    prefix.strip_prefix("/proc/")?.strip_suffix("/root")?.parse().ok()
}

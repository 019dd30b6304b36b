//! From the paths that were named to what there is to read and to render.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use ignore::{DirEntry, WalkBuilder};
use merlon_snapshot::{Cause, Gap};

use super::{ManifestOptions, manifest, shown};
use crate::trouble::Trouble;

/// The names of a kustomization, in the order in which Kustomize looks for them.
pub(super) const KUSTOMIZATION_FILES: [&str; 3] =
    ["kustomization.yaml", "kustomization.yml", "Kustomization"];

/// The parts of a chart that Helm reads and that mean nothing without it.
const CHART_PARTS: [&str; 6] =
    ["templates", "charts", "crds", "Chart.yaml", "values.yaml", "requirements.yaml"];

/// Ignore files are a few lines; whoever has larger ones has something else in mind.
const IGNORE_FILE_LIMIT: u64 = 1 << 20;

/// A file or directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// As it was named, or found below what was named.
    pub(super) shown: String,
    /// Without links, to tell the same place by.
    pub(super) real: PathBuf,
    /// Whether it was named itself.
    pub(super) named: bool,
}

/// What there is.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) standard_input: bool,
    /// Files that may be manifests, those that belong to charts left out.
    pub(super) files: Vec<Place>,
    /// Directories of charts, those inside other charts left out.
    pub(super) charts: Vec<Place>,
    /// Files that may be kustomizations.
    pub(super) kustomizations: Vec<Place>,
    /// Directories that were named, without links.
    pub(super) roots: Vec<PathBuf>,
    pub(super) gaps: Vec<Gap>,
    /// How many of the named paths do not exist.
    pub(super) missing: usize,
}

/// Finds what there is at `paths`, each thing once.
pub(super) fn walk(paths: &[PathBuf], options: &ManifestOptions) -> Found {
    let mut search = Search::new(options);
    for path in paths {
        if path.as_os_str() == "-" {
            search.found.standard_input = true;
        } else {
            search.named(path);
        }
    }
    search.follow_links();
    search.finish()
}

struct Search<'a> {
    options: &'a ManifestOptions,
    found: Found,
    seen: BTreeSet<PathBuf>,
    links: Vec<(PathBuf, PathBuf)>,
    full: bool,
}

impl<'a> Search<'a> {
    fn new(options: &'a ManifestOptions) -> Self {
        Self {
            options,
            found: Found::default(),
            seen: BTreeSet::new(),
            links: Vec::new(),
            full: false,
        }
    }

    fn named(&mut self, path: &Path) {
        let real = match fs::canonicalize(path) {
            Ok(real) => real,
            Err(error) => {
                if error.kind() == io::ErrorKind::NotFound {
                    self.found.missing += 1;
                }
                self.found.gaps.push(not_reached(error).at(manifest(&shown(path))));
                return;
            }
        };
        if real.is_dir() {
            self.directory(path, &real);
        } else {
            self.file(Place { shown: shown(path), real, named: true });
        }
    }

    fn directory(&mut self, path: &Path, real: &Path) {
        self.found.roots.push(real.to_owned());
        let refused = Arc::new(Mutex::new(Vec::new()));
        let mut builder = WalkBuilder::new(path);
        let honour = self.options.honour_ignore_files;
        builder
            .hidden(true)
            .ignore(honour)
            .git_ignore(honour)
            .git_exclude(false)
            .git_global(false)
            .require_git(false)
            .parents(
                honour && real.ancestors().skip(1).all(|above| odd_ignore_file(above).is_none()),
            )
            .follow_links(false)
            .sort_by_file_name(std::ffi::OsStr::cmp);
        if honour {
            if let Some(trouble) = odd_ignore_file(path) {
                self.found.gaps.push(trouble.at(manifest(&shown(path))));
                return;
            }
            let refused = Arc::clone(&refused);
            builder.filter_entry(move |entry| enterable(entry, &refused));
        }
        for entry in builder.build() {
            match entry {
                Ok(entry) => self.entry(&entry, path, real),
                Err(error) => self.found.gaps.push(unseen(path, &error)),
            }
        }
        // Whoever panicked while holding it has ended the walk before.
        if let Ok(mut refused) = refused.lock() {
            self.found.gaps.append(&mut refused);
        }
    }

    fn entry(&mut self, entry: &DirEntry, root: &Path, real_root: &Path) {
        let Some(kind) = entry.file_type() else { return };
        // Links to directories are not entered, so what is below has no other path.
        let real = match entry.path().strip_prefix(root) {
            Ok(below) if below.as_os_str().is_empty() => real_root.to_owned(),
            Ok(below) => real_root.join(below),
            Err(_) => return,
        };
        let place = Place { shown: shown(entry.path()), real, named: false };
        let name = entry.file_name().to_str().unwrap_or_default();
        if kind.is_symlink() {
            self.links.push((entry.path().to_owned(), place.real));
        } else if kind.is_file() && (has_manifest_name(entry.path()) || is_kustomization(name)) {
            self.file(place);
        } else if !kind.is_dir() && !kind.is_file() && has_manifest_name(entry.path()) {
            let detail = "a pipe, socket or device where a file was expected";
            let trouble = Trouble::new(Cause::WrongKind, detail);
            self.found.gaps.push(trouble.at(manifest(&place.shown)));
        }
    }

    /// Takes a file for what its name says.
    fn file(&mut self, place: Place) {
        let name = place.real.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let above = |place: &Place| {
            let directory = Path::new(&place.shown).parent().unwrap_or(Path::new(""));
            Place { shown: shown(directory), real: parent(&place.real), named: place.named }
        };
        if !self.seen.insert(place.real.clone()) {
            return;
        }
        if name == "Chart.yaml" {
            self.found.charts.push(above(&place));
        } else if is_kustomization(name) {
            self.found.kustomizations.push(above(&place));
            self.found.files.push(place);
        } else if self.found.files.len() < self.options.max_files {
            self.found.files.push(place);
        } else if !self.full {
            self.full = true;
            let detail = format!("only the first {} files are read", self.options.max_files);
            let trouble = Trouble::new(Cause::LimitReached, detail);
            self.found.gaps.push(trouble.at(manifest(&place.shown)));
        }
    }

    /// Reads what links inside the tree lead to, unless it was met there, and tells of all others.
    fn follow_links(&mut self) {
        for (link, name) in std::mem::take(&mut self.links) {
            let wanted = has_manifest_name(&link);
            let target = match fs::canonicalize(&name) {
                Ok(target) => target,
                Err(error) if wanted => {
                    self.found.gaps.push(not_reached(error).at(manifest(&shown(&link))));
                    continue;
                }
                Err(_) => continue,
            };
            let inside = self.found.roots.iter().any(|root| target.starts_with(root));
            if inside && wanted && target.is_file() {
                let place = Place { shown: shown(&link), real: target, named: false };
                self.file(place);
            } else if !inside && (wanted || target.is_dir()) {
                let detail = "a link out of what was named is not followed; name its target too";
                let trouble = Trouble::new(Cause::Other, detail);
                self.found.gaps.push(trouble.at(manifest(&shown(&link))));
            }
        }
    }

    /// Leaves out what belongs to charts.
    fn finish(mut self) -> Found {
        let all: BTreeSet<PathBuf> =
            self.found.charts.iter().map(|chart| chart.real.clone()).collect();
        let part_of_chart = |real: &Path| {
            real.ancestors().skip(1).filter(|above| all.contains(*above)).any(|chart| {
                let part = real.strip_prefix(chart).ok().and_then(|below| below.iter().next());
                part.is_some_and(|part| CHART_PARTS.iter().any(|known| part == *known))
            })
        };
        self.found.files.retain(|file| file.named || !part_of_chart(&file.real));
        self.found.charts.retain(|chart| !part_of_chart(&chart.real));
        self.found.kustomizations.retain(|place| !part_of_chart(&place.real));
        self.found
    }
}

fn parent(path: &Path) -> PathBuf {
    path.parent().unwrap_or(path).to_owned()
}

fn has_manifest_name(path: &Path) -> bool {
    let extension = path.extension().and_then(|extension| extension.to_str());
    matches!(extension, Some("yaml" | "yml" | "json"))
}

fn is_kustomization(name: &str) -> bool {
    KUSTOMIZATION_FILES.contains(&name)
}

/// Whether a directory may be entered: the walker opens ignore files without looking what they are.
fn enterable(entry: &DirEntry, refused: &Mutex<Vec<Gap>>) -> bool {
    if !entry.file_type().is_some_and(|kind| kind.is_dir()) {
        return true;
    }
    let Some(trouble) = odd_ignore_file(entry.path()) else { return true };
    if let Ok(mut refused) = refused.lock() {
        refused.push(trouble.at(manifest(&shown(entry.path()))));
    }
    false
}

fn odd_ignore_file(directory: &Path) -> Option<Trouble> {
    [".gitignore", ".ignore"].into_iter().find_map(|name| {
        let metadata = fs::metadata(directory.join(name)).ok()?;
        if !metadata.is_file() && !metadata.is_dir() {
            return Some(Trouble::new(Cause::WrongKind, format!("{name} in it is no file")));
        }
        (metadata.len() > IGNORE_FILE_LIMIT).then(|| {
            let detail = format!("{name} in it has more than {IGNORE_FILE_LIMIT} bytes");
            Trouble::new(Cause::TooLarge, detail)
        })
    })
}

fn not_reached(error: io::Error) -> Trouble {
    match error.kind() {
        io::ErrorKind::NotFound => Trouble::new(Cause::Other, "there is no such file or directory"),
        _ => error.into(),
    }
}

fn unseen(root: &Path, error: &ignore::Error) -> Gap {
    let path = path_of(error).unwrap_or(root);
    let trouble = match error.io_error().and_then(io::Error::raw_os_error) {
        Some(number) => io::Error::from_raw_os_error(number).into(),
        None => Trouble::new(Cause::Other, error.to_string()),
    };
    trouble.at(manifest(&shown(path)))
}

fn path_of(error: &ignore::Error) -> Option<&Path> {
    match error {
        ignore::Error::WithPath { path, .. } => Some(path),
        ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => {
            path_of(err)
        }
        _ => None,
    }
}

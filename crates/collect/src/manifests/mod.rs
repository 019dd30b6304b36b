//! Manifests: files, standard input, what Helm and Kustomize render.

mod changed;
mod cut;
mod files;
mod helm;
mod kustomization;
mod kustomize;
mod provenance;
mod redact;
mod rendered;
mod template;
mod text;
mod tool;
mod walk;

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::Duration;

use merlon_snapshot::{Cause, Gap, Inventory, Origin, Source, Subject};
use thiserror::Error;

pub use self::changed::{ChangedError, changed_since};
#[cfg(fuzzing)]
pub(crate) use self::{provenance::provenance, rendered::split};

use self::files::{Origin as FileOrigin, read};
use self::text::{Piece, Reading, reading};
use self::walk::{Found, walk};

/// What is read, and how.
#[derive(Clone, Debug)]
pub struct ManifestOptions {
    /// Whether files that `.gitignore` and `.ignore` name are left out; those named on their own
    /// are always read.
    pub honour_ignore_files: bool,
    /// The largest file that is read, in bytes; the parser's own limit is 16 MiB.
    pub max_file_bytes: usize,
    /// How many files are read at most.
    pub max_files: usize,
    /// How many bytes of text are kept at most.
    pub max_total_bytes: usize,
    /// How long one rendering by Helm or Kustomize may take.
    pub render_time: Duration,
    /// How charts are rendered.
    pub helm: HelmOptions,
    /// The `kustomize` to run; otherwise `kustomize` or else `kubectl` is looked for on `PATH`.
    pub kustomize: Option<PathBuf>,
}

/// How charts are rendered.
#[derive(Clone, Debug, Default)]
pub struct HelmOptions {
    /// The `helm` to run; otherwise it is looked for on `PATH`.
    pub program: Option<PathBuf>,
    /// The name of the release; otherwise the chart's name.
    pub release: Option<String>,
    /// The namespace of the release.
    pub namespace: Option<String>,
    /// The release of Kubernetes that charts are rendered for: `1.33.0`.
    pub kube_version: Option<String>,
    /// Files of values, the last one deciding.
    pub values: Vec<PathBuf>,
    /// Single values: `image.tag=v2`.
    pub set: Vec<String>,
}

impl Default for ManifestOptions {
    fn default() -> Self {
        Self {
            honour_ignore_files: true,
            max_file_bytes: 16 << 20,
            max_files: 100_000,
            max_total_bytes: 512 << 20,
            render_time: Duration::from_secs(60),
            helm: HelmOptions::default(),
            kustomize: None,
        }
    }
}

/// None of the paths that were named exists.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error(
    "{}: there is no such file or directory; name a file, a directory, or - for standard input",
    paths.join(", ")
)]
pub struct NothingThere {
    /// The paths as they were named.
    pub paths: Vec<String>,
}

/// Reads the manifests at `paths`: files, directories with all below them, `-` for standard input.
///
/// A directory with a `Chart.yaml` is rendered by Helm and one with a kustomization by Kustomize,
/// without a cluster and without network. Secrets are cut out of every text before it is kept.
/// What cannot be read or rendered is a gap, and everything else is read all the same.
///
/// # Errors
/// When paths are named and none of them exists.
pub fn manifests(paths: &[PathBuf], options: &ManifestOptions) -> Result<Inventory, NothingThere> {
    collect(paths, options, &mut std::io::stdin().lock())
}

fn collect(
    paths: &[PathBuf],
    options: &ManifestOptions,
    input: &mut dyn Read,
) -> Result<Inventory, NothingThere> {
    let found = walk(paths, options);
    if !paths.is_empty() && found.missing == paths.len() {
        return Err(NothingThere { paths: paths.iter().map(|path| shown(path)).collect() });
    }
    let mut collection = Collection { room: options.max_total_bytes, ..Collection::default() };
    if found.standard_input {
        match files::read_stream(input, options.max_file_bytes) {
            Ok(text) => collection.take(reading("-", text, None)),
            Err(trouble) => collection.gaps.push(trouble.at(manifest("-"))),
        }
    }
    render_charts(&found, options, &mut collection);
    let rendered = kustomize::build_all(&found, options, &mut collection);
    read_files(&found, &rendered, options, &mut collection);
    collection.gaps.extend(found.gaps);
    let name = paths.iter().map(|path| shown(path)).collect::<Vec<_>>().join(", ");
    Ok(collection.into_inventory(name))
}

fn render_charts(found: &Found, options: &ManifestOptions, collection: &mut Collection) {
    for chart in &found.charts {
        match helm::render(chart, &found.roots, options) {
            Ok(texts) => {
                for text in texts {
                    collection.take(reading(&text.path, text.text, Some(text.rendered)));
                }
            }
            Err(helm::NotRendered::Library) => collection.skipped += 1,
            Err(helm::NotRendered::Trouble(trouble)) => {
                collection.gaps.push(trouble.at(manifest(&chart.shown)));
            }
        }
    }
}

fn read_files(
    found: &Found,
    rendered: &BTreeSet<PathBuf>,
    options: &ManifestOptions,
    collection: &mut Collection,
) {
    let files = found.files.iter().filter(|file| !rendered.contains(&file.real));
    for file in files {
        let origin = if file.named { FileOrigin::Named } else { FileOrigin::Found };
        match read(&file.real, origin, options.max_file_bytes) {
            Ok(text) => collection.take(reading(&file.shown, text, None)),
            Err(trouble) => collection.gaps.push(trouble.at(manifest(&file.shown))),
        }
    }
}

/// What has been read so far.
#[derive(Default)]
struct Collection {
    pieces: Vec<Piece>,
    gaps: Vec<Gap>,
    skipped: usize,
    room: usize,
}

impl Collection {
    fn take(&mut self, reading: Reading) {
        match reading {
            Reading::Kubernetes(piece) => match self.room.checked_sub(piece.manifest.text.len()) {
                Some(room) => {
                    self.room = room;
                    self.pieces.push(piece);
                }
                None => self.gaps.push(Gap {
                    subject: manifest(&piece.manifest.path),
                    cause: Cause::LimitReached,
                    detail: "no more text is kept of one scan; scan in parts".to_owned(),
                }),
            },
            Reading::Foreign => self.skipped += 1,
            Reading::Broken(gaps) => self.gaps.extend(gaps),
        }
    }

    /// Everything in the order of paths, whatever the order in which it was read.
    fn into_inventory(mut self, name: String) -> Inventory {
        self.pieces.sort_by(|left, right| left.manifest.path.cmp(&right.manifest.path));
        let mut manifests = Vec::with_capacity(self.pieces.len());
        let mut objects = Vec::with_capacity(self.pieces.len());
        for (number, piece) in self.pieces.into_iter().enumerate() {
            manifests.push(piece.manifest);
            self.gaps.extend(piece.gaps);
            objects.extend(piece.objects.into_iter().map(|mut object| {
                if let Source::Manifest { manifest, .. } = &mut object.source {
                    *manifest = number;
                }
                object
            }));
        }
        self.gaps.sort_unstable();
        self.gaps.dedup();
        let origin = Origin::Manifests { skipped: self.skipped };
        Inventory { name, origin, manifests, objects, gaps: self.gaps }
    }
}

fn manifest(path: &str) -> Subject {
    Subject::Manifest { path: path.to_owned(), line: None }
}

/// A path as people named it, without `./` before it.
fn shown(path: &Path) -> String {
    let shown = path.to_string_lossy();
    let mut rest = &*shown;
    while let Some(inner) = rest.strip_prefix("./") {
        rest = inner.trim_start_matches('/');
    }
    if rest.is_empty() { ".".to_owned() } else { rest.to_owned() }
}

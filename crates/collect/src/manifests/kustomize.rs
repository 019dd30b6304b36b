//! Building kustomizations.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use merlon_snapshot::{Cause, Rendered};

use super::kustomization::{Kustomization, closure};
use super::text::reading;
use super::walk::{Found, Place};
use super::{Collection, ManifestOptions, manifest, tool};
use crate::trouble::Trouble;

mod sources;

use self::sources::Sources;

/// Builds the kustomizations that no other one uses, and gives the files that were spoken for.
///
/// Those are not to be read as they stand: resources because they are in what was built, patches
/// because they are no objects. Where something cannot be built its resources are read as they
/// stand, and the kustomizations that it uses are built instead.
pub(super) fn build_all(
    found: &Found,
    options: &ManifestOptions,
    collection: &mut Collection,
) -> BTreeSet<PathBuf> {
    let limit = options.max_file_bytes;
    let ours: BTreeMap<&Path, (&Place, Kustomization)> = found
        .kustomizations
        .iter()
        .filter_map(|place| Some((&*place.real, (place, Kustomization::read(&place.real, limit)?))))
        .collect();
    let mut spoken_for: BTreeSet<PathBuf> = BTreeSet::new();
    for (_, kustomization) in ours.values() {
        spoken_for.insert(kustomization.file.clone());
        spoken_for.extend(kustomization.fragments.iter().cloned());
    }
    let known: BTreeMap<&Path, &str> =
        found.files.iter().map(|file| (&*file.real, &*file.shown)).collect();
    let mut settled: BTreeSet<PathBuf> = BTreeSet::new();
    for place in in_order(&ours) {
        if settled.contains(&place.real) {
            continue;
        }
        let mut pending = VecDeque::from([place]);
        while let Some(place) = pending.pop_front() {
            if !settled.insert(place.real.clone()) {
                continue;
            }
            let made_of = closure(&place.real, limit);
            if made_of.get(&place.real).is_some_and(|it| it.component) {
                collection.skipped += 1;
                continue;
            }
            match build(place, &made_of, &known, options, collection) {
                Ok(()) => {
                    settled.extend(made_of.keys().cloned());
                    for kustomization in made_of.into_values() {
                        spoken_for.extend(kustomization.resources);
                        spoken_for.extend(kustomization.fragments);
                    }
                }
                Err(mut trouble) => {
                    let missing = trouble.cause == Cause::ToolMissing;
                    trouble.detail.push_str("; its resources are read as they stand");
                    collection.gaps.push(trouble.at(manifest(&place.shown)));
                    let uses = ours.get(&*place.real).map(|(_, it)| &it.directories);
                    let uses = uses.into_iter().flatten().filter_map(|used| ours.get(&**used));
                    if missing {
                        settled.extend(made_of.into_keys());
                    } else {
                        pending.extend(uses.map(|(place, _)| *place));
                    }
                }
            }
        }
    }
    spoken_for
}

/// First those that no other one uses; of a ring, in which each uses another, all come after.
fn in_order<'a>(ours: &BTreeMap<&Path, (&'a Place, Kustomization)>) -> Vec<&'a Place> {
    let used: BTreeSet<&PathBuf> =
        ours.values().flat_map(|(_, kustomization)| &kustomization.directories).collect();
    let (mut first, then): (Vec<&Place>, Vec<&Place>) =
        ours.values().map(|(place, _)| *place).partition(|place| !used.contains(&place.real));
    first.extend(then);
    first
}

fn build(
    place: &Place,
    made_of: &BTreeMap<PathBuf, Kustomization>,
    known: &BTreeMap<&Path, &str>,
    options: &ManifestOptions,
    collection: &mut Collection,
) -> Result<(), Trouble> {
    if let Some(remote) = made_of.values().find_map(|it| it.remote.first()) {
        let detail = format!(
            "it takes {} from elsewhere, and nothing is fetched; scan what `kustomize build` writes",
            without_credentials(remote)
        );
        return Err(Trouble::new(Cause::Unreachable, detail));
    }
    let parts = made_of.values().flat_map(|it| it.resources.iter().chain(&it.fragments));
    for part in parts {
        readable(part, options.max_file_bytes)?;
    }
    let output = run(place, options)?;
    let sources = Sources::read(made_of, options.max_file_bytes);
    let mut texts: BTreeMap<String, (String, Vec<Option<u32>>)> = BTreeMap::new();
    for document in documents(&output) {
        let (path, lines) = match sources.origin(document) {
            Some(origin) => (shown(&origin.file, place, known), origin.lines),
            None => (place.shown.clone(), document.lines().map(|_| None).collect()),
        };
        let (text, all) = texts.entry(path).or_default();
        if !text.is_empty() {
            text.push_str("---\n");
            all.push(None);
        }
        text.push_str(document);
        all.extend(lines);
    }
    for (path, (text, lines)) in texts {
        let rendered = Rendered::Kustomize { directory: place.shown.clone(), lines };
        collection.take(reading(&path, text, Some(rendered)));
    }
    Ok(())
}

/// Kustomize reads files of any size, and waits at pipes.
fn readable(part: &Path, limit: usize) -> Result<(), Trouble> {
    let metadata = fs::metadata(part)?;
    if !metadata.is_file() {
        let detail = format!("{} is no file", part.display());
        return Err(Trouble::new(Cause::WrongKind, detail));
    }
    if metadata.len() > u64::try_from(limit).unwrap_or(u64::MAX) {
        let detail = format!("{} has more than {limit} bytes", part.display());
        return Err(Trouble::new(Cause::TooLarge, detail));
    }
    Ok(())
}

fn run(place: &Place, options: &ManifestOptions) -> Result<String, Trouble> {
    let build = |program: PathBuf, task: &str| {
        let arguments: Vec<OsString> = vec![task.into(), place.real.clone().into_os_string()];
        tool::render(&program, &arguments, options.render_time)
    };
    let own = match &options.kustomize {
        Some(program) => tool::is_executable(program).then(|| program.clone()),
        None => tool::on_path("kustomize"),
    };
    if let Some(program) = own {
        return build(program, "build");
    }
    if options.kustomize.is_none()
        && let Some(program) = tool::on_path("kubectl")
    {
        return build(program, "kustomize");
    }
    let detail = "neither kustomize nor kubectl, which build it, is installed; install one, or scan \
                  what `kustomize build` writes";
    Err(Trouble::new(Cause::ToolMissing, detail))
}

/// The documents that Kustomize wrote, each with its final line break.
fn documents(output: &str) -> impl Iterator<Item = &str> {
    let output = output.strip_prefix("---\n").unwrap_or(output);
    let mut rest = Some(output);
    std::iter::from_fn(move || {
        let text = rest?;
        match text.find("\n---\n") {
            Some(at) => {
                rest = Some(&text[at + "\n---\n".len()..]);
                Some(&text[..=at])
            }
            None => {
                rest = None;
                Some(text)
            }
        }
    })
    .filter(|document| !document.trim().is_empty())
}

/// `https://user:password@host/…` without what stands before the host.
fn without_credentials(remote: &str) -> String {
    match remote.split_once("://") {
        Some((scheme, rest)) => {
            let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
            let host = host.rsplit('@').next().unwrap_or(host);
            format!("{scheme}://{host}/{path}")
        }
        None => remote.to_owned(),
    }
}

/// The path of a file as it was found, or else from the kustomization's own.
fn shown(file: &Path, place: &Place, known: &BTreeMap<&Path, &str>) -> String {
    if let Some(known) = known.get(file) {
        return (*known).to_owned();
    }
    let mut up = 0;
    let common = place.real.ancestors().find(|above| {
        let common = file.starts_with(above);
        up += usize::from(!common);
        common
    });
    let below = common.and_then(|common| file.strip_prefix(common).ok()).unwrap_or(file);
    let mut path = PathBuf::from(if place.shown == "." { "" } else { &place.shown });
    for _ in 0..up {
        match path.file_name() {
            Some(name) if name != ".." => {
                path.pop();
            }
            _ => path.push(".."),
        }
    }
    path.join(below).to_string_lossy().into_owned()
}

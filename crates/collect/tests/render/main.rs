//! Charts and kustomizations through the real Helm and the real Kustomize.

#![expect(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

mod charts;
mod kustomizations;

use std::fs;
use std::path::Path;
use std::process::ExitCode;

use merlon_collect::{ManifestOptions, manifests};
use merlon_snapshot::{Inventory, Source, Subject};
use merlon_testkit::{Need, Suite, Tool};
use merlon_yaml::LineIndex;
use tempfile::TempDir;

fn main() -> ExitCode {
    let mut suite = Suite::new();
    macro_rules! tests {
        ($tool:expr, $($module:ident :: $name:ident),* $(,)?) => {
            $(suite = suite.alone(
                stringify!($name),
                "has a directory of its own",
                &[Need::Tool($tool)],
                $module::$name,
            );)*
        };
    }
    tests!(
        Tool::Helm,
        charts::a_chart_is_rendered_by_template,
        charts::rendered_lines_lead_to_the_template_and_its_values,
        charts::subcharts_are_rendered_with_their_parents,
        charts::values_release_and_namespace_are_taken,
        charts::a_chart_without_its_dependencies_is_a_gap,
        charts::what_helm_refuses_is_a_gap_in_its_words,
        charts::secrets_of_a_chart_are_cut_out,
        charts::helm_reaches_no_cluster,
    );
    tests!(
        Tool::Kustomize,
        kustomizations::overlays_are_built_and_their_parts_are_not_read,
        kustomizations::built_objects_lead_to_their_files,
        kustomizations::what_kustomize_refuses_is_a_gap_in_its_words,
        kustomizations::a_broken_overlay_leaves_its_base,
        kustomizations::a_component_is_nothing_on_its_own,
        kustomizations::a_ring_is_a_gap,
        kustomizations::generated_secrets_are_cut_out,
    );
    suite.run()
}

fn tree(files: &[(&str, &str)]) -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = directory.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    directory
}

fn options() -> ManifestOptions {
    let mut options = ManifestOptions::default();
    options.helm.program = Some(Tool::Helm.locate().unwrap());
    options.kustomize = Some(Tool::Kustomize.locate().unwrap());
    options
}

fn read(directory: &TempDir, options: &ManifestOptions) -> Inventory {
    manifests(&[directory.path().to_owned()], options).unwrap()
}

fn below<'a>(path: &'a str, root: &Path) -> &'a str {
    let path = path.strip_prefix(root.to_str().unwrap()).unwrap_or(path).trim_start_matches('/');
    if path.is_empty() { "." } else { path }
}

/// One line for each object and gap, with paths below the directory.
fn told(inventory: &Inventory, directory: &TempDir) -> Vec<String> {
    let mut told = Vec::new();
    for object in &inventory.objects {
        let Source::Manifest { manifest, .. } = object.source else { panic!("from an API") };
        let path = below(&inventory.manifests[manifest].path, directory.path());
        let kind = object.root.get("kind").and_then(|kind| kind.as_str()).unwrap();
        told.push(format!("{path} {kind} {}", object.name()));
    }
    for gap in &inventory.gaps {
        let Subject::Manifest { path, .. } = &gap.subject else { panic!("{gap}") };
        told.push(format!("{}: {}", below(path, directory.path()), gap.cause));
    }
    told
}

#[track_caller]
fn check(files: &[(&str, &str)], expected: &[&str]) -> Inventory {
    let directory = tree(files);
    let inventory = read(&directory, &options());
    assert_eq!(told(&inventory, &directory), expected, "{:#?}", inventory.gaps);
    inventory
}

/// The line in the source file, and the keys of values, of a field of an object.
fn origin(inventory: &Inventory, kind: &str, pointer: &str) -> (Option<u32>, Vec<String>) {
    let object = inventory
        .objects
        .iter()
        .find(|object| object.root.get("kind").and_then(|kind| kind.as_str()) == Some(kind))
        .unwrap();
    let Source::Manifest { manifest, .. } = object.source else { panic!("from an API") };
    let manifest = &inventory.manifests[manifest];
    let node = object.root.pointer(pointer).unwrap();
    let line = LineIndex::new(&manifest.text).position(node.span.start()).line;
    let line = u32::try_from(line).unwrap();
    let rendered = manifest.rendered.as_ref().unwrap();
    let keys = rendered.values_at(line).into_iter().map(str::to_owned).collect();
    (rendered.source_line(line), keys)
}

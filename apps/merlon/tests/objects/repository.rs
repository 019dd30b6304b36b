use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use merlon_model::{BaselineState, Outcome};
use merlon_yaml::{Limits, parse};
use tempfile::TempDir;

use crate::program::{failing, merlon};

/// A copy of the example, in Git.
fn repository() -> TempDir {
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/shop");
    let copy = tempfile::tempdir().unwrap();
    for file in files(&example) {
        let to = copy.path().join(file.strip_prefix(&example).unwrap());
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        fs::copy(&file, &to).unwrap();
    }
    git(copy.path(), &["init", "--quiet"]);
    git(copy.path(), &["add", "--all"]);
    commit(copy.path());
    copy
}

fn files(directory: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && !path.ends_with(".git") {
            found.extend(files(&path));
        } else if path.is_file() {
            found.push(path);
        }
    }
    found.sort();
    found
}

fn git(directory: &Path, arguments: &[&str]) -> String {
    let output = Command::new("git").args(arguments).current_dir(directory).output().unwrap();
    assert!(output.status.success(), "git {arguments:?}: {output:?}");
    String::from_utf8(output.stdout).unwrap()
}

fn commit(directory: &Path) {
    let who = ["-c", "user.name=test", "-c", "user.email=test@example.com"];
    git(directory, &[&who[..], &["commit", "--quiet", "--all", "--message", "State"]].concat());
}

/// The comments of every file, in their order.
fn comments(directory: &Path) -> BTreeMap<PathBuf, Vec<String>> {
    let is_yaml = |path: &PathBuf| {
        path.extension().is_some_and(|it| it == "yaml")
            && !path.to_string_lossy().contains("templates")
    };
    let mut all = BTreeMap::new();
    for path in files(directory).into_iter().filter(is_yaml) {
        let text = fs::read_to_string(&path).unwrap();
        let documents = parse(&text, &Limits::default()).documents;
        let comments = documents.into_iter().flat_map(|document| document.comments);
        all.insert(path, comments.map(|comment| comment.text.to_string()).collect());
    }
    all
}

pub(crate) fn mended() {
    let repository = repository();
    let here = repository.path();
    let first = merlon(here, true, &["scan", ".", "-o", "json"]).report();
    let comments_before = comments(here);
    assert!(first.inventories[0].gaps.is_empty(), "{:#?}", first.inventories[0].gaps);

    // A look changes nothing, and shows a diff that Git applies to the same end.
    let shown = merlon(here, true, &["fix", ".", "--review"]);
    assert_eq!(git(here, &["status", "--porcelain"]), "");
    let written = merlon(here, true, &["fix", ".", "--review", "--write"]);
    assert_eq!(written.code, Some(0), "{}", written.stderr);
    let other = self::repository();
    fs::write(other.path().join(".git/shown.diff"), &shown.stdout).unwrap();
    git(other.path(), &["apply", ".git/shown.diff"]);
    assert_eq!(git(here, &["diff"]), git(other.path(), &["diff"]));

    // Every comment is where it was, and nothing but the edits is different.
    assert_eq!(comments(here), comments_before);
    assert_eq!(git(here, &["diff", "--check"]), "");
    let untouched = ["Chart.yaml", "values.yaml", "docker-compose.yaml", "kustomization.yaml"];
    let names = git(here, &["diff", "--name-only"]);
    assert!(names.lines().count() >= 8, "{names}");
    assert!(!untouched.iter().any(|name| names.contains(name)), "{names}");

    // What was mended is gone, nothing came instead, and a second look has nothing left to do.
    let second = merlon(here, true, &["scan", ".", "-o", "json"]).report();
    let (before, after) = (failing(&first), failing(&second));
    let new: Vec<_> = after.difference(&before).collect();
    assert!(new.is_empty(), "{new:#?}");
    let gone = before.len() - after.len();
    assert!(gone * 2 > before.len(), "{gone} of {} are gone", before.len());
    let again = merlon(here, true, &["fix", ".", "--review"]);
    assert_eq!(again.stdout, "", "{}", again.stderr);
}

pub(crate) fn baseline() {
    let repository = repository();
    let here = repository.path();
    let baseline = merlon(here, true, &["scan", ".", "-o", "json"]).stdout;
    let kept = tempfile::tempdir().unwrap();
    let file = kept.path().join("baseline.json");
    fs::write(&file, baseline).unwrap();
    let file = file.to_str().unwrap();

    // Lines move, a container comes first in its list, and nothing is new.
    let path = here.join("teams/payments/nightly.yaml");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, format!("# Moved down.\n\n{text}")).unwrap();
    let arguments = ["scan", ".", "-o", "json", "--baseline", file, "--fail-on-new"];
    let output = merlon(here, true, &arguments);
    assert_eq!(output.code, Some(0), "{}", output.stderr);
    assert_eq!(output.report().gone, Some(0));

    let worse = "apiVersion: v1\nkind: Pod\nmetadata: {name: new, namespace: ml}\nspec:\n  containers:\n  \
                 - {name: a, image: a, securityContext: {privileged: true}}\n";
    fs::write(here.join("new.yaml"), worse).unwrap();
    let output = merlon(here, true, &arguments);
    assert_eq!(output.code, Some(1), "{}", output.stderr);
    let report = output.report();
    let new = report.findings.iter().filter(|it| it.baseline == Some(BaselineState::New));
    let objects: Vec<_> = new.filter_map(|it| it.part.as_ref()).map(|it| &it.object.name).collect();
    assert!(objects.iter().all(|name| *name == "new"), "{objects:?}");
}

pub(crate) fn changed() {
    let repository = repository();
    let here = repository.path();
    let path = here.join("teams/ml/notebooks.yaml");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, format!("{text}# Changed.\n")).unwrap();
    let arguments = ["scan", ".", "-o", "json", "--changed-since", "HEAD"];
    let report = merlon(here, true, &arguments).report();
    let failing = report.findings.iter().filter(|it| it.outcome == Outcome::Fail);
    let objects: Vec<_> = failing.filter_map(|it| it.part.as_ref()).collect();
    assert!(!objects.is_empty());
    let other = objects.iter().find(|part| part.object.namespace.as_deref() != Some("ml"));
    assert!(other.is_none(), "{other:#?}");
}

pub(crate) fn without_helm() {
    let repository = repository();
    let output = merlon(repository.path(), false, &["scan", "teams/data", "-o", "json"]);
    let gaps = output.report().inventories[0].gaps.join("\n");
    assert!(gaps.contains("helm") && gaps.contains("teams/data/etl"), "{gaps}");
    assert_eq!(output.code, Some(3), "{}", output.stderr);
}

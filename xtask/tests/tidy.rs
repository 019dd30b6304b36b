//! The invariants of `ARCHITECTURE.md`, each as a test of its name.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Crates that decide: they may look at nothing but their arguments.
const PURE: &[&str] = &[
    "graph",
    "model",
    "yaml",
    "redaction",
    "rbac",
    "pod-security",
    "snapshot",
    "views",
    "controls",
    "engine",
    "report",
    "remediate",
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask lies in the workspace").to_owned()
}

/// The files below a directory that end so, sorted, build output aside.
fn files(directory: &Path, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![directory.to_owned()];
    while let Some(directory) = open.pop() {
        for entry in fs::read_dir(&directory).expect("a directory of the workspace") {
            let path = entry.expect("an entry").path();
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            if path.is_dir() && !matches!(name, "target" | ".git" | "fuzz") {
                open.push(path);
            } else if name.ends_with(ending) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// A source file without its tests.
fn production(path: &Path) -> Option<String> {
    let is_test =
        path.components().any(|part| part.as_os_str() == "tests" || part.as_os_str() == "examples")
            || path.file_name().is_some_and(|name| name == "tests.rs");
    if is_test {
        return None;
    }
    let text = read(path);
    let end = text.find("#[cfg(test)]").unwrap_or(text.len());
    Some(text[..end].to_owned())
}

fn crates() -> Vec<PathBuf> {
    let root = root();
    files(&root, "Cargo.toml").into_iter().filter(|path| *path != root.join("Cargo.toml")).collect()
}

fn report(problems: &[String]) {
    assert!(problems.is_empty(), "\n{}", problems.join("\n"));
}

#[test]
fn what_decides_does_no_io() {
    let forbidden = [
        "std::fs",
        "std::net::Tcp",
        "std::net::Udp",
        "ToSocketAddrs",
        "std::process",
        "std::env",
        "std::thread",
        "SystemTime",
        "Instant::",
        "rustix",
        "procfs",
        "tokio",
        "ureq",
    ];
    let mut problems = Vec::new();
    for name in PURE {
        for path in files(&root().join("crates").join(name).join("src"), ".rs") {
            let Some(text) = production(&path) else { continue };
            // Threads that share work out are no I/O; this is the one place that makes them.
            let shares = path.ends_with("views/src/parallel.rs");
            let forbidden = forbidden.iter().filter(|word| !(shares && **word == "std::thread"));
            let code =
                text.lines().enumerate().filter(|(_, line)| !line.trim_start().starts_with("//"));
            for (number, line) in code {
                if let Some(word) = forbidden.clone().find(|word| line.contains(**word)) {
                    problems.push(format!("{}:{}: uses {word}", path.display(), number + 1));
                }
            }
        }
    }
    report(&problems);
}

#[test]
fn dependencies_point_one_way() {
    // A crate may depend on those before it.
    let order = [
        "merlon-model",
        "merlon-yaml",
        "merlon-redaction",
        "merlon-rbac",
        "merlon-pod-security",
        "merlon-snapshot",
        "merlon-views",
        "merlon-graph",
        "merlon-controls",
        "merlon-engine",
        "merlon-remediate",
        "merlon-report",
        "merlon-collect",
        "merlon-cluster",
        "merlon",
    ];
    let place = |name: &str| order.iter().position(|each| *each == name);
    let mut problems = Vec::new();
    for manifest in crates() {
        let parsed: toml::Table = read(&manifest).parse().expect("a manifest is TOML");
        let name = parsed["package"]["name"].as_str().expect("a crate has a name").to_owned();
        let Some(own) = place(&name) else { continue };
        let dependencies = parsed.get("dependencies").and_then(toml::Value::as_table);
        for dependency in dependencies.into_iter().flat_map(toml::Table::keys) {
            if place(dependency).is_some_and(|other| other >= own) {
                problems.push(format!("{name} depends on {dependency}, which comes after it"));
            }
            if dependency == "merlon-testkit" {
                problems.push(format!("{name} depends on the testkit outside of its tests"));
            }
        }
    }
    report(&problems);
}

#[test]
fn every_crate_takes_the_lints_of_the_workspace() {
    let problems: Vec<String> = crates()
        .iter()
        .filter(|manifest| !read(manifest).contains("[lints]\nworkspace = true"))
        .map(|manifest| format!("{}: add `[lints] workspace = true`", manifest.display()))
        .collect();
    report(&problems);
    assert!(read(&root().join("Cargo.toml")).contains("unsafe_code = \"forbid\""));
}

#[test]
fn a_file_holds_one_idea() {
    // Tables are as long as what they list.
    let table = |path: &Path, text: &str| {
        let rows = ["Control {", "manual(", "Setting::"].map(|row| text.matches(row).count());
        rows.iter().sum::<usize>() >= 5 || path.ends_with("arguments.rs")
    };
    let problems: Vec<String> = files(&root(), ".rs")
        .iter()
        .filter_map(|path| Some((path, production(path)?)))
        .filter(|(path, text)| text.lines().count() > 600 && !table(path, text))
        .map(|(path, text)| format!("{}: {} lines", path.display(), text.lines().count()))
        .collect();
    report(&problems);
}

#[test]
fn the_code_map_names_every_crate() {
    let map = read(&root().join("ARCHITECTURE.md"));
    let root = root();
    let problems: Vec<String> = crates()
        .iter()
        .filter_map(|manifest| manifest.parent()?.strip_prefix(&root).ok())
        .filter(|folder| !map.contains(&format!("`{}`", folder.display())))
        .map(|folder| format!("ARCHITECTURE.md does not tell of {}", folder.display()))
        .collect();
    report(&problems);
}

#[test]
fn every_invariant_is_a_test() {
    let here = read(
        Path::new(file!())
            .file_name()
            .map(|_| root().join("xtask/tests/tidy.rs"))
            .as_deref()
            .expect("this file"),
    );
    let others: String = files(&root(), ".rs").iter().map(|path| read(path)).collect();
    let architecture = read(&root().join("ARCHITECTURE.md"));
    let named: Vec<&str> =
        architecture.split("(test: `").skip(1).filter_map(|rest| rest.split('`').next()).collect();
    assert!(named.len() >= 8, "the invariants name their tests");
    let problems: Vec<String> = named
        .iter()
        .filter(|name| {
            !here.contains(&format!("fn {name}(")) && !others.contains(&format!("fn {name}("))
        })
        .map(|name| format!("ARCHITECTURE.md names a test {name} that does not exist"))
        .collect();
    report(&problems);
}

#[test]
fn links_in_documents_lead_somewhere() {
    let mut problems = Vec::new();
    for path in files(&root(), ".md") {
        let text = read(&path);
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let target = link.split('#').next().unwrap_or_default();
            let outside =
                target.contains("://") || target.is_empty() || target.starts_with("mailto:");
            let folder = path.parent().expect("a file lies in a folder");
            if !outside && !folder.join(target).exists() {
                problems.push(format!("{}: {link} leads nowhere", path.display()));
            }
        }
    }
    report(&problems);
}

#[test]
fn one_version_of_each_library() {
    let mut problems = Vec::new();
    for manifest in
        crates().iter().filter(|path| !path.components().any(|c| c.as_os_str() == "fuzz"))
    {
        let parsed: toml::Table = read(manifest).parse().expect("a manifest is TOML");
        for section in ["dependencies", "dev-dependencies", "build-dependencies"] {
            let table = parsed.get(section).and_then(toml::Value::as_table);
            let direct: BTreeMap<_, _> = table
                .into_iter()
                .flatten()
                .filter(|(_, value)| value.get("workspace").is_none())
                .collect();
            for name in direct.keys() {
                problems.push(format!("{}: {name} is not `workspace = true`", manifest.display()));
            }
        }
    }
    report(&problems);
}

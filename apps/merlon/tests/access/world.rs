//! Roles and bindings in a few words, and the program that is asked about them.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::path::Path;
use std::process::{Command, Stdio};

use merlon_model::Kind;
use merlon_snapshot::{
    Cause, FORMAT, Gap, Header, Inventory, Manifest, Origin, Snapshot, Source, Subject,
};
use serde_json::Value;
use tempfile::TempDir;

/// What the program wrote and how it ended.
pub(crate) struct Output {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Output {
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout)
            .unwrap_or_else(|error| panic!("{error}: {}\n{}", self.stdout, self.stderr))
    }
}

/// Asks about manifests.
pub(crate) fn ask(manifests: &str, question: &str) -> Output {
    let directory = directory(&[("all.yaml", manifests)]);
    merlon(directory.path(), &format!("{question} -f all.yaml"))
}

/// A directory with files.
pub(crate) fn directory(files: &[(&str, &str)]) -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    for (name, text) in files {
        fs::write(directory.path().join(name), text).unwrap();
    }
    directory
}

/// Runs `merlon access` with words that stand apart by spaces.
pub(crate) fn merlon(directory: &Path, words: &str) -> Output {
    let output = Command::new(env!("CARGO_BIN_EXE_merlon"))
        .arg("access")
        .args(words.split(' ').filter(|word| !word.is_empty()))
        .current_dir(directory)
        .stdin(Stdio::null())
        .env_clear()
        .env("LANG", "C.UTF-8")
        .output()
        .unwrap();
    Output {
        code: output.status.code(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// Manifests of lines `SUBJECT PLACE VERBS GROUPS RESOURCES [NAMES]` or `SUBJECT PLACE VERBS /PATHS`: each is a
/// `ClusterRole` and a binding of it, both called `r` and the line's number; `-` binds it in the whole cluster.
pub(crate) fn manifests(lines: &str) -> String {
    let mut text = String::new();
    for (number, line) in lines.lines().enumerate() {
        let words: Vec<&str> = line.split_whitespace().collect();
        let list = |words: &str| {
            let quoted = words
                .split(',')
                .map(|it| if it == "core" { "''".into() } else { format!("'{it}'") });
            format!("[{}]", quoted.collect::<Vec<_>>().join(", "))
        };
        let rule = match &words[2..] {
            [verbs, urls] => format!("{{verbs: {}, nonResourceURLs: {}}}", list(verbs), list(urls)),
            [verbs, groups, resources, names @ ..] => format!(
                "{{verbs: {}, apiGroups: {}, resources: {}, resourceNames: {}}}",
                list(verbs),
                list(groups),
                list(resources),
                names.first().map_or("[]".to_owned(), |names| list(names)),
            ),
            _ => panic!("{line}"),
        };
        let subject = match words[0].split_once(':').unwrap() {
            ("user", name) => format!("{{kind: User, name: '{name}'}}"),
            ("group", name) => format!("{{kind: Group, name: '{name}'}}"),
            (namespace, name) => {
                format!("{{kind: ServiceAccount, name: {name}, namespace: {namespace}}}")
            }
        };
        let (kind, metadata) = match words[1] {
            "-" => ("ClusterRoleBinding", format!("{{name: r{number}}}")),
            place => ("RoleBinding", format!("{{name: r{number}, namespace: {place}}}")),
        };
        text.push_str(&format!(
            "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {{name: r{number}}}\n\
             rules: [{rule}]\n---\napiVersion: rbac.authorization.k8s.io/v1\nkind: {kind}\n\
             metadata: {metadata}\nroleRef: {{kind: ClusterRole, name: r{number}}}\n\
             subjects: [{subject}]\n---\n"
        ));
    }
    text
}

/// Writes a snapshot of a cluster with these objects; `hidden` could not be listed.
pub(crate) fn snapshot(path: &Path, manifests: &str, version: Option<&str>, hidden: &[Kind]) {
    let manifest = Manifest { path: String::new(), text: manifests.to_owned(), rendered: None };
    let mut objects = manifest.contents(0).objects;
    for object in &mut objects {
        object.source = Source::Api;
    }
    let listed: BTreeSet<Kind> =
        Kind::ALL.iter().copied().filter(|kind| !hidden.contains(kind)).collect();
    let gap = |kind: &Kind| Gap {
        subject: Subject::Objects { kind: *kind },
        cause: Cause::PermissionDenied,
        detail: "forbidden".to_owned(),
    };
    let inventory = Inventory {
        name: "production".to_owned(),
        origin: Origin::Cluster {
            server: "https://192.0.2.1".to_owned(),
            version: version.map(str::to_owned),
            listed,
        },
        manifests: Vec::new(),
        objects,
        gaps: hidden.iter().map(gap).collect(),
    };
    let header = Header { format: FORMAT, tool: "test".to_owned(), taken_at: 0 };
    let snapshot = Snapshot { header, nodes: Vec::new(), inventories: vec![inventory] };
    merlon_snapshot::write(&snapshot, File::create(path).unwrap()).unwrap();
}

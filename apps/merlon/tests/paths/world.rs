//! A small shop that can be broken into, and the program that is asked about it.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::path::Path;
use std::process::{Command, Stdio};

use merlon_model::{AttackReport, Kind};
use merlon_snapshot::{
    Cause, FORMAT, Gap, Header, Inventory, Manifest, Origin, Snapshot, Source, Subject,
};
use tempfile::TempDir;

/// A site that the internet reaches, whose service account may do everything; and a privileged job.
pub(crate) const SHOP: &str = "\
apiVersion: v1
kind: ServiceAccount
metadata: {name: web, namespace: shop}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: web}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin}
subjects:
- {kind: ServiceAccount, name: web, namespace: shop}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: cluster-admin}
rules:
- {verbs: ['*'], apiGroups: ['*'], resources: ['*']}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      serviceAccountName: web
      containers:
      - name: web
        image: nginx:1.27
        ports: [{containerPort: 8080}]
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec: {type: LoadBalancer, selector: {app: web}, ports: [{port: 80, targetPort: 8080}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: job, namespace: shop}
spec:
  selector: {matchLabels: {app: job}}
  template:
    metadata: {labels: {app: job}}
    spec:
      automountServiceAccountToken: false
      containers:
      - name: job
        image: registry.example/job:1
        securityContext: {privileged: true}
";

/// What the program wrote and how it ended.
#[derive(Debug)]
pub(crate) struct Output {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Output {
    #[track_caller]
    pub(crate) fn report(&self) -> AttackReport {
        serde_json::from_str(&self.stdout)
            .unwrap_or_else(|error| panic!("{error}: {}\n{}", self.stdout, self.stderr))
    }

    #[track_caller]
    pub(crate) fn ended(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{}\n{}", self.stdout, self.stderr);
        self
    }
}

/// A directory with files.
pub(crate) fn directory(files: &[(&str, &str)]) -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    for (name, text) in files {
        fs::write(directory.path().join(name), text).unwrap();
    }
    directory
}

/// Runs the program in a directory.
pub(crate) fn merlon(directory: &Path, arguments: &[&str]) -> Output {
    let output = Command::new(env!("CARGO_BIN_EXE_merlon"))
        .args(arguments)
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

/// Asks for paths in manifests, with arguments that stand apart by ` | `.
pub(crate) fn paths(manifests: &str, arguments: &str) -> Output {
    let directory = directory(&[("all.yaml", manifests)]);
    paths_in(directory.path(), &format!("all.yaml | {arguments}"))
}

/// The same in a directory.
pub(crate) fn paths_in(directory: &Path, arguments: &str) -> Output {
    let arguments = arguments.split(" | ").filter(|word| !word.is_empty());
    let arguments: Vec<&str> = ["paths"].into_iter().chain(arguments).collect();
    merlon(directory, &arguments)
}

/// Each route as `ENTRY > TARGET: NUMBER OF PATHS`.
pub(crate) fn routes(report: &AttackReport) -> Vec<String> {
    let told = report.routes.iter();
    told.map(|it| format!("{} > {}: {}", it.entry, it.target, it.paths.len())).collect()
}

/// Writes a snapshot of a cluster with these objects; `hidden` could not be listed.
pub(crate) fn snapshot(path: &Path, manifests: &str, hidden: &[Kind]) {
    let manifest = Manifest { path: String::new(), text: manifests.to_owned(), rendered: None };
    let mut objects = manifest.contents(0).objects;
    objects.retain(|object| object.kind().is_none_or(|kind| !hidden.contains(&kind)));
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
            version: Some("v1.37.0".to_owned()),
            listed,
        },
        manifests: Vec::new(),
        objects,
        gaps: hidden.iter().map(gap).collect(),
    };
    write(path, vec![inventory]);
}

/// Writes a snapshot with two clusters of nothing.
pub(crate) fn two_clusters(path: &Path) {
    let inventory = |name: &str| Inventory {
        name: name.to_owned(),
        origin: Origin::Cluster {
            server: "https://192.0.2.1".to_owned(),
            version: None,
            listed: Kind::ALL.iter().copied().collect(),
        },
        manifests: Vec::new(),
        objects: Vec::new(),
        gaps: Vec::new(),
    };
    write(path, vec![inventory("east"), inventory("west")]);
}

fn write(path: &Path, inventories: Vec<Inventory>) {
    let header = Header { format: FORMAT, tool: "test".to_owned(), taken_at: 0 };
    let snapshot = Snapshot { header, nodes: Vec::new(), inventories };
    merlon_snapshot::write(&snapshot, File::create(path).unwrap()).unwrap();
}

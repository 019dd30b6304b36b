//! A host in memory, and a collector that looks at it the way the real one looks at a disk.

use std::collections::{BTreeMap, BTreeSet};

use merlon_model::{Component, Version};
use merlon_snapshot::{Cause, Document, File, FileKind, Gap, Lookup, Node, Process, Subject, Want};
use merlon_views::{Told, wanted};

/// What a host has.
#[derive(Clone, Debug, Default)]
pub(crate) struct Host {
    files: BTreeMap<String, (File, Option<String>)>,
    denied: BTreeSet<String>,
    processes: Vec<Process>,
    os_release: BTreeMap<String, String>,
    without_processes: bool,
}

fn facts(kind: FileKind, mode: u32) -> File {
    let root = || Some("root".to_owned());
    File { kind, mode, uid: 0, gid: 0, owner: root(), group: root(), size: 0, resolved: None }
}

impl Host {
    pub(crate) fn file(mut self, path: &str, text: &str) -> Self {
        self.put(path, facts(FileKind::Regular, 0o600), Some(text));
        self
    }

    pub(crate) fn directory(mut self, path: &str) -> Self {
        self.put(path, facts(FileKind::Directory, 0o755), None);
        self
    }

    pub(crate) fn denied(mut self, path: &str) -> Self {
        self.denied.insert(path.to_owned());
        self
    }

    fn put(&mut self, path: &str, file: File, text: Option<&str>) {
        self.files.insert(path.to_owned(), (file, text.map(str::to_owned)));
        for (place, _) in path.match_indices('/') {
            let above = if place == 0 { "/" } else { &path[..place] };
            let directory = || (facts(FileKind::Directory, 0o755), None);
            self.files.entry(above.to_owned()).or_insert_with(directory);
        }
    }

    /// A process with its command line; the program is the first word.
    pub(crate) fn process(mut self, line: &str) -> Self {
        let argv: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        let executable = argv.first().cloned().filter(|program| program.starts_with('/'));
        let name = argv[0].rsplit('/').next().unwrap_or_default().to_owned();
        let pid = 100 + u32::try_from(self.processes.len()).expect("few processes");
        self.processes.push(Process {
            pid,
            parent: 1,
            component: Component::from_name(&name),
            name,
            executable,
            argv,
            uid: Some(0),
            cgroup: None,
            environment: BTreeMap::new(),
            own_mounts: Some(false),
            build_version: None,
        });
        self
    }

    pub(crate) fn os_release(mut self, field: &str, value: &str) -> Self {
        self.os_release.insert(field.to_owned(), value.to_owned());
        self
    }

    /// Makes it an image: nothing runs, and nothing shows what would.
    pub(crate) fn without_processes(mut self) -> Self {
        self.without_processes = true;
        self
    }

    /// Gives the last process a release.
    pub(crate) fn version(mut self, version: &str) -> Self {
        self.processes.last_mut().expect("a process before").build_version =
            Version::parse(version);
        self
    }

    /// Gives the last process a control group.
    pub(crate) fn cgroup(mut self, cgroup: &str) -> Self {
        self.processes.last_mut().expect("a process before").cgroup = Some(cgroup.to_owned());
        self
    }

    /// What a collector sees, and how many rounds it took.
    pub(crate) fn collect(&self) -> (Node, usize) {
        let mut node = Node { processes: self.processes.clone(), ..Node::default() };
        node.host.os_release.clone_from(&self.os_release);
        if self.without_processes {
            node.gaps.push(Gap {
                subject: Subject::Processes,
                cause: Cause::Unsupported,
                detail: String::new(),
            });
        } else {
            node.host.process_count = 100;
        }
        let mut done = BTreeSet::new();
        for round in 1..20 {
            let all = wanted(&node, &Told::default());
            assert!(done.is_subset(&all), "asked for less: {:?}", done.difference(&all));
            let new: Vec<_> = all.difference(&done).cloned().collect();
            if new.is_empty() {
                return (node, round);
            }
            for each in &new {
                self.look(&each.path, each.want, &mut node);
            }
            done.extend(new);
        }
        panic!("no end after 20 rounds");
    }

    pub(crate) fn node(&self) -> Node {
        self.collect().0
    }

    fn look(&self, path: &str, want: Want, node: &mut Node) {
        assert!(path.starts_with('/'), "{path}");
        for (place, _) in path.match_indices('/') {
            self.state(if place == 0 { "/" } else { &path[..place] }, node);
        }
        self.state(path, node);
        let Some((file, text)) = self.files.get(path) else { return };
        if self.denied.contains(path) {
            node.gaps.push(Gap {
                subject: Subject::of_path(path),
                cause: Cause::PermissionDenied,
                detail: String::new(),
            });
            return;
        }
        match (want, text) {
            (Want::Document(kind), Some(text)) => {
                let document = Document { kind, text: text.clone(), redactions: 0 };
                node.documents.insert(path.to_owned(), document);
            }
            (Want::Directory | Want::Certificates, _) if file.kind == FileKind::Directory => {
                let top = format!("{}/", path.trim_end_matches('/'));
                let names: Vec<String> = self
                    .files
                    .keys()
                    .filter_map(|path| path.strip_prefix(&top))
                    .filter(|name| !name.is_empty() && !name.contains('/'))
                    .map(str::to_owned)
                    .collect();
                names.iter().for_each(|name| self.state(&format!("{top}{name}"), node));
                node.directories.insert(path.to_owned(), names);
            }
            _ => {}
        }
    }

    fn state(&self, path: &str, node: &mut Node) {
        let lookup =
            self.files.get(path).map_or(Lookup::Absent, |(file, _)| Lookup::Present(file.clone()));
        node.files.insert(path.to_owned(), lookup);
    }
}

//! A node with one component, built by hand.

use merlon_model::{Component, Version};
use merlon_snapshot::{Cause, Document, DocumentKind, Gap, Node, Process, Subject};
use merlon_views::{ComponentView, Effective, NodeView, Told, Unknown};

/// The configuration file of every case.
pub(crate) const CONFIG: &str = "/etc/config.yaml";
const DROP_INS: &str = "/etc/drop-ins";

/// What a component was given.
#[derive(Clone)]
pub(crate) struct Given {
    component: Component,
    argv: Vec<String>,
    process: Process,
    node: Node,
}

/// A component of a release (`""`: unknown) with the words of a command line.
pub(crate) fn given(component: Component, version: &str, words: &str) -> Given {
    let process = Process {
        pid: 7,
        parent: 1,
        name: component.as_str().to_owned(),
        component: Some(component),
        executable: None,
        argv: Vec::new(),
        uid: Some(0),
        cgroup: None,
        environment: std::collections::BTreeMap::new(),
        own_mounts: Some(false),
        build_version: Version::parse(version),
    };
    let argv = words.split_whitespace().map(str::to_owned).collect();
    Given { component, argv, process, node: Node::default() }
}

impl Given {
    /// With a configuration file of that text, named by the flag for it.
    pub(crate) fn config(mut self, text: &str) -> Self {
        let (flag, kind) = match self.component {
            Component::Etcd => ("config-file", DocumentKind::EtcdConfiguration),
            Component::KubeProxy => ("config", DocumentKind::KubeProxyConfiguration),
            Component::KubeScheduler => ("config", DocumentKind::KubeSchedulerConfiguration),
            _ => ("config", DocumentKind::KubeletConfiguration),
        };
        self.argv.push(format!("--{flag}={CONFIG}"));
        self.file(CONFIG, kind, text)
    }

    /// With a drop-in file.
    pub(crate) fn drop_in(mut self, name: &str, text: &str) -> Self {
        let names = self.node.directories.entry(DROP_INS.to_owned()).or_insert_with(|| {
            self.argv.push(format!("--config-dir={DROP_INS}"));
            Vec::new()
        });
        names.push(name.to_owned());
        names.sort();
        let path = format!("{DROP_INS}/{name}");
        self.file(&path, DocumentKind::KubeletConfiguration, text)
    }

    /// With a file.
    pub(crate) fn file(mut self, path: &str, kind: DocumentKind, text: &str) -> Self {
        let document = Document { kind, text: text.to_owned(), redactions: 0 };
        self.node.documents.insert(path.to_owned(), document);
        self
    }

    /// With a file that cannot be read.
    pub(crate) fn unreadable(mut self, path: &str) -> Self {
        self.node.documents.remove(path);
        self.node.gaps.push(Gap {
            subject: Subject::of_path(path),
            cause: Cause::PermissionDenied,
            detail: String::new(),
        });
        self
    }

    /// With an environment variable.
    pub(crate) fn environment(mut self, name: &str, value: &str) -> Self {
        self.process.environment.insert(name.to_owned(), value.to_owned());
        self
    }

    /// With the answer of `/configz`.
    pub(crate) fn live(mut self, text: &str) -> Self {
        let kind = DocumentKind::KubeletConfiguration;
        self.node.live_kubelet = Some(Document { kind, text: text.to_owned(), redactions: 0 });
        self
    }

    /// Without any argument that could be read.
    pub(crate) fn hidden(mut self) -> Self {
        self.argv.clear();
        self.process.argv.clear();
        self.process.name.clear();
        self
    }

    /// With words that are not split.
    pub(crate) fn words(mut self, words: &[String]) -> Self {
        self.argv.extend_from_slice(words);
        self
    }

    /// What a question about the component is answered.
    pub(crate) fn ask<T>(&self, question: impl FnOnce(&ComponentView<'_>) -> T) -> T {
        let mut process = self.process.clone();
        if !process.name.is_empty() {
            process.argv.push(process.name.clone());
            process.argv.extend(self.argv.iter().cloned());
        }
        let mut node = self.node.clone();
        node.processes = vec![process];
        let view = NodeView::new(&node, 0, &Told::default());
        question(&view.instances(self.component)[0])
    }

    /// Checks a setting: `value @ place`, or `! part of why it is unknown`.
    #[track_caller]
    pub(crate) fn check(&self, setting: &str, expected: &str) {
        self.check_answer(setting, expected, self.ask(|view| view.effective(setting)));
    }

    /// Checks a feature gate.
    #[track_caller]
    pub(crate) fn check_gate(&self, gate: &str, expected: &str) {
        self.check_answer(gate, expected, self.ask(|view| view.feature_gate(gate)));
    }

    /// Checks an admission plugin.
    #[track_caller]
    pub(crate) fn check_plugin(&self, plugin: &str, expected: &str) {
        self.check_answer(plugin, expected, self.ask(|view| view.admission_plugin(plugin)));
    }

    #[track_caller]
    fn check_answer(&self, what: &str, expected: &str, answer: Result<Effective, Unknown>) {
        let given = || format!("{what} of {} {:?}", self.component, self.argv);
        match (answer, expected.strip_prefix("! ")) {
            (Ok(effective), None) => {
                let told = format!("{} @ {}", effective.value, effective.location);
                assert_eq!(told, expected, "{}", given());
            }
            (Err(unknown), Some(part)) => {
                let told = unknown.to_string();
                assert!(told.contains(part), "{}: {told:?} has no {part:?}", given());
            }
            (answer, _) => panic!("{}: {answer:?} instead of {expected}", given()),
        }
    }
}

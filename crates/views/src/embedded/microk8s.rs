//! MicroK8s: `kubelite` runs the components with arguments from files of one argument a line
//! (`microk8s-resources/default-args`, `build-scripts/components/kubernetes`).

use merlon_model::{Carrier, Component, Location};
use merlon_snapshot::{DocumentKind, Lookup, Node, Process, Wanted};

use super::{Embedded, document, options};
use crate::text::{Text, Texts};
use crate::unit::split;

const DIRECTORY: &str = "/var/snap/microk8s/current/args";
const UNIT: &str = "snap.microk8s.daemon-kubelite.service";

/// The components of `kubelite`, each with the option that names its file.
const FILES: [(Component, &str); 5] = [
    (Component::KubeApiserver, "apiserver-args-file"),
    (Component::KubeControllerManager, "controller-manager-args-file"),
    (Component::KubeScheduler, "scheduler-args-file"),
    (Component::Kubelet, "kubelet-args-file"),
    (Component::KubeProxy, "proxy-args-file"),
];

pub(super) fn embedded<'a>(node: &'a Node, texts: &Texts<'a>) -> Vec<Embedded<'a>> {
    let Some((process, started)) = started(node, texts) else {
        return Vec::new();
    };
    let started = match started {
        Ok(words) => words,
        Err(why) => {
            let each = |(component, _)| Embedded {
                component,
                process,
                words: Err(why.clone()),
                carrier: Carrier::Unknown,
            };
            return FILES.into_iter().map(each).collect();
        }
    };
    let options = options(&started, |_| false);
    let value = |name: &str| {
        options.iter().rev().find(|option| option.name == name).map(|option| option.value.as_str())
    };
    let control_plane = value("start-control-plane").unwrap_or("true") == "true";
    FILES
        .into_iter()
        .filter(|(component, _)| {
            control_plane || matches!(component, Component::Kubelet | Component::KubeProxy)
        })
        .map(|(component, option)| {
            let named = value(option).map(expand);
            let path = named.unwrap_or_else(|| format!("{DIRECTORY}/{component}"));
            let words = texts.get(&path).and_then(words);
            let carrier = Carrier::ArgumentsFile { path, unit: UNIT.to_owned() };
            Embedded { component, process, words, carrier }
        })
        .collect()
}

pub(super) fn wanted(node: &Node, into: &mut impl FnMut(Wanted)) {
    let here = node.processes.iter().any(|process| process.name == "kubelite")
        || matches!(node.files.get(DIRECTORY), Some(Lookup::Present(_)));
    if !here {
        return;
    }
    for name in ["kubelite", "containerd", "k8s-dqlite", "etcd", "cluster-agent"] {
        into(document(&format!("{DIRECTORY}/{name}"), DocumentKind::ArgumentsFile));
    }
    for (component, option) in FILES {
        into(document(&format!("{DIRECTORY}/{component}"), DocumentKind::ArgumentsFile));
        for process in node.processes.iter().filter(|process| process.name == "kubelite") {
            let named = options(&of_process(process), |_| false).into_iter();
            for named in named.filter(|named| named.name == option) {
                into(document(&expand(&named.value), DocumentKind::ArgumentsFile));
            }
        }
    }
}

type Words = Vec<(String, Location)>;

/// How `kubelite` was started: by its process, or else by its own arguments file.
fn started<'a>(
    node: &'a Node,
    texts: &Texts<'a>,
) -> Option<(Option<&'a Process>, Result<Words, String>)> {
    if let Some(process) = node.processes.iter().find(|process| process.name == "kubelite") {
        let words = of_process(process);
        if process.argv.is_empty() {
            let pid = process.pid;
            return Some((
                Some(process),
                Err(format!("the arguments of kubelite (process {pid}) cannot be read")),
            ));
        }
        return Some((Some(process), Ok(words)));
    }
    let path = format!("{DIRECTORY}/kubelite");
    matches!(node.files.get(&path), Some(Lookup::Present(_)))
        .then(|| (None, texts.get(&path).and_then(words)))
}

fn of_process(process: &Process) -> Words {
    let words = process.argv.iter().enumerate().skip(1);
    words
        .map(|(index, word)| {
            let location = Location::Argument {
                process: process.name.clone(),
                pid: process.pid,
                index: u32::try_from(index).unwrap_or(u32::MAX),
            };
            (word.clone(), location)
        })
        .collect()
}

fn words(text: &Text<'_>) -> Result<Words, String> {
    let mut found = Vec::new();
    for (index, line) in text.source.lines().enumerate() {
        if line.trim_start().starts_with('#') {
            continue;
        }
        let number = u32::try_from(index + 1).unwrap_or(u32::MAX);
        let location = Location::line(text.path, number);
        let words = split(line).ok_or_else(|| format!("{location}: a quote is left open"))?;
        found.extend(words.into_iter().map(|word| (expand(&word), location.clone())));
    }
    Ok(found)
}

/// Puts the snap's directories in a text.
fn expand(text: &str) -> String {
    let mut text = text.to_owned();
    for (name, directory) in [
        ("SNAP_DATA", "/var/snap/microk8s/current"),
        ("SNAP_COMMON", "/var/snap/microk8s/common"),
        ("SNAP", "/snap/microk8s/current"),
    ] {
        text = text.replace(&format!("${{{name}}}"), directory);
        text = text.replace(&format!("${name}/"), &format!("{directory}/"));
    }
    text
}

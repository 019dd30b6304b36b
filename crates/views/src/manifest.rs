use merlon_model::{Component, Location, Version};
use merlon_yaml::Node;

use crate::text::Text;

/// A static pod's manifest, as far as it runs one component.
#[derive(Debug)]
pub(crate) struct Manifest<'a> {
    /// Its path on the node.
    pub(crate) path: &'a str,
    /// The component it runs.
    pub(crate) component: Component,
    /// The words after the program, each with its line.
    pub(crate) words: Vec<(String, Location)>,
    /// The release that the image's tag names.
    pub(crate) version: Option<Version>,
    /// Whether the command is wrapped in a shell, so that its words are not the component's.
    pub(crate) wrapped: bool,
    mounts: Vec<(String, String)>,
}

impl<'a> Manifest<'a> {
    /// The component that a static pod manifest runs, or `None` when it runs none of ours.
    ///
    /// # Errors
    /// When the manifest cannot be read as YAML.
    pub(crate) fn read(text: &Text<'a>) -> Result<Option<Self>, String> {
        let root = text.root()?;
        let Some(containers) = root.path(&["spec", "containers"]).and_then(Node::as_sequence)
        else {
            return Ok(None);
        };
        Ok(containers.iter().find_map(|container| {
            let words = words(container, text);
            let (component, wrapped) = program(&words)?;
            let version = container.get("image").and_then(Node::as_str).and_then(image_version);
            let skipped = usize::from(!wrapped);
            Some(Self {
                path: text.path,
                component,
                words: words.into_iter().skip(skipped).collect(),
                version,
                wrapped,
                mounts: mounts(root, container),
            })
        }))
    }

    /// Where a path inside the container stands on the host; `None` when no host directory is
    /// mounted there.
    #[must_use]
    pub(crate) fn host_path(&self, path: &str) -> Option<String> {
        self.mounts
            .iter()
            .filter_map(|(inside, outside)| {
                let rest = path.strip_prefix(inside.as_str())?;
                (rest.is_empty() || rest.starts_with('/') || inside.ends_with('/'))
                    .then(|| (inside.len(), format!("{}{rest}", outside.trim_end_matches('/'))))
            })
            .max_by_key(|(length, _)| *length)
            .map(|(_, outside)| outside)
    }
}

fn words(container: &Node, text: &Text<'_>) -> Vec<(String, Location)> {
    ["command", "args"]
        .into_iter()
        .filter_map(|key| container.get(key).and_then(Node::as_sequence))
        .flatten()
        .filter_map(|word| Some((word.as_str()?.to_owned(), text.location(word.span))))
        .collect()
}

/// The component a command runs, and whether through a shell.
fn program(words: &[(String, Location)]) -> Option<(Component, bool)> {
    let base = |word: &str| word.rsplit('/').next().unwrap_or(word).to_owned();
    let first = base(&words.first()?.0);
    if let Some(component) = Component::from_name(&first) {
        return Some((component, false));
    }
    if !matches!(first.as_str(), "sh" | "bash" | "dash" | "ash") {
        return None;
    }
    words
        .iter()
        .flat_map(|(word, _)| word.split_whitespace())
        .find_map(|word| Component::from_name(&base(word)))
        .map(|component| (component, true))
}

/// The release in an image reference: `registry.k8s.io/kube-apiserver:v1.31.2@sha256:…`.
fn image_version(image: &str) -> Option<Version> {
    let image = image.split('@').next()?;
    let (_, tag) = image.rsplit('/').next()?.split_once(':')?;
    Version::parse(tag)
}

/// The container's mounts of host paths, as (inside, outside).
fn mounts(root: &Node, container: &Node) -> Vec<(String, String)> {
    let volumes = root.path(&["spec", "volumes"]).and_then(Node::as_sequence).unwrap_or_default();
    let outside = |name: &str| {
        volumes
            .iter()
            .find(|volume| volume.get("name").and_then(Node::as_str) == Some(name))?
            .path(&["hostPath", "path"])?
            .as_str()
    };
    container
        .get("volumeMounts")
        .and_then(Node::as_sequence)
        .unwrap_or_default()
        .iter()
        .filter_map(|mount| {
            let inside = mount.get("mountPath")?.as_str()?;
            let outside = outside(mount.get("name")?.as_str()?)?;
            let below = mount.get("subPath").and_then(Node::as_str);
            let outside = below.map_or_else(
                || outside.to_owned(),
                |below| format!("{}/{below}", outside.trim_end_matches('/')),
            );
            Some((inside.to_owned(), outside))
        })
        .collect()
}

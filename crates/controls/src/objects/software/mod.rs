//! Controls on known programs: releases with known holes, add-ons, interfaces for administrators.

/// A node with that information about its software, for examples.
macro_rules! node {
    ($info:literal) => {
        concat!(
            "# cluster\nkind: Node\napiVersion: v1\nmetadata: {name: a}\nstatus: {nodeInfo: ",
            $info,
            "}"
        )
    };
}

/// An Ingress with those annotations, for examples.
macro_rules! ingress {
    ($annotations:literal) => {
        concat!(
            "kind: Ingress\napiVersion: networking.k8s.io/v1\nmetadata: {name: a, annotations: ",
            $annotations,
            "}"
        )
    };
}

/// The cluster's DNS with that Corefile, indented by four, for examples.
macro_rules! corefile {
    ($text:literal) => {
        concat!(
            "kind: ConfigMap\napiVersion: v1\nmetadata: {name: coredns, namespace: kube-system}\n",
            "data:\n  Corefile: |\n",
            $text,
            "\n"
        )
    };
}

/// The configuration of kube-proxy with that line, for examples.
macro_rules! proxy {
    ($line:literal) => {
        concat!(
            "kind: ConfigMap\napiVersion: v1\n",
            "metadata: {name: kube-proxy, namespace: kube-system}\n",
            "data:\n  config.conf: |\n    kind: KubeProxyConfiguration\n    ",
            $line,
            "\n"
        )
    };
}

/// A template of sandboxes with those fields, for examples.
macro_rules! sandbox {
    ($fields:literal) => {
        concat!(
            "kind: SandboxTemplate\napiVersion: extensions.agents.x-k8s.io/v1alpha1\n",
            "metadata: {name: a}\nspec: {",
            $fields,
            "}"
        )
    };
}

/// A notebook and a Service of those fields and that selector, for examples.
macro_rules! jupyter {
    ($service:literal, $selector:literal) => {
        concat!(
            "kind: Pod\napiVersion: v1\nmetadata: {name: lab, labels: {app: lab}}\n",
            "spec: {containers: [{name: a, image: 'quay.io/jupyter/base-notebook:2024-10-07'}]}\n",
            "---\nkind: Service\napiVersion: v1\nmetadata: {name: lab}\nspec: {",
            $service,
            ", selector: {",
            $selector,
            "}}"
        )
    };
}

pub(crate) mod addons;
pub(crate) mod dashboards;
pub(crate) mod exposed;
pub(crate) mod ingress_nginx;
pub(crate) mod nodes;
pub(crate) mod release;
pub(crate) mod sandboxes;
pub(crate) mod versions;
mod weakness;

use merlon_views::ContainerView;
use merlon_views::objects::Malformed;
use merlon_yaml::Node;

use weakness::{Numbers, Weakness, numbers};

/// One flag of a program.
struct Argument<'a> {
    /// Its name without the hyphens.
    name: &'a str,
    /// What follows the equals sign.
    value: Option<&'a str>,
    node: &'a Node,
    /// The next argument, which is the value of a flag that takes one and has no equals sign.
    following: Option<&'a Node>,
}

/// The flags among a container's `command` and `args`.
fn arguments<'a>(
    container: &ContainerView<'a>,
) -> Result<impl Iterator<Item = Argument<'a>>, Malformed<'a>> {
    let fields = container.fields();
    let (command, args) = (fields.list("command")?, fields.list("args")?);
    if let Some(node) = command.iter().chain(args).find(|node| node.as_str().is_none()) {
        return Err(Malformed { node, expected: "a text" });
    }
    Ok([command, args].into_iter().flat_map(|list| {
        list.iter().enumerate().filter_map(move |(place, node)| {
            let text = node.as_str()?;
            let flag = text.strip_prefix("--").or_else(|| text.strip_prefix('-'))?;
            let (name, value) = match flag.split_once('=') {
                Some((name, value)) => (name, Some(value)),
                None => (flag, None),
            };
            Some(Argument { name, value, node, following: list.get(place + 1) })
        })
    }))
}

//! Programs that do what they are told by whoever reaches them.

use merlon_views::objects::{ContainerView, ImageReference, Place, PodView};
use merlon_yaml::Node;

use crate::graph::Basis;

/// What a program without a login gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::techniques) enum Gives {
    /// Running programs in its container.
    Container,
    /// Requests to the API server with its service account.
    Account,
}

struct Program {
    /// As their projects publish them.
    images: &'static [&'static str],
    gives: Gives,
    /// Whether it runs without a login, by its arguments and variables.
    is_open: fn(&Settings<'_>) -> bool,
    statement: &'static str,
}

/// The programs, with what has to be set for them to ask for no login.
static PROGRAMS: &[Program] = &[
    Program {
        images: &["kubernetesui/dashboard", "google_containers/kubernetes-dashboard-amd64"],
        gives: Gives::Account,
        is_open: |it| it.is_on("enable-skip-login"),
        statement: "the dashboard lets everybody skip its login",
    },
    Program {
        images: &["kubernetes-helm/tiller", "helm/tiller"],
        gives: Gives::Account,
        // It can be told to ask for certificates, or to listen to its own pod alone.
        is_open: |it| {
            let local = |it: &str| it.starts_with("localhost:") || it.starts_with("127.0.0.1:");
            !it.is_on("tls-verify") && !it.value("listen").is_some_and(local)
        },
        statement: "Tiller takes orders without a login",
    },
    Program {
        images: &["argoproj/argocli"],
        gives: Gives::Account,
        is_open: |it| it.value("auth-mode") == Some("server"),
        statement: "Argo Workflows' server uses its own account for everybody",
    },
    Program {
        images: &["rayproject/ray", "rayproject/ray-ml"],
        gives: Gives::Container,
        is_open: |it| it.variable("RAY_AUTH_MODE") != Some("token"),
        statement: "Ray runs the jobs of whoever reaches it",
    },
    Program {
        images: &["flink", "apache/flink"],
        gives: Gives::Container,
        is_open: |it| it.has_word("jobmanager"),
        statement: "Flink runs the jobs of whoever reaches it",
    },
    Program {
        images: &["nodered/node-red"],
        gives: Gives::Container,
        is_open: |_| true,
        statement: "Node-RED asks for no login unless its settings file says so",
    },
    Program {
        images: &["docker"],
        gives: Gives::Container,
        // With certificates it listens on port 2376 alone.
        is_open: |it| it.tag.contains("dind") && it.variable("DOCKER_TLS_CERTDIR") == Some(""),
        statement: "Docker's API is served without certificates",
    },
    Program {
        images: &["tsl0922/ttyd"],
        gives: Gives::Container,
        is_open: |it| !["c", "credential", "H", "auth-header"].iter().any(|name| it.has(name)),
        statement: "ttyd gives a shell to whoever reaches it",
    },
    Program {
        images: &[
            "jupyter/base-notebook",
            "jupyter/minimal-notebook",
            "jupyter/scipy-notebook",
            "jupyter/datascience-notebook",
            "jupyter/tensorflow-notebook",
            "jupyter/pytorch-notebook",
            "jupyter/pyspark-notebook",
            "jupyter/all-spark-notebook",
        ],
        gives: Gives::Container,
        // It makes a token up where none is given; an empty one means no login.
        is_open: |it| {
            ["NotebookApp.token", "ServerApp.token", "IdentityProvider.token"].iter().any(|name| {
                it.value(name).is_some_and(|value| value.trim_matches(['\'', '"']).is_empty())
            })
        },
        statement: "Jupyter's token is turned off",
    },
];

/// What reaching a container gives whose program asks for no login, and what tells so.
pub(in crate::techniques) fn open_interface<'w, 'a: 'w>(
    workload: &'w PodView<'a>,
    container: &'w ContainerView<'a>,
) -> Option<(Gives, Basis<'w>)> {
    let node = container.node.get("image")?;
    let image = ImageReference::parse(node.as_str()?)?;
    let is_it = |it: &&Program| it.images.iter().any(|name| image.is_copy_of(name));
    let program = PROGRAMS.iter().find(is_it)?;
    let is_open = (program.is_open)(&Settings::of(container, image.tag.unwrap_or_default()));
    let basis = Basis::Object(workload.object, Place::Node(node), program.statement);
    is_open.then_some((program.gives, basis))
}

/// What decides how a program runs: the image's tag, arguments, variables.
struct Settings<'a> {
    tag: &'a str,
    arguments: Vec<&'a str>,
    variables: &'a [Node],
}

impl<'a> Settings<'a> {
    fn of(container: &ContainerView<'a>, tag: &'a str) -> Self {
        let list = |key| container.node.get(key).and_then(Node::as_sequence).unwrap_or_default();
        let arguments =
            list("command").iter().chain(list("args")).filter_map(Node::as_str).collect();
        Self { tag, arguments, variables: list("env") }
    }

    fn has_word(&self, word: &str) -> bool {
        self.arguments.contains(&word)
    }

    fn has(&self, name: &str) -> bool {
        self.flags().any(|(own, _)| own == name)
    }

    /// Whether a flag of its name is given and not false.
    fn is_on(&self, name: &str) -> bool {
        self.flags().any(|(own, value)| own == name && value != Some("false"))
    }

    /// The value of a flag: after the equals sign, else the next argument.
    fn value(&self, name: &str) -> Option<&'a str> {
        let place = self
            .arguments
            .iter()
            .position(|argument| flag(argument).is_some_and(|it| it.0 == name))?;
        let (_, value) = flag(self.arguments[place])?;
        value.or_else(|| self.arguments.get(place + 1).copied().filter(|it| !it.starts_with('-')))
    }

    /// The value of a variable that is written out.
    fn variable(&self, name: &str) -> Option<&'a str> {
        let is_it = |node: &&&'a Node| node.get("name").and_then(Node::as_str) == Some(name);
        let variables: Vec<&'a Node> = self.variables.iter().collect();
        variables.iter().find(is_it)?.get("value")?.as_str()
    }

    fn flags(&self) -> impl Iterator<Item = (&'a str, Option<&'a str>)> {
        self.arguments.iter().filter_map(|argument| flag(argument))
    }
}

fn flag(argument: &str) -> Option<(&str, Option<&str>)> {
    let flag = argument.strip_prefix("--").or_else(|| argument.strip_prefix('-'))?;
    Some(flag.split_once('=').map_or((flag, None), |(name, value)| (name, Some(value))))
}

//! Programs that do what they are told by whoever reaches them, as far as a container tells.

use merlon_yaml::Node;

use super::fields::{Fields, Malformed};
use super::image::ImageReference;
use super::pod::ContainerView;

/// An interface that asks nobody who they are.
#[derive(Clone, Copy, Debug)]
pub struct OpenInterface<'a> {
    /// What people call it: `the Kubernetes dashboard`.
    pub name: &'static str,
    /// What whoever comes may do, after "lets anybody".
    pub lets: &'static str,
    /// What reaching it gives in the cluster, where that is more than its own data, and why.
    pub gives: Option<(Gives, &'static str)>,
    /// Where its image is written.
    pub image: &'a Node,
    /// Whether variables come from elsewhere, so that a login may.
    pub is_doubtful: bool,
}

/// What a program gives to whom it obeys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gives {
    /// Running programs in its container.
    Container,
    /// Requests to the API server with its service account.
    Account,
}

struct Interface {
    name: &'static str,
    /// As their projects publish them.
    images: &'static [&'static str],
    lets: &'static str,
    gives: Option<(Gives, &'static str)>,
    /// Whether it asks for no login, by its arguments and variables.
    is_open: fn(&Settings<'_>) -> bool,
    /// Whether variables can make it ask for one.
    heeds_variables: bool,
}

/// One that asks for no login unless something makes it.
const fn open(
    name: &'static str,
    images: &'static [&'static str],
    lets: &'static str,
    is_open: fn(&Settings<'_>) -> bool,
) -> Interface {
    Interface { name, images, lets, gives: None, is_open, heeds_variables: true }
}

/// One that asks for a login unless it is told not to, or heeds arguments alone.
const fn told(
    name: &'static str,
    images: &'static [&'static str],
    lets: &'static str,
    is_open: fn(&Settings<'_>) -> bool,
) -> Interface {
    Interface { heeds_variables: false, ..open(name, images, lets, is_open) }
}

impl Interface {
    const fn gives(self, gives: Gives, why: &'static str) -> Self {
        Self { gives: Some((gives, why)), ..self }
    }
}

/// Those whose login is configured in files alone are left out.
static INTERFACES: &[Interface] = &[
    open("Ray", &["rayproject/ray", "rayproject/ray-ml"], "run programs", |it| {
        !it.is_set("RAY_AUTH_MODE") || it.is("RAY_AUTH_MODE", "disabled")
    })
    .gives(Gives::Container, "Ray runs the jobs of whoever reaches it"),
    open("Dask", &["daskdev/dask"], "run programs", |it| !it.has("tls-cert"))
        .gives(Gives::Container, "Dask runs the tasks of whoever reaches it"),
    told("Flink", &["flink", "apache/flink"], "run programs", |it| it.has_word("jobmanager"))
        .gives(Gives::Container, "Flink runs the jobs of whoever reaches it"),
    told("Node-RED", &["nodered/node-red"], "run programs", |_| true)
        .gives(Gives::Container, "Node-RED asks for no login unless its settings file says so"),
    // With certificates it listens on port 2376 alone.
    told("Docker", &["docker"], "run containers", |it| {
        it.tag.contains("dind") && it.variable("DOCKER_TLS_CERTDIR") == Some(Some(""))
    })
    .gives(Gives::Container, "Docker's API is served without certificates"),
    told("ttyd", &["tsl0922/ttyd"], "use its shell", |it| {
        !["c", "credential", "H", "auth-header"].iter().any(|name| it.has(name))
    })
    .gives(Gives::Container, "ttyd gives a shell to whoever reaches it"),
    // It can be told to ask for certificates, or to listen to its own pod alone.
    told("Tiller", &["kubernetes-helm/tiller", "helm/tiller"], "use its account", |it| {
        let is_local = |it: &str| it.starts_with("localhost:") || it.starts_with("127.0.0.1:");
        !it.is_on("tls-verify") && !it.values("listen").any(is_local)
    })
    .gives(Gives::Account, "Tiller takes orders without a login"),
    open("Weave Scope", &["weaveworks/scope"], "open shells in containers", |it| {
        !it.arguments.iter().any(|word| word.contains("basicAuth"))
    }),
    told("Longhorn's interface", &["longhornio/longhorn-ui"], "delete volumes", |_| true),
    told("Kafdrop", &["obsidiandynamics/kafdrop"], "read messages", |_| true),
    open(
        "Kafka UI",
        &["provectuslabs/kafka-ui", "kafbat/kafka-ui"],
        "read and delete messages",
        |it| {
            let is_off = !it.is_set("AUTH_TYPE") || it.is("AUTH_TYPE", "disabled");
            is_off && !it.is_set("SPRING_CONFIG_ADDITIONAL-LOCATION")
        },
    ),
    open("Redis Commander", &["rediscommander/redis-commander"], "change the database", |it| {
        !it.is_set("HTTP_USER")
    }),
    told(
        "Redis Insight",
        &["redis/redisinsight", "redislabs/redisinsight"],
        "change the databases it knows",
        |_| true,
    ),
    open("MLflow", &["mlflow/mlflow"], "change models and read their files", |it| {
        !it.has("app-name")
    }),
    open(
        "Selenium",
        &["selenium/hub", "selenium/standalone-chrome", "selenium/standalone-firefox"],
        "browse the cluster's network",
        |it| !it.is_set("SE_ROUTER_USERNAME"),
    ),
    told(
        "the Kubernetes dashboard",
        &[
            "kubernetesui/dashboard",
            "kubernetesui/dashboard-api",
            "kubernetes-dashboard-amd64",
            "google_containers/kubernetes-dashboard-amd64",
        ],
        "use its account",
        |it| it.is_on("enable-skip-login"),
    )
    .gives(Gives::Account, "the dashboard lets everybody skip its login"),
    told("Argo Workflows", &["argoproj/argocli"], "run programs", |it| {
        it.values("auth-mode").any(|mode| mode == "server")
    })
    .gives(Gives::Account, "Argo Workflows' server uses its own account for everybody"),
    told(
        "Grafana",
        &["grafana/grafana", "grafana/grafana-oss", "grafana/grafana-enterprise"],
        "administer it",
        |it| {
            it.is("GF_AUTH_ANONYMOUS_ENABLED", "true")
                && it.is("GF_AUTH_ANONYMOUS_ORG_ROLE", "admin")
        },
    ),
    told(
        "Jupyter",
        &[
            "jupyter/base-notebook",
            "jupyter/minimal-notebook",
            "jupyter/scipy-notebook",
            "jupyter/datascience-notebook",
            "jupyter/tensorflow-notebook",
            "jupyter/pytorch-notebook",
            "jupyter/pyspark-notebook",
            "jupyter/all-spark-notebook",
        ],
        "run programs",
        // It makes a token up where none is given; an empty one means no login.
        |it| it.flags().any(|(name, value)| name.ends_with(".token") && value == Some("")),
    )
    .gives(Gives::Container, "Jupyter's token is turned off"),
    told("code-server", &["codercom/code-server"], "run programs", |it| {
        it.values("auth").any(|mode| mode == "none")
    })
    .gives(Gives::Container, "code-server runs programs without a login"),
    told("mongo-express", &["mongo-express"], "change the database", |it| {
        it.is("ME_CONFIG_BASICAUTH", "false")
    }),
    told("phpMyAdmin", &["phpmyadmin", "phpmyadmin/phpmyadmin"], "change the database", |it| {
        it.is_set("PMA_USER") && it.is_set("PMA_PASSWORD")
    }),
];

impl<'a> ContainerView<'a> {
    /// The interface that the container is, where it asks for no login.
    ///
    /// # Errors
    /// Where it is such a program, and one that the API server refuses.
    pub fn open_interface(&self) -> Result<Option<OpenInterface<'a>>, Malformed<'a>> {
        let Some(image) = self.fields().get("image").node() else { return Ok(None) };
        let Some(reference) = image.as_str().and_then(ImageReference::parse) else {
            return Ok(None);
        };
        let is_it = |it: &&Interface| it.images.iter().any(|name| reference.is_copy_of(name));
        let Some(interface) = INTERFACES.iter().find(is_it) else { return Ok(None) };
        let settings = Settings::of(self, reference.tag.unwrap_or_default())?;
        if !(interface.is_open)(&settings) {
            return Ok(None);
        }
        let Interface { name, lets, gives, heeds_variables, .. } = *interface;
        let is_doubtful = heeds_variables && !self.fields().list("envFrom")?.is_empty();
        Ok(Some(OpenInterface { name, lets, gives, image, is_doubtful }))
    }
}

/// What decides how a program runs: the image's tag, arguments, variables.
struct Settings<'a> {
    tag: &'a str,
    /// Words of `command` and `args`, those of shell scripts apart, without quotes around them.
    arguments: Vec<&'a str>,
    /// Names with what is written; `None` for what stands elsewhere.
    variables: Vec<(&'a str, Option<&'a str>)>,
}

impl<'a> Settings<'a> {
    fn of(container: &ContainerView<'a>, tag: &'a str) -> Result<Self, Malformed<'a>> {
        let fields = container.fields();
        let mut arguments = Vec::new();
        for text in fields.texts("command")?.into_iter().chain(fields.texts("args")?) {
            arguments.extend(text.split_whitespace());
            // An empty one may be a flag's value.
            if text.trim().is_empty() {
                arguments.push("");
            }
        }
        let mut variables = Vec::new();
        for node in fields.list("env")? {
            let variable = Fields::of(node);
            let name = variable.text("name")?.unwrap_or_default();
            let written = variable.text("value")?;
            let is_elsewhere = written.is_none() && variable.get("valueFrom").is_set();
            variables.push((name, if is_elsewhere { None } else { written.or(Some("")) }));
        }
        Ok(Self { tag, arguments, variables })
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

    /// The values of a flag, each time that it is given.
    fn values(&self, name: &str) -> impl Iterator<Item = &'a str> {
        self.flags().filter(move |(own, _)| *own == name).filter_map(|(_, value)| value)
    }

    /// The flags with their values: after the equals sign, else the next argument where that is no flag.
    fn flags(&self) -> impl Iterator<Item = (&'a str, Option<&'a str>)> {
        self.arguments.iter().enumerate().filter_map(|(place, argument)| {
            let flag = argument.trim_start_matches(['\'', '"']);
            let flag = flag.strip_prefix("--").or_else(|| flag.strip_prefix('-'))?;
            let next = || self.arguments.get(place + 1).filter(|it| !it.starts_with('-')).copied();
            let (name, value) = match flag.split_once('=') {
                Some((name, value)) => (name, Some(value)),
                None => (flag, next()),
            };
            Some((name, value.map(|it| it.trim_matches(['\'', '"']))))
        })
    }

    /// What a variable is: `None` where there is none, `Some(None)` where it stands elsewhere.
    fn variable(&self, name: &str) -> Option<Option<&'a str>> {
        self.variables.iter().find(|(own, _)| *own == name).map(|(_, value)| *value)
    }

    fn is(&self, name: &str, value: &str) -> bool {
        self.variable(name).flatten().is_some_and(|it| it.eq_ignore_ascii_case(value))
    }

    fn is_set(&self, name: &str) -> bool {
        self.variable(name).is_some_and(|it| it.is_none_or(|written| !written.is_empty()))
    }
}

#[cfg(test)]
mod tests {
    use merlon_yaml::{Limits, parse};

    use super::super::pod::containers;

    fn check(container: &str, expected: Option<&str>) {
        let parsed = parse(&format!("containers: [{{name: a, {container}}}]"), &Limits::default());
        let all = containers(&parsed.documents[0].root);
        let found = all[0].open_interface().expect(container).map(|it| it.name);
        assert_eq!(found, expected, "{container}");
    }

    fn with(image: &str, rest: &str) -> String {
        format!("image: '{image}', {rest}")
    }

    #[test]
    fn interfaces_are_open_as_they_come() {
        let ray = |mode: &str| {
            with("rayproject/ray:2.52.0", &format!("env: [{{name: RAY_AUTH_MODE, {mode}}}]"))
        };
        check("image: 'rayproject/ray:2.9.0'", Some("Ray"));
        check("image: 'registry.example.com/mirror/rayproject/ray:2.9.0'", Some("Ray"));
        check("image: 'acme/ray:1'", None);
        check(&ray("value: token"), None);
        check(&ray("value: disabled"), Some("Ray"));
        check(&ray("valueFrom: {secretKeyRef: {name: a, key: b}}"), None);
        let kafka = |rest: &str| with("provectuslabs/kafka-ui:v0.7.2", rest);
        check(&kafka(""), Some("Kafka UI"));
        check(&kafka("env: [{name: AUTH_TYPE, value: ''}]"), Some("Kafka UI"));
        check(&kafka("env: [{name: AUTH_TYPE, value: DISABLED}]"), Some("Kafka UI"));
        check(&kafka("env: [{name: AUTH_TYPE, value: OAUTH2}]"), None);
        check("image: 'daskdev/dask:2024.1.0', args: [dask-scheduler]", Some("Dask"));
        check("image: 'daskdev/dask:2024.1.0', args: [dask-scheduler, --tls-cert, a]", None);
        check("image: 'flink:1.18', args: [jobmanager]", Some("Flink"));
        check("image: 'flink:1.18', args: [taskmanager]", None);
        check("image: 'tsl0922/ttyd', args: [bash]", Some("ttyd"));
        check("image: 'tsl0922/ttyd', args: [-c, 'a:b', bash]", None);
        check(
            "image: 'docker:27-dind', env: [{name: DOCKER_TLS_CERTDIR, value: ''}]",
            Some("Docker"),
        );
        check("image: 'docker:27-dind'", None);
        check("image: 'docker:27-cli', env: [{name: DOCKER_TLS_CERTDIR, value: ''}]", None);
    }

    #[test]
    fn interfaces_are_open_where_they_are_told() {
        let jupyter =
            |args: &str| with("quay.io/jupyter/base-notebook:1", &format!("args: {args}"));
        check(&jupyter("[]"), None);
        check(&jupyter("[start-notebook.sh, --NotebookApp.token=]"), Some("Jupyter"));
        check(&jupyter("[start-notebook.sh, --NotebookApp.token, '']"), Some("Jupyter"));
        check(&jupyter("[\"--ServerApp.token=''\"]"), Some("Jupyter"));
        check(&jupyter("['jupyter lab --IdentityProvider.token= --port=80']"), Some("Jupyter"));
        check(&jupyter("[--NotebookApp.token=abc]"), None);
        check(&jupyter("[--NotebookApp.token, abc]"), None);
        let dashboard =
            |args: &str| with("kubernetesui/dashboard:v2.7.0", &format!("args: {args}"));
        check(&dashboard("[--enable-skip-login]"), Some("the Kubernetes dashboard"));
        check(&dashboard("[--enable-skip-login=false]"), None);
        check(&dashboard("[--enable-skip-login-later]"), None);
        check(&dashboard("[]"), None);
        let argo = |args: &str| with("argoproj/argocli:v3.5.0", &format!("args: {args}"));
        check(&argo("[server, --auth-mode=server]"), Some("Argo Workflows"));
        check(&argo("[server, --auth-mode, sso, --auth-mode, server]"), Some("Argo Workflows"));
        check(&argo("[server, --auth-mode=client]"), None);
        let grafana = |role: &str| {
            with(
                "grafana/grafana:11.0.0",
                &format!(
                    "env: [{{name: GF_AUTH_ANONYMOUS_ENABLED, value: 'true'}}, {{name: \
                     GF_AUTH_ANONYMOUS_ORG_ROLE, value: {role}}}]"
                ),
            )
        };
        check(&grafana("Admin"), Some("Grafana"));
        check(&grafana("Viewer"), None);
        check("image: 'codercom/code-server:4', args: [--auth, none]", Some("code-server"));
        check("image: 'codercom/code-server:4', args: [--auth, password]", None);
        let tiller = |args: &str| with("ghcr.io/helm/tiller:v2.17.0", &format!("args: {args}"));
        check(&tiller("[]"), Some("Tiller"));
        check(&tiller("[--tls-verify]"), None);
        check(&tiller("[--listen=localhost:44134]"), None);
    }

    #[test]
    fn variables_from_elsewhere_leave_doubt() {
        let check = |container: &str, expected: bool| {
            let from = "envFrom: [{secretRef: {name: a}}]";
            let text = format!("containers: [{{name: a, {container}, {from}}}]");
            let parsed = parse(&text, &Limits::default());
            let all = containers(&parsed.documents[0].root);
            let found = all[0].open_interface().expect(container).map(|it| it.is_doubtful);
            assert_eq!(found, Some(expected), "{container}");
        };
        check("image: 'kafbat/kafka-ui:v1.0.0'", true);
        check("image: 'kubernetesui/dashboard:v2.7.0', args: [--enable-skip-login]", false);
    }

    #[test]
    fn what_the_api_server_refuses_is_an_error() {
        let check = |container: &str, is_refused: bool| {
            let text = format!("containers: [{{name: a, {container}}}]");
            let parsed = parse(&text, &Limits::default());
            let all = containers(&parsed.documents[0].root);
            assert_eq!(all[0].open_interface().is_err(), is_refused, "{container}");
        };
        check("image: 'rayproject/ray:2.9.0', args: [1]", true);
        check("image: 'rayproject/ray:2.9.0', env: {}", true);
        check("image: 'acme/app:1', args: [1]", false);
    }
}

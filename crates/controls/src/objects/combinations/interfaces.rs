//! Interfaces for administrators that let in whoever comes, as far as a container tells.

use merlon_views::ContainerView;
use merlon_views::objects::{Fields, Malformed};
use merlon_yaml::Node;

use crate::objects::images::image;

/// An interface, and what in a container says whether it asks for a login.
struct Interface {
    name: &'static str,
    images: &'static [&'static str],
    /// What whoever comes may do, after "lets anybody".
    lets: &'static str,
    /// All of these have to be there for it to be open; none for one that is open as it comes.
    opens: &'static [Sign],
    /// Any of these makes it ask for a login.
    closes: &'static [Sign],
}

/// What is written in a container.
enum Sign {
    /// This among `command` and `args`, put together with blanks.
    Words(&'static str),
    /// A variable of that name, whatever its value.
    Set(&'static str),
    /// A variable of that value, whatever its case.
    Is(&'static str, &'static str),
}

use Sign::{Is, Set, Words};

/// By the images that their projects publish. Those whose login is configured in files alone are left out.
const INTERFACES: &[Interface] = &[
    open("Ray", &["rayproject/ray", "rayproject/ray-ml"], "run programs", &[Set("RAY_AUTH_MODE")]),
    open("Dask", &["daskdev/dask"], "run programs", &[Words("--tls-cert")]),
    open("Weave Scope", &["weaveworks/scope"], "open shells in containers", &[Words("basicAuth")]),
    open("Longhorn's interface", &["longhornio/longhorn-ui"], "delete volumes", &[]),
    open("Kafdrop", &["obsidiandynamics/kafdrop"], "read messages", &[]),
    open(
        "Kafka UI",
        &["provectuslabs/kafka-ui", "kafbat/kafka-ui"],
        "read and delete messages",
        &[Set("AUTH_TYPE"), Set("SPRING_CONFIG_ADDITIONAL-LOCATION")],
    ),
    open(
        "Redis Commander",
        &["rediscommander/redis-commander"],
        "change the database",
        &[Set("HTTP_USER")],
    ),
    open(
        "Redis Insight",
        &["redis/redisinsight", "redislabs/redisinsight"],
        "change the databases it knows",
        &[],
    ),
    open(
        "MLflow",
        &["mlflow/mlflow"],
        "change models and read their files",
        &[Words("--app-name")],
    ),
    open(
        "Selenium",
        &["selenium/hub", "selenium/standalone-chrome", "selenium/standalone-firefox"],
        "browse the cluster's network",
        &[Set("SE_ROUTER_USERNAME")],
    ),
    opened(
        "the Kubernetes dashboard",
        DASHBOARD,
        "use its account",
        &[Words("--enable-skip-login")],
    ),
    opened("Argo Workflows", ARGO, "run programs", &[Words("--auth-mode=server")]),
    opened("Argo Workflows", ARGO, "run programs", &[Words("--auth-mode server")]),
    opened(
        "Grafana",
        &["grafana/grafana", "grafana/grafana-oss", "grafana/grafana-enterprise"],
        "administer it",
        &[Is("GF_AUTH_ANONYMOUS_ENABLED", "true"), Is("GF_AUTH_ANONYMOUS_ORG_ROLE", "admin")],
    ),
    opened("Jupyter", JUPYTER, "run programs", &[Words(".token=''")]),
    opened("Jupyter", JUPYTER, "run programs", &[Words(".token=\"\"")]),
    opened("Jupyter", JUPYTER, "run programs", &[Words(".token= ")]),
    opened("code-server", CODE, "run programs", &[Words("--auth none")]),
    opened("code-server", CODE, "run programs", &[Words("--auth=none")]),
    opened(
        "mongo-express",
        &["mongo-express"],
        "change the database",
        &[Is("ME_CONFIG_BASICAUTH", "false")],
    ),
    opened(
        "phpMyAdmin",
        &["phpmyadmin", "phpmyadmin/phpmyadmin"],
        "change the database",
        &[Set("PMA_USER"), Set("PMA_PASSWORD")],
    ),
];

const DASHBOARD: &[&str] =
    &["kubernetesui/dashboard", "kubernetesui/dashboard-api", "kubernetes-dashboard-amd64"];
const ARGO: &[&str] = &["argoproj/argocli"];
const CODE: &[&str] = &["codercom/code-server"];
const JUPYTER: &[&str] = &[
    "jupyter/base-notebook",
    "jupyter/minimal-notebook",
    "jupyter/scipy-notebook",
    "jupyter/datascience-notebook",
    "jupyter/tensorflow-notebook",
    "jupyter/pytorch-notebook",
    "jupyter/pyspark-notebook",
    "jupyter/all-spark-notebook",
];

type Images = &'static [&'static str];
type Signs = &'static [Sign];

/// One that asks for no login as it comes.
const fn open(name: &'static str, images: Images, lets: &'static str, closes: Signs) -> Interface {
    Interface { name, images, lets, opens: &[], closes }
}

/// One that asks for a login unless it is told not to.
const fn opened(name: &'static str, images: Images, lets: &'static str, opens: Signs) -> Interface {
    Interface { name, images, lets, opens, closes: &[] }
}

/// An interface that is open to whoever reaches it.
pub(super) struct Open<'a> {
    pub(super) name: &'static str,
    pub(super) lets: &'static str,
    /// Where its image is written.
    pub(super) image: &'a Node,
    /// Whether variables come from elsewhere, so that a login may.
    pub(super) is_doubtful: bool,
}

/// The interface that a container is, where it asks for no login.
///
/// # Errors
/// Where the container is one that the API server refuses.
pub(super) fn open_interface<'a>(
    container: &ContainerView<'a>,
) -> Result<Option<Open<'a>>, Malformed<'a>> {
    let Some((image, node)) = image(container)? else { return Ok(None) };
    for interface in INTERFACES {
        if !interface.images.iter().any(|name| image.is_copy_of(name)) {
            continue;
        }
        let words = words(container)?;
        let has = |sign: &Sign| has(container, &words, sign);
        let mut is_open = true;
        for sign in interface.opens {
            is_open &= has(sign)?;
        }
        for sign in interface.closes {
            is_open &= !has(sign)?;
        }
        if is_open {
            let further = !container.fields().list("envFrom")?.is_empty();
            let is_doubtful = further && !interface.closes.is_empty();
            let Interface { name, lets, .. } = interface;
            return Ok(Some(Open { name, lets, image: node, is_doubtful }));
        }
    }
    Ok(None)
}

/// What a container calls; a blank at the end tells an empty value from a longer one.
fn words<'a>(container: &ContainerView<'a>) -> Result<String, Malformed<'a>> {
    let mut words = String::new();
    for key in ["command", "args"] {
        for word in container.fields().texts(key)? {
            // A flag that is switched off is as good as none.
            if !word.ends_with("=false") {
                words.push_str(word);
                words.push(' ');
            }
        }
    }
    Ok(words)
}

fn has<'a>(container: &ContainerView<'a>, words: &str, sign: &Sign) -> Result<bool, Malformed<'a>> {
    let (wanted, value) = match sign {
        Words(text) => return Ok(words.contains(text)),
        Set(name) => (name, None),
        Is(name, value) => (name, Some(value)),
    };
    for node in container.fields().list("env")? {
        let variable = Fields::of(node);
        if variable.text("name")? != Some(*wanted) {
            continue;
        }
        let written = variable.text("value")?;
        return Ok(match value {
            Some(value) => written.is_some_and(|it| it.eq_ignore_ascii_case(value)),
            None => written.is_some_and(|it| !it.is_empty()) || variable.get("valueFrom").is_set(),
        });
    }
    Ok(false)
}

#[cfg(test)]
mod tests {
    use merlon_views::{InventoryView, Told};

    use super::open_interface;
    use crate::example;

    fn check(container: &str, expected: Option<&str>) {
        let text = web!("{containers: [{name: a, CONTAINER}]}").replace("CONTAINER", container);
        let inventory = example::inventory(&text);
        let view = InventoryView::new(&inventory, example::NOW, &Told::default());
        let found = open_interface(&view.pods[0].containers[0]).map(|it| it.map(|it| it.name));
        assert_eq!(found.ok().flatten(), expected, "{container}");
    }

    #[test]
    fn interfaces_are_open_as_they_come_or_as_they_are_told() {
        check("image: 'rayproject/ray:2.9.0'", Some("Ray"));
        check("image: 'rayproject/ray:2.52.0', env: [{name: RAY_AUTH_MODE, value: token}]", None);
        check("image: 'acme/ray:1'", None);
        let jupyter =
            |args: &str| format!("image: 'quay.io/jupyter/base-notebook:1', args: {args}");
        check("image: 'quay.io/jupyter/base-notebook:1'", None);
        check(&jupyter("[start-notebook.sh, --NotebookApp.token=]"), Some("Jupyter"));
        check(&jupyter("[\"--ServerApp.token=''\"]"), Some("Jupyter"));
        check(&jupyter("['jupyter lab --IdentityProvider.token= --port=80']"), Some("Jupyter"));
        check(&jupyter("[--NotebookApp.token=abc]"), None);
        let dashboard =
            |args: &str| format!("image: 'kubernetesui/dashboard:v2.7.0', args: {args}");
        check(&dashboard("[--enable-skip-login]"), Some("the Kubernetes dashboard"));
        check(&dashboard("[--enable-skip-login=false]"), None);
        check(&dashboard("[]"), None);
        let grafana = |role: &str| {
            format!(
                "image: 'grafana/grafana:11.0.0', env: [{{name: GF_AUTH_ANONYMOUS_ENABLED, value: \
                 'true'}}, {{name: GF_AUTH_ANONYMOUS_ORG_ROLE, value: {role}}}]"
            )
        };
        check(&grafana("Admin"), Some("Grafana"));
        check(&grafana("Viewer"), None);
        let from = "valueFrom: {secretKeyRef: {name: a, key: b}}";
        let ui = "image: 'provectuslabs/kafka-ui:v0.7.2'";
        check(ui, Some("Kafka UI"));
        check(&format!("{ui}, env: [{{name: AUTH_TYPE, {from}}}]"), None);
        check(&format!("{ui}, env: [{{name: AUTH_TYPE, value: ''}}]"), Some("Kafka UI"));
    }
}

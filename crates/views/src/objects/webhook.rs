use merlon_model::Kind;
use merlon_snapshot::Object;
use merlon_yaml::Node;

use super::fields::Fields;
use super::label_selector::LabelSelector;

/// One webhook of a configuration.
#[derive(Clone, Copy, Debug)]
pub struct WebhookView<'a> {
    /// The configuration it stands in.
    pub configuration: &'a Object,
    /// Its own node.
    pub node: &'a Node,
    /// Its name; empty where none is written.
    pub name: &'a str,
}

/// The webhooks of a validating or mutating configuration.
pub fn webhooks(configuration: &Object) -> impl Iterator<Item = WebhookView<'_>> {
    let nodes = configuration.root.get("webhooks").and_then(Node::as_sequence).unwrap_or_default();
    nodes.iter().map(move |node| {
        let name = node.get("name").and_then(Node::as_str).unwrap_or_default();
        WebhookView { configuration, node, name }
    })
}

impl<'a> WebhookView<'a> {
    /// Its fields.
    #[must_use]
    pub fn fields(&self) -> Fields<'a> {
        Fields::of(self.node)
    }

    /// Whether requests go through when it does not answer: as written, else by the version's
    /// default, which was `Ignore` in `v1beta1` and is `Fail`.
    #[must_use]
    pub fn ignores_failure(&self) -> bool {
        let text = |node: Option<&'a Node>| node.and_then(Node::as_str);
        match text(self.fields().get("failurePolicy").node()) {
            Some(policy) => policy == "Ignore",
            None => {
                text(self.configuration.root.get("apiVersion"))
                    == Some("admissionregistration.k8s.io/v1beta1")
            }
        }
    }

    /// Whether it can refuse requests, as only validating ones are meant to.
    #[must_use]
    pub fn is_validating(&self) -> bool {
        self.configuration.kind() == Some(Kind::ValidatingWebhookConfiguration)
    }

    /// Whether it is asked when an object of that resource is created in some namespace.
    #[must_use]
    pub fn covers(&self, group: &str, resource: &str) -> bool {
        covers(self.fields().get("rules"), group, resource)
    }

    /// Whether requests in a namespace with these labels get to it.
    #[must_use]
    pub fn selects_namespace(&self, label: &dyn Fn(&str) -> Option<&'a str>) -> bool {
        LabelSelector::may_select(self.fields().get("namespaceSelector"), label)
    }
}

/// Whether one of the rules is about creating objects of a resource (`RuleWithOperations`).
pub(crate) fn covers(rules: Fields<'_>, group: &str, resource: &str) -> bool {
    let rules = rules.node().and_then(Node::as_sequence).unwrap_or_default();
    rules.iter().any(|rule| {
        let lists = |key: &str, wanted: &[&str]| {
            let items = rule.get(key).and_then(Node::as_sequence).unwrap_or_default();
            items.iter().filter_map(Node::as_str).any(|item| wanted.contains(&item))
        };
        lists("operations", &["*", "CREATE"])
            && lists("apiGroups", &["*", group])
            && lists("resources", &["*", "*/*", resource])
            && rule.get("scope").and_then(Node::as_str) != Some("Cluster")
    })
}

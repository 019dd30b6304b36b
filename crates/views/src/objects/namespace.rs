use std::collections::BTreeMap;

use merlon_model::Kind;
use merlon_snapshot::Object;
use merlon_yaml::Node;

use super::fields::Fields;
use super::inventory::InventoryView;
use super::label_selector::LabelSelector;
use super::webhook::{covers, webhooks};

/// A namespace: what can refuse pods there besides its Pod Security labels, and who lives there.
#[derive(Clone, Debug)]
pub struct NamespaceView<'a> {
    /// Its name.
    pub name: &'a str,
    /// The object; in manifests it may be missing.
    pub object: Option<&'a Object>,
    /// Webhooks and bindings that are asked when a pod is created there, in the order they were
    /// read. What they look for is not known.
    pub engines: Vec<PolicyEngine<'a>>,
    /// The pods, and the workloads that make them, that are written for it: their places in
    /// [`InventoryView::pods`].
    pub pods: Vec<usize>,
}

/// Something that may refuse pods.
#[derive(Clone, Copy, Debug)]
pub struct PolicyEngine<'a> {
    /// The webhook's configuration, or the policy's binding.
    pub object: &'a Object,
    /// The name of the webhook, or of the policy.
    pub name: &'a str,
    /// Whether pods are let through when it does not answer.
    pub ignores_failure: bool,
}

/// Namespaces that belong to Kubernetes, or that distributions fill and restore themselves.
const SYSTEM: &[&str] = &[
    "kube-system",
    "kube-public",
    "kube-node-lease",
    // GKE
    "gke-managed-cim",
    "gke-managed-system",
    "gke-managed-volumepopulator",
    "gke-managed-filestorecsi",
    "gke-managed-networking-dra-driver",
    "gmp-system",
    "gmp-public",
    // AKS
    "app-routing-system",
    "aks-istio-system",
    // The operator of Calico, which EKS, AKS and OpenShift users install.
    "calico-system",
    "calico-apiserver",
    "tigera-operator",
    // Rancher
    "cattle-system",
    "cattle-fleet-system",
    "cattle-impersonation-system",
    // kind
    "local-path-storage",
];

/// Whether a namespace belongs to Kubernetes or to the distribution, by its name.
#[must_use]
pub fn is_system_namespace(name: &str) -> bool {
    SYSTEM.contains(&name) || name == "openshift" || name.starts_with("openshift-")
}

/// Every namespace that an object describes or a pod is written for.
pub(crate) fn namespaces<'a>(view: &InventoryView<'a>) -> BTreeMap<&'a str, NamespaceView<'a>> {
    let empty = |name| NamespaceView { name, object: None, engines: Vec::new(), pods: Vec::new() };
    let mut all: BTreeMap<&'a str, NamespaceView<'a>> = BTreeMap::new();
    for object in view.of_kind(Kind::Namespace) {
        let namespace = all.entry(object.name()).or_insert_with(|| empty(object.name()));
        namespace.object.get_or_insert(object);
    }
    for (place, pod) in view.pods.iter().enumerate() {
        all.entry(pod.namespace).or_insert_with(|| empty(pod.namespace)).pods.push(place);
    }
    let policies = denying_policies(view);
    for namespace in all.values_mut() {
        namespace.engines = engines(view, &policies, namespace);
    }
    all
}

/// A policy of the API server that is asked about pods, with a binding that denies.
struct Policy<'a> {
    policy: &'a Object,
    binding: &'a Object,
}

fn denying_policies<'a>(view: &InventoryView<'a>) -> Vec<Policy<'a>> {
    let mut policies = Vec::new();
    for binding in view.of_kind(Kind::ValidatingAdmissionPolicyBinding) {
        let name = binding.root.path(&["spec", "policyName"]).and_then(Node::as_str);
        let policy = view.find(Kind::ValidatingAdmissionPolicy, "", name.unwrap_or_default());
        let Some(policy) = policy else { continue };
        let narrowed = Fields::of(&binding.root).path(&["spec", "matchResources"]);
        let asked = covers_pods(Fields::of(&policy.root).path(&["spec", "matchConstraints"]));
        if denies(binding)
            && asked
            && (!narrowed.get("resourceRules").is_set() || covers_pods(narrowed))
        {
            policies.push(Policy { policy, binding });
        }
    }
    policies
}

fn covers_pods(matching: Fields<'_>) -> bool {
    covers(matching.get("resourceRules"), "", "pods")
}

/// Whether a binding of a `ValidatingAdmissionPolicy` refuses what violates the policy.
#[must_use]
pub fn denies(binding: &Object) -> bool {
    let actions = binding.root.path(&["spec", "validationActions"]).and_then(Node::as_sequence);
    actions.unwrap_or_default().iter().any(|action| action.as_str() == Some("Deny"))
}

fn engines<'a>(
    view: &InventoryView<'a>,
    policies: &[Policy<'a>],
    namespace: &NamespaceView<'a>,
) -> Vec<PolicyEngine<'a>> {
    let label = |key: &str| label(namespace, key);
    let mut engines = Vec::new();
    for configuration in view.of_kind(Kind::ValidatingWebhookConfiguration) {
        for webhook in webhooks(configuration) {
            if webhook.covers("", "pods") && webhook.selects_namespace(&label) {
                let ignores_failure = webhook.ignores_failure();
                let name = webhook.name;
                engines.push(PolicyEngine { object: configuration, name, ignores_failure });
            }
        }
    }
    for Policy { policy, binding } in policies {
        let constraints = Fields::of(&policy.root).path(&["spec", "matchConstraints"]);
        let resources = Fields::of(&binding.root).path(&["spec", "matchResources"]);
        let selects =
            |it: &Fields<'a>| LabelSelector::may_select(it.get("namespaceSelector"), label);
        if [constraints, resources].iter().all(selects) {
            let failure = policy.root.path(&["spec", "failurePolicy"]).and_then(Node::as_str);
            let ignores_failure = failure == Some("Ignore");
            engines.push(PolicyEngine { object: binding, name: policy.name(), ignores_failure });
        }
    }
    engines
}

/// A label of the namespace; the API server gives every one its name as a label.
fn label<'a>(namespace: &NamespaceView<'a>, key: &str) -> Option<&'a str> {
    if key == "kubernetes.io/metadata.name" {
        return Some(namespace.name);
    }
    namespace.object?.root.path(&["metadata", "labels"])?.get(key)?.as_str()
}

#[cfg(test)]
mod tests {
    use super::super::example::inventory;
    use super::InventoryView;
    use crate::Told;

    const SHOP: &str = "\
{apiVersion: v1, kind: Namespace, metadata: {name: shop, labels: {team: a}}}
---
{apiVersion: v1, kind: Pod, metadata: {name: web, namespace: shop}, spec: {containers: []}}
---
";

    #[test]
    fn engines_are_what_is_asked_about_pods_of_the_namespace() {
        let check = |objects: &str, expected: &[&str]| {
            let inventory = inventory(&format!("{SHOP}{objects}"));
            let view = InventoryView::new(&inventory, 0, &Told::default());
            let shop = &view.namespaces()["shop"];
            assert_eq!(shop.pods, [0]);
            let said: Vec<String> = shop
                .engines
                .iter()
                .map(|it| format!("{}{}", it.name, if it.ignores_failure { "?" } else { "" }))
                .collect();
            assert_eq!(said, expected, "{objects}");
        };
        let webhook = |kind: &str, version: &str, rest: &str, resources: &str| {
            format!(
                "{{apiVersion: admissionregistration.k8s.io/{version}, \
                 kind: {kind}WebhookConfiguration, metadata: {{name: w}}, webhooks: [{{name: w, \
                 rules: [{{operations: [CREATE], apiGroups: [''], resources: {resources}}}], \
                 {rest}}}]}}"
            )
        };
        check("", &[]);
        check(&webhook("Validating", "v1", "", "[pods]"), &["w"]);
        check(&webhook("Validating", "v1", "", "['*/*']"), &["w"]);
        check(&webhook("Validating", "v1", "", "[pods/exec, services]"), &[]);
        check(&webhook("Validating", "v1beta1", "", "[pods]"), &["w?"]);
        check(&webhook("Validating", "v1", "failurePolicy: Ignore", "[pods]"), &["w?"]);
        check(&webhook("Mutating", "v1", "", "[pods]"), &[]);
        let apart = |key: &str, value: &str| {
            let selector = format!(
                "namespaceSelector: {{matchExpressions: [{{key: {key}, operator: NotIn, \
                 values: [{value}]}}]}}"
            );
            webhook("Validating", "v1", &selector, "[pods]")
        };
        check(&apart("kubernetes.io/metadata.name", "shop"), &[]);
        check(&apart("kubernetes.io/metadata.name", "kube-system"), &["w"]);
        check(&apart("team", "a"), &[]);
        let policy = |actions: &str, narrowed: &str| {
            format!(
                "{{apiVersion: admissionregistration.k8s.io/v1, kind: ValidatingAdmissionPolicy, \
                 metadata: {{name: p}}, spec: {{matchConstraints: {{resourceRules: [\
                 {{operations: ['*'], apiGroups: ['*'], resources: [pods]}}]}}}}}}\n---\n\
                 {{apiVersion: admissionregistration.k8s.io/v1, \
                 kind: ValidatingAdmissionPolicyBinding, metadata: {{name: b}}, spec: {{\
                 policyName: p, validationActions: {actions}, matchResources: {narrowed}}}}}"
            )
        };
        check(&policy("[Deny, Audit]", "{}"), &["p"]);
        check(&policy("[Warn]", "{}"), &[]);
        check(&policy("[Deny]", "{namespaceSelector: {matchLabels: {team: b}}}"), &[]);
        check(
            &policy(
                "[Deny]",
                "{resourceRules: [{operations: [CREATE], apiGroups: [apps], resources: ['*']}]}",
            ),
            &[],
        );
    }
}

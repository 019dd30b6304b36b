//! Why some controls on objects offer no edit: what mends the finding does not stand in the object.

/// Why no edit of an object mends what a control finds, in one clause; `None` for a control that has
/// one, or is not about objects.
#[must_use]
pub fn why_no_edit(control: &str) -> Option<&'static str> {
    let found = REASONS.binary_search_by_key(&control, |(id, _)| id).ok()?;
    Some(REASONS[found].1)
}

const NEW_OBJECT: &str = "it takes another object, which no edit of this one makes";
const GOES: &str = "the object has to go as a whole, which is for a person to decide";
const CREDENTIAL: &str =
    "the value must not be carried on into another place, but replaced: it was readable";
const NUMBER: &str = "the number has to be measured, it stands nowhere in the object";
const WHICH_NAME: &str = "the name may be wrong or the object missing, and nothing tells which";
const WHICH_LABEL: &str = "nothing in the objects tells which labels were meant";
const MOVED: &str = "an object cannot be moved to another namespace: it is created anew";
const IMAGE: &str = "only the registry and the author know which image it has to be";

/// By id, in order.
const REASONS: &[(&str, &str)] = &[
    ("admission-policy-binding-without-policy", GOES),
    ("admission-policy-without-binding", NEW_OBJECT),
    (
        "api-version-deprecated",
        "what is deprecated and still served everywhere has another shape in the version that \
         takes its place",
    ),
    ("autoscaler-cannot-scale", "only somebody who knows the load can choose the number"),
    ("binding-role-missing", GOES),
    ("cluster-release-end-of-life", "the cluster is upgraded, not an object"),
    ("cluster-release-vulnerability", "the cluster is upgraded, not an object"),
    ("config-map-credential", CREDENTIAL),
    ("container-cpu-request-missing", NUMBER),
    ("container-credential-in-arguments", CREDENTIAL),
    ("container-credential-in-environment", CREDENTIAL),
    ("container-ephemeral-storage-request-missing", NUMBER),
    ("container-memory-request-missing", NUMBER),
    ("container-sub-path-vulnerable", "the kubelet is upgraded, not an object"),
    ("dashboard-deployed", GOES),
    ("default-namespace-used", MOVED),
    (
        "exposed-administration-without-login",
        "the login belongs in front of the program, and who may keep a way to it is a decision",
    ),
    ("exposed-workload-holds-cloud-role", "the account may be that of other workloads as well"),
    ("image-public-registry", "the copy in a registry of your own has to exist first"),
    ("image-tag-latest", IMAGE),
    ("image-without-digest", IMAGE),
    ("ingress-nginx-end-of-life", "another controller takes over by a move, not by an edit"),
    ("ingress-wildcard-host", "only the owner knows the hosts that are meant"),
    (
        "namespace-pod-security-would-refuse",
        "the workloads have to be mended; to lower the namespace's level is a decision",
    ),
    ("namespace-without-limit-range", NEW_OBJECT),
    ("namespace-without-network-policy", NEW_OBJECT),
    ("namespace-without-resource-quota", NEW_OBJECT),
    ("namespaces-not-separating", MOVED),
    ("network-plugin-ignores-policies", "the plugin is changed on the nodes, not in an object"),
    ("network-policy-peer-selects-nothing", WHICH_LABEL),
    ("network-policy-selects-nothing", WHICH_LABEL),
    ("node-kernel-vulnerability", "the node is upgraded, not an object"),
    ("node-runtime-vulnerability", "the node is upgraded, not an object"),
    ("object-credential", CREDENTIAL),
    ("persistent-volume-unencrypted", "a volume that exists stays as it is: its data is copied"),
    ("pod-node-affinity-missing", "only a person knows which nodes are for whom"),
    ("pod-priority-class-missing", "only a person knows how important the program is"),
    ("pod-service-account-missing", WHICH_NAME),
    ("pod-without-controller", NEW_OBJECT),
    ("pod-without-network-policy", NEW_OBJECT),
    ("secrets-in-environment", "the program has to learn to read files first"),
    ("service-account-orphaned", GOES),
    ("service-monitor-selects-nothing", WHICH_LABEL),
    ("service-selects-nothing", WHICH_LABEL),
    ("stateful-set-service-not-headless", NEW_OBJECT),
    ("subject-has-many-roles", "only somebody who knows the task can write the one role for it"),
    ("tiller-deployed", GOES),
    ("tiller-service", GOES),
    ("user-resources-in-system-namespaces", MOVED),
    ("webhook-evaded-by-namespace-label", "only a person knows which namespaces to leave out"),
    ("webhook-outside-cluster", "only a person knows which service could take its place"),
    ("webhook-receives-secrets", "only a person knows which resources the rules are about"),
    ("webhook-service-missing", GOES),
    ("webhook-without-authority", "the authority has to come from whoever issued the certificate"),
    ("workload-without-disruption-budget", NEW_OBJECT),
    ("workloads-share-service-account", NEW_OBJECT),
];

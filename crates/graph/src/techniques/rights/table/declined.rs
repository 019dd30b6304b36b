//! Primitives without a row, and why.

/// The ids with the reasons.
pub(super) static DECLINED: &[(&str, &str)] = &[
    (
        "create-privileged-pods",
        "a step from creating pods, however they are created, where admission lets them in",
    ),
    (
        "create-pods-on-the-control-plane",
        "privileged pods go to every node, those of the control plane among them",
    ),
    ("forward-ports", "leads to ports, behind which nothing is known to wait"),
    ("proxy-to-pods-and-services", "leads to ports, behind which nothing is known to wait"),
    ("read-logs", "what programs print is not known"),
    ("bind-pods-to-nodes", "takes a pod that waits, which objects show for a moment only"),
    ("checkpoint-containers", "the dump stays on the node's disk"),
    ("read-kubelets", "leads to knowledge alone"),
    ("change-node-status", "diverts what the API server sends, and what that is nobody knows"),
    ("impersonate-extra-fields", "what other authorizers make of the fields is not known"),
    (
        "impersonate-within-limits",
        "a technique of its own asks what the other may do, since it takes rights on any resource",
    ),
    ("sign-certificates", "takes the key of a signer that clients trust"),
    ("review-tokens-and-access", "leads to knowledge alone"),
    ("change-service-accounts", "the cloud decides which accounts may take on a role"),
    (
        "every-verb-on-roles",
        "the rows for binding and escalating find it, where there is something to bind or to add to",
    ),
    ("remove-webhooks", "where engines refuse pods the steps are unsure anyway"),
    ("change-validating-policies", "where policies refuse pods the steps are unsure anyway"),
    ("write-custom-resource-definitions", "a technique of its own asks which operators read them"),
    ("write-operator-resources", "a technique of its own asks which operators are there"),
    ("write-policy-resources", "where engines refuse pods the steps are unsure anyway"),
    ("provision-volumes", "what is in snapshots is not known"),
    ("attach-volumes", "what is in volumes is not known"),
    ("claim-external-addresses", "diverts traffic, and what that is nobody knows"),
    ("write-endpoints", "diverts traffic, and what that is nobody knows"),
    ("write-routes", "diverts traffic, and what that is nobody knows"),
    ("evade-and-disturb", "takes away from others and gives nothing"),
];

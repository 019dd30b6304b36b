use crate::release::{Gate, Release};
use crate::rule::PolicyRule;

/// What every node may do alike, for resources that are not looked at object by object.
///
/// `NodeRules` of Kubernetes' `bootstrappolicy/policy.go`, also the rules of the `ClusterRole` `system:node`.
#[must_use]
pub fn node_rules(release: &Release) -> Vec<PolicyRule> {
    let mut rows: Vec<Row> = EVERYWHERE.to_vec();
    if release.may_be_since(35) {
        rows.push(("events.k8s.io", &["events"], &["create", "update", "patch"]));
    }
    for (gate, gated) in GATED {
        if release.may_have(*gate) {
            rows.extend(*gated);
        }
    }
    let owned = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
    let rule = |(group, resources, verbs): Row| PolicyRule {
        verbs: owned(verbs),
        api_groups: owned(&[group]),
        resources: owned(resources),
        ..PolicyRule::default()
    };
    rows.into_iter().map(rule).collect()
}

/// Group, resources, verbs.
type Row = (&'static str, &'static [&'static str], &'static [&'static str]);

const READ: &[&str] = &["get", "list", "watch"];
const OWN: &[&str] = &["get", "create", "update", "patch", "delete"];

const EVERYWHERE: &[Row] = &[
    ("authentication.k8s.io", &["tokenreviews"], &["create"]),
    ("authorization.k8s.io", &["subjectaccessreviews", "localsubjectaccessreviews"], &["create"]),
    ("", &["services"], READ),
    ("", &["nodes"], &["create", "get", "list", "watch", "update", "patch"]),
    ("", &["nodes/status"], &["update", "patch"]),
    ("", &["events"], &["create", "update", "patch"]),
    ("", &["pods"], &["get", "list", "watch", "create", "delete"]),
    ("", &["pods/status"], &["update", "patch"]),
    ("", &["pods/eviction"], &["create"]),
    ("", &["secrets", "configmaps"], READ),
    ("", &["persistentvolumeclaims", "persistentvolumes"], &["get"]),
    ("", &["endpoints"], &["get"]),
    ("certificates.k8s.io", &["certificatesigningrequests"], &["create", "get", "list", "watch"]),
    ("coordination.k8s.io", &["leases"], OWN),
    ("storage.k8s.io", &["volumeattachments"], &["get"]),
    ("", &["serviceaccounts/token"], &["create"]),
    ("", &["persistentvolumeclaims/status"], &["get", "update", "patch"]),
    ("storage.k8s.io", &["csidrivers"], READ),
    ("storage.k8s.io", &["csinodes"], OWN),
    ("node.k8s.io", &["runtimeclasses"], READ),
];

const GATED: &[(Gate, &[Row])] = &[
    (
        Gate::CSIVolumeHealth,
        &[("storage.k8s.io", &["csinodes/status"], &["get", "update", "patch"])],
    ),
    (
        Gate::DynamicResourceAllocation,
        &[
            ("resource.k8s.io", &["resourceclaims"], &["get"]),
            ("resource.k8s.io", &["resourceslices"], &["deletecollection"]),
        ],
    ),
    (Gate::ClusterTrustBundle, &[("certificates.k8s.io", &["clustertrustbundles"], READ)]),
    (
        Gate::KubeletServiceAccountTokenForCredentialProviders,
        &[("", &["serviceaccounts"], &["get"])],
    ),
    (
        Gate::PodCertificateRequest,
        &[(
            "certificates.k8s.io",
            &["podcertificaterequests"],
            &["get", "list", "watch", "create"],
        )],
    ),
];

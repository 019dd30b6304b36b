//! Service accounts, roles and bindings.

use serde_json::{Value, json};

use super::random::Random;
use super::{Made, Share, applied};

const RBAC: &str = "rbac.authorization.k8s.io/v1";
const GROUP: &str = "rbac.authorization.k8s.io";

/// A role's name, its API groups, resources and verbs.
type Rule =
    (&'static str, &'static [&'static str], &'static [&'static str], &'static [&'static str]);

/// Roles people write, the harmless ones first.
const ROLES: &[Rule] = &[
    ("config-reader", &[""], &["configmaps"], &["get", "list", "watch"]),
    (
        "pod-viewer",
        &[""],
        &["pods", "pods/log", "services", "endpoints"],
        &["get", "list", "watch"],
    ),
    (
        "deployer",
        &["apps"],
        &["deployments", "statefulsets"],
        &["get", "list", "watch", "create", "update", "patch"],
    ),
    ("leader-election", &["coordination.k8s.io"], &["leases"], &["get", "create", "update"]),
    ("job-runner", &["batch"], &["jobs", "cronjobs"], &["*"]),
    ("secret-reader", &[""], &["secrets"], &["get", "list"]),
    ("debugger", &[""], &["pods/exec", "pods/portforward"], &["create"]),
    ("token-minter", &[""], &["serviceaccounts/token"], &["create"]),
    (
        "role-manager",
        &[GROUP],
        &["roles", "rolebindings"],
        &["create", "update", "bind", "escalate"],
    ),
    ("namespace-owner", &["*"], &["*"], &["*"]),
];

/// How many of [`ROLES`] are harmless.
const HARMLESS: usize = 5;

const CLUSTER_ROLES: &[Rule] = &[
    ("team-view", &["", "apps", "batch"], &["*"], &["get", "list", "watch"]),
    ("team-edit", &["", "apps", "batch"], &["*"], &["*"]),
    ("metrics-reader", &["metrics.k8s.io"], &["pods", "nodes"], &["get", "list"]),
    ("node-viewer", &[""], &["nodes"], &["get", "list", "watch"]),
    ("secret-sync", &[""], &["secrets"], &["get", "list", "watch", "create", "update"]),
    ("node-debugger", &[""], &["nodes/proxy"], &["get", "create"]),
    ("support-impersonator", &[""], &["users", "groups"], &["impersonate"]),
    (
        "csr-approver",
        &["certificates.k8s.io"],
        &["certificatesigningrequests/approval"],
        &["update"],
    ),
    ("webhook-manager", &["admissionregistration.k8s.io"], &["*"], &["*"]),
];

/// How many of [`CLUSTER_ROLES`] are harmless.
const HARMLESS_CLUSTER_ROLES: usize = 4;

fn rules(rule: &Rule) -> Value {
    json!([{"apiGroups": rule.1, "resources": rule.2, "verbs": rule.3}])
}

/// The cluster roles that bindings refer to, with `cluster-admin` as Kubernetes defines it.
pub(super) fn cluster_roles() -> Vec<Made> {
    let mut made: Vec<Made> = CLUSTER_ROLES
        .iter()
        .map(|rule| {
            applied(json!({
                "apiVersion": RBAC, "kind": "ClusterRole", "metadata": {"name": rule.0}, "rules": rules(rule),
            }))
        })
        .collect();
    // Every API server makes this one itself.
    made.push(super::derived(json!({
        "apiVersion": RBAC,
        "kind": "ClusterRole",
        "metadata": {"name": "cluster-admin", "labels": {"kubernetes.io/bootstrapping": "rbac-defaults"}},
        "rules": [
            {"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]},
            {"nonResourceURLs": ["*"], "verbs": ["*"]},
        ],
    })));
    made
}

/// The namespace's service accounts; gives their names, with `default`.
pub(super) fn service_accounts(
    share: &Share,
    random: &mut Random,
    made: &mut Vec<Made>,
) -> Vec<String> {
    let mut names = vec!["default".to_owned()];
    for number in 0..share.service_accounts {
        let name =
            format!("{}-{number}", random.choose(&["app", "api", "worker", "controller", "ci"]));
        let mut account = json!({
            "apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": name, "namespace": share.name},
        });
        if random.chance(35) {
            account["automountServiceAccountToken"] = false.into();
        }
        made.push(applied(account));
        names.push(name);
    }
    names
}

/// The namespace's roles and bindings, and its part of the cluster-wide bindings.
pub(super) fn bindings(
    share: &Share,
    accounts: &[String],
    random: &mut Random,
    made: &mut Vec<Made>,
) {
    let mut used = std::collections::BTreeSet::new();
    for number in 0..share.bindings {
        let subjects = subjects(share, accounts, random);
        let cluster_wide = random.chance(8);
        let (kind, role) = if cluster_wide || random.chance(35) {
            ("ClusterRole", cluster_role(random))
        } else {
            let role = if random.chance(85) {
                &ROLES[random.below(HARMLESS)]
            } else {
                random.choose(ROLES)
            };
            if used.insert(role.0) {
                made.push(applied(json!({
                    "apiVersion": RBAC,
                    "kind": "Role",
                    "metadata": {"name": role.0, "namespace": share.name},
                    "rules": rules(role),
                })));
            }
            ("Role", role.0)
        };
        let mut binding = json!({
            "apiVersion": RBAC,
            "kind": if cluster_wide { "ClusterRoleBinding" } else { "RoleBinding" },
            "metadata": {"name": format!("{role}-{}-{number}", share.name)},
            "roleRef": {"apiGroup": GROUP, "kind": kind, "name": role},
            "subjects": subjects,
        });
        if !cluster_wide {
            binding["metadata"]["namespace"] = share.name.as_str().into();
        }
        made.push(applied(binding));
    }
}

fn cluster_role(random: &mut Random) -> &'static str {
    match random.below(100) {
        0..=1 => "cluster-admin",
        2..=84 => CLUSTER_ROLES[random.below(HARMLESS_CLUSTER_ROLES)].0,
        _ => random.choose(CLUSTER_ROLES).0,
    }
}

fn subjects(share: &Share, accounts: &[String], random: &mut Random) -> Value {
    let count = 1 + random.below(2);
    (0..count)
        .map(|_| match random.below(10) {
            0..=6 => json!({
                "kind": "ServiceAccount", "name": random.choose(accounts), "namespace": share.name,
            }),
            7..=8 => json!({
                "apiGroup": GROUP, "kind": "Group", "name": share.name.split('-').next().unwrap_or("everybody"),
            }),
            _ => json!({
                "apiGroup": GROUP, "kind": "User", "name": format!("user-{}@example.com", random.below(500)),
            }),
        })
        .collect()
}

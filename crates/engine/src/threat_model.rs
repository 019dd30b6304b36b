use merlon_graph::Endpoint;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a cluster is there for and who might attack it: where attacks start, what they are after, and which controls
/// gain or lose weight by that.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ThreatModel {
    /// Its name; `custom` for one that is put together in a configuration file.
    pub name: String,
    /// Where attacks start.
    pub entries: Vec<Endpoint>,
    /// What they are after.
    pub targets: Vec<Endpoint>,
    /// The controls that matter more or less than usual. The first that matches a control counts.
    pub weights: Vec<Weight>,
}

/// How much more or less some controls matter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Weight {
    /// Patterns of control ids; `*` stands for any characters.
    pub controls: Vec<String>,
    /// By how much, in percent: 150 for half as much again, 50 for half.
    #[schemars(range(min = 10, max = 300))]
    pub percent: u16,
    /// Why, in one clause.
    pub reason: String,
}

/// A threat model that comes with Merlon.
pub struct Preset {
    /// Its name.
    pub name: &'static str,
    /// What kind of cluster it is for, in a sentence.
    pub about: &'static str,
    entries: &'static [&'static str],
    targets: &'static [&'static str],
    weights: &'static [(&'static [&'static str], u16, &'static str)],
}

/// The threat models that come with Merlon, the default one first.
pub const PRESETS: &[Preset] = &[
    Preset {
        name: "general",
        about: "Nothing is known about the cluster: whoever gets in from outside or into a pod wants the cluster, its nodes or the cloud account.",
        entries: &["internet", "anonymous", "authenticated", "any-pod"],
        targets: &["cluster-admin", "node", "cloud-role"],
        weights: &[],
    },
    Preset {
        name: "internet-facing",
        about: "Public web sites of a single team: one of them will be broken into, and the API server may be on the internet too.",
        entries: &["internet", "anonymous"],
        targets: &["cluster-admin", "node", "secrets", "cloud-role"],
        weights: &[
            (
                &["*network-policy*", "namespace-without-default-deny-*", "network-*"],
                150,
                "a site that is broken into must not reach the others",
            ),
            (
                &["container-*", "pod-*", "security-context-*"],
                130,
                "hardened workloads hold up an attacker who is in one of them",
            ),
            (
                &[
                    "apiserver-anonymous*",
                    "anonymous-user-bound",
                    "unauthenticated-group-bound",
                    "apiserver-*auth*",
                    "apiserver-token-*",
                ],
                150,
                "an API server on the internet is tried by everybody",
            ),
            (
                &["ingress-*", "service-*", "gateway-*", "dashboard-*"],
                130,
                "what is exposed is the way in",
            ),
            (
                &[
                    "subject-has-many-roles",
                    "role-wildcards",
                    "authenticated-group-bound",
                    "*-granted",
                    "*-granted-widely",
                ],
                70,
                "a single team runs the cluster, so the rights of its people matter less",
            ),
            (
                &[
                    "namespace-without-resource-quota",
                    "namespace-without-limit-range",
                    "namespaces-not-separating",
                    "workloads-share-service-account",
                ],
                60,
                "there are no other teams to be separated from",
            ),
        ],
    },
    Preset {
        name: "corporate-multi-tenant",
        about: "Many teams run internal applications, each with its own strong authentication: one team must not get into another's.",
        entries: &["authenticated", "any-pod"],
        targets: &["cluster-admin", "node", "secrets", "control-plane-keys"],
        weights: &[
            (
                &[
                    "role-*",
                    "*-granted",
                    "*-granted-widely",
                    "*-bound",
                    "*-bound-cluster-wide",
                    "subject-*",
                    "cluster-admin-*",
                    "secrets-readable-widely",
                    "default-role-changed",
                    "default-binding-extended",
                ],
                150,
                "rights decide what one team can do to another",
            ),
            (
                &[
                    "namespace-without-resource-quota",
                    "namespace-without-limit-range",
                    "limit-range-*",
                    "container-*-limit-missing",
                    "container-*-request-missing",
                ],
                150,
                "a noisy neighbour disturbs the applications of others",
            ),
            (
                &[
                    "namespaces-not-separating",
                    "namespace-*",
                    "default-namespace-used",
                    "workloads-share-service-account",
                ],
                130,
                "namespaces are the border between teams",
            ),
            (
                &["*network-policy*", "network-*"],
                100,
                "many applications share the network, but each authenticates its users",
            ),
            (
                &[
                    "security-context-*",
                    "container-run-as-*",
                    "container-root-file-system-*",
                    "container-privilege-escalation",
                ],
                70,
                "the workloads are trusted, and their users are known",
            ),
            (
                &["ingress-*", "gateway-*", "service-load-balancer-*", "service-node-port"],
                70,
                "nothing faces the internet",
            ),
        ],
    },
    Preset {
        name: "sensitive-data",
        about: "The cluster holds data whose loss is the damage: secrets, encryption and traces count most.",
        entries: &["internet", "authenticated", "any-pod"],
        targets: &["secrets", "cluster-admin", "control-plane-keys", "cloud-role"],
        weights: &[
            (
                &[
                    "*secret*",
                    "*credential*",
                    "apiserver-encryption-*",
                    "etcd-*",
                    "certificate-*",
                    "private-key-*",
                ],
                150,
                "secrets and keys lead to the data",
            ),
            (
                &["apiserver-audit-*", "audit-*", "event-deletion-granted"],
                150,
                "without traces nobody learns what was taken",
            ),
            (
                &[
                    "*network-policy-egress*",
                    "namespace-without-default-deny-egress",
                    "sandbox-egress-open",
                ],
                130,
                "data leaves by the network",
            ),
            (
                &[
                    "container-*-limit-missing",
                    "container-*-request-missing",
                    "container-*-probe-*",
                    "namespace-without-resource-quota",
                ],
                60,
                "a failure of availability loses no data",
            ),
        ],
    },
];

impl Preset {
    /// The preset of that name.
    #[must_use]
    pub fn find(name: &str) -> Option<&'static Self> {
        PRESETS.iter().find(|preset| preset.name == name)
    }

    /// Its threat model.
    #[must_use]
    pub fn model(&self) -> ThreatModel {
        let endpoints =
            |texts: &[&str]| texts.iter().filter_map(|text| text.parse().ok()).collect();
        let weight = |(controls, percent, reason): &(&[&str], u16, &str)| Weight {
            controls: controls.iter().map(|&it| it.to_owned()).collect(),
            percent: *percent,
            reason: (*reason).to_owned(),
        };
        ThreatModel {
            name: self.name.to_owned(),
            entries: endpoints(self.entries),
            targets: endpoints(self.targets),
            weights: self.weights.iter().map(weight).collect(),
        }
    }
}

impl Default for ThreatModel {
    fn default() -> Self {
        PRESETS[0].model()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::glob::matches;

    #[test]
    fn presets_name_endpoints_and_controls_that_there_are() {
        let mut names = BTreeSet::new();
        for preset in PRESETS {
            assert!(names.insert(preset.name), "{} twice", preset.name);
            let model = preset.model();
            assert_eq!(model.entries.len(), preset.entries.len(), "{}", preset.name);
            assert_eq!(model.targets.len(), preset.targets.len(), "{}", preset.name);
            for pattern in model.weights.iter().flat_map(|weight| &weight.controls) {
                let known = merlon_controls::all().iter().any(|it| matches(pattern, it.id));
                assert!(known, "{}: no control is matched by {pattern}", preset.name);
            }
        }
    }
}

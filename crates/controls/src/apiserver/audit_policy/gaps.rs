//! Requests that ought to leave a trace, and whether they do.

use super::{Level, Object, Policy, Request, Rule, Target};

/// Requests of one purpose that leave no trace.
#[derive(Debug)]
pub(in crate::apiserver) struct Gap<'p> {
    /// What the requests do.
    pub(in crate::apiserver) purpose: &'static str,
    /// The requests that are not logged, each as `create clusterrolebindings`.
    pub(in crate::apiserver) requests: Vec<String>,
    /// Who makes them.
    pub(in crate::apiserver) callers: Vec<&'static str>,
    /// The rule that keeps the first of them out; `None` when no rule matches.
    pub(in crate::apiserver) rule: Option<&'p Rule>,
}

/// The requests that ought to leave a trace and do not, by purpose.
///
/// Each is tried for callers that no policy has a reason to leave out. Nodes and the control
/// plane's own accounts are not among them.
pub(in crate::apiserver) fn gaps(policy: &Policy) -> Vec<Gap<'_>> {
    PURPOSES.iter().filter_map(|purpose| purpose.gap(policy)).collect()
}

/// Somebody who makes requests.
struct Caller {
    who: &'static str,
    user: &'static str,
    groups: &'static [&'static str],
}

/// The policy sees who logged in: these are also the callers who act as somebody else.
const CALLERS: [Caller; 3] = [
    Caller { who: "a person", user: "somebody", groups: &["system:authenticated"] },
    Caller {
        who: "an administrator in system:masters",
        user: "some-administrator",
        groups: &["system:masters", "system:authenticated"],
    },
    Caller {
        who: "a pod",
        user: "system:serviceaccount:some-namespace:some-account",
        groups: &[
            "system:serviceaccounts",
            "system:serviceaccounts:some-namespace",
            "system:authenticated",
        ],
    },
];

/// What requests are for, and which they are.
struct Purpose {
    name: &'static str,
    requests: &'static [Asked],
}

/// Requests for one resource.
struct Asked {
    group: &'static str,
    /// With its subresource: `pods/exec`.
    resource: &'static str,
    namespaced: bool,
    verbs: &'static [&'static str],
}

const WRITES: &[&str] = &["create", "update", "patch", "delete"];

const PURPOSES: [Purpose; 9] = [
    Purpose {
        name: "giving or taking rights",
        requests: &[
            cluster("rbac.authorization.k8s.io", "clusterrolebindings", WRITES),
            cluster("rbac.authorization.k8s.io", "clusterroles", WRITES),
            namespaced("rbac.authorization.k8s.io", "rolebindings", WRITES),
            namespaced("rbac.authorization.k8s.io", "roles", WRITES),
        ],
    },
    Purpose {
        name: "reading or changing Secrets",
        requests: &[namespaced(
            "",
            "secrets",
            &["get", "list", "watch", "create", "update", "patch", "delete"],
        )],
    },
    Purpose {
        name: "getting into containers",
        requests: &[
            // By WebSocket these are a get.
            namespaced("", "pods/exec", &["get", "create"]),
            namespaced("", "pods/attach", &["get", "create"]),
            namespaced("", "pods/portforward", &["get", "create"]),
            namespaced("", "pods/ephemeralcontainers", &["update", "patch"]),
        ],
    },
    Purpose {
        name: "reaching pods and kubelets through the API server",
        requests: &[
            namespaced("", "pods/proxy", &["get", "create"]),
            namespaced("", "services/proxy", &["get", "create"]),
            cluster("", "nodes/proxy", &["get", "create"]),
        ],
    },
    Purpose {
        name: "getting credentials",
        requests: &[
            namespaced("", "serviceaccounts/token", &["create"]),
            cluster("certificates.k8s.io", "certificatesigningrequests", &["create"]),
            cluster(
                "certificates.k8s.io",
                "certificatesigningrequests/approval",
                &["update", "patch"],
            ),
        ],
    },
    Purpose {
        name: "running workloads",
        requests: &[
            namespaced("", "pods", &["create", "delete"]),
            namespaced("apps", "daemonsets", WRITES),
            namespaced("apps", "deployments", WRITES),
        ],
    },
    Purpose {
        name: "changing what is admitted",
        requests: &[
            cluster("admissionregistration.k8s.io", "mutatingwebhookconfigurations", WRITES),
            cluster("admissionregistration.k8s.io", "validatingwebhookconfigurations", WRITES),
            cluster("admissionregistration.k8s.io", "validatingadmissionpolicies", WRITES),
        ],
    },
    Purpose {
        // Their labels decide about Pod Security.
        name: "changing namespaces",
        requests: &[cluster("", "namespaces", &["update", "patch", "delete"])],
    },
    Purpose {
        name: "changing resources that no rule names",
        requests: &[namespaced("some.example.com", "things", WRITES)],
    },
];

const fn cluster(
    group: &'static str,
    resource: &'static str,
    verbs: &'static [&'static str],
) -> Asked {
    Asked { group, resource, namespaced: false, verbs }
}

const fn namespaced(
    group: &'static str,
    resource: &'static str,
    verbs: &'static [&'static str],
) -> Asked {
    Asked { group, resource, namespaced: true, verbs }
}

impl Purpose {
    fn gap<'p>(&self, policy: &'p Policy) -> Option<Gap<'p>> {
        let mut gap =
            Gap { purpose: self.name, requests: Vec::new(), callers: Vec::new(), rule: None };
        for asked in self.requests {
            for verb in asked.verbs {
                let mut missing = false;
                for caller in &CALLERS {
                    let rule = policy.decide(&asked.request(verb, caller));
                    if rule.is_some_and(Rule::logs) {
                        continue;
                    }
                    if gap.callers.is_empty() {
                        gap.rule = rule;
                    }
                    if !gap.callers.contains(&caller.who) {
                        gap.callers.push(caller.who);
                    }
                    missing = true;
                }
                if missing {
                    gap.requests.push(format!("{verb} {}", asked.resource));
                }
            }
        }
        (!gap.requests.is_empty()).then_some(gap)
    }
}

impl Asked {
    fn request(&self, verb: &'static str, caller: &Caller) -> Request<'static> {
        let (resource, subresource) = self.resource.split_once('/').unwrap_or((self.resource, ""));
        let target = Target::Object(Object {
            group: self.group,
            resource,
            subresource,
            namespace: match (self.namespaced, self.resource) {
                (true, _) => "some-namespace",
                // A namespace is in itself: `requestinfo.go`.
                (false, "namespaces") => "some-name",
                (false, _) => "",
            },
            name: match verb {
                "create" | "list" | "watch" if subresource.is_empty() => "",
                _ => "some-name",
            },
        });
        Request { user: caller.user, groups: caller.groups, verb, target }
    }
}

impl Rule {
    /// Whether anything is logged of a request that the rule decides about.
    fn logs(&self) -> bool {
        // Every request is received and, unless the API server fails, completed.
        let made = [super::Stage::RequestReceived, super::Stage::ResponseComplete];
        self.level > Level::None && made.iter().any(|stage| !self.omitted.contains(stage))
    }
}

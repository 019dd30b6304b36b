//! Requests whose bodies hold secrets, and whether they are logged.

use super::{Level, Object, Policy, Request, Rule, Stage, Target};

/// A kind of request whose secrets end up in the log.
#[derive(Debug)]
pub(in crate::apiserver) struct Leak<'p> {
    /// The request: `create tokenreviews`.
    pub(in crate::apiserver) request: String,
    /// The rule that logs it.
    pub(in crate::apiserver) rule: &'p Rule,
}

/// More applications of a policy than any written by people needs.
const MOST_TRIALS: usize = 200_000;

/// The requests whose bodies hold secrets and are logged, for whatever caller, namespace and name.
///
/// Each leak is one that a request was found for. To find it, the rules that log bodies are asked
/// for the callers, namespaces and names they are about, and the whole policy is then applied.
///
/// # Errors
/// When the policy is too large to be tried.
pub(in crate::apiserver) fn leaks(policy: &Policy) -> Result<Vec<Leak<'_>>, &'static str> {
    let (mut leaks, mut trials) = (Vec::new(), 0);
    for secret in &SECRETS {
        for verb in secret.verbs {
            if let Some(rule) = secret.logged_by(verb, policy, &mut trials)? {
                leaks.push(Leak { request: format!("{verb} {}", secret.resource), rule });
            }
        }
    }
    Ok(leaks)
}

/// Requests for one resource whose bodies hold secrets.
struct Secret {
    group: &'static str,
    /// With its subresource.
    resource: &'static str,
    namespaced: bool,
    verbs: &'static [&'static str],
    /// The least level that logs the body in question.
    level: Level,
}

const IN_REQUEST: &[&str] = &["create", "update", "patch"];
const IN_RESPONSE: &[&str] = &["get", "list", "deletecollection"];

const SECRETS: [Secret; 6] = [
    Secret {
        group: "",
        resource: "secrets",
        namespaced: true,
        verbs: IN_REQUEST,
        level: Level::Request,
    },
    Secret {
        group: "",
        resource: "secrets",
        namespaced: true,
        verbs: IN_RESPONSE,
        level: Level::RequestResponse,
    },
    Secret {
        group: "",
        resource: "configmaps",
        namespaced: true,
        verbs: IN_REQUEST,
        level: Level::Request,
    },
    Secret {
        group: "",
        resource: "configmaps",
        namespaced: true,
        verbs: IN_RESPONSE,
        level: Level::RequestResponse,
    },
    // The request holds the token that is asked about.
    Secret {
        group: "authentication.k8s.io",
        resource: "tokenreviews",
        namespaced: false,
        verbs: &["create"],
        level: Level::Request,
    },
    // The response holds the token that was made.
    Secret {
        group: "",
        resource: "serviceaccounts/token",
        namespaced: true,
        verbs: &["create"],
        level: Level::RequestResponse,
    },
];

impl Secret {
    /// The first rule that logs such a request of some caller.
    fn logged_by<'p>(
        &self,
        verb: &str,
        policy: &'p Policy,
        trials: &mut usize,
    ) -> Result<Option<&'p Rule>, &'static str> {
        for rule in &policy.rules {
            if rule.level < self.level || rule.omitted.contains(&Stage::ResponseComplete) {
                continue;
            }
            for (user, group) in callers(rule) {
                let groups = groups_of(user, group);
                for object in self.objects(rule, verb) {
                    *trials += policy.rules.len();
                    if *trials > MOST_TRIALS {
                        return Err("its rules name too much to try them all");
                    }
                    let target = Target::Object(object);
                    let request = Request { user, groups: &groups, verb, target };
                    let deciding = policy.decide(&request);
                    if deciding.is_some_and(|deciding| std::ptr::eq(deciding, rule)) {
                        return Ok(Some(rule));
                    }
                }
            }
        }
        Ok(None)
    }

    /// The objects of the resource that a rule tells apart.
    fn objects<'r>(&self, rule: &'r Rule, verb: &str) -> Vec<Object<'r>> {
        let (resource, subresource) = self.resource.split_once('/').unwrap_or((self.resource, ""));
        let namespace = if self.namespaced { "some-namespace" } else { "" };
        let names: Vec<&str> = if verb == "create" && subresource.is_empty() {
            // What is being created is named in the body, which the policy does not see.
            vec![""]
        } else {
            let listed = rule.resources.iter().flat_map(|resources| &resources.names);
            listed.map(String::as_str).chain(["some-name"]).collect()
        };
        let namespaces = or(rule.namespaces.iter(), namespace);
        let with = |(namespace, name)| Object {
            group: self.group,
            resource,
            subresource,
            namespace,
            name,
        };
        let places = namespaces.iter().flat_map(|n| names.iter().map(|name| (*n, *name)));
        places.map(with).collect()
    }
}

/// The callers that a rule tells apart, each as a user and one group.
fn callers(rule: &Rule) -> impl Iterator<Item = (&str, &str)> {
    let groups = or(rule.groups.iter(), "system:authenticated");
    or(rule.users.iter(), "somebody")
        .into_iter()
        .flat_map(move |user| groups.clone().into_iter().map(move |group| (user, group)))
}

/// The groups of a caller, with those that come by themselves.
fn groups_of<'r>(user: &'r str, group: &'r str) -> Vec<&'r str> {
    if user == "system:anonymous" || group == "system:unauthenticated" {
        return vec!["system:unauthenticated"];
    }
    let mut groups = vec![group, "system:authenticated"];
    if user.starts_with("system:serviceaccount:") || group.starts_with("system:serviceaccounts:") {
        groups.push("system:serviceaccounts");
    }
    groups
}

/// What a rule lists, or what stands for anything when it lists nothing.
fn or<'r>(listed: impl Iterator<Item = &'r String>, anything: &'r str) -> Vec<&'r str> {
    let listed: Vec<&str> = listed.map(String::as_str).collect();
    if listed.is_empty() { vec![anything] } else { listed }
}

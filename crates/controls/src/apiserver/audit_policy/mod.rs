//! Audit policies, as the API server reads and applies them.
//!
//! Source: `staging/src/k8s.io/apiserver/pkg/audit/policy/checker.go`. The first rule that matches
//! a request decides; without one nothing is logged. The policy sees the user who logged in, not
//! the one that user acts as.

mod bodies;
mod dead;
mod gaps;
mod read;

use std::collections::BTreeSet;

use merlon_yaml::Span;

pub(super) use bodies::leaks;
pub(super) use dead::{Dead, dead_rules};
pub(super) use gaps::gaps;
pub(super) use read::{Ignored, read};

/// A policy with its rules in order.
#[derive(Clone, Debug)]
pub(super) struct Policy {
    /// At least one.
    pub(super) rules: Vec<Rule>,
}

/// One rule. Empty lists ask nothing.
#[derive(Clone, Debug)]
pub(super) struct Rule {
    pub(super) level: Level,
    pub(super) users: BTreeSet<String>,
    pub(super) groups: BTreeSet<String>,
    pub(super) verbs: BTreeSet<String>,
    /// Namespaces; the empty one is for objects outside of namespaces.
    pub(super) namespaces: BTreeSet<String>,
    pub(super) resources: Vec<GroupResources>,
    /// Paths outside of the resource API; only without namespaces and resources.
    pub(super) urls: Vec<String>,
    /// Stages that are left out, the policy's own included.
    pub(super) omitted: BTreeSet<Stage>,
    /// Where the rule is written.
    pub(super) span: Span,
}

/// Resources of one API group.
#[derive(Clone, Debug)]
pub(super) struct GroupResources {
    /// The group; `*` is any (from release 1.36 on, refused before).
    pub(super) group: String,
    /// `pods`, `pods/log`, `pods/*` (with `pods` itself), `*/scale`, `*`; all when empty.
    pub(super) resources: Vec<String>,
    /// Names of objects; all when empty.
    pub(super) names: BTreeSet<String>,
}

/// How much of a request is logged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Level {
    /// Nothing.
    None,
    /// Who, what, when, and the outcome.
    Metadata,
    /// The request's body as well.
    Request,
    /// The response's body as well.
    RequestResponse,
}

/// A point in the life of a request at which an event is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Stage {
    RequestReceived,
    ResponseStarted,
    ResponseComplete,
    Panic,
}

/// A request as the policy sees it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Request<'r> {
    pub(super) user: &'r str,
    pub(super) groups: &'r [&'r str],
    pub(super) verb: &'r str,
    pub(super) target: Target<'r>,
}

/// What a request is about.
#[derive(Clone, Copy, Debug)]
pub(super) enum Target<'r> {
    /// An object of the API.
    Object(Object<'r>),
    /// Any other path.
    #[cfg_attr(not(test), expect(dead_code, reason = "no key request is outside of the API"))]
    Path(&'r str),
}

/// An object, or several, that a request is about. What does not apply is empty.
#[derive(Clone, Copy, Debug)]
pub(super) struct Object<'r> {
    pub(super) group: &'r str,
    pub(super) resource: &'r str,
    pub(super) subresource: &'r str,
    pub(super) namespace: &'r str,
    pub(super) name: &'r str,
}

impl Policy {
    /// The rule that decides about a request; without one, nothing is logged.
    pub(super) fn decide(&self, request: &Request<'_>) -> Option<&Rule> {
        self.rules.iter().find(|rule| rule.matches(request))
    }
}

impl Rule {
    fn matches(&self, request: &Request<'_>) -> bool {
        let asks = |asked: &BTreeSet<String>, value| asked.is_empty() || asked.contains(value);
        let in_group = self.groups.is_empty()
            || request.groups.iter().any(|group| self.groups.contains(*group));
        asks(&self.users, request.user)
            && in_group
            && asks(&self.verbs, request.verb)
            && self.matches_target(&request.target)
    }

    fn matches_target(&self, target: &Target<'_>) -> bool {
        match (target, self.is_about_objects(), self.urls.is_empty()) {
            (Target::Object(object), true, _) => self.matches_object(object),
            (Target::Path(_), true, _) | (Target::Object(_), false, false) => false,
            (Target::Path(path), false, false) => {
                self.urls.iter().any(|url| matches_path(url, path))
            }
            (_, false, true) => true,
        }
    }

    /// Whether only requests about objects can match.
    fn is_about_objects(&self) -> bool {
        !self.namespaces.is_empty() || !self.resources.is_empty()
    }

    fn matches_object(&self, object: &Object<'_>) -> bool {
        (self.namespaces.is_empty() || self.namespaces.contains(object.namespace))
            && (self.resources.is_empty()
                || self.resources.iter().any(|resources| resources.matches(object)))
    }
}

impl GroupResources {
    fn matches(&self, object: &Object<'_>) -> bool {
        if self.group != object.group && self.group != "*" {
            return false;
        }
        // Names count only beside resources; the API server refuses them alone.
        self.resources.is_empty()
            || ((self.names.is_empty() || self.names.contains(object.name))
                && self.resources.iter().any(|pattern| matches_resource(pattern, object)))
    }
}

fn matches_resource(pattern: &str, object: &Object<'_>) -> bool {
    if pattern == "*" {
        return true;
    }
    match pattern.split_once('/') {
        None => object.subresource.is_empty() && pattern == object.resource,
        Some(("*", subresource)) => {
            !object.subresource.is_empty() && subresource == object.subresource
        }
        Some((resource, "*")) => resource == object.resource,
        Some((resource, subresource)) => {
            resource == object.resource && subresource == object.subresource
        }
    }
}

fn matches_path(pattern: &str, path: &str) -> bool {
    pattern == path || (pattern.ends_with('*') && path.starts_with(pattern.trim_end_matches('*')))
}

#[cfg(test)]
mod tests {
    use super::{Level, Object, Request, Target, read};
    use merlon_yaml::{Limits, parse};

    /// Checks the level a policy gives to requests: `user groups verb target`, where a target is
    /// `GROUP:RESOURCE[/SUB]:NAMESPACE:NAME` or a path.
    fn check(rules: &str, requests: &[(&str, Option<Level>)]) {
        let text = format!("apiVersion: audit.k8s.io/v1\nkind: Policy\nrules:\n{rules}");
        let parsed = parse(&text, &Limits::default());
        let (policy, _) = read(&parsed.documents[0].root).expect("a good policy");
        for (request, expected) in requests {
            let words: Vec<&str> = request.split(' ').collect();
            let [user, groups, verb, target] = words[..] else { panic!("{request}") };
            let groups: Vec<&str> = groups.split(',').collect();
            let target = match target.split(':').collect::<Vec<_>>()[..] {
                [path] => Target::Path(path),
                [group, resource, namespace, name] => {
                    let (resource, subresource) =
                        resource.split_once('/').unwrap_or((resource, ""));
                    Target::Object(Object { group, resource, subresource, namespace, name })
                }
                _ => panic!("{request}"),
            };
            let request = Request { user, groups: &groups, verb, target };
            let level = policy.decide(&request).map(|rule| rule.level);
            assert_eq!(level, *expected, "{request:?} under\n{rules}");
        }
    }

    #[test]
    fn the_first_rule_that_matches_decides() {
        let (metadata, request) = (Some(Level::Metadata), Some(Level::Request));
        check(
            "- level: Metadata",
            &[("u g get :pods:default:", metadata), ("u g get /x", metadata)],
        );
        check(
            "- {level: Metadata, users: [u], verbs: [get]}\n- {level: Request, userGroups: [g, h]}",
            &[
                ("u x get :pods:default:", metadata),
                ("u x list :pods:default:", None),
                ("v g,x list :pods:default:", request),
                ("v x get /healthz", None),
            ],
        );
        check(
            "- {level: Metadata, resources: [{group: '', resources: [pods, nodes/proxy, '*/scale']}]}",
            &[
                ("u g get :pods:default:p", metadata),
                ("u g get :pods/log:default:p", None),
                ("u g get :nodes::n", None),
                ("u g get :nodes/proxy::n", metadata),
                ("u g get :replicationcontrollers/scale:default:r", metadata),
                ("u g get :scale:default:r", None),
                ("u g get apps:pods:default:p", None),
                ("u g get /pods", None),
            ],
        );
        check(
            "- {level: Metadata, resources: [{group: '', resources: ['pods/*']}]}",
            &[
                ("u g get :pods/log:default:p", metadata),
                ("u g get :pods:default:p", metadata),
                ("u g get :podtemplates:default:p", None),
            ],
        );
        check(
            "- {level: Metadata, resources: [{group: '', resources: ['*/*']}]}",
            &[("u g get :pods/log:default:p", None), ("u g get :pods:default:p", None)],
        );
        check(
            "- level: Metadata\n  resources: [{group: '', resources: [configmaps], resourceNames: [a]}]",
            &[
                ("u g get :configmaps:default:a", metadata),
                ("u g get :configmaps:default:b", None),
                ("u g list :configmaps:default:", None),
            ],
        );
        check(
            "- {level: Metadata, namespaces: ['', kube-system]}",
            &[
                ("u g get :nodes::n", metadata),
                ("u g get apps:deployments:kube-system:d", metadata),
                ("u g get :pods:default:p", None),
                ("u g get /healthz", None),
            ],
        );
        check(
            "- {level: Metadata, nonResourceURLs: ['/healthz*', /version]}",
            &[
                ("u g get /healthz", metadata),
                ("u g get /healthz/etcd", metadata),
                ("u g get /version", metadata),
                ("u g get /version/x", None),
                ("u g get :pods:default:p", None),
            ],
        );
        check(
            "- {level: Metadata, resources: [{group: '*', resources: [secrets]}]}",
            &[("u g get x.io:secrets:default:s", metadata), ("u g get :pods:default:p", None)],
        );
        check(
            "- {level: Metadata, resources: [{group: apps}]}",
            &[("u g get apps:deployments/scale:default:d", metadata), ("u g get :pods:d:p", None)],
        );
    }
}

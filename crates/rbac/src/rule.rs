use crate::request::{Request, ResourceRequest};

/// What a role allows: every verb on every resource in every group, or every verb on every path.
///
/// All strings are compared exactly and case-sensitively. `*` stands for everything in `verbs`,
/// `api_groups`, `resources` and `non_resource_urls`, and for nothing but itself in `resource_names`.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PolicyRule {
    /// What may be done.
    pub verbs: Vec<String>,
    /// The groups of the resources; the core group is `""`. None at all matches nothing.
    pub api_groups: Vec<String>,
    /// Resources (`pods`), subresources (`pods/log`, `*/log`) or everything (`*`).
    pub resources: Vec<String>,
    /// The only objects meant; none means all.
    pub resource_names: Vec<String>,
    /// Paths outside of the resources, `*` at the end for everything that starts so.
    pub non_resource_urls: Vec<String>,
}

impl PolicyRule {
    /// Whether the rule allows the request, as `RuleAllows` of Kubernetes' `rbac.go` decides.
    #[must_use]
    pub fn allows(&self, request: &Request<'_>) -> bool {
        match request {
            Request::Resource(request) => self.allows_resource(request),
            Request::NonResource { verb, path } => self.has_verb(verb) && self.has_url(path),
        }
    }

    fn allows_resource(&self, request: &ResourceRequest<'_>) -> bool {
        self.has_verb(request.verb)
            && self.has_group(request.group)
            && self.resources.iter().any(|resource| resource_matches(resource, request))
            && self.has_name(request.name)
    }

    /// Whether the rule is about this verb.
    #[must_use]
    pub fn has_verb(&self, verb: &str) -> bool {
        has_or_star(&self.verbs, verb)
    }

    /// Whether the rule is about this API group.
    #[must_use]
    pub fn has_group(&self, group: &str) -> bool {
        has_or_star(&self.api_groups, group)
    }

    /// Whether the rule is about this resource, `""` standing for no subresource.
    #[must_use]
    pub fn has_resource(&self, resource: &str, subresource: &str) -> bool {
        let request = ResourceRequest { resource, subresource, ..ResourceRequest::default() };
        self.resources.iter().any(|pattern| resource_matches(pattern, &request))
    }

    /// Whether the rule is about the object of this name, `""` standing for a request without one.
    #[must_use]
    pub fn has_name(&self, name: &str) -> bool {
        self.resource_names.is_empty() || self.resource_names.iter().any(|each| each == name)
    }

    /// Whether the rule is about this path.
    #[must_use]
    pub fn has_url(&self, path: &str) -> bool {
        self.non_resource_urls.iter().any(|pattern| url_matches(pattern, path))
    }
}

fn has_or_star(patterns: &[String], value: &str) -> bool {
    patterns.iter().any(|pattern| pattern == "*" || pattern == value)
}

/// `resource/*` is no wildcard, `*/subresource` is one, and `*` takes in all subresources.
fn resource_matches(pattern: &str, request: &ResourceRequest<'_>) -> bool {
    if pattern == "*" {
        return true;
    }
    if request.subresource.is_empty() {
        return pattern == request.resource;
    }
    let Some(parent) = pattern.strip_suffix(request.subresource) else { return false };
    let Some(parent) = parent.strip_suffix('/') else { return false };
    parent == "*" || parent == request.resource
}

/// A pattern that ends with `*` stands for every path that starts so; all stars at its end go.
pub(crate) fn url_matches(pattern: &str, path: &str) -> bool {
    pattern == path || (pattern.ends_with('*') && path.starts_with(pattern.trim_end_matches('*')))
}

#[cfg(test)]
mod tests {
    use super::PolicyRule;
    use crate::request::{Request, ResourceRequest};

    fn list(text: &str) -> Vec<String> {
        let items = text.split(',').filter(|item| !item.is_empty());
        items.map(|item| if item == "core" { String::new() } else { item.to_owned() }).collect()
    }

    /// `verb group/resource[/subresource][=name]`, `core` for the core group.
    fn check(rule: [&str; 4], request: &str, expected: bool) {
        let [verbs, api_groups, resources, resource_names] = rule.map(list);
        let rule =
            PolicyRule { verbs, api_groups, resources, resource_names, ..PolicyRule::default() };
        let (verb, rest) = request.split_once(' ').unwrap();
        let (rest, name) = rest.split_once('=').unwrap_or((rest, ""));
        let mut parts = rest.splitn(3, '/');
        let mut part = || parts.next().unwrap_or_default();
        let group = part();
        let group = if group == "core" { "" } else { group };
        let (resource, subresource) = (part(), part());
        let asked = ResourceRequest {
            verb,
            group,
            resource,
            subresource,
            name,
            ..ResourceRequest::default()
        };
        assert_eq!(rule.allows(&Request::Resource(asked)), expected, "{rule:?} {request}");
    }

    #[test]
    fn rules_match_resources_as_kubernetes_does() {
        check(["get", "core", "pods", ""], "get core/pods", true);
        check(["get", "core", "pods", ""], "GET core/pods", false);
        check(["get", "core", "pods", ""], "get core/Pods", false);
        check(["*", "core", "pods", ""], "escalate core/pods", true);
        check(["get", "*", "pods", ""], "get metrics.k8s.io/pods", true);
        check(["get", "core", "pods", ""], "get metrics.k8s.io/pods", false);
        check(["get", "", "pods", ""], "get core/pods", false);
        check(["", "core", "pods", ""], "get core/pods", false);
        check(["get", "core", "", ""], "get core/pods", false);
        check(["get", "*.k8s.io", "pods", ""], "get metrics.k8s.io/pods", false);
        check(["ge*", "core", "pods", ""], "get core/pods", false);
    }

    #[test]
    fn subresources_are_asked_for_by_themselves() {
        check(["get", "core", "pods", ""], "get core/pods/log", false);
        check(["get", "core", "pods/log", ""], "get core/pods/log", true);
        check(["get", "core", "pods/log", ""], "get core/pods", false);
        check(["get", "core", "pods/*", ""], "get core/pods/log", false);
        check(["get", "core", "pods/*", ""], "get core/pods", false);
        check(["get", "core", "*/log", ""], "get core/pods/log", true);
        check(["get", "core", "*/log", ""], "get core/pods", false);
        check(["get", "core", "*/og", ""], "get core/pods/log", false);
        check(["get", "core", "*/log", ""], "get core/pods/xlog", false);
        check(["get", "core", "*/*", ""], "get core/pods/log", false);
        check(["get", "core", "*", ""], "get core/pods/log", true);
        check(["get", "core", "ods/log", ""], "get core/pods/log", false);
        check(["get", "core", "pods/proxy/x", ""], "get core/pods/proxy/x", true);
    }

    #[test]
    fn names_are_exact() {
        check(["get", "core", "secrets", "a"], "get core/secrets=a", true);
        check(["get", "core", "secrets", "a"], "get core/secrets=b", false);
        check(["list", "core", "secrets", "a"], "list core/secrets", false);
        // A field selector on metadata.name gives a list its name.
        check(["list", "core", "secrets", "a"], "list core/secrets=a", true);
        check(["create", "core", "secrets", "a"], "create core/secrets", false);
        check(["get", "core", "secrets", "*"], "get core/secrets=a", false);
        check(["get", "core", "secrets", "*"], "get core/secrets=*", true);
        check(["list", "core", "secrets", "core"], "list core/secrets", true);
    }

    #[test]
    fn paths_match_by_their_start_only_before_a_final_star() {
        let check = |pattern: &str, path: &str, expected: bool| {
            let rule = PolicyRule {
                verbs: vec!["get".to_owned()],
                non_resource_urls: vec![pattern.to_owned()],
                ..PolicyRule::default()
            };
            let asked = Request::NonResource { verb: "get", path };
            assert_eq!(rule.allows(&asked), expected, "{pattern} {path}");
        };
        check("*", "/anything", true);
        check("/foo", "/foo", true);
        check("/foo", "/foo/", false);
        check("/foo/*", "/foo", false);
        check("/foo/*", "/foo/", true);
        check("/foo/*", "/foo/bar/baz", true);
        check("/foo*", "/foobar", true);
        check("/foo**", "/foobar", true);
        check("/foo/*/bar", "/foo/x/bar", false);
        check("/foo/*/bar", "/foo/*/bar", true);
    }

    #[test]
    fn a_rule_about_resources_says_nothing_about_paths() {
        let rule = PolicyRule {
            verbs: list("*"),
            api_groups: list("*"),
            resources: list("*"),
            ..PolicyRule::default()
        };
        assert!(!rule.allows(&Request::NonResource { verb: "get", path: "/healthz" }));
        let rule =
            PolicyRule { verbs: list("*"), non_resource_urls: list("*"), ..PolicyRule::default() };
        assert!(!rule.allows(&Request::resource("get", "", "pods")));
    }
}

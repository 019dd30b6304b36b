use crate::authorizer::{Authorizer, Held};
use crate::decision::Scope;
use crate::identity::User;
use crate::request::{Request, ResourceRequest};
use crate::rule::PolicyRule;

/// A rule that somebody holds and that misses a request by one thing only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NearMiss {
    /// What is missing.
    pub lack: Lack,
    /// The rule.
    pub held: Held,
}

/// What keeps a rule from allowing a request, the nearest to allowing it first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Lack {
    /// It holds in another namespace only, or for what lives in no namespace it is given within one.
    Namespace,
    /// It is for other names, or the request has none.
    Name,
    /// It is for the resource or for another subresource of it.
    Subresource,
    /// It is for resources of the same name in another group.
    Group,
    /// It allows other verbs.
    Verb,
    /// It is for a path that is nearly the same.
    Path,
}

impl Authorizer {
    /// The rules a user holds that miss a request by one thing, the nearest first. For requests that are not allowed.
    #[must_use]
    pub fn near_misses(&self, user: &User, request: &Request<'_>) -> Vec<NearMiss> {
        let mut misses: Vec<NearMiss> = self
            .rules_of(user)
            .into_iter()
            .filter_map(|held| {
                let counts = match &held.scope {
                    Scope::Cluster => true,
                    Scope::Namespace(own) => own == request.namespace(),
                };
                let lack = lack(self.policy().rule(&held.grant), request, counts)?;
                Some(NearMiss { lack, held })
            })
            .collect();
        misses.sort_by(|one, other| (one.lack, &one.held).cmp(&(other.lack, &other.held)));
        misses
    }
}

/// The only thing that is missing; `None` when nothing or more is.
fn lack(rule: &PolicyRule, request: &Request<'_>, counts: bool) -> Option<Lack> {
    let in_place = (!counts).then_some(Lack::Namespace);
    let lacks = match request {
        Request::Resource(asked) => {
            let about = has_resource(rule, asked)?;
            vec![
                in_place,
                (!rule.has_name(asked.name)).then_some(Lack::Name),
                about,
                (!rule.has_group(asked.group)).then_some(Lack::Group),
                (!rule.has_verb(asked.verb)).then_some(Lack::Verb),
            ]
        }
        Request::NonResource { verb, path } => {
            let about = has_path(rule, path)?;
            vec![in_place, (!rule.has_verb(verb)).then_some(Lack::Verb), about]
        }
    };
    let mut lacks = lacks.into_iter().flatten();
    lacks.next().filter(|_| lacks.next().is_none())
}

/// Whether the rule is about the resource, or nearly; `None` when it is about others.
#[expect(clippy::option_option, reason = "about it or not, and then wholly or nearly")]
fn has_resource(rule: &PolicyRule, asked: &ResourceRequest<'_>) -> Option<Option<Lack>> {
    if rule.has_resource(asked.resource, asked.subresource) {
        return Some(None);
    }
    let same = |text: &String| text.split('/').next() == Some(asked.resource);
    rule.resources.iter().any(same).then_some(Some(Lack::Subresource))
}

/// Whether the rule is about the path, or one that differs in what stands at its end.
#[expect(clippy::option_option, reason = "about it or not, and then wholly or nearly")]
fn has_path(rule: &PolicyRule, path: &str) -> Option<Option<Lack>> {
    if rule.has_url(path) {
        return Some(None);
    }
    let near = |pattern: &String| {
        let stem = pattern.trim_end_matches(['*', '/']);
        let rest = path.strip_prefix(stem);
        !stem.is_empty() && rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    rule.non_resource_urls.iter().any(near).then_some(Some(Lack::Path))
}

#[cfg(test)]
mod tests {
    use super::{Lack, lack};
    use crate::request::Request;
    use crate::rule::PolicyRule;

    fn list(text: &str) -> Vec<String> {
        let items = text.split(',').filter(|item| !item.is_empty());
        items.map(|item| if item == "core" { String::new() } else { item.to_owned() }).collect()
    }

    /// Asks to `get pods/log` of the core group, named `a`.
    fn check(rule: [&str; 4], counts: bool, expected: Option<Lack>) {
        let [verbs, api_groups, resources, resource_names] = rule.map(list);
        let rule =
            PolicyRule { verbs, api_groups, resources, resource_names, ..PolicyRule::default() };
        let request = Request::resource("get", "", "pods").subresource("log").named("a");
        assert_eq!(lack(&rule, &request, counts), expected, "{rule:?}");
    }

    #[test]
    fn one_thing_that_is_missing_is_named() {
        check(["get", "core", "pods/log", ""], true, None);
        check(["get", "core", "pods/log", ""], false, Some(Lack::Namespace));
        check(["get", "core", "pods/log", "b"], true, Some(Lack::Name));
        check(["get", "core", "pods", ""], true, Some(Lack::Subresource));
        check(["get", "core", "pods/*", ""], true, Some(Lack::Subresource));
        check(["get", "core", "pods/exec", ""], true, Some(Lack::Subresource));
        check(["get", "apps", "pods/log", ""], true, Some(Lack::Group));
        check(["list", "core", "*/log", ""], true, Some(Lack::Verb));
    }

    #[test]
    fn two_things_are_too_far() {
        check(["list", "core", "pods/log", ""], false, None);
        check(["get", "apps", "pods", ""], true, None);
        check(["get", "core", "secrets", ""], true, None);
        check(["get", "core", "podsx/log", ""], true, None);
    }

    #[test]
    fn paths_are_near_by_their_end() {
        let check = |verb: &str, url: &str, expected: Option<Lack>| {
            let rule = PolicyRule {
                verbs: list(verb),
                non_resource_urls: list(url),
                ..PolicyRule::default()
            };
            let request = Request::NonResource { verb: "get", path: "/metrics" };
            assert_eq!(lack(&rule, &request, true), expected, "{verb} {url}");
        };
        check("get", "/metrics", None);
        check("get", "/metrics/*", Some(Lack::Path));
        check("get", "/metrics/", Some(Lack::Path));
        check("post", "/metrics", Some(Lack::Verb));
        check("get", "/metric", None);
        check("get", "/healthz", None);
        check("post", "*", Some(Lack::Verb));
    }
}

//! From words to a request.

use anyhow::bail;
use merlon_rbac::Request;
use merlon_report::access::Asked;
use merlon_report::visible;
use merlon_views::InventoryView;

use super::arguments::Action;
use super::resources::{self, alike, find};

/// Verbs that some authorizer is asked about; constrained impersonation has more, with a colon.
const VERBS: &[&str] = &[
    "*",
    "get",
    "list",
    "watch",
    "create",
    "update",
    "patch",
    "delete",
    "deletecollection",
    "bind",
    "escalate",
    "impersonate",
    "approve",
    "sign",
    "attest",
    "use",
    "proxy",
    "request-serviceaccounts-token-audience",
];
const METHODS: &[&str] = &["*", "get", "head", "post", "put", "patch", "delete", "options"];

/// What is asked, before anybody is asked about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    verb: String,
    target: Target,
    name: String,
    /// The namespace, `""` for none.
    namespace: String,
    /// Whether its objects live in namespaces.
    pub namespaced: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Target {
    Path(String),
    Resource { group: String, resource: String, subresource: String },
}

impl Question {
    /// Understands what is to be done. Says on standard error what it makes of doubtful words.
    pub fn read(action: &Action, view: &InventoryView<'_>) -> anyhow::Result<Self> {
        if action.resource.starts_with('/') {
            return path(action);
        }
        let (resource, subresource) = match action.resource.split_once('/') {
            Some((_, "")) => bail!("{:?} has no subresource after its slash", action.resource),
            Some((resource, subresource)) => (resource, subresource),
            None => (action.resource.as_str(), ""),
        };
        // `pods/exec.apps` is no way to write a group, but `deployments.apps/scale` is.
        let (resource, written) = match resource.split_once('.') {
            Some((resource, group)) => (resource, Some(without_version(group))),
            None => (resource, None),
        };
        let group =
            action.api_group.as_deref().map(|group| if group == "core" { "" } else { group });
        if let (Some(written), Some(group)) = (written, group)
            && written != group
        {
            bail!("the resource is of the group {written}, and --api-group says {group:?}");
        }
        let known = resources::resources(view);
        let found = find(&known, resource, group.or(written));
        let (group, resource, namespaced) = match (found, group.or(written)) {
            (Some(found), _) => (found.group.clone(), found.plural.clone(), found.namespaced),
            (None, None) if resource == "*" => ("*".to_owned(), "*".to_owned(), true),
            (None, Some(group)) => (group.to_owned(), resource.to_owned(), true),
            (None, None) => {
                let near = alike(&known, resource)
                    .map_or_else(String::new, |near| format!(" (did you mean {}?)", visible(near)));
                bail!(
                    "{resource:?} is no resource that is known here{near}: name its group, as in \
                     {resource}.example.com, or --api-group core"
                )
            }
        };
        if !VERBS.contains(&action.verb.as_str()) && !action.verb.contains(':') {
            let near = crate::alike::alike(&action.verb, VERBS.iter().copied());
            let near = near.first().map_or_else(String::new, |it| format!(" Did you mean {it}?"));
            let verb = &action.verb;
            anstream::eprintln!("Note: Kubernetes asks nobody about the verb {verb:?}.{near}");
        }
        let name = action.name.clone().unwrap_or_default();
        if action.namespace.is_some() && !namespaced && resource != "namespaces" {
            let what = visible(&resource);
            anstream::eprintln!("Note: {what} live in no namespace; --namespace says nothing.");
        }
        // A namespace is in itself, so that rights within it reach it.
        let namespace = match &action.namespace {
            Some(namespace) if namespaced || resource == "namespaces" => namespace.clone(),
            None if resource == "namespaces" => name.clone(),
            _ => String::new(),
        };
        let subresource = subresource.to_owned();
        let target = Target::Resource { group, resource, subresource };
        Ok(Self { verb: action.verb.clone(), target, name, namespace, namespaced })
    }

    /// The same in a namespace, when it is about something that lives in one and names none.
    pub fn or_within(mut self, namespace: &str) -> Self {
        if self.namespaced && self.namespace.is_empty() {
            namespace.clone_into(&mut self.namespace);
        }
        self
    }

    /// Whether rights in some namespace might be enough: none is named, and it is about something within them.
    pub fn is_open(&self) -> bool {
        let is_namespace = matches!(
            &self.target, Target::Resource { resource, group, .. } if resource == "namespaces" && group.is_empty()
        );
        // Of namespaces those verbs count that are about one of them.
        let one = matches!(self.verb.as_str(), "get" | "update" | "patch" | "delete");
        self.namespace.is_empty() && (self.namespaced || (is_namespace && one))
    }

    /// Whether an object is named.
    pub fn is_named(&self) -> bool {
        !self.name.is_empty()
    }

    /// The question as authorizers are asked.
    pub fn request(&self) -> Request<'_> {
        match &self.target {
            Target::Path(path) => Request::NonResource { verb: &self.verb, path },
            Target::Resource { group, resource, subresource } => {
                Request::resource(&self.verb, group, resource)
                    .subresource(subresource)
                    .named(&self.name)
                    .within(&self.namespace)
            }
        }
    }

    /// The question as answers repeat it.
    pub fn asked(&self, anywhere: bool) -> Asked {
        let text = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        let mut asked = Asked { verb: self.verb.clone(), anywhere, ..Asked::default() };
        match &self.target {
            Target::Path(path) => asked.path = Some(path.clone()),
            Target::Resource { group, resource, subresource } => {
                asked.group = Some(group.clone());
                asked.resource = Some(match subresource.as_str() {
                    "" => resource.clone(),
                    _ => format!("{resource}/{subresource}"),
                });
                asked.name = text(&self.name);
                asked.namespace = text(&self.namespace);
            }
        }
        asked
    }
}

fn path(action: &Action) -> anyhow::Result<Question> {
    if action.name.is_some() || action.namespace.is_some() || action.api_group.is_some() {
        bail!("{} is a path: it has no name, namespace or API group", action.resource);
    }
    let verb = action.verb.to_ascii_lowercase();
    if !METHODS.contains(&verb.as_str()) {
        bail!("{:?} is no HTTP method: a path is asked for with {}", verb, METHODS[1..].join(", "));
    }
    Ok(Question {
        verb,
        target: Target::Path(action.resource.clone()),
        name: String::new(),
        namespace: String::new(),
        namespaced: false,
    })
}

/// `v1.apps` as kubectl takes it is `apps`; `v1` alone is a version of the core group.
fn without_version(group: &str) -> &str {
    let (first, rest) = group.split_once('.').unwrap_or((group, ""));
    let number =
        first.strip_prefix('v').map(|rest| rest.trim_start_matches(|c: char| c.is_ascii_digit()));
    let is_version = first.len() > 1
        && first[1..].starts_with(|c: char| c.is_ascii_digit())
        && number.is_some_and(|kind| {
            let stage = kind.trim_end_matches(|c: char| c.is_ascii_digit());
            matches!(stage, "" | "alpha" | "beta")
        });
    if is_version { rest } else { group }
}

#[cfg(test)]
mod tests {
    use merlon_snapshot::{Inventory, Origin};
    use merlon_views::{InventoryView, Told};

    use super::{Action, Question, without_version};

    /// The expected as `verb group resource/subresource name namespace`, `-` for nothing; `None` for what is refused.
    fn check(words: &str, expected: Option<&str>) {
        let inventory = Inventory {
            name: String::new(),
            origin: Origin::Manifests { skipped: 0 },
            manifests: Vec::new(),
            objects: Vec::new(),
            gaps: Vec::new(),
        };
        let view = InventoryView::new(&inventory, 0, &Told::default());
        let mut words = words.split(' ').map(|word| (word != "-").then(|| word.to_owned()));
        let mut word = || words.next().flatten();
        let action = Action {
            verb: word().unwrap(),
            resource: word().unwrap(),
            name: word(),
            namespace: word(),
            api_group: word(),
        };
        let found = Question::read(&action, &view).ok().map(|question| {
            let asked = question.asked(false);
            let or_dash =
                |text: Option<String>| text.filter(|it| !it.is_empty()).unwrap_or("-".to_owned());
            let path = asked.path.or(asked.resource).unwrap_or_default();
            let [group, name, namespace] = [asked.group, asked.name, asked.namespace].map(or_dash);
            format!("{} {group} {path} {name} {namespace}", asked.verb)
        });
        assert_eq!(found.as_deref(), expected);
    }

    #[test]
    fn resources_are_understood_as_kubectl_does() {
        check("get po", Some("get - pods - -"));
        check("get pods/log web shop", Some("get - pods/log web shop"));
        check("create deployments.apps", Some("create apps deployments - -"));
        check("create deploy.v1.apps", Some("create apps deployments - -"));
        check("update deploy/scale - shop", Some("update apps deployments/scale - shop"));
        check("update deployments.apps/scale", Some("update apps deployments/scale - -"));
        check("get widgets.example.com", Some("get example.com widgets - -"));
        check("get widgets - - example.com", Some("get example.com widgets - -"));
        check("get pods - - core", Some("get - pods - -"));
        check("* *", Some("* * * - -"));
        check("get widgets", None);
        check("get pods/", None);
        check("get deployments.apps - - batch", None);
    }

    #[test]
    fn namespaces_are_in_themselves() {
        check("get ns shop", Some("get - namespaces shop shop"));
        check("get ns", Some("get - namespaces - -"));
        check("get nodes - shop", Some("get - nodes - -"));
    }

    #[test]
    fn paths_have_methods_and_nothing_else() {
        check("get /metrics", Some("get - /metrics - -"));
        check("GET /metrics", Some("get - /metrics - -"));
        check("list /metrics", None);
        check("get /metrics x", None);
        check("get /metrics - shop", None);
    }

    #[test]
    fn versions_are_told_from_groups() {
        let check = |text: &str, expected: &str| assert_eq!(without_version(text), expected);
        check("v1.apps", "apps");
        check("v1beta1.metrics.k8s.io", "metrics.k8s.io");
        check("v1", "");
        check("apps", "apps");
        check("v1x.example.com", "v1x.example.com");
        check("velero.io", "velero.io");
    }
}

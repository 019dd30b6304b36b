use crate::request::{Request, ResourceRequest};

/// What the query of an HTTP request says that matters to authorizers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Query<'a> {
    /// Whether `watch` is true.
    pub watch: bool,
    /// Fields that `fieldSelector` sets to a value, such as `metadata.name`.
    pub fields: &'a [(&'a str, &'a str)],
}

impl<'a> Request<'a> {
    /// What the API server asks its authorizers about an HTTP request; `None` for one that it cannot make out.
    ///
    /// As `pkg/endpoints/request/requestinfo.go` of the API server library. The path comes without its query and with
    /// `%` sequences resolved, the method in capitals.
    #[must_use]
    pub fn of_http(method: &str, path: &'a str, query: &Query<'a>) -> Option<Self> {
        let Some((group, parts)) = resource_parts(path) else {
            return Some(Self::NonResource { verb: small_letters(method)?, path });
        };
        let (verb, parts, by_path) = match parts.as_slice() {
            [special @ ("watch" | "proxy"), rest @ ..] => (*special, rest, true),
            all => (verb_of(method), all, false),
        };
        let (namespace, parts) = match parts {
            [] => return None,
            // A namespace is in itself, so that rights within it reach it.
            ["namespaces", own] | ["namespaces", own, "status" | "finalize", ..] => (*own, parts),
            ["namespaces", own, rest @ ..] => (*own, rest),
            _ => ("", parts),
        };
        let part = |index: usize| parts.get(index).copied().unwrap_or_default();
        let (resource, mut name) = (part(0), part(1));
        // What follows a proxied name is a path of the target.
        let subresource = if verb == "proxy" { "" } else { part(2) };
        let verb = match verb {
            "get" if name.is_empty() => {
                name = selected_name(query.fields);
                if query.watch { "watch" } else { "list" }
            }
            "delete" if name.is_empty() => "deletecollection",
            _ => verb,
        };
        let selects = matches!(verb, "list" | "watch" | "deletecollection") && !by_path;
        let fields = if selects { query.fields } else { &[] };
        Some(Self::Resource(ResourceRequest {
            verb,
            group,
            resource,
            subresource,
            namespace,
            name,
            fields,
        }))
    }
}

/// The group, and what follows the version; `None` when the path is no resource.
fn resource_parts(path: &str) -> Option<(&str, Vec<&str>)> {
    let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
    match parts.as_slice() {
        ["api", _version, rest @ ..] if !rest.is_empty() => Some(("", rest.to_vec())),
        ["apis", group, _version, rest @ ..] if !rest.is_empty() => Some((group, rest.to_vec())),
        _ => None,
    }
}

fn verb_of(method: &str) -> &'static str {
    match method {
        "POST" => "create",
        "GET" | "HEAD" => "get",
        "PUT" => "update",
        "PATCH" => "patch",
        "DELETE" => "delete",
        _ => "",
    }
}

fn small_letters(method: &str) -> Option<&'static str> {
    let methods = [
        ("GET", "get"),
        ("HEAD", "head"),
        ("POST", "post"),
        ("PUT", "put"),
        ("PATCH", "patch"),
        ("DELETE", "delete"),
        ("OPTIONS", "options"),
        ("CONNECT", "connect"),
        ("TRACE", "trace"),
    ];
    methods.iter().find(|(each, _)| *each == method).map(|(_, small)| *small)
}

/// The name that a selector asks for, when it can stand in a path.
fn selected_name<'a>(fields: &[(&'a str, &'a str)]) -> &'a str {
    let name = fields.iter().find(|(field, _)| *field == "metadata.name");
    let legal = |name: &&str| !matches!(*name, "." | "..") && !name.contains(['/', '%']);
    name.map(|(_, name)| *name).filter(legal).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::Query;
    use crate::request::{Request, ResourceRequest};

    /// The expected as `verb group resource[/subresource] namespace name`, `-` for nothing.
    fn check(method: &str, path: &str, expected: &str) {
        check_with(method, path, &Query::default(), expected);
    }

    fn check_with(method: &str, path: &str, query: &Query<'_>, expected: &str) {
        let or_dash = |text: &str| if text.is_empty() { "-".to_owned() } else { text.to_owned() };
        let found = match Request::of_http(method, path, query) {
            None => "none".to_owned(),
            Some(Request::NonResource { verb, path }) => format!("{verb} {path}"),
            Some(Request::Resource(request)) => {
                let ResourceRequest { verb, group, resource, subresource, namespace, name, .. } =
                    request;
                let slash = if subresource.is_empty() { "" } else { "/" };
                let [verb, group, namespace, name] = [verb, group, namespace, name].map(or_dash);
                format!("{verb} {group} {resource}{slash}{subresource} {namespace} {name}")
            }
        };
        assert_eq!(found, expected, "{method} {path}");
    }

    #[test]
    fn paths_tell_resources() {
        check("GET", "/api/v1/namespaces", "list - namespaces - -");
        check("GET", "/api/v1/namespaces/dev", "get - namespaces dev dev");
        check("PATCH", "/api/v1/namespaces/dev", "patch - namespaces dev dev");
        check("PUT", "/api/v1/namespaces/dev/finalize", "update - namespaces/finalize dev dev");
        check("PUT", "/api/v1/namespaces/dev/status", "update - namespaces/status dev dev");
        check("GET", "/api/v1/namespaces/dev/pods", "list - pods dev -");
        check("HEAD", "/api/v1/namespaces/dev/pods/web", "get - pods dev web");
        check("POST", "/api/v1/namespaces/dev/pods", "create - pods dev -");
        check("POST", "/api/v1/namespaces/dev/pods/web/exec", "create - pods/exec dev web");
        check("GET", "/api/v1/namespaces/dev/pods/web/proxy/a/b", "get - pods/proxy dev web");
        check("DELETE", "/api/v1/nodes", "deletecollection - nodes - -");
        check(
            "DELETE",
            "/apis/apps/v1/namespaces/dev/deployments/a",
            "delete apps deployments dev a",
        );
        check("BREW", "/api/v1/pods", "- - pods - -");
    }

    #[test]
    fn old_paths_tell_the_verb() {
        check("GET", "/api/v1/watch/pods", "watch - pods - -");
        check("DELETE", "/api/v1/watch/namespaces/dev/pods", "watch - pods dev -");
        check("GET", "/api/v1/proxy/namespaces/dev/pods/web/a/b", "proxy - pods dev web");
        check("GET", "/api/v1/watch", "none");
    }

    #[test]
    fn everything_else_is_a_path() {
        for path in
            ["/", "/api", "/api/v1", "/api/v1/", "/apis/apps/v1", "/metrics", "/other/v1/pods"]
        {
            check("GET", path, &format!("get {path}"));
        }
        check("POST", "/logs/x", "post /logs/x");
        check("BREW", "/metrics", "none");
    }

    #[test]
    fn selectors_give_lists_a_name() {
        let named = |name| [("metadata.name", name)];
        let with = |fields: &[(&str, &str)], watch, expected: &str| {
            check_with("GET", "/api/v1/namespaces/dev/secrets", &Query { watch, fields }, expected);
        };
        with(&named("db"), false, "list - secrets dev db");
        with(&named("db"), true, "watch - secrets dev db");
        with(&named("a/b"), false, "list - secrets dev -");
        with(&named(".."), false, "list - secrets dev -");
        with(&[("spec.nodeName", "one")], false, "list - secrets dev -");
        let fields = named("db");
        let query = Query { watch: false, fields: &fields };
        check_with(
            "DELETE",
            "/api/v1/namespaces/dev/secrets",
            &query,
            "deletecollection - secrets dev -",
        );
        check_with("GET", "/api/v1/namespaces/dev/secrets/x", &query, "get - secrets dev x");
    }
}

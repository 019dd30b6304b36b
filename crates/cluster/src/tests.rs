//! What is made of servers that fail, lie or never end.

mod fake;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use fake::{Fake, Reply};
use merlon_model::Kind;
use merlon_snapshot::{Cause, Inventory, Subject};
use merlon_yaml::to_json;
use serde_json::{Value, json};

use crate::gather::collect_patiently;
use crate::server::Patience;
use crate::{ClusterOptions, ConnectError};

const JSON: &str = "content-type: application/json\r\n";

/// Impatient enough for tests.
const PATIENCE: Patience = Patience {
    timeout: Duration::from_millis(400),
    attempts: 3,
    first_pause: Duration::from_millis(1),
    longest_pause: Duration::from_secs(2),
};

fn collect(fake: &Fake) -> Result<Inventory, ConnectError> {
    collect_with(fake, PATIENCE)
}

fn collect_with(fake: &Fake, patience: Patience) -> Result<Inventory, ConnectError> {
    let options = ClusterOptions {
        kubeconfig: Some(fake.kubeconfig()),
        requests_per_second: 100_000,
        ..ClusterOptions::default()
    };
    collect_patiently(&options, patience)
}

/// The aggregated discovery of resources: kind, plural, group.
fn discovery(resources: &[(&str, &str, &str)]) -> Value {
    let mut groups: BTreeMap<&str, Vec<Value>> = BTreeMap::new();
    for (kind, plural, group) in resources {
        groups.entry(group).or_default().push(json!({
            "resource": plural,
            "responseKind": {"group": "", "version": "", "kind": kind},
            "scope": "Namespaced",
            "verbs": ["get", "list"],
        }));
    }
    let groups = groups.iter().map(|(name, resources)| {
        json!({
            "metadata": {"name": name},
            "versions": [{"version": "v1", "freshness": "Current", "resources": resources}],
        })
    });
    json!({"kind": "APIGroupDiscoveryList", "items": groups.collect::<Vec<_>>()})
}

/// A server that has one kind, whose list is answered by `answer`.
fn server_of(
    kind: (&'static str, &'static str),
    answer: impl Fn(&str, usize) -> Reply + Send + Sync + 'static,
) -> Fake {
    Fake::start(move |uri, before| match uri {
        "/version" => Reply::Json(json!({"gitVersion": "v1.99.0"})),
        "/api" => Reply::Json(discovery(&[(kind.0, kind.1, "")])),
        "/apis" => Reply::Json(discovery(&[])),
        _ => answer(uri, before),
    })
}

fn server(answer: impl Fn(&str, usize) -> Reply + Send + Sync + 'static) -> Fake {
    server_of(("Pod", "pods"), answer)
}

fn pod(name: &str) -> Value {
    json!({"metadata": {"name": name, "namespace": "a"}, "spec": {"hostPID": true}})
}

fn page(names: &[&str], token: &str) -> Value {
    let items: Vec<Value> = names.iter().map(|name| pod(name)).collect();
    json!({"kind": "PodList", "apiVersion": "v1", "metadata": {"continue": token}, "items": items})
}

fn status(code: u16, headers: &'static str) -> Reply {
    Reply::Text(code, headers, json!({"kind": "Status", "message": "so it is"}).to_string())
}

fn is_first(uri: &str) -> bool {
    !uri.contains("continue=")
}

/// What a list of pods comes to: names, and the cause of the gap.
fn check(
    expected: &[&str],
    cause: Option<Cause>,
    answer: impl Fn(&str, usize) -> Reply + Send + Sync + 'static,
) {
    let fake = server(answer);
    let inventory = collect(&fake).unwrap();
    let names: Vec<&str> = inventory.objects.iter().map(|object| object.name()).collect();
    let gap = inventory.gap_of(Kind::Pod);
    assert_eq!(gap.map(|gap| gap.cause), cause, "{gap:?}");
    assert_eq!(names, expected, "{gap:?}");
    assert_eq!(inventory.is_complete(Kind::Pod), cause.is_none());
    assert!(inventory.gaps.len() <= 1, "{:?}", inventory.gaps);
    assert!(gap.is_none_or(|gap| !gap.detail.is_empty()));
}

#[test]
fn a_list_is_read_to_its_end() {
    check(&["a", "b", "c"], None, |uri, _| match uri {
        "/api/v1/pods?limit=500" => Reply::Json(page(&["a", "b"], "x=/&y")),
        "/api/v1/pods?limit=500&continue=x%3D%2F%26y" => Reply::Json(page(&["c"], "")),
        _ => status(404, JSON),
    });
    check(&[], None, |_, _| {
        Reply::Json(json!({"kind": "PodList", "metadata": null, "items": null}))
    });
}

#[test]
fn an_expired_list_is_begun_anew() {
    check(&["a", "b"], None, |uri, before| match (is_first(uri), before) {
        (true, _) => Reply::Json(page(&["a"], "x")),
        (false, 0) => status(410, JSON),
        (false, _) => Reply::Json(page(&["b"], "")),
    });
    check(&["a"], Some(Cause::Expired), |uri, _| match is_first(uri) {
        true => Reply::Json(page(&["a"], "x")),
        false => status(410, JSON),
    });
}

#[test]
fn a_server_that_asks_for_patience_gets_it() {
    let busy_twice = |code: u16, headers: &'static str| {
        move |_: &str, before: usize| match before {
            0 | 1 => status(code, headers),
            _ => Reply::Json(page(&["a"], "")),
        }
    };
    check(&["a"], None, busy_twice(429, "retry-after: 0\r\n"));
    check(&["a"], None, busy_twice(503, ""));
    check(&["a"], None, busy_twice(500, ""));

    let started = Instant::now();
    check(&["a"], None, |_, before| match before {
        0 => status(429, "retry-after: 1\r\n"),
        _ => Reply::Json(page(&["a"], "")),
    });
    assert!(started.elapsed() >= Duration::from_secs(1), "it waited as long as it was asked to");
}

#[test]
fn patience_has_an_end() {
    let started = Instant::now();
    check(&[], Some(Cause::Throttled), |_, _| status(429, ""));
    check(&[], Some(Cause::Throttled), |_, _| status(429, "retry-after: 86400\r\n"));
    check(&[], Some(Cause::Other), |_, _| status(500, ""));
    check(&[], Some(Cause::TimedOut), |_, _| status(504, ""));
    check(&[], Some(Cause::TimedOut), |_, _| Reply::Silence);
    check(&["a"], Some(Cause::TimedOut), |uri, _| match is_first(uri) {
        true => Reply::Json(page(&["a"], "x")),
        false => Reply::Silence,
    });
    assert!(started.elapsed() < Duration::from_secs(10));
}

#[test]
fn refusals_are_told_by_their_cause() {
    check(&[], Some(Cause::PermissionDenied), |_, _| status(403, JSON));
    check(&[], Some(Cause::Vanished), |_, _| status(404, JSON));
    check(&[], Some(Cause::Unsupported), |_, _| status(405, JSON));
    check(&[], Some(Cause::Unsupported), |_, _| status(406, JSON));
    check(&[], Some(Cause::Other), |_, _| Reply::Text(418, "", "\u{7}".repeat(1 << 20)));
}

#[test]
fn redirections_are_not_followed() {
    let fake = server(|_, _| Reply::Text(302, "location: /elsewhere\r\n", String::new()));
    let inventory = collect(&fake).unwrap();
    assert_eq!(inventory.gap_of(Kind::Pod).unwrap().cause, Cause::Other);
    assert!(!fake.requests().iter().any(|uri| uri.contains("elsewhere")));
}

#[test]
fn a_page_that_breaks_off_is_asked_for_again() {
    check(&["a", "b"], None, |uri, before| match (is_first(uri), before) {
        (true, _) => Reply::Json(page(&["a"], "x")),
        (false, 0) => Reply::Cut(page(&["b"], "")),
        (false, _) => Reply::Json(page(&["b"], "")),
    });
    check(&["a"], Some(Cause::Unreachable), |uri, _| match is_first(uri) {
        true => Reply::Json(page(&["a"], "x")),
        false => Reply::Cut(page(&["b"], "")),
    });
}

#[test]
fn a_list_without_end_is_left() {
    check(&["a", "a"], Some(Cause::Other), |_, _| Reply::Json(page(&["a"], "again")));
    check(&["a", "b", "a"], Some(Cause::Other), |uri, _| match uri {
        "/api/v1/pods?limit=500&continue=odd" => Reply::Json(page(&["b"], "even")),
        _ => Reply::Json(page(&["a"], "odd")),
    });
    let pages = AtomicUsize::new(0);
    check(&[], Some(Cause::LimitReached), move |_, _| {
        Reply::Json(page(&[], &pages.fetch_add(1, Ordering::Relaxed).to_string()))
    });
    check(&["a"], Some(Cause::Other), |_, _| Reply::Json(page(&["a"], &"x".repeat(5000))));
}

#[test]
fn a_list_shorter_than_announced_is_not_whole() {
    let announcing = |token: &str, remaining: i64| {
        let mut page = page(&["a"], token);
        page["metadata"]["remainingItemCount"] = json!(remaining);
        page
    };
    check(&["a"], Some(Cause::Other), move |_, _| Reply::Json(announcing("", 7)));
    check(&["a", "b"], Some(Cause::Other), move |uri, _| match is_first(uri) {
        true => Reply::Json(announcing("x", 2)),
        false => Reply::Json(page(&["b"], "")),
    });
    check(&["a", "b"], None, move |uri, _| match is_first(uri) {
        true => Reply::Json(announcing("x", 1)),
        false => Reply::Json(page(&["b"], "")),
    });
    check(&["a"], None, move |_, _| Reply::Json(announcing("", -1)));
}

#[test]
fn a_page_that_is_too_large_is_asked_for_in_parts() {
    let patient = Patience { timeout: Duration::from_secs(30), ..PATIENCE };
    let fake = server(|uri, _| match uri.contains("limit=500") {
        true => Reply::Large(500 << 20),
        false => Reply::Json(page(&["a"], "")),
    });
    let inventory = collect_with(&fake, patient).unwrap();
    assert_eq!(inventory.gaps, []);
    assert_eq!(inventory.objects.len(), 1);

    let fake = server(|_, _| Reply::Large(500 << 20));
    let inventory = collect_with(&fake, patient).unwrap();
    assert_eq!(inventory.gap_of(Kind::Pod).unwrap().cause, Cause::TooLarge);
}

#[test]
fn what_is_no_list_of_the_kind_is_a_gap() {
    let list = |kind: &str, items: Value| json!({"kind": kind, "metadata": {}, "items": items});
    let json = |value: Value| move |_: &str, _: usize| Reply::Json(value.clone());
    let text =
        |text: &'static str| move |_: &str, _: usize| Reply::Text(200, JSON, text.to_owned());

    let html = "content-type: text/html\r\n";
    let page = "<html>please log in</html>";
    check(&[], Some(Cause::Unparsable), move |_, _| Reply::Text(200, html, page.to_owned()));
    check(&[], Some(Cause::Unparsable), text(page));
    check(&[], Some(Cause::Unparsable), text(""));
    check(&[], Some(Cause::Unparsable), text("null"));
    check(&[], Some(Cause::Unparsable), text("[]"));
    check(&[], Some(Cause::Unparsable), text("{\"kind\":\"PodList\",\"items\":[]} trailing"));
    check(&[], Some(Cause::Unparsable), text("{\"kind\":\"PodList\",\"items\":[],\"items\":[]}"));
    check(&[], Some(Cause::Unparsable), |_, _| {
        Reply::Text(200, JSON, format!("{{\"items\":[{{\"spec\":{}", "[".repeat(100_000)))
    });
    check(&[], Some(Cause::Unparsable), json(json!({"kind": "PodList", "metadata": {}})));
    check(&[], Some(Cause::Unparsable), json(json!({"kind": "Status", "code": 200})));
    check(&[], Some(Cause::Unparsable), json(list("ServiceList", json!([]))));
    check(&[], Some(Cause::Unparsable), json(list("ServiceList", json!([pod("a")]))));
    check(&[], Some(Cause::Unparsable), json(list("PodList", json!("none"))));
    check(&[], Some(Cause::Unparsable), json(list("PodList", json!(["text"]))));
    check(&["a"], Some(Cause::WrongKind), json(list("PodList", json!([pod("a"), null]))));
    check(&["a"], Some(Cause::WrongKind), json(list("PodList", json!([pod("a"), pod("")]))));
    check(&["a"], Some(Cause::WrongKind), json(list("PodList", json!([pod("a"), {}]))));
    let service = json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "s"}});
    check(&["a"], Some(Cause::WrongKind), json(list("PodList", json!([pod("a"), service]))));
}

#[test]
fn a_server_that_sends_secrets_unasked_is_not_listened_to() {
    let whole = json!({
        "kind": "SecretList", "metadata": {},
        "items": [{"metadata": {"name": "s"}, "data": {"password": "aHVudGVyMg=="}}],
    });
    let row = |cells: Value, object: Value| {
        json!({
            "kind": "Table", "metadata": {}, "columnDefinitions": [{"name": "Name"}, {"name": "Type"}],
            "rows": [{"cells": cells, "object": object}],
        })
    };
    let object = json!({
        "kind": "Secret",
        "metadata": {"name": "s", "annotations": {"copy": "aHVudGVyMg=="}},
        "data": {"password": "aHVudGVyMg=="}, "stringData": "aHVudGVyMg==",
    });
    let check = |answer: Value, expected: Option<Value>| {
        let fake = server_of(("Secret", "secrets"), move |_, _| Reply::Json(answer.clone()));
        let inventory = collect(&fake).unwrap();
        assert_eq!(inventory.is_complete(Kind::Secret), expected.is_some());
        let found = inventory.objects.first().map(|object| to_json(&object.root));
        assert_eq!(found, expected);
        let asked = fake.requests();
        assert!(asked.contains(&"/api/v1/secrets?limit=500&includeObject=Metadata".to_owned()));
    };
    check(whole, None);
    check(
        row(json!(["s", "Opaque"]), object.clone()),
        Some(json!({
            "apiVersion": "v1", "kind": "Secret", "type": "Opaque",
            "metadata": {"name": "s", "annotations": {"copy": "<redacted>"}},
        })),
    );
    check(
        row(json!(["s"]), object),
        Some(json!({
            "apiVersion": "v1", "kind": "Secret",
            "metadata": {"name": "s", "annotations": {"copy": "<redacted>"}},
        })),
    );
    check(row(json!(["s", "Opaque"]), json!(null)), None);
}

#[test]
fn a_server_that_falls_silent_is_not_asked_for_everything() {
    let fake = Fake::start(|uri, _| match uri {
        "/version" => Reply::Json(json!({"gitVersion": "v1.99.0"})),
        "/api" => Reply::Json(discovery(&[])),
        "/apis" => {
            let kinds: Vec<_> = Kind::ALL
                .iter()
                .filter(|kind| !kind.group().is_empty())
                .map(|kind| (kind.spelling(), kind.plural(), kind.group()))
                .collect();
            Reply::Json(discovery(&kinds))
        }
        _ => Reply::Silence,
    });
    let started = Instant::now();
    let inventory = collect(&fake).unwrap();
    assert!(started.elapsed() < Duration::from_secs(10), "{:?}", started.elapsed());
    assert!(fake.requests().len() < 20, "{:?}", fake.requests());
    assert_eq!(inventory.objects.len(), 0);
    assert!(inventory.gaps.len() > 20);
    assert!(inventory.gap_of(Kind::Deployment).is_some());
}

#[test]
fn old_servers_are_asked_group_by_group() {
    let resource = |name: &str, kind: &str| {
        json!({
            "name": name, "kind": kind, "namespaced": true, "verbs": ["list"],
        })
    };
    let fake = Fake::start(move |uri, _| match uri {
        "/version" => Reply::Json(json!({"gitVersion": "v1.19.0"})),
        "/api" => Reply::Json(json!({"kind": "APIVersions", "versions": ["v1"]})),
        "/api/v1" => Reply::Json(json!({
            "resources": [resource("pods/status", "Pod"), resource("pods", "Pod")],
        })),
        "/apis" => Reply::Json(json!({"kind": "APIGroupList", "groups": [
            {"name": "apps", "versions": [{"version": "v1beta1"}, {"version": "v1"}]},
            {"name": "metrics.k8s.io", "versions": [{"version": "v1"}]},
            {"name": "route.openshift.io", "versions": [{"version": "v1"}]},
        ]})),
        "/apis/apps/v1" | "/apis/apps/v1beta1" => {
            Reply::Json(json!({"resources": [resource("deployments", "Deployment")]}))
        }
        "/apis/route.openshift.io/v1" => status(503, ""),
        "/api/v1/pods?limit=500" => Reply::Json(page(&["a"], "")),
        "/apis/apps/v1/deployments?limit=500" => Reply::Json(json!({
            "kind": "DeploymentList", "metadata": {}, "items": [{"metadata": {"name": "d"}}],
        })),
        _ => status(404, ""),
    });
    let inventory = collect(&fake).unwrap();
    let subjects: Vec<&Subject> = inventory.gaps.iter().map(|gap| &gap.subject).collect();
    assert_eq!(subjects, [&Subject::Objects { kind: Kind::Route }]);
    let versions: Vec<Value> = inventory
        .objects
        .iter()
        .map(|object| to_json(&object.root)["apiVersion"].clone())
        .collect();
    assert_eq!(versions, ["v1", "apps/v1"]);
}

#[test]
fn forbidden_discovery_is_a_gap_of_every_kind() {
    let fake = Fake::start(|uri, _| match uri {
        "/version" => Reply::Json(json!({"gitVersion": "v1.99.0"})),
        _ => status(403, JSON),
    });
    let inventory = collect(&fake).unwrap();
    assert_eq!(inventory.gaps.len(), Kind::ALL.len() + 1);
    assert!(inventory.gaps.iter().all(|gap| gap.cause == Cause::PermissionDenied));
}

#[test]
fn without_an_api_server_there_is_no_inventory() {
    let check = |answer: fn(&str, usize) -> Reply, expected: &str| {
        let fake = Fake::start(answer);
        let error = collect(&fake).expect_err(expected).to_string();
        assert!(error.contains(expected), "{error}");
        assert!(error.contains(&fake.address().to_string()), "{error}");
        assert!(error.contains("context fake"), "{error}");
    };
    check(|_, _| Reply::Silence, "no answer within");
    check(|_, _| Reply::Cut(json!({"gitVersion": "v1"})), "broke off");
    check(|_, _| status(401, JSON), "log in again");
    let html = |_: &str, _: usize| {
        Reply::Text(200, "content-type: text/html\r\n", "<html></html>".to_owned())
    };
    check(html, "text/html, not JSON");
    check(|_, _| status(503, ""), "so it is");

    let gone = Fake::start(|_, _| Reply::Silence);
    let config = std::fs::read_to_string(gone.kubeconfig()).unwrap();
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let config = config.replace(&gone.address().port().to_string(), &port.to_string());
    std::fs::write(gone.kubeconfig(), config).unwrap();
    let error = collect(&gone).expect_err("nobody listens").to_string();
    assert!(error.contains("refused"), "{error}");
}

#[test]
fn what_is_wrong_with_a_kubeconfig_is_told_without_its_secrets() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("config");
    let check = |text: &str, context: Option<&str>, expected: &str| {
        std::fs::write(&path, text).unwrap();
        let options = ClusterOptions {
            kubeconfig: Some(path.clone()),
            context: context.map(str::to_owned),
            ..ClusterOptions::default()
        };
        let error = collect_patiently(&options, PATIENCE).expect_err(expected).to_string();
        assert!(error.contains(expected), "{error}");
        assert!(!error.contains("hunter2"), "{error}");
    };
    let good = "contexts: [{name: a, context: {cluster: c}}]\nclusters: []\n";
    check("users:\n- name: x\n  user: {token: hunter2\n", None, "no kubeconfig");
    check("users:\n- name: x\n  user: hunter2\n", None, "no kubeconfig");
    check("", None, "no context is current");
    check(good, None, "it has a");
    check(good, Some("b"), "no context is named b");
    check(good, Some("a"), "cluster of context");
    let with = |cluster: &str| {
        format!(
            "contexts: [{{name: a, context: {{cluster: c, user: u}}}}]\ncurrent-context: a\n\
         clusters: [{{name: c, cluster: {{{cluster}}}}}]\nusers: [{{name: u, user: {{token: hunter2}}}}]\n"
        )
    };
    check(&with(""), None, "url is missing");
    check(&with("server: 'https://x:1', certificate-authority: /not/there"), None, "authority");
    check(&with("server: 'http://x:1'"), None, "not encrypted");
    check(&with("server: 'https://x:1', insecure-skip-tls-verify: true"), None, "not verified");
    let plugin = |script: &str| {
        let exec = json!({
            "apiVersion": "client.authentication.k8s.io/v1", "interactiveMode": "Never",
            "command": "sh", "args": ["-c", script],
        });
        with("server: 'https://127.0.0.1:1'").replace("token: hunter2", &format!("exec: {exec}"))
    };
    check(&plugin("echo hunter'2'; echo log in first >&2; exit 3"), None, "log in first");
    check(&plugin("echo 'token: [hunter'2"), None, "something else than credentials");
    let proxied = with("server: 'https://127.0.0.1:1', proxy-url: 'ftp://me:hunter2@x'");
    check(&proxied, None, "proxies that are ftp");
    std::fs::remove_file(&path).unwrap();
    let options = ClusterOptions { kubeconfig: Some(path.clone()), ..ClusterOptions::default() };
    let error = collect_patiently(&options, PATIENCE).expect_err("nothing is there").to_string();
    assert!(error.contains("No such file"), "{error}");
}

//! Aggregated roles as the controller manager fills them in, against our simulation.

use std::time::Duration;

use merlon_rbac::{Policy, Role, read};
use merlon_testkit::{ControlPlane, block_on, eventually};
use serde_json::{Value, json};

use crate::random::GROUP;
use crate::server::{Server, nodes};

pub(crate) fn agrees(plane: &ControlPlane) {
    block_on(async {
        let rule = |resource: &str| json!([{"verbs": ["get"], "apiGroups": ["merlon.example"], "resources": [resource]}]);
        let role = |name: &str, labels: Value| {
            json!({
                "apiVersion": format!("{GROUP}/v1"), "kind": "ClusterRole",
                "metadata": {"name": name, "labels": labels}, "rules": [],
            })
        };
        let mut inner =
            role("merlon-inner", json!({"rbac.authorization.k8s.io/aggregate-to-view": "true"}));
        inner["rules"] = rule("inner");
        let mut outer = role("merlon-outer", json!({}));
        outer["aggregationRule"] = json!({"clusterRoleSelectors": [
            {"matchExpressions": [{"key": "merlon", "operator": "In", "values": ["a", "b"]}]},
            {"matchExpressions": [{"key": "merlon", "operator": "Exists"}, {"key": "not", "operator": "DoesNotExist"}]},
        ]});
        let mut first = role("merlon-first", json!({"merlon": "c"}));
        first["rules"] = rule("first");
        let mut second = role("merlon-second", json!({"merlon": "a", "not": "x"}));
        second["rules"] = rule("second");
        plane.apply(&[inner, outer, first, second]).await.unwrap();
        let server = Server::of(plane);
        let compare = || async {
            let live = server.list(&format!("/apis/{GROUP}/v1/clusterroles")).await;
            let bare: Vec<Value> = live.iter().cloned().map(without_collected_rules).collect();
            let (live, _) = read(nodes(&live).iter());
            let (bare, _) = read(nodes(&bare).iter());
            let filled = bare.aggregated();
            let same = rules(&live) == rules(&filled);
            let admin = filled.role(filled.find_role(None, "admin").unwrap());
            let nested = admin.rules.iter().any(|rule| rule.has_resource("inner", ""));
            (same && nested).then_some(())
        };
        let agreed = eventually(Duration::from_secs(60), compare).await;
        assert!(agreed.is_some(), "aggregated roles never agreed");
    });
}

fn without_collected_rules(mut role: Value) -> Value {
    if role.get("aggregationRule").is_some_and(|rule| !rule.is_null()) {
        role["rules"] = json!([]);
    }
    role
}

/// Sorted, since nested roles are filled in one after the other and an order may be older than another.
fn rules(policy: &Policy) -> Vec<(String, Vec<merlon_rbac::PolicyRule>)> {
    let sorted = |role: &Role| {
        let mut rules = role.rules.clone();
        rules.sort();
        rules
    };
    policy.roles().map(|(_, role)| (role.name.clone(), sorted(role))).collect()
}

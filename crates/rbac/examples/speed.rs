//! How long questions take on a large policy: `cargo run --release -p merlon-rbac --example speed`.

use std::hint::black_box;
use std::time::{Duration, Instant};

use merlon_model::Version;
use merlon_rbac::{
    Authorizer, Binding, Policy, PolicyRule, Release, Request, Role, RoleRef, Subject, User, risk,
};

const ACCOUNTS: usize = 5_000;
const NAMESPACES: usize = 100;
const RUNS: u32 = 200;

fn main() {
    let release = Release::of(Version::new(1, 37));
    for (name, policy) in [("a usual cluster", usual()), ("everybody may everywhere", crowded())] {
        let counts =
            (policy.roles().count(), policy.bindings().count(), policy.service_accounts().count());
        println!(
            "{name}: {} roles, {} bindings, {} service accounts",
            counts.0, counts.1, counts.2
        );
        let started = Instant::now();
        let authorizer = Authorizer::new(policy, release.clone());
        println!("  index: {:?}", started.elapsed());
        let robot = User::service_account("n7", "s707");
        let secrets = Request::resource("get", "", "secrets").within("n7");
        let pods = Request::resource("get", "", "pods").within("n7");
        let exec = Request::resource("create", "", "pods").subresource("exec").within("n7");
        for (question, request) in
            [("get secrets", secrets), ("get pods", pods), ("create pods/exec", exec)]
        {
            let who = authorizer.who_can(&request);
            let grants: usize = who.holders().map(|(_, grants)| grants.len()).sum();
            let time = time(|| authorizer.who_can(&request).len());
            println!("  who can {question}: {time:?} ({} holders, {grants} grants)", who.len());
        }
        println!("  one decision: {:?}", time(|| authorizer.authorize(&robot, &pods).grants.len()));
        println!("  rules of one: {:?}", time(|| authorizer.rules_of(&robot).len()));
        println!(
            "  primitives of one: {:?}",
            time(|| risk::primitives_of(&authorizer, &robot).len())
        );
    }
}

fn time(mut question: impl FnMut() -> usize) -> Duration {
    let started = Instant::now();
    for _ in 0..RUNS {
        black_box(question());
    }
    started.elapsed() / RUNS
}

fn rule(verbs: &[&str], resources: &[&str]) -> PolicyRule {
    let owned = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
    PolicyRule {
        verbs: owned(verbs),
        api_groups: owned(&["", "apps"]),
        resources: owned(resources),
        ..PolicyRule::default()
    }
}

fn account(number: usize) -> (String, String) {
    (format!("n{}", number % NAMESPACES), format!("s{number}"))
}

/// A role and a binding of its own for every account, and as many bindings of a common role.
fn usual() -> Policy {
    let read = ["get", "list", "watch"];
    let common = vec![
        rule(&read, &["pods", "services", "configmaps", "endpoints"]),
        rule(&["create"], &["pods/exec", "*/portforward"]),
    ];
    let (mut roles, mut bindings) = (vec![Role::new(None, "common", common)], Vec::new());
    for number in 0..ACCOUNTS {
        let (namespace, name) = account(number);
        let own = vec![
            rule(&read, &["configmaps", "secrets"]),
            rule(&["create", "update", "patch"], &["leases", "events"]),
            rule(&read, &["pods"]),
        ];
        roles.push(Role::new(Some(&namespace), &name, own));
        let subjects = vec![Subject::service_account("", &name)];
        let own = RoleRef::role(&name);
        bindings.push(Binding::new(Some(&namespace), &name, own, subjects.clone()));
        let common = RoleRef::cluster_role("common");
        bindings.push(Binding::new(Some(&namespace), &format!("common-{name}"), common, subjects));
    }
    Policy::new(roles, bindings, [])
}

/// Ten thousand bindings for the whole cluster, all of which grant every question.
fn crowded() -> Policy {
    let (mut roles, mut bindings) = (Vec::new(), Vec::new());
    for number in 0..2 * ACCOUNTS {
        let (namespace, name) = account(number % ACCOUNTS);
        let own = format!("r{number}");
        roles.push(Role::new(
            None,
            &own,
            vec![rule(&["get", "create"], &["pods", "secrets", "*/exec"])],
        ));
        let subjects = vec![Subject::service_account(&namespace, &name)];
        bindings.push(Binding::new(None, &own, RoleRef::cluster_role(&own), subjects));
    }
    Policy::new(roles, bindings, [])
}

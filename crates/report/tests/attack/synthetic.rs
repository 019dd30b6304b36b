//! Clusters of any size, made by counting: the same size gives the same report.

use merlon_model::{
    ATTACK_REPORT_FORMAT, Action, AttackChange, AttackExtent, AttackFact, AttackPath, AttackReport,
    AttackRoute, AttackStep, AttackTechnique, ChokePoints, Confidence, FactKind,
};

use crate::shop::{fact, seen, step};

/// How many namespaces have a service account that is bound to cluster-admin.
const POWERFUL: usize = 7;

/// A cluster of about this many facts. The internet reaches cluster-admin through [`POWERFUL`]
/// namespaces, each with a binding of its own, and that is all that cuts it.
pub(crate) fn synthetic(size: usize) -> AttackReport {
    let namespaces = (size / 100).max(POWERFUL + 1);
    let mut made = Made::default();
    let internet = made.fact(fact(FactKind::Outside, "internet", None, "the internet"));
    let admin =
        made.fact(fact(FactKind::Cluster, "cluster-admin", None, "does anything in the cluster"));
    let nodes: Vec<usize> = (0..(size / 200).max(2))
        .map(|number| {
            let name = format!("node worker-{number}");
            made.fact(fact(FactKind::Node, &name, None, &format!("is root on {name}")))
        })
        .collect();
    let mut routes = Vec::new();
    let mut points = Vec::new();
    for number in 0..namespaces {
        let (path, change) = namespace(&mut made, number, internet, admin, &nodes);
        if let (Some(path), Some(change)) = (path, change) {
            routes.push(path);
            points.push(change);
        }
    }
    let at_least = points.len() as u64;
    AttackReport {
        format: ATTACK_REPORT_FORMAT,
        source: format!("synthetic-{size}"),
        taken_at: "2026-03-01T09:30:00Z".to_owned(),
        extent: AttackExtent::default(),
        facts: made.facts,
        steps: made.steps,
        techniques: techniques(),
        changes: made.changes,
        routes: vec![AttackRoute {
            entries: Vec::new(),
            furthest: Vec::new(),
            gained: None,
            entry: "internet".to_owned(),
            target: "cluster-admin".to_owned(),
            paths: routes,
            choke_points: Some(ChokePoints::Cut { changes: points, minimal: true, at_least }),
        }],
        gaps: Vec::new(),
    }
}

#[derive(Default)]
struct Made {
    facts: Vec<AttackFact>,
    steps: Vec<AttackStep>,
    changes: Vec<AttackChange>,
}

impl Made {
    fn fact(&mut self, fact: AttackFact) -> usize {
        self.facts.push(fact);
        self.facts.len() - 1
    }

    fn change(&mut self, title: String) -> usize {
        let instruction = title.clone();
        let actions = vec![Action::Manual { instruction, commands: Vec::new() }];
        self.changes.push(AttackChange { title, weight: 1, actions });
        self.changes.len() - 1
    }

    fn step(&mut self, step: AttackStep) -> usize {
        self.steps.push(step);
        self.steps.len() - 1
    }
}

/// A namespace of 30 workloads with a container each, 20 service accounts and 20 secrets; the last
/// container of it leads on to the next thing worth having.
fn namespace(
    made: &mut Made,
    number: usize,
    internet: usize,
    admin: usize,
    nodes: &[usize],
) -> (Option<AttackPath>, Option<usize>) {
    let name = format!("team-{number}");
    let within = Some(name.as_str());
    let create = made.fact(fact(
        FactKind::Ability,
        &format!("create pods in {name}"),
        within,
        &format!("creates pods in namespace {name}"),
    ));
    let accounts: Vec<usize> = (0..20)
        .map(|each| {
            let name = format!("serviceaccount {name}/account-{each}");
            made.fact(fact(FactKind::Identity, &name, within, &format!("acts as {name}")))
        })
        .collect();
    let secrets: Vec<usize> = (0..19)
        .map(|each| {
            let name = format!("secret {name}/secret-{each}");
            made.fact(fact(FactKind::Secret, &name, within, &format!("reads {name}")))
        })
        .collect();
    let mut ways = Vec::new();
    for each in 0..30 {
        let workload = made.fact(fact(
            FactKind::Workload,
            &format!("deployment {name}/app-{each}"),
            within,
            &format!("runs code in Deployment {name}/app-{each}"),
        ));
        let container = made.fact(fact(
            FactKind::Container,
            &format!("container {name}/app-{each}/main"),
            within,
            &format!("runs code in container main of Deployment {name}/app-{each}"),
        ));
        let account = accounts[each % accounts.len()];
        let change = made.change(format!("take Service {name}/app-{each} off the internet"));
        let exposed = made.step(step(
            "exposed-program",
            &[internet],
            workload,
            Confidence::Assumed,
            vec![seen("Service", within, &format!("app-{each}"), "spec.type", "it is a NodePort")],
            &[change],
        ));
        let inside =
            made.step(step("container", &[workload], container, Confidence::Certain, vec![], &[]));
        let token = made.step(step(
            "mounted-token",
            &[container],
            account,
            Confidence::Certain,
            vec![],
            &[],
        ));
        made.step(step("create-pod", &[create], workload, Confidence::Certain, vec![], &[]));
        made.step(step(
            "read-secret",
            &[account],
            secrets[(each * 7 + number) % secrets.len()],
            Confidence::Certain,
            vec![],
            &[],
        ));
        if each % 10 == 3 {
            let node = nodes[(number * 3 + each) % nodes.len()];
            made.step(step("escape", &[container], node, Confidence::Likely, vec![], &[]));
            made.step(step(
                "tokens-on-node",
                &[node],
                accounts[(each + number) % accounts.len()],
                Confidence::Likely,
                vec![],
                &[],
            ));
        }
        ways.push([exposed, inside, token]);
    }
    made.step(step(
        "create-with",
        &[accounts[1], secrets[2]],
        create,
        Confidence::Certain,
        vec![],
        &[],
    ));
    if number >= POWERFUL {
        return (None, None);
    }
    let change = made.change(format!("take account-{number} of {name} out of cluster-admin"));
    let bound = made.step(step(
        "bound-to-admin",
        &[accounts[number]],
        admin,
        Confidence::Certain,
        vec![],
        &[change],
    ));
    let steps = ways[number].into_iter().chain([bound]).collect();
    (Some(AttackPath { steps, confidence: Confidence::Assumed }), Some(change))
}

fn techniques() -> std::collections::BTreeMap<String, AttackTechnique> {
    [
        ("exposed-program", "take over a program that answers from outside"),
        ("container", "be in each of its containers"),
        ("mounted-token", "use the token that is mounted into the container"),
        ("create-pod", "create a pod like it"),
        ("read-secret", "read a Secret over the API"),
        ("escape", "leave the container"),
        ("tokens-on-node", "take the tokens of pods on the node"),
        ("create-with", "create pods with a stolen password"),
        ("bound-to-admin", "use a binding to cluster-admin"),
    ]
    .map(|(id, title)| {
        let technique = AttackTechnique {
            title: title.to_owned(),
            reason: "it is so in this made-up cluster".to_owned(),
            references: vec!["T1078".to_owned()],
        };
        (id.to_owned(), technique)
    })
    .into()
}

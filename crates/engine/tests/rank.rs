//! What moves a finding's risk.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]

use merlon_controls::example;
use merlon_engine::{Ranking, Request, ThreatModel, Weight, evaluate};
use merlon_model::{Finding, Outcome, Report};
use merlon_snapshot::{FORMAT, Header, Snapshot};

const ON_PATH: &str = "it lies on a path from ";
const OFF_PATH: &str = "no path to a target goes through it";
const EXPOSED: &str = "what it is about is reached from outside";

/// A site on the internet that may do everything, and a privileged job beside it.
const SHOP: &str = "\
# cluster
apiVersion: v1
kind: ServiceAccount
metadata: {name: web, namespace: shop}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: everything}
rules:
- {verbs: ['*'], apiGroups: ['*'], resources: ['*']}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: web}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: everything}
subjects:
- {kind: ServiceAccount, name: web, namespace: shop}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      serviceAccountName: web
      containers:
      - name: web
        image: nginx:1.27
        ports: [{containerPort: 8080}]
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec: {type: LoadBalancer, selector: {app: web}, ports: [{port: 80, targetPort: 8080}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: job, namespace: shop}
spec:
  selector: {matchLabels: {app: job}}
  template:
    metadata: {labels: {app: job}}
    spec:
      automountServiceAccountToken: false
      containers:
      - name: job
        image: registry.example/job:1
        securityContext: {privileged: true}
";

fn model(entries: &[&str], targets: &[&str], weights: Vec<Weight>) -> ThreatModel {
    let endpoints = |texts: &[&str]| texts.iter().map(|text| text.parse().unwrap()).collect();
    ThreatModel {
        name: "test".to_owned(),
        entries: endpoints(entries),
        targets: endpoints(targets),
        weights,
    }
}

fn ranked(objects: &str, model: &ThreatModel) -> Report {
    let header = Header { format: FORMAT, tool: "test".to_owned(), taken_at: example::NOW };
    let nodes = vec![example::node("run kubelet@1.31 --anonymous-auth=true")];
    let snapshot = Snapshot { header, nodes, inventories: vec![example::inventory(objects)] };
    let request = Request::default();
    let mut report = evaluate(&snapshot, &request).unwrap();
    Ranking::new(&snapshot, &request.told, model).apply(&mut report);
    report
}

/// The failing findings of a control about an object.
fn findings<'r>(report: &'r Report, control: &str, object: &str) -> Vec<&'r Finding> {
    let about = |finding: &&Finding| {
        let part = finding.part.as_ref().map(|part| part.object.to_string());
        finding.control == control
            && finding.outcome == Outcome::Fail
            && part.unwrap_or_default() == object
    };
    report.findings.iter().filter(about).collect()
}

/// The factors of a finding, each as percent and the beginning of its reason.
#[track_caller]
fn check(model: &ThreatModel, control: &str, object: &str, expected: &[(u16, &str)]) {
    let report = ranked(SHOP, model);
    let findings = findings(&report, control, object);
    assert!(!findings.is_empty(), "{control} does not fail for {object}");
    for finding in findings {
        let risk = finding.risk.as_deref().unwrap();
        let told: Vec<_> = risk.factors.iter().map(|it| (it.percent, it.reason.as_str())).collect();
        let same = told.len() == expected.len()
            && told
                .iter()
                .zip(expected)
                .all(|(is, wanted)| is.0 == wanted.0 && is.1.starts_with(wanted.1));
        assert!(same, "{control} of {object}: {told:?}, not {expected:?}");
        let moved = expected
            .iter()
            .fold(f64::from(risk.base), |risk, (percent, _)| risk * f64::from(*percent) / 100.0);
        let difference = (f64::from(risk.tenths) - moved.min(200.0)).abs();
        assert!(difference <= 1.0, "{control}: {} is not {moved}", risk.tenths);
    }
}

const WEB: &str = "Deployment shop/web";
const JOB: &str = "Deployment shop/job";

#[test]
fn what_lies_on_a_path_matters_more() {
    let model = model(&["any-pod"], &["node"], Vec::new());
    check(&model, "container-privileged", JOB, &[(150, "it lies on a path from any-pod to node")]);
}

#[test]
fn what_no_path_goes_through_matters_less() {
    // Nobody gets into the job from the internet, as it serves nothing and nobody may create pods.
    let model = model(&["user nobody"], &["node"], Vec::new());
    check(&model, "container-privileged", JOB, &[(60, OFF_PATH)]);
}

#[test]
fn what_is_exposed_matters_more() {
    let model = model(&["user nobody"], &["node"], Vec::new());
    check(&model, "container-memory-limit-missing", WEB, &[(120, EXPOSED)]);
    check(&model, "container-memory-limit-missing", JOB, &[]);
}

#[test]
fn the_first_weight_that_fits_counts() {
    let weight = |pattern: &str, percent, reason: &str| Weight {
        controls: vec![pattern.to_owned()],
        percent,
        reason: reason.to_owned(),
    };
    let weights =
        vec![weight("container-privileged", 200, "dreaded"), weight("container-*", 50, "other")];
    let model = model(&["any-pod"], &["node"], weights);
    check(&model, "container-privileged", JOB, &[(150, ON_PATH), (200, "dreaded")]);
    check(&model, "container-memory-limit-missing", JOB, &[(50, "other")]);
}

#[test]
fn findings_about_nodes_stay_as_they_are() {
    // The node has the name of the inventory, as with minikube.
    let report = ranked(SHOP, &model(&["any-pod"], &["node"], Vec::new()));
    let finding = report.findings.iter().find(|it| it.control == "kubelet-anonymous-auth").unwrap();
    let risk = finding.risk.as_deref().unwrap();
    assert_eq!((risk.tenths, risk.factors.len()), (risk.base, 0), "{risk:?}");
}

#[test]
fn only_what_fails_has_a_risk() {
    let report = ranked(SHOP, &ThreatModel::default());
    for finding in &report.findings {
        assert_eq!(finding.risk.is_some(), finding.outcome == Outcome::Fail, "{}", finding.control);
    }
}

#[test]
fn the_summary_tells_ways_and_changes() {
    let report =
        ranked(SHOP, &model(&["internet", "any-pod"], &["cluster-admin", "node"], Vec::new()));
    let attack = report.attack.unwrap();
    let targets: Vec<&str> = attack.routes.iter().map(|it| it.target.as_str()).collect();
    assert_eq!(targets, ["cluster-admin", "node"]);
    assert!(attack.minimal && attack.routes.iter().all(|route| route.removable));
    let lies = |finding: &&Finding| {
        let factors = finding.risk.as_deref().map_or(&[][..], |risk| &risk.factors[..]);
        factors.iter().any(|factor| factor.reason.starts_with(ON_PATH))
    };
    assert_eq!(attack.findings_on_paths, report.findings.iter().filter(lies).count());
    assert!(attack.findings_on_paths > 0);
    let none = ranked(SHOP, &model(&["user nobody"], &["cluster-admin"], Vec::new()));
    let none = none.attack.unwrap();
    assert!(none.routes.is_empty() && none.changes.is_empty() && none.findings_on_paths == 0);
}

#[test]
fn the_order_of_objects_changes_no_risk() {
    let mut documents: Vec<&str> = SHOP.trim_start_matches("# cluster\n").split("---\n").collect();
    let risks = |text: &str| {
        let report = ranked(text, &ThreatModel::default());
        let risks = report
            .findings
            .iter()
            .filter_map(|finding| Some((finding.identity(), finding.risk.as_deref()?.tenths)));
        let mut risks: Vec<_> = risks.collect();
        risks.sort();
        risks
    };
    let first = risks(SHOP);
    assert_eq!(first, risks(SHOP));
    documents.reverse();
    assert_eq!(first, risks(&format!("# cluster\n{}", documents.join("---\n"))));
}

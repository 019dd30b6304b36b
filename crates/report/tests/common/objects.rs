//! Reports about objects.

use std::collections::BTreeMap;

use merlon_model::{
    Action, BaselineState, EditValue, Evidence, Finding, InventoryReport, Location, ObjectEdit,
    ObjectReference, Outcome, Part, Region, Report, Safety, Severity,
};

use super::{finding, report};

pub(crate) fn manifests() -> InventoryReport {
    let kinds = [("Deployment", 5), ("Service", 4), ("ConfigMap", 1)];
    InventoryReport {
        name: "deploy".to_owned(),
        server: None,
        kubernetes_version: None,
        objects: counted(&kinds),
        manifests: 12,
        skipped: 3,
        benchmark: None,
        benchmark_problem: None,
        gaps: vec!["deploy/broken.yaml:7: a key stands twice".to_owned()],
    }
}

pub(crate) fn live() -> InventoryReport {
    InventoryReport {
        name: "prod".to_owned(),
        server: Some("https://10.0.0.1:6443".to_owned()),
        kubernetes_version: Some("1.31.2".to_owned()),
        objects: counted(&[("Pod", 40), ("Deployment", 20)]),
        manifests: 0,
        skipped: 0,
        benchmark: None,
        benchmark_problem: None,
        gaps: Vec::new(),
    }
}

fn counted(kinds: &[(&str, usize)]) -> BTreeMap<String, usize> {
    kinds.iter().map(|(kind, number)| ((*kind).to_owned(), *number)).collect()
}

pub(crate) fn deployment(name: &str) -> ObjectReference {
    ObjectReference {
        api_version: "apps/v1".to_owned(),
        kind: "Deployment".to_owned(),
        namespace: Some("shop".to_owned()),
        name: name.to_owned(),
    }
}

/// A container that may become root, at a line of a manifest.
pub(crate) fn in_manifest(path: &str, line: u32, name: &str, container: &str) -> Finding {
    let object = deployment(name);
    let field = "spec.template.spec.containers[0].securityContext.allowPrivilegeEscalation";
    Finding {
        severity: Severity::High,
        message: "programs may gain more privileges than they were started with".into(),
        expected: Some("allowPrivilegeEscalation: false".into()),
        part: Some(Part {
            object: object.clone().into(),
            container: Some(container.into()),
            field: Some(field.into()),
        }),
        evidence: vec![Evidence::at(
            format!("{field} is not set"),
            Location::Manifest {
                path: path.into(),
                region: Region { line, column: 9, end_line: line, end_column: 18 },
                field: field.into(),
            },
        )],
        actions: vec![Action::EditObject {
            object: object.into(),
            manifest: Some(path.into()),
            document: 0,
            edits: vec![ObjectEdit::Set {
                pointer: "/spec/template/spec/containers/0/securityContext/\
                          allowPrivilegeEscalation"
                    .to_owned(),
                value: EditValue(false.into()),
            }]
            .into(),
            guards: BTreeMap::new(),
            safety: Safety::Safe,
        }],
        cause: Some(format!("sample-privilege-escalation {path}:{line}").into()),
        baseline: Some(BaselineState::New),
        ..finding(
            "sample-privilege-escalation",
            "deploy",
            &format!("Deployment shop/{name} container {container}"),
            Outcome::Fail,
        )
    }
}

/// A pod of a running cluster that shares the host's network.
pub(crate) fn in_cluster(name: &str) -> Finding {
    let object = deployment(name);
    let field = "spec.template.spec.hostNetwork";
    Finding {
        severity: Severity::Critical,
        message: "the pod shares the network of its node".into(),
        part: Some(Part {
            object: object.clone().into(),
            container: None,
            field: Some(field.into()),
        }),
        evidence: vec![Evidence::at(
            format!("{field}: true"),
            Location::Object { object: object.clone().into(), field: field.into() },
        )],
        actions: vec![Action::EditObject {
            object: object.clone().into(),
            manifest: None,
            document: 0,
            edits: vec![ObjectEdit::Remove {
                pointer: "/spec/template/spec/hostNetwork".to_owned(),
            }]
            .into(),
            guards: BTreeMap::new(),
            safety: Safety::NeedsReview,
        }],
        cause: Some(format!("sample-host-network {object}").into()),
        baseline: Some(BaselineState::Unchanged),
        ..finding("sample-host-network", "prod", &object.to_string(), Outcome::Fail)
    }
}

fn passes(control: &str, scope: &str, count: usize) -> Finding {
    let mut finding = finding(control, scope, &format!("{count} containers"), Outcome::Pass);
    finding.count = count;
    finding
}

/// Manifests only: two findings of one cause, one of another, 31 containers that pass.
pub(crate) fn manifests_only() -> Report {
    let unread = Finding {
        message:
            "whether traffic is limited is not known: deploy/broken.yaml:7: a key stands twice"
                .into(),
        ..finding("sample-no-network-policy", "deploy", "objects", Outcome::Error)
    };
    let findings = vec![
        in_manifest("deploy/web.yaml", 23, "web", "app"),
        in_manifest("deploy/web.yaml", 23, "web", "log"),
        in_manifest("deploy/db.yaml", 11, "db", "postgres"),
        passes("sample-privileged", "deploy", 31),
        unread,
    ];
    let mut report = report(Vec::new(), findings);
    report.inventories = vec![manifests()];
    report.causes = 2;
    report.gone = Some(4);
    report
}

/// The manifests, a cluster and a node.
pub(crate) fn everywhere() -> Report {
    let small = super::small();
    let mut findings = manifests_only().findings;
    findings.extend(small.findings);
    findings.push(in_cluster("ingress"));
    let mut report = report(small.nodes, findings);
    report.inventories = vec![manifests(), live()];
    report.causes = 4;
    report
}

/// As many failing objects of one control, each of its own cause.
pub(crate) fn many(number: u32) -> Report {
    let findings = (0..number).map(|number| {
        let path = format!("deploy/app-{number}.yaml");
        in_manifest(&path, number + 1, &format!("app-{number}"), "app")
    });
    let mut report = report(Vec::new(), findings.collect());
    report.inventories = vec![manifests()];
    report.causes = usize::try_from(number).unwrap();
    report
}

use std::time::Duration;

use merlon_testkit::{AuditReceiver, ControlPlane, Credential, Version, block_on};

const POLICY: &str = "\
apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
- level: RequestResponse
  resources:
  - group: ''
    resources: [namespaces]
- level: Metadata
";

pub(crate) fn events_arrive(version: Version) {
    let receiver = AuditReceiver::start().unwrap();
    let plane = ControlPlane::builder(version)
        .without_controllers()
        .audit_webhook(&receiver, POLICY)
        .start()
        .unwrap();
    assert!(!plane.pids().contains_key(&merlon_testkit::Component::Scheduler));
    let namespace = block_on(plane.namespace("audited")).unwrap();
    let patience = Duration::from_secs(30);

    let created = receiver.wait_for(patience, |event| {
        event["verb"] == "create" && event["responseObject"]["metadata"]["name"] == *namespace
    });
    let created = created.expect("the creation of the namespace is reported");
    assert_eq!(created["level"], "RequestResponse");
    assert_eq!(created["user"]["username"], "kubernetes-super-admin");
    assert_eq!(created["responseStatus"]["code"], 201);

    let path = format!("/api/v1/namespaces/{namespace}/secrets");
    let answer = block_on(plane.get(&Credential::acting_as("eve", ["staff"]), &path)).unwrap();
    assert_eq!(answer.status, 403);
    let refused =
        receiver.wait_for(patience, |event| event["impersonatedUser"]["username"] == "eve");
    let refused = refused.expect("the refused request is reported");
    assert_eq!(refused["annotations"]["authorization.k8s.io/decision"], "forbid");
    assert_eq!(refused["level"], "Metadata");

    assert!(receiver.events().len() >= 2);
    assert_eq!(receiver.wait_for(Duration::ZERO, |event| event["verb"] == "absent"), None);
}

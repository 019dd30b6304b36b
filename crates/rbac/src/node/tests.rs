use merlon_model::Version;
use merlon_yaml::{Limits, parse};

use super::{NodeGraph, Reachable, Thing};
use crate::release::{Gate, Release};
use crate::request::{Request, ResourceRequest};

const OBJECTS: &str = "
kind: Pod
metadata: {name: web, namespace: dev}
spec:
  nodeName: one
  serviceAccountName: robot
  imagePullSecrets: [{name: registry}]
  initContainers: [{envFrom: [{secretRef: {name: init-env}}]}]
  containers:
  - env:
    - {name: A, valueFrom: {secretKeyRef: {name: key, key: a}}}
    - {name: B, valueFrom: {configMapKeyRef: {name: settings, key: b}}}
    - {name: C, value: plain}
  ephemeralContainers: [{envFrom: [{configMapRef: {name: debug}}]}]
  volumes:
  - {name: a, secret: {secretName: mounted}}
  - {name: b, projected: {sources: [{secret: {name: projected}}, {configMap: {name: projected}}]}}
  - {name: c, persistentVolumeClaim: {claimName: data}}
  - {name: scratch, ephemeral: {volumeClaimTemplate: {}}}
  - {name: d, csi: {driver: x, nodePublishSecretRef: {name: csi}}}
  resourceClaims: [{name: gpu, resourceClaimTemplateName: t}, {name: fpga, resourceClaimName: direct}]
status:
  resourceClaimStatuses: [{name: gpu, resourceClaimName: made}]
---
kind: Pod
metadata: {name: mirror, namespace: dev, annotations: {kubernetes.io/config.mirror: x}}
spec: {nodeName: one, serviceAccountName: stolen, volumes: [{name: a, secret: {secretName: stolen}}]}
---
kind: Pod
metadata: {name: pending, namespace: dev}
spec: {serviceAccountName: waiting}
---
kind: Pod
metadata: {name: other, namespace: dev}
spec: {nodeName: two, serviceAccountName: other}
---
kind: PersistentVolume
metadata: {name: disk}
spec:
  claimRef: {namespace: dev, name: data}
  csi:
    nodeStageSecretRef: {namespace: storage, name: stage}
    controllerPublishSecretRef: {namespace: storage, name: controller}
---
kind: PersistentVolume
metadata: {name: free}
spec: {rbd: {secretRef: {name: x}}}
---
kind: VolumeAttachment
metadata: {name: attached}
spec: {nodeName: one}
";

fn graph() -> NodeGraph {
    let parsed = parse(OBJECTS, &Limits::default());
    NodeGraph::read(parsed.documents.iter().map(|document| &document.root))
}

#[test]
fn a_node_reaches_what_its_pods_use() {
    let graph = graph();
    let found: Vec<String> = graph
        .reachable("one")
        .map(|Reachable { thing, namespace, name }| format!("{thing:?} {namespace}/{name}"))
        .collect();
    let expected = [
        "ConfigMap dev/debug",
        "ConfigMap dev/projected",
        "ConfigMap dev/settings",
        "Pod dev/mirror",
        "Pod dev/web",
        "PersistentVolumeClaim dev/data",
        "PersistentVolumeClaim dev/web-scratch",
        "PersistentVolume /disk",
        "ResourceClaim dev/direct",
        "ResourceClaim dev/made",
        "Secret dev/csi",
        "Secret dev/init-env",
        "Secret dev/key",
        "Secret dev/mounted",
        "Secret dev/projected",
        "Secret dev/registry",
        "Secret storage/stage",
        "ServiceAccount dev/robot",
        "VolumeAttachment /attached",
    ];
    assert_eq!(found, expected);
    assert!(graph.reaches("two", Thing::ServiceAccount, "dev", "other"));
    assert!(!graph.reaches("two", Thing::ServiceAccount, "dev", "robot"));
}

/// `verb group/resource[/sub][=namespace/name]`, asked of node `one` at a minor.
fn check(minor: u32, request: &str, expected: bool) {
    check_at(&Release::of(Version::new(1, minor)), request, expected);
}

fn check_at(release: &Release, text: &str, expected: bool) {
    let (text, field) =
        text.split_once('?').map_or((text, None), |(text, field)| (text, Some(field)));
    let (head, object) = text.split_once('=').unwrap_or((text, "/"));
    let (verb, resource) = head.split_once(' ').unwrap();
    let mut parts = resource.splitn(3, '/');
    let mut part = || parts.next().unwrap_or_default();
    let (group, resource, subresource) = (part(), part(), part());
    let (namespace, name) = object.split_once('/').unwrap();
    let fields: Vec<(&str, &str)> =
        field.iter().filter_map(|field| field.split_once(':')).collect();
    let request = Request::Resource(ResourceRequest {
        verb,
        group,
        resource,
        subresource,
        namespace,
        name,
        fields: &fields,
    });
    let allowed = graph().authorize("one", &request, release);
    assert_eq!(allowed, expected, "{text} {release:?}");
}

#[test]
fn secrets_and_config_maps_are_read_one_by_one() {
    check(37, "get /secrets=dev/mounted", true);
    check(37, "list /secrets=dev/mounted", true);
    check(37, "watch /secrets=dev/mounted", true);
    check(37, "update /secrets=dev/mounted", false);
    check(37, "list /secrets=dev/", false);
    check(37, "get /secrets=/mounted", false);
    check(37, "get /secrets=other/mounted", false);
    check(37, "get /secrets=dev/stolen", false);
    check(37, "get /secrets=storage/stage", true);
    check(37, "get /secrets=storage/controller", false);
    check(37, "get /configmaps=dev/settings", true);
    check(37, "get /configmaps=dev/else", false);
}

#[test]
fn tokens_are_made_for_the_accounts_of_its_pods() {
    check(37, "create /serviceaccounts/token=dev/robot", true);
    check(37, "create /serviceaccounts/token=dev/other", false);
    check(37, "create /serviceaccounts/token=dev/stolen", false);
    check(37, "create /serviceaccounts/token=dev/waiting", false);
    check(37, "create /serviceaccounts=dev/robot", false);
    check(37, "get /serviceaccounts=dev/robot", true);
    check(33, "get /serviceaccounts=dev/robot", false);
    check(37, "list /serviceaccounts=dev/", false);
}

#[test]
fn pods_and_nodes_are_its_own_since_1_32() {
    check(32, "list /pods=/", false);
    check(31, "list /pods=/", true);
    check(32, "list /pods=/?spec.nodeName:one", true);
    check(32, "list /pods=/?spec.nodeName:two", false);
    check(32, "get /pods=dev/web", true);
    check(32, "get /pods=dev/other", false);
    check(31, "get /pods=dev/other", true);
    check(32, "get /nodes=/one", true);
    check(32, "get /nodes=/two", false);
    check(32, "list /nodes=/", false);
    check(31, "get /nodes=/two", true);
    check(37, "create /pods=dev/", true);
    check(37, "delete /pods=dev/other", true);
    check(37, "update /pods=dev/web", false);
    check(37, "patch /pods/status=dev/other", true);
    check(37, "create /pods/eviction=dev/other", true);
    check(37, "create /pods/exec=dev/web", false);
    check(37, "get /nodes/proxy=/one", false);
}

#[test]
fn leases_and_storage_objects_are_its_own() {
    check(37, "update coordination.k8s.io/leases=kube-node-lease/one", true);
    check(37, "update coordination.k8s.io/leases=kube-node-lease/two", false);
    check(37, "create coordination.k8s.io/leases=kube-node-lease/", true);
    check(37, "update coordination.k8s.io/leases=kube-system/one", false);
    check(37, "list coordination.k8s.io/leases=kube-node-lease/", false);
    check(37, "get storage.k8s.io/csinodes=/one", true);
    check(37, "get storage.k8s.io/csinodes=/two", false);
    check(37, "patch storage.k8s.io/csinodes/status=/one", false);
    check(37, "get storage.k8s.io/volumeattachments=/attached", true);
    check(37, "get /persistentvolumes=/disk", true);
    check(37, "get /persistentvolumes=/free", false);
    check(37, "get /persistentvolumeclaims=dev/data", true);
    check(37, "patch /persistentvolumeclaims/status=dev/data", true);
    check(37, "get /persistentvolumeclaims/status=dev/data", false);
    check(37, "get resource.k8s.io/resourceclaims=dev/made", true);
    check(37, "list resource.k8s.io/resourceslices=/", false);
    check(37, "list resource.k8s.io/resourceslices=/?spec.nodeName:one", true);
}

#[test]
fn the_rest_is_the_same_for_every_node() {
    check(37, "list /services=/", true);
    check(37, "create certificates.k8s.io/certificatesigningrequests=/", true);
    check(37, "update certificates.k8s.io/certificatesigningrequests/approval=/x", false);
    check(34, "create events.k8s.io/events=dev/", false);
    check(35, "create events.k8s.io/events=dev/", true);
    check(37, "create certificates.k8s.io/podcertificaterequests=dev/", true);
    check(36, "create certificates.k8s.io/podcertificaterequests=dev/", false);
    check(37, "get /namespaces=/dev", false);
}

#[test]
fn gates_that_are_set_count() {
    let release = Release::of(Version::new(1, 37)).with_gate(Gate::CSIVolumeHealth, true);
    check_at(&release, "patch storage.k8s.io/csinodes/status=/one", true);
    check_at(&release, "patch storage.k8s.io/csinodes/status=/two", false);
}

#[test]
fn an_unknown_release_is_taken_for_the_one_that_allows_more() {
    check_at(&Release::unknown(), "list /pods=/", true);
    check_at(&Release::unknown(), "get /serviceaccounts=dev/robot", true);
}

#[test]
fn a_nameless_node_may_nothing() {
    let request = Request::resource("list", "", "services");
    assert!(!graph().authorize("", &request, &Release::unknown()));
}

//! Pods of a workload that are the same but for their name and node are judged once: nothing is
//! said otherwise than if each were judged by itself.

#[path = "common/pod.rs"]
mod pod;

use merlon_controls::{Applies, Check, Control, all, evaluate_objects_by_all, example};
use merlon_model::{Finding, Kind};
use merlon_snapshot::{Inventory, Object, Origin, Source};
use merlon_views::{InventoryView, Told};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

use pod::pod;

/// A pod that a workload made.
#[derive(Clone, Debug)]
struct Instance {
    /// Which of the specifications it has; the first one is the template's.
    spec: usize,
    node: &'static str,
    phase: &'static str,
    labelled: bool,
}

fn instance() -> impl Strategy<Value = Instance> {
    (0..3_usize, select(&["n1", "n2"]), select(&["Running", "Failed", "Pending"]), any::<bool>())
        .prop_map(|(spec, node, phase, labelled)| Instance { spec, node, phase, labelled })
}

/// What surrounds pods in a cluster and decides what is said of them.
fn surroundings(level: &str) -> Vec<Value> {
    let node = |name: &str, version: &str| {
        json!({
            "apiVersion": "v1", "kind": "Node", "metadata": {"name": name},
            "status": {"nodeInfo": {"kubeletVersion": version, "operatingSystem": "linux"}},
        })
    };
    let group = "rbac.authorization.k8s.io";
    let rbac = "rbac.authorization.k8s.io/v1";
    vec![
        node("n1", "v1.33.5"),
        node("n2", "v1.20.1"),
        json!({
            "apiVersion": "v1", "kind": "Namespace",
            "metadata": {
                "name": "team", "labels": {"pod-security.kubernetes.io/enforce": level},
            },
        }),
        json!({
            "apiVersion": "v1", "kind": "ServiceAccount",
            "metadata": {"name": "app", "namespace": "team"},
        }),
        json!({
            "apiVersion": rbac, "kind": "ClusterRoleBinding", "metadata": {"name": "app"},
            "roleRef": {"apiGroup": group, "kind": "ClusterRole", "name": "cluster-admin"},
            "subjects": [{"kind": "ServiceAccount", "name": "app", "namespace": "team"}],
        }),
        json!({
            "apiVersion": "v1", "kind": "Service",
            "metadata": {"name": "web", "namespace": "team"},
            "spec": {
                "type": "LoadBalancer", "selector": {"app": "web"},
                "ports": [{"port": 80, "targetPort": 8080}],
            },
        }),
        json!({
            "apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy",
            "metadata": {"name": "web", "namespace": "team"},
            "spec": {
                "podSelector": {"matchLabels": {"tier": "front"}}, "policyTypes": ["Ingress"],
            },
        }),
        json!({
            "apiVersion": "policy/v1", "kind": "PodDisruptionBudget",
            "metadata": {"name": "web", "namespace": "team"},
            "spec": {"minAvailable": 1, "selector": {"matchLabels": {"tier": "front"}}},
        }),
    ]
}

/// A workload, and pods that it made.
fn workload(kind: &str, specs: &[Value], instances: &[Instance]) -> Vec<Value> {
    let mut objects = vec![json!({
        "apiVersion": "apps/v1", "kind": kind, "metadata": {"name": "web", "namespace": "team"},
        "spec": {
            "replicas": 3, "selector": {"matchLabels": {"app": "web"}},
            "template": {"metadata": {"labels": {"app": "web"}}, "spec": specs[0]},
        },
    })];
    for (number, instance) in instances.iter().enumerate() {
        let owner =
            json!({"apiVersion": "apps/v1", "kind": kind, "name": "web", "controller": true});
        let mut spec = specs[instance.spec].clone();
        spec["nodeName"] = instance.node.into();
        let mut labels = json!({"app": "web"});
        if instance.labelled {
            labels["tier"] = "front".into();
        }
        objects.push(json!({
            "apiVersion": "v1", "kind": "Pod",
            "metadata": {
                "name": format!("web-{number}"), "namespace": "team", "labels": labels,
                "uid": format!("uid-{number}"), "ownerReferences": [owner],
            },
            "spec": spec,
            "status": {"phase": instance.phase, "podIP": format!("10.0.0.{number}")},
        }));
    }
    objects
}

fn cluster(objects: Vec<Value>) -> Inventory {
    let object = |value: Value| Object {
        root: serde_json::from_value(value).expect("a tree of JSON"),
        source: Source::Api,
    };
    Inventory {
        name: "test".to_owned(),
        origin: Origin::Cluster {
            server: "https://test:6443".to_owned(),
            version: Some("v1.33.5".to_owned()),
            listed: Kind::ALL.iter().copied().collect(),
        },
        manifests: Vec::new(),
        objects: objects.into_iter().map(object).collect(),
        gaps: Vec::new(),
    }
}

/// What every control on objects finds; how many pods were not judged by themselves.
fn found(inventory: &Inventory, each_by_itself: bool) -> (Vec<Vec<Finding>>, usize) {
    let controls: Vec<&'static Control> = all()
        .iter()
        .copied()
        .filter(|it| {
            matches!(it.applies, Applies::Objects) && !matches!(it.check, Check::Manual(_))
        })
        .collect();
    let mut view = InventoryView::new(inventory, example::NOW, &Told::default());
    if each_by_itself {
        for pod in &mut view.pods {
            pod.speaks_for = 1;
        }
    }
    let silent = view.pods.iter().filter(|pod| pod.speaks_for == 0).count();
    (evaluate_objects_by_all(&controls, &view), silent)
}

/// Compares what is said with and without the shortcut; gives how many pods it spared.
fn check(objects: Vec<Value>) -> usize {
    let inventory = cluster(objects);
    let (one_by_one, none) = found(&inventory, true);
    assert_eq!(none, 0);
    let (at_once, spared) = found(&inventory, false);
    for (at_once, one_by_one) in at_once.iter().zip(&one_by_one) {
        assert_eq!(at_once, one_by_one);
    }
    assert_eq!(at_once.len(), one_by_one.len());
    spared
}

#[test]
fn the_shortcut_is_taken() {
    let specs = [json!({"containers": []}), json!({"containers": [], "hostPID": true})];
    let instance = |node| Instance { spec: 1, node, phase: "Running", labelled: false };
    let instances = ["n1", "n2", "n1"].map(instance);
    let objects = surroundings("baseline").into_iter();
    let objects = objects.chain(workload("ReplicaSet", &specs, &instances)).collect();
    assert_eq!(check(objects), 2);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn what_is_said_does_not_depend_on_judging_alike_pods_once(
        specs in vec(pod(), 3),
        instances in vec(instance(), 0..8),
        level in select(&["privileged", "baseline", "restricted"]),
        kind in select(&["ReplicaSet", "StatefulSet", "DaemonSet"]),
    ) {
        let objects = surroundings(level).into_iter();
        check(objects.chain(workload(kind, &specs, &instances)).collect());
    }
}

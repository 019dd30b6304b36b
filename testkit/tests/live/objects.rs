use std::collections::BTreeSet;

use k8s_openapi::api::core::v1::{ConfigMap, Namespace, ServiceAccount};
use kube::api::{ListParams, PostParams};
use kube::{Api, ResourceExt};
use merlon_testkit::{
    ClusterSize, ControlPlane, Credential, GeneratedCluster, block_on, eventually, read_manifests,
};
use std::time::Duration;

pub(crate) fn created_and_listed(plane: &ControlPlane) {
    block_on(async {
        let version = plane.client(&Credential::Admin).unwrap().apiserver_version().await.unwrap();
        assert_eq!(version.git_version, plane.version().release());

        let namespace = plane.namespace("objects").await.unwrap();
        let api: Api<ConfigMap> =
            Api::namespaced(plane.client(&Credential::Admin).unwrap(), &namespace);
        for name in ["a", "b"] {
            let mut map = ConfigMap::default();
            map.metadata.name = Some(name.to_owned());
            api.create(&PostParams::default(), &map).await.unwrap();
        }
        let listed = api.list(&ListParams::default()).await.unwrap();
        let names: BTreeSet<_> = listed.iter().map(ResourceExt::name_any).collect();
        assert!(names.is_superset(&["a".to_owned(), "b".to_owned()].into()), "{names:?}");

        // The controller manager is at work.
        let accounts: Api<ServiceAccount> =
            Api::namespaced(plane.client(&Credential::Admin).unwrap(), &namespace);
        let patience = Duration::from_secs(30);
        let account = eventually(patience, || async { accounts.get("default").await.ok() }).await;
        assert!(account.is_some());
    });
}

pub(crate) fn loaded_from_a_file(plane: &ControlPlane) {
    block_on(async {
        let namespace = format!("loaded-{}", std::process::id());
        let text = format!(
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: map, namespace: {namespace}}}\ndata: {{key: '1'}}\n\
             ---\napiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: Namespace\n  metadata: {{name: {namespace}}}\n",
        );
        let path = std::env::temp_dir().join(format!("{namespace}-{}.yaml", plane.version()));
        std::fs::write(&path, text).unwrap();
        let objects = read_manifests(&path).unwrap();
        std::fs::remove_file(&path).unwrap();
        let applied = plane.apply(&objects).await.unwrap();
        let kinds: Vec<_> =
            applied.iter().map(|object| object["kind"].as_str().unwrap_or("?")).collect();
        assert_eq!(kinds, ["ConfigMap", "Namespace"]);
        assert!(applied.iter().all(|object| object["metadata"]["uid"].is_string()));

        // Loading again changes nothing and is no error.
        let again = plane.apply(&objects).await.unwrap();
        assert_eq!(again[0]["metadata"]["uid"], applied[0]["metadata"]["uid"]);
    });
}

pub(crate) fn unknown_kinds(plane: &ControlPlane) {
    let check = |object: serde_json::Value, expected: &str| {
        let error = block_on(plane.apply(&[object])).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    };
    check(
        serde_json::json!({"apiVersion": "example.com/v1", "kind": "Absent", "metadata": {"name": "x"}}),
        "does not serve Absent of example.com/v1",
    );
    check(
        serde_json::json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "Not_A_Name"}}),
        "ConfigMap default/Not_A_Name",
    );
}

pub(crate) fn generated(plane: &ControlPlane) {
    let size =
        ClusterSize { nodes: 2, namespaces: 4, pods: 40, service_accounts: 12, bindings: 16 };
    let cluster = GeneratedCluster::new(7, size);
    let objects: Vec<_> = cluster.objects().collect();
    block_on(async {
        let applied = plane.apply(&objects).await.unwrap();
        assert_eq!(applied.len(), objects.len());
        let namespaces: Api<Namespace> = Api::all(plane.client(&Credential::Admin).unwrap());
        let own = ListParams::default().labels("app.kubernetes.io/created-by=merlon-testkit");
        assert_eq!(namespaces.list(&own).await.unwrap().items.len(), 4);
    });
}

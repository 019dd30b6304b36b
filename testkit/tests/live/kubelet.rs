use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use k8s_openapi::api::core::v1::{Node, Pod};
use kube::Api;
use merlon_testkit::{
    Component, ControlPlane, Credential, Kubelet, Profile, Version, block_on, eventually,
};
use serde_json::{Value, json};

pub(crate) fn three_configurations(version: Version) {
    let plane = ControlPlane::builder(version).without_controllers().start().unwrap();
    let anonymous_but_authorized = json!({"authentication": {"anonymous": {"enabled": true}}});
    let open = json!({
        "authentication": {"anonymous": {"enabled": true}, "webhook": {"enabled": false}},
        "authorization": {"mode": "AlwaysAllow"},
    });
    let cases = [
        ("closed", json!({}), 401),
        ("authorized", anonymous_but_authorized, 403),
        ("open", open, 200),
    ];
    for (name, patch, expected) in cases {
        let kubelet = plane
            .worker(name)
            .configure(|profile| {
                profile.configure_kubelet(&patch);
            })
            .start()
            .unwrap();
        let status =
            |credential: &Credential| block_on(kubelet.get(credential, "/configz")).unwrap().status;
        assert_eq!(status(&Credential::Anonymous), expected, "{name}");
        if expected == 401 {
            assert_eq!(status(&Credential::user("eve")), 403);
            assert_eq!(status(&Credential::Token("wrong".to_owned())), 401);
            let token = block_on(plane.service_account_token("default", "robot")).unwrap();
            assert_eq!(status(&token), 403);
        }
        assert_eq!(kubelet.read_only_port(), None);
        assert_ne!(kubelet.root(), plane.root());
        let config = configz(&kubelet);
        assert_eq!(config["port"], kubelet.port());
        assert_eq!(config["authentication"]["anonymous"]["enabled"], expected != 401);
    }
}

pub(crate) fn control_plane_node(version: Version) {
    let plane = ControlPlane::builder(version).profile(Profile::hardened()).start().unwrap();
    let kubelet = plane.kubelet().start().unwrap();
    assert_eq!(kubelet.root(), plane.root());
    let config = configz(&kubelet);
    assert_eq!(config["protectKernelDefaults"], true);
    assert_eq!(config["podPidsLimit"], 4096, "set in the drop-in directory");
    let on_disk = fs::read_to_string(kubelet.root().join("var/lib/kubelet/config.yaml")).unwrap();
    assert!(!on_disk.contains("podPidsLimit"));
    unit_starts_the_process(&kubelet);

    block_on(async {
        let client = plane.client(&Credential::Admin).unwrap();
        let nodes: Api<Node> = Api::all(client.clone());
        let pods: Api<Pod> = Api::namespaced(client, "kube-system");
        let patience = Duration::from_secs(60);
        let node = eventually(patience, || async { nodes.get(kubelet.node()).await.ok() }).await;
        let info = node.expect("the node registers").status.unwrap().node_info.unwrap();
        assert_eq!(info.kubelet_version, version.release());

        // Static pods show in the API, under the name of the node, and seem to run.
        let name = format!("kube-apiserver-{}", kubelet.node());
        let running = || async {
            let pod = pods.get(&name).await.ok()?;
            let phase = pod.status.as_ref()?.phase.clone()?;
            (phase == "Running").then_some(pod)
        };
        let pod = eventually(patience, running).await;
        let pod = pod.expect("the static pod is mirrored and running");
        let command = pod.spec.unwrap().containers.remove(0).command.unwrap();
        assert!(command.contains(&"--audit-log-maxage".to_owned()));
    });

    let open = plane.worker("open").profile(Profile::unhardened()).start().unwrap();
    let port = open.read_only_port().expect("the profile opens it");
    let answer = std::net::TcpStream::connect(("127.0.0.1", port)).map(|mut stream| {
        use std::io::{Read, Write};
        stream.write_all(b"GET /pods HTTP/1.0\r\n\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    });
    assert!(answer.unwrap().contains("\"kind\":\"PodList\""));
    let file = open.root().join("var/lib/kubelet/config.yaml");
    assert_eq!(fs::metadata(file).unwrap().permissions().mode() & 0o7777, 0o666);
}

pub(crate) fn containerd(version: Version) {
    let plane = ControlPlane::builder(version).without_controllers().start().unwrap();
    let kubelet = plane.worker("real").containerd().start().unwrap();
    assert_eq!(configz(&kubelet)["port"], kubelet.port());
    block_on(async {
        let nodes: Api<Node> = Api::all(plane.client(&Credential::Admin).unwrap());
        let ask = || async { nodes.get("real").await.ok()?.status?.node_info };
        let info = eventually(Duration::from_secs(60), ask).await;
        let runtime = info.expect("the node registers").container_runtime_version;
        assert!(runtime.starts_with("containerd://"), "{runtime}");
    });
}

/// The running configuration, which the administrator may read.
fn configz(kubelet: &Kubelet) -> Value {
    let answer = block_on(kubelet.get(&Credential::Admin, "/configz")).unwrap();
    assert_eq!(answer.status, 200, "{}", answer.body);
    let answer: Value = serde_json::from_str(&answer.body).unwrap();
    answer["kubeletconfig"].clone()
}

fn unit_starts_the_process(kubelet: &Kubelet) {
    let read = |path: &str| fs::read_to_string(kubelet.root().join(path)).unwrap();
    let unit = read("etc/systemd/system/kubelet.service.d/10-kubeadm.conf");
    let flags = read("var/lib/kubelet/kubeadm-flags.env");
    let pid = kubelet.pids()[&Component::Kubelet];
    let arguments = fs::read_to_string(format!("/proc/{pid}/cmdline")).unwrap();
    let arguments: Vec<&str> = arguments.trim_end_matches('\0').split('\0').collect();
    assert!(arguments[0].ends_with("/kubelet"));
    for argument in &arguments[1..] {
        assert!(unit.contains(argument) != flags.contains(argument), "{argument}");
    }
}

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use merlon_testkit::{Component, ControlPlane, Credential, Profile, Version, block_on};
use serde_json::Value;

pub(crate) fn profiles_differ(version: Version) {
    let hardened = ControlPlane::builder(version).profile(Profile::hardened()).start().unwrap();
    let unhardened = ControlPlane::builder(version).profile(Profile::unhardened()).start().unwrap();
    for plane in [&hardened, &unhardened] {
        files_are_those_of_kubeadm(&plane.root());
        for (component, pid) in plane.pids() {
            manifest_tells_the_arguments(&plane.root(), component, pid);
        }
    }
    modes(&hardened.root(), [0o600, 0o600, 0o600, 0o700]);
    modes(&unhardened.root(), [0o644, 0o666, 0o644, 0o755]);

    let status = |plane: &ControlPlane, credential: &Credential, path: &str| {
        block_on(plane.get(credential, path)).unwrap().status
    };
    let secrets = "/api/v1/secrets";
    assert_eq!(status(&hardened, &Credential::Anonymous, secrets), 401);
    assert_eq!(status(&hardened, &Credential::user("eve"), secrets), 403);
    assert_eq!(status(&unhardened, &Credential::user("eve"), secrets), 200);
    // With AlwaysAllow the API server turns anonymous requests off, whatever its arguments say.
    assert_eq!(status(&unhardened, &Credential::Anonymous, secrets), 401);
    assert_eq!(status(&hardened, &Credential::Admin, "/debug/pprof/"), 404);
    assert_eq!(status(&unhardened, &Credential::Admin, "/debug/pprof/"), 200);
    let log = hardened.root().join("var/log/kubernetes/audit/audit.log");
    assert!(fs::read_to_string(log).unwrap().contains("/api/v1/secrets"));

    let tokens = fs::read_to_string(unhardened.root().join("etc/kubernetes/tokens.csv")).unwrap();
    let token = tokens.split(',').next().unwrap().to_owned();
    assert_eq!(status(&unhardened, &Credential::Token(token), secrets), 200);
}

fn files_are_those_of_kubeadm(root: &Path) {
    for path in [
        "etc/kubernetes/admin.conf",
        "etc/kubernetes/super-admin.conf",
        "etc/kubernetes/controller-manager.conf",
        "etc/kubernetes/scheduler.conf",
        "etc/kubernetes/manifests/etcd.yaml",
        "etc/kubernetes/manifests/kube-apiserver.yaml",
        "etc/kubernetes/manifests/kube-controller-manager.yaml",
        "etc/kubernetes/manifests/kube-scheduler.yaml",
        "etc/kubernetes/pki/ca.crt",
        "etc/kubernetes/pki/ca.key",
        "etc/kubernetes/pki/apiserver.crt",
        "etc/kubernetes/pki/apiserver-etcd-client.key",
        "etc/kubernetes/pki/apiserver-kubelet-client.crt",
        "etc/kubernetes/pki/etcd/ca.crt",
        "etc/kubernetes/pki/etcd/healthcheck-client.crt",
        "etc/kubernetes/pki/etcd/peer.crt",
        "etc/kubernetes/pki/etcd/server.key",
        "etc/kubernetes/pki/front-proxy-ca.crt",
        "etc/kubernetes/pki/front-proxy-client.key",
        "etc/kubernetes/pki/sa.key",
        "etc/kubernetes/pki/sa.pub",
        "var/lib/etcd/member/wal",
    ] {
        assert!(root.join(path).exists(), "{path}");
    }
}

/// The manifest of a static pod, the process and its executable agree.
fn manifest_tells_the_arguments(root: &Path, component: Component, pid: u32) {
    let name = component.name();
    let text =
        fs::read_to_string(root.join(format!("etc/kubernetes/manifests/{name}.yaml"))).unwrap();
    let manifest: Value = serde_saphyr::from_str(&text).unwrap();
    let command = manifest["spec"]["containers"][0]["command"].as_array().unwrap();
    let command: Vec<&str> = command.iter().map(|argument| argument.as_str().unwrap()).collect();
    let arguments = fs::read_to_string(format!("/proc/{pid}/cmdline")).unwrap();
    let arguments: Vec<&str> = arguments.trim_end_matches('\0').split('\0').collect();
    assert_eq!(command[1..], arguments[1..]);
    assert_eq!(command[0], name);
    assert!(arguments[0].ends_with(&format!("/{name}")));
    let executable = fs::read_link(format!("/proc/{pid}/exe")).unwrap();
    assert_eq!(executable.file_name().unwrap(), name);

    // A path in an argument is found from the root directory, too.
    let path = arguments.iter().find_map(|argument| argument.strip_prefix("--kubeconfig="));
    if let Some(path) = path {
        assert!(root.join(path.trim_start_matches('/')).is_file(), "{path}");
    }
}

/// Of a manifest, the administrator's kubeconfig, a key and etcd's data.
fn modes(root: &Path, expected: [u32; 4]) {
    let paths = [
        "etc/kubernetes/manifests/kube-apiserver.yaml",
        "etc/kubernetes/admin.conf",
        "etc/kubernetes/pki/ca.key",
        "var/lib/etcd",
    ];
    let mode = |path: &str| fs::metadata(root.join(path)).unwrap().permissions().mode() & 0o7777;
    assert_eq!(paths.map(mode), expected);
}

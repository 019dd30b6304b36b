//! Nodes by name, each started on a private host.

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::{Command, Stdio};

use merlon_testkit::{ControlPlane, Kubelet, PrivateHost, Profile, Version};
use serde_json::json;

use crate::{configz, scan, truth};

/// The variable that tells this program that it runs on a private host, and which case.
const VARIABLE: &str = "MERLON_REAL_NODE";

/// A node to look at.
pub(crate) struct Case {
    /// Also the name of its table of outcomes.
    pub(crate) name: &'static str,
    pub(crate) version: Version,
    profile: fn() -> Profile,
}

pub(crate) const CASES: &[Case] = &[
    Case { name: "hardened-1.37", version: Version::V1_37, profile: hardened },
    Case { name: "hardened-1.32", version: Version::V1_32, profile: hardened },
    Case { name: "structured-1.37", version: Version::V1_37, profile: structured },
    Case { name: "kubeadm-1.37", version: Version::V1_37, profile: kubeadm },
    Case { name: "unhardened-1.37", version: Version::V1_37, profile: unhardened },
    Case { name: "unhardened-1.32", version: Version::V1_32, profile: unhardened },
];

/// What runs on a node.
pub(crate) struct Node {
    pub(crate) plane: ControlPlane,
    pub(crate) kubelet: Kubelet,
}

/// Runs a case in a program of its own, on a private host.
pub(crate) fn run(case: &Case) {
    let host = PrivateHost::new(case.version, "control-plane").unwrap();
    let mut command = host.command(std::env::current_exe().unwrap()).unwrap();
    let output = command
        .env(VARIABLE, case.name)
        .env("RUST_BACKTRACE", "0")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}

/// The case that this program is to run, when it is on a private host already.
pub(crate) fn wanted_here() -> Option<String> {
    std::env::var(VARIABLE).ok().filter(|_| PrivateHost::is_here())
}

/// Runs a case on the private host that this program is on.
pub(crate) fn run_here(name: &str) {
    let case = CASES.iter().find(|case| case.name == name).expect("a case of this name");
    let profile = (case.profile)();
    let plane = ControlPlane::builder(case.version)
        .profile(profile.listening_everywhere())
        .on_private_host()
        .start()
        .unwrap();
    let kubelet = plane.kubelet().start().unwrap();
    if case.name.starts_with("hardened") {
        give_data_to_etcd();
    }
    let node = Node { plane, kubelet };
    // All are tried, so that one run tells all that is wrong.
    let checks: [&dyn Fn(); 4] = [
        &|| scan::sections(case.name),
        &|| scan::evidence(case.name),
        &|| configz::files_and_flags_come_to_the_same(&node),
        &|| truth::components_agree(&node),
    ];
    let failed =
        checks.into_iter().filter(|check| catch_unwind(AssertUnwindSafe(check)).is_err()).count();
    assert_eq!(failed, 0, "checks failed; see above");
}

/// As the benchmark wants it. (That etcd goes on as root does not matter to who may read its files.)
fn give_data_to_etcd() {
    let line = |path: &str, line: &str| {
        let text = fs::read_to_string(path).unwrap();
        fs::write(path, format!("{text}{line}\n")).unwrap();
    };
    line("/etc/passwd", "etcd:x:2379:2379::/var/lib/etcd:/usr/sbin/nologin");
    line("/etc/group", "etcd:x:2379:");
    std::os::unix::fs::chown("/var/lib/etcd", Some(2379), Some(2379)).unwrap();
}

/// The program under test.
pub(crate) fn merlon() -> Command {
    Command::new(env!("CARGO_BIN_EXE_merlon"))
}

fn kubeadm() -> Profile {
    Profile::kubeadm()
}

fn hardened() -> Profile {
    let mut profile = Profile::hardened();
    profile.file("/etc/cni/net.d/10-network.conflist", CNI, 0o600);
    profile
}

/// Hardened, with files in the place of flags: who is let in, and who may do what.
fn structured() -> Profile {
    let mut profile = hardened();
    let directory = "/etc/kubernetes/structured";
    profile.file(&format!("{directory}/authentication.yaml"), AUTHENTICATION, 0o600).file(
        &format!("{directory}/authorization.yaml"),
        AUTHORIZATION,
        0o600,
    );
    profile
        .apiserver
        .remove("anonymous-auth")
        .remove("authorization-mode")
        .set("authentication-config", &format!("{{root}}{directory}/authentication.yaml"))
        .set("authorization-config", &format!("{{root}}{directory}/authorization.yaml"));
    // The flag wins over the file, the last file over the first.
    profile.configure_kubelet(&json!({"streamingConnectionIdleTimeout": "0s"}));
    profile.kubelet.set_split("streaming-connection-idle-timeout", "5m");
    profile.kubelet_drop_ins.insert(
        "20-pids.conf".to_owned(),
        json!({
            "apiVersion": "kubelet.config.k8s.io/v1beta1",
            "kind": "KubeletConfiguration",
            "podPidsLimit": 1024,
        }),
    );
    profile.modes.push(("/etc/kubernetes/kubelet.conf.d/20-pids.conf".to_owned(), 0o644));
    profile
}

fn unhardened() -> Profile {
    let mut profile = Profile::unhardened();
    profile.file("/etc/cni/net.d/10-network.conflist", CNI, 0o666);
    profile.controller_manager.set("bind-address", "0.0.0.0");
    profile.scheduler.set("bind-address", "0.0.0.0");
    profile
}

const CNI: &str =
    r#"{"cniVersion": "1.0.0", "name": "network", "plugins": [{"type": "loopback"}]}"#;

const AUTHENTICATION: &str = "\
apiVersion: apiserver.config.k8s.io/v1
kind: AuthenticationConfiguration
anonymous:
  enabled: true
  conditions:
  - path: /livez
  - path: /readyz
  - path: /healthz
";

const AUTHORIZATION: &str = "\
apiVersion: apiserver.config.k8s.io/v1
kind: AuthorizationConfiguration
authorizers:
- type: Node
  name: node
- type: RBAC
  name: rbac
";

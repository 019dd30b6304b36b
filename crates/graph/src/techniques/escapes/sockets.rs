//! Sockets of the node's services: read-only mounts do not keep anybody from speaking to them.

use merlon_model::Confidence;
use merlon_views::objects::is_within;

use super::guards::{Act, hindrance};
use super::inside::Inside;
use super::mounts::Mount;
use super::{ON_BOTTLEROCKET, ON_OPENSHIFT, on_node};
use crate::builder::Builder;
use crate::technique::{Example, Technique};

pub(super) static TECHNIQUES: &[&Technique] = &[&RUNTIME, &SERVICES];

static RUNTIME: Technique = Technique {
    id: "runtime-socket",
    title: "have the container runtime start a privileged container",
    reason: "whoever reaches the runtime's socket as root starts containers with the node's disk in them and enters all others",
    references: &["T1610", "T1611", "MS-TA9013"],
    confidence: Confidence::Certain,
    controls: &["pod-runtime-socket", "pod-host-path"],
    examples: &[
        Example {
            objects: pod!(
                "  volumes: [{name: run, hostPath: {path: /var/run/}}]
  containers:
  - name: agent
    image: agent
    securityContext: {runAsUser: 0}
    volumeMounts: [{name: run, mountPath: /host/run, readOnly: true, subPath: ''}]
"
            ),
            from: "pod ops/agent",
            to: "node",
            without: &[
                ("subPath: ''", "subPath: lock"),
                ("runAsUser: 0", "runAsUser: 1000"),
                ("[{name: run, mountPath", "[{name: other, mountPath"),
                // Such kernels do not speak to sockets outside.
                ("  volumes:", "  runtimeClassName: gvisor\n  volumes:"),
            ],
        },
        Example {
            objects: pod!(
                "  hostUsers: false
  volumes: [{name: run, hostPath: {path: /run/k3s/containerd/containerd.sock, type: Socket}}]
  containers: [{name: agent, image: agent, volumeMounts: [{name: run, mountPath: /run/c.sock}]}]
"
            ),
            from: "pod ops/agent",
            to: "node",
            without: &[("path: /run/k3s/containerd/containerd.sock", "path: /run/udev/control")],
        },
        Example {
            objects: pod!(
                r"  os: {name: windows}
  volumes: [{name: pipe, hostPath: {path: '\\.\pipe\containerd-containerd'}}]
  containers: [{name: agent, image: agent, volumeMounts: [{name: pipe, mountPath: '\\.\pipe\c'}]}]
"
            ),
            from: "pod ops/agent",
            to: "node",
            without: &[(r"path: '\\.\pipe\containerd-containerd'", r"path: '\\.\pipe\logs'")],
        },
        // The socket may be seen there, and nobody may connect to it.
        on_node(
            pod_on_node!(
                "  volumes: [{name: host, hostPath: {path: /run/crio/crio.sock}}]
  containers:
  - {name: agent, image: agent, volumeMounts: [{name: host, mountPath: /host, readOnly: true}]}
"
            ),
            "node one",
            &[ON_OPENSHIFT],
        ),
    ],
};

static SERVICES: Technique = Technique {
    id: "service-manager-socket",
    title: "have the node's service manager run a program",
    reason: "root starts units over systemd's socket and over the system bus, unless AppArmor forbids the container to use them",
    references: &["T1611", "T1569.002"],
    confidence: Confidence::Likely,
    controls: &["pod-sensitive-host-path", "pod-host-path"],
    examples: &[
        Example {
            objects: pod!(
                "  hostUsers: true
  volumes: [{name: bus, hostPath: {path: /var/run/dbus}}]
  containers:
  - name: agent
    image: agent
    volumeMounts: [{name: bus, mountPath: /run/dbus, readOnly: true}]
"
            ),
            from: "pod ops/agent",
            to: "node",
            without: &[
                ("path: /var/run/dbus}", "path: /var/run/user}"),
                ("hostUsers: true", "hostUsers: false"),
                ("hostUsers: true", "securityContext: {runAsUser: 1000}"),
            ],
        },
        on_node(
            pod_on_node!(
                "  volumes: [{name: host, hostPath: {path: /run/systemd/private}}]
  containers:
  - {name: agent, image: agent, volumeMounts: [{name: host, mountPath: /host, readOnly: true}]}
"
            ),
            "node one",
            &[ON_OPENSHIFT, ON_BOTTLEROCKET],
        ),
    ],
};

/// Names of sockets that take orders to start containers, wherever they stand.
const RUNTIME_NAMES: &[&str] = &[
    "docker.sock",
    "containerd.sock",
    "crio.sock",
    "podman.sock",
    "cri-dockerd.sock",
    "dockershim.sock",
    "buildkitd.sock",
    "nri.sock",
    "docker_engine",
    "containerd-containerd",
];

/// Where they stand, for directories above them.
const RUNTIME_PATHS: &[&str] = &[
    "/run/docker.sock",
    "/run/docker/containerd/containerd.sock",
    "/run/containerd/containerd.sock",
    "/run/crio/crio.sock",
    "/run/podman/podman.sock",
    "/run/cri-dockerd.sock",
    "/run/dockershim.sock",
    "/run/buildkit/buildkitd.sock",
    "/run/nri/nri.sock",
    "/run/k3s/containerd/containerd.sock",
    "/run/k0s/containerd.sock",
    "/var/snap/microk8s/common/run/containerd.sock",
];

/// Sockets of systemd, and of the bus it listens on. They go by who asks, so root of a user namespace is nobody.
const SERVICE_PATHS: &[&str] = &["/run/systemd/private", "/run/dbus/system_bus_socket"];

pub(super) fn add<'w, 'a: 'w>(
    inside: &Inside<'_, 'w, 'a>,
    mounts: &[Mount<'a>],
    builder: &mut Builder<'w>,
) {
    // What the kernel of a sandbox shows of a socket has nobody behind it.
    let Some(most) = inside.as_root().filter(|_| !inside.is_sandboxed()) else { return };
    for mount in mounts {
        if is_runtime(&mount.path) {
            let statement = "the runtime's socket stands here";
            add_socket(inside, mount, (&RUNTIME, most, Act::OrderRuntime, statement), builder);
        }
        let serves = SERVICE_PATHS.iter().any(|path| is_within(path, &mount.path));
        if serves && inside.shares_kernel() {
            let statement = "a socket of the node's service manager stands here";
            let told = (&SERVICES, SERVICES.confidence, Act::OrderServices, statement);
            add_socket(inside, mount, told, builder);
        }
    }
}

fn is_runtime(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or_default();
    RUNTIME_NAMES.contains(&name) || RUNTIME_PATHS.iter().any(|socket| is_within(socket, path))
}

fn add_socket<'w, 'a: 'w>(
    inside: &Inside<'_, 'w, 'a>,
    mount: &Mount<'a>,
    (technique, sure, act, statement): (&'static Technique, Confidence, Act<'_>, &'static str),
    builder: &mut Builder<'w>,
) {
    let change = mount.take_out(inside, builder);
    for (root, most) in inside.roots(act) {
        let (premises, mut basis) = (&[inside.fact()], vec![mount.basis(inside, statement)]);
        basis.extend(hindrance(sure, most));
        builder.step_with(technique, sure.min(most), premises, root, basis, &[change]);
    }
}

#[cfg(test)]
mod tests {
    use merlon_views::objects::host_path;

    use super::is_runtime;

    #[test]
    fn sockets_are_known_by_name_place_and_what_holds_them() {
        let check = |path: &str, expected: bool| {
            assert_eq!(is_runtime(&host_path(path, "")), expected, "{path}");
        };
        check("/var/run/docker.sock", true);
        check("/var/run", true);
        check("/", true);
        check("/run/containerd/", true);
        check("/run/user/1000/podman/podman.sock", true);
        check("/host/docker.sock", true);
        check("/run/cri-dockerd.sock", true);
        // A link on the node, which a mount of `/var` does not follow. Snaps stand there for real.
        check("/var/log", false);
        check("/var/lib", false);
        check("/run/containerdx", false);
        check("/run/xtables.lock", false);
    }
}

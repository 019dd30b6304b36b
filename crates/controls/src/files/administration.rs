//! What gives control over the node or the cluster to whoever can get at it.

use merlon_model::{Action, Location, Role};
use merlon_snapshot::{File, FileKind, Lookup};
use merlon_views::{
    FileRole::{AdminKubeconfig, CriSocket, StaticPodDirectory},
    NodeView,
    distribution::USUAL_LAYOUT,
};

use super::{MODE_ACCEPTABLE, MODE_OPTIONS, OWNER_OPTIONS, mode, owned_by_root};
use crate::control::{Applies, Check, Control, Directories::Themselves, Documentation, Parameters};
use crate::file;
use crate::judge::Judge;
use crate::row::{error, fail, not_applicable, pass, vector};

const APPLIES: Applies = Applies::Kubernetes;

pub(crate) const CONTROLS: &[Control] = &[
    Control {
        id: "admin-kubeconfig-mode",
        title: "others than root may read or write an administrator's kubeconfig",
        vector: vector("AV:L/AC:L/Au:N/C:C/I:C/A:C"),
        applies: APPLIES,
        check: mode(&[AdminKubeconfig], 0o600, Themselves),
        documentation: Documentation {
            finds: "\
Permission bits besides 0600 of the distribution's kubeconfigs for administrators: `admin.conf`, \
`super-admin.conf`, root's own. Not applicable to those that a node may lack and does.",
            matters: "\
The file is the whole cluster: whoever reads it is administrator until it expires.",
            options: MODE_OPTIONS,
            acceptable: MODE_ACCEPTABLE,
        },
        examples: &[
            pass(
                "\
run kubelet@1.31
file /var/lib/kubelet/kubeadm-flags.env 0644 root:root
file /etc/kubernetes/admin.conf 0600 root:root
absent /etc/kubernetes/super-admin.conf
absent /root/.kube/config",
            ),
            fail(
                "\
run kubelet@1.31
file /var/lib/kubelet/kubeadm-flags.env 0644 root:root
file /etc/kubernetes/admin.conf 0640 root:root
absent /etc/kubernetes/super-admin.conf
absent /root/.kube/config",
            ),
            error(
                "\
run kubelet@1.31
file /var/lib/kubelet/kubeadm-flags.env 0644 root:root
gap /etc/kubernetes/admin.conf permission-denied
absent /etc/kubernetes/super-admin.conf
absent /root/.kube/config",
            ),
            not_applicable(
                "\
run kubelet@1.31
file /var/lib/kubelet/kubeadm-flags.env 0644 root:root
absent /etc/kubernetes/admin.conf
absent /etc/kubernetes/super-admin.conf
absent /root/.kube/config",
            ),
            not_applicable("run sshd"),
        ],
    },
    Control {
        id: "admin-kubeconfig-owner",
        title: "an administrator's kubeconfig does not belong to root",
        vector: vector("AV:L/AC:L/Au:S/C:C/I:C/A:C"),
        applies: APPLIES,
        check: owned_by_root(&[AdminKubeconfig], Themselves),
        documentation: Documentation {
            finds: "\
An owner or group besides root of the distribution's kubeconfigs for administrators: `admin.conf`, \
`super-admin.conf`, root's own.",
            matters: "The file is the whole cluster: its owner is administrator until it expires.",
            options: OWNER_OPTIONS,
            acceptable: "Where the owner is an administrator who works on this node.",
        },
        examples: &[
            pass(
                "\
run kubelet@1.31
file /var/lib/kubelet/kubeadm-flags.env 0644 root:root
file /etc/kubernetes/admin.conf 0600 root:root
absent /etc/kubernetes/super-admin.conf
absent /root/.kube/config",
            ),
            fail(
                "\
run kubelet@1.31
file /var/lib/kubelet/kubeadm-flags.env 0644 root:root
file /etc/kubernetes/admin.conf 0600 ubuntu:ubuntu
absent /etc/kubernetes/super-admin.conf
absent /root/.kube/config",
            ),
            error(
                "\
run kubelet@1.31
file /var/lib/kubelet/kubeadm-flags.env 0644 root:root
gap /etc/kubernetes/admin.conf permission-denied
absent /etc/kubernetes/super-admin.conf
absent /root/.kube/config",
            ),
            not_applicable(
                "\
run kubelet@1.31
file /var/lib/kubelet/kubeadm-flags.env 0644 root:root
absent /etc/kubernetes/admin.conf
absent /etc/kubernetes/super-admin.conf
absent /root/.kube/config",
            ),
            not_applicable("run sshd"),
        ],
    },
    Control {
        id: "admin-kubeconfig-left",
        title: "a kubeconfig with an administrator's rights was left on the node",
        vector: vector("AV:L/AC:L/Au:N/C:C/I:C/A:C"),
        applies: APPLIES,
        check: Check::Node(admin_left),
        documentation: Documentation {
            finds: "\
Kubeconfigs for administrators on a node without a control plane; `super-admin.conf`, which no \
RBAC rule binds, on any node; and on control plane nodes one that others than root can really \
read. What root alone reads there passes: root on such a node has the CA's key and needs no \
kubeconfig.",
            matters: "\
A container that gets out of its namespaces on a worker is then not on one node but has the \
cluster. Such files are copied for a moment's convenience and stay.",
            options: "\
- **Remove it** from the node and work from elsewhere, with an identity of your own.
- **Keep `super-admin.conf`** in a safe place for the day that RBAC is broken.",
            acceptable: "On the machine that administrators work on, if that has to be a node.",
        },
        examples: &[
            fail(
                "\
run kubelet@1.31
file /var/lib/kubelet/kubeadm-flags.env 0644 root:root
file /etc/kubernetes/admin.conf 0600 root:root
absent /etc/kubernetes/super-admin.conf
absent /root/.kube/config",
            ),
            pass(
                "\
run kubelet@1.31
run kube-apiserver@1.31
file /var/lib/kubelet/kubeadm-flags.env 0644 root:root
file /etc/kubernetes/admin.conf 0600 root:root
absent /etc/kubernetes/super-admin.conf
absent /root/.kube/config",
            ),
            fail(
                "\
run kubelet@1.31
run kube-apiserver@1.31
file /var/lib/kubelet/kubeadm-flags.env 0644 root:root
file /etc/kubernetes/admin.conf 0644 root:root
absent /etc/kubernetes/super-admin.conf
absent /root/.kube/config",
            ),
            fail(
                "\
run kubelet@1.31
run kube-apiserver@1.31
file /var/lib/kubelet/kubeadm-flags.env 0644 root:root
file /etc/kubernetes/super-admin.conf 0600 root:root
absent /etc/kubernetes/admin.conf
absent /root/.kube/config",
            ),
            // None is there, which is what is asked for.
            pass(
                "\
run kubelet@1.31
file /var/lib/kubelet/kubeadm-flags.env 0644 root:root
absent /etc/kubernetes/admin.conf
absent /etc/kubernetes/super-admin.conf
absent /root/.kube/config",
            ),
            error(
                "\
run kubelet@1.31
file /var/lib/kubelet/kubeadm-flags.env 0644 root:root
gap /etc/kubernetes/admin.conf permission-denied
absent /etc/kubernetes/super-admin.conf
absent /root/.kube/config",
            ),
            not_applicable("run sshd"),
        ],
    },
    Control {
        id: "static-pod-directory-writable",
        title: "others than root can put static pods on the node",
        vector: vector("AV:L/AC:L/Au:N/C:C/I:C/A:C"),
        applies: APPLIES,
        check: Check::Node(static_pods_writable),
        documentation: Documentation {
            finds: "\
A directory of static pods that somebody besides root owns or can write to, or that stands below \
a directory in which somebody besides root can put another in its place.",
            matters: "\
A file in the directory is a pod of any privilege, run by the kubelet without asking the API \
server: root on the node for whoever can write it.",
            options: "\
- **root:root and 0700** for the directory, and nothing writable above it.
- **Leave `staticPodPath` unset** on nodes that need no static pods.",
            acceptable: "Never.",
        },
        examples: &[
            pass("run kubelet@1.31 --pod-manifest-path=/m\ndir /m 0755 root:root"),
            fail("run kubelet@1.31 --pod-manifest-path=/m\ndir /m 0777 root:root"),
            fail("run kubelet@1.31 --pod-manifest-path=/m\ndir /m 0775 root:staff"),
            fail("run kubelet@1.31 --pod-manifest-path=/m\ndir /m 0755 kube:root"),
            // Whoever can write above it can put another directory in its place.
            fail(
                "\
run kubelet@1.31 --pod-manifest-path=/a/m
dir /a 0777 root:root
dir /a/m 0700 root:root",
            ),
            error("run kubelet@1.31 --pod-manifest-path=/m\ngap /m permission-denied"),
            error("run kubelet@1.31 --pod-manifest-path=/m\nabsent /m"),
            not_applicable("run sshd"),
        ],
    },
    Control {
        id: "cri-socket-exposed",
        title: "others than root can give the container runtime orders",
        vector: vector("AV:L/AC:L/Au:N/C:C/I:C/A:C"),
        applies: APPLIES,
        check: Check::Node(cri_exposed),
        documentation: Documentation {
            finds: "\
Sockets of container runtimes, Docker's included, that everybody can connect to: write permission \
on the socket, and a way through every directory above it. A group besides root's is allowed and \
named: each of its members is root on this node.",
            matters: "\
Whoever may talk to the runtime starts a container with the host's files in it: root on the node, \
past the kubelet and everything that the cluster forbids.",
            options: "\
- **0600 or 0660 with root's own group**, as runtimes make it.
- **A group for it** (`docker`) only with members who may be root anyway.",
            acceptable: "Never for everybody.",
        },
        examples: &[
            pass(
                "\
run kubelet@1.31 --container-runtime-endpoint=unix:///run/c/c.sock
socket /run/c/c.sock 0660 root:root",
            ),
            pass(
                "\
run kubelet@1.31 --container-runtime-endpoint=unix:///run/c/c.sock
socket /run/c/c.sock 0660 root:docker",
            ),
            fail(
                "\
run kubelet@1.31 --container-runtime-endpoint=unix:///run/c/c.sock
socket /run/c/c.sock 0666 root:root",
            ),
            // Nobody but root gets as far as the socket.
            pass(
                "\
run kubelet@1.31 --container-runtime-endpoint=unix:///run/c/c.sock
dir /run/c 0700 root:root
socket /run/c/c.sock 0666 root:root",
            ),
            // Docker's socket counts, whatever the kubelet uses.
            fail(
                "\
run kubelet@1.31 --container-runtime-endpoint=unix:///run/c/c.sock
socket /run/c/c.sock 0660 root:root
socket /run/docker.sock 0666 root:docker",
            ),
            error(
                "\
run kubelet@1.31 --container-runtime-endpoint=unix:///run/c/c.sock
gap /run/c/c.sock permission-denied",
            ),
            error(
                "\
run kubelet@1.31 --container-runtime-endpoint=unix:///run/c/c.sock
absent /run/c/c.sock",
            ),
            not_applicable("run sshd"),
        ],
    },
];

fn admin_left(node: &NodeView<'_>, _: &Parameters, judge: &mut Judge<'_, '_>) {
    let control_plane = node.roles().contains(&Role::ControlPlane);
    let found = node.files(AdminKubeconfig);
    for why in &found.unknown {
        judge.error("kubeconfigs", format!("where they would be is not known: {why}"));
    }
    if let Some(why) = &found.none_because {
        judge.not_applicable("kubeconfigs", why);
    }
    for role_file in &found.files {
        let path = role_file.path.as_str();
        match node.lookup(path) {
            Err(why) => {
                judge.error(path, why);
            }
            Ok(Lookup::Absent) => {
                let statement = format!("{path} does not exist");
                judge.pass(path, statement.clone()).evidence(statement, Location::file(path));
            }
            Ok(Lookup::Present(file)) => judge_left(path, file, control_plane, node, judge),
        }
    }
}

fn judge_left(
    path: &str,
    found: &File,
    control_plane: bool,
    node: &NodeView<'_>,
    judge: &mut Judge<'_, '_>,
) {
    let remove = || Action::RemoveFile { path: file::real(path, found) };
    let super_admin = path.ends_with("/super-admin.conf");
    let entry = if super_admin {
        judge.fail(path, "it is bound by no RBAC rule, and for emergencies").action(
            Action::Manual {
                instruction: format!("move {path} off the node to a safe place"),
                commands: Vec::new(),
            },
        )
    } else if !control_plane {
        judge
            .fail(path, "the node runs no control plane, and needs no administrator")
            .action(remove())
    } else {
        match node.exposure(path) {
            Err(why) => judge.error(path, format!("who can read it is not known: {why}")),
            Ok(exposure) if exposure.effective & 0o044 == 0 && found.uid == 0 => {
                judge.pass(path, "only root can read it, who has the CA's key here anyway")
            }
            Ok(_) => judge
                .fail(path, "others than root can read it")
                .action(Action::RestrictMode {
                    path: file::real(path, found),
                    mode: found.mode & 0o600,
                })
                .action(Action::SetOwner {
                    path: file::real(path, found),
                    owner: "root".to_owned(),
                    group: "root".to_owned(),
                }),
        }
    };
    entry
        .expected("not on the node, or on a control plane node and for root alone")
        .evidence(file::state(found), Location::file(path));
}

fn static_pods_writable(node: &NodeView<'_>, _: &Parameters, judge: &mut Judge<'_, '_>) {
    file::each(&[StaticPodDirectory], Themselves, node, judge, &mut |path, found, judge| {
        let exposure = match node.exposure(path) {
            Ok(exposure) => exposure,
            Err(why) => {
                judge.error(path, format!("who can write to it is not known: {why}"));
                return;
            }
        };
        let mut reasons: Vec<String> = Vec::new();
        if found.uid != 0 {
            reasons.push(format!("its owner is {}", file::owner(found)));
        }
        // Writing in a directory takes the right to search it as well.
        if exposure.effective & 0o002 != 0 && found.mode & 0o003 == 0o003 {
            reasons.push("everybody can write to it".to_owned());
        } else if exposure.effective & 0o020 != 0 && found.mode & 0o030 == 0o030 {
            let group = found.group.clone().unwrap_or_else(|| found.gid.to_string());
            reasons.push(format!("the group {group} can write to it"));
        }
        reasons.extend(exposure.widened_by.iter().map(ToString::to_string));
        let entry = if reasons.is_empty() {
            judge.pass(path, "only root can write to it")
        } else {
            let real = file::real(path, found);
            let own = exposure
                .widened_by
                .is_empty()
                .then(|| Action::RestrictMode { path: real.clone(), mode: found.mode & 0o755 });
            let owner = (found.uid != 0).then(|| Action::SetOwner {
                path: real,
                owner: "root".to_owned(),
                group: "root".to_owned(),
            });
            let above = exposure.widened_by.iter().map(|widening| Action::RestrictMode {
                path: widening.ancestor.path.clone(),
                mode: widening.ancestor.mode & 0o7755,
            });
            judge
                .fail(path, reasons.join("; "))
                .actions(own)
                .actions(owner)
                .actions(above.collect::<Vec<_>>())
        };
        entry
            .expected("writable by root alone, with every directory above it")
            .evidence(file::state(found), Location::file(path));
    });
}

fn cri_exposed(node: &NodeView<'_>, _: &Parameters, judge: &mut Judge<'_, '_>) {
    let mut seen = Vec::new();
    file::each(&[CriSocket], Themselves, node, judge, &mut |path, found, judge| {
        seen.push(path.to_owned());
        judge_socket(path, found, node, judge);
    });
    // Runtimes that the kubelet does not use are there all the same.
    for known in USUAL_LAYOUT.iter().filter(|known| known.role == CriSocket) {
        if let Some(Lookup::Present(found)) = node.node.files.get(known.path)
            && !seen.iter().any(|path| path == known.path)
        {
            judge_socket(known.path, found, node, judge);
        }
    }
}

fn judge_socket(path: &str, found: &File, node: &NodeView<'_>, judge: &mut Judge<'_, '_>) {
    if found.kind != FileKind::Socket {
        judge.error(path, "it is not a socket, so it is not known what the runtime listens on");
        return;
    }
    let exposure = match node.exposure(path) {
        Ok(exposure) => exposure,
        Err(why) => {
            judge.error(path, format!("who can connect is not known: {why}"));
            return;
        }
    };
    let group = found.group.clone().unwrap_or_else(|| found.gid.to_string());
    let through_group = exposure.effective & 0o020 != 0 && found.gid != 0;
    let entry = if exposure.effective & 0o002 != 0 {
        judge.fail(path, "everybody can connect").action(Action::RestrictMode {
            path: file::real(path, found),
            mode: found.mode & 0o660,
        })
    } else if through_group {
        judge.pass(
            path,
            format!("root and the group {group} can connect: its members are root here"),
        )
    } else {
        judge.pass(path, "only root can connect")
    };
    let entry = entry
        .expected("nobody but root and the socket's group can connect")
        .evidence(file::state(found), Location::file(path));
    let entry = exposure
        .limited_by
        .iter()
        .fold(entry, |entry, limit| entry.evidence(limit.to_string(), Location::file(&limit.path)));
    if through_group {
        entry.host_evidence(format!("getent group {group} lists who that is"));
    }
}

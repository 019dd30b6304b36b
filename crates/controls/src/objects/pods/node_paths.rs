//! Directories, files and sockets of the node that pods mount.

use std::borrow::Cow;

use merlon_model::{Kind, Severity};
use merlon_views::objects::{Fields, HostDirectory, Malformed, Place, host_path, place};
use merlon_views::{InventoryView, PodView};

use super::host_paths::{cloud_credentials, runtime_of, sensitive};
use crate::control::{Applies, Check, Control, Documentation};
use crate::objects::{Flaw, Judged, Verdict, flaw};
use crate::row::{error, fail, pass, vector};

/// Claims lead to volumes; where those could not be listed, nobody knows what a pod mounts.
const READS: &[Kind] = &[Kind::PersistentVolumeClaim, Kind::PersistentVolume];

pub(crate) const CONTROLS: &[Control] = &[
    Control {
        id: "pod-host-path",
        title: "a pod has a directory of its node",
        vector: vector("AV:L/AC:L/Au:N/C:P/I:P/A:P"),
        applies: Applies::Objects,
        check: Check::Pod { reads: READS, judge: host_path_volumes },
        documentation: Documentation {
            finds: "\
`hostPath` volumes of pods, and claims whose persistent volume is a `hostPath` one.",
            matters: "\
What is written there outlives the pod and is seen by whatever else uses the path; a link in it \
can lead elsewhere. The volume ties the program to the node and to root, who owns most of it.",
            options: "\
- **`emptyDir`** for files that may go with the pod: that is the edit offered, which loses what \
the directory held.
- **A claim** with a storage class, `local` volumes among them, for files that stay.
- **`configMap`, `projected`, CSI drivers** for what was only handed over.",
            acceptable: "For agents that read logs or metrics: the narrowest path, read-only.",
        },
        examples: &[
            fail(pod!(
                "
  containers: [{name: web, volumeMounts: [{name: data, mountPath: /data}]}]
  volumes: [{name: data, hostPath: {path: /data, type: Directory}}]"
            )),
            // The claim leads to a directory of a node.
            fail(
                "\
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop}
spec:
  containers: [{name: web, volumeMounts: [{name: data, mountPath: /data}]}]
  volumes: [{name: data, persistentVolumeClaim: {claimName: data}}]
---
apiVersion: v1
kind: PersistentVolume
metadata: {name: disk}
spec: {claimRef: {namespace: shop, name: data}, hostPath: {path: /data}}",
            ),
            pass(pod!(
                "
  containers: [{name: web, volumeMounts: [{name: data, mountPath: /data}]}]
  volumes: [{name: data, emptyDir: {}}]"
            )),
            // A disk that an administrator set apart.
            pass(
                "\
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop}
spec:
  containers: [{name: web}]
  volumes: [{name: data, persistentVolumeClaim: {claimName: data}}]
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: data, namespace: shop}
spec: {volumeName: disk}
---
apiVersion: v1
kind: PersistentVolume
metadata: {name: disk}
spec: {local: {path: /mnt/disks/ssd1}}",
            ),
            error(pod!("{containers: [{name: web}], volumes: [{name: a, hostPath: {path: [/]}}]}")),
        ],
    },
    Control {
        id: "container-host-path-writable",
        title: "a container may write to a directory of its node",
        vector: vector("AV:L/AC:M/Au:N/C:N/I:C/A:P"),
        applies: Applies::Objects,
        check: Check::Pod { reads: READS, judge: writable },
        documentation: Documentation {
            finds: "\
Mounts of `hostPath` volumes, also of those behind claims, without `readOnly: true`.",
            matters: "\
What the container writes there is the node's: programs, configuration and logs that others read, \
and files with the setuid bit.",
            options: "\
- **`readOnly: true`** on the mount. It does not reach file systems mounted below the directory; \
`recursiveReadOnly: Enabled` does since 1.33. Sockets can be used all the same.
- **`emptyDir` or a claim** for what has to be written.",
            acceptable: "For storage drivers, and agents that keep a place in a log.",
        },
        examples: &[
            fail(pod!(
                "
  containers: [{name: web, volumeMounts: [{name: logs, mountPath: /logs}]}]
  volumes: [{name: logs, hostPath: {path: /var/log}}]"
            )),
            fail(pod!(
                "
  initContainers: [{name: a, volumeMounts: [{name: logs, mountPath: /l, readOnly: false}]}]
  containers: [{name: web, volumeMounts: [{name: logs, mountPath: /l, readOnly: true}]}]
  volumes: [{name: logs, hostPath: {path: /var/log}}]"
            )),
            pass(pod!(
                "
  containers: [{name: web, volumeMounts: [{name: logs, mountPath: /logs, readOnly: yes}]}]
  volumes: [{name: logs, hostPath: {path: /var/log}}]"
            )),
            // Nobody mounts it.
            pass(pod!(
                "
  containers: [{name: web, volumeMounts: [{name: data, mountPath: /logs}]}]
  volumes: [{name: logs, hostPath: {path: /var/log}}, {name: data, emptyDir: {}}]"
            )),
            error(pod!(
                "
  containers: [{name: web, volumeMounts: [{name: logs, mountPath: /l, readOnly: 'no'}]}]
  volumes: [{name: logs, hostPath: {path: /var/log}}]"
            )),
        ],
    },
    Control {
        id: "pod-sensitive-host-path",
        title: "a pod has a directory that gives away its node",
        vector: vector("AV:L/AC:L/Au:N/C:C/I:C/A:C"),
        applies: Applies::Objects,
        check: Check::Pod { reads: READS, judge: sensitive_paths },
        documentation: Documentation {
            finds: "\
`hostPath` and `local` volumes, also behind claims, that are, lie in or hold a directory with the \
node's or the cluster's keys, programs, configuration, devices or state; `subPath` is followed. \
Read-only mounts count by what can be read: `/etc/kubernetes` as much as ever, `/usr` not at all. \
A volume that no container mounts is of low severity.",
            matters: "\
Writing a static pod, a unit, a cron job or a library is running programs as root of the node; \
reading `/var/lib/kubelet` or `/etc/kubernetes` is having the cluster's credentials.",
            options: "\
- **The narrowest path**: a file, or the one directory that is read.
- **Read-only** where reading is all it needs.
- **`emptyDir`** takes the volume's place in the edit offered: a program that needs the directory \
will say so.",
            acceptable: "\
For node agents that document it, in a namespace of their own: metrics read `/proc` and `/sys`, \
network plugins write `/opt/cni` and `/etc/cni`.",
        },
        examples: &[
            fail(pod!(
                "
  containers: [{name: web, volumeMounts: [{name: etc, mountPath: /host}]}]
  volumes: [{name: etc, hostPath: {path: /etc//}}]"
            )),
            fail(pod!(
                "
  containers: [{name: web, volumeMounts: [{name: root, mountPath: /host, readOnly: true}]}]
  volumes: [{name: root, hostPath: {path: /}}]"
            )),
            // The mount leads from a harmless directory to one that is not.
            fail(pod!(
                "
  containers: [{name: web, volumeMounts: [{name: lib, mountPath: /l, subPath: bin}]}]
  volumes: [{name: lib, hostPath: {path: /usr/local}}]"
            )),
            fail(pod!(
                "{containers: [{name: web}], volumes: [{name: etc, hostPath: {path: /etc}}]}"
            )),
            fail(
                "\
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: web, namespace: shop}
spec:
  template:
    spec: {containers: [{name: web, volumeMounts: [{name: data, mountPath: /data}]}]}
  volumeClaimTemplates: [{metadata: {name: data}}]
---
apiVersion: v1
kind: PersistentVolume
metadata: {name: disk}
spec: {claimRef: {namespace: shop, name: data-web-0}, hostPath: {path: /etc}}",
            ),
            // Programs of the node may be read.
            pass(pod!(
                "
  containers: [{name: web, volumeMounts: [{name: mods, mountPath: /m, readOnly: true}]}]
  volumes: [{name: mods, hostPath: {path: /lib/modules}}]"
            )),
            pass(pod!(
                "
  containers: [{name: web, volumeMounts: [{name: tz, mountPath: /etc/localtime}]}]
  volumes: [{name: tz, hostPath: {path: /etc/localtime}}]"
            )),
            pass(pod!("{containers: [{name: web}]}")),
            error("# cluster\n# gap persistentvolumes permission-denied"),
        ],
    },
    Control {
        id: "pod-runtime-socket",
        title: "a pod can give orders to the container runtime",
        vector: vector("AV:L/AC:L/Au:N/C:C/I:C/A:C"),
        applies: Applies::Objects,
        check: Check::Pod { reads: READS, judge: runtime_sockets },
        documentation: Documentation {
            finds: "\
Volumes, also behind claims, that are or hold the socket of Docker, containerd, CRI-O, Podman, \
cri-dockerd, BuildKit or the runtime's plugins, wherever it stands: `/var/run/docker.sock`, \
`/run`, `/`, and pipes of Windows. Read-only mounts are none the better: the socket answers.",
            matters: "\
Whoever speaks to the runtime starts a privileged container with the node's disk in it, reads the \
files of every other container and enters them. Kubernetes sees none of it.",
            options: "\
- **Builds without a daemon**: BuildKit without root, Kaniko's successors, Buildah.
- **The kubelet's metrics** (`/metrics/cadvisor`) instead of Docker's, the API's instead of the \
runtime's.
- **A narrower directory** where `/run` or `/` was mounted for another file.
- The edit offered puts an `emptyDir` in its place; the program will notice.",
            acceptable: "For agents of the runtime itself that document it, in their own namespace.",
        },
        examples: &[
            fail(pod!(
                "
  containers: [{name: ci, volumeMounts: [{name: docker, mountPath: /var/run/docker.sock}]}]
  volumes: [{name: docker, hostPath: {path: /var/run/docker.sock, type: Socket}}]"
            )),
            fail(pod!(
                "
  containers: [{name: ci, volumeMounts: [{name: run, mountPath: /host/run, readOnly: true}]}]
  volumes: [{name: run, hostPath: {path: /var/run/}}]"
            )),
            fail(pod!(
                "
  containers: [{name: ci, volumeMounts: [{name: root, mountPath: /h, subPath: run/crio}]}]
  volumes: [{name: root, hostPath: {path: /}}]"
            )),
            fail(pod!(
                r"
  os: {name: windows}
  containers: [{name: ci, volumeMounts: [{name: docker, mountPath: '\\.\pipe\docker_engine'}]}]
  volumes: [{name: docker, hostPath: {path: '\\.\pipe\docker_engine'}}]"
            )),
            pass(pod!(
                "
  containers: [{name: web, volumeMounts: [{name: lock, mountPath: /run/xtables.lock}]}]
  volumes: [{name: lock, hostPath: {path: /run/xtables.lock}}]"
            )),
            // The mount does not reach the socket.
            pass(pod!(
                "
  containers: [{name: web, volumeMounts: [{name: root, mountPath: /h, subPath: proc}]}]
  volumes: [{name: root, hostPath: {path: /}}]"
            )),
            pass(pod!("{containers: [{name: web}]}")),
            error(pod!("{containers: [{name: web}], volumes: {docker: /var/run/docker.sock}}")),
        ],
    },
    Control {
        id: "pod-host-cloud-credentials",
        title: "a pod has the cloud credentials of its node",
        vector: vector("AV:L/AC:L/Au:N/C:C/I:C/A:N"),
        applies: Applies::Objects,
        check: Check::Pod { reads: READS, judge: credentials },
        documentation: Documentation {
            finds: "\
`hostPath` volumes, also behind claims, of files in which cloud providers and their tools keep \
credentials: `/etc/kubernetes/azure.json`, `/var/lib/waagent`, `.aws`, `.azure`, `.config/gcloud` \
and others below home directories. Directories above are reported by `pod-sensitive-host-path`.",
            matters: "\
They are those of the node or of an administrator: with them an intruder leaves the cluster for \
the cloud account.",
            options: "\
- **The cloud's identity for service accounts** (IRSA, Pod Identity, workload identity): the pod \
has credentials of its own that end by themselves.
- **A Secret** with credentials for just this program, where there is no such thing.",
            acceptable: "For the cloud's own controllers and drivers on the control plane.",
        },
        examples: &[
            fail(pod!(
                "
  containers: [{name: web, volumeMounts: [{name: c, mountPath: /c, readOnly: true}]}]
  volumes: [{name: c, hostPath: {path: /etc/kubernetes/azure.json}}]"
            )),
            fail(pod!(
                "
  containers: [{name: web, volumeMounts: [{name: c, mountPath: /c, subPath: .aws/config}]}]
  volumes: [{name: c, hostPath: {path: /home/admin}}]"
            )),
            pass(pod!(
                "
  containers: [{name: web, volumeMounts: [{name: c, mountPath: /root/.aws}]}]
  volumes: [{name: c, secret: {secretName: aws}}]"
            )),
            pass(pod!(
                "
  containers: [{name: web, volumeMounts: [{name: c, mountPath: /c}]}]
  volumes: [{name: c, hostPath: {path: /home/admin/data}}]"
            )),
            error(pod!("{containers: [{name: web}], volumes: [{name: [c], hostPath: {}}]}")),
        ],
    },
];

fn host_path_volumes<'a>(view: &InventoryView<'a>, pod: &PodView<'a>) -> Judged<'a> {
    let directories = pod.host_directories(view)?;
    let flaws = directories.iter().filter(|it| !it.is_local).map(|it| {
        let message = format!("volume {} is {} of the node", it.volume, it.path);
        replaced(it, message)
    });
    Ok(Verdict::of(flaws.collect()))
}

fn writable<'a>(view: &InventoryView<'a>, pod: &PodView<'a>) -> Judged<'a> {
    let mut flaws = Vec::new();
    for directory in pod.host_directories(view)?.iter().filter(|it| !it.is_local) {
        for container in &pod.containers {
            for node in container.mounts_of(directory.volume)? {
                if Fields::of(node).bool("readOnly")? == Some(true) {
                    continue;
                }
                let message =
                    format!("container {} may write to {}", container.name, directory.path);
                let flaw = flaw(Place::Node(node), message)
                    .set_at(place(node, &["readOnly"]), true)
                    .needs_review();
                flaws.push(with_volume(flaw, directory));
            }
        }
    }
    Ok(Verdict::of(flaws))
}

fn sensitive_paths<'a>(view: &InventoryView<'a>, pod: &PodView<'a>) -> Judged<'a> {
    let mut flaws = Vec::new();
    for directory in pod.host_directories(view)? {
        let worst = reached(pod, &directory)?
            .into_iter()
            .filter_map(|reach| {
                let found = sensitive(&reach.path)?;
                let severity = match (reach.mounted, reach.writable) {
                    (false, _) => Some(Severity::Low),
                    (true, true) => Some(Severity::Critical),
                    (true, false) => found.read,
                };
                Some((severity?, reach, found.what))
            })
            .max_by_key(|(severity, ..)| *severity);
        let Some((severity, reach, what)) = worst else { continue };
        let how = match (reach.mounted, reach.writable) {
            (false, _) => ", though no container mounts it",
            (true, true) => ", writable",
            (true, false) => ", read-only",
        };
        let message = format!("volume {} gives {}{how}: {what}", directory.volume, reach.path);
        flaws.push(replaced(&directory, message).at_most(severity));
    }
    Ok(Verdict::of(flaws))
}

fn runtime_sockets<'a>(view: &InventoryView<'a>, pod: &PodView<'a>) -> Judged<'a> {
    let mut flaws = Vec::new();
    for directory in pod.host_directories(view)? {
        let reached = reached(pod, &directory)?;
        let found = reached.iter().find_map(|it| Some((it, runtime_of(&it.path)?)));
        let Some((reach, runtime)) = found else { continue };
        let message = format!("volume {} gives the socket of {runtime}", directory.volume);
        let severity = if reach.mounted { Severity::Critical } else { Severity::Low };
        flaws.push(replaced(&directory, message).at_most(severity));
    }
    Ok(Verdict::of(flaws))
}

fn credentials<'a>(view: &InventoryView<'a>, pod: &PodView<'a>) -> Judged<'a> {
    let mut flaws = Vec::new();
    for directory in pod.host_directories(view)? {
        let reached = reached(pod, &directory)?;
        let found = reached.iter().find_map(|it| Some((it, cloud_credentials(&it.path)?)));
        let Some((reach, provider)) = found else { continue };
        let message =
            format!("volume {} gives credentials for {provider} of the node", directory.volume);
        let severity = if reach.mounted { Severity::Critical } else { Severity::Low };
        flaws.push(replaced(&directory, message).at_most(severity));
    }
    Ok(Verdict::of(flaws))
}

/// A path of the node that a container has.
struct Reach {
    path: String,
    writable: bool,
    mounted: bool,
}

/// What containers have of a directory; the directory itself where none mounts it.
fn reached<'a>(
    pod: &PodView<'a>,
    directory: &HostDirectory<'a>,
) -> Result<Vec<Reach>, Malformed<'a>> {
    let mut reached = Vec::new();
    for container in &pod.containers {
        for node in container.mounts_of(directory.volume)? {
            let mount = Fields::of(node);
            let below = mount.text("subPath")?.unwrap_or_default();
            let writable = mount.bool("readOnly")? != Some(true);
            reached.push(Reach { path: host_path(directory.path, below), writable, mounted: true });
        }
    }
    if reached.is_empty() {
        let path = host_path(directory.path, "");
        reached.push(Reach { path, writable: false, mounted: false });
    }
    Ok(reached)
}

/// A flaw at the volume, which an empty directory can take the place of.
pub(in crate::objects) fn replaced<'a>(
    directory: &HostDirectory<'a>,
    message: impl Into<Cow<'static, str>>,
) -> Flaw<'a> {
    let node = directory.node;
    match (directory.through, node.get("hostPath")) {
        (None, Some(written)) => flaw(Place::Node(directory.path_node), message)
            .remove(written)
            .set_at(place(node, &["emptyDir"]), serde_json::json!({}))
            .needs_review(),
        _ => {
            let flaw = flaw(Place::Node(node), message).step(
                "Give the claim a volume of a storage class instead of the node's directory",
                &["kubectl get persistentvolumes -o wide"],
            );
            with_volume(flaw, directory)
        }
    }
}

/// Names the persistent volume where the path is written.
fn with_volume<'a>(flaw: Flaw<'a>, directory: &HostDirectory<'a>) -> Flaw<'a> {
    match directory.through {
        Some(object) => flaw.because("this is the path", object, Place::Node(directory.path_node)),
        None => flaw,
    }
}

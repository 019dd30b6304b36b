//! Workloads through which an intruder gets to their node.

use merlon_model::{Kind, Severity};
use merlon_views::objects::{Fields, Malformed, Place, host_path, place};
use merlon_views::{ContainerView, InventoryView, PodView};
use merlon_yaml::Node;

use super::identity::{administers, powers, strongest};
use super::internet::{exposing, leads_to, ways};
use super::{reached, unreached, worst};
use crate::control::{Applies, Check, Control, Documentation};
use crate::objects::pods::{replaced, runtime_of, sensitive};
use crate::objects::{Flaw, Judged, Verdict, flaw};
use crate::row::{error, fail, not_applicable, pass, vector};

pub(crate) const CONTROLS: &[Control] = &[
    Control {
        id: "exposed-workload-privileged",
        title: "a workload that is reached from the internet is root on its node",
        vector: vector("AV:N/AC:M/Au:N/C:C/I:C/A:C"),
        applies: Applies::Objects,
        check: Check::Pod { reads: exposing![], judge: privileged },
        documentation: Documentation {
            finds: "\
Two things in one container: something from outside leads to it, and it runs privileged, or on Windows \
as a process of the host.

- A way is a load balancer without a list of who may come, an Ingress or a route whose proxy asks for no login, an \
address outside the cluster or a port of the nodes, to the very container that has the port. Inner load balancers are \
no way, nor are ports that NetworkPolicies keep shut. By a port of the nodes it is at most high, as is what a policy \
that only a network plugin understands may shut.
- A user namespace (`hostUsers: false`) makes root of the container nobody on the node: such pods pass.",
            matters: "\
One hole in the program gives whoever finds it the node: its disks, the secrets and tokens of all its pods, and \
the kubelet's credential. Nothing has to be broken twice.",
            options: "\
- **Take `privileged` away**: the edit offered. A capability, a device or a directory is mostly all that is needed.
- **Put the privileged part into a pod of its own** that nothing from outside leads to.
- **Close the way**: a service of type ClusterIP, a list of addresses, a login in front.",
            acceptable: "\
For a load balancer of bare metal that needs the node's network, on nodes that run nothing else.",
        },
        examples: &[
            fail(concat!(
                web!("{containers: [{name: web, securityContext: {privileged: true}}]}"),
                service!("type: LoadBalancer")
            )),
            fail(concat!(
                web!("{containers: [{name: web, securityContext: {privileged: true}}]}"),
                ingress!("{}")
            )),
            fail(concat!(
                web!(
                    "
  securityContext: {windowsOptions: {hostProcess: true}}
  containers: [{name: web}]"
                ),
                service!("type: NodePort")
            )),
            // Both have the port as far as anybody knows, and one edit is not enough.
            fail(concat!(
                web!(
                    "
  containers:
  - {name: web, securityContext: {privileged: true}}
  - {name: b, securityContext: {privileged: true}}"
                ),
                service!("type: LoadBalancer")
            )),
            pass(concat!(
                web!("{containers: [{name: web}]}"),
                service!("type: LoadBalancer")
            )),
            pass(concat!(
                web!("{containers: [{name: web, securityContext: {privileged: true}}]}"),
                service!("type: ClusterIP")
            )),
            pass(concat!(
                web!("{containers: [{name: web, securityContext: {privileged: true}}]}"),
                service!("type: LoadBalancer, loadBalancerSourceRanges: [192.0.2.0/24]")
            )),
            pass(concat!(
                web!("{containers: [{name: web, securityContext: {privileged: true}}]}"),
                ingress!("{nginx.ingress.kubernetes.io/auth-url: 'https://login.example.com/'}")
            )),
            pass(concat!(
                web!("{containers: [{name: web, securityContext: {privileged: true}}]}"),
                service!("type: LoadBalancer"),
                policy!("{podSelector: {}}")
            )),
            // Root in a user namespace is nobody on the node.
            pass(concat!(
                web!(
                    "
  hostUsers: false
  containers: [{name: web, securityContext: {privileged: true}}]"
                ),
                service!("type: LoadBalancer")
            )),
            // Its service may be elsewhere; a cluster has no other.
            not_applicable(web!(
                "{containers: [{name: web, securityContext: {privileged: true}}]}"
            )),
            pass(concat!(
                "# cluster\n",
                web!("{containers: [{name: web, securityContext: {privileged: true}}]}")
            )),
            // The privileged one is not the one that is reached.
            pass(concat!(
                web!(
                    "
  containers:
  - {name: web, ports: [{containerPort: 80}]}
  - {name: agent, securityContext: {privileged: true}}"
                ),
                service!("type: LoadBalancer")
            )),
            // It is over before anybody gets in.
            pass(concat!(
                web!(
                    "
  initContainers: [{name: sysctl, securityContext: {privileged: true}}]
  containers: [{name: web}]"
                ),
                service!("type: LoadBalancer")
            )),
            error(concat!(
                web!("{containers: [{name: web, securityContext: {privileged: 1}}]}"),
                service!("type: LoadBalancer")
            )),
        ],
    },
    Control {
        id: "exposed-workload-reaches-host-files",
        title: "a workload that is reached from the internet has files of its node that open it",
        vector: vector("AV:N/AC:M/Au:N/C:C/I:C/A:C"),
        applies: Applies::Objects,
        check: Check::Pod { reads: exposing![PersistentVolume, PersistentVolumeClaim], judge: host_files },
        documentation: Documentation {
            finds: "\
A way from outside to a container, as for `exposed-workload-privileged`, which mounts files that are as good as \
the node: the socket of the container runtime, keys of the cluster, directories of the kubelet, of etcd or of all \
containers, `/`, and whatever root runs where it may be written. What tells little (`/proc` or `/etc/localtime` \
read-only) and disks set apart as `local` volumes pass.",
            matters: "\
Who breaks into the program starts a privileged container through the socket, or reads the keys of the kubelet and \
of the cluster: the step from the container to the node is a command.",
            options: "\
- **Take the volume away**: the edit offered puts an `emptyDir` in its place.
- **Mount less of it**: one file, or read-only where reading is harmless.
- **Let a pod that nothing leads to** do that part of the work.",
            acceptable: "Hardly ever; for a node's own proxy, where no other pods run.",
        },
        examples: &[
            fail(concat!(
                web!(
                    "
  containers: [{name: web, volumeMounts: [{name: d, mountPath: /d, readOnly: true}]}]
  volumes: [{name: d, hostPath: {path: /var/run/docker.sock}}]"
                ),
                service!("type: LoadBalancer")
            )),
            fail(concat!(
                web!(
                    "
  containers: [{name: web, volumeMounts: [{name: d, mountPath: /d}, {name: e, mountPath: /e}]}]
  volumes: [{name: d, hostPath: {path: /etc/kubernetes}}, {name: e, hostPath: {path: /etc/cron.d}}]"
                ),
                ingress!("{}")
            )),
            pass(concat!(
                web!(
                    "
  containers: [{name: web, volumeMounts: [{name: d, mountPath: /d}]}]
  volumes: [{name: d, hostPath: {path: /etc/kubernetes}}]"
                ),
                service!("type: ClusterIP")
            )),
            pass(concat!(
                web!(
                    "
  containers: [{name: web, volumeMounts: [{name: d, mountPath: /d}]}]
  volumes: [{name: d, emptyDir: {}}]"
                ),
                service!("type: LoadBalancer")
            )),
            // Nobody mounts it.
            pass(concat!(
                web!(
                    "
  containers: [{name: web}]
  volumes: [{name: d, hostPath: {path: /etc/kubernetes}}]"
                ),
                service!("type: LoadBalancer")
            )),
            // Only the container that is not reached has it.
            pass(concat!(
                web!(
                    "
  containers:
  - {name: web, ports: [{containerPort: 80}]}
  - {name: agent, volumeMounts: [{name: d, mountPath: /d}]}
  volumes: [{name: d, hostPath: {path: /}}]"
                ),
                service!("type: LoadBalancer")
            )),
            pass(concat!(
                web!(
                    "
  containers: [{name: web, volumeMounts: [{name: d, mountPath: /d, readOnly: true}]}]
  volumes: [{name: d, hostPath: {path: /proc}}]"
                ),
                service!("type: LoadBalancer")
            )),
            error(concat!(
                web!("{containers: [{name: web}], volumes: {d: /}}"),
                service!("type: LoadBalancer")
            )),
        ],
    },
    Control {
        id: "workload-privileged-with-powerful-token",
        title: "a workload is root on its node and administers the cluster",
        vector: vector("AV:A/AC:M/Au:N/C:C/I:C/A:C"),
        applies: Applies::Objects,
        check: Check::Pod { reads: IDENTITY, judge: privileged_administrator },
        documentation: Documentation {
            finds: "\
A privileged container that goes on running, or one that is a process of its Windows node, in a pod that has a token of an account which may \
do everything in the cluster or gain it: become others, bind or extend roles. Counted are all bindings of the \
account and of its groups. Whether anything leads to it from outside does not matter; \
`exposed-workload-privileged` and `exposed-workload-administers-cluster` tell that. A pod whose token is not mounted, \
or that is in a user namespace, passes.",
            matters: "\
The pod is a bridge both ways. Who gets into it has the cluster and the node at once; and root on any node where it \
runs, won by quite another way, finds a token there that is worth every other node.",
            options: "\
- **Split it**: an agent on the nodes without rights, a controller with the rights and without the node. Most drivers \
for storage and networks come in such parts.
- **Take the token away** where the program does not use it: the edit offered.
- **Give the account what it needs** instead of `cluster-admin`.",
            acceptable: "\
For an operator that installs the nodes' own software, on nodes of the control plane alone.",
        },
        examples: &[
            fail(concat!(
                web!("{serviceAccountName: web, containers: [{name: web, securityContext: {privileged: true}}]}"),
                bound!(
                    "{verbs: ['*'], apiGroups: ['*'], resources: ['*']}",
                    "{kind: ServiceAccount, name: web, namespace: shop}"
                )
            )),
            fail(concat!(
                web!("{serviceAccountName: web, containers: [{name: web, securityContext: {privileged: true}}]}"),
                bound!(
                    "{verbs: [impersonate], apiGroups: [''], resources: [users]}",
                    "{kind: Group, name: 'system:serviceaccounts:shop'}"
                )
            )),
            pass(concat!(
                web!("{serviceAccountName: web, containers: [{name: web}]}"),
                bound!(
                    "{verbs: ['*'], apiGroups: ['*'], resources: ['*']}",
                    "{kind: ServiceAccount, name: web, namespace: shop}"
                )
            )),
            pass(concat!(
                web!("{serviceAccountName: web, containers: [{name: web, securityContext: {privileged: true}}]}"),
                bound!(
                    "{verbs: [get], apiGroups: [''], resources: [pods]}",
                    "{kind: ServiceAccount, name: web, namespace: shop}"
                )
            )),
            // It is another account's.
            pass(concat!(
                web!("{serviceAccountName: web, containers: [{name: web, securityContext: {privileged: true}}]}"),
                bound!(
                    "{verbs: ['*'], apiGroups: ['*'], resources: ['*']}",
                    "{kind: ServiceAccount, name: web, namespace: other}"
                )
            )),
            pass(concat!(
                web!(
                    "
  serviceAccountName: web
  automountServiceAccountToken: false
  containers: [{name: web, securityContext: {privileged: true}}]"
                ),
                bound!(
                    "{verbs: ['*'], apiGroups: ['*'], resources: ['*']}",
                    "{kind: ServiceAccount, name: web, namespace: shop}"
                )
            )),
            pass(concat!(
                web!(
                    "
  serviceAccountName: web
  hostUsers: false
  containers: [{name: web, securityContext: {privileged: true}}]"
                ),
                bound!(
                    "{verbs: ['*'], apiGroups: ['*'], resources: ['*']}",
                    "{kind: ServiceAccount, name: web, namespace: shop}"
                )
            )),
            error(web!("{containers: [{name: web, securityContext: {privileged: 'yes'}}]}")),
        ],
    },
];

const IDENTITY: &[Kind] = &[
    Kind::ServiceAccount,
    Kind::ClusterRole,
    Kind::Role,
    Kind::ClusterRoleBinding,
    Kind::RoleBinding,
];

/// A container that is root on its node, and the field that makes it so.
type Root<'v, 'a> = (&'v ContainerView<'a>, &'a Node, &'static str);

fn root_on_node<'v, 'a>(pod: &'v PodView<'a>) -> Result<Vec<Root<'v, 'a>>, Malformed<'a>> {
    let mut found = Vec::new();
    if pod.fields().bool("hostUsers")? == Some(false) {
        return Ok(found);
    }
    for container in pod.lasting_containers() {
        let security = container.security();
        let process = pod.effective_security(container, &["windowsOptions", "hostProcess"]).node();
        if let (Some(true), Some(node)) =
            (security.bool("privileged")?, security.get("privileged").node())
        {
            found.push((container, node, "runs privileged"));
        } else if let Some(node) = process.filter(|node| node.as_bool() == Some(true)) {
            found.push((container, node, "runs as a process of its node"));
        }
    }
    Ok(found)
}

fn privileged<'a>(view: &InventoryView<'a>, pod: &PodView<'a>) -> Judged<'a> {
    let mut found = root_on_node(pod)?;
    if found.is_empty() {
        return Ok(Verdict::Pass);
    }
    let ways = ways(view, pod);
    if ways.is_empty() {
        return Ok(unreached(view, pod));
    }
    found.retain(|(container, ..)| ways.iter().any(|way| leads_to(way, pod, container)));
    let to = |way| found.iter().position(|(container, ..)| leads_to(way, pod, container));
    let Some((way, number)) = ways.iter().find_map(|way| Some((way, to(way)?))) else {
        return Ok(Verdict::Pass);
    };
    // The one that the way leads to is the one that is told.
    found.swap(0, number);
    let (first, node, how) = found[0];
    let what = format!("container {} {how}", first.name);
    let flaw = reached(view, pod, way, Place::Node(node), &what);
    confined(pod, flaw, &found).into()
}

/// Takes away what makes containers root on the node; a pod's own field once for all of them.
fn confined<'a>(pod: &PodView<'a>, mut flaw: Flaw<'a>, found: &[Root<'_, 'a>]) -> Flaw<'a> {
    let mut done: Vec<&Node> = Vec::new();
    for (container, node, how) in found {
        if done.iter().any(|other| std::ptr::eq(*other, *node)) {
            continue;
        }
        if !done.is_empty() {
            let statement = format!("container {} {how}", container.name);
            flaw = flaw.because(statement, pod.object, Place::Node(node));
        }
        done.push(node);
        flaw = flaw.set_at(Place::Node(node), false);
    }
    flaw.needs_review()
}

fn host_files<'a>(view: &InventoryView<'a>, pod: &PodView<'a>) -> Judged<'a> {
    let directories = pod.host_directories(view)?;
    if directories.iter().all(|directory| directory.is_local) {
        return Ok(Verdict::Pass);
    }
    let ways = ways(view, pod);
    if ways.is_empty() {
        return Ok(unreached(view, pod));
    }
    let reached_ones = pod.containers.iter().filter_map(|container| {
        Some((container, ways.iter().find(|way| leads_to(way, pod, container))?))
    });
    let reached_ones: Vec<_> = reached_ones.collect();
    let mut found: Option<Flaw<'a>> = None;
    for directory in directories.iter().filter(|directory| !directory.is_local) {
        let mut opened = None;
        for (container, way) in &reached_ones {
            opened =
                opened.or(opens(container, directory.volume, directory.path)?.map(|it| (it, way)));
        }
        let Some(((path, gives), way)) = opened else { continue };
        let mended = replaced(directory, String::new());
        found = Some(match found {
            None => {
                let what = format!("the workload has {path} of its node: {gives}");
                let mut flaw = reached(view, pod, way, mended.place, &what);
                flaw.further.extend(mended.further);
                flaw.edits = mended.edits;
                flaw.steps = mended.steps;
                flaw
            }
            Some(mut flaw) => {
                flaw = flaw.because(format!("so is {path}: {gives}"), pod.object, mended.place);
                flaw.further.extend(mended.further);
                flaw.edits.extend(mended.edits);
                flaw.steps.extend(mended.steps);
                flaw
            }
        });
    }
    Ok(found.map_or(Verdict::Pass, |flaw| flaw.needs_review().into()))
}

/// The path that a container has of a volume, and what it gives, where that is as good as the node.
fn opens<'a>(
    container: &ContainerView<'a>,
    volume: &str,
    path: &str,
) -> Result<Option<(String, String)>, Malformed<'a>> {
    for node in container.mounts_of(volume)? {
        let mount = Fields::of(node);
        let path = host_path(path, mount.text("subPath")?.unwrap_or_default());
        if let Some(runtime) = runtime_of(&path) {
            return Ok(Some((path, format!("the socket of {runtime}"))));
        }
        let may_write = mount.bool("readOnly")? != Some(true);
        let is_open = |read: Option<Severity>| may_write || read == Some(Severity::Critical);
        if let Some(known) = sensitive(&path).filter(|known| is_open(known.read)) {
            return Ok(Some((path, known.what.to_owned())));
        }
    }
    Ok(None)
}

fn privileged_administrator<'a>(view: &InventoryView<'a>, pod: &PodView<'a>) -> Judged<'a> {
    let found = root_on_node(pod)?;
    let Some((container, node, how)) = found.first() else { return Ok(Verdict::Pass) };
    let held = strongest(view, pod, powers(view, pod)?, administers)?;
    let Some(held) = held else { return Ok(Verdict::Pass) };
    let message = format!(
        "container {} {how}, and the token of {} is enough to {} {}",
        container.name,
        pod.service_account_name(),
        held.found.primitive.title,
        held.place(),
    );
    let at = place(pod.spec, &["serviceAccountName"]);
    let flaw = flaw(Place::Node(node), message).at_most(worst(view, pod)).because(
        "these are the rights of the pod",
        pod.object,
        at,
    );
    held.without_token(pod, flaw).into()
}

//! From a container to the others of its pod, where they share their processes.

use merlon_model::Confidence;
use merlon_views::objects::{ContainerView, PodView, place};

use super::inside::{User, user};
use crate::builder::Builder;
use crate::change::set_in_pod;
use crate::fact::Fact;
use crate::graph::Basis;
use crate::technique::{Example, Technique};
use crate::world::World;

pub(super) static TECHNIQUES: &[&Technique] = &[&TRACE, &BECOME];

static TRACE: Technique = Technique {
    id: "shared-process-namespace",
    title: "reach the processes of the pod's other containers",
    reason: "the containers share their process ids, and a user reaches what its own processes do; root that may change its user or trace reaches those of everybody",
    references: &["T1055.008", "T1057"],
    confidence: Confidence::Likely,
    controls: &["pod-share-process-namespace"],
    examples: &[
        // By the capabilities that root has: it becomes the other's user first.
        Example {
            objects: SHARED,
            from: "container ops/agent/agent",
            to: "secret ops/key",
            without: &[
                ("shareProcessNamespace: true", "shareProcessNamespace: false"),
                ("name: agent, image", "name: agent, securityContext: {runAsUser: 1}, image"),
                (
                    "name: agent, image",
                    "name: agent, securityContext: {capabilities: {drop: [ALL]}}, image",
                ),
                (
                    "name: agent, image",
                    "name: agent, securityContext: {capabilities: {drop: [SETUID]}}, image",
                ),
                // Who has more capabilities is out of reach.
                ("runAsUser: 2000", "runAsUser: 0, privileged: true"),
                ("runAsUser: 2000", "runAsUser: 0, capabilities: {add: [NET_ADMIN]}"),
            ],
        },
    ],
};

static BECOME: Technique = Technique {
    id: "control-sibling-process",
    title: "take over a process of another container of the pod",
    reason: "its memory, its environment and its root directory below /proc are open to whoever may trace it",
    references: &["T1055.008"],
    confidence: Confidence::Likely,
    controls: &["pod-share-process-namespace"],
    examples: &[
        // By having the same user, whom nobody needs to become.
        Example {
            objects: "
apiVersion: v1
kind: Pod
metadata: {name: agent, namespace: ops}
spec:
  shareProcessNamespace: true
  securityContext: {runAsUser: 2000}
  containers:
  - {name: agent, image: agent, securityContext: {capabilities: {drop: [ALL]}}}
  - {name: main, image: main, env: [{name: K, valueFrom: {secretKeyRef: {name: key, key: a}}}]}
",
            from: "container ops/agent/agent",
            to: "secret ops/key",
            without: &[
                ("Namespace: true", "Namespace: false"),
                ("securityContext: {capabilities", "securityContext: {runAsUser: 3, capabilities"),
            ],
        },
    ],
};

/// A container without secrets, and one with.
const SHARED: &str = "
apiVersion: v1
kind: Pod
metadata: {name: agent, namespace: ops}
spec:
  shareProcessNamespace: true
  containers:
  - {name: agent, image: agent}
  - name: main
    image: main
    securityContext: {runAsUser: 2000}
    env: [{name: K, valueFrom: {secretKeyRef: {name: key, key: a}}}]
";

const SHARE: &[&str] = &["shareProcessNamespace"];

pub(super) fn add<'w, 'a: 'w>(
    world: &World<'w, 'a>,
    builder: &mut Builder<'w>,
    (number, workload): (u32, &'w PodView<'a>),
) {
    let shares = matches!(workload.fields().bool("shareProcessNamespace"), Ok(Some(true)));
    if !shares || workload.is_windows() || workload.containers.len() < 2 {
        return;
    }
    let change = set_in_pod(world, builder, workload, SHARE, &false.into());
    let found = place(workload.spec, SHARE);
    let basis = Basis::Object(workload.object, found, "containers share their processes");
    for (at, container) in (0..).zip(&workload.containers) {
        let Ok(user) = user(workload, container) else { continue };
        let inside = Fact::Container(number, at);
        let mut step = |technique, premise, conclusion| {
            builder.step(technique, &[premise], conclusion, vec![basis], &[change]);
        };
        // Of two roots the one with fewer capabilities does not reach the other.
        let own = match user {
            User::Other(number) => number,
            User::Root | User::OfImage => None,
        };
        let processes = |user| Fact::Processes(number, user);
        if let Some(own) = own {
            step(&TRACE, inside, processes(Some(own)));
        }
        if !matches!(user, User::Other(_)) && reaches_all(container) {
            step(&TRACE, inside, processes(None));
        }
        if is_ordinary(container) {
            step(&BECOME, processes(None), inside);
            if let Some(own) = own {
                step(&BECOME, processes(Some(own)), inside);
            }
        }
    }
}

/// Whether root of the container traces processes of everybody who has no more capabilities than it: it becomes their
/// user, or may trace anybody (`ptrace_may_access` of the kernel).
pub(super) fn reaches_all(container: &ContainerView<'_>) -> bool {
    let has = |name| matches!(container.has_capability(name), Ok((true, _)));
    let is_privileged = matches!(container.security().bool("privileged"), Ok(Some(true)));
    let keeps = !matches!(container.security().get("capabilities").list("drop"), Ok([_, ..]));
    is_privileged || has("SYS_PTRACE") || (keeps && has("SETUID") && has("SETGID"))
}

/// Whether the container has no more capabilities than others.
pub(in crate::techniques) fn is_ordinary(container: &ContainerView<'_>) -> bool {
    let security = container.security();
    let is_privileged = !matches!(security.bool("privileged"), Ok(None | Some(false)));
    !is_privileged && matches!(container.added_capabilities(), Ok(added) if added.is_empty())
}

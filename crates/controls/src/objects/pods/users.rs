//! The numbers that a pod's programs run as.

use merlon_views::objects::Place;
use merlon_views::{ContainerView, InventoryView, PodView};

use super::{NOBODY, inherited_int};
use crate::control::{Applies, Control, Documentation};
use crate::objects::{Judged, Verdict, flaw};
use crate::row::{containers, error, fail, not_applicable, pass, pods, vector};

pub(crate) const CONTROLS: &[Control] = &[
    Control {
        id: "container-low-user-id",
        title: "a container runs as a user that the node may know",
        vector: vector("AV:L/AC:H/Au:M/C:P/I:P/A:N"),
        applies: Applies::Objects,
        check: containers(low_user),
        documentation: Documentation {
            finds: "\
Containers whose `runAsUser`, their own or the pod's, is from 1 to 10000. Root is reported by \
`container-run-as-non-root`; where no user is written the image decides, and nothing is said. In a \
user namespace (`hostUsers: false`) numbers are no users of the node.",
            matters: "\
The number is a user of the node too, if the node has one: after an escape, or by a mounted \
directory, the program has that user's files.",
            options: "\
- **A number above 10000**, different for each workload; what it writes has to belong to it \
(`fsGroup` does that for volumes).
- **A user namespace** keeps numbers apart without changing them.",
            acceptable: "For images that are built for one user; the gain is small.",
        },
        examples: &[
            fail(container!("securityContext: {runAsUser: 1000}")),
            fail(pod!("{securityContext: {runAsUser: 10000}, containers: [{name: web}]}")),
            pass(container!("securityContext: {runAsUser: 10001}")),
            // The container's own user counts.
            pass(pod!(
                "
  securityContext: {runAsUser: 1000}
  containers: [{name: web, securityContext: {runAsUser: 65532}}]"
            )),
            not_applicable(pod!(
                "
  hostUsers: false
  containers: [{name: web, securityContext: {runAsUser: 1000}}]"
            )),
            not_applicable(container!("image: nginx")),
            not_applicable(container!("securityContext: {runAsUser: 0}")),
            error(container!("securityContext: {runAsUser: '1000'}")),
        ],
    },
    Control {
        id: "container-low-group-id",
        title: "a container runs with a group that the node may know",
        vector: vector("AV:L/AC:H/Au:M/C:P/I:P/A:N"),
        applies: Applies::Objects,
        check: containers(low_group),
        documentation: Documentation {
            finds: "\
Containers whose `runAsGroup`, their own or the pod's, is from 1 to 10000; group 0 is reported by \
`pod-root-group`. Where no group is written the image decides, and nothing is said.",
            matters: "\
Groups of nodes such as `disk`, `docker` or `adm` open devices, sockets and logs; after an escape, \
or by a mounted directory, the program has that group's rights.",
            options: "\
- **A number above 10000**; files in the image that only the old group may read need it too.
- **A user namespace** (`hostUsers: false`) keeps numbers apart without changing them.",
            acceptable: "For images that are built for one group; the gain is small.",
        },
        examples: &[
            fail(container!("securityContext: {runAsGroup: 999}")),
            fail(pod!("{securityContext: {runAsGroup: 1}, containers: [{name: web}]}")),
            pass(container!("securityContext: {runAsGroup: 65532}")),
            not_applicable(container!("securityContext: {runAsUser: 1000}")),
            not_applicable(container!("securityContext: {runAsGroup: 0}")),
            error(container!("securityContext: {runAsGroup: staff}")),
        ],
    },
    Control {
        id: "pod-root-group",
        title: "a pod's programs are in the group root",
        vector: vector("AV:L/AC:M/Au:N/C:P/I:P/A:N"),
        applies: Applies::Objects,
        check: pods(root_group),
        documentation: Documentation {
            finds: "\
Pods that ask for group 0: `runAsGroup: 0` of the pod or a container, `fsGroup: 0`, or 0 among \
`supplementalGroups`. In a user namespace (`hostUsers: false`) group 0 is none of the node's.",
            matters: "\
Much of an image, and of a mounted directory of the node, is readable or writable for the group \
root: an ordinary user in it comes close to being root.",
            options: "\
- **Another group**, the same for what the program reads and writes.
- **OpenShift's images** are made for group 0 with any user; there the platform assigns it by \
itself and it need not be written.",
            acceptable: "For images whose files belong to group 0 by design.",
        },
        examples: &[
            fail(container!("securityContext: {runAsGroup: 0}")),
            fail(pod!("{securityContext: {fsGroup: 0}, containers: [{name: web}]}")),
            fail(pod!(
                "{securityContext: {supplementalGroups: [5, 0, 0]}, containers: [{name: web}]}"
            )),
            pass(pod!("{securityContext: {runAsGroup: 1, fsGroup: 2}, containers: [{name: web}]}")),
            pass(pod!("{containers: [{name: web}]}")),
            not_applicable(pod!(
                "{hostUsers: false, securityContext: {fsGroup: 0}, containers: [{name: web}]}"
            )),
            error(pod!("{securityContext: {supplementalGroups: 0}, containers: [{name: web}]}")),
        ],
    },
    Control {
        id: "container-windows-administrator",
        title: "a Windows container runs as its administrator",
        vector: vector("AV:L/AC:M/Au:N/C:P/I:P/A:P"),
        applies: Applies::Objects,
        check: containers(windows_administrator),
        documentation: Documentation {
            finds: "\
Containers whose `windowsOptions.runAsUserName`, their own or the pod's, is `ContainerAdministrator`. \
Where no name is written the image decides, and nothing is said.",
            matters: "\
What root is on Linux: with a mistake in the system, or a mounted directory of the node, the \
program is administrator there too.",
            options: "\
- **`ContainerUser`**, which every image of Windows has.
- **`runAsNonRoot: true`** makes the kubelet refuse the administrator, in the image's word too.",
            acceptable: "For programs that install services or change the registry.",
        },
        examples: &[
            fail(container!(
                "securityContext: {windowsOptions: {runAsUserName: ContainerAdministrator}}"
            )),
            fail(pod!(
                "
  securityContext: {windowsOptions: {runAsUserName: containeradministrator}}
  containers: [{name: web}]"
            )),
            // The container's own name counts.
            pass(pod!(
                "
  securityContext: {windowsOptions: {runAsUserName: ContainerAdministrator}}
  containers: [{name: web, securityContext: {windowsOptions: {runAsUserName: ContainerUser}}}]"
            )),
            not_applicable(pod!("{os: {name: windows}, containers: [{name: web}]}")),
            error(container!("securityContext: {windowsOptions: {runAsUserName: 1}}")),
        ],
    },
];

/// The highest number that distributions give to users and groups of their own, rounded up.
const LOW: i64 = 10_000;

fn low_user<'a>(
    _: &InventoryView<'a>,
    pod: &PodView<'a>,
    container: &ContainerView<'a>,
) -> Judged<'a> {
    low(pod, container, "runAsUser", "user")
}

fn low_group<'a>(
    _: &InventoryView<'a>,
    pod: &PodView<'a>,
    container: &ContainerView<'a>,
) -> Judged<'a> {
    low(pod, container, "runAsGroup", "group")
}

fn low<'a>(pod: &PodView<'a>, container: &ContainerView<'a>, key: &str, what: &str) -> Judged<'a> {
    if pod.fields().bool("hostUsers")? == Some(false) {
        return Ok(Verdict::NotApplicable);
    }
    match inherited_int(pod, container, key)? {
        None | Some((0, _)) => Ok(Verdict::NotApplicable),
        Some((number, _)) if number > LOW => Ok(Verdict::Pass),
        Some((number, node)) => {
            let message = format!("the container runs as {what} {number}");
            let flaw = flaw(Place::Node(node), message).set(number.saturating_add(LOW));
            flaw.needs_review().expected("more than 10000").into()
        }
    }
}

fn windows_administrator<'a>(
    _: &InventoryView<'a>,
    pod: &PodView<'a>,
    container: &ContainerView<'a>,
) -> Judged<'a> {
    for context in [container.security(), pod.security()] {
        let options = context.get("windowsOptions");
        let name = options.text("runAsUserName")?;
        if let (Some(name), Some(node)) = (name, options.get("runAsUserName").node()) {
            if !name.eq_ignore_ascii_case("ContainerAdministrator") {
                return Ok(Verdict::Pass);
            }
            let flaw = flaw(Place::Node(node), "the container runs as its administrator");
            return flaw.set("ContainerUser").needs_review().into();
        }
    }
    Ok(Verdict::NotApplicable)
}

fn root_group<'a>(_: &InventoryView<'a>, pod: &PodView<'a>) -> Judged<'a> {
    if pod.fields().bool("hostUsers")? == Some(false) {
        return Ok(Verdict::NotApplicable);
    }
    let mut flaws = Vec::new();
    let contexts = pod.containers.iter().map(|container| (container.security(), "runAsGroup"));
    let of_pod = [(pod.security(), "runAsGroup"), (pod.security(), "fsGroup")];
    for (context, key) in of_pod.into_iter().chain(contexts) {
        if let (Some(0), Some(node)) = (context.int(key)?, context.get(key).node()) {
            let flaw = flaw(Place::Node(node), format!("{key} is the group root"));
            flaws.push(flaw.set(NOBODY).needs_review());
        }
    }
    let groups = pod.security().list("supplementalGroups")?;
    if groups.iter().any(|group| group.as_i64() == Some(0))
        && let Some(node) = pod.security().get("supplementalGroups").node()
    {
        let others: Vec<i64> =
            groups.iter().filter_map(|group| group.as_i64()).filter(|group| *group != 0).collect();
        let flaw = flaw(Place::Node(node), "supplementalGroups has the group root");
        flaws.push(flaw.set(others).needs_review());
    }
    Ok(Verdict::of(flaws))
}

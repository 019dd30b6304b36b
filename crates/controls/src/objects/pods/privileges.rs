//! What containers may do.

use merlon_views::objects::{Place, place};
use merlon_views::{ContainerView, InventoryView, PodView};

use crate::control::{Applies, Control, Documentation};
use crate::objects::{Judged, Verdict, flaw};
use crate::row::{containers, fail, not_applicable, pass, vector};

pub(crate) const CONTROLS: &[Control] = &[
    Control {
        id: "container-privileged",
        title: "a container runs privileged",
        vector: vector("AV:L/AC:L/Au:N/C:C/I:C/A:C"),
        applies: Applies::Objects,
        check: containers(privileged),
        documentation: Documentation {
            finds: "Containers with `securityContext.privileged: true`, in all three lists.",
            matters: "\
Nothing separates the container from its node: it has every capability and every device, and no \
seccomp, AppArmor or SELinux profile. Whoever breaks into it owns the node, and with it every \
pod and credential there.",
            options: "\
- **Take the field away.** Many programs need one capability, one device (device plugins) or one \
directory, and can be given just that.
- **A user namespace** (`hostUsers: false`) cannot be combined with it.",
            acceptable: "For storage and network drivers that document the need.",
        },
        examples: &[
            fail(
                "\
kind: Pod
apiVersion: v1
metadata: {name: web}
spec:
  containers:
  - name: web
    securityContext:
      privileged: true # needed?
      runAsUser: 0",
            ),
            fail(
                "\
kind: Pod
apiVersion: v1
metadata: {name: web}
spec:
  initContainers: [{name: setup, securityContext: {privileged: yes}}]
  containers: [{name: web}]",
            ),
            pass(
                "\
kind: Pod
apiVersion: v1
metadata: {name: web}
spec:
  containers: [{name: web, securityContext: {privileged: false}}, {name: b}]",
            ),
        ],
    },
    Control {
        id: "container-run-as-non-root",
        title: "a container may run as root",
        vector: vector("AV:L/AC:M/Au:N/C:P/I:P/A:P"),
        applies: Applies::Objects,
        check: containers(run_as_non_root),
        documentation: Documentation {
            finds: "\
Containers that may run as user 0: `runAsNonRoot` is not true for them (the container's own value, \
else the pod's), and `runAsUser` names no other user either. Windows pods are left out, as are pods \
in a user namespace (`hostUsers: false`), whose root is nobody on the node.",
            matters: "\
Root in a container is root for the kernel: with a mistake in the runtime or the kernel, or a \
mounted host directory, it is root on the node.",
            options: "\
- **`runAsNonRoot: true` on the pod**: the kubelet refuses images whose user is 0. The image has to \
name a user by number.
- **`runAsUser`** where the image does not; files that it writes need an owner that fits.
- **A user namespace** keeps root inside, where nodes support it.",
            acceptable: "For programs that change users by themselves, and say so.",
        },
        examples: &[
            fail(
                "\
kind: Deployment
apiVersion: apps/v1
metadata: {name: web}
spec:
  template:
    spec:
      containers:
      - name: web
        image: nginx",
            ),
            // The container's own value counts.
            fail(
                "\
kind: Pod
apiVersion: v1
metadata: {name: web}
spec:
  securityContext: {runAsNonRoot: true}
  containers: [{name: web, securityContext: {runAsNonRoot: false}}]",
            ),
            // The pod's value is inherited.
            pass(
                "\
kind: Pod
apiVersion: v1
metadata: {name: web}
spec:
  securityContext: {runAsNonRoot: true}
  containers: [{name: web}]",
            ),
            pass(
                "\
kind: Pod
apiVersion: v1
metadata: {name: web}
spec:
  containers: [{name: web, securityContext: {runAsUser: 1000}}]",
            ),
            not_applicable("{kind: Pod, apiVersion: v1, spec: {hostUsers: false, containers: [{name: web}]}}"),
        ],
    },
];

fn privileged<'a>(
    _: &InventoryView<'a>,
    _: &PodView<'a>,
    container: &ContainerView<'a>,
) -> Judged<'a> {
    if container.security().bool("privileged")? != Some(true) {
        return Ok(Verdict::Pass);
    }
    let place = place(container.node, &["securityContext", "privileged"]);
    flaw(place, "the container runs privileged").set(false).needs_review().into()
}

fn run_as_non_root<'a>(
    _: &InventoryView<'a>,
    pod: &PodView<'a>,
    container: &ContainerView<'a>,
) -> Judged<'a> {
    const FIELD: &[&str] = &["securityContext", "runAsNonRoot"];
    if pod.is_windows() || pod.fields().bool("hostUsers")? == Some(false) {
        return Ok(Verdict::NotApplicable);
    }
    let own = container.security().bool("runAsNonRoot")?;
    let inherited = pod.security().bool("runAsNonRoot")?;
    if own.or(inherited) == Some(true) {
        return Ok(Verdict::Pass);
    }
    let user = match container.security().int("runAsUser")? {
        Some(user) => Some(user),
        None => pod.security().int("runAsUser")?,
    };
    if user.is_some_and(|user| user != 0) {
        return Ok(Verdict::Pass);
    }
    // A value of the container outweighs the pod's; where there is none, one on the pod is enough.
    let place = match own {
        Some(_) => place(container.node, FIELD),
        None => place(pod.spec, FIELD),
    };
    let message = match (place, user) {
        (_, Some(_)) => "the container runs as user 0",
        (Place::Node(_), None) => "runAsNonRoot is false: the container may run as root",
        (Place::Missing { .. }, None) => "nothing keeps the container from running as root",
    };
    flaw(place, message).set(true).needs_review().expected("runAsNonRoot: true").into()
}

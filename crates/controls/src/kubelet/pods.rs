//! What the kubelet lets pods have.

use merlon_model::{Component::Kubelet, Role};
use merlon_views::{ComponentView, NodeView, Unknown, settings as rows};

use crate::control::{Applies, Check, Control, Documentation, Expect, Parameters, Requirement};
use crate::judge::Judge;
use crate::row::{error, fail, not_applicable, pass, require, settings, vector};
use crate::setting;

const APPLIES: Applies = Applies::Component(Kubelet);

pub(crate) const CONTROLS: &[Control] = &[
    Control {
        id: "kubelet-pod-pids-unlimited",
        title: "a pod may use up the node's process ids",
        vector: vector("AV:L/AC:L/Au:N/C:N/I:N/A:C"),
        applies: APPLIES,
        check: settings(
            Kubelet,
            &[Requirement {
                setting: "pod-max-pids",
                expect: Expect::AtLeast("1"),
                remedy: "4096",
            }],
        ),
        documentation: Documentation {
            finds: "\
A `podPidsLimit` (or `--pod-max-pids`) below 1. The default of -1 leaves a pod all the ids that \
the node has for pods.",
            matters: "\
A fork bomb in one pod then takes the node down with everything on it: no process can start any \
more, the kubelet's and the runtime's included.",
            options: "\
- **Set a limit** that the largest workload does not reach: 1024 to 4096 are common. Java and \
browser workloads count every thread.
- **Reserve ids for the system** as well (`systemReserved`, `kubeReserved`), which protects the \
node but not pods from each other.",
            acceptable: "On nodes that run one trusted workload.",
        },
        examples: &[
            pass("run kubelet@1.31 --pod-max-pids=1024"),
            pass(
                "\
run kubelet@1.31 --config=/k.yaml
file /k.yaml 0600 root:root kubelet-configuration
  podPidsLimit: 4096",
            ),
            fail("run kubelet@1.31"),
            fail("run kubelet@1.31 --pod-max-pids -1"),
            fail(
                "\
run kubelet@1.31 --config=/k.yaml
file /k.yaml 0600 root:root kubelet-configuration
  podPidsLimit: -1",
            ),
            error("run kubelet@1.31 --config=/k.yaml\ngap /k.yaml permission-denied"),
            not_applicable("run etcd@3.5"),
        ],
    },
    Control {
        id: "kubelet-seccomp-default-off",
        title: "pods that ask for no seccomp profile run without one",
        vector: vector("AV:L/AC:H/Au:N/C:C/I:C/A:C"),
        applies: APPLIES,
        check: settings(Kubelet, &[require("seccomp-default", Expect::Is("true"))]),
        documentation: Documentation {
            finds: "\
`seccompDefault` (or `--seccomp-default`) off, which is the default. Kubelets before 1.22 do not \
have it. Up to 1.24 the feature gate `SeccompDefault` has to be turned on too, without which the \
kubelet does not start with the setting.",
            matters: "\
Without a profile a container may use every system call of the kernel. Most escapes through the \
kernel of the last years used calls that the runtime's default profile takes away.",
            options: "\
- **Turn it on**: containers get `RuntimeDefault` unless the pod says otherwise. Workloads that \
need an unusual call fail, so look at one node first.
- **Ask for it in every pod** instead, and have Pod Security (restricted) insist: visible in the \
manifest, but only in namespaces that enforce it.",
            acceptable: "Where admission makes sure that every pod names a profile.",
        },
        examples: &[
            pass("run kubelet@1.31 --seccomp-default"),
            pass(
                "\
run kubelet@1.31 --config=/k.yaml
file /k.yaml 0600 root:root kubelet-configuration
  seccompDefault: true",
            ),
            fail("run kubelet@1.31"),
            fail("run kubelet@1.31 --seccomp-default=false"),
            not_applicable("run kubelet@1.21"),
            error("run kubelet@1.31 --config=/k.yaml\ngap /k.yaml permission-denied"),
            not_applicable("run etcd@3.5"),
        ],
    },
    Control {
        id: "kubelet-static-pods",
        title: "the kubelet runs pods that no API server admitted",
        vector: vector("AV:L/AC:M/Au:M/C:C/I:C/A:C"),
        applies: APPLIES,
        check: Check::Node(static_pods),
        documentation: Documentation {
            finds: "\
A `staticPodPath` (or `--pod-manifest-path`) or a `staticPodURL` (or `--manifest-url`) on a node \
without a control plane or etcd. Where those run from static pods the control is not applicable.",
            matters: "\
Whoever can put a file into the directory, or answer at the URL, runs a pod with any privilege, \
past admission, RBAC and quotas. The API server shows only a mirror of it.",
            options: "\
- **Leave both unset** on workers. Installers set the path on all nodes alike, and nothing on a \
worker needs it.
- **Keep the path** and watch the directory: see `static-pod-directory-writable`.",
            acceptable: "\
Where a node's proxy or load balancer runs as a static pod, as kubespray does.",
        },
        examples: &[
            pass("run kubelet@1.31"),
            pass(
                "\
run kubelet@1.31 --config=/k.yaml
file /k.yaml 0600 root:root kubelet-configuration
  staticPodPath: \"\"",
            ),
            fail("run kubelet@1.31 --pod-manifest-path=/etc/kubernetes/manifests"),
            fail(
                "\
run kubelet@1.31 --config=/k.yaml
file /k.yaml 0600 root:root kubelet-configuration
  staticPodPath: /etc/kubernetes/manifests",
            ),
            fail("run kubelet@1.31 --manifest-url=https://example.org/pod.yaml"),
            not_applicable(
                "\
run kubelet@1.31 --pod-manifest-path=/etc/kubernetes/manifests
run kube-apiserver@1.31",
            ),
            error("run kubelet@1.31 --config=/k.yaml\ngap /k.yaml permission-denied"),
            not_applicable("run etcd@3.5"),
        ],
    },
    Control {
        id: "kubelet-keeps-terminated-volumes",
        title: "the volumes of ended pods stay mounted on the node",
        vector: vector("AV:L/AC:M/Au:M/C:C/I:N/A:N"),
        applies: APPLIES,
        check: settings(Kubelet, &[require("keep-terminated-pod-volumes", Expect::Is("false"))]),
        documentation: Documentation {
            finds: "\
`--keep-terminated-pod-volumes` on, in releases that still have the flag. Where it went away the \
control is not applicable.",
            matters: "\
Secrets and data of pods that are gone stay readable on the node, to whoever gets onto it later.",
            options: "- **Take the flag away**: off is the default.",
            acceptable: "While a fault of a volume is being looked into, on that node.",
        },
        examples: &[
            pass("run kubelet@1.30"),
            pass("run kubelet@1.30 --keep-terminated-pod-volumes=false"),
            fail("run kubelet@1.30 --keep-terminated-pod-volumes"),
            not_applicable("run kubelet@1.31"),
            error("run kubelet@1.30 --keep-terminated-pod-volumes=no"),
            not_applicable("run etcd@3.5"),
        ],
    },
    Control {
        id: "kubelet-unsafe-sysctls",
        title: "pods may set kernel parameters that reach beyond them",
        vector: vector("AV:L/AC:M/Au:N/C:N/I:P/A:C"),
        applies: APPLIES,
        check: settings(Kubelet, &[require("allowed-unsafe-sysctls", Expect::IsUnset)]),
        documentation: Documentation {
            finds: "\
Anything in `allowedUnsafeSysctls` (or `--allowed-unsafe-sysctls`). Nothing is by default.",
            matters: "\
Sysctls that Kubernetes calls unsafe are not known to keep to the pod that sets them: one pod may \
starve the node of memory for messages or sockets, or change what others rely on.",
            options: "\
- **Allow none**, or set the parameter for the whole node, on the host.
- **Allow single names** on nodes with a taint, for the workloads that need them: no patterns such \
as `net.*`.",
            acceptable: "On nodes that are set apart for the workload that needs the parameter.",
        },
        examples: &[
            pass("run kubelet@1.31"),
            fail("run kubelet@1.31 --allowed-unsafe-sysctls=net.core.somaxconn"),
            fail("run kubelet@1.31 --allowed-unsafe-sysctls kernel.msg*"),
            fail(
                "\
run kubelet@1.31 --config=/k.yaml
file /k.yaml 0600 root:root kubelet-configuration
  allowedUnsafeSysctls: [net.core.somaxconn]",
            ),
            error("run kubelet@1.31 --config=/k.yaml\ngap /k.yaml permission-denied"),
            not_applicable("run etcd@3.5"),
        ],
    },
    Control {
        id: "kubelet-image-credentials-unverified",
        title: "pods may use private images that they have no credentials for",
        vector: vector("AV:N/AC:M/Au:S/C:P/I:N/A:N"),
        applies: APPLIES,
        check: Check::Node(image_credentials),
        documentation: Documentation {
            finds: "\
An `imagePullCredentialsVerificationPolicy` of `NeverVerify`, or the feature gate \
`KubeletEnsureSecretPulledImages` turned off from 1.35 on, where it is on by default. In 1.33 and \
1.34 the gate is alpha: unless it was turned on, the control is not applicable.",
            matters: "\
Once a private image is on a node, a pod of anybody there can use it with `imagePullPolicy: \
IfNotPresent`. Images hold code and, too often, credentials.",
            options: "\
- **Keep the default** (`NeverVerifyPreloadedImages`), or verify all (`AlwaysVerify`): nodes then \
keep a record of the credentials that pulled an image, and pods wait for the registry more often.
- **AlwaysPullImages** in the API server's admission does the same with a request per start.",
            acceptable: "Where a node runs the pods of one tenant only, or all images are public.",
        },
        examples: &[
            pass("run kubelet@1.35"),
            pass(
                "\
run kubelet@1.34 --config=/k.yaml
file /k.yaml 0600 root:root kubelet-configuration
  featureGates: {KubeletEnsureSecretPulledImages: true}
  imagePullCredentialsVerificationPolicy: AlwaysVerify",
            ),
            fail(
                "\
run kubelet@1.35 --config=/k.yaml
file /k.yaml 0600 root:root kubelet-configuration
  imagePullCredentialsVerificationPolicy: NeverVerify",
            ),
            fail("run kubelet@1.35 --feature-gates=KubeletEnsureSecretPulledImages=false"),
            not_applicable("run kubelet@1.34"),
            not_applicable("run kubelet@1.31"),
            error("run kubelet@1.35 --config=/k.yaml\ngap /k.yaml permission-denied"),
            error("run kubelet"),
            not_applicable("run etcd@3.5"),
        ],
    },
    Control {
        id: "swap-without-protection",
        title: "what pods have in memory may be written to disk without a bound",
        vector: vector("AV:L/AC:M/Au:M/C:C/I:N/A:P"),
        applies: APPLIES,
        check: Check::Node(swap),
        documentation: Documentation {
            finds: "\
`failSwapOn` (or `--fail-swap-on`) false while nothing keeps pods from the swap: a \
`memorySwap.swapBehavior` of `UnlimitedSwap`, or none with a release or a feature gate `NodeSwap` \
that takes it for unlimited. `NoSwap` and `LimitedSwap` pass. Whether the host has swap at all is \
not looked at: the kubelet would start with it.",
            matters: "\
Secrets that live in memory end up on a disk, where they outlast the pod and the reboot. A pod \
that swaps without a bound slows its neighbours down.",
            options: "\
- **No swap**: leave `failSwapOn` true.
- **Swap for the system alone**: `failSwapOn: false` with `NoSwap`, the default from 1.30 on.
- **LimitedSwap** for burstable pods, on an encrypted swap device.",
            acceptable: "Where the swap device is encrypted with a key that a reboot forgets.",
        },
        examples: &[
            pass("run kubelet@1.31"),
            // From 1.30 on, pods get none unless somebody says so.
            pass("run kubelet@1.31 --fail-swap-on=false"),
            pass(
                "\
run kubelet@1.31 --config=/k.yaml
file /k.yaml 0600 root:root kubelet-configuration
  failSwapOn: false
  memorySwap: {swapBehavior: LimitedSwap}",
            ),
            fail("run kubelet@1.27 --fail-swap-on=false"),
            fail(
                "\
run kubelet@1.28 --config=/k.yaml
file /k.yaml 0600 root:root kubelet-configuration
  failSwapOn: false
  featureGates: {NodeSwap: true}
  memorySwap: {swapBehavior: UnlimitedSwap}",
            ),
            error("run kubelet --fail-swap-on=false"),
            error("run kubelet@1.31 --config=/k.yaml\ngap /k.yaml permission-denied"),
            not_applicable("run etcd@3.5"),
        ],
    },
];

fn static_pods(node: &NodeView<'_>, _: &Parameters, judge: &mut Judge<'_, '_>) {
    let needed = node.roles().iter().any(|role| matches!(role, Role::ControlPlane | Role::Etcd));
    for kubelet in node.instances(Kubelet) {
        for name in ["pod-manifest-path", "manifest-url"] {
            if let Err(unknown) = judge_source(name, needed, kubelet, judge) {
                let why = format!("--{name} is not known: {unknown}");
                judge.error(&kubelet.name, why);
            }
        }
    }
}

fn judge_source(
    name: &str,
    needed: bool,
    kubelet: &ComponentView<'_>,
    judge: &mut Judge<'_, '_>,
) -> Result<(), Unknown> {
    let effective = kubelet.effective(name)?;
    let statement = format!("--{name} is {}", effective.value);
    let entry = if needed && (name == "pod-manifest-path" || effective.value.is_unset()) {
        judge.not_applicable(&kubelet.name, "control plane or etcd on this node may be static pods")
    } else if effective.value.is_unset() {
        judge.pass(&kubelet.name, statement.clone())
    } else {
        let action = rows::find(Kubelet, name).map(|row| setting::remove(row, kubelet, &effective));
        judge.fail(&kubelet.name, statement.clone()).actions(action)
    };
    entry.expected(format!("--{name} is not set")).evidence(statement, effective.location);
    Ok(())
}

fn image_credentials(node: &NodeView<'_>, _: &Parameters, judge: &mut Judge<'_, '_>) {
    for kubelet in node.instances(Kubelet) {
        match judge_images(kubelet, judge) {
            Ok(()) => {}
            Err(Unknown::NotInRelease { why }) => {
                judge.not_applicable(&kubelet.name, why);
            }
            Err(unknown) => {
                let why =
                    format!("whether credentials for images are verified is not known: {unknown}");
                judge.error(&kubelet.name, why);
            }
        }
    }
}

fn judge_images(kubelet: &ComponentView<'_>, judge: &mut Judge<'_, '_>) -> Result<(), Unknown> {
    const GATE: &str = "KubeletEnsureSecretPulledImages";
    const POLICY: &str = "imagePullCredentialsVerificationPolicy";
    let gate = kubelet.feature_gate(GATE)?;
    let gated = format!("{GATE} is {}", gate.value);
    if gate.value.as_bool() != Some(true) {
        let alpha = kubelet.version.as_ref().is_some_and(|it| it.minor_release() < (1, 35));
        let entry = if alpha {
            judge.not_applicable(&kubelet.name, format!("{gated}: it is alpha in this release"))
        } else {
            judge.fail(&kubelet.name, gated.clone()).actions(setting::set_gate(kubelet, GATE, true))
        };
        entry.expected(format!("{GATE} is true")).evidence(gated, gate.location);
        return Ok(());
    }
    let policy = kubelet.effective(POLICY)?;
    let statement = format!("{POLICY} is {}", policy.value);
    let entry = if policy.value.as_text() == Some("NeverVerify") {
        let action = rows::find(Kubelet, POLICY).map(|row| {
            setting::set(row, kubelet, &policy, "NeverVerifyPreloadedImages".to_owned())
        });
        judge.fail(&kubelet.name, statement.clone()).actions(action)
    } else {
        judge.pass(&kubelet.name, statement.clone())
    };
    entry
        .expected(format!("{POLICY} is anything but NeverVerify"))
        .evidence(statement, policy.location)
        .evidence(gated, gate.location);
    Ok(())
}

fn swap(node: &NodeView<'_>, _: &Parameters, judge: &mut Judge<'_, '_>) {
    for kubelet in node.instances(Kubelet) {
        if let Err(unknown) = judge_swap(kubelet, judge) {
            let why = format!("whether pods may swap is not known: {unknown}");
            judge.error(&kubelet.name, why);
        }
    }
}

fn judge_swap(kubelet: &ComponentView<'_>, judge: &mut Judge<'_, '_>) -> Result<(), Unknown> {
    const BEHAVIOR: &str = "memorySwap.swapBehavior";
    let refuses = kubelet.effective("fail-swap-on")?;
    let statement = format!("failSwapOn is {}", refuses.value);
    let expected = "failSwapOn is true, or memorySwap.swapBehavior is NoSwap or LimitedSwap";
    if refuses.value.as_bool() == Some(true) {
        judge
            .pass(&kubelet.name, statement.clone())
            .expected(expected)
            .evidence(statement, refuses.location);
        return Ok(());
    }
    let release = kubelet.version.as_ref().map(merlon_model::Version::minor_release);
    let gate = match release {
        // Before there was a gate, the kubelet left swap to the kernel.
        Some(release) if release < (1, 22) => None,
        _ => Some(kubelet.feature_gate("NodeSwap")?),
    };
    let gated = gate.is_some_and(|gate| gate.value.as_bool() == Some(true));
    if !gated {
        let action = rows::find(Kubelet, "fail-swap-on")
            .map(|row| setting::set(row, kubelet, &refuses, "true".to_owned()));
        judge
            .fail(&kubelet.name, format!("{statement}, and without NodeSwap nothing bounds it"))
            .expected(expected)
            .evidence(statement, refuses.location)
            .actions(action);
        return Ok(());
    }
    let behavior = kubelet.effective(BEHAVIOR)?;
    let told = format!("{BEHAVIOR} is {}", behavior.value);
    let entry = if matches!(behavior.value.as_text(), Some("NoSwap" | "LimitedSwap")) {
        judge.pass(&kubelet.name, told.clone())
    } else {
        let action = rows::find(Kubelet, BEHAVIOR)
            .map(|row| setting::set(row, kubelet, &behavior, "LimitedSwap".to_owned()));
        judge.fail(&kubelet.name, told.clone()).actions(action)
    };
    entry
        .expected(expected)
        .evidence(statement, refuses.location)
        .evidence(told, behavior.location);
    Ok(())
}

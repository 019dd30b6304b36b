//! What the API server's admission plugins let in.

use merlon_model::Component::KubeApiserver;

use crate::control::{Applies, Check, Control, Documentation, PluginCheck};
use crate::row::{error, fail, not_applicable, pass, vector};

pub(crate) const CONTROLS: &[Control] = &[
    Control {
        id: "apiserver-always-admit",
        title: "the admission plugin that admits everything is on",
        vector: vector("AV:N/AC:H/Au:S/C:P/I:P/A:P"),
        applies: Applies::Component(KubeApiserver),
        check: Check::Plugin(PluginCheck::Off("AlwaysAdmit")),
        documentation: Documentation {
            finds: "\
An API server that runs `AlwaysAdmit`, by `--enable-admission-plugins` or, in old releases, \
`--admission-control`. It is off by default.",
            matters: "\
The plugin checks nothing and is deprecated. Other plugins still run beside it; who turned it on \
mostly meant to turn them off, and with `--admission-control=AlwaysAdmit` did.",
            options: "- **Take it out.** Nothing depends on it.",
            acceptable: "Never.",
        },
        examples: &[
            pass("run kube-apiserver@1.31"),
            pass("run kube-apiserver@1.31 --enable-admission-plugins=NodeRestriction"),
            fail("run kube-apiserver@1.31 --enable-admission-plugins=NodeRestriction,AlwaysAdmit"),
            fail("run kube-apiserver@1.31 --enable-admission-plugins AlwaysAdmit"),
            fail("run kube-apiserver@1.18 --admission-control=AlwaysAdmit"),
            // The API server does not start with a plugin in both lists.
            error(
                "run kube-apiserver@1.31 --enable-admission-plugins=AlwaysAdmit --disable-admission-plugins=AlwaysAdmit",
            ),
            not_applicable("run kubelet@1.31"),
            error("gap processes permission-denied"),
        ],
    },
    Control {
        id: "apiserver-without-always-pull-images",
        title: "pods may use private images that are on the node without being allowed to pull them",
        vector: vector("AV:N/AC:M/Au:S/C:P/I:N/A:N"),
        applies: Applies::Component(KubeApiserver),
        check: Check::Plugin(PluginCheck::AnyOn(&["AlwaysPullImages"])),
        documentation: Documentation {
            finds: "An API server that does not run `AlwaysPullImages`. It is off by default.",
            matters: "\
Once an image is on a node, a pod with `imagePullPolicy: IfNotPresent` starts it without showing \
credentials. A tenant who knows the name gets at another's private image and what is in it. A tag \
that was moved in the registry is not noticed either.",
            options: "\
- **Turn it on.** Every start of a container asks the registry, though layers are not fetched \
again: an unreachable registry then keeps pods from starting.
- **Let the kubelet check** (`imagePullCredentialsVerificationPolicy`, from release 1.33 on behind a \
feature gate), which costs less.
- **Separate tenants by node.**",
            acceptable: "Where everybody in the cluster may read every image, or images are pinned by digest and public.",
        },
        examples: &[
            pass("run kube-apiserver@1.31 --enable-admission-plugins=NodeRestriction,AlwaysPullImages"),
            pass("run kube-apiserver@1.31 --enable-admission-plugins AlwaysPullImages"),
            pass(
                "run kube-apiserver@1.31 --enable-admission-plugins=AlwaysPullImages --enable-admission-plugins=NodeRestriction",
            ),
            fail("run kube-apiserver@1.31"),
            fail("run kube-apiserver@1.31 --disable-admission-plugins=AlwaysPullImages"),
            not_applicable("run kubelet@1.31"),
            error("gap processes permission-denied"),
        ],
    },
    Control {
        id: "apiserver-without-event-rate-limit",
        title: "anybody who may create events may flood the API server with them",
        vector: vector("AV:N/AC:M/Au:S/C:N/I:N/A:P"),
        applies: Applies::Component(KubeApiserver),
        check: Check::Plugin(PluginCheck::AnyOn(&["EventRateLimit"])),
        documentation: Documentation {
            finds: "\
An API server that does not run `EventRateLimit`. It is off by default. One that runs it has limits \
configured: without any in `--admission-control-config-file` it does not start.",
            matters: "\
Events go to etcd like everything else. A broken controller or a tenant on purpose can fill it and \
slow the API for all.",
            options: "\
- **Turn it on** with limits by `Namespace` and `SourceAndObject`. Limits set too low drop events \
that people look for, and the plugin has been alpha for many years.
- **Priority and fairness**, on by default since 1.20, limits requests of any kind by user or \
namespace, and `--etcd-servers-overrides=/events#…` keeps events in an etcd of their own.",
            acceptable: "Where priority and fairness is on and tenants trust each other.",
        },
        examples: &[
            pass(
                "run kube-apiserver@1.31 --enable-admission-plugins=EventRateLimit --admission-control-config-file=/a.yaml",
            ),
            pass("run kube-apiserver@1.31 --enable-admission-plugins EventRateLimit"),
            fail("run kube-apiserver@1.31"),
            fail("run kube-apiserver@1.31 --enable-admission-plugins=NodeRestriction"),
            not_applicable("run kubelet@1.31"),
            error("gap processes permission-denied"),
        ],
    },
    Control {
        id: "apiserver-without-namespace-lifecycle",
        title: "objects may be created in namespaces that are being deleted",
        vector: vector("AV:N/AC:M/Au:S/C:N/I:P/A:P"),
        applies: Applies::Component(KubeApiserver),
        check: Check::Plugin(PluginCheck::AnyOn(&["NamespaceLifecycle"])),
        documentation: Documentation {
            finds: "\
An API server that does not run `NamespaceLifecycle`. It is on by default, so that only \
`--disable-admission-plugins` or a list in `--admission-control` without it fails.",
            matters: "\
The plugin refuses objects in namespaces that do not exist or are going away, and keeps `default`, \
`kube-system` and `kube-public` from being deleted. Without it a namespace with its policies can \
go while workloads in it stay.",
            options: "- **Leave it on.** It costs nothing that could be measured.",
            acceptable: "Never.",
        },
        examples: &[
            pass("run kube-apiserver@1.31"),
            pass("run kube-apiserver"),
            pass("run kube-apiserver@1.31 --disable-admission-plugins=PodSecurity"),
            fail("run kube-apiserver@1.31 --disable-admission-plugins=NamespaceLifecycle"),
            fail("run kube-apiserver@1.31 --disable-admission-plugins PodSecurity,NamespaceLifecycle"),
            fail("run kube-apiserver@1.18 --admission-control=NodeRestriction"),
            not_applicable("run kubelet@1.31"),
            error("gap processes permission-denied"),
        ],
    },
    Control {
        id: "apiserver-without-service-account-admission",
        title: "pods may name a service account that is not there, and get no token by themselves",
        vector: vector("AV:N/AC:M/Au:S/C:P/I:P/A:N"),
        applies: Applies::Component(KubeApiserver),
        check: Check::Plugin(PluginCheck::AnyOn(&["ServiceAccount"])),
        documentation: Documentation {
            finds: "\
An API server that does not run the admission plugin `ServiceAccount`. It is on by default.",
            matters: "\
The plugin gives pods the service account `default` and its short-lived token, and holds them to \
the Secrets their account lists where that is asked for. Without it people mount tokens by hand, \
which then are the kind that never expires.",
            options: "\
- **Leave it on**, and keep tokens out of pods that need none with \
`automountServiceAccountToken: false`.",
            acceptable: "Never.",
        },
        examples: &[
            pass("run kube-apiserver@1.31"),
            pass("run kube-apiserver@1.31 --disable-admission-plugins="),
            fail("run kube-apiserver@1.31 --disable-admission-plugins=ServiceAccount"),
            fail("run kube-apiserver@1.31 --disable-admission-plugins PodSecurity,ServiceAccount"),
            not_applicable("run kubelet@1.31"),
            error("gap processes permission-denied"),
        ],
    },
    Control {
        id: "apiserver-without-node-restriction",
        title: "kubelets may change any node and any pod",
        vector: vector("AV:N/AC:L/Au:M/C:P/I:C/A:P"),
        applies: Applies::Component(KubeApiserver),
        check: Check::Plugin(PluginCheck::AnyOn(&["NodeRestriction"])),
        documentation: Documentation {
            finds: "\
An API server that does not run `NodeRestriction`. It is off by default; kubeadm and most \
distributions turn it on.",
            matters: "\
The Node authorizer says which kinds of objects kubelets write, not which ones. Without the plugin \
a broken-into node relabels itself or others to draw workloads and their Secrets to it, drains the \
others, and asks for tokens of pods that do not run on it.",
            options: "\
- **Turn it on**, together with the Node authorizer. Labels of the prefix \
`node-restriction.kubernetes.io/` are then out of a kubelet's reach: use them to place what must \
not move.",
            acceptable: "Where no kubelet talks to this API server.",
        },
        examples: &[
            pass("run kube-apiserver@1.31 --enable-admission-plugins=NodeRestriction"),
            pass("run kube-apiserver@1.31 --enable-admission-plugins PodSecurity,NodeRestriction"),
            pass("run kube-apiserver@1.18 --admission-control=NamespaceLifecycle,NodeRestriction"),
            fail("run kube-apiserver@1.31"),
            fail("run kube-apiserver@1.31 --enable-admission-plugins=PodSecurity"),
            not_applicable("run kubelet@1.31"),
            error("gap processes permission-denied"),
        ],
    },
    Control {
        id: "apiserver-without-pod-admission",
        title: "no admission plugin can hold pods to a security standard",
        vector: vector("AV:N/AC:M/Au:S/C:C/I:C/A:C"),
        applies: Applies::Component(KubeApiserver),
        check: Check::Plugin(PluginCheck::AnyOn(&[
            "PodSecurity",
            "PodSecurityPolicy",
            "SecurityContextDeny",
        ])),
        documentation: Documentation {
            finds: "\
An API server that runs none of `PodSecurity` (on by default from release 1.23 on), \
`PodSecurityPolicy` (until 1.24) and `SecurityContextDeny` (until 1.29). That a plugin runs is not \
yet that it refuses anything: `PodSecurity` asks for labels on namespaces or defaults in its \
configuration.",
            matters: "\
Who may create a pod may then create a privileged one, mount the host's file system, and own the \
node, unless a webhook or a policy of the cluster stands in between.",
            options: "\
- **`PodSecurity`**: at least `baseline` everywhere by its configuration, `restricted` where \
possible, exceptions by namespace.
- **A policy engine** (ValidatingAdmissionPolicy, Kyverno, Gatekeeper) for finer rules; keep \
`PodSecurity` on underneath, since it cannot be unreachable.",
            acceptable: "When a policy engine that fails closed enforces the same, in every namespace.",
        },
        examples: &[
            pass("run kube-apiserver@1.31"),
            pass("run kube-apiserver@1.23"),
            fail("run kube-apiserver@1.31 --disable-admission-plugins=PodSecurity"),
            fail("run kube-apiserver@1.21"),
            // Alpha and off.
            fail("run kube-apiserver@1.22"),
            pass("run kube-apiserver@1.21 --enable-admission-plugins=PodSecurityPolicy"),
            pass("run kube-apiserver@1.21 --enable-admission-plugins SecurityContextDeny"),
            // Which plugins there are depends on the release.
            error("run kube-apiserver"),
            not_applicable("run kubelet@1.31"),
            error("gap processes permission-denied"),
        ],
    },
    Control {
        id: "apiserver-without-security-context-deny",
        title: "neither SecurityContextDeny nor PodSecurityPolicy limits security contexts",
        vector: vector("AV:N/AC:M/Au:S/C:P/I:P/A:P"),
        applies: Applies::Component(KubeApiserver),
        check: Check::Plugin(PluginCheck::AnyOn(&["PodSecurityPolicy", "SecurityContextDeny"])),
        documentation: Documentation {
            finds: "\
An API server of a release before 1.30 that runs neither `SecurityContextDeny` nor, where it still \
exists, `PodSecurityPolicy`. Both are off by default. From 1.30 on neither exists and the control \
does not apply.",
            matters: "\
Pods may then choose their user, their SELinux labels and groups freely. In releases before 1.23 \
nothing built in stops a privileged pod either.",
            options: "\
- **`PodSecurity`** from 1.23 on: it does what both were for, and does it better. This control then \
still fails in releases whose benchmark asks for it: justify it.
- **`SecurityContextDeny`** refuses whole fields and breaks many ordinary workloads.",
            acceptable: "When `PodSecurity` or a policy engine holds pods to a standard.",
        },
        examples: &[
            fail("run kube-apiserver@1.24"),
            pass("run kube-apiserver@1.24 --enable-admission-plugins=SecurityContextDeny"),
            pass("run kube-apiserver@1.24 --enable-admission-plugins PodSecurityPolicy"),
            fail("run kube-apiserver@1.26"),
            not_applicable("run kube-apiserver@1.30"),
            not_applicable("run kubelet@1.24"),
            error("gap processes permission-denied"),
        ],
    },
    Control {
        id: "apiserver-pod-security-policy-off",
        title: "PodSecurityPolicy is off",
        vector: vector("AV:N/AC:M/Au:S/C:C/I:C/A:C"),
        applies: Applies::Component(KubeApiserver),
        check: Check::Plugin(PluginCheck::AnyOn(&["PodSecurityPolicy"])),
        documentation: Documentation {
            finds: "\
An API server of a release before 1.25 that does not run `PodSecurityPolicy`. It is off by \
default; 1.25 took it away, and there the control does not apply.",
            matters: "\
In releases before 1.23 nothing else that is built in keeps people who create pods from creating \
privileged ones.",
            options: "\
- **Turn it on** after every account that creates pods may use a policy, controllers in \
`kube-system` included: with the plugin on and no policy to use, no pod starts.
- **`PodSecurity`** from 1.23 on, which is what to move to before 1.25.",
            acceptable: "When `PodSecurity` or a policy engine holds pods to a standard.",
        },
        examples: &[
            fail("run kube-apiserver@1.18"),
            pass("run kube-apiserver@1.18 --enable-admission-plugins=PodSecurityPolicy"),
            pass("run kube-apiserver@1.18 --enable-admission-plugins NodeRestriction,PodSecurityPolicy"),
            not_applicable("run kube-apiserver@1.25"),
            not_applicable("run kubelet@1.18"),
            error("gap processes permission-denied"),
        ],
    },
    Control {
        id: "apiserver-deny-service-external-ips-set",
        title: "the admission plugin DenyServiceExternalIPs is on",
        vector: vector("AV:N/AC:H/Au:S/C:N/I:N/A:P"),
        applies: Applies::Component(KubeApiserver),
        check: Check::Plugin(PluginCheck::Off("DenyServiceExternalIPs")),
        documentation: Documentation {
            finds: "\
An API server that runs `DenyServiceExternalIPs`, which some editions of the benchmark ask to leave \
off. It is off by default and came with release 1.21; before, the control does not apply. See \
`apiserver-external-ips-admitted` for the opposite, which newer editions ask for.",
            matters: "\
On its own the plugin is a protection: it refuses new `externalIPs` in Services. What it breaks is \
clusters that hand out addresses that way.",
            options: "\
- **Keep it on** unless `externalIPs` are used; that is the safer state.
- **Turn it off** and limit `externalIPs` to addresses you own with an admission policy.",
            acceptable: "Nearly always. Justify the finding and keep the plugin.",
        },
        examples: &[
            pass("run kube-apiserver@1.24"),
            fail("run kube-apiserver@1.24 --enable-admission-plugins=DenyServiceExternalIPs"),
            fail("run kube-apiserver@1.24 --enable-admission-plugins NodeRestriction,DenyServiceExternalIPs"),
            not_applicable("run kube-apiserver@1.20"),
            not_applicable("run kubelet@1.24"),
            error("gap processes permission-denied"),
        ],
    },
    Control {
        id: "apiserver-external-ips-admitted",
        title: "whoever may create services may draw traffic for other addresses to them",
        vector: vector("AV:N/AC:M/Au:S/C:P/I:P/A:P"),
        applies: Applies::Component(KubeApiserver),
        check: Check::Plugin(PluginCheck::AnyOn(&["DenyServiceExternalIPs"])),
        documentation: Documentation {
            finds: "\
An API server that does not run `DenyServiceExternalIPs`. It is off by default and came with \
release 1.21; before, the control does not apply.",
            matters: "\
Every node sends traffic for a Service's `externalIPs` to its pods, whosever addresses they are. A \
tenant who names a database's or the resolver's address reads what the others send there \
(CVE-2020-8554, which has no other fix).",
            options: "\
- **Turn it on.** Services keep the addresses they have, so that nothing breaks at once; new ones \
are refused. `status.loadBalancer.ingress` can do the same and is guarded by RBAC alone.
- **An admission policy** that allows a list of addresses, where `externalIPs` are needed.",
            acceptable: "Where only administrators create Services, or a policy limits the addresses.",
        },
        examples: &[
            pass("run kube-apiserver@1.31 --enable-admission-plugins=DenyServiceExternalIPs"),
            pass("run kube-apiserver@1.31 --enable-admission-plugins NodeRestriction,DenyServiceExternalIPs"),
            fail("run kube-apiserver@1.31"),
            fail("run kube-apiserver@1.31 --enable-admission-plugins=NodeRestriction"),
            not_applicable("run kube-apiserver@1.20"),
            not_applicable("run kubelet@1.31"),
            error("gap processes permission-denied"),
        ],
    },
];

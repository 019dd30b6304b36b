//! Controls of the kernel below Kubernetes.

use merlon_model::Action;
use merlon_snapshot::Subject;
use merlon_views::NodeView;

use crate::control::{
    Applies, Check, Control, Documentation, Parameters, SysctlCheck, SysctlExpect,
};
use crate::judge::Judge;
use crate::row::{error, fail, not_applicable, pass, vector};

const APPLIES: Applies = Applies::Kubernetes;

const fn sysctl(name: &'static str, expect: SysctlExpect) -> SysctlCheck {
    SysctlCheck { name, expect, absent: None }
}

const fn optional(name: &'static str, expect: SysctlExpect, absent: &'static str) -> SysctlCheck {
    SysctlCheck { name, expect, absent: Some(absent) }
}

const KUBELET_SETS: &str = "\
- **Set it in `/etc/sysctl.d`**, so that it holds before the kubelet starts and survives it.
- **Leave it to the kubelet**, which sets it at each start unless `protectKernelDefaults` is on; \
then it refuses to start instead.";
const KUBELET_DIFFERS: &str = "\
Where the host serves something else as well that needs another value, with \
`protectKernelDefaults` off.";
const HARDENING: &str = "\
- **Set it in `/etc/sysctl.d`** for all nodes. Most distributions have it already.
- **Leave it** on nodes for debugging and tracing, set apart from the others.";
const DEBUGGING: &str = "\
On nodes for debugging, and where an agent that you trust needs it and says so.";
const WITHOUT_KEYS: &str = "it was built without the key retention service";

pub(crate) const CONTROLS: &[Control] = &[
    Control {
        id: "kernel-overcommit-memory",
        title: "the kernel refuses memory that pods may never use",
        vector: vector("AV:L/AC:H/Au:N/C:N/I:N/A:P"),
        applies: APPLIES,
        check: Check::Sysctl(&[sysctl("vm.overcommit_memory", SysctlExpect::Is(1))]),
        documentation: Documentation {
            finds: "`vm.overcommit_memory` other than 1, the value that the kubelet wants.",
            matters: "\
Kubernetes bounds memory by control groups. A kernel that counts promises instead refuses memory \
to processes of the system while pods are within their limits, and the node fails in odd ways.",
            options: KUBELET_SETS,
            acceptable: KUBELET_DIFFERS,
        },
        examples: &[
            pass("run kubelet@1.31\nsysctl vm.overcommit_memory=1"),
            fail("run kubelet@1.31\nsysctl vm.overcommit_memory=0"),
            error("run kubelet@1.31"),
            error("run kubelet@1.31\ngap sysctl:vm.overcommit_memory permission-denied"),
            error("run kubelet@1.31\nsysctl vm.overcommit_memory=some"),
            not_applicable("run sshd\nsysctl vm.overcommit_memory=0"),
        ],
    },
    Control {
        id: "kernel-panic-on-oom",
        title: "the node goes down when memory runs out",
        vector: vector("AV:L/AC:H/Au:S/C:N/I:N/A:C"),
        applies: APPLIES,
        check: Check::Sysctl(&[sysctl("vm.panic_on_oom", SysctlExpect::Is(0))]),
        documentation: Documentation {
            finds: "`vm.panic_on_oom` other than 0, the value that the kubelet wants.",
            matters: "\
Memory that runs out then takes the whole node along instead of one process: whoever can start a \
pod without a limit can stop all its neighbours.",
            options: KUBELET_SETS,
            acceptable: KUBELET_DIFFERS,
        },
        examples: &[
            pass("run kubelet@1.31\nsysctl vm.panic_on_oom=0"),
            fail("run kubelet@1.31\nsysctl vm.panic_on_oom=1"),
            error("run kubelet@1.31\nsysctl kernel.panic=10"),
            error("run kubelet@1.31\ngap sysctl:vm.panic_on_oom permission-denied"),
            not_applicable("run sshd\nsysctl vm.panic_on_oom=0"),
        ],
    },
    Control {
        id: "kernel-panic-timeout",
        title: "the node stays down after a kernel panic",
        vector: vector("AV:L/AC:H/Au:N/C:N/I:N/A:P"),
        applies: APPLIES,
        check: Check::Sysctl(&[sysctl("kernel.panic", SysctlExpect::Is(10))]),
        documentation: Documentation {
            finds: "\
`kernel.panic` other than 10: the seconds after which a kernel that panicked reboots, as the \
kubelet wants them. 0 waits for ever.",
            matters: "\
A panic that somebody provoked keeps the node out of the cluster until a person comes; meanwhile \
its volumes stay attached and its pods are not replaced at once.",
            options: KUBELET_SETS,
            acceptable: "Where a watchdog outside the kernel restarts the machine.",
        },
        examples: &[
            pass("run kubelet@1.31\nsysctl kernel.panic=10"),
            fail("run kubelet@1.31\nsysctl kernel.panic=0"),
            error("run kubelet@1.31\ngap sysctl:kernel.panic permission-denied"),
            not_applicable("run sshd\nsysctl kernel.panic=10"),
        ],
    },
    Control {
        id: "kernel-panic-on-oops",
        title: "the kernel goes on after a fault in itself",
        vector: vector("AV:L/AC:H/Au:N/C:N/I:P/A:P"),
        applies: APPLIES,
        check: Check::Sysctl(&[sysctl("kernel.panic_on_oops", SysctlExpect::Is(1))]),
        documentation: Documentation {
            finds: "`kernel.panic_on_oops` other than 1, the value that the kubelet wants.",
            matters: "\
A fault leaves the kernel in a state that nobody knows. Exploits of the kernel often fault many \
times before they succeed: each fault that is survived is another try.",
            options: KUBELET_SETS,
            acceptable: "On a node whose driver faults harmlessly until it is replaced.",
        },
        examples: &[
            pass("run kubelet@1.31\nsysctl kernel.panic_on_oops=1"),
            fail("run kubelet@1.31\nsysctl kernel.panic_on_oops=0"),
            error("run kubelet@1.31\ngap sysctl:kernel.panic_on_oops permission-denied"),
            not_applicable("run sshd\nsysctl kernel.panic_on_oops=1"),
        ],
    },
    Control {
        id: "kernel-root-maxkeys",
        title: "the kernel keeps too few keys for the containers of a node",
        vector: vector("AV:L/AC:M/Au:N/C:N/I:N/A:P"),
        applies: APPLIES,
        check: Check::Sysctl(&[optional(
            "kernel.keys.root_maxkeys",
            SysctlExpect::AtLeast(1_000_000),
            WITHOUT_KEYS,
        )]),
        documentation: Documentation {
            finds: "\
`kernel.keys.root_maxkeys` below 1000000, the value that the kubelet wants. Kernels without the \
key service have no such parameter.",
            matters: "\
Each container takes a session keyring of root's quota. Once it is used up no container starts any \
more: whoever may start many small pods can bring that about.",
            options: KUBELET_SETS,
            acceptable: KUBELET_DIFFERS,
        },
        examples: &[
            pass("run kubelet@1.31\nsysctl kernel.keys.root_maxkeys=1000000"),
            pass("run kubelet@1.31\nsysctl kernel.keys.root_maxkeys=2000000"),
            fail("run kubelet@1.31\nsysctl kernel.keys.root_maxkeys=200"),
            // The kernel has no such parameter.
            not_applicable("run kubelet@1.31\nsysctl kernel.panic=10"),
            error("run kubelet@1.31"),
            error("run kubelet@1.31\ngap sysctl:kernel.keys.root_maxkeys permission-denied"),
            not_applicable("run sshd\nsysctl kernel.keys.root_maxkeys=200"),
        ],
    },
    Control {
        id: "kernel-root-maxbytes",
        title: "the kernel has too little room for the keys of a node's containers",
        vector: vector("AV:L/AC:M/Au:N/C:N/I:N/A:P"),
        applies: APPLIES,
        check: Check::Sysctl(&[optional(
            "kernel.keys.root_maxbytes",
            SysctlExpect::AtLeast(25_000_000),
            WITHOUT_KEYS,
        )]),
        documentation: Documentation {
            finds: "\
`kernel.keys.root_maxbytes` below 25000000, the value that the kubelet wants: 25 bytes for each of \
`kernel.keys.root_maxkeys`. Kernels without the key service have no such parameter.",
            matters: "\
Each container takes a session keyring of root's quota. Once it is used up no container starts any \
more: whoever may start many small pods can bring that about.",
            options: KUBELET_SETS,
            acceptable: KUBELET_DIFFERS,
        },
        examples: &[
            pass("run kubelet@1.31\nsysctl kernel.keys.root_maxbytes=25000000"),
            fail("run kubelet@1.31\nsysctl kernel.keys.root_maxbytes=20000"),
            not_applicable("run kubelet@1.31\nsysctl kernel.panic=10"),
            error("run kubelet@1.31\ngap sysctl:kernel.keys.root_maxbytes permission-denied"),
            not_applicable("run sshd\nsysctl kernel.keys.root_maxbytes=200"),
        ],
    },
    Control {
        id: "kernel-unprivileged-bpf",
        title: "everybody may load BPF programs into the kernel",
        vector: vector("AV:L/AC:H/Au:N/C:C/I:C/A:C"),
        applies: APPLIES,
        check: Check::Sysctl(&[optional(
            "kernel.unprivileged_bpf_disabled",
            SysctlExpect::AtLeast(1),
            "it was built without the bpf system call",
        )]),
        documentation: Documentation {
            finds: "\
`kernel.unprivileged_bpf_disabled` of 0. With 1 it stays off until the next boot, with 2 root can \
turn it on again.",
            matters: "\
The verifier of BPF programs has had a long row of holes that gave the kernel to whoever could \
load a program. A container without a seccomp profile may call it.",
            options: HARDENING,
            acceptable: DEBUGGING,
        },
        examples: &[
            pass("run kubelet@1.31\nsysctl kernel.unprivileged_bpf_disabled=1"),
            pass("run kubelet@1.31\nsysctl kernel.unprivileged_bpf_disabled=2"),
            fail("run kubelet@1.31\nsysctl kernel.unprivileged_bpf_disabled=0"),
            not_applicable("run kubelet@1.31\nsysctl kernel.panic=10"),
            error(
                "\
run kubelet@1.31
gap sysctl:kernel.unprivileged_bpf_disabled permission-denied",
            ),
            not_applicable("run sshd\nsysctl kernel.unprivileged_bpf_disabled=0"),
        ],
    },
    Control {
        id: "kernel-pointers-visible",
        title: "the kernel shows its addresses to everybody",
        vector: vector("AV:L/AC:L/Au:N/C:P/I:N/A:N"),
        applies: APPLIES,
        check: Check::Sysctl(&[sysctl("kernel.kptr_restrict", SysctlExpect::AtLeast(1))]),
        documentation: Documentation {
            finds: "`kernel.kptr_restrict` of 0: `/proc/kallsyms` and others show real addresses.",
            matters: "\
Exploits of the kernel have to know where things are. `/proc` in a container is the host's kernel's.",
            options: HARDENING,
            acceptable: DEBUGGING,
        },
        examples: &[
            pass("run kubelet@1.31\nsysctl kernel.kptr_restrict=1"),
            pass("run kubelet@1.31\nsysctl kernel.kptr_restrict=2"),
            fail("run kubelet@1.31\nsysctl kernel.kptr_restrict=0"),
            error("run kubelet@1.31\ngap sysctl:kernel.kptr_restrict permission-denied"),
            not_applicable("run sshd\nsysctl kernel.kptr_restrict=0"),
        ],
    },
    Control {
        id: "kernel-dmesg-visible",
        title: "the kernel's log can be read by everybody",
        vector: vector("AV:L/AC:L/Au:N/C:P/I:N/A:N"),
        applies: APPLIES,
        check: Check::Sysctl(&[sysctl("kernel.dmesg_restrict", SysctlExpect::AtLeast(1))]),
        documentation: Documentation {
            finds: "\
`kernel.dmesg_restrict` of 0: whoever has no capability may read the kernel's log.",
            matters: "\
The log tells hardware, mounts, addresses and the processes of other pods that were killed: what \
an attacker in a container would like to know about the node.",
            options: HARDENING,
            acceptable: DEBUGGING,
        },
        examples: &[
            pass("run kubelet@1.31\nsysctl kernel.dmesg_restrict=1"),
            fail("run kubelet@1.31\nsysctl kernel.dmesg_restrict=0"),
            error("run kubelet@1.31\ngap sysctl:kernel.dmesg_restrict permission-denied"),
            not_applicable("run sshd\nsysctl kernel.dmesg_restrict=0"),
        ],
    },
    Control {
        id: "kernel-ptrace-open",
        title: "processes may look into others of the same user",
        vector: vector("AV:L/AC:M/Au:N/C:P/I:P/A:N"),
        applies: APPLIES,
        check: Check::Sysctl(&[optional(
            "kernel.yama.ptrace_scope",
            SysctlExpect::AtLeast(1),
            "it was built without Yama, so that the classic rule holds and nothing can be set",
        )]),
        documentation: Documentation {
            finds: "\
`kernel.yama.ptrace_scope` of 0: a process may trace any other of its user. Kernels without Yama \
have no such parameter.",
            matters: "\
One process that was taken over reads the memory of its neighbours, keys and tokens included. In \
pods that share process ids, and on the host, that reaches beyond one container.",
            options: HARDENING,
            acceptable: DEBUGGING,
        },
        examples: &[
            pass("run kubelet@1.31\nsysctl kernel.yama.ptrace_scope=1"),
            fail("run kubelet@1.31\nsysctl kernel.yama.ptrace_scope=0"),
            not_applicable("run kubelet@1.31\nsysctl kernel.panic=10"),
            error("run kubelet@1.31\ngap sysctl:kernel.yama.ptrace_scope permission-denied"),
            not_applicable("run sshd\nsysctl kernel.yama.ptrace_scope=0"),
        ],
    },
    Control {
        id: "kernel-links-unprotected",
        title: "the kernel follows links that others put into shared directories",
        vector: vector("AV:L/AC:M/Au:N/C:P/I:P/A:P"),
        applies: APPLIES,
        check: Check::Sysctl(&[
            sysctl("fs.protected_hardlinks", SysctlExpect::Is(1)),
            sysctl("fs.protected_symlinks", SysctlExpect::Is(1)),
        ]),
        documentation: Documentation {
            finds: "`fs.protected_hardlinks` or `fs.protected_symlinks` other than 1.",
            matters: "\
A link in `/tmp` or another directory that everybody may write leads a privileged process to a \
file of the attacker's choice. Volumes that pods share with the host are such directories.",
            options: HARDENING,
            acceptable: "Hardly ever: systemd sets both on every distribution.",
        },
        examples: &[
            pass(
                "\
run kubelet@1.31
sysctl fs.protected_hardlinks=1
sysctl fs.protected_symlinks=1",
            ),
            fail(
                "\
run kubelet@1.31
sysctl fs.protected_hardlinks=1
sysctl fs.protected_symlinks=0",
            ),
            error("run kubelet@1.31\nsysctl fs.protected_hardlinks=1"),
            error("run kubelet@1.31\ngap sysctl:fs.protected_symlinks permission-denied"),
            not_applicable("run sshd\nsysctl fs.protected_symlinks=0"),
        ],
    },
    Control {
        id: "kernel-route-localnet",
        title: "neighbours on the network can reach what listens on loopback",
        vector: vector("AV:A/AC:L/Au:N/C:P/I:P/A:P"),
        applies: APPLIES,
        check: Check::Sysctl(&[sysctl("net.ipv4.conf.all.route_localnet", SysctlExpect::Is(0))]),
        documentation: Documentation {
            finds: "\
`net.ipv4.conf.all.route_localnet` other than 0. kube-proxy in iptables mode turns it on, to \
serve node ports on 127.0.0.1, unless `iptables.localhostNodePorts` is false.",
            matters: "\
Packets from outside with an address of 127.0.0.0/8 are then no longer dropped by the kernel \
itself. What trusts loopback (health ports, unauthenticated metrics) is kept safe by one rule of \
the `KUBE-FIREWALL` chain alone, and was not at all before CVE-2020-8558 was mended.",
            options: "\
- **Turn node ports on loopback off** in kube-proxy (`localhostNodePorts: false`) and then the \
parameter: whoever called 127.0.0.1 has to call the node's address.
- **Use nftables or IPVS mode**, which do not need it.
- **Keep it** with the kubelet's chains in place: see `kubelet-iptables-chains-off`.",
            acceptable: "\
With iptables mode, while the kubelet's firewall chain stands and node ports on loopback are in use.",
        },
        examples: &[
            pass("run kubelet@1.31\nsysctl net.ipv4.conf.all.route_localnet=0"),
            fail("run kubelet@1.31\nsysctl net.ipv4.conf.all.route_localnet=1"),
            error(
                "\
run kubelet@1.31
gap sysctl:net.ipv4.conf.all.route_localnet permission-denied",
            ),
            not_applicable("run sshd\nsysctl net.ipv4.conf.all.route_localnet=1"),
        ],
    },
    Control {
        id: "host-without-mandatory-access-control",
        title: "neither AppArmor nor SELinux confines what runs on the host",
        vector: vector("AV:L/AC:M/Au:N/C:P/I:P/A:P"),
        applies: APPLIES,
        check: Check::Node(mandatory_access_control),
        documentation: Documentation {
            finds: "\
A host where AppArmor is off in the kernel and SELinux is not enforcing (permissive counts as \
off: it only writes a log).",
            matters: "\
Without a second line, a container that gets out of its namespaces, or mounts a directory of the \
host, may do what its user may. With one, the runtime's profile still keeps it from the host's \
files.",
            options: "\
- **Keep what the distribution brings**: SELinux enforcing on Red Hat's family, AppArmor on \
Debian's, Ubuntu's and SUSE's.
- **SELinux** separates containers from each other too, and takes more care with volumes.",
            acceptable: "Where pods run in virtual machines of their own.",
        },
        examples: &[
            pass("run kubelet@1.31\nlsm apparmor=true"),
            pass("run kubelet@1.31\nlsm apparmor=false\nlsm selinux=enforcing"),
            // One that is on is enough, whatever is known of the other.
            pass("run kubelet@1.31\nlsm selinux=enforcing"),
            fail("run kubelet@1.31\nlsm apparmor=false\nlsm selinux=permissive"),
            fail("run kubelet@1.31\nlsm apparmor=false\nlsm selinux=disabled"),
            error("run kubelet@1.31\nlsm selinux=disabled"),
            error("run kubelet@1.31"),
            not_applicable("run sshd\nlsm apparmor=false\nlsm selinux=disabled"),
        ],
    },
];

fn mandatory_access_control(node: &NodeView<'_>, _: &Parameters, judge: &mut Judge<'_, '_>) {
    let modules = &node.node.host.security_modules;
    let apparmor = modules.apparmor;
    let selinux = modules.selinux.as_deref();
    let expected = "AppArmor is enabled, or SELinux is enforcing";
    let told = |on: bool| if on { "AppArmor is enabled" } else { "AppArmor is off" };
    let mut seen: Vec<String> = apparmor.into_iter().map(|on| told(on).to_owned()).collect();
    seen.extend(selinux.map(|mode| format!("SELinux is {mode}")));
    let entry = if apparmor == Some(true) || selinux == Some("enforcing") {
        judge.pass("host", seen.join(", "))
    } else if apparmor.is_none() || selinux.is_none() {
        let gap = node.node.gaps.iter().find(|gap| match &gap.subject {
            Subject::Host { part } => part == "AppArmor" || part == "SELinux",
            _ => false,
        });
        let why = gap.map_or_else(|| "it was not collected".to_owned(), ToString::to_string);
        judge.error("host", format!("what confines processes is not known: {why}"))
    } else {
        judge.fail("host", seen.join(", ")).action(Action::Manual {
            instruction:
                "turn on the module that the host's distribution supports, in the log-only \
                          mode first"
                    .to_owned(),
            commands: vec!["cat /sys/kernel/security/lsm".to_owned()],
        })
    };
    seen.into_iter()
        .fold(entry.expected(expected), |entry, statement| entry.host_evidence(statement));
}

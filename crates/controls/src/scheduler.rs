//! Controls of the scheduler.

use merlon_model::Component::KubeScheduler;

use crate::control::{Applies, Control, Documentation, Expect};
use crate::row::{error, fail, not_applicable, pass, require, settings, vector};

const APPLIES: Applies = Applies::Component(KubeScheduler);

pub(crate) const CONTROLS: &[Control] = &[
    Control {
        id: "scheduler-profiling",
        title: "the scheduler serves profiles of itself",
        vector: vector("AV:A/AC:L/Au:M/C:P/I:N/A:N"),
        applies: APPLIES,
        check: settings(KubeScheduler, &[require("profiling", Expect::Is("false"))]),
        documentation: Documentation {
            finds: "\
A scheduler whose profiling is on: by `enableProfiling` in the file of `--config`, which then is \
all that counts, by `--profiling`, or by default since 1.17.",
            matters: "\
`/debug/pprof` shows what the process works on and lets a caller load it with profiles. Callers \
need permission for the path, so this is one more thing to learn for somebody inside.",
            options: "\
- **Turn it off**: `enableProfiling: false` in the configuration file, or `--profiling=false` \
where there is none. With a file, the flag has no effect.
- **Keep it** behind `--bind-address=127.0.0.1`.",
            acceptable: "While a performance problem of the scheduler is being looked into.",
        },
        examples: &[
            pass("run kube-scheduler@1.31 --profiling=false"),
            fail("run kube-scheduler@1.31 --profiling=true"),
            fail("run kube-scheduler@1.31"),
            pass("run kube-scheduler@1.16"),
            // With a configuration file the flag has no effect.
            fail(
                "\
run kube-scheduler@1.31 --config=/s.yaml --profiling=false
file /s.yaml 0600 root:root kube-scheduler-configuration
  kind: KubeSchedulerConfiguration",
            ),
            pass(
                "\
run kube-scheduler@1.31 --config=/s.yaml
file /s.yaml 0600 root:root kube-scheduler-configuration
  enableProfiling: false",
            ),
            error("run kube-scheduler@1.31 --config=/s.yaml\ngap /s.yaml permission-denied"),
            not_applicable("run kubelet@1.31"),
        ],
    },
    Control {
        id: "scheduler-bind-address",
        title: "the scheduler can be reached from the network",
        vector: vector("AV:A/AC:H/Au:N/C:P/I:N/A:N"),
        applies: APPLIES,
        check: settings(KubeScheduler, &[require("bind-address", Expect::Loopback)]),
        documentation: Documentation {
            finds: "\
A `--bind-address` that is not of the loopback network (`127.0.0.1`, `::1`). Left out, it is \
`0.0.0.0`: every address of the node.",
            matters: "\
Port 10259 serves metrics, health and profiles. It asks for authentication, but a port that nobody \
outside needs is one flaw away from telling what runs where.",
            options: "\
- **Bind to 127.0.0.1**, as kubeadm does. Metrics are then scraped through something that runs on \
the node.
- **Keep it open to the monitoring network** and admit nobody else by firewall.",
            acceptable: "\
Where monitoring scrapes the port from outside, authenticated, and a firewall admits nobody else.",
        },
        examples: &[
            pass("run kube-scheduler@1.31 --bind-address=127.0.0.1"),
            pass("run kube-scheduler@1.31 --bind-address ::1"),
            fail("run kube-scheduler@1.31 --bind-address=0.0.0.0"),
            fail("run kube-scheduler@1.31"),
            error("gap processes permission-denied"),
            not_applicable("run kubelet@1.31"),
        ],
    },
    Control {
        id: "scheduler-insecure-port",
        title: "the scheduler serves without TLS and without asking who calls",
        vector: vector("AV:A/AC:L/Au:N/C:P/I:N/A:P"),
        applies: APPLIES,
        check: settings(KubeScheduler, &[require("port", Expect::Is("0"))]),
        documentation: Documentation {
            finds: "\
An insecure `--port` other than 0. It defaults to 10251 up to 1.22, can only be 0 in 1.23, and \
went away with 1.24, where the control is not applicable.",
            matters: "\
Metrics and profiles go to anybody who reaches the port, in the clear.",
            options: "\
- **Set `--port=0`** and use the authenticated port 10259 for health checks and metrics.",
            acceptable: "Never needed: all that uses it can use the secure port.",
        },
        examples: &[
            pass("run kube-scheduler@1.19 --port=0"),
            fail("run kube-scheduler@1.19"),
            fail("run kube-scheduler@1.19 --port 10251"),
            pass("run kube-scheduler@1.23"),
            not_applicable("run kube-scheduler@1.31"),
            error("run kube-scheduler"),
            not_applicable("run kubelet@1.31"),
        ],
    },
];

//! What the kubelet has that is unfinished or went away.

use merlon_model::Component::Kubelet;

use crate::control::{Applies, Control, Documentation, Expect};
use crate::row::{error, fail, not_applicable, pass, require, settings, vector};

const APPLIES: Applies = Applies::Component(Kubelet);

pub(crate) const CONTROLS: &[Control] = &[
    Control {
        id: "kubelet-alpha-features",
        title: "the kubelet runs every unfinished feature",
        vector: vector("AV:N/AC:H/Au:S/C:P/I:P/A:P"),
        applies: APPLIES,
        check: settings(Kubelet, &[require("feature-gates", Expect::Excludes("AllAlpha=true"))]),
        documentation: Documentation {
            finds: "\
`AllAlpha=true` among the kubelet's feature gates, from the file, its drop-ins or the flag. Single \
alpha gates are not reported.",
            matters: "\
Alpha code has had no security review as a whole and no promise of fixes. Turned on together it \
brings handlers and mounts that nobody in the cluster knows of, in a process that is root.",
            options: "- **Name the gates you need**, one by one, and why.",
            acceptable: "In clusters for trying features out, without other people's work in them.",
        },
        examples: &[
            pass("run kubelet@1.31"),
            pass("run kubelet@1.31 --feature-gates=AllAlpha=false"),
            fail("run kubelet@1.31 --feature-gates SomeGate=false,AllAlpha=true"),
            fail(
                "\
run kubelet@1.31 --config=/k.yaml
file /k.yaml 0600 root:root kubelet-configuration
  featureGates: {AllAlpha: true}",
            ),
            // The flag's pairs win over those of the file.
            pass(
                "\
run kubelet@1.31 --config=/k.yaml --feature-gates=AllAlpha=false
file /k.yaml 0600 root:root kubelet-configuration
  featureGates: {AllAlpha: true}",
            ),
            error("run kubelet@1.31 --config=/k.yaml\ngap /k.yaml permission-denied"),
            not_applicable("run etcd@3.5"),
        ],
    },
    Control {
        id: "kubelet-dynamic-config",
        title: "the kubelet takes its configuration from the API",
        vector: vector("AV:N/AC:H/Au:M/C:C/I:C/A:C"),
        applies: APPLIES,
        check: settings(Kubelet, &[require("dynamic-config-dir", Expect::IsUnset)]),
        documentation: Documentation {
            finds: "\
A kubelet before 1.24 with `--dynamic-config-dir`. It does not start with the directory while the \
feature gate `DynamicKubeletConfig` is off, so a running one has it on; without the directory the \
gate alone does nothing. From 1.24 on the control is not applicable.",
            matters: "\
Whoever may write the ConfigMap that a Node object names then sets every option of the kubelet: \
anonymous requests, authorization, the lot. That is root on the node.",
            options: "\
- **Take `--dynamic-config-dir` away**, and keep configuration in files that come with the node.",
            acceptable: "Never needed: the feature was given up.",
        },
        examples: &[
            pass("run kubelet@1.20"),
            pass("run kubelet@1.20 --feature-gates=DynamicKubeletConfig=true"),
            fail("run kubelet@1.20 --dynamic-config-dir=/d"),
            fail(
                "run kubelet@1.22 --dynamic-config-dir /d --feature-gates DynamicKubeletConfig=true",
            ),
            not_applicable("run kubelet@1.31"),
            error("run kubelet@1.20 --dynamic-config-dir"),
            not_applicable("run etcd@3.5"),
        ],
    },
    Control {
        id: "kubelet-cadvisor-port",
        title: "the kubelet serves container statistics to anybody",
        vector: vector("AV:N/AC:L/Au:N/C:P/I:N/A:N"),
        applies: APPLIES,
        check: settings(Kubelet, &[require("cadvisor-port", Expect::Is("0"))]),
        documentation: Documentation {
            finds: "\
A `--cadvisor-port` other than 0, in releases that still have the flag. Where it went away the \
control is not applicable.",
            matters: "\
The port asks nobody for credentials and tells names, images, processes and load of all containers \
of the node.",
            options: "- **Set it to 0**, and read `/metrics/cadvisor` on port 10250 with a token.",
            acceptable: "Never needed: the same numbers are on the authenticated port.",
        },
        examples: &[
            pass("run kubelet@1.11"),
            pass("run kubelet@1.10 --cadvisor-port=0"),
            fail("run kubelet@1.10"),
            fail("run kubelet@1.11 --cadvisor-port 4194"),
            not_applicable("run kubelet@1.31"),
            error("run kubelet@1.11 --cadvisor-port=yes"),
            not_applicable("run etcd@3.5"),
        ],
    },
];

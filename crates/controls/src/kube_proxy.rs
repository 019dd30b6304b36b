//! Controls of kube-proxy.

use merlon_model::Component::KubeProxy;

use crate::control::{Applies, Control, Documentation, Expect, Requirement};
use crate::row::{error, fail, not_applicable, pass, settings, vector};

pub(crate) const CONTROLS: &[Control] = &[Control {
    id: "kube-proxy-metrics-bind-address",
    title: "kube-proxy serves its metrics to the network",
    vector: vector("AV:A/AC:L/Au:N/C:P/I:N/A:N"),
    applies: Applies::Component(KubeProxy),
    check: settings(
        KubeProxy,
        &[Requirement {
            setting: "metrics-bind-address",
            expect: Expect::Loopback,
            remedy: "127.0.0.1:10249",
        }],
    ),
    documentation: Documentation {
        finds: "\
A metrics address that is not of the loopback network, from `metricsBindAddress` in the file of \
`--config` (which then is all that counts) or from `--metrics-bind-address`. The default is \
`127.0.0.1:10249` and passes.",
        matters: "\
The port asks nobody for credentials. It tells the services and endpoints of the cluster by their \
counts, the mode of the proxy on `/proxyMode`, and its configuration on `/configz`; with \
`enableProfiling` it serves profiles too.",
        options: "\
- **Leave the default** and scrape from something that runs on the node (an agent, a sidecar on \
the host network).
- **Open it to the monitoring network** and admit nobody else by firewall: the port cannot \
authenticate.",
        acceptable: "Where a firewall lets only monitoring reach the port.",
    },
    examples: &[
        pass("run kube-proxy@1.31"),
        pass("run kube-proxy@1.31 --metrics-bind-address=127.0.0.1:10249"),
        pass("run kube-proxy@1.31 --metrics-bind-address [::1]:10249"),
        fail("run kube-proxy@1.31 --metrics-bind-address=0.0.0.0:10249"),
        fail("run kube-proxy@1.31 --metrics-bind-address=0.0.0.0"),
        // With a configuration file the flag has no effect.
        fail(
            "\
run kube-proxy@1.31 --config=/p.yaml --metrics-bind-address=127.0.0.1:10249
file /p.yaml 0600 root:root kube-proxy-configuration
  metricsBindAddress: 0.0.0.0:10249",
        ),
        // An empty text in the file means the default.
        pass(
            "\
run kube-proxy@1.31 --config=/p.yaml
file /p.yaml 0600 root:root kube-proxy-configuration
  metricsBindAddress: \"\"",
        ),
        error("run kube-proxy@1.31 --config=/p.yaml\ngap /p.yaml permission-denied"),
        not_applicable("run etcd@3.5"),
    ],
}];

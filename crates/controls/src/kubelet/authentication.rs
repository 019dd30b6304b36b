//! Who the kubelet's API believes its callers to be.

use merlon_model::{
    Component::Kubelet,
    Outcome::{Error, Fail, NotApplicable, Pass},
    Severity,
};

use crate::control::{
    Applies, Check, Control, Documentation, Example, Expect, Requirement, SettingCheck,
};

pub(crate) const CONTROLS: &[Control] = &[Control {
    id: "kubelet-anonymous-auth",
    title: "the kubelet takes requests that nobody authenticated",
    severity: Severity::Critical,
    applies: Applies::Component(Kubelet),
    check: Check::Setting(SettingCheck {
        component: Kubelet,
        requirements: &[Requirement {
            setting: "anonymous-auth",
            expect: Expect::Is("false"),
            remedy: "",
        }],
    }),
    documentation: Documentation {
        finds: "\
A kubelet whose API treats callers without credentials as `system:anonymous` instead of answering \
401. The flag, the configuration file with its drop-ins and the built-in default all count: \
a kubelet that is given no configuration file allows anonymous callers by default, one that is \
given a file does not.",
        matters: "\
The API on port 10250 lists pods, reads logs and runs commands in containers. With anonymous \
callers only the authorization mode stands between the network and every workload of the node; \
with `AlwaysAllow` nothing does.",
        options: "\
- **Turn it off** (`authentication.anonymous.enabled: false`). Probes of the API server and of \
monitoring then need a client certificate or a token.
- **Keep it with webhook authorization** and grant `system:anonymous` nothing. One careless \
ClusterRoleBinding to `system:unauthenticated` then opens the kubelet as well.",
        acceptable: "\
Hardly ever. Health checks can use the port of `healthzBindAddress`, which needs no credentials.",
    },
    examples: &[
        Example { outcome: Pass, node: "run kubelet@1.31 --anonymous-auth=false" },
        Example { outcome: Fail, node: "run kubelet@1.31 --anonymous-auth" },
        // Without a configuration file the old default holds.
        Example { outcome: Fail, node: "run kubelet@1.31" },
        Example {
            outcome: Pass,
            node: "\
run kubelet@1.31 --config=/var/lib/kubelet/config.yaml
file /var/lib/kubelet/config.yaml 0600 root:root kubelet-configuration
  kind: KubeletConfiguration",
        },
        // The flag wins over the file.
        Example {
            outcome: Fail,
            node: "\
run kubelet@1.31 --config=/var/lib/kubelet/config.yaml --anonymous-auth=true
file /var/lib/kubelet/config.yaml 0600 root:root kubelet-configuration
  authentication: {anonymous: {enabled: false}}",
        },
        // The last drop-in wins over the file.
        Example {
            outcome: Fail,
            node: "\
run kubelet@1.31 --config=/k.yaml --config-dir=/k.d
file /k.yaml 0600 root:root kubelet-configuration
  authentication: {anonymous: {enabled: false}}
file /k.d/10-open.conf 0600 root:root kubelet-configuration
  authentication:
    anonymous:
      enabled: true
list /k.d 10-open.conf",
        },
        Example {
            outcome: Error,
            node: "\
run kubelet@1.31 --config=/var/lib/kubelet/config.yaml
gap /var/lib/kubelet/config.yaml permission-denied",
        },
        Example { outcome: NotApplicable, node: "run etcd@3.5" },
    ],
}];

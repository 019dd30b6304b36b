//! Who the kubelet's API believes its callers to be.

use merlon_model::{
    Component::Kubelet,
    Outcome::{Error, Fail, NotApplicable, Pass},
};

use crate::control::{
    Applies, Check, Control, Documentation, Example, Expect, Requirement, SettingCheck,
};
use crate::row::{error, fail, not_applicable, pass, require, settings, vector};

pub(crate) const CONTROLS: &[Control] = &[
    Control {
        id: "kubelet-anonymous-auth",
        title: "the kubelet takes requests that nobody authenticated",
        vector: vector("AV:N/AC:M/Au:N/C:C/I:C/A:C"),
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
            Example { outcome: Pass, input: "run kubelet@1.31 --anonymous-auth=false" },
            Example { outcome: Fail, input: "run kubelet@1.31 --anonymous-auth" },
            // Without a configuration file the old default holds.
            Example { outcome: Fail, input: "run kubelet@1.31" },
            Example {
                outcome: Pass,
                input: "\
run kubelet@1.31 --config=/var/lib/kubelet/config.yaml
file /var/lib/kubelet/config.yaml 0600 root:root kubelet-configuration
  kind: KubeletConfiguration",
            },
            // The flag wins over the file.
            Example {
                outcome: Fail,
                input: "\
run kubelet@1.31 --config=/var/lib/kubelet/config.yaml --anonymous-auth=true
file /var/lib/kubelet/config.yaml 0600 root:root kubelet-configuration
  authentication: {anonymous: {enabled: false}}",
            },
            // The last drop-in wins over the file.
            Example {
                outcome: Fail,
                input: "\
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
                input: "\
run kubelet@1.31 --config=/var/lib/kubelet/config.yaml
gap /var/lib/kubelet/config.yaml permission-denied",
            },
            Example { outcome: NotApplicable, input: "run etcd@3.5" },
        ],
    },
    Control {
        id: "kubelet-client-ca-missing",
        title: "the kubelet cannot check client certificates",
        vector: vector("AV:N/AC:H/Au:N/C:C/I:C/A:C"),
        applies: Applies::Component(Kubelet),
        check: settings(Kubelet, &[require("client-ca-file", Expect::IsSet)]),
        documentation: Documentation {
            finds: "\
A kubelet without a client CA, from `authentication.x509.clientCAFile`, its drop-ins or \
`--client-ca-file`. There is no default.",
            matters: "\
The API server shows the kubelet a client certificate. A kubelet that cannot check it has to take \
the caller by a token, or for nobody: in practice anonymous requests are then let in, and with \
them everybody's.",
            options: "\
- **Name the CA** that signs the API server's kubelet client certificate. Every certificate of \
that CA then names a user to the kubelet; what the user may do is authorization's part.
- **Use tokens alone** (`authentication.webhook`), where the API server is set up to send one.",
            acceptable: "Where all callers of the kubelet show service account tokens.",
        },
        examples: &[
            pass("run kubelet@1.31 --client-ca-file=/etc/kubernetes/pki/ca.crt"),
            pass("run kubelet@1.31 --client-ca-file /etc/kubernetes/pki/ca.crt"),
            pass(
                "\
run kubelet@1.31 --config=/k.yaml
file /k.yaml 0600 root:root kubelet-configuration
  authentication: {x509: {clientCAFile: /etc/kubernetes/pki/ca.crt}}",
            ),
            pass(
                "\
run kubelet@1.31 --config=/k.yaml --config-dir=/k.d
file /k.yaml 0600 root:root kubelet-configuration
  kind: KubeletConfiguration
file /k.d/10-ca.conf 0600 root:root kubelet-configuration
  authentication: {x509: {clientCAFile: /etc/kubernetes/pki/ca.crt}}
list /k.d 10-ca.conf",
            ),
            fail("run kubelet@1.31"),
            fail(
                "\
run kubelet@1.31 --config=/k.yaml
file /k.yaml 0600 root:root kubelet-configuration
  kind: KubeletConfiguration",
            ),
            error("run kubelet@1.31 --config=/k.yaml\ngap /k.yaml permission-denied"),
            not_applicable("run etcd@3.5"),
        ],
    },
];

//! How the kubelet serves its API.

use merlon_model::{Action, Component::Kubelet};
use merlon_views::{ComponentView, NodeView, Unknown, settings as rows};

use crate::ciphers;
use crate::control::{Applies, Check, Control, Documentation, Expect, Parameters, Requirement};
use crate::judge::Judge;
use crate::row::{error, fail, not_applicable, pass, require, settings, vector};
use crate::setting;

const APPLIES: Applies = Applies::Component(Kubelet);

pub(crate) const CONTROLS: &[Control] = &[
    Control {
        id: "kubelet-read-only-port",
        title: "the kubelet is told to serve without asking who calls",
        vector: vector("AV:N/AC:L/Au:N/C:C/I:N/A:N"),
        applies: APPLIES,
        check: settings(Kubelet, &[require("read-only-port", Expect::Is("0"))]),
        documentation: Documentation {
            finds: "\
A `readOnlyPort` (or `--read-only-port`) other than 0. A kubelet with a configuration file \
defaults to 0, one without to 10255. Whether the port really listens is \
`kubelet-read-only-port-open`.",
            matters: "\
Port 10255 speaks plain HTTP and asks nobody for credentials. `/pods` gives every pod of the node \
with its environment variables, and metrics and statistics tell the rest.",
            options: "\
- **Set it to 0** and move what still asks it (old monitoring agents) to port 10250 with a token \
and a role for `nodes/metrics` or `nodes/stats`.",
            acceptable: "For the time a monitoring agent takes to move, behind a firewall.",
        },
        examples: &[
            pass("run kubelet@1.31 --read-only-port=0"),
            fail("run kubelet@1.31 --read-only-port 10255"),
            fail("run kubelet@1.31"),
            pass(
                "\
run kubelet@1.31 --config=/k.yaml
file /k.yaml 0600 root:root kubelet-configuration
  kind: KubeletConfiguration",
            ),
            fail(
                "\
run kubelet@1.31 --config=/k.yaml
file /k.yaml 0600 root:root kubelet-configuration
  readOnlyPort: 10255",
            ),
            fail(
                "\
run kubelet@1.31 --config=/k.yaml --config-dir=/k.d
file /k.yaml 0600 root:root kubelet-configuration
  readOnlyPort: 0
file /k.d/90-agent.conf 0600 root:root kubelet-configuration
  readOnlyPort: 10255
list /k.d 90-agent.conf",
            ),
            error("run kubelet@1.31 --config=/k.yaml\ngap /k.yaml permission-denied"),
            not_applicable("run etcd@3.5"),
        ],
    },
    Control {
        id: "kubelet-serving-certificate-missing",
        title: "the kubelet serves with a certificate that nobody can verify",
        vector: vector("AV:A/AC:M/Au:N/C:P/I:P/A:N"),
        applies: APPLIES,
        check: Check::Node(serving_certificate),
        documentation: Documentation {
            finds: "\
A kubelet that signs its serving certificate itself: it has neither a certificate with its key \
(`tlsCertFile` and `tlsPrivateKeyFile`, or the flags) nor asks the cluster for one \
(`serverTLSBootstrap`, `--rotate-server-certificates`).",
            matters: "\
The API server cannot tell such a kubelet from somebody who took its address. What then goes to a \
stranger is `kubectl exec`, `logs` and `port-forward`, and monitoring's token.",
            options: "\
- **`serverTLSBootstrap: true`**: the cluster's CA signs, and the kubelet renews in time. Requests \
wait for approval by a person, or by an approver that checks the names in them.
- **Files from your own CA**, whose renewal is yours.
- Either way set the API server's `--kubelet-certificate-authority`: without it nobody checks.",
            acceptable: "\
Where nodes and control plane share a network on which nobody can take an address, as some \
providers promise.",
        },
        examples: &[
            pass("run kubelet@1.31 --tls-cert-file=/s.crt --tls-private-key-file=/s.key"),
            pass("run kubelet@1.31 --rotate-server-certificates"),
            pass(
                "\
run kubelet@1.31 --config=/k.yaml
file /k.yaml 0600 root:root kubelet-configuration
  serverTLSBootstrap: true",
            ),
            pass(
                "\
run kubelet@1.31 --config=/k.yaml
file /k.yaml 0600 root:root kubelet-configuration
  tlsCertFile: /s.crt
  tlsPrivateKeyFile: /s.key",
            ),
            fail("run kubelet@1.31"),
            fail("run kubelet@1.31 --tls-cert-file=/s.crt"),
            fail(
                "\
run kubelet@1.31 --config=/k.yaml
file /k.yaml 0600 root:root kubelet-configuration
  serverTLSBootstrap: false",
            ),
            error("run kubelet@1.31 --config=/k.yaml\ngap /k.yaml permission-denied"),
            not_applicable("run etcd@3.5"),
        ],
    },
    Control {
        id: "kubelet-weak-ciphers",
        title: "the kubelet agrees to weak cipher suites",
        vector: vector("AV:N/AC:H/Au:N/C:P/I:N/A:N"),
        applies: APPLIES,
        check: Check::Node(|node, with, judge| ciphers::judge(Kubelet, node, with, judge)),
        documentation: Documentation {
            finds: "\
Suites of TLS 1.2 in `tlsCipherSuites` (or `--tls-cipher-suites`) without forward secrecy or \
authenticated encryption. Left out, Go's default suites for the release hold, which have CBC \
suites with SHA-1 among them. With `tlsMinVersion: VersionTLS13` no list is needed.",
            matters: "\
An old or manipulated client can be brought to a suite whose recorded traffic can be read once the \
key leaks, or whose padding leaks plaintext: sessions of `exec`, logs, tokens.",
            options: "\
- **List the strong suites**: ECDHE with AES-GCM or ChaCha20.
- **Demand TLS 1.3**, if nothing that is older calls the kubelet: nothing is left to choose.",
            acceptable: "\
Where API server and monitoring are the only callers: they agree on a strong suite by themselves.",
        },
        examples: &[
            pass(
                "run kubelet@1.31 --tls-cipher-suites=TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,\
                 TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305",
            ),
            pass("run kubelet@1.31 --tls-min-version VersionTLS13"),
            pass(
                "\
run kubelet@1.31 --config=/k.yaml
file /k.yaml 0600 root:root kubelet-configuration
  tlsCipherSuites: [TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384]",
            ),
            fail(
                "\
run kubelet@1.31 --config=/k.yaml
file /k.yaml 0600 root:root kubelet-configuration
  tlsCipherSuites:
    - TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384
    - TLS_RSA_WITH_AES_128_CBC_SHA",
            ),
            fail("run kubelet@1.31"),
            fail("run kubelet"),
            error("run kubelet@1.31 --config=/k.yaml\ngap /k.yaml permission-denied"),
            not_applicable("run etcd@3.5"),
        ],
    },
    Control {
        id: "kubelet-old-tls",
        title: "the kubelet speaks versions of TLS that are broken",
        vector: vector("AV:N/AC:H/Au:N/C:P/I:P/A:N"),
        applies: APPLIES,
        check: settings(Kubelet, &[require("tls-min-version", Expect::AtLeast("VersionTLS12"))]),
        documentation: Documentation {
            finds: "\
A `tlsMinVersion` (or `--tls-min-version`) below TLS 1.2. Left out or empty, it is TLS 1.2.",
            matters: "\
TLS 1.0 and 1.1 rest on MD5 and SHA-1 and on ciphers with known attacks. Somebody between two \
parties can bring them down to the least that both speak.",
            options: "\
- **Leave it out** or say `VersionTLS12`.
- **`VersionTLS13`** where every caller speaks it: API servers of the last years do.",
            acceptable: "Never needed: no client of a kubelet is that old.",
        },
        examples: &[
            pass("run kubelet@1.31"),
            pass("run kubelet@1.31 --tls-min-version=VersionTLS13"),
            fail("run kubelet@1.31 --tls-min-version VersionTLS10"),
            fail(
                "\
run kubelet@1.31 --config=/k.yaml
file /k.yaml 0600 root:root kubelet-configuration
  tlsMinVersion: VersionTLS11",
            ),
            error("run kubelet@1.31 --config=/k.yaml\ngap /k.yaml permission-denied"),
            not_applicable("run etcd@3.5"),
        ],
    },
    Control {
        id: "kubelet-streaming-timeout-off",
        title: "the kubelet keeps idle connections to containers open for ever",
        vector: vector("AV:N/AC:H/Au:S/C:N/I:P/A:P"),
        applies: APPLIES,
        check: settings(
            Kubelet,
            &[Requirement {
                setting: "streaming-connection-idle-timeout",
                expect: Expect::IsNot("0"),
                remedy: "4h0m0s",
            }],
        ),
        documentation: Documentation {
            finds: "\
A `--streaming-connection-idle-timeout` of 0, which never closes an idle `exec`, `attach` or \
`port-forward`. In the configuration file 0 means the default of four hours, so that only the flag \
can turn the timeout off.",
            matters: "\
Sessions that were forgotten pile up and hold memory and ports of the node. A session outlives the \
permission it was opened with.",
            options: "\
- **Keep the default** of 4 hours, or use less: 5 minutes is common.
- Long quiet jobs in a session then have to print something, or run as a Job.",
            acceptable: "On a node for debugging that only administrators use.",
        },
        examples: &[
            pass("run kubelet@1.31"),
            pass("run kubelet@1.31 --streaming-connection-idle-timeout=5m"),
            fail("run kubelet@1.31 --streaming-connection-idle-timeout=0"),
            fail("run kubelet@1.31 --streaming-connection-idle-timeout 0s"),
            // In the file, 0 is what a file that does not say it has.
            pass(
                "\
run kubelet@1.31 --config=/k.yaml
file /k.yaml 0600 root:root kubelet-configuration
  streamingConnectionIdleTimeout: 0s",
            ),
            error("run kubelet@1.31 --streaming-connection-idle-timeout=never"),
            not_applicable("run etcd@3.5"),
        ],
    },
    Control {
        id: "kubelet-debugging-handlers",
        title: "the kubelet serves profiles of itself and a switch of its log level",
        vector: vector("AV:A/AC:L/Au:M/C:P/I:N/A:P"),
        applies: APPLIES,
        check: Check::Node(debugging_handlers),
        documentation: Documentation {
            finds: "\
`/debug/pprof` and `/debug/flags/v` served on port 10250. They are unless `enableProfilingHandler` \
and `enableDebugFlagsHandler` are false, or `enableDebuggingHandlers` is, which also takes `exec`, \
`logs` and `port-forward` away.",
            matters: "\
Profiles show what the node works on and cost it time; a log level of 10 writes request bodies to \
the node's log. Callers need `nodes/proxy`, or finer rights where the release has them.",
            options: "\
- **Turn the two handlers off** in the configuration file, from 1.21 on; nothing else of the \
kubelet needs them.
- **Turn all debugging handlers off** on nodes where nobody should get into a container.",
            acceptable: "Where profiles are collected continuously with an identity made for that.",
        },
        examples: &[
            pass(
                "\
run kubelet@1.31 --config=/k.yaml
file /k.yaml 0600 root:root kubelet-configuration
  enableProfilingHandler: false
  enableDebugFlagsHandler: false",
            ),
            pass("run kubelet@1.31 --enable-debugging-handlers=false"),
            fail(
                "\
run kubelet@1.31 --config=/k.yaml
file /k.yaml 0600 root:root kubelet-configuration
  enableProfilingHandler: false",
            ),
            fail("run kubelet@1.31"),
            fail("run kubelet@1.20"),
            error("run kubelet@1.31 --config=/k.yaml\ngap /k.yaml permission-denied"),
            not_applicable("run etcd@3.5"),
        ],
    },
];

fn serving_certificate(node: &NodeView<'_>, _: &Parameters, judge: &mut Judge<'_, '_>) {
    for kubelet in node.instances(Kubelet) {
        if let Err(unknown) = judge_certificate(kubelet, judge) {
            let why = format!("what the kubelet serves with is not known: {unknown}");
            judge.error(&kubelet.name, why);
        }
    }
}

fn judge_certificate(
    kubelet: &ComponentView<'_>,
    judge: &mut Judge<'_, '_>,
) -> Result<(), Unknown> {
    let certificate = kubelet.effective("tls-cert-file")?;
    let key = kubelet.effective("tls-private-key-file")?;
    let bootstrap = kubelet.effective("rotate-server-certificates")?;
    let given = !certificate.value.is_unset() && !key.value.is_unset();
    let entry = if given {
        judge.pass(&kubelet.name, format!("it serves with {}", certificate.value))
    } else if bootstrap.value.as_bool() == Some(true) {
        judge.pass(&kubelet.name, "it asks the cluster for its serving certificate")
    } else {
        let action = rows::find(Kubelet, "rotate-server-certificates")
            .map(|row| setting::set(row, kubelet, &bootstrap, "true".to_owned()));
        judge.fail(&kubelet.name, "it makes its serving certificate itself").actions(action).action(
            Action::Manual {
                instruction: "approve the requests for serving certificates, after looking at \
                              the names in them"
                    .to_owned(),
                commands: vec!["kubectl get csr".to_owned()],
            },
        )
    };
    entry
        .expected("tlsCertFile and tlsPrivateKeyFile are set, or serverTLSBootstrap is true")
        .evidence(format!("--tls-cert-file is {}", certificate.value), certificate.location)
        .evidence(format!("--tls-private-key-file is {}", key.value), key.location)
        .evidence(format!("serverTLSBootstrap is {}", bootstrap.value), bootstrap.location);
    Ok(())
}

fn debugging_handlers(node: &NodeView<'_>, _: &Parameters, judge: &mut Judge<'_, '_>) {
    for kubelet in node.instances(Kubelet) {
        if let Err(unknown) = judge_handlers(kubelet, judge) {
            let why = format!("what the kubelet serves is not known: {unknown}");
            judge.error(&kubelet.name, why);
        }
    }
}

fn judge_handlers(kubelet: &ComponentView<'_>, judge: &mut Judge<'_, '_>) -> Result<(), Unknown> {
    let all = kubelet.effective("enable-debugging-handlers")?;
    if all.value.as_bool() == Some(false) {
        let statement = "enableDebuggingHandlers is false";
        judge.pass(&kubelet.name, statement).evidence(statement, all.location);
        return Ok(());
    }
    for name in ["enableProfilingHandler", "enableDebugFlagsHandler"] {
        let effective = match kubelet.effective(name) {
            Ok(effective) => effective,
            // Before there was a switch, they were always served.
            Err(Unknown::NotInRelease { why }) => {
                let action = rows::find(Kubelet, "enable-debugging-handlers")
                    .map(|row| setting::set(row, kubelet, &all, "false".to_owned()));
                judge
                    .fail(&kubelet.name, why)
                    .expected("enableDebuggingHandlers is false")
                    .evidence("enableDebuggingHandlers is true", all.location.clone())
                    .actions(action);
                continue;
            }
            Err(unknown) => return Err(unknown),
        };
        let statement = format!("{name} is {}", effective.value);
        let entry = if effective.value.as_bool() == Some(false) {
            judge.pass(&kubelet.name, statement.clone())
        } else {
            let action = rows::find(Kubelet, name)
                .map(|row| setting::set(row, kubelet, &effective, "false".to_owned()));
            judge.fail(&kubelet.name, statement.clone()).actions(action)
        };
        entry.expected(format!("{name} is false")).evidence(statement, effective.location);
    }
    Ok(())
}

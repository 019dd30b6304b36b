//! How the API server serves.

use merlon_model::Component::KubeApiserver;
use merlon_views::NodeView;

use crate::ciphers;
use crate::control::{Applies, Check, Control, Documentation, Expect, Parameters, Requirement};
use crate::judge::Judge;
use crate::row::{error, fail, not_applicable, pass, require, settings, vector};

pub(crate) const CONTROLS: &[Control] = &[
    Control {
        id: "apiserver-insecure-bind-address",
        title: "the API server is told to bind its plain port to more than the loopback address",
        vector: vector("AV:N/AC:L/Au:N/C:C/I:C/A:C"),
        applies: Applies::Component(KubeApiserver),
        check: settings(
            KubeApiserver,
            &[require("insecure-bind-address", Expect::Is("127.0.0.1"))],
        ),
        documentation: Documentation {
            finds: "\
An API server whose `--insecure-bind-address` is anything but its default, 127.0.0.1. From release \
1.20 on the flag has no effect, since there is no plain port any more; one that is left over is \
reported all the same. 1.24 took it away, and there the control does not apply.",
            matters: "\
The plain port asks nobody who they are and allows everything: whoever reaches it owns the \
cluster, unseen by audit's user names.",
            options: "\
- **Drop the flag and close the port** (`--insecure-port=0`). Whatever used it needs a kubeconfig.",
            acceptable: "Never.",
        },
        examples: &[
            pass("run kube-apiserver@1.18"),
            fail("run kube-apiserver@1.18 --insecure-bind-address=0.0.0.0"),
            fail("run kube-apiserver@1.18 --insecure-bind-address 10.0.0.1"),
            not_applicable("run kube-apiserver@1.24"),
            not_applicable("run kubelet@1.18"),
            error("gap processes permission-denied"),
        ],
    },
    Control {
        id: "apiserver-insecure-port",
        title: "the API server serves a port without TLS and without authentication",
        vector: vector("AV:L/AC:L/Au:N/C:C/I:C/A:C"),
        applies: Applies::Component(KubeApiserver),
        check: settings(KubeApiserver, &[require("insecure-port", Expect::Is("0"))]),
        documentation: Documentation {
            finds: "\
An API server whose `--insecure-port` is not 0. The default is 8080 before release 1.20; from \
there on it is 0 and nothing else is taken, and 1.24 took the flag away.",
            matters: "\
The port skips authentication and authorization. Bound to the loopback address, as it is by \
default, it gives the cluster to every process and every pod with `hostNetwork` on that machine.",
            options: "- **Close it.** Health checks move to the secure port's `/livez` and `/readyz`.",
            acceptable: "Never.",
        },
        examples: &[
            fail("run kube-apiserver@1.19"),
            fail("run kube-apiserver@1.19 --insecure-port=8080"),
            pass("run kube-apiserver@1.19 --insecure-port=0"),
            pass("run kube-apiserver@1.19 --insecure-port 0"),
            pass("run kube-apiserver@1.20"),
            not_applicable("run kube-apiserver@1.24"),
            not_applicable("run kubelet@1.19"),
            error("gap processes permission-denied"),
        ],
    },
    Control {
        id: "apiserver-secure-port-off",
        title: "the API server serves no port with TLS",
        vector: vector("AV:N/AC:H/Au:N/C:C/I:C/A:C"),
        applies: Applies::Component(KubeApiserver),
        check: settings(
            KubeApiserver,
            &[Requirement { setting: "secure-port", expect: Expect::IsNot("0"), remedy: "6443" }],
        ),
        documentation: Documentation {
            finds: "\
An API server with `--secure-port=0`, which old releases read as: serve no TLS. The default is \
6443. Releases of today do not start with 0.",
            matters: "\
What is left is the plain port, where nobody is asked who they are, or whatever stands in front of \
it and vouches for people the API server never sees.",
            options: "- **Any other port**, 6443 as a rule.",
            acceptable: "Never.",
        },
        examples: &[
            pass("run kube-apiserver@1.31"),
            pass("run kube-apiserver@1.31 --secure-port=443"),
            pass("run kube-apiserver@1.31 --secure-port 6443"),
            fail("run kube-apiserver@1.18 --secure-port=0"),
            error("run kube-apiserver@1.31 --secure-port=https"),
            not_applicable("run kubelet@1.31"),
            error("gap processes permission-denied"),
        ],
    },
    Control {
        id: "apiserver-profiling",
        title: "the API server serves profiles of itself",
        vector: vector("AV:N/AC:L/Au:M/C:P/I:N/A:N"),
        applies: Applies::Component(KubeApiserver),
        check: settings(KubeApiserver, &[require("profiling", Expect::Is("false"))]),
        documentation: Documentation {
            finds: "\
An API server that does not turn `--profiling` off. It is on by default and serves \
`/debug/pprof/` on the secure port to whoever is authorized for that path.",
            matters: "\
Profiles and command line tell how the API server is built, set up and loaded, and taking one \
costs it processor time, over and over if somebody likes. Only callers with rights on the path get \
there, so that this is one thing less to attack rather than a hole.",
            options: "\
- **Turn it off** and on again for the hour in which a problem is looked into; each change \
restarts the API server.
- **Leave it** and grant `/debug/pprof/*` to nobody but administrators.",
            acceptable: "Where performance is being worked on, and RBAC keeps the path to administrators.",
        },
        examples: &[
            pass("run kube-apiserver@1.31 --profiling=false"),
            fail("run kube-apiserver@1.31 --profiling=true"),
            fail("run kube-apiserver@1.31 --profiling"),
            fail("run kube-apiserver@1.31"),
            // A boolean takes no next word.
            fail("run kube-apiserver@1.31 --profiling false"),
            pass("run kube-apiserver@1.31 --profiling=true --profiling=false"),
            not_applicable("run kubelet@1.31"),
            error("gap processes permission-denied"),
        ],
    },
    Control {
        id: "apiserver-request-timeout",
        title: "requests may keep the API server busy for longer than five minutes",
        vector: vector("AV:N/AC:M/Au:S/C:N/I:N/A:P"),
        applies: Applies::Component(KubeApiserver),
        check: settings(KubeApiserver, &[require("request-timeout", Expect::AtMost("5m0s"))]),
        documentation: Documentation {
            finds: "\
An API server whose `--request-timeout` is above five minutes. The default is one minute. Watches, \
`exec`, `logs -f` and `port-forward` are not bound by it. A benchmark may set another limit.",
            matters: "\
Each request holds memory and a place among those served at once. Few slow callers are then enough \
to keep others out.",
            options: "\
- **One minute**, the default, suits almost everybody.
- **Up to five** where lists of very many objects go over slow links; paging (`limit`) mends the \
cause.",
            acceptable: "While a huge cluster is moved or backed up through the API.",
        },
        examples: &[
            pass("run kube-apiserver@1.31"),
            pass("run kube-apiserver@1.31 --request-timeout=300s"),
            pass("run kube-apiserver@1.31 --request-timeout 1m30s"),
            fail("run kube-apiserver@1.31 --request-timeout=5m1s"),
            fail("run kube-apiserver@1.31 --request-timeout=1h"),
            fail("run kube-apiserver@1.31 --request-timeout=0"),
            error("run kube-apiserver@1.31 --request-timeout=300"),
            not_applicable("run kubelet@1.31"),
            error("gap processes permission-denied"),
        ],
    },
    Control {
        id: "apiserver-serving-certificate-missing",
        title: "the API server makes its own serving certificate",
        vector: vector("AV:N/AC:H/Au:N/C:P/I:P/A:P"),
        applies: Applies::Component(KubeApiserver),
        check: settings(
            KubeApiserver,
            &[
                require("tls-cert-file", Expect::IsSet),
                require("tls-private-key-file", Expect::IsSet),
            ],
        ),
        documentation: Documentation {
            finds: "\
An API server that lacks `--tls-cert-file` or `--tls-private-key-file`. It then makes a self-signed \
certificate in `--cert-dir`.",
            matters: "\
No client can verify a certificate that vouches for itself, so clients get told to skip the check. \
Then anybody on the path can play the API server and collect tokens.",
            options: "\
- **A certificate of the cluster's authority** for every name and address the API server is \
reached by. Renew it before it expires.
- **`--tls-sni-cert-key`** for further names, such as a public one.",
            acceptable: "In a cluster that lives for one test.",
        },
        examples: &[
            pass(
                "run kube-apiserver@1.31 --tls-cert-file=/pki/a.crt --tls-private-key-file=/pki/a.key",
            ),
            pass(
                "run kube-apiserver@1.31 --tls-cert-file /pki/a.crt --tls-private-key-file /pki/a.key",
            ),
            fail("run kube-apiserver@1.31 --tls-cert-file=/pki/a.crt"),
            fail("run kube-apiserver@1.31"),
            not_applicable("run kubelet@1.31"),
            error("gap processes permission-denied"),
        ],
    },
    Control {
        id: "apiserver-weak-ciphers",
        title: "the API server offers weak cipher suites",
        vector: vector("AV:N/AC:H/Au:N/C:P/I:P/A:N"),
        applies: Applies::Component(KubeApiserver),
        check: Check::Node(judge_ciphers),
        documentation: Documentation {
            finds: "\
Cipher suites in force for TLS 1.2 that the benchmark does not count as strong; without a \
benchmark, everything but AES-GCM and ChaCha20-Poly1305 with ECDHE. When `--tls-cipher-suites` is \
not set, the default list of the Go release decides which the API server was built with: all \
releases offer AES-CBC with SHA-1, those before 1.32 3DES, those before 1.30 RSA key exchange as \
well. With `--tls-min-version=VersionTLS13` the list has no effect and the control passes.",
            matters: "\
CBC suites have a history of padding attacks, 3DES of collisions on long connections, and RSA key \
exchange lets whoever steals the key later read what was recorded today. Go defends against the \
known attacks, and clients of today choose better suites by themselves.",
            options: "\
- **List the strong suites.** HTTP/2 needs `TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256` or its ECDSA \
sibling among them. Clients without AES-GCM, hardly any are left, no longer get in.
- **`--tls-min-version=VersionTLS13`** is shorter and stricter: clients without TLS 1.3 are out.",
            acceptable: "\
While an old client or an inspecting proxy needs another suite, or when the defaults of a release \
from 1.32 on are good enough for you.",
        },
        examples: &[
            pass(
                "run kube-apiserver@1.31 --tls-cipher-suites=TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,TLS_AES_128_GCM_SHA256",
            ),
            pass(
                "run kube-apiserver@1.31 --tls-cipher-suites TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
            ),
            fail(
                "run kube-apiserver@1.31 --tls-cipher-suites=TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,TLS_RSA_WITH_RC4_128_SHA",
            ),
            // Repeated lists add up.
            fail(
                "run kube-apiserver@1.31 --tls-cipher-suites=TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 --tls-cipher-suites=TLS_RSA_WITH_AES_128_CBC_SHA",
            ),
            // Go's default lists, which all have CBC.
            fail("run kube-apiserver@1.34"),
            fail("run kube-apiserver@1.20"),
            fail("run kube-apiserver"),
            pass("run kube-apiserver@1.31 --tls-min-version=VersionTLS13"),
            pass(
                "run kube-apiserver@1.31 --tls-min-version=VersionTLS13 --tls-cipher-suites=TLS_RSA_WITH_AES_128_CBC_SHA",
            ),
            error("run kube-apiserver@1.31 --tls-cipher-suites"),
            not_applicable("run kubelet@1.31"),
            error("gap processes permission-denied"),
        ],
    },
    Control {
        id: "apiserver-old-tls",
        title: "the API server speaks TLS 1.0 or 1.1",
        vector: vector("AV:N/AC:H/Au:N/C:P/I:P/A:N"),
        applies: Applies::Component(KubeApiserver),
        check: settings(
            KubeApiserver,
            &[
                Requirement {
                    setting: "tls-min-version",
                    expect: Expect::IsNot("VersionTLS10"),
                    remedy: "VersionTLS12",
                },
                Requirement {
                    setting: "tls-min-version",
                    expect: Expect::IsNot("VersionTLS11"),
                    remedy: "VersionTLS12",
                },
            ],
        ),
        documentation: Documentation {
            finds: "\
An API server whose `--tls-min-version` is `VersionTLS10` or `VersionTLS11`. Without the flag the \
least version is TLS 1.2, in every release.",
            matters: "\
The two old versions rest on MD5 and SHA-1 and were withdrawn in 2021 (RFC 8996). An attacker on \
the path can talk client and server down to them.",
            options: "\
- **TLS 1.2**, by dropping the flag.
- **TLS 1.3** (`VersionTLS13`) where every client speaks it.",
            acceptable: "Never; no client of a supported release needs them.",
        },
        examples: &[
            pass("run kube-apiserver@1.31"),
            pass("run kube-apiserver@1.31 --tls-min-version=VersionTLS12"),
            pass("run kube-apiserver@1.31 --tls-min-version VersionTLS13"),
            fail("run kube-apiserver@1.31 --tls-min-version=VersionTLS10"),
            fail("run kube-apiserver@1.31 --tls-min-version=VersionTLS11"),
            not_applicable("run kubelet@1.31"),
            error("gap processes permission-denied"),
        ],
    },
    Control {
        id: "apiserver-alpha-features",
        title: "the API server runs all alpha features",
        vector: vector("AV:N/AC:H/Au:S/C:P/I:P/A:P"),
        applies: Applies::Component(KubeApiserver),
        check: settings(
            KubeApiserver,
            &[
                require("feature-gates", Expect::Excludes("AllAlpha=true")),
                require("runtime-config", Expect::Excludes("api/all=true")),
                require("runtime-config", Expect::Excludes("api/alpha=true")),
            ],
        ),
        documentation: Documentation {
            finds: "\
An API server with `AllAlpha=true` in `--feature-gates`, or `api/all` or `api/alpha` turned on in \
`--runtime-config`. None is on by default. Single alpha gates and API versions are not reported.",
            matters: "\
Alpha code is off by default because it is unfinished: not reviewed for security as a whole, \
without a promise of fixes, and open to whoever may create its objects. Turned on as a whole it \
brings features that nobody in the cluster knows of.",
            options: "- **Name the gates and versions you need**, one by one, and why.",
            acceptable: "In clusters for trying features out, without other people's work in them.",
        },
        examples: &[
            pass("run kube-apiserver@1.31"),
            pass("run kube-apiserver@1.31 --feature-gates=AllAlpha=false,SomeGate=true"),
            pass("run kube-apiserver@1.31 --runtime-config=batch/v1alpha1=true"),
            fail("run kube-apiserver@1.31 --feature-gates=AllAlpha=true"),
            fail("run kube-apiserver@1.31 --feature-gates SomeGate=true,AllAlpha=true"),
            // Gates are booleans in any spelling of Go's.
            fail("run kube-apiserver@1.31 --feature-gates=AllAlpha=T"),
            fail("run kube-apiserver@1.31 --runtime-config=api/all=true"),
            fail("run kube-apiserver@1.31 --runtime-config=api/alpha=1"),
            // A key alone turns it on.
            fail("run kube-apiserver@1.31 --runtime-config=api/alpha"),
            pass("run kube-apiserver@1.31 --runtime-config=api/all=false"),
            // The last one counts.
            pass(
                "run kube-apiserver@1.31 --feature-gates=AllAlpha=true --feature-gates=AllAlpha=false",
            ),
            error("run kube-apiserver@1.31 --feature-gates=AllAlpha"),
            not_applicable("run kubelet@1.31 --feature-gates=AllAlpha=true"),
            error("gap processes permission-denied"),
        ],
    },
];

fn judge_ciphers(node: &NodeView<'_>, with: &Parameters, judge: &mut Judge<'_, '_>) {
    ciphers::judge(KubeApiserver, node, with, judge);
}

//! What etcd serves, and how.

use merlon_model::{Action, Component::Etcd, Severity};
use merlon_views::{ComponentView, NodeView, Unknown};

use crate::address;
use crate::ciphers;
use crate::control::{Applies, Check, Control, Documentation, Expect, Parameters};
use crate::judge::Judge;
use crate::row::{error, fail, not_applicable, pass, require, settings, vector};

const APPLIES: Applies = Applies::Component(Etcd);

pub(crate) const CONTROLS: &[Control] = &[
    Control {
        id: "etcd-plaintext-listener",
        title: "etcd speaks plain HTTP to the network",
        vector: vector("AV:N/AC:L/Au:N/C:C/I:C/A:C"),
        applies: APPLIES,
        check: Check::Node(plaintext_listener),
        documentation: Documentation {
            finds: "\
An `http://` URL on anything but loopback in `--listen-client-urls`, `--listen-peer-urls`, \
`--listen-client-http-urls` or `--listen-metrics-urls`. The scheme decides: etcd ignores \
certificates and client authentication for a URL that says `http`.",
            matters: "\
On a client or peer URL everybody on the network can read and write the cluster's whole state \
(Secrets included) without credentials. A metrics URL tells health and sizes only.",
            options: "\
- **Say `https`** in the URL, and in the advertised one, once certificates are in place.
- **Keep plain HTTP on loopback** for health probes, as kubeadm does with port 2381.",
            acceptable: "Metrics on a network that only monitoring reaches.",
        },
        examples: &[
            pass(
                "run etcd@3.5 --listen-client-urls=https://127.0.0.1:2379,https://10.0.0.1:2379 \
                 --listen-peer-urls=https://10.0.0.1:2380 \
                 --listen-metrics-urls=http://127.0.0.1:2381",
            ),
            // The defaults are plain HTTP on loopback.
            pass("run etcd@3.5"),
            fail("run etcd@3.5 --listen-client-urls=https://127.0.0.1:2379,http://10.0.0.1:2379"),
            fail("run etcd@3.5 --listen-metrics-urls http://0.0.0.0:2381"),
            fail("run etcd@3.5\nenv ETCD_LISTEN_PEER_URLS=http://[::]:2380"),
            fail(
                "\
run etcd@3.5 --config-file=/e/etcd.yaml
file /e/etcd.yaml 0600 root:root etcd-configuration
  listen-client-urls: http://0.0.0.0:2379",
            ),
            error("run etcd@3.5 --config-file=/e/etcd.yaml\ngap /e/etcd.yaml permission-denied"),
            not_applicable("run kubelet@1.31"),
        ],
    },
    Control {
        id: "etcd-pprof",
        title: "etcd serves profiles of itself",
        vector: vector("AV:A/AC:L/Au:S/C:P/I:N/A:N"),
        applies: APPLIES,
        check: settings(Etcd, &[require("enable-pprof", Expect::Is("false"))]),
        documentation: Documentation {
            finds: "`--enable-pprof` on, from whichever source counts. It is off by default.",
            matters: "\
`/debug/pprof` stands on the client URLs (and on the metrics URLs, which ask for no certificate). \
It shows what etcd works on, keys among it, and lets a caller slow it down.",
            options: "\
- **Leave it off** and turn it on for the day it is needed: a restart of one member.",
            acceptable: "While a performance problem is being looked into.",
        },
        examples: &[
            pass("run etcd@3.5"),
            pass("run etcd@3.5 --enable-pprof=false"),
            fail("run etcd@3.5 --enable-pprof"),
            fail("run etcd@3.5\nenv ETCD_ENABLE_PPROF=true"),
            error("run etcd@3.5 --config-file=/e/etcd.yaml\ngap /e/etcd.yaml permission-denied"),
            not_applicable("run kubelet@1.31"),
        ],
    },
    Control {
        id: "etcd-weak-ciphers",
        title: "etcd agrees to weak cipher suites",
        vector: vector("AV:A/AC:H/Au:N/C:P/I:P/A:N"),
        applies: APPLIES,
        check: Check::Node(|node, with, judge| ciphers::judge(Etcd, node, with, judge)),
        documentation: Documentation {
            finds: "\
Suites of TLS 1.2 in `--cipher-suites` without forward secrecy or authenticated encryption. Left \
out, Go's default suites hold, which have CBC suites with SHA-1 among them in every release so \
far. With `--tls-min-version=TLS1.3` no list is needed.",
            matters: "\
An old or manipulated client can be brought to a suite whose recorded traffic can be read once the \
key leaks, or whose padding leaks plaintext. The traffic is the cluster's Secrets.",
            options: "\
- **List the strong suites**: ECDHE with AES-GCM or ChaCha20. Every API server of the last years \
has them.
- **Demand TLS 1.3** where the release can: nothing is left to choose.",
            acceptable: "\
Where the API servers are etcd's only clients: they agree on a strong suite by themselves.",
        },
        examples: &[
            pass("run etcd@3.5 --cipher-suites=TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"),
            pass(
                "run etcd@3.5 --cipher-suites \
                 TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305",
            ),
            pass("run etcd@3.6 --tls-min-version=TLS1.3"),
            fail(
                "run etcd@3.5 --cipher-suites=TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,\
                 TLS_RSA_WITH_AES_128_CBC_SHA",
            ),
            fail("run etcd@3.5"),
            // Every release so far has weak ones among its defaults.
            fail("run etcd"),
            error("run etcd@3.5 --config-file=/e/etcd.yaml\ngap /e/etcd.yaml permission-denied"),
            not_applicable("run kubelet@1.31"),
        ],
    },
];

const LISTENERS: &[&str] =
    &["listen-client-urls", "listen-client-http-urls", "listen-peer-urls", "listen-metrics-urls"];

fn plaintext_listener(node: &NodeView<'_>, _: &Parameters, judge: &mut Judge<'_, '_>) {
    for instance in node.instances(Etcd) {
        for setting in LISTENERS {
            judge_urls(setting, instance, judge);
        }
    }
}

/// What a listener in the clear is worth: peers have to be spoken to in their own protocol, and
/// metrics tell little.
fn severity_of(setting: &str) -> Severity {
    match setting {
        "listen-peer-urls" => const { vector("AV:N/AC:H/Au:N/C:C/I:C/A:C").severity() },
        "listen-metrics-urls" => const { vector("AV:A/AC:L/Au:N/C:P/I:N/A:N").severity() },
        _ => const { vector("AV:N/AC:L/Au:N/C:C/I:C/A:C").severity() },
    }
}

fn judge_urls(setting: &str, instance: &ComponentView<'_>, judge: &mut Judge<'_, '_>) {
    let effective = match instance.effective(setting) {
        Ok(effective) if effective.value.is_unset() => return,
        Ok(effective) => effective,
        Err(Unknown::NotInRelease { .. }) => return,
        Err(unknown) => {
            let why = format!("--{setting} is not known: {unknown}");
            judge.error(&instance.name, why);
            return;
        }
    };
    let statement = format!("--{setting} is {}", effective.value);
    let open: Vec<&str> = effective
        .value
        .as_list()
        .iter()
        .filter(|url| {
            url.strip_prefix("http://")
                .is_some_and(|host| !address::is_loopback(host.trim_end_matches('/')))
        })
        .map(String::as_str)
        .collect();
    let entry = if open.is_empty() {
        judge.pass(&instance.name, statement.clone())
    } else {
        let message = format!(
            "--{setting} has {}: in the clear, and without asking who calls",
            open.join(", ")
        );
        judge.fail(&instance.name, message).at_most(severity_of(setting)).action(Action::Manual {
            instruction: format!(
                "give etcd certificates, then write https:// in --{setting} and in the URL it \
                 advertises, one member after the other"
            ),
            commands: Vec::new(),
        })
    };
    entry
        .expected(format!("--{setting} has http:// only for addresses of this machine alone"))
        .evidence(statement, effective.location);
}

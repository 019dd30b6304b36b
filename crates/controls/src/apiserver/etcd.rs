//! How the API server talks to etcd.

use merlon_model::{Action, Component::KubeApiserver};
use merlon_views::{ComponentView, NodeView, Unknown};

use crate::control::{Applies, Check, Control, Documentation, Expect, Parameters};
use crate::judge::Judge;
use crate::row::{error, fail, not_applicable, pass, require, settings, vector};

pub(crate) const CONTROLS: &[Control] = &[
    Control {
        id: "apiserver-etcd-client-certificate-missing",
        title: "the API server has no certificate to show to etcd",
        vector: vector("AV:A/AC:M/Au:N/C:C/I:C/A:C"),
        applies: Applies::Component(KubeApiserver),
        check: settings(
            KubeApiserver,
            &[require("etcd-certfile", Expect::IsSet), require("etcd-keyfile", Expect::IsSet)],
        ),
        documentation: Documentation {
            finds: "\
An API server that lacks `--etcd-certfile` or `--etcd-keyfile`. Neither has a default.",
            matters: "\
etcd then cannot ask its clients for certificates, or the API server would be shut out. Whoever \
reaches etcd's port reads every Secret and writes any object, past authentication, authorization, \
admission and audit.",
            options: "\
- **A client certificate from an authority that only etcd uses.** One more authority to keep.
- **A certificate from the cluster's authority** works as well, and then every certificate of the \
cluster opens etcd.",
            acceptable: "\
When etcd is reached over a unix socket that only root can open, as with kine in k3s.",
        },
        examples: &[
            pass("run kube-apiserver@1.31 --etcd-certfile=/pki/e.crt --etcd-keyfile=/pki/e.key"),
            pass("run kube-apiserver@1.31 --etcd-certfile /pki/e.crt --etcd-keyfile /pki/e.key"),
            fail("run kube-apiserver@1.31 --etcd-certfile=/pki/e.crt"),
            fail("run kube-apiserver@1.31"),
            not_applicable("run etcd@3.5 --cert-file=/pki/e.crt"),
            error("gap processes permission-denied"),
        ],
    },
    Control {
        id: "apiserver-etcd-ca-missing",
        title: "the API server does not verify etcd's certificate against an authority of its own",
        vector: vector("AV:A/AC:H/Au:N/C:C/I:C/A:C"),
        applies: Applies::Component(KubeApiserver),
        check: settings(KubeApiserver, &[require("etcd-cafile", Expect::IsSet)]),
        documentation: Documentation {
            finds: "\
An API server without `--etcd-cafile`. It has no default; without it the authorities of the \
operating system decide who is etcd.",
            matters: "\
Any of the hundred-odd public authorities, or a company's proxy among them, can then vouch for a \
false etcd. What the API server writes there, Secrets included, is lost to it, and what the false \
etcd answers becomes the state of the cluster.",
            options: "\
- **Name etcd's own authority.** When it is replaced, give the API server a file with both for the \
time of the change.",
            acceptable: "\
When etcd is a managed service whose certificate a public authority signs, or is reached over a \
unix socket.",
        },
        examples: &[
            pass("run kube-apiserver@1.31 --etcd-cafile=/pki/etcd/ca.crt"),
            pass("run kube-apiserver@1.31 --etcd-cafile /pki/etcd/ca.crt"),
            fail("run kube-apiserver@1.31"),
            fail("run kube-apiserver@1.31 --etcd-cafile=/pki/etcd/ca.crt --etcd-cafile="),
            not_applicable("run kubelet@1.31"),
            error("gap processes permission-denied"),
        ],
    },
    Control {
        id: "apiserver-etcd-plaintext",
        title: "the API server talks to etcd without TLS",
        vector: vector("AV:A/AC:L/Au:N/C:C/I:C/A:C"),
        applies: Applies::Component(KubeApiserver),
        check: Check::Node(judge_servers),
        documentation: Documentation {
            finds: "\
An address in `--etcd-servers` or `--etcd-servers-overrides` that is neither `https://` nor a unix \
socket (`unix://`). Every address counts, since the API server moves on to the next when one fails.",
            matters: "\
All state of the cluster crosses this connection in the clear, Secrets included unless they are \
encrypted at rest. Somebody on the path also writes: a ClusterRoleBinding placed into etcd is as \
good as one that was admitted.",
            options: "\
- **Serve TLS from etcd** and change the addresses. Members can serve both during the change: list \
a second `--listen-client-urls`.
- **A unix socket** where etcd or kine runs on the same machine.",
            acceptable: "\
A loopback address on a control plane of one machine, where only root can log in. Others on that \
machine can still listen in.",
        },
        examples: &[
            pass("run kube-apiserver@1.31 --etcd-servers=https://127.0.0.1:2379"),
            pass("run kube-apiserver@1.31 --etcd-servers https://a:2379,https://b:2379"),
            pass("run kube-apiserver@1.31 --etcd-servers=unix:///run/kine.sock"),
            pass("run kube-apiserver@1.31 --etcd-servers=HTTPS://a:2379"),
            fail("run kube-apiserver@1.31 --etcd-servers=http://127.0.0.1:2379"),
            fail("run kube-apiserver@1.31 --etcd-servers=https://a:2379,http://b:2379"),
            fail(
                "run kube-apiserver@1.31 --etcd-servers=https://a:2379 --etcd-servers=http://b:2379",
            ),
            fail(
                "run kube-apiserver@1.31 --etcd-servers=https://a:2379 --etcd-servers-overrides=/events#https://b:2379;http://c:2379",
            ),
            pass(
                "run kube-apiserver@1.31 --etcd-servers=https://a:2379 --etcd-servers-overrides=/events#https://b:2379",
            ),
            // Without a scheme the client of etcd does not use TLS.
            fail("run kube-apiserver@1.31 --etcd-servers=127.0.0.1:2379"),
            // The API server does not start without any.
            error("run kube-apiserver@1.31"),
            not_applicable("run kubelet@1.31"),
            error("gap processes permission-denied"),
        ],
    },
];

fn judge_servers(node: &NodeView<'_>, _: &Parameters, judge: &mut Judge<'_, '_>) {
    for instance in node.instances(KubeApiserver) {
        if let Err(unknown) = judge_servers_of(instance, judge) {
            judge.error(&instance.name, format!("the addresses of etcd are not known: {unknown}"));
        }
    }
}

fn judge_servers_of(
    instance: &ComponentView<'_>,
    judge: &mut Judge<'_, '_>,
) -> Result<(), Unknown> {
    let servers = instance.effective("etcd-servers")?;
    let overrides = instance.effective("etcd-servers-overrides")?;
    if servers.value.is_unset() {
        let why = "no address of etcd is given, without which the API server does not start";
        judge.error(&instance.name, why).evidence("--etcd-servers is not set", servers.location);
        return Ok(());
    }
    let plain: Vec<&str> = servers
        .value
        .as_list()
        .iter()
        .map(String::as_str)
        .chain(overrides.value.as_list().iter().flat_map(|rule| overriding(rule)))
        .filter(|address| !is_protected(address))
        .collect();
    let mut entry = if plain.is_empty() {
        judge.pass(&instance.name, "every address of etcd is https or a unix socket")
    } else {
        let message = format!("etcd is reached without TLS at {}", plain.join(", "));
        judge.fail(&instance.name, message).action(Action::Manual {
            instruction: "Serve TLS from every member of etcd, then write https:// addresses into \
                          --etcd-servers and --etcd-servers-overrides"
                .to_owned(),
            commands: Vec::new(),
        })
    };
    entry = entry
        .expected("every address of etcd begins with https:// or unix://")
        .evidence(format!("--etcd-servers is {}", servers.value), servers.location);
    if !overrides.value.is_unset() {
        let statement = format!("--etcd-servers-overrides is {}", overrides.value);
        entry.evidence(statement, overrides.location);
    }
    Ok(())
}

/// The addresses of an override, `group/resource#address;address`.
fn overriding(rule: &str) -> impl Iterator<Item = &str> {
    rule.split_once('#').map_or(rule, |(_, addresses)| addresses).split(';')
}

/// Whether nobody on the network can listen in; schemes are read as Go's `url.Parse` does.
fn is_protected(address: &str) -> bool {
    let scheme = address.split_once("://").map(|(scheme, _)| scheme.to_ascii_lowercase());
    matches!(scheme.as_deref(), Some("https" | "unix" | "unixs"))
}

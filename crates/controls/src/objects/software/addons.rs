//! The cluster's add-ons: CoreDNS, metrics-server, kube-proxy.

use merlon_model::Kind;
use merlon_snapshot::Object;
use merlon_views::objects::{Fields, Malformed, Place};
use merlon_views::{ContainerView, InventoryView, PodView};

use super::arguments;
use crate::control::{Applies, Control, Documentation};
use crate::objects::images::image;
use crate::objects::{Judged, Verdict, flaw};
use crate::row::{containers, error, fail, not_applicable, objects, pass, vector};

pub(crate) const CONTROLS: &[Control] = &[
    Control {
        id: "coredns-zone-transfer",
        title: "CoreDNS gives all names of the cluster to everybody",
        vector: vector("AV:N/AC:L/Au:N/C:P/I:N/A:N"),
        applies: Applies::Objects,
        check: objects(&[Kind::ConfigMap], zone_transfer),
        documentation: Documentation {
            finds: "\
A block `transfer { to * }` in the Corefile of the ConfigMap `coredns` in `kube-system`.",
            matters: "\
Whoever reaches CoreDNS gets the names and addresses of all Services of all namespaces with one \
question (AXFR).",
            options: "\
**Take the block away**; no part of Kubernetes needs it. Where another server copies the zone, name \
its address instead of `*`.",
            acceptable: "Where all Services are meant to be known to all.",
        },
        examples: &[
            fail(corefile!(
                "    .:53 {
        kubernetes cluster.local
        transfer {
            to *
        }
        forward . /etc/resolv.conf
    }"
            )),
            pass(corefile!(
                "    .:53 {
        transfer {
            to 10.0.0.2
        }
        forward . 1.1.1.1
    }"
            )),
            not_applicable("{kind: ConfigMap, apiVersion: v1, metadata: {name: coredns}}"),
            error(
                "\
kind: ConfigMap
apiVersion: v1
metadata: {name: coredns, namespace: kube-system}
data: {Corefile: []}",
            ),
        ],
    },
    Control {
        id: "coredns-pods-insecure",
        title: "CoreDNS answers for pods that do not exist",
        vector: vector("AV:A/AC:H/Au:S/C:P/I:P/A:N"),
        applies: Applies::Objects,
        check: objects(&[Kind::ConfigMap], pods_insecure),
        documentation: Documentation {
            finds: "\
`pods insecure` in the Corefile of the ConfigMap `coredns` in `kube-system`, as kubeadm writes it: \
`10-0-0-1.any.pod.cluster.local` is `10.0.0.1`, whatever runs there.",
            matters: "\
A wildcard certificate for `*.any.pod.cluster.local` is good for any address then: who has it \
stands in for others.",
            options: "\
- **`pods verified`** answers for pods that exist in the namespace; CoreDNS then watches all pods, \
which takes memory.
- **`pods disabled`** where nobody asks for such names.",
            acceptable: "Where no certificate is issued for names of pods.",
        },
        examples: &[
            fail(corefile!(
                "    .:53 {\n        kubernetes cluster.local {\n            pods insecure\n        }\n    }"
            )),
            pass(corefile!(
                "    .:53 {\n        kubernetes cluster.local {\n            pods verified\n        }\n    }"
            )),
            // In a comment.
            pass(corefile!("    .:53 {\n        # pods insecure\n    }")),
        ],
    },
    Control {
        id: "coredns-profiling-exposed",
        title: "CoreDNS serves its profile to the network",
        vector: vector("AV:A/AC:L/Au:N/C:P/I:N/A:P"),
        applies: Applies::Objects,
        check: objects(&[Kind::ConfigMap], profiling),
        documentation: Documentation {
            finds: "\
The plugin `pprof` with an address that is not of the loopback network; without one it takes \
`localhost:6053`.",
            matters: "\
Any pod reads what CoreDNS holds in memory and keeps it busy with profiles, and DNS with it.",
            options: "**Take the line away**, or leave its address out and use `kubectl port-forward`.",
            acceptable: "While somebody measures.",
        },
        examples: &[
            fail(corefile!("    .:53 {\n        pprof 0.0.0.0:6053\n        errors\n    }")),
            fail(corefile!("    .:53 {\n        pprof :6053\n        errors\n    }")),
            pass(corefile!("    .:53 {\n        pprof\n        errors\n    }")),
            pass(corefile!("    .:53 {\n        pprof 127.0.0.1:6053\n        errors\n    }")),
        ],
    },
    Control {
        id: "metrics-server-insecure-tls",
        title: "metrics-server does not check whom it asks",
        vector: vector("AV:A/AC:H/Au:N/C:P/I:P/A:N"),
        applies: Applies::Objects,
        check: containers(insecure_tls),
        documentation: Documentation {
            finds: "`--kubelet-insecure-tls` among the arguments of metrics-server.",
            matters: "\
Whoever answers at a node's address gets the token of metrics-server, and tells it numbers by which \
workloads are scaled.",
            options: "\
- **Serving certificates that the cluster signs**: `serverTLSBootstrap: true` on the kubelets, \
their requests approved, then the argument goes away.
- **`--kubelet-certificate-authority`** with the authority that signed them.",
            acceptable: "In clusters for development whose kubelets sign their own certificates.",
        },
        examples: &[
            fail(container!(
                "image: 'registry.k8s.io/metrics-server/metrics-server:v0.7.2', \
                 args: [--secure-port=10250, --kubelet-insecure-tls]"
            )),
            pass(container!(
                "image: 'registry.k8s.io/metrics-server/metrics-server:v0.7.2', \
                 args: [--kubelet-insecure-tls=false]"
            )),
            not_applicable(container!("image: 'acme/app:1', args: [--kubelet-insecure-tls]")),
            error(container!(
                "image: 'registry.k8s.io/metrics-server/metrics-server:v0.7.2', args: {}"
            )),
        ],
    },
    Control {
        id: "kube-proxy-configuration-metrics-address",
        title: "kube-proxy's configuration serves metrics to the network",
        vector: vector("AV:A/AC:L/Au:N/C:P/I:N/A:N"),
        applies: Applies::Objects,
        check: objects(&[Kind::ConfigMap], proxy_metrics),
        documentation: Documentation {
            finds: "\
`metricsBindAddress` of a KubeProxyConfiguration in a ConfigMap `kube-proxy…` of `kube-system` that \
is not of the loopback network. Where nothing is written it is `127.0.0.1:10249`.",
            matters: "\
The port asks for no login: any pod reads Services' traffic figures and the proxy's settings, and \
with profiling on its memory.",
            options: "\
- **Leave it empty** and let an agent on the node's network collect the metrics.
- **A firewall** for port 10249 where a collector elsewhere has to read it.",
            acceptable: "Behind a firewall that lets only the collector in.",
        },
        examples: &[
            fail(proxy!("metricsBindAddress: 0.0.0.0:10249")),
            fail(proxy!("metricsBindAddress: \"[::]:10249\"")),
            pass(proxy!("metricsBindAddress: \"\"")),
            pass(proxy!("metricsBindAddress: 127.0.0.1:10249")),
            pass(proxy!("mode: nftables")),
            not_applicable("{kind: ConfigMap, apiVersion: v1, metadata: {name: kube-proxy}}"),
            error(
                "\
kind: ConfigMap
apiVersion: v1
metadata: {name: kube-proxy, namespace: kube-system}
data: {config.conf: {}}",
            ),
        ],
    },
];

/// The Corefile of the cluster's DNS, when the object holds it.
fn corefile<'a>(
    view: &InventoryView<'a>,
    object: &'a Object,
) -> Result<Option<(&'a str, Fields<'a>)>, Malformed<'a>> {
    if object.name() != "coredns" || view.namespace_of(object) != "kube-system" {
        return Ok(None);
    }
    let data = Fields::of(&object.root).get("data");
    Ok(data.text("Corefile")?.map(|text| (text, data.get("Corefile"))))
}

/// The words of a line of a Corefile, without its comment.
fn words(line: &str) -> impl Iterator<Item = &str> {
    line.split('#').next().unwrap_or_default().split_whitespace()
}

/// The text without the lines of those numbers.
fn without(text: &str, unwanted: std::ops::RangeInclusive<usize>) -> String {
    let lines = text.split_inclusive('\n').enumerate();
    lines.filter(|(number, _)| !unwanted.contains(number)).map(|(_, line)| line).collect()
}

fn zone_transfer<'a>(view: &InventoryView<'a>, object: &'a Object) -> Judged<'a> {
    let Some((text, field)) = corefile(view, object)? else { return Ok(Verdict::NotApplicable) };
    let mut start = None;
    let mut open = false;
    for (number, line) in text.lines().enumerate() {
        match (words(line).next(), start) {
            (Some("transfer"), _) => start = Some(number),
            (Some("to"), Some(_)) => open |= words(line).any(|word| word == "*"),
            (Some("}"), Some(first)) => {
                if let (true, Some(node)) = (open, field.node()) {
                    let message = "everybody may copy the cluster's DNS zone";
                    return flaw(Place::Node(node), message)
                        .set(without(text, first..=number))
                        .needs_review()
                        .into();
                }
                start = None;
            }
            _ => {}
        }
    }
    Ok(Verdict::Pass)
}

fn pods_insecure<'a>(view: &InventoryView<'a>, object: &'a Object) -> Judged<'a> {
    let Some((text, field)) = corefile(view, object)? else { return Ok(Verdict::NotApplicable) };
    let is_insecure = |line: &str| words(line).eq(["pods", "insecure"]);
    let (true, Some(node)) = (text.lines().any(is_insecure), field.node()) else {
        return Ok(Verdict::Pass);
    };
    let lines = text.split_inclusive('\n').map(|line| match is_insecure(line) {
        true => line.replacen("insecure", "verified", 1),
        false => line.to_owned(),
    });
    flaw(Place::Node(node), "CoreDNS answers for pods that do not exist")
        .set(lines.collect::<String>())
        .needs_review()
        .into()
}

fn profiling<'a>(view: &InventoryView<'a>, object: &'a Object) -> Judged<'a> {
    let Some((text, field)) = corefile(view, object)? else { return Ok(Verdict::NotApplicable) };
    for (number, line) in text.lines().enumerate() {
        let mut words = words(line);
        let (Some("pprof"), Some(address)) = (words.next(), words.next()) else { continue };
        if let (false, Some(node)) = (is_loopback(address), field.node()) {
            return flaw(Place::Node(node), format!("CoreDNS serves its profile at {address}"))
                .set(without(text, number..=number))
                .needs_review()
                .into();
        }
    }
    Ok(Verdict::Pass)
}

fn insecure_tls<'a>(
    _: &InventoryView<'a>,
    _: &PodView<'a>,
    container: &ContainerView<'a>,
) -> Judged<'a> {
    let is_metrics_server = image(container)?
        .is_some_and(|(image, _)| image.is_copy_of("metrics-server/metrics-server"));
    if !is_metrics_server {
        return Ok(Verdict::NotApplicable);
    }
    let mut flaws = Vec::new();
    for argument in arguments(container)? {
        if argument.name == "kubelet-insecure-tls" && argument.value != Some("false") {
            let node = argument.node;
            let message = "metrics-server takes any certificate for a kubelet's";
            flaws.push(flaw(Place::Node(node), message).remove(node).needs_review());
        }
    }
    Ok(Verdict::of(flaws))
}

fn proxy_metrics<'a>(view: &InventoryView<'a>, object: &'a Object) -> Judged<'a> {
    if !object.name().starts_with("kube-proxy") || view.namespace_of(object) != "kube-system" {
        return Ok(Verdict::NotApplicable);
    }
    let data = Fields::of(&object.root).get("data");
    let mut found = false;
    let mut flaws = Vec::new();
    for (key, node) in Fields::of(&object.root).map("data")? {
        let Some(text) = data.text(key)? else { continue };
        if !text.lines().any(|line| line.trim_end() == "kind: KubeProxyConfiguration") {
            continue;
        }
        found = true;
        let address = text.lines().find_map(|line| line.strip_prefix("metricsBindAddress:"));
        let address = address.unwrap_or_default().split(" #").next().unwrap_or_default();
        let address = address.trim().trim_matches(['"', '\'']);
        if !address.is_empty() && !is_loopback(address) {
            let message = format!("kube-proxy serves its metrics at {address}");
            let is_it = |line: &str| line.starts_with("metricsBindAddress:");
            let kept = text.split_inclusive('\n').filter(|line| !is_it(line));
            let kept: String = kept.collect();
            flaws.push(flaw(Place::Node(node), message).set(kept).needs_review());
        }
    }
    Ok(if found { Verdict::of(flaws) } else { Verdict::NotApplicable })
}

/// Whether an address, with or without a port, is of the machine itself.
fn is_loopback(address: &str) -> bool {
    ["127.", "localhost", "[::1]", "::1"].iter().any(|local| address.starts_with(local))
}

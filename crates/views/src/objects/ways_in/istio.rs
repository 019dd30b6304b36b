//! Whether Istio's gateways let anybody through to a VirtualService.

use std::collections::BTreeMap;

use merlon_model::Kind;
use merlon_snapshot::Object;
use merlon_yaml::Node;

use super::super::fields::Fields;
use super::super::inventory::InventoryView;
use super::super::label_selector::LabelSelector;
use super::super::labels::Labels;
use super::super::pod::PodView;
use super::Gate;
use super::parents::meet;

/// The gateways of an inventory, each with whether its proxies are reached from the internet.
#[derive(Debug, Default)]
pub(super) struct IstioGateways {
    /// By the labels that gateways ask of their proxies' pods.
    by_selector: BTreeMap<Vec<(String, String)>, bool>,
}

impl IstioGateways {
    pub(super) fn new<'a>(
        view: &InventoryView<'a>,
        is_reached: impl Fn(&PodView<'a>) -> bool,
    ) -> Self {
        let mut gateways = Self::default();
        for gateway in view.of_kind(Kind::IstioGateway) {
            let Some(selector) = selector(gateway) else { continue };
            gateways.by_selector.entry(key(&selector)).or_insert_with(|| {
                let labels = |pod: &&PodView<'a>| {
                    let labels = Labels::of(pod.metadata);
                    selector.holds(|key| labels.get(key))
                };
                let mut proxies = view.pods.iter().filter(labels).peekable();
                if proxies.peek().is_none() {
                    return !view.is_complete(Kind::Pod);
                }
                // The service of a proxy may be among other manifests.
                let is_unknown = |pod: &PodView<'a>| {
                    !view.is_complete(Kind::Service)
                        && view.services().selecting(pod).next().is_none()
                };
                proxies.any(|pod| is_reached(pod) || is_unknown(pod))
            });
        }
        gateways
    }

    /// Whether one of the gateways of a VirtualService lets anybody through; those that are not known may.
    pub(super) fn gate<'a>(&self, view: &InventoryView<'a>, service: &'a Object) -> Gate<'a> {
        let own = view.namespace_of(service);
        let spec = service.root.get("spec");
        let names = items(spec, "gateways").iter().filter_map(Node::as_str);
        let mut names = names.filter(|name| *name != "mesh");
        let hosts = items(spec, "hosts");
        Gate::open_if(names.any(|name| {
            let (namespace, name) = name.split_once('/').unwrap_or((own, name));
            let Some(gateway) = view.find(Kind::IstioGateway, namespace, name) else {
                return !view.is_complete(Kind::IstioGateway);
            };
            let is_reached = selector(gateway)
                .is_none_or(|it| self.by_selector.get(&key(&it)).copied().unwrap_or(true));
            let there = view.namespace_of(gateway);
            let serves = |server: &Node| is_served((own, hosts), (there, server));
            is_reached && items(gateway.root.get("spec"), "servers").iter().any(serves)
        }))
    }
}

/// Whether a server takes one of the hosts of a VirtualService, and asks for no certificate.
fn is_served((own, hosts): (&str, &[Node]), (there, server): (&str, &Node)) -> bool {
    let mode = Fields::of(server).path(&["tls", "mode"]).node().and_then(Node::as_str);
    let has_host = items(Some(server), "hosts").iter().filter_map(Node::as_str).any(|listed| {
        let (namespace, host) = listed.split_once('/').unwrap_or(("*", listed));
        let is_from = match namespace {
            "*" => true,
            "." => own == there,
            name => own == name,
        };
        is_from
            && (hosts.is_empty() || hosts.iter().filter_map(Node::as_str).any(|it| meet(host, it)))
    });
    has_host && !matches!(mode, Some("MUTUAL" | "ISTIO_MUTUAL"))
}

/// The labels of a gateway's proxies; `None` where none are asked for, which means every proxy.
fn selector(gateway: &Object) -> Option<LabelSelector<'_>> {
    let fields = Fields::of(&gateway.root).path(&["spec", "selector"]);
    LabelSelector::of_labels(fields).ok().flatten().filter(|it| !it.is_everything())
}

fn key(selector: &LabelSelector<'_>) -> Vec<(String, String)> {
    let mut pairs: Vec<_> =
        selector.pairs().map(|(key, value)| (key.to_owned(), value.to_owned())).collect();
    pairs.sort_unstable();
    pairs
}

fn items<'a>(node: Option<&'a Node>, key: &str) -> &'a [Node] {
    node.and_then(|it| it.get(key)?.as_sequence()).unwrap_or_default()
}

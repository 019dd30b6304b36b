//! Ways from the internet to the containers of a pod, as findings tell them.

use merlon_model::Severity;
use merlon_views::objects::{Way, WayIn, is_system_namespace};
use merlon_views::{ContainerView, InventoryView, PodView};

/// What decides which ways there are, and further kinds. Policies of network plugins are not among them: without them a
/// way may be taken for open, never for shut; so it is with gateways and classes.
macro_rules! exposing {
    ($($kind:ident),* $(,)?) => {
        &[
            merlon_model::Kind::Service,
            merlon_model::Kind::EndpointSlice,
            merlon_model::Kind::Ingress,
            merlon_model::Kind::HTTPRoute,
            merlon_model::Kind::GRPCRoute,
            merlon_model::Kind::TLSRoute,
            merlon_model::Kind::TCPRoute,
            merlon_model::Kind::UDPRoute,
            merlon_model::Kind::VirtualService,
            merlon_model::Kind::Route,
            merlon_model::Kind::NetworkPolicy,
            merlon_model::Kind::Node,
            $(merlon_model::Kind::$kind),*
        ]
    };
}

pub(super) use exposing;

/// What opens a way, in a few words.
pub(super) fn title(way: &WayIn<'_>) -> &'static str {
    match way.exposure.way {
        Way::LoadBalancer => "the load balancer",
        Way::NodePort => "the node port",
        Way::ExternalAddress => "the external address",
        Way::Ingress => "the rules",
        Way::Gateway | Way::IstioGateway | Way::OpenShiftRoute => "the route",
        Way::HostPort => "a port of its node",
        Way::HostNetwork => "its node's network",
    }
}

/// What is at a way's end is worth at most this: a firewall mostly stands before ports of nodes.
pub(super) fn worth(way: &WayIn<'_>) -> Severity {
    if way.is_of_node() || way.unread.is_some() { Severity::High } else { Severity::Critical }
}

/// The ways to a pod's containers, the surest first.
///
/// A kubelet's own pods have none, since they are judged on their nodes. Ports that a pod takes of its node count where
/// the node is known to be on the internet; what a cluster ships is on its nodes' network by design.
pub(super) fn ways<'a>(view: &InventoryView<'a>, pod: &PodView<'a>) -> Vec<WayIn<'a>> {
    if pod.is_mirror() {
        return Vec::new();
    }
    let mut found = view.ways_in(pod);
    found.retain(|way| {
        let is_own = matches!(way.exposure.way, Way::HostPort | Way::HostNetwork);
        !is_own || !way.is_doubtful && !is_system_namespace(pod.namespace)
    });
    found.sort_by_key(|way| std::cmp::Reverse(worth(way)));
    found
}

/// Whether a way to a pod leads to one of its containers.
pub(super) fn leads_to<'a>(
    way: &WayIn<'a>,
    pod: &PodView<'a>,
    container: &ContainerView<'a>,
) -> bool {
    way.container_of(pod).is_some_and(|it| std::ptr::eq(it.node, container.node))
}

#[cfg(test)]
mod tests {
    use merlon_model::Severity;
    use merlon_views::{InventoryView, Told};

    use super::{ways, worth};
    use crate::example;

    /// What each way is worth at most.
    fn check(text: &str, expected: &[Severity]) {
        let inventory = example::inventory(text);
        let view = InventoryView::new(&inventory, example::NOW, &Told::default());
        let pod = view.pods.first().expect("a pod");
        let found: Vec<Severity> = ways(&view, pod).iter().map(worth).collect();
        assert_eq!(found, expected, "{text}");
    }

    const WORST: &[Severity] = &[Severity::Critical];
    const LESS: &[Severity] = &[Severity::High];

    #[test]
    fn what_a_firewall_or_a_plugin_may_shut_is_less_severe() {
        let pod = web!("{containers: [{name: a}]}");
        check(&format!("{pod}{}", service!("type: LoadBalancer")), WORST);
        check(&format!("{pod}{}", service!("type: NodePort")), LESS);
        let cilium = "---\nkind: CiliumNetworkPolicy\napiVersion: cilium.io/v2\n\
                      metadata: {name: c, namespace: shop}\n";
        check(&format!("{pod}{}{cilium}", service!("type: LoadBalancer")), LESS);
        let middleware =
            ingress!("{traefik.ingress.kubernetes.io/router.middlewares: a-b@kubernetescrd}");
        check(&format!("{pod}{middleware}"), LESS);
        let both = format!("{pod}{}{}", service!("type: NodePort"), ingress!("{}"));
        check(&both, &[Severity::Critical, Severity::High]);
    }

    #[test]
    fn ports_that_a_pod_takes_count_where_its_nodes_are_on_the_internet() {
        let node = |address: &str| {
            format!(
                "---\nkind: Node\napiVersion: v1\nmetadata: {{name: n}}\nstatus: {{addresses: \
                 [{{type: ExternalIP, address: {address}}}]}}\n"
            )
        };
        let host =
            web!("{hostNetwork: true, containers: [{name: a, ports: [{containerPort: 80}]}]}");
        check(&format!("{host}{}", node("8.8.4.4")), LESS);
        check(&format!("{host}{}", node("10.0.0.1")), &[]);
        check(host, &[]);
        let system = host.replace("shop", "kube-system");
        check(&format!("{system}{}", node("8.8.4.4")), &[]);
        let mirror = host.replace(
            "namespace: shop",
            "namespace: shop, annotations: {kubernetes.io/config.mirror: a}",
        );
        check(&format!("{mirror}{}", node("8.8.4.4")), &[]);
    }
}

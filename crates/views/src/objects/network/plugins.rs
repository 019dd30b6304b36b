//! Policies of network plugins that do what a policy of the API without rules does: they isolate all pods, and add up
//! with those that allow.

use merlon_model::Kind;
use merlon_snapshot::Object;
use merlon_yaml::Node;

use super::super::fields::Fields;

/// Whether a policy isolates all pods that it can be about, for ingress and for egress, and does nothing else; `None`
/// for all other policies.
pub(super) fn isolating(object: &Object, kind: Kind) -> Option<(bool, bool)> {
    let spec = Fields::of(&object.root).get("spec");
    let keys = spec.node()?.as_mapping()?.entries();
    let has_only = |known: &[&str]| keys.iter().all(|entry| known.contains(&&*entry.key));
    let found = match kind {
        Kind::CiliumNetworkPolicy | Kind::CiliumClusterwideNetworkPolicy => {
            // Policies with several rules have them below `specs`.
            let is_plain = !Fields::of(&object.root).get("specs").is_set()
                && has_only(&["endpointSelector", "ingress", "egress", "description"])
                && is_empty(spec.get("endpointSelector").node()?);
            if !is_plain {
                return None;
            }
            (denies(spec, "ingress")?, denies(spec, "egress")?)
        }
        Kind::CalicoNetworkPolicy | Kind::GlobalNetworkPolicy => {
            let is_all = |key| matches!(spec.text(key), Ok(None | Some("" | "all()")));
            // Without a rule that matches, the tier drops what it applies to; others have a say before and after this.
            let is_plain = has_only(&["selector", "types", "order", "tier", "ingress", "egress"])
                && is_all("selector")
                && matches!(spec.text("tier"), Ok(None | Some("" | "default")))
                && spec.list("ingress").ok()?.is_empty()
                && spec.list("egress").ok()?.is_empty();
            if !is_plain {
                return None;
            }
            let types = spec.texts("types").ok()?;
            (types.contains(&"Ingress"), types.contains(&"Egress"))
        }
        _ => return None,
    };
    (found.0 || found.1).then_some(found)
}

/// Whether rules for a direction are there, all of which name nobody: the direction is denied. None at all, and the
/// policy is not about it.
fn denies(spec: Fields<'_>, direction: &str) -> Option<bool> {
    let rules = spec.list(direction).ok()?;
    rules.iter().all(is_empty).then_some(!rules.is_empty())
}

fn is_empty(node: &Node) -> bool {
    node.as_mapping().is_some_and(|mapping| mapping.entries().is_empty())
}

#[cfg(test)]
mod tests {
    use merlon_model::Kind;
    use merlon_snapshot::Manifest;

    use super::isolating;

    #[test]
    fn only_plain_default_denials_are_read() {
        let check = |kind: Kind, group: &str, spec: &str, expected: Option<(bool, bool)>| {
            let spelling = kind.spelling();
            let text =
                format!("{{kind: {spelling}, apiVersion: {group}, metadata: {{name: p}}, {spec}}}");
            let manifest = Manifest { path: String::new(), text, rendered: None };
            let objects = manifest.contents(0).objects;
            assert_eq!(objects[0].kind(), Some(kind));
            assert_eq!(isolating(&objects[0], kind), expected, "{kind} {spec}");
        };
        let cilium = |rest: &str, expected| {
            let spec = format!("spec: {{endpointSelector: {{}}, {rest}}}");
            check(Kind::CiliumNetworkPolicy, "cilium.io/v2", &spec, expected);
            check(Kind::CiliumClusterwideNetworkPolicy, "cilium.io/v2", &spec, expected);
        };
        cilium("ingress: [{}]", Some((true, false)));
        cilium("egress: [{}]", Some((false, true)));
        cilium("ingress: [{}, {}], egress: [{}], description: none", Some((true, true)));
        // An empty list is not about the direction.
        cilium("ingress: []", None);
        cilium("ingress: [], egress: [{}]", Some((false, true)));
        cilium("ingress: [{fromEndpoints: [{}]}]", None);
        cilium("ingress: [{}, {fromEntities: [all]}]", None);
        cilium("ingress: [null]", None);
        cilium("ingress: {}", None);
        cilium("ingressDeny: [{}]", None);
        cilium("ingress: [{}], enableDefaultDeny: {ingress: false}", None);
        cilium("", None);
        let other = |spec: &str| check(Kind::CiliumNetworkPolicy, "cilium.io/v2", spec, None);
        other("spec: {ingress: [{}]}");
        other("spec: {endpointSelector: {matchLabels: {a: b}}, ingress: [{}]}");
        other("spec: {nodeSelector: {}, ingress: [{}]}");
        other("specs: [{endpointSelector: {}, ingress: [{}]}]");
        other("spec: {endpointSelector: {}, ingress: [{}]}, specs: [{}]");
        other("spec: []");
        let calico = |spec: &str, expected| {
            let spec = format!("spec: {spec}");
            check(Kind::CalicoNetworkPolicy, "crd.projectcalico.org/v1", &spec, expected);
            check(Kind::GlobalNetworkPolicy, "crd.projectcalico.org/v1", &spec, expected);
        };
        calico("{selector: all(), types: [Ingress, Egress]}", Some((true, true)));
        calico("{types: [Ingress]}", Some((true, false)));
        calico(
            "{selector: all(), order: 2000, tier: default, types: [Egress]}",
            Some((false, true)),
        );
        calico("{selector: all(), types: [Ingress], ingress: []}", Some((true, false)));
        // Its order among others counts.
        calico("{selector: all(), types: [Ingress], ingress: [{action: Deny}]}", None);
        calico("{selector: all(), types: [Ingress], ingress: [{action: Allow}]}", None);
        calico("{selector: all(), types: [Ingress], tier: security}", None);
        calico("{selector: all(), types: [Ingress], namespaceSelector: a == 'b'}", None);
        calico("{selector: all(), types: [Ingress], serviceAccountSelector: all()}", None);
        calico("{selector: all(), types: [Ingress], preDNAT: true}", None);
        calico("{selector: a == 'b', types: [Ingress]}", None);
        calico("{selector: all()}", None);
        calico("{types: Ingress}", None);
        calico("{selector: [], types: [Ingress]}", None);
    }
}

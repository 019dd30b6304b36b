use merlon_model::{Kind, Severity};
use merlon_rbac::{PolicyRule, Subject};
use merlon_snapshot::Object;
use merlon_views::InventoryView;
use merlon_views::objects::{AccessView, BindingView, Place, RoleView, place};
use merlon_yaml::{Node, to_json};
use serde_json::json;

use crate::objects::{Flaw, Judged, Verdict, flaw};

/// What says who is bound to a role.
pub(super) const BINDINGS: &[Kind] = &[Kind::ClusterRoleBinding, Kind::RoleBinding];

/// The kinds of roles.
pub(super) const ROLES: &[Kind] = &[Kind::ClusterRole, Kind::Role];

/// Rights that roles should grant to few, any one of which is enough.
pub(super) struct Power {
    /// What the holder can do, after "can".
    pub(super) can: &'static str,
    /// The rights.
    pub(super) rights: &'static [Right],
    /// Where it counts.
    pub(super) place: Reach,
    /// The severity at most, where it is held in single namespaces only.
    pub(super) within: Severity,
}

/// Where a power counts.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Reach {
    /// In each namespace.
    Anywhere,
    /// In the whole cluster only: it is about what has no namespace.
    Cluster,
    /// In one namespace.
    Namespace(&'static str),
}

/// A right of which one verb on one resource in one group is enough.
pub(super) struct Right {
    /// Verbs.
    pub(super) verbs: &'static [&'static str],
    /// API groups.
    pub(super) groups: &'static [&'static str],
    /// Resources, with their subresource where there is one.
    pub(super) resources: &'static [&'static str],
    /// The only names that matter. Where there are none, a rule for named objects is limited
    /// enough.
    pub(super) names: &'static [&'static str],
}

impl Right {
    pub(super) const fn to(
        verbs: &'static [&'static str],
        groups: &'static [&'static str],
        resources: &'static [&'static str],
    ) -> Self {
        Self { verbs, groups, resources, names: &[] }
    }

    pub(super) const fn named(mut self, names: &'static [&'static str]) -> Self {
        self.names = names;
        self
    }

    fn is_given_by(&self, rule: &PolicyRule) -> bool {
        let named = rule.resource_names.is_empty()
            || self.names.iter().any(|name| rule.resource_names.iter().any(|own| own == name));
        named
            && self.verbs.iter().any(|verb| rule.has_verb(verb))
            && self.groups.iter().any(|group| rule.has_group(group))
            && self.resources.iter().any(|text| gives(rule, text))
    }
}

fn gives(rule: &PolicyRule, resource: &str) -> bool {
    let (resource, subresource) = resource.split_once('/').unwrap_or((resource, ""));
    rule.has_resource(resource, subresource)
}

/// Judges what a role grants, and names who is bound to it.
///
/// Roles that Kubernetes ships do not count, nor aggregated ones, whose parts are judged, nor
/// rules for everything, which are wildcards first of all.
pub(super) fn judge<'a>(view: &InventoryView<'a>, object: &'a Object, power: &Power) -> Judged<'a> {
    let access = view.access();
    let role = match counted(access, object) {
        Ok(role) => role,
        Err(verdict) => return Ok(verdict),
    };
    let own = access.policy().role(role.id);
    if let (Reach::Namespace(only), Some(namespace)) = (power.place, own.namespace.as_deref())
        && only != namespace
    {
        return Ok(Verdict::NotApplicable);
    }
    let hits: Vec<usize> = (0..own.rules.len())
        .filter(|index| {
            let rule = &own.rules[*index];
            !is_everything(rule) && power.rights.iter().any(|right| right.is_given_by(rule))
        })
        .collect();
    let Some(&first) = hits.first() else { return Ok(Verdict::Pass) };
    let Some(node) = rule_node(object, first) else { return Ok(Verdict::NotApplicable) };
    let mut flaw = told(view, role, power.can, power.place, power.within, Place::Node(node));
    for &index in &hits {
        let Some(node) = rule_node(object, index) else { continue };
        if index != first {
            flaw = flaw.because("this rule as well", object, Place::Node(node));
        }
        flaw = mended(flaw, object, node, &own.rules[index], power);
    }
    flaw.needs_review().into()
}

/// The role that an object is, when its rules are its own and a person's.
pub(super) fn counted<'v, 'a>(
    access: &'v AccessView<'a>,
    object: &'a Object,
) -> Result<&'v RoleView<'a>, Verdict<'a>> {
    let Some(role) = access.role(object) else { return Err(uncounted(access, object)) };
    let has_own_rules = access.policy().role(role.id).aggregates.is_empty();
    if role.is_default || !has_own_rules { Err(Verdict::NotApplicable) } else { Ok(role) }
}

/// Why a role or binding is none: another stands for it, or it cannot be decoded.
pub(super) fn uncounted<'a>(access: &AccessView<'a>, object: &'a Object) -> Verdict<'a> {
    match access.problem(object) {
        Some(reason) if !reason.starts_with("another object") => {
            Verdict::Error(format!("the API server refuses the object: {reason}"))
        }
        _ => Verdict::NotApplicable,
    }
}

/// Whether a rule allows every verb on everything.
pub(super) fn is_everything(rule: &PolicyRule) -> bool {
    let star = |list: &[String]| list.iter().any(|text| text == "*");
    star(&rule.verbs) && star(&rule.resources)
}

/// The rule of a number, as it is written.
pub(super) fn rule_node(object: &Object, index: usize) -> Option<&Node> {
    object.root.get("rules")?.as_sequence()?.get(index)
}

/// The most bindings that a finding shows.
const MAX_SHOWN: usize = 10;

/// A flaw that says who can do something through a role, or that nobody is bound to it.
pub(super) fn told<'a>(
    view: &InventoryView<'a>,
    role: &RoleView<'a>,
    can: &str,
    reach: Reach,
    within: Severity,
    at: Place<'a>,
) -> Flaw<'a> {
    let access = view.access();
    let counts = |binding: &&BindingView<'a>| {
        let namespace = access.policy().binding(binding.id).namespace.as_deref();
        !binding.gainers.is_empty()
            && match reach {
                Reach::Anywhere => true,
                Reach::Cluster => namespace.is_none(),
                Reach::Namespace(only) => namespace.is_none_or(|namespace| namespace == only),
            }
    };
    let all = role.bindings.iter().map(|place| &access.bindings[*place]).filter(counts);
    // Those of the whole cluster are sorted first.
    let bindings: Vec<&BindingView<'a>> = all.collect();
    let Some(first) = bindings.first() else {
        let (whom, severity) = if view.is_cluster() {
            ("nobody is bound to it", Severity::Low)
        } else {
            ("nobody among these manifests is bound to it", Severity::Medium)
        };
        let message = format!("whoever is bound to this role can {can}; {whom}");
        return flaw(at, message).at_most(severity.min(within));
    };
    let policy = access.policy();
    let binding = policy.binding(first.id);
    let subject = &binding.subjects[first.gainers[0]];
    let others: usize = bindings.iter().map(|it| it.gainers.len()).sum::<usize>() - 1;
    let and = match others {
        0 => String::new(),
        1 => " and 1 other".to_owned(),
        others => format!(" and {others} others"),
    };
    let message = format!(
        "{}{and} can {can} {} through {} {}",
        named(subject, binding.namespace()),
        within_words(binding.namespace.as_deref()),
        binding.kind(),
        binding.name,
    );
    let mut flaw = flaw(at, message);
    if reach == Reach::Anywhere && binding.namespace.is_some() {
        flaw = lowered(flaw, within);
    }
    if view.is_cluster() && bindings.iter().all(|bound| is_for_system(access, bound)) {
        // Agents of the cluster itself, which whoever runs it can hardly narrow.
        flaw = lowered(flaw, Severity::Medium);
    }
    for bound in bindings.iter().take(MAX_SHOWN) {
        let binding = policy.binding(bound.id);
        for &index in bound.gainers.iter().take(MAX_SHOWN) {
            let statement = format!(
                "{} holds it {}",
                named(&binding.subjects[index], binding.namespace()),
                within_words(binding.namespace.as_deref())
            );
            flaw = flaw.because(statement, bound.object, subject_place(bound.object, index));
        }
    }
    flaw
}

/// Lowers what a flaw matters at most, however low it is already.
pub(super) fn lowered(flaw: Flaw<'_>, severity: Severity) -> Flaw<'_> {
    let at_most = flaw.at_most.map_or(severity, |own| own.min(severity));
    flaw.at_most(at_most)
}

/// Whether a binding gives something to service accounts of `kube-system` only.
fn is_for_system(access: &AccessView<'_>, bound: &BindingView<'_>) -> bool {
    let binding = access.policy().binding(bound.id);
    bound.gainers.iter().all(|index| {
        let Subject { kind, namespace, .. } = &binding.subjects[*index];
        let home = if namespace.is_empty() { binding.namespace() } else { namespace };
        kind == "ServiceAccount" && home == "kube-system"
    })
}

/// Where a subject of a binding stands.
pub(super) fn subject_place(object: &Object, index: usize) -> Place<'_> {
    let subjects = object.root.get("subjects").and_then(Node::as_sequence);
    match subjects.and_then(|subjects| subjects.get(index)) {
        Some(node) => Place::Node(node),
        None => place(&object.root, &["subjects"]),
    }
}

/// A subject for people: `ServiceAccount shop/web`.
pub(super) fn named(subject: &Subject, home: &str) -> String {
    let Subject { kind, name, namespace } = subject;
    if kind != "ServiceAccount" {
        return format!("{kind} {name}");
    }
    let namespace = if namespace.is_empty() { home } else { namespace };
    format!("ServiceAccount {namespace}/{name}")
}

fn within_words(namespace: Option<&str>) -> String {
    namespace.map_or_else(
        || "in all namespaces".to_owned(),
        |namespace| format!("in namespace {namespace}"),
    )
}

/// Takes the power out of a rule and leaves the rest as it is, where no wildcard grants it.
fn mended<'a>(
    mut flaw: Flaw<'a>,
    object: &'a Object,
    node: &'a Node,
    rule: &PolicyRule,
    power: &Power,
) -> Flaw<'a> {
    let items = |key| node.get(key).and_then(Node::as_sequence).unwrap_or_default();
    let (verbs, resources) = (items("verbs"), items("resources"));
    let given: Vec<&Right> = power.rights.iter().filter(|right| right.is_given_by(rule)).collect();
    let is_hit_verb = |verb: &&Node| {
        let text = verb.as_str().unwrap_or_default();
        text == "*" || given.iter().any(|right| right.verbs.contains(&text))
    };
    let is_hit_resource = |resource: &&Node| {
        let text = resource.as_str().unwrap_or_default();
        given.iter().any(|right| right.resources.contains(&text))
    };
    if resources.iter().any(|it| it.as_str().is_some_and(|text| text.starts_with('*'))) {
        return flaw.step(
            "Replace the wildcard by the resources that the audit log shows in use, without this one",
            &["kubectl get clusterroles,roles -A -o yaml"],
        );
    }
    let (hit_resources, kept_resources): (Vec<&Node>, Vec<&Node>) =
        resources.iter().partition(is_hit_resource);
    let (hit_verbs, kept_verbs): (Vec<&Node>, Vec<&Node>) = verbs.iter().partition(is_hit_verb);
    let nodes = match (kept_resources.is_empty(), kept_verbs.is_empty()) {
        (true, true) => return flaw.remove(node),
        (true, false) => hit_verbs,
        (false, all_verbs) => {
            // What stays allowed on these resources becomes a rule of its own; on a subresource
            // there is hardly anything else to do.
            let whole = |node: &&Node| node.as_str().is_some_and(|text| !text.contains('/'));
            let whole: Vec<&Node> = hit_resources.iter().copied().filter(whole).collect();
            if !all_verbs && !whole.is_empty() && rule.resource_names.is_empty() {
                let texts =
                    |nodes: &[&Node]| nodes.iter().map(|it| to_json(it)).collect::<Vec<_>>();
                let rest = json!({
                    "apiGroups": rule.api_groups,
                    "resources": texts(&whole),
                    "verbs": texts(&kept_verbs),
                });
                flaw = flaw.append_at(place(&object.root, &["rules"]), rest);
            }
            hit_resources
        }
    };
    nodes.into_iter().fold(flaw, Flaw::remove)
}

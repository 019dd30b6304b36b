//! From what the authorizer says to the words of answers.

use std::collections::BTreeMap;

use merlon_model::Location;
use merlon_rbac::risk::{Found, Primitive};
use merlon_rbac::{
    AUTHENTICATED, BindingId, Gate, Identity, Permission, Policy, PolicyRule, RoleId, RoleRef,
    SERVICE_ACCOUNTS,
};
use merlon_report::access::{self, Grant, Named, PrimitiveFound, PrimitiveNote, Rule};
use merlon_snapshot::Object;
use merlon_views::InventoryView;
use merlon_views::objects::place;

use super::facts::Known;
use super::resources::may_exist;
use super::subject::shown;

/// What answers cover that ask the authorizers.
pub const BOTH: &str = "RBAC and the node authorizer, which is taken to be on; webhooks, ABAC and other authorizers \
                        are not seen";
/// What answers cover that look at roles and bindings only.
pub const RBAC: &str =
    "RBAC; the node authorizer, webhooks, ABAC and other authorizers are not seen";

/// Describes grants, with where they are written.
pub struct Describer<'k, 'a> {
    view: &'a InventoryView<'a>,
    policy: &'k Policy,
    roles: BTreeMap<RoleId, &'a Object>,
    bindings: BTreeMap<BindingId, &'a Object>,
}

impl<'k, 'a> Describer<'k, 'a> {
    /// For one inventory.
    pub fn new(known: &'k Known<'a>) -> Self {
        let access = known.view.access();
        let roles = access.roles.iter().filter_map(|role| Some((role.id, role.object?)));
        let bindings = access.bindings.iter().map(|binding| (binding.id, binding.object));
        Self {
            view: known.view,
            policy: known.authorizer.policy(),
            roles: roles.collect(),
            bindings: bindings.collect(),
        }
    }

    /// A grant; the group it goes through is told when it is not to `identity` itself.
    pub fn grant(&self, grant: &merlon_rbac::Grant, identity: &Identity) -> Grant {
        let binding = self.policy.binding(grant.binding);
        let to = binding.identity(&binding.subjects[grant.subject as usize]);
        Grant {
            namespace: binding.namespace.clone(),
            through: to.as_ref().filter(|to| *to != identity).map(shown),
            binding: self.binding(grant.binding),
            role: self.role(grant.role),
            rule: grant.rule as usize,
            allows: rule(self.policy.rule(grant)),
        }
    }

    /// Several grants, in the order of what gives them.
    pub fn grants(&self, grants: &[merlon_rbac::Grant], identity: &Identity) -> Vec<Grant> {
        let mut all: Vec<Grant> = grants.iter().map(|grant| self.grant(grant, identity)).collect();
        all.sort();
        // A binding may name somebody twice.
        all.dedup();
        all
    }

    /// A merged permission; `None` when it is about nothing that there is.
    pub fn permission(
        &self,
        permission: &Permission,
        contained: bool,
        identity: &Identity,
    ) -> Option<access::Permission> {
        let mut allows = rule(&permission.rule);
        let groups = &permission.rule.api_groups;
        let exists = |resource: &String| groups.iter().any(|group| may_exist(group, resource));
        allows.resources.retain(exists);
        (!allows.resources.is_empty() || !allows.non_resource_urls.is_empty()).then(|| {
            access::Permission {
                namespace: permission.scope.namespace().map(str::to_owned),
                allows,
                contained,
                grants: self.grants(&permission.grants, identity),
            }
        })
    }

    /// A primitive that somebody holds.
    pub fn found(&self, found: &Found, identity: &Identity) -> PrimitiveFound {
        PrimitiveFound {
            id: found.primitive.id.to_owned(),
            namespace: found.scope.namespace().map(str::to_owned),
            names: found.names.iter().flatten().cloned().collect(),
            gate: found.gate.map(gate),
            grants: self.grants(&found.grants, identity),
        }
    }

    /// Bindings that name one of the identities and whose role is not there.
    pub fn missing(&self, identities: &[Identity]) -> Vec<access::Missing> {
        let names = |binding: &merlon_rbac::Binding| {
            let mut subjects = binding.subjects.iter();
            subjects.any(|it| binding.identity(it).is_some_and(|it| identities.contains(&it)))
        };
        let dangling = self.policy.dangling().filter(|(_, binding)| names(binding));
        dangling
            .map(|(id, binding)| access::Missing {
                binding: self.binding(id),
                role: referred(&binding.role, binding.namespace.as_deref()),
            })
            .collect()
    }

    fn binding(&self, id: BindingId) -> Named {
        let binding = self.policy.binding(id);
        Named {
            kind: binding.kind().to_owned(),
            namespace: binding.namespace.clone(),
            name: binding.name.clone(),
            location: self.bindings.get(&id).and_then(|object| self.location(object)),
        }
    }

    fn role(&self, id: RoleId) -> Named {
        let role = self.policy.role(id);
        Named {
            kind: role.kind().to_owned(),
            namespace: role.namespace.clone(),
            name: role.name.clone(),
            location: self.roles.get(&id).and_then(|object| self.location(object)),
        }
    }

    fn location(&self, object: &'a Object) -> Option<String> {
        match self.view.locate(object, place(&object.root, &["metadata", "name"]))?.1 {
            Location::Manifest { path, region, .. } => Some(format!("{path}:{}", region.line)),
            _ => None,
        }
    }
}

fn referred(role: &RoleRef, namespace: Option<&str>) -> Named {
    let namespace = namespace.filter(|_| role.kind == "Role").map(str::to_owned);
    Named { kind: role.kind.clone(), namespace, name: role.name.clone(), location: None }
}

/// A rule as answers have it.
pub fn rule(rule: &PolicyRule) -> Rule {
    Rule {
        verbs: rule.verbs.clone(),
        api_groups: rule.api_groups.clone(),
        resources: rule.resources.clone(),
        resource_names: rule.resource_names.clone(),
        non_resource_urls: rule.non_resource_urls.clone(),
    }
}

/// What is said about primitives, by id.
pub fn notes<'p>(
    primitives: impl Iterator<Item = &'p Primitive>,
) -> BTreeMap<String, PrimitiveNote> {
    let note = |primitive: &Primitive| PrimitiveNote {
        title: primitive.title.to_owned(),
        effect: primitive.effect.as_str().to_owned(),
        reason: primitive.reason.to_owned(),
        condition: primitive.condition.map(|condition| condition.as_str().to_owned()),
        releases: match (primitive.since, primitive.until) {
            (None, None) => None,
            (Some(since), None) => Some(format!("since Kubernetes 1.{since}")),
            (None, Some(until)) => Some(format!("until Kubernetes 1.{until}")),
            (Some(since), Some(until)) => Some(format!("Kubernetes 1.{since} to 1.{until}")),
        },
        techniques: primitive.techniques.iter().map(|it| (*it).to_owned()).collect(),
    };
    primitives.map(|primitive| (primitive.id.to_owned(), note(primitive))).collect()
}

/// `only before Kubernetes 1.35, or with … off`
fn gate((gate, on): (Gate, bool)) -> String {
    let (when, set) = if on { ("since", "on") } else { ("before", "off") };
    match gate.on_since() {
        Some(minor) => format!("only {when} Kubernetes 1.{minor}, or with {gate:?} {set}"),
        None => format!("only with {gate:?} {set}"),
    }
}

/// The known service accounts that Kubernetes puts into a group.
pub fn members(policy: &Policy, identity: &Identity) -> Vec<String> {
    let Identity::Group(group) = identity else { return Vec::new() };
    let only = match group.as_str() {
        AUTHENTICATED | SERVICE_ACCOUNTS => None,
        _ => match group.strip_prefix(SERVICE_ACCOUNTS).and_then(|rest| rest.strip_prefix(':')) {
            Some(namespace) => Some(namespace),
            None => return Vec::new(),
        },
    };
    let accounts = policy.service_accounts();
    accounts
        .filter(|(namespace, _)| only.is_none_or(|only| only == *namespace))
        .map(|(namespace, name)| shown(&Identity::service_account(namespace, name)))
        .collect()
}

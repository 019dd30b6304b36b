//! Facts and what steps rest on, in words.

use merlon_model::{Evidence, Location};
use merlon_rbac::risk::{Effect, primitives};
use merlon_rbac::{Binding, Grant, Identity, PolicyRule, Scope, Subject};
use merlon_snapshot::Object;
use merlon_views::objects::Place;

use crate::change::{kubectl, word};
use crate::fact::{Ability, Fact, Network};
use crate::graph::Basis;
use crate::world::World;

/// A fact's name, unique in its graph: `serviceaccount shop/cart`.
pub(crate) fn name(world: &World<'_, '_>, fact: &Fact<'_>) -> String {
    match *fact {
        Fact::Internet => "internet".to_owned(),
        Fact::User(name) => format!("user {name}"),
        Fact::Group(name) => format!("group {name}"),
        Fact::AccountOf(namespace) => format!("group system:serviceaccounts:{namespace}"),
        Fact::ServiceAccount(namespace, name) => format!("serviceaccount {namespace}/{name}"),
        Fact::Workload(number) => workload(world, number),
        Fact::Container(number, at) => {
            let workload_name = workload(world, number);
            let container = world
                .workload(number)
                .and_then(|it| it.containers.get(usize::try_from(at).ok()?))
                .map_or("", |it| it.name);
            format!("container {container} of {workload_name}")
        }
        Fact::PodsOn(number, node) => format!("{} on node {node}", workload(world, number)),
        Fact::Processes(number, user) => {
            let whose = user.map(|user| format!(" of user {user}")).unwrap_or_default();
            format!("shared processes{whose} of {}", workload(world, number))
        }
        Fact::Kubelet(node) => format!("user system:node:{node}"),
        Fact::PodVolumes(Some(node)) => format!("secrets and tokens of pods on node {node}"),
        Fact::Neighbours(Some(node)) => format!("processes of ordinary pods on node {node}"),
        Fact::Neighbours(None) => "processes of ordinary pods on some node".to_owned(),
        Fact::PodVolumes(None) => "secrets and tokens of pods on some node".to_owned(),
        Fact::Node(name) => format!("node {name}"),
        Fact::SomeNode => "some node".to_owned(),
        Fact::EveryNode => "every node".to_owned(),
        Fact::Secret(namespace, name) => format!("secret {namespace}/{name}"),
        Fact::Ability(ability, None) => format!("{} in the cluster", verb(ability)),
        Fact::Ability(ability, Some(namespace)) => format!("{} in {namespace}", verb(ability)),
        Fact::Network(Network::Open(None)) => "network of the cluster".to_owned(),
        Fact::Network(Network::Open(Some(port))) => format!("network of the cluster, port {port}"),
        Fact::Network(Network::From(number)) => format!("network from {}", workload(world, number)),
        Fact::Network(Network::To(number, port)) => {
            format!("network to port {port} of {}", workload(world, number))
        }
        Fact::Network(Network::Between(from, to, port)) => {
            let port = port.map(|port| format!(", port {port}")).unwrap_or_default();
            let (from, to) = (workload(world, from), workload(world, to));
            format!("network between the likes of {from} and of {to}{port}")
        }
        Fact::KubeletApi(node) => format!("kubelet API of node {node}"),
        Fact::Role(id, scope) => {
            let role = world.access.policy().role(id);
            format!("{} {} in {}", role.kind(), role.name, place(scope))
        }
        Fact::CloudRole(name) => format!("cloud role {name}"),
        Fact::ControlPlaneKeys => "control plane keys".to_owned(),
        Fact::ClusterAdmin => "cluster-admin".to_owned(),
        Fact::Right(number) => format!("right {number}"),
        Fact::Part(primitive, row, scope) => {
            format!("right to {} in {}", needed(primitive, row), place(scope))
        }
    }
}

/// What holding a fact means: `acts as serviceaccount shop/cart`.
pub(crate) fn title(world: &World<'_, '_>, fact: &Fact<'_>) -> String {
    let name = name(world, fact);
    match fact {
        Fact::Internet => "sends packets from the internet".to_owned(),
        Fact::User(_) | Fact::ServiceAccount(..) | Fact::Kubelet(_) => format!("acts as {name}"),
        Fact::Group(_) | Fact::AccountOf(_) => format!("acts as a member of {name}"),
        Fact::Workload(_) | Fact::PodsOn(..) | Fact::Container(..) => {
            format!("runs code in {name}")
        }
        Fact::Processes(..) => format!("changes {name}"),
        Fact::Node(_) | Fact::SomeNode | Fact::EveryNode => format!("is root on {name}"),
        Fact::Secret(..) | Fact::PodVolumes(_) | Fact::Neighbours(_) => format!("reads {name}"),
        Fact::Ability(..) => format!("can {name}"),
        Fact::Network(Network::Open(port)) => {
            let port = port.map(|port| format!("port {port} of ")).unwrap_or_default();
            format!("sends packets to {port}whatever in the cluster lets everybody in")
        }
        Fact::Network(Network::From(number)) => {
            format!("sends packets as {} and its like may", workload(world, *number))
        }
        Fact::Network(Network::To(number, port)) => {
            format!("sends packets to port {port} of {} and its like", workload(world, *number))
        }
        Fact::Network(Network::Between(_, to, port)) => {
            let port = port.map(|port| format!("port {port} of ")).unwrap_or_default();
            let to = workload(world, *to);
            format!("sends packets to {port}pods that administrators' policies treat like {to}")
        }
        Fact::KubeletApi(_) => format!("uses the {name}"),
        Fact::Role(..) => format!("is bound to {name}"),
        Fact::CloudRole(_) => format!("acts with {name}"),
        Fact::ControlPlaneKeys => "holds the keys of the control plane".to_owned(),
        Fact::ClusterAdmin => "can do everything in the cluster".to_owned(),
        Fact::Right(_) => "holds one of the rights it takes".to_owned(),
        Fact::Part(primitive, row, scope) => {
            format!("may {} in {}", needed(primitive, *row), place(*scope))
        }
    }
}

fn place(scope: Option<&str>) -> String {
    scope.map_or("the cluster".to_owned(), |name| format!("namespace {name}"))
}

/// What the rights of one row of a primitive's needs allow; of other techniques it is not known here.
fn needed(technique: &str, row: u32) -> String {
    let primitive = primitives().find(|primitive| primitive.id == technique);
    let rights = primitive.and_then(|it| it.needs.get(usize::try_from(row).ok()?));
    let Some([right, others @ ..]) = rights.copied() else {
        return "write resources of an operator".to_owned();
    };
    let (verbs, resources) = (right.verbs.join(" or "), right.resources.join(" or "));
    let others = if others.is_empty() { "" } else { ", or the like," };
    format!("{verbs} {resources}{others}")
}

fn workload(world: &World<'_, '_>, number: u32) -> String {
    world.workload(number).map_or_else(String::new, |pod| {
        let kind = pod.kind.to_string().to_lowercase();
        format!("{kind} {}/{}", pod.namespace, pod.object.name())
    })
}

fn verb(ability: Ability) -> &'static str {
    match ability {
        Ability::Administer => "do everything",
        Ability::CreatePods => "create pods",
        Ability::CreatePrivilegedPods => "create privileged pods",
        Ability::RunInPods => "run code in any pod",
        Ability::AddContainers => "add containers to any pod",
        Ability::AttachToPods => "attach to any container",
        Ability::DrivePods => "drive any pod to another node",
        Ability::UseServiceAccounts => "act as any service account",
        Ability::ReadSecrets => "read all secrets",
        Ability::ActAsAnybody => "act as any user and any group",
        Ability::ActAsUsers => "act as any user",
        Ability::ReadLogs => "read the logs of pods",
        Ability::ReadNodeLogs => "read the logs of nodes",
        Ability::ActAsNodes => "act as the kubelet of any node",
        Ability::ChangeNamespaces => "change namespaces",
        Ability::RewriteObjects => "rewrite objects as they are admitted",
        Ability::ChangeAggregatedRoles => "change roles that are put together from others",
        Ability::Cause(effect) => match effect {
            Effect::Rights => "gain rights",
            Effect::Identity => "gain an identity",
            Effect::Node => "gain a node",
            Effect::Code => "run code",
            Effect::Secrets => "replace secrets",
            Effect::Cloud => "use the cloud account",
            Effect::Admission => "weaken admission",
            Effect::Traffic => "redirect traffic",
            Effect::Data => "read or change stored data",
            Effect::Disruption => "disturb work",
            Effect::Discovery => "learn about the cluster",
        },
    }
}

/// What a step rests on, with where it stands.
pub(crate) fn evidence(world: &World<'_, '_>, basis: &Basis<'_>) -> Evidence {
    match *basis {
        Basis::Grant(grant) => {
            let policy = world.access.policy();
            let rule = policy.rule(&grant);
            let binding = world.binding(grant.binding);
            let statement = format!("{}: {}", given(world, &grant), rule_in_words(rule));
            let location = binding.and_then(|binding| {
                let root = &binding.object.root;
                let subject = root.pointer(&format!("/subjects/{}", grant.subject));
                locate(world, binding.object, Place::Node(subject.unwrap_or(root)))
            });
            Evidence { statement: statement.into(), location }
        }
        Basis::Object(object, place, statement) => {
            Evidence { statement: statement.into(), location: locate(world, object, place) }
        }
        Basis::Note(statement) => Evidence { statement: statement.into(), location: None },
    }
}

/// `RoleBinding shop/dev gives group dev the ClusterRole edit`
fn given(world: &World<'_, '_>, grant: &Grant) -> String {
    let policy = world.access.policy();
    let (binding, role) = (policy.binding(grant.binding), policy.role(grant.role));
    let subject = usize::try_from(grant.subject).ok().and_then(|at| binding.subjects.get(at));
    let whom = subject.and_then(|subject| binding.identity(subject)).map_or_else(
        || "somebody".to_owned(),
        |identity| match identity {
            Identity::User(name) => format!("user {name}"),
            Identity::Group(name) => format!("group {name}"),
            Identity::ServiceAccount { namespace, name } => {
                format!("serviceaccount {namespace}/{name}")
            }
        },
    );
    let written = match &binding.namespace {
        Some(namespace) => format!("RoleBinding {namespace}/{}", binding.name),
        None => format!("ClusterRoleBinding {}", binding.name),
    };
    format!("{written} gives {whom} the {} {}", role.kind(), role.name)
}

/// `create pods/exec in shop`
fn rule_in_words(rule: &PolicyRule) -> String {
    let mut text = rule.verbs.join(", ");
    for part in [&rule.resources, &rule.non_resource_urls] {
        if !part.is_empty() {
            text.push(' ');
            text.push_str(&part.join(", "));
        }
    }
    let is_core = |group: &String| group.is_empty();
    if !rule.api_groups.iter().all(is_core) {
        let name =
            |group: &'_ String| if is_core(group) { "core" } else { group.as_str() }.to_owned();
        let groups: Vec<String> = rule.api_groups.iter().map(name).collect();
        text.push_str(" of ");
        text.push_str(&groups.join(", "));
    }
    if !rule.resource_names.is_empty() {
        text.push_str(" named ");
        text.push_str(&rule.resource_names.join(", "));
    }
    text
}

fn locate(world: &World<'_, '_>, object: &Object, place: Place<'_>) -> Option<Location> {
    world.view.locate(object, place).map(|(_, location)| location)
}

/// A command that shows, without changing anything, what a step rests on; `None` for what is not in a cluster.
pub(crate) fn command(world: &World<'_, '_>, technique: &str, basis: &Basis<'_>) -> Option<String> {
    match *basis {
        Basis::Grant(grant) => can_i(world, technique, &grant),
        Basis::Object(object, place, _) if world.view.is_cluster() => {
            let stretch = place.stretch(&object.root)?;
            let field = match stretch.field.as_str() {
                "" => "metadata.name",
                field => field,
            };
            let get = kubectl("get", object);
            Some(format!("{get} --output jsonpath={}", word(&format!("{{.{field}}}"))))
        }
        _ => None,
    }
}

fn can_i(world: &World<'_, '_>, technique: &str, grant: &Grant) -> Option<String> {
    let policy = world.access.policy();
    let (rule, binding) = (policy.rule(grant), policy.binding(grant.binding));
    let subject = binding.subjects.get(usize::try_from(grant.subject).ok()?)?;
    let wanted = wanted(world, technique, rule).or_else(|| any(rule))?;
    let name = rule.resource_names.first().map(|name| format!("/{name}")).unwrap_or_default();
    let resource = match wanted.group {
        "" => wanted.resource.to_owned(),
        group => format!("{}.{group}", wanted.resource),
    };
    let mut command =
        format!("kubectl auth can-i {} {}", word(wanted.verb), word(&format!("{resource}{name}")));
    if !wanted.subresource.is_empty() {
        command.push_str(&format!(" --subresource={}", wanted.subresource));
    }
    match Scope::of(binding.namespace.as_deref()) {
        Scope::Cluster => command.push_str(" --all-namespaces"),
        Scope::Namespace(name) => command.push_str(&format!(" --namespace {}", word(&name))),
    }
    Some(format!("{command} {}", impersonation(binding, subject)?))
}

/// A request to ask about.
struct Wanted<'t> {
    verb: &'t str,
    group: &'t str,
    resource: &'t str,
    subresource: &'t str,
}

/// What a technique needs of what a rule grants.
fn wanted(world: &World<'_, '_>, technique: &str, rule: &PolicyRule) -> Option<Wanted<'static>> {
    let release = world.access.authorizer.release();
    let primitive = primitives().find(|primitive| primitive.id == technique)?;
    let right = primitive
        .needs
        .iter()
        .flat_map(|need| need.iter())
        .find(|right| right.given_by(rule, release).is_some())?;
    let verb = right.verbs.iter().find(|verb| rule.has_verb(verb))?;
    let group = right.groups.iter().find(|group| rule.has_group(group))?;
    let parts = right.resources.iter().map(|text| text.split_once('/').unwrap_or((text, "")));
    let (resource, subresource) =
        parts.into_iter().find(|(resource, sub)| rule.has_resource(resource, sub))?;
    let (verb, group) = (concrete(verb, "get"), concrete(group, ""));
    Some(Wanted { verb, group, resource: concrete(resource, "pods"), subresource })
}

/// Something that a rule grants.
fn any(rule: &PolicyRule) -> Option<Wanted<'_>> {
    // Asking for `*` asks whether everything is allowed.
    if rule.has_verb("*") && rule.has_group("*") && rule.has_resource("*", "") {
        return Some(Wanted { verb: "*", group: "", resource: "*", subresource: "" });
    }
    let text = concrete(rule.resources.first()?, "pods");
    let (resource, subresource) = text.split_once('/').unwrap_or((text, ""));
    let group = rule.api_groups.first().map_or("", |group| concrete(group, ""));
    let (verb, resource) = (concrete(rule.verbs.first()?, "get"), concrete(resource, "pods"));
    Some(Wanted { verb, group, resource, subresource })
}

fn impersonation(binding: &Binding, subject: &Subject) -> Option<String> {
    Some(match binding.identity(subject)? {
        Identity::User(name) => format!("--as {}", word(&name)),
        Identity::Group(name) => format!("--as somebody --as-group {}", word(&name)),
        Identity::ServiceAccount { namespace, name } => {
            format!("--as {}", word(&format!("system:serviceaccount:{namespace}:{name}")))
        }
    })
}

/// Something that a wildcard allows.
fn concrete<'t>(text: &'t str, instead: &'t str) -> &'t str {
    if text == "*" { instead } else { text }
}

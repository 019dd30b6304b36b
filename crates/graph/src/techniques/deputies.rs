//! Operators as deputies: whoever writes the resources that they act on has their rights.
//!
//! Who may write which operator's resources is asked of RBAC here, operator by operator: a right to write those of one
//! says nothing about another.

mod definitions;
mod examples;
mod operators;

use std::collections::{BTreeMap, BTreeSet};

use merlon_model::{Confidence, Kind};
use merlon_rbac::{
    AUTHENTICATED, Grant, Identity, PolicyRule, Request, ResourceRequest, SERVICE_ACCOUNTS, User,
};
use merlon_snapshot::Object;
use merlon_views::objects::{ContainerView, ImageReference, Place as Spot};
use merlon_yaml::Node;

use self::operators::{Gain, Needs, OPERATORS, Operator, Place, Program};
use super::rights::{Bound, NEEDED_RIGHT};
use super::webhooks;
use crate::builder::Builder;
use crate::change::take_from_binding;
use crate::fact::{Ability, Fact};
use crate::graph::Basis;
use crate::technique::Technique;
use crate::world::World;

pub(super) static TECHNIQUES: &[&Technique] =
    &[&DEPUTY, &definitions::CONVERT, &definitions::REDEFINE];

pub(super) static DEPUTY: Technique = Technique {
    id: "operator-as-deputy",
    title: "have the operator make it",
    reason: "the operator makes what the resource describes with its own rights, or runs it as a service account that the resource names",
    references: &["T1098", "MS-TA9008"],
    confidence: Confidence::Likely,
    controls: &[],
    examples: examples::EXAMPLES,
};

/// What writes a resource so that somebody else acts on what it says.
const WRITES: [&str; 3] = ["create", "update", "patch"];

pub(super) fn add<'w, 'a: 'w>(world: &World<'w, 'a>, builder: &mut Builder<'w>) {
    for deputy in deputies(world) {
        deputy.add(world, builder);
        definitions::add(world, builder, &deputy);
    }
}

/// Adds what a binding gives by which operators are told what to do.
pub(super) fn add_bound<'w, 'a: 'w>(
    world: &World<'w, 'a>,
    builder: &mut Builder<'w>,
    deputies: &[Deputy<'w>],
    bound: &Bound<'w>,
) {
    let rules = &world.access.policy().role(bound.role).rules;
    let allows = |request| {
        let request = Request::Resource(request);
        rules.iter().any(|rule| rule.allows(&request))
    };
    for deputy in deputies {
        let is_here = match bound.namespace {
            Some(own) => deputy.is_anywhere() || deputy.only == Some(own),
            None => true,
        };
        if is_here && deputy.requests().any(allows) {
            let mut told = Told::new(deputy, &DEPUTY, deputy.basis);
            for (holder, _) in &bound.subjects {
                told.by(world, builder, (*holder, None), deputy.only.or(bound.namespace));
            }
        }
        if bound.namespace.is_none() {
            definitions::add_bound(world, builder, deputy, (&allows, bound));
        }
    }
}

/// An operator that runs.
#[derive(Debug)]
pub(super) struct Deputy<'w> {
    /// Its place among those that run.
    number: u32,
    operator: &'static Operator,
    /// The namespace and the name of its service account; none where it is a part of the distribution.
    account: Option<(&'w str, &'w str)>,
    /// The only namespace it looks at.
    only: Option<&'w str>,
    /// The namespace that an argument names in place of its own.
    home: Option<&'w str>,
    basis: Basis<'w>,
}

/// The operators that run and whose resources are served.
pub(super) fn deputies<'w, 'a: 'w>(world: &World<'w, 'a>) -> Vec<Deputy<'w>> {
    let served: Vec<&'static Operator> =
        OPERATORS.iter().filter(|it| is_served(world, it)).collect();
    let mut found = Vec::new();
    for (_, workload) in world.workloads() {
        for container in &workload.containers {
            let Some(node) = container.node.get("image") else { continue };
            let Some(image) = node.as_str().and_then(ImageReference::parse) else { continue };
            let named = served.iter().copied().filter(|it| is_of(it, &image));
            for operator in named {
                let words = words(container);
                if !runs(operator, &words) || has_any(&words, operator.tamed_by) {
                    continue;
                }
                let own = workload.namespace;
                let is_confined = has_any(&words, operator.confined_by)
                    || operator.confined_in.is_some_and(|it| is_set(container, it));
                let only = match operator.place {
                    Place::Named { program, .. } if program != own => continue,
                    Place::Named { resource, .. } => Some(resource),
                    Place::Own => Some(own),
                    Place::Namespaces | Place::Cluster => is_confined.then_some(own),
                };
                let basis =
                    Basis::Object(workload.object, Spot::Node(node), "the operator runs here");
                found.push(Deputy {
                    number: 0,
                    operator,
                    account: Some((own, workload.service_account_name())),
                    only,
                    home: home(world, operator, &words),
                    basis,
                });
            }
        }
    }
    found.extend(served.into_iter().filter_map(|it| of_distribution(world, it)));
    for (number, deputy) in (0..).zip(&mut found) {
        deputy.number = number;
    }
    found
}

/// Whether the cluster knows the operator's resources; of manifests that is not asked.
fn is_served(world: &World<'_, '_>, operator: &Operator) -> bool {
    let kind = Kind::CustomResourceDefinition;
    let serves = |it: &Object| {
        it.root.path(&["spec", "group"]).and_then(Node::as_str) == Some(operator.group)
    };
    !world.view.is_complete(kind) || world.view.of_kind(kind).any(serves)
}

/// Whether the image is one that holds the operator.
fn is_of(operator: &Operator, image: &ImageReference<'_>) -> bool {
    match operator.program {
        Program::Image { names, .. } => names.iter().any(|name| is_image(image, name)),
        Program::Distribution(_) => false,
    }
}

/// Whether the command runs the operator and none of the other programs of its image.
fn runs(operator: &Operator, words: &[&str]) -> bool {
    let Program::Image { command, others, .. } = operator.program else { return false };
    command.is_none_or(|it| words.iter().any(|word| word.ends_with(it)))
        && !others.iter().any(|other| words.contains(other))
}

/// Whether an image is of that name; what ends in a hyphen is followed by a checksum, as Tekton's builder names images.
fn is_image(image: &ImageReference<'_>, name: &str) -> bool {
    image.is_copy_of(name) || name.ends_with('-') && image.repository.contains(name)
}

/// The namespace that an argument names in place of the operator's own.
fn home<'w, 'a: 'w>(world: &World<'w, 'a>, operator: &Operator, words: &[&str]) -> Option<&'w str> {
    let flag = operator.gains.iter().find_map(|(gain, _)| match gain {
        Gain::Home(_, flag) => Some(*flag),
        _ => None,
    })?;
    let value = words.iter().find_map(|word| {
        let (name, value) = word.trim_start_matches('-').split_once('=')?;
        (name == flag).then_some(value)
    });
    value.and_then(|name| world.namespace(name))
}

fn of_distribution<'w, 'a: 'w>(
    world: &World<'w, 'a>,
    operator: &'static Operator,
) -> Option<Deputy<'w>> {
    let Program::Distribution(marks) = operator.program else { return None };
    let version = |node: &'w Object| node.root.path(&["status", "nodeInfo", "kubeletVersion"]);
    let is_it =
        |text: &Node| text.as_str().is_some_and(|it| marks.iter().any(|mark| it.contains(mark)));
    let (node, place) = world
        .view
        .of_kind(Kind::Node)
        .find_map(|node| Some((node, version(node).filter(|it| is_it(it))?)))?;
    let basis = Basis::Object(node, Spot::Node(place), "the distribution holds the operator");
    Some(Deputy { number: 0, operator, account: None, only: None, home: None, basis })
}

impl<'w> Deputy<'w> {
    fn add<'a: 'w>(&self, world: &World<'w, 'a>, builder: &mut Builder<'w>) {
        let Self { operator, only, .. } = self;
        let mut told = Told::new(self, &DEPUTY, self.basis);
        for (identity, grant) in holders(world, self.requests(), self.is_anywhere()) {
            let bound = world.access.policy().binding(grant.binding).namespace.as_deref();
            told.by(world, builder, (Fact::identity(identity), Some(grant)), only.or(bound));
        }
        if operator.place == Place::Cluster {
            self.administered(world, builder, Fact::ClusterAdmin, None);
            return;
        }
        // An administrator of a namespace writes every resource there.
        let administered =
            world.namespaces.iter().filter(|it| only.is_none_or(|only| only == **it));
        for namespace in administered {
            let premise = Fact::Ability(Ability::Administer, Some(namespace));
            self.administered(world, builder, premise, Some(namespace));
        }
    }

    /// What is asked to write its resources. Names in rules are left out: a right to change one resource says nothing
    /// where that one is not known.
    fn requests(&self) -> impl Iterator<Item = ResourceRequest<'w>> + use<'w> {
        let (operator, only) = (self.operator, self.only);
        operator.resources.iter().flat_map(move |resource| {
            WRITES.map(|verb| ResourceRequest {
                verb,
                group: operator.group,
                resource,
                namespace: only.unwrap_or_default(),
                ..ResourceRequest::default()
            })
        })
    }

    /// Whether its resources count in each namespace.
    fn is_anywhere(&self) -> bool {
        self.only.is_none() && self.operator.place != Place::Cluster
    }

    /// Whether what it does for others may depend on whether these are given a role.
    pub(super) fn may_need(&self, rules: &[PolicyRule], subjects: &[Fact<'w>]) -> bool {
        let Some((own, name)) = self.account else { return false };
        let is_it = |fact: &Fact<'w>| match *fact {
            Fact::ServiceAccount(..) => *fact == Fact::ServiceAccount(own, name),
            Fact::AccountOf(namespace) => namespace == own,
            Fact::Group(group) => [SERVICE_ACCOUNTS, AUTHENTICATED].contains(&group),
            _ => false,
        };
        let needs = || self.operator.gains.iter().filter_map(|(_, needs)| *needs);
        let gives = |(verb, group, text): (&str, &str, &str)| {
            let (resource, subresource) = text.split_once('/').unwrap_or((text, ""));
            let has = |rule: &PolicyRule| {
                rule.has_verb(verb)
                    && rule.has_group(group)
                    && rule.has_resource(resource, subresource)
            };
            rules.iter().any(has)
        };
        subjects.iter().any(is_it) && needs().any(gives)
    }

    fn administered<'a: 'w>(
        &self,
        world: &World<'w, 'a>,
        builder: &mut Builder<'w>,
        premise: Fact<'w>,
        namespace: Option<&'w str>,
    ) {
        for gained in self.gained(world, namespace) {
            builder.step(&DEPUTY, &[premise], gained, vec![self.basis], &[]);
        }
    }

    /// What a resource in a namespace, or in whichever one likes, gives.
    fn gained<'a: 'w>(&self, world: &World<'w, 'a>, namespace: Option<&'w str>) -> Vec<Fact<'w>> {
        let gains = self.operator.gains.iter();
        gains.flat_map(|(gain, needs)| self.gain(world, *gain, *needs, namespace)).collect()
    }

    fn gain<'a: 'w>(
        &self,
        world: &World<'w, 'a>,
        gain: Gain,
        needs: Needs,
        namespace: Option<&'w str>,
    ) -> Vec<Fact<'w>> {
        let home = self.account.map(|(own, _)| own);
        let named = self.home.or(home);
        let place = match gain {
            Gain::There(_) => namespace,
            Gain::Home(..) => named,
            _ => None,
        };
        if !self.has(world, needs, place) {
            return Vec::new();
        }
        match gain {
            Gain::All => vec![Fact::ClusterAdmin],
            Gain::Itself => self
                .account
                .map(|(own, name)| Fact::ServiceAccount(own, name))
                .into_iter()
                .collect(),
            Gain::There(ability) => vec![Fact::Ability(ability, namespace)],
            Gain::Everywhere(ability) => vec![Fact::Ability(ability, None)],
            Gain::Home(ability, _) => {
                named.map(|it| Fact::Ability(ability, Some(it))).into_iter().collect()
            }
            Gain::Rewrite(left_alone) => {
                let rewritten = world.namespaces.iter().copied().filter(|it| {
                    namespace.is_none_or(|only| only == *it)
                        && home != Some(it)
                        && !left_alone.contains(it)
                });
                rewritten.map(|it| Fact::Ability(Ability::RewriteObjects, Some(it))).collect()
            }
            Gain::RewriteByWebhook => {
                let scopes = home.map(|own| webhooks::rewritten(world, own)).unwrap_or_default();
                scopes.into_iter().map(|it| Fact::Ability(Ability::RewriteObjects, it)).collect()
            }
        }
    }

    /// Whether the operator has itself the right that it takes.
    fn has(&self, world: &World<'w, '_>, needs: Needs, namespace: Option<&str>) -> bool {
        let Some((verb, group, text)) = needs else { return true };
        let Some((own, name)) = self.account else { return true };
        let (resource, subresource) = text.split_once('/').unwrap_or((text, ""));
        let request = Request::Resource(ResourceRequest {
            verb,
            group,
            resource,
            subresource,
            namespace: namespace.unwrap_or_default(),
            ..ResourceRequest::default()
        });
        let authorizer = &world.access.authorizer;
        authorizer.authorize(&User::service_account(own, name), &request).allowed
    }
}

/// Who is granted one of some requests, in the whole cluster or also in some namespace.
fn holders<'w, 'a: 'w>(
    world: &World<'w, 'a>,
    requests: impl Iterator<Item = ResourceRequest<'w>>,
    anywhere: bool,
) -> BTreeSet<(&'w Identity, Grant)> {
    let authorizer = &world.access.authorizer;
    let mut found = BTreeSet::new();
    for request in requests {
        let request = Request::Resource(request);
        let who = match anywhere {
            true => authorizer.who_can_anywhere(&request),
            false => authorizer.who_can(&request),
        };
        for (identity, grants) in who.holders() {
            found.extend(grants.iter().map(|grant| (identity, *grant)));
        }
    }
    found
}

/// The steps of those who tell a deputy what to do. What gives more than one thing goes through the right to tell it.
struct Told<'d, 'w> {
    deputy: &'d Deputy<'w>,
    technique: &'static Technique,
    basis: Basis<'w>,
    places: BTreeMap<Option<&'w str>, Vec<Fact<'w>>>,
}

impl<'d, 'w> Told<'d, 'w> {
    fn new(deputy: &'d Deputy<'w>, technique: &'static Technique, basis: Basis<'w>) -> Self {
        Self { deputy, technique, basis, places: BTreeMap::new() }
    }

    fn by<'a: 'w>(
        &mut self,
        world: &World<'w, 'a>,
        builder: &mut Builder<'w>,
        (holder, grant): (Fact<'w>, Option<Grant>),
        namespace: Option<&'w str>,
    ) {
        let Self { deputy, technique, basis, places } = self;
        let change = grant.and_then(|grant| take_from_binding(world, builder, &grant));
        let changes: Vec<_> = change.into_iter().collect();
        let granted = grant.map(Basis::Grant).into_iter();
        let given = places.entry(namespace).or_insert_with(|| {
            let gained = deputy.gained(world, namespace);
            if gained.len() < 2 {
                return gained;
            }
            let right = Fact::Part(technique.id, deputy.number, namespace);
            for fact in gained {
                builder.step(technique, &[right], fact, vec![*basis], &[]);
            }
            vec![right]
        });
        for fact in given {
            let (technique, basis) = match fact {
                Fact::Part(..) => (&NEEDED_RIGHT, granted.clone().collect()),
                _ => (*technique, granted.clone().chain([*basis]).collect()),
            };
            builder.step(technique, &[holder], *fact, basis, &changes);
        }
    }
}

fn words<'a>(container: &ContainerView<'a>) -> Vec<&'a str> {
    let list = |key| container.node.get(key).and_then(Node::as_sequence).unwrap_or_default();
    list("command").iter().chain(list("args")).filter_map(Node::as_str).collect()
}

/// Whether a variable of the container's environment is set to something, or to what is not known.
fn is_set(container: &ContainerView<'_>, name: &str) -> bool {
    let variables = container.node.get("env").and_then(Node::as_sequence).unwrap_or_default();
    variables.iter().any(|it| {
        let value = it.get("value").and_then(Node::as_str);
        it.get("name").and_then(Node::as_str) == Some(name)
            && (value.is_some_and(|it| !it.is_empty()) || it.get("valueFrom").is_some())
    })
}

fn has_any(words: &[&str], flags: operators::Flags) -> bool {
    words.iter().any(|word| {
        let bare = word.trim_start_matches('-');
        let (name, value) = bare.split_once('=').map_or((bare, None), |(a, b)| (a, Some(b)));
        word.starts_with('-')
            && flags.iter().any(|(own, wanted)| {
                *own == name && wanted.map_or(value != Some("false"), |it| value == Some(it))
            })
    })
}

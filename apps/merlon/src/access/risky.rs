use std::collections::BTreeSet;

use merlon_rbac::risk::{Effect, Found, Primitive, primitives_of};
use merlon_rbac::{BindingId, Grant, Held, Identity, MASTERS, PolicyRule, Scope, User};
use merlon_report::access::{AccessReport, Answer, Everything, RiskyAnswer, RiskySubject};

use super::arguments::Risky;
use super::describe::{Describer, RBAC, members, notes};
use super::facts::{Facts, Known};
use super::gaps::{gaps, unknown_roles};
use super::subject::{Subject, shown};
use super::{Answered, tool};
use crate::exit::Exit;

/// Who holds rights that lead to more than they say.
pub fn run(risky: &Risky) -> anyhow::Result<Answered> {
    let facts = Facts::read(&risky.sources)?;
    let view = facts.view();
    let known = facts.known(&view);
    let subject = risky.subject.as_ref().map(|subject| subject.in_groups(&risky.as_group));
    let (all, left_out) = match &subject {
        Some(subject) => (one(&known, subject), 0),
        None => everybody(&known, risky.all),
    };
    let describer = Describer::new(&known);
    let answer = RiskyAnswer {
        primitives: notes(all.iter().flat_map(Holds::primitives)),
        subjects: all.iter().map(|holds| holds.told(&known, &describer)).collect(),
        left_out,
    };
    let mut gaps = gaps(&known, &[]);
    gaps.extend(unknown_roles(&known));
    let exit = if gaps.is_empty() { Exit::Clean } else { Exit::NotEvaluated };
    let report = AccessReport {
        tool: tool(),
        sources: vec![known.source()],
        covers: RBAC.to_owned(),
        gaps,
        answer: Answer::Risky(answer),
    };
    Ok((report, exit))
}

/// What one subject holds.
struct Holds {
    identity: Identity,
    /// Where everything may be done, with what gives it.
    everything: Vec<(Scope, Vec<Grant>)>,
    found: Vec<Found>,
}

fn one(known: &Known<'_>, subject: &Subject) -> Vec<Holds> {
    let identity = subject.identity.clone();
    let mut holds = holds(known, &identity, &subject.user);
    if subject.user.is_in(MASTERS) {
        // No binding gives it.
        holds.everything.insert(0, (Scope::Cluster, Vec::new()));
    }
    let holds_any = !holds.found.is_empty() || !holds.everything.is_empty();
    if holds_any { vec![holds] } else { Vec::new() }
}

/// Everybody whom bindings name, the worst first, and how many hold only what Kubernetes gives them.
fn everybody(known: &Known<'_>, all: bool) -> (Vec<Holds>, usize) {
    let shipped = Shipped::new(known);
    let mut left_out = 0;
    let mut found = Vec::new();
    for (identity, _) in known.view.access().identities() {
        let mut holds = holds(known, identity, &identity.user());
        // What a group gives is told with the group.
        let own =
            |found: &Found| found.grants.iter().any(|it| known.authorizer.is_to(it, identity));
        holds.found.retain(own);
        let had_any = !holds.found.is_empty();
        if !all {
            holds.found.retain(|found| !found.grants.iter().all(|grant| shipped.is(grant)));
        }
        holds.everything.retain(|(_, grants)| {
            grants.iter().any(|it| known.authorizer.is_to(it, identity))
                && (all || !grants.iter().all(|grant| shipped.is(grant)))
        });
        if !holds.found.is_empty() {
            found.push(holds);
        } else if had_any {
            left_out += 1;
        }
    }
    found.sort_by_cached_key(|holds| (holds.badness(), holds.identity.clone()));
    (found, left_out)
}

fn holds(known: &Known<'_>, identity: &Identity, user: &User) -> Holds {
    let policy = known.authorizer.policy();
    let mut found = primitives_of(&known.authorizer, user);
    found.sort_by_key(|found| found.primitive.effect);
    let mut everything: Vec<(Scope, Vec<Grant>)> = Vec::new();
    for Held { scope, grant } in known.authorizer.rules_of(user) {
        if !is_everything(policy.rule(&grant)) {
            continue;
        }
        match everything.last_mut() {
            Some((last, grants)) if *last == scope => grants.push(grant),
            _ => everything.push((scope, vec![grant])),
        }
    }
    Holds { identity: identity.clone(), everything, found }
}

fn is_everything(rule: &PolicyRule) -> bool {
    let star = |list: &[String]| list.iter().any(|each| each == "*");
    star(&rule.verbs)
        && star(&rule.api_groups)
        && star(&rule.resources)
        && rule.resource_names.is_empty()
}

impl Holds {
    fn primitives(&self) -> impl Iterator<Item = &'static Primitive> {
        self.found.iter().map(|found| found.primitive)
    }

    /// Small for what is bad: everything in the cluster, everything somewhere, then by the worst effect, those that
    /// need nothing else first.
    fn badness(&self) -> (u8, Option<(Effect, bool, bool)>) {
        let everything = match self.everything.first() {
            Some((Scope::Cluster, _)) => 0,
            Some((Scope::Namespace(_), _)) => 1,
            None => 2,
        };
        let worst = self.found.iter().map(|found| {
            let is_local = found.scope != Scope::Cluster;
            (found.primitive.effect, found.primitive.condition.is_some(), is_local)
        });
        (everything, worst.min())
    }

    fn told(&self, known: &Known<'_>, describer: &Describer<'_, '_>) -> RiskySubject {
        let everything = self.everything.iter().map(|(scope, grants)| Everything {
            namespace: scope.namespace().map(str::to_owned),
            grants: describer.grants(grants, &self.identity),
        });
        RiskySubject {
            subject: shown(&self.identity),
            members: members(known.authorizer.policy(), &self.identity),
            everything: everything.collect(),
            primitives: self
                .found
                .iter()
                .map(|found| describer.found(found, &self.identity))
                .collect(),
        }
    }
}

/// What Kubernetes itself gives: its own bindings, to those whom they name in every cluster.
struct Shipped {
    /// Binding and subject of everybody whom somebody else put there.
    added: BTreeSet<(BindingId, u32)>,
    own: BTreeSet<BindingId>,
}

impl Shipped {
    fn new(known: &Known<'_>) -> Self {
        let mut shipped = Self { added: BTreeSet::new(), own: BTreeSet::new() };
        for binding in known.view.access().bindings.iter().filter(|it| it.is_default) {
            shipped.own.insert(binding.id);
            let gainers = binding.gainers.iter().filter_map(|index| u32::try_from(*index).ok());
            shipped.added.extend(gainers.map(|subject| (binding.id, subject)));
        }
        shipped
    }

    fn is(&self, grant: &Grant) -> bool {
        self.own.contains(&grant.binding) && !self.added.contains(&(grant.binding, grant.subject))
    }
}

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;
use std::num::NonZeroU32;

use merlon_model::Confidence;
use merlon_rbac::{Authorizer, Binding, BindingId, Identity, RoleId};

use crate::builder::Builder;
use crate::endpoint::Endpoint;
use crate::fact::Fact;
use crate::graph::{AttackGraph, Basis, Owner};
use crate::search::{FactId, Live, Path, Step, StepId, Without};
use crate::strangers::Strangers;
use crate::technique::Technique;
use crate::techniques::{Bound, Given, Via, add_named, concerns_others, is_of_bindings};
use crate::world::World;

/// Whether goals can be reached, and how, while bindings come and go.
///
/// The steps that go with a binding are found anew, and those of the rights that the identities which it names hold
/// together with others, by the same code that the graph is built with; the rest stays. So an edit takes time for what
/// follows from it, and an answer is that of a graph built anew. The few edits on which more depends are refused.
#[derive(Debug)]
pub struct LiveGraph<'g, 'w, 'a> {
    world: &'g World<'w, 'a>,
    authorizer: Authorizer,
    given: Given<'w>,
    /// The facts of the graph, and those that came since.
    ids: HashMap<Fact<'w>, FactId>,
    facts: u32,
    /// The rights among the facts, which mean something for their owner only, and those of them that are free.
    rights: BTreeSet<FactId>,
    spare: Vec<FactId>,
    steps: HashMap<Owner<'w>, Vec<StepId>>,
    told: BTreeMap<StepId, (&'static Technique, Confidence)>,
    /// The number of each binding that there is or was, by namespace and name.
    numbers: BTreeMap<(Option<String>, String), u32>,
    /// Whom they name, by number, each once.
    subjects: Vec<Vec<Fact<'w>>>,
    /// How many of them name somebody.
    named: HashMap<Fact<'w>, u32>,
    known: HashMap<&'w Identity, Fact<'w>>,
    strangers: &'w Strangers,
    entries: Vec<Endpoint>,
    goals: Vec<Endpoint>,
    search: Live<'g>,
}

/// Why a graph has to be built anew: an edit of bindings is not all that happened, or more depends on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unclear {
    /// What others gain depends on whether some binding names this identity.
    Identity(String),
    /// Nothing is known about this namespace, or nothing but its last binding was.
    Namespace(String),
    /// An operator is given a right that it may need for what it does for others.
    Operator,
}

impl fmt::Display for Unclear {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Identity(name) => write!(formatter, "others depend on whether {name} is bound")?,
            Self::Namespace(name) => write!(formatter, "no object is in namespace {name}")?,
            Self::Operator => {
                formatter.write_str("an operator may need the right for what it does")?
            }
        }
        formatter.write_str(": build the graph anew")
    }
}

impl std::error::Error for Unclear {}

impl<'g, 'w, 'a: 'w> LiveGraph<'g, 'w, 'a> {
    /// The graph as it was built, with what is asked about it: where an attack starts, holding all entries, and what it
    /// may be after, goal by goal.
    #[must_use]
    pub fn new(
        world: &'g World<'w, 'a>,
        graph: &'g AttackGraph<'w>,
        strangers: &'w Strangers,
        entries: Vec<Endpoint>,
        goals: Vec<Endpoint>,
    ) -> Self {
        let access = world.access;
        let facts = |it: &Endpoint| it.facts(world, graph);
        let held: Vec<FactId> = entries.iter().flat_map(facts).collect();
        let wanted = goals.iter().map(facts).collect();
        let search = Live::of(&graph.hypergraph, &held, &Without::nothing(), wanted);
        let known: HashMap<&'w Identity, Fact<'w>> =
            access.identities().into_iter().map(|(it, _)| (it, Fact::identity(it))).collect();
        let mut live = Self {
            world,
            authorizer: access.authorizer.clone(),
            given: Given::of(world, graph),
            ids: HashMap::new(),
            facts: 0,
            rights: BTreeSet::new(),
            spare: Vec::new(),
            steps: owned(world, graph),
            told: BTreeMap::new(),
            numbers: BTreeMap::new(),
            subjects: Vec::new(),
            named: HashMap::new(),
            known,
            strangers,
            search,
            entries,
            goals,
        };
        for fact in &graph.facts {
            live.id(*fact);
        }
        for view in &access.bindings {
            let binding = access.policy().binding(view.id);
            let number = live.number((binding.namespace.clone(), binding.name.clone()));
            let subjects = live.subjects_of(binding).into_iter().map(|(_, fact)| fact).collect();
            live.name(number, subjects);
        }
        let mut missing = Builder::default();
        live.given.complete(world, &mut missing, graph);
        live.add_missing(graph, missing);
        live
    }

    /// Adds a binding, in place of the one of its namespace and name.
    ///
    /// # Errors
    /// [`Unclear`] where that takes more than a look at the binding; nothing has changed then.
    pub fn put(&mut self, binding: Binding) -> Result<(), Unclear> {
        let written = binding.namespace.as_deref();
        let namespace = written
            .map(|name| self.world.namespace(name).ok_or_else(|| Unclear::Namespace(name.into())))
            .transpose()?;
        let role = self.authorizer.policy().resolve(&binding.role, written);
        let key = (binding.namespace.clone(), binding.name.clone());
        self.is_clear(&key, &identities(&binding))?;
        let subjects = self.subjects_of(&binding);
        let named: Vec<Fact<'w>> = subjects.iter().map(|(_, fact)| *fact).collect();
        self.leaves_operators(role, &named)?;
        let number = self.number(key);
        let bound = role.map(|role| bound((number, namespace, role), &subjects));
        self.authorizer.put_binding(binding);
        self.exchange(number, named, bound);
        Ok(())
    }

    /// Takes a binding away, by its namespace and name; says whether there was one.
    ///
    /// # Errors
    /// [`Unclear`] where that takes more than a look at the binding; nothing has changed then.
    pub fn take(&mut self, namespace: Option<&str>, name: &str) -> Result<bool, Unclear> {
        if self.authorizer.policy().find_binding(namespace, name).is_none() {
            return Ok(false);
        }
        let key = (namespace.map(str::to_owned), name.to_owned());
        self.is_clear(&key, &BTreeSet::new())?;
        if let Some(own) = namespace.filter(|own| is_of_bindings(self.world, own)) {
            let there = self.authorizer.policy().bindings();
            if there.filter(|(_, it)| it.namespace.as_deref() == Some(own)).count() == 1 {
                return Err(Unclear::Namespace(own.to_owned()));
            }
        }
        self.authorizer.take_binding(namespace, name);
        let number = self.number(key);
        self.exchange(number, Vec::new(), None);
        Ok(true)
    }

    /// Who may do what now.
    #[must_use]
    pub fn authorizer(&self) -> &Authorizer {
        &self.authorizer
    }

    /// The cheapest way to a goal as it is now; `None` where there is none.
    #[must_use]
    pub fn path(&self, goal: usize) -> Option<Path> {
        self.search.path(goal)
    }

    /// What the cheapest way to a goal costs; `None` where there is none.
    #[must_use]
    pub fn cost(&self, goal: usize) -> Option<u64> {
        self.search.cost(goal)
    }

    /// The technique of a step that came with an edit, and how sure it is; the others are the graph's.
    #[must_use]
    pub fn added_step(&self, step: StepId) -> Option<(&'static Technique, Confidence)> {
        self.told.get(&step).copied()
    }

    /// Whether nothing but what they gain themselves depends on who comes to be named and who no longer is.
    fn is_clear(
        &self,
        key: &(Option<String>, String),
        after: &BTreeSet<Identity>,
    ) -> Result<(), Unclear> {
        let policy = self.authorizer.policy();
        let before = policy.find_binding(key.0.as_deref(), &key.1).map(|id| policy.binding(id));
        if let Some(before) = before {
            let role = policy.resolve(&before.role, before.namespace.as_deref());
            let number = self.numbers.get(key).and_then(|it| usize::try_from(*it).ok());
            self.leaves_operators(
                role,
                number.map(|it| &self.subjects[it][..]).unwrap_or_default(),
            )?;
        }
        let named = before.map(identities).unwrap_or_default();
        for identity in named.symmetric_difference(after) {
            let count: &HashMap<Fact<'_>, u32> = &self.named;
            let others = count.get(&Fact::identity(identity)).copied().unwrap_or_default();
            let is_last = others == u32::from(named.contains(identity));
            if is_last && concerns_others(self.world, identity) {
                return Err(Unclear::Identity(identity.to_string()));
            }
        }
        Ok(())
    }

    /// Whether what operators do for others does not depend on whether these are given a role.
    fn leaves_operators(&self, role: Option<RoleId>, subjects: &[Fact<'w>]) -> Result<(), Unclear> {
        let concerns = |role| self.given.may_concern_operators(self.world, role, subjects);
        if role.is_some_and(concerns) { Err(Unclear::Operator) } else { Ok(()) }
    }

    fn number(&mut self, key: (Option<String>, String)) -> u32 {
        let next = u32::try_from(self.subjects.len()).expect("fewer bindings than 2^32");
        let number = *self.numbers.entry(key).or_insert(next);
        if number == next {
            self.subjects.push(Vec::new());
        }
        number
    }

    /// Whom a binding names, each with its place there.
    fn subjects_of(&mut self, binding: &Binding) -> Vec<(u32, Fact<'w>)> {
        let written = (0..).zip(&binding.subjects);
        let meant = written.filter_map(|(place, it)| Some((place, binding.identity(it)?)));
        meant.map(|(place, identity)| (place, self.get_to_know(identity))).collect()
    }

    fn get_to_know(&mut self, identity: Identity) -> Fact<'w> {
        if let Some(fact) = self.known.get(&identity) {
            return *fact;
        }
        let (identity, end) = self.strangers.push(identity);
        self.strangers = end;
        let fact = Fact::identity(identity);
        self.known.insert(identity, fact);
        fact
    }

    /// Takes note of whom a binding names, and says who has come to be named by some binding and who no longer is.
    fn name(&mut self, number: u32, mut subjects: Vec<Fact<'w>>) -> (Vec<Fact<'w>>, Vec<Fact<'w>>) {
        subjects.sort_unstable();
        subjects.dedup();
        let place = usize::try_from(number).expect("a number is the place in a list");
        let before = std::mem::replace(&mut self.subjects[place], subjects);
        let after = &self.subjects[place];
        let (mut come, mut gone) = (Vec::new(), Vec::new());
        for fact in after.iter().filter(|it| before.binary_search(it).is_err()) {
            let count = self.named.entry(*fact).or_default();
            *count += 1;
            come.extend((*count == 1).then_some(*fact));
        }
        for fact in before.iter().filter(|it| after.binary_search(it).is_err()) {
            let count = self.named.entry(*fact).or_default();
            *count = count.saturating_sub(1);
            gone.extend((*count == 0).then_some(*fact));
        }
        (come, gone)
    }

    /// Exchanges a binding for another, and with it the steps.
    fn exchange(&mut self, number: u32, subjects: Vec<Fact<'w>>, bound: Option<Bound<'w>>) {
        let (come, gone) = self.name(number, subjects);
        let (world, mut builder) = (self.world, Builder::default());
        let policy = self.authorizer.policy();
        let owners = self.given.exchange(world, &mut builder, (number, bound), policy);
        for fact in come {
            add_named(&mut builder, fact);
        }
        let mut place = 0;
        while let Some(fact) = builder.facts().get(place).copied() {
            if !self.ids.contains_key(&fact) {
                self.given.follow(world, &mut builder, fact);
            }
            place += 1;
        }
        let owners = owners.into_iter().chain(gone.into_iter().map(Owner::Identity));
        let (mut steps, mut freed) = (Vec::new(), BTreeSet::new());
        for owner in owners {
            let own = self.steps.remove(&owner).unwrap_or_default();
            // These alone have rights that are nobody else's.
            if matches!(owner, Owner::Joint(..)) {
                freed.extend(own.iter().map(|step| self.search.conclusion(*step)));
            }
            steps.extend(own);
        }
        for step in &steps {
            self.told.remove(step);
        }
        self.add(builder.build(), &steps, |_| true);
        self.spare.extend(freed.intersection(&self.rights));
    }

    /// Adds what the graph was built without.
    fn add_missing(&mut self, graph: &AttackGraph<'w>, builder: Builder<'w>) {
        let hypergraph = &graph.hypergraph;
        let is_new = |step: &Step<'_>| {
            let mut premises: Vec<FactId> =
                [step.premise].iter().chain(step.others).copied().collect();
            premises.sort_unstable();
            let facts = premises.iter().chain([&step.conclusion]);
            if facts.into_iter().any(|fact| !hypergraph.has(*fact)) {
                return true;
            }
            let (using, giving) =
                (hypergraph.using(step.premise), hypergraph.giving(step.conclusion));
            let near = if using.len() < giving.len() { using } else { giving };
            !near.iter().any(|own| {
                hypergraph.conclusion(*own) == step.conclusion
                    && hypergraph.premises(*own) == premises
                    && hypergraph.cost(*own) == step.cost.get()
            })
        };
        self.add(builder.build(), &[], is_new);
    }

    /// Takes steps away and adds those of another graph.
    fn add(&mut self, part: AttackGraph<'w>, gone: &[StepId], is_new: impl Fn(&Step<'_>) -> bool) {
        let known = self.facts;
        let ids: Vec<FactId> = part.facts.iter().map(|fact| self.id(*fact)).collect();
        let id = |fact: FactId| ids[fact.0 as usize];
        let premises: Vec<Vec<FactId>> = part
            .hypergraph
            .each_step()
            .map(|step| part.hypergraph.premises(step).iter().map(|it| id(*it)).collect())
            .collect();
        let mut owners = part.owners.iter().peekable();
        let (mut new, mut told) = (Vec::new(), Vec::new());
        for ((step, premises), written) in
            part.hypergraph.each_step().zip(&premises).zip(&part.steps)
        {
            let owner = owners.next_if(|(_, own)| *own == step).map(|(owner, _)| *owner);
            let Some((premise, others)) = premises.split_first() else { continue };
            let cost = NonZeroU32::new(part.hypergraph.cost(step)).unwrap_or(NonZeroU32::MIN);
            let conclusion = id(part.hypergraph.conclusion(step));
            let step = Step { premise: *premise, others, conclusion, cost, changes: &[] };
            if is_new(&step) {
                new.push(step);
                told.push((owner, (written.technique, written.confidence)));
            }
        }
        for (number, (owner, told)) in self.search.edit(gone, &new).into_iter().zip(told) {
            self.told.insert(number, told);
            if let Some(owner) = owner {
                self.steps.entry(owner).or_default().push(number);
            }
        }
        for (id, fact) in ids.iter().zip(&part.facts).filter(|(id, _)| id.0 >= known) {
            let is = |it: &Endpoint| it.is(self.world, fact, None);
            let goals = (0..).zip(&self.goals).filter(|(_, it)| is(it)).map(|(goal, _)| goal);
            let (is_entry, goals) = (self.entries.iter().any(is), goals.collect::<Vec<usize>>());
            if is_entry || !goals.is_empty() {
                self.search.know(*id, is_entry, goals);
            }
        }
    }

    /// The number of a fact; that of a right is always a new one.
    fn id(&mut self, fact: Fact<'w>) -> FactId {
        let is_right = matches!(fact, Fact::Right(_));
        if let Some(id) = self.ids.get(&fact).filter(|_| !is_right) {
            return *id;
        }
        if is_right && let Some(id) = self.spare.pop() {
            return id;
        }
        let id = FactId(self.facts);
        self.facts += 1;
        if is_right {
            self.rights.insert(id);
        } else {
            self.ids.insert(fact, id);
        }
        id
    }
}

/// The steps of a graph that go with something.
fn owned<'w, 'a: 'w>(
    world: &World<'w, 'a>,
    graph: &AttackGraph<'w>,
) -> HashMap<Owner<'w>, Vec<StepId>> {
    let mut steps: HashMap<Owner<'w>, Vec<StepId>> = HashMap::new();
    for (owner, step) in &graph.owners {
        steps.entry(*owner).or_default().push(*step);
    }
    let numbers: HashMap<BindingId, u32> =
        world.access.bindings.iter().map(|it| it.id).zip(0..).collect();
    let mut owners = graph.owners.iter().peekable();
    for (number, step) in (0..).map(StepId).zip(&graph.steps) {
        if owners.next_if(|(_, own)| *own == number).is_some() {
            continue;
        }
        let binding = step.basis.iter().find_map(|basis| match basis {
            Basis::Grant(grant) => numbers.get(&grant.binding),
            _ => None,
        });
        if let Some(binding) = binding {
            steps.entry(Owner::Binding(*binding)).or_default().push(number);
        }
    }
    steps
}

fn bound<'w>(
    (number, namespace, role): (u32, Option<&'w str>, RoleId),
    subjects: &[(u32, Fact<'w>)],
) -> Bound<'w> {
    let via = |subject: u32| Via { binding: number, subject, grant: None };
    let subjects = subjects.iter().map(|(place, fact)| (*fact, via(*place))).collect();
    Bound { namespace, role, subjects }
}

fn identities(binding: &Binding) -> BTreeSet<Identity> {
    binding.subjects.iter().filter_map(|subject| binding.identity(subject)).collect()
}

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;
use std::num::NonZeroU32;

use merlon_model::Confidence;
use merlon_rbac::{Authorizer, Binding, BindingId, Identity};

use crate::fact::{Ability, Fact};
use crate::graph::{AttackGraph, Basis};
use crate::search::{FactId, Live, Path, Step, StepId, Without};
use crate::technique::Technique;
use crate::techniques::{Given, given};
use crate::world::World;

/// Whether goals can be reached, and how, while bindings come and go.
///
/// What a binding gives all by itself is added to the graph or taken away from it, in a time that depends on what
/// follows from it. What depends on other bindings besides is not worked out here: such an edit is refused, and nothing
/// changes; the graph has to be built anew for it. So an answer is always that of a graph built anew.
#[derive(Debug)]
pub struct LiveGraph<'g, 'w, 'a> {
    world: &'g World<'w, 'a>,
    authorizer: Authorizer,
    ids: HashMap<Fact<'w>, FactId>,
    /// Those whom bindings named when the graph was built: what follows from acting as them is part of it.
    known: BTreeSet<&'w Identity>,
    /// The steps of the bindings that the graph was built with, as long as they are there.
    built: HashMap<BindingId, Vec<StepId>>,
    /// Those of the bindings that came since, by namespace and name.
    added: BTreeMap<(Option<String>, String), Vec<StepId>>,
    told: BTreeMap<StepId, (&'static Technique, Confidence)>,
    /// Whom some binding gives or gave the parts of primitives.
    holders: Parts,
    has_operators: bool,
    /// Whether somebody may, or might, change bindings and make none.
    changes_bindings: bool,
    search: Live<'g>,
}

/// By primitive and part, those who are given it in a namespace, or in the whole cluster.
type Parts = BTreeMap<&'static str, BTreeMap<usize, Holders>>;
type Holders = BTreeMap<Option<String>, BTreeSet<Identity>>;

/// What is gained by which technique, and how sure that is.
type Conclusion = (&'static Technique, FactId, Confidence);

/// Why a graph has to be built anew: the edit of one binding does not say what comes of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unclear {
    /// Nothing was known about this identity.
    Identity(String),
    /// Nothing was known about this namespace.
    Namespace(String),
    /// The role gives something that nobody had before.
    Gain(&'static str),
    /// The role gives a part of what takes several rights, and others give the rest.
    Joint(&'static str),
    /// What comes of some binding depends on which other bindings there are.
    Dependent(&'static str),
    /// The role may let its holders tell an operator what to do.
    Operator,
    /// The role is put together from others, and somebody may add to it.
    Aggregated,
}

impl fmt::Display for Unclear {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Identity(name) => write!(formatter, "nothing is known about {name}")?,
            Self::Namespace(name) => write!(formatter, "no object is in namespace {name}")?,
            Self::Gain(what) => write!(formatter, "nobody could {what} before")?,
            Self::Joint(what) => write!(formatter, "others give the rest of what {what} takes")?,
            Self::Dependent(what) => write!(formatter, "{what} depends on the bindings there are")?,
            Self::Operator => formatter.write_str("the role may direct an operator")?,
            Self::Aggregated => formatter.write_str("somebody may add rights to the role")?,
        }
        formatter.write_str(": build the graph anew")
    }
}

impl std::error::Error for Unclear {}

impl<'g, 'w, 'a: 'w> LiveGraph<'g, 'w, 'a> {
    /// The graph as it was built, with what is asked about it: any fact of a goal is enough.
    #[must_use]
    pub fn new(
        world: &'g World<'w, 'a>,
        graph: &'g AttackGraph<'w>,
        entries: &[FactId],
        goals: Vec<Vec<FactId>>,
    ) -> Self {
        let mut built: HashMap<BindingId, Vec<StepId>> = HashMap::new();
        for (number, step) in (0..).map(StepId).zip(&graph.steps) {
            for basis in &step.basis {
                if let Basis::Grant(grant) = basis {
                    let steps = built.entry(grant.binding).or_default();
                    if steps.last() != Some(&number) {
                        steps.push(number);
                    }
                }
            }
        }
        let mut holders = Parts::new();
        let policy = world.access.policy();
        let mut roles = BTreeMap::new();
        let mut changes_bindings = false;
        for (_, binding) in policy.bindings() {
            let role = policy.resolve(&binding.role, binding.namespace.as_deref());
            let Some(role) = role else { continue };
            // In the whole cluster a role gives at least what it gives in a namespace.
            let given = roles.entry(role).or_insert_with(|| given(world, role, None));
            changes_bindings |= given.changes_bindings;
            // Nobody gains by adding to everything.
            if !(binding.namespace.is_none() && given.is_everything()) {
                add_holders(&mut holders, &given.parts, binding);
            }
        }
        let is_of_operator = |step: &crate::graph::Step<'w>| Given::tells_operator(step.technique);
        Self {
            world,
            authorizer: world.access.authorizer.clone(),
            ids: graph.facts.iter().copied().zip((0..).map(FactId)).collect(),
            known: world.access.identities().into_iter().map(|(identity, _)| identity).collect(),
            built,
            added: BTreeMap::new(),
            told: BTreeMap::new(),
            holders,
            has_operators: graph.steps.iter().any(is_of_operator),
            changes_bindings,
            search: Live::of(&graph.hypergraph, entries, &Without::nothing(), goals),
        }
    }

    /// Adds a binding, in place of the one of its namespace and name.
    ///
    /// # Errors
    /// [`Unclear`] where that takes more than a look at the binding; nothing has changed then.
    pub fn put(&mut self, binding: Binding) -> Result<(), Unclear> {
        let mut gained = Vec::new();
        let namespace = binding.namespace.as_deref();
        if let Some(role) = self.authorizer.policy().resolve(&binding.role, namespace) {
            let namespace = namespace
                .map(|name| {
                    self.world.namespace(name).ok_or_else(|| Unclear::Namespace(name.to_owned()))
                })
                .transpose()?;
            let given = given(self.world, role, namespace);
            if !given.is_everything() {
                self.is_alone(&given, &binding)?;
            }
            let conclusions = self.conclusions(&given)?;
            for holder in self.holders_of(&binding)? {
                gained.extend(conclusions.iter().map(|known| (holder, *known)));
            }
            self.changes_bindings |= given.changes_bindings;
            if !given.is_everything() {
                add_holders(&mut self.holders, &given.parts, &binding);
            }
        } else {
            self.is_independent()?;
        }
        let key = (binding.namespace.clone(), binding.name.clone());
        let gone = self.steps_of(&key);
        self.authorizer.put_binding(binding);
        let new: Vec<Step<'_>> = gained
            .iter()
            .map(|(holder, (_, conclusion, sure))| Step {
                premise: *holder,
                others: &[],
                conclusion: *conclusion,
                cost: NonZeroU32::MIN.saturating_add(Technique::cost(*sure) - 1),
                changes: &[],
            })
            .collect();
        let numbers = self.search.edit(&gone, &new);
        for (number, (_, (technique, _, sure))) in numbers.iter().zip(&gained) {
            self.told.insert(*number, (technique, *sure));
        }
        self.added.insert(key, numbers);
        Ok(())
    }

    /// Takes a binding away, by its namespace and name; says whether there was one.
    ///
    /// # Errors
    /// [`Unclear`] where that takes more than a look at the binding; nothing has changed then.
    pub fn take(&mut self, namespace: Option<&str>, name: &str) -> Result<bool, Unclear> {
        self.is_independent()?;
        if self.authorizer.policy().find_binding(namespace, name).is_none() {
            return Ok(false);
        }
        let gone = self.steps_of(&(namespace.map(str::to_owned), name.to_owned()));
        self.authorizer.take_binding(namespace, name);
        self.search.edit(&gone, &[]);
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

    /// The technique of a step that came with a binding, and how sure it is; the others are the graph's.
    #[must_use]
    pub fn added_step(&self, step: StepId) -> Option<(&'static Technique, Confidence)> {
        self.told.get(&step).copied()
    }

    /// Lets go of the steps of a binding.
    fn steps_of(&mut self, key: &(Option<String>, String)) -> Vec<StepId> {
        if let Some(steps) = self.added.remove(key) {
            for step in &steps {
                self.told.remove(step);
            }
            return steps;
        }
        let id = self.world.access.policy().find_binding(key.0.as_deref(), &key.1);
        id.and_then(|id| self.built.remove(&id)).unwrap_or_default()
    }

    /// Whether nothing that others give has to do with what is given.
    ///
    /// Where several rights have to be those of one holder, it is enough that there is one of them which nobody who is
    /// given something has: neither by itself nor, as no group has it, by a group.
    fn is_alone(&self, given: &Given<'w>, binding: &Binding) -> Result<(), Unclear> {
        let subjects = &identities(binding);
        // What is held in another namespace has nothing to do with this one.
        let counts = |scope: &Option<String>| {
            scope.is_none() || binding.namespace.is_none() || *scope == binding.namespace
        };
        let primitives: BTreeSet<&'static str> =
            self.holders.keys().chain(given.parts.keys()).copied().collect();
        for primitive in primitives {
            let Some(shape) = Given::shape(primitive) else { continue };
            let own = given.parts.get(primitive);
            let is_given = |row: &usize| own.is_some_and(|own| own.contains(row));
            let holders = |row: usize| {
                let all = self.holders.get(primitive).and_then(|it| it.get(&row));
                let here = all.into_iter().flatten().filter(|(scope, _)| counts(scope));
                here.map(|(_, identities)| identities)
            };
            let looks_at_all =
                shape.looks_at_all && (self.changes_bindings || given.changes_bindings);
            let is_complete =
                (0..shape.rows).all(|row| is_given(&row) || holders(row).next().is_some());
            if !is_complete || (own.is_none() && !shape.looks_at_own && !looks_at_all) {
                continue;
            }
            if looks_at_all {
                return Err(Unclear::Dependent(primitive));
            }
            let is_lacked = |row: usize| {
                let lack = |others: &BTreeSet<Identity>| {
                    !has_group(others) && !subjects.iter().any(|subject| others.contains(subject))
                };
                !is_given(&row) && holders(row).next().is_some() && holders(row).all(lack)
            };
            if !shape.is_of_one || has_group(subjects) || !(0..shape.rows).any(is_lacked) {
                return Err(Unclear::Joint(primitive));
            }
        }
        if self.has_operators && given.may_tell_operators {
            return Err(Unclear::Operator);
        }
        let pollute = Fact::Ability(Ability::ChangeAggregatedRoles, None);
        if given.is_aggregated && self.id(&pollute).is_some() {
            return Err(Unclear::Aggregated);
        }
        Ok(())
    }

    fn is_independent(&self) -> Result<(), Unclear> {
        if self.changes_bindings { independent(&self.holders) } else { Ok(()) }
    }

    /// What is gained, as facts of the graph; all of them are known, or lead nowhere.
    fn conclusions(&self, given: &Given<'w>) -> Result<Vec<Conclusion>, Unclear> {
        let mut known = Vec::new();
        for (technique, fact, sure) in &given.gains {
            match (self.id(fact), fact) {
                (Some(id), _) => known.push((*technique, id, *sure)),
                // Nothing rests on these.
                (None, Fact::Ability(Ability::Cause(_) | Ability::ReadLogs, _)) => {}
                (None, _) => return Err(Unclear::Gain(technique.title)),
            }
        }
        Ok(known)
    }

    /// Whom a binding names, as far as anybody can be them.
    fn holders_of(&self, binding: &Binding) -> Result<BTreeSet<FactId>, Unclear> {
        let mut holders = BTreeSet::new();
        for identity in binding.subjects.iter().filter_map(|subject| binding.identity(subject)) {
            let is_known = self.known.contains(&identity);
            match (self.id(&Fact::identity(&identity)), &identity) {
                (Some(id), Identity::ServiceAccount { .. }) => holders.extend([id]),
                (Some(id), _) if is_known => holders.extend([id]),
                // A service account that there is not.
                (None, Identity::ServiceAccount { .. }) => {}
                _ => return Err(Unclear::Identity(identity.to_string())),
            }
        }
        Ok(holders)
    }

    fn id(&self, fact: &Fact<'_>) -> Option<FactId> {
        let ids: &HashMap<Fact<'_>, FactId> = &self.ids;
        ids.get(fact).copied()
    }
}

/// Whether a group is among these; found at once, as they are sorted.
fn has_group(identities: &BTreeSet<Identity>) -> bool {
    let first = identities.range(Identity::Group(String::new())..).next();
    matches!(first, Some(Identity::Group(_)))
}

fn identities(binding: &Binding) -> BTreeSet<Identity> {
    binding.subjects.iter().filter_map(|subject| binding.identity(subject)).collect()
}

fn add_holders(
    holders: &mut Parts,
    parts: &BTreeMap<&'static str, BTreeSet<usize>>,
    binding: &Binding,
) {
    let subjects = identities(binding);
    for (primitive, rows) in parts.iter().filter(|_| !subjects.is_empty()) {
        let of_primitive = holders.entry(primitive).or_default();
        for row in rows {
            let within = of_primitive.entry(*row).or_default();
            within.entry(binding.namespace.clone()).or_default().extend(subjects.iter().cloned());
        }
    }
}

/// Whether there is nothing that comes of some binding because of which others there are.
fn independent(holders: &Parts) -> Result<(), Unclear> {
    for (primitive, rows) in holders {
        let shape = Given::shape(primitive);
        if shape.is_some_and(|shape| shape.looks_at_all && rows.len() >= shape.rows) {
            return Err(Unclear::Dependent(primitive));
        }
    }
    Ok(())
}

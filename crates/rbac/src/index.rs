use std::collections::BTreeMap;

use crate::identity::Identity;
use crate::policy::{BindingId, Policy, RoleId, as_id};
use crate::request::{Request, ResourceRequest};
use crate::rule::PolicyRule;

/// A policy laid out for questions that go through all of it: words are numbers, lists of lists lie in one piece.
#[derive(Clone, Debug)]
pub(crate) struct Index {
    /// Everybody a binding reaches, sorted.
    pub(crate) identities: Vec<Identity>,
    /// The bindings of each role, sorted.
    pub(crate) bindings: Lists<BindingId>,
    /// The identity of each subject of each binding; `None` for subjects that reach nobody.
    pub(crate) subjects: Lists<Option<u32>>,
    words: BTreeMap<String, Word>,
    /// Every rule of every role, in order.
    rules: Vec<RuleAt>,
    /// For each rule its verbs, groups and names.
    lists: Lists<Word>,
    /// Numbers of rules by each resource they name, as it is written.
    by_resource: BTreeMap<String, Vec<u32>>,
    /// Numbers of rules that name paths.
    by_path: Vec<u32>,
}

/// Where a rule is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RuleAt {
    pub(crate) role: RoleId,
    pub(crate) rule: u32,
}

/// What of a request is not looked at.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Wide {
    /// The namespace: rules count wherever they are given.
    pub(crate) anywhere: bool,
    /// The name: rules count for whichever objects.
    pub(crate) any_name: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Word(u32);

/// `*`, which is always the first word.
const STAR: Word = Word(0);

impl Index {
    pub(crate) fn new(policy: &Policy) -> Self {
        let mut identities: Vec<Identity> = policy
            .bindings()
            .flat_map(|(_, binding)| {
                binding.subjects.iter().filter_map(|each| binding.identity(each))
            })
            .collect();
        identities.sort();
        identities.dedup();
        let mut subjects = Lists::default();
        let mut bindings_of = vec![Vec::new(); policy.roles().count()];
        for (id, binding) in policy.bindings() {
            let identity =
                |subject| Some(as_id(identities.binary_search(&binding.identity(subject)?).ok()?));
            subjects.push(binding.subjects.iter().map(identity));
            if let Some(role) = policy.resolve(&binding.role, binding.namespace.as_deref()) {
                bindings_of[role.0 as usize].push(id);
            }
        }
        let mut bindings = Lists::default();
        for list in bindings_of {
            bindings.push(list);
        }
        let mut index = Self {
            identities,
            bindings,
            subjects,
            words: BTreeMap::from([("*".to_owned(), STAR)]),
            rules: Vec::new(),
            lists: Lists::default(),
            by_resource: BTreeMap::new(),
            by_path: Vec::new(),
        };
        for (role, each) in policy.roles() {
            for (number, rule) in (0..).zip(&each.rules) {
                index.add(RuleAt { role, rule: number }, rule);
            }
        }
        index
    }

    fn add(&mut self, at: RuleAt, rule: &PolicyRule) {
        let number = as_id(self.rules.len());
        self.rules.push(at);
        for list in [&rule.verbs, &rule.api_groups, &rule.resource_names] {
            let words: Vec<Word> = list.iter().map(|text| self.word_of(text)).collect();
            self.lists.push(words);
        }
        for resource in &rule.resources {
            let numbers = self.by_resource.entry(resource.clone()).or_default();
            if numbers.last() != Some(&number) {
                numbers.push(number);
            }
        }
        if !rule.non_resource_urls.is_empty() {
            self.by_path.push(number);
        }
    }

    fn word_of(&mut self, text: &str) -> Word {
        let next = Word(as_id(self.words.len()));
        *self.words.entry(text.to_owned()).or_insert(next)
    }

    /// The rules that allow a request, sorted, of all roles that can count for it.
    pub(crate) fn allowing(
        &self,
        policy: &Policy,
        request: &Request<'_>,
        wide: Wide,
    ) -> Vec<RuleAt> {
        let at = |number: &u32| self.rules[*number as usize];
        let Request::Resource(asked) = request else {
            let rules = self.by_path.iter().map(at);
            let allows = |at: &RuleAt| policy.role(at.role).rules[at.rule as usize].allows(request);
            return rules.filter(allows).collect();
        };
        let roles = policy.roles_in((!wide.anywhere).then_some(asked.namespace));
        let mut numbers = Vec::new();
        for key in keys(asked) {
            let Some(of_key) = self.by_resource.get(&key) else { continue };
            let counting = roles.of(of_key, |number| at(number).role.0);
            let [verb, group, name] =
                [asked.verb, asked.group, asked.name].map(|text| self.words.get(text).copied());
            numbers.extend(counting.filter(|number| {
                let first = 3 * **number as usize;
                let [verbs, groups, names] = [0, 1, 2].map(|list| self.lists.get(first + list));
                has_or_star(verbs, verb)
                    && has_or_star(groups, group)
                    && (wide.any_name
                        || names.is_empty()
                        || name.is_some_and(|name| names.contains(&name)))
            }));
        }
        // Each list is sorted, which a stable sort makes use of.
        numbers.sort();
        numbers.dedup();
        numbers.iter().map(at).collect()
    }
}

/// The ways in which a rule can write the resource of a request.
fn keys(asked: &ResourceRequest<'_>) -> Vec<String> {
    let ResourceRequest { resource, subresource, .. } = asked;
    let mut keys = vec!["*".to_owned()];
    if subresource.is_empty() {
        keys.push((*resource).to_owned());
    } else {
        keys.extend([format!("{resource}/{subresource}"), format!("*/{subresource}")]);
    }
    keys
}

fn has_or_star(words: &[Word], asked: Option<Word>) -> bool {
    words.iter().any(|word| *word == STAR || Some(*word) == asked)
}

/// Lists by number, in one piece.
#[derive(Clone, Debug)]
pub(crate) struct Lists<T> {
    ends: Vec<u32>,
    items: Vec<T>,
}

impl<T> Default for Lists<T> {
    fn default() -> Self {
        Self { ends: Vec::new(), items: Vec::new() }
    }
}

impl<T> Lists<T> {
    fn push(&mut self, items: impl IntoIterator<Item = T>) {
        self.items.extend(items);
        self.ends.push(as_id(self.items.len()));
    }

    pub(crate) fn get(&self, number: usize) -> &[T] {
        &self.items[self.start(number)..self.ends[number] as usize]
    }

    /// The items of all lists.
    pub(crate) fn items_mut(&mut self) -> &mut [T] {
        &mut self.items
    }

    /// Puts a list before the one of that number.
    pub(crate) fn insert(&mut self, number: usize, items: Vec<T>) {
        let (start, more) = (self.start(number), as_id(items.len()));
        self.items.splice(start..start, items);
        self.ends.insert(number, as_id(start));
        for end in &mut self.ends[number..] {
            *end += more;
        }
    }

    /// Takes the list of that number out.
    pub(crate) fn remove(&mut self, number: usize) -> Vec<T> {
        let (start, end) = (self.start(number), self.ends.remove(number) as usize);
        let fewer = as_id(end - start);
        for end in &mut self.ends[number..] {
            *end -= fewer;
        }
        self.items.drain(start..end).collect()
    }

    /// Puts an item into a list, before the one at `place`.
    pub(crate) fn insert_item(&mut self, number: usize, place: usize, item: T) {
        self.items.insert(self.start(number) + place, item);
        for end in &mut self.ends[number..] {
            *end += 1;
        }
    }

    /// Takes the item at `place` out of a list.
    pub(crate) fn remove_item(&mut self, number: usize, place: usize) {
        self.items.remove(self.start(number) + place);
        for end in &mut self.ends[number..] {
            *end -= 1;
        }
    }

    fn start(&self, number: usize) -> usize {
        number.checked_sub(1).map_or(0, |before| self.ends[before] as usize)
    }
}

//! One binding of an authorizer put in, exchanged or taken out, without indexing anything else anew.

use crate::authorizer::Authorizer;
use crate::binding::Binding;
use crate::identity::Identity;
use crate::policy::{BindingId, as_id};

impl Authorizer {
    /// Puts a binding in, in place of the one of the same namespace and name, which is given back.
    ///
    /// Answers are then those of an authorizer that was made with it. Bindings are numbered in their order: the ids of
    /// those behind it change, and grants that were found before are void. Takes time in proportion to the number of
    /// bindings, but only to number them anew: no rule is looked at.
    pub fn put_binding(&mut self, binding: Binding) -> Option<Binding> {
        let before = self.take_binding(binding.namespace.as_deref(), &binding.name);
        let role = self.policy.resolve(&binding.role, binding.namespace.as_deref());
        let meant: Vec<Option<Identity>> =
            binding.subjects.iter().map(|subject| binding.identity(subject)).collect();
        for identity in meant.iter().flatten() {
            self.get_to_know(identity);
        }
        let id = self.policy.insert_binding(binding);
        self.renumber_bindings(|own| if own >= id { BindingId(own.0 + 1) } else { own });
        let number = |identity: &Option<Identity>| {
            let place = self.index.identities.binary_search(identity.as_ref()?);
            place.ok().map(as_id)
        };
        let subjects: Vec<Option<u32>> = meant.iter().map(number).collect();
        if let Some(role) = role {
            let others = self.index.bindings.get(role.0 as usize);
            let place = others.partition_point(|own| *own < id);
            self.index.bindings.insert_item(role.0 as usize, place, id);
            for (subject, identity) in (0..).zip(&subjects) {
                let Some(identity) = identity else { continue };
                let given = &mut self.given_to[*identity as usize];
                let place = given.partition_point(|own| *own < (id, subject, role));
                given.insert(place, (id, subject, role));
            }
        }
        self.index.subjects.insert(id.0 as usize, subjects);
        before
    }

    /// Takes a binding out, by its namespace (`None` for a `ClusterRoleBinding`) and name; `None` where there is none.
    ///
    /// The ids of those behind it change, as with [`put_binding`](Self::put_binding).
    pub fn take_binding(&mut self, namespace: Option<&str>, name: &str) -> Option<Binding> {
        let id = self.policy.find_binding(namespace, name)?;
        let binding = self.policy.remove_binding(id);
        if let Some(role) = self.policy.resolve(&binding.role, binding.namespace.as_deref())
            && let Ok(place) = self.index.bindings.get(role.0 as usize).binary_search(&id)
        {
            self.index.bindings.remove_item(role.0 as usize, place);
        }
        for identity in self.index.subjects.remove(id.0 as usize).into_iter().flatten() {
            self.given_to[identity as usize].retain(|(own, _, _)| *own != id);
        }
        self.renumber_bindings(|own| if own > id { BindingId(own.0 - 1) } else { own });
        for identity in binding.subjects.iter().filter_map(|subject| binding.identity(subject)) {
            self.forget_unnamed(&identity);
        }
        Some(binding)
    }

    fn renumber_bindings(&mut self, number: impl Fn(BindingId) -> BindingId) {
        for own in self.index.bindings.items_mut() {
            *own = number(*own);
        }
        for (own, _, _) in self.given_to.iter_mut().flatten() {
            *own = number(*own);
        }
    }

    fn get_to_know(&mut self, identity: &Identity) {
        self.policy.know_account(identity);
        let Err(place) = self.index.identities.binary_search(identity) else { return };
        self.index.identities.insert(place, identity.clone());
        self.given_to.insert(place, Vec::new());
        for own in self.index.subjects.items_mut().iter_mut().flatten() {
            *own += u32::from(*own as usize >= place);
        }
    }

    /// Forgets an identity that no binding names any more.
    fn forget_unnamed(&mut self, identity: &Identity) {
        let Ok(place) = self.index.identities.binary_search(identity) else { return };
        let number = as_id(place);
        if self.index.subjects.items_mut().contains(&Some(number)) {
            return;
        }
        self.index.identities.remove(place);
        self.given_to.remove(place);
        for own in self.index.subjects.items_mut().iter_mut().flatten() {
            *own -= u32::from(*own > number);
        }
        self.policy.forget_account(identity);
    }
}

use std::borrow::Borrow;
use std::collections::HashSet;
use std::hash::Hash;
use std::marker::PhantomData;

/// Values that are the same in many findings, each kept once: `V` shares what is a `B` when it is only looked at.
#[derive(Debug)]
pub(super) struct Shared<B: ?Sized, V> {
    all: HashSet<V>,
    looked_at: PhantomData<fn(&B)>,
}

impl<B: ?Sized, V> Default for Shared<B, V> {
    fn default() -> Self {
        Self { all: HashSet::new(), looked_at: PhantomData }
    }
}

impl<B: ?Sized + Eq + Hash, V: Borrow<B> + Clone + Eq + Hash> Shared<B, V> {
    /// The one that is equal to this, which is kept where there is none yet.
    pub(super) fn one(&mut self, value: impl AsRef<B> + Into<V>) -> V {
        if let Some(known) = self.all.get(value.as_ref()) {
            return known.clone();
        }
        let new: V = value.into();
        self.all.insert(new.clone());
        new
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::Shared;

    #[test]
    fn equal_values_are_one() {
        let mut all = Shared::<[u8], Arc<[u8]>>::default();
        let one = all.one(vec![1, 2]);
        assert!(Arc::ptr_eq(&one, &all.one(vec![1, 2])));
        assert!(!Arc::ptr_eq(&one, &all.one(vec![1])));
        assert_eq!(*one, [1, 2]);
    }
}

use std::cell::OnceCell;

use merlon_rbac::Identity;

/// Whom bindings name that came after a graph was built: its facts speak of them, so they live as long as it does.
#[derive(Debug, Default)]
pub struct Strangers(OnceCell<Box<Stranger>>);

#[derive(Debug)]
struct Stranger {
    identity: Identity,
    next: Strangers,
}

impl Strangers {
    /// Puts one at the end of the list, which is this one's beginning, and gives what comes after.
    pub(crate) fn push(&self, identity: Identity) -> (&Identity, &Self) {
        let mut end = self;
        while let Some(stranger) = end.0.get() {
            end = &stranger.next;
        }
        let next = Self::default();
        let stranger = end.0.get_or_init(|| Box::new(Stranger { identity, next }));
        (&stranger.identity, &stranger.next)
    }
}

impl Drop for Strangers {
    /// One after the other: a list may be longer than the stack is deep.
    fn drop(&mut self) {
        let mut next = self.0.take();
        while let Some(mut stranger) = next {
            next = stranger.next.0.take();
        }
    }
}

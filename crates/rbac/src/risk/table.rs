use super::primitive::Primitive;

mod admission;
mod identities;
mod infrastructure;
mod pods;
mod roles;

/// Every primitive that is known, in the order of the catalogue.
pub fn primitives() -> impl Iterator<Item = &'static Primitive> {
    let topics = [
        pods::PRIMITIVES,
        identities::PRIMITIVES,
        roles::PRIMITIVES,
        admission::PRIMITIVES,
        infrastructure::PRIMITIVES,
    ];
    topics.into_iter().flatten()
}

/// The core group.
const CORE: &[&str] = &[""];
/// Changing what is there.
const CHANGE: &[&str] = &["update", "patch"];
/// Making or changing.
const WRITE: &[&str] = &["create", "update", "patch"];
/// Changing or taking away.
const REMOVE: &[&str] = &["update", "patch", "delete", "deletecollection"];

//! Who may do what: the answers, and the formats they are read in.
//!
//! ```text
//! AccessReport --render(AccessFormat)--> table tree json
//! ```
//!
//! Subjects are written as the command line takes them, `serviceaccount:shop/web`, so that an answer leads to the next
//! question. Names of objects are not trusted, as in every other format.

mod changes;
mod document;
mod holdings;
mod lines;
mod overview;
mod page;
mod render;
mod risks;
mod table;
mod tree;

pub use document::{
    AccessReport, AccessSource, Answer, Asked, Authority, CanAnswer, ChangedSubject, DiffAnswer,
    Everything, Grant, Group, Holder, Missing, Named, NearMiss, NodeHolder, NodeRights, OfAnswer,
    Permission, PrimitiveFound, PrimitiveNote, RiskyAnswer, RiskySubject, Rule, WhoCanAnswer,
};
pub use render::{ACCESS_SCHEMA_ID, AccessFormat, AccessStyle, access_schema, render};

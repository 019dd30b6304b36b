//! From actions to what people run: one line of explanation, commands, scripts, playbooks.
//!
//! Nothing here changes anything. Every output is text for a person to read first.

mod ansible;
mod commands;
mod describe;
mod manifests;
mod mode;
mod objects;
mod patch;
mod plan;
mod pointer;
mod python;
mod quote;
mod shell;
mod text_fix;

pub use ansible::ansible;
pub use commands::commands;
pub use describe::describe;
pub use manifests::{ManifestPlan, ObjectChange, plan_manifests, text_edit};
pub use objects::{ObjectPlan, plan_objects};
pub use patch::{ObjectPatch, object_patches};
pub use shell::shell;
pub use text_fix::{LineChange, TextFix, text_fix};

//! What controls look at.
//!
//! A [`NodeView`] is a snapshot's node seen through Kubernetes' eyes: which distribution it is,
//! which components it runs, and for each of them the *effective* configuration, every value with
//! the source that decided it. No control reads a raw fact where a view can tell.
//!
//! An [`InventoryView`] does the same for objects: it finds pods wherever they are written, whose
//! they are, and what they get from elsewhere.
//!
//! ```text
//! snapshot::Node --recognise--> Distribution, ComponentView { flag, file, drop-in, default }
//!                               FileRole -> paths, modes counted with the directories above
//! snapshot::Inventory --index--> PodView, ContainerView, objects by kind and name
//! ```

mod admission_plugins;
mod arguments;
mod assemble;
mod component;
mod configuration;
pub mod distribution;
mod embedded;
mod exposure;
mod feature_gates;
mod files;
mod manifest;
mod node;
pub mod objects;
mod parallel;
mod referred;
mod resolve;
mod roles;
/// The rows that describe settings.
pub mod setting;
pub mod settings;
mod structured;
mod text;
mod unit;
mod value;
mod wanted;

pub use component::{ComponentView, Unknown};
pub use exposure::{Ancestor, Exposure, Who, Widening};
pub use files::{FileRole, FoundBy, RoleFile, RoleFiles};
pub use node::{NodeView, Presence, Told};
pub use objects::{ContainerView, InventoryView, PodView};
pub use parallel::in_parallel;
pub use text::Text;
pub use value::{Effective, Value};
pub use wanted::wanted;

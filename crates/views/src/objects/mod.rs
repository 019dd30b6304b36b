//! What controls look at in objects: an indexed inventory, pods wherever they are written, fields
//! that are as Kubernetes reads them.

mod control_plane;
mod fields;
mod inventory;
mod owner;
mod place;
mod pod;
mod template;

pub use control_plane::control_plane_nodes;
pub use fields::{Fields, Malformed};
pub use inventory::InventoryView;
pub use place::{Place, Stretch, place};
pub use pod::{ContainerList, ContainerView, PodView};
pub use template::has_pod_template;

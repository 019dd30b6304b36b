//! What controls look at in objects: an indexed inventory, pods wherever they are written, fields
//! that are as Kubernetes reads them.

mod capability;
mod control_plane;
mod fields;
mod host_directory;
mod inventory;
mod owner;
mod place;
mod pod;
mod references;
mod resources;
mod rights;
mod selector;
mod template;

pub use capability::{DEFAULT_CAPABILITIES, capability_name};
pub use control_plane::control_plane_nodes;
pub use fields::{Fields, Malformed};
pub use host_directory::{HostDirectory, host_path, is_within};
pub use inventory::InventoryView;
pub use place::{Place, Stretch, place};
pub use pod::{ContainerList, ContainerView, PodView};
pub use references::LabelledPod;
pub use resources::{Share, container_default, quantity};
pub use selector::Selector;
pub use template::has_pod_template;

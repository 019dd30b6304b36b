//! What controls look at in objects: an indexed inventory, pods wherever they are written, fields
//! that are as Kubernetes reads them.

mod access;
mod addresses;
mod capability;
mod control_plane;
#[cfg(test)]
mod example;
mod exposure;
mod fields;
mod host_directory;
mod image;
mod interfaces;
mod inventory;
mod kinds;
mod label_selector;
mod labels;
mod namespace;
mod network;
mod network_policy;
mod owner;
mod place;
mod placement;
mod pod;
mod pod_security;
mod ports;
mod references;
mod resources;
mod rights;
mod template;
mod ways_in;
mod webhook;

pub use access::{AccessView, BindingView, RoleView};
pub use addresses::is_public;
pub use capability::{DEFAULT_CAPABILITIES, capability_name};
pub use control_plane::control_plane_nodes;
pub use exposure::{Exposure, Reach, ServiceView, Way, load_balancer_reach};
pub use fields::{Fields, Malformed};
pub use host_directory::{HostDirectory, host_path, is_within};
pub use image::ImageReference;
pub use interfaces::{Gives, OpenInterface};
pub use inventory::{InventoryView, Names};
pub use label_selector::LabelSelector;
pub use labels::Labels;
pub use namespace::{NamespaceView, PolicyEngine, denies, is_system_namespace};
pub use network::{
    AdminClass, CLUSTER_POLICIES, METADATA, NetworkView, PLUGIN_POLICIES, Passage, Undecided,
    is_on_host_network,
};
pub use network_policy::{Cidr, Direction, Peer, PolicyView, Port, Rule};
pub use place::{Place, Stretch, place};
pub use placement::Placement;
pub use pod::{ContainerList, ContainerView, PodView};
pub use pod_security::{PodSecurity, PodSecurityMode};
pub use ports::{Listening, PortName, behind, declared};
pub use references::LabelledPod;
pub use resources::{Share, container_default, quantity};
pub use template::has_pod_template;
pub use ways_in::{Unread, WayIn};
pub use webhook::{WebhookView, webhooks};

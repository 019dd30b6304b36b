//! The settings of each component, with their defaults by release.
//!
//! One declarative list per component, in the order of the component's own documentation. A row
//! exists when a control reads the setting or when its value leads to a file worth seeing.

mod etcd;
mod kube_apiserver;
mod kube_controller_manager;
mod kube_proxy;
mod kube_scheduler;
mod kubelet;

use merlon_model::Component;

use crate::setting::Setting;

/// The settings of a component.
#[must_use]
pub fn of(component: Component) -> &'static [Setting] {
    match component {
        Component::KubeApiserver => kube_apiserver::SETTINGS,
        Component::KubeControllerManager => kube_controller_manager::SETTINGS,
        Component::KubeScheduler => kube_scheduler::SETTINGS,
        Component::Etcd => etcd::SETTINGS,
        Component::Kubelet => kubelet::SETTINGS,
        Component::KubeProxy => kube_proxy::SETTINGS,
    }
}

/// The setting of that name, if the component has it in any release.
///
/// The name is that of the flag, of an older flag that sets the same, or the dotted key in the
/// configuration file.
#[must_use]
pub fn find(component: Component, name: &str) -> Option<&'static Setting> {
    let by_name = of(component).iter().find(|setting| setting.name == name);
    by_name.or_else(|| {
        of(component).iter().find(|setting| setting.has_flag(name) || setting.config == Some(name))
    })
}

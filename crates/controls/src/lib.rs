//! One declaration per control.
//!
//! A [`Control`] holds everything about one thing that is checked: what it finds, why that
//! matters, what the choices are, when a deviation is acceptable, the logic, and examples that are
//! tests. Settings of components and permissions of files are so alike that they are rows
//! ([`Check::Setting`], [`Check::File`]) with one evaluator each; everything else is a function.
//!
//! Ids name the thing found, so that "justify `kubelet-anonymous-auth`" reads right.

mod address;
mod apiserver;
mod certificates;
mod ciphers;
mod control;
mod controller_manager;
mod etcd;
pub mod example;
mod file;
mod files;
pub mod framework;
mod judge;
mod kernel;
mod kube_proxy;
mod kubelet;
mod manual;
mod objects;
mod plugin;
mod row;
mod scheduler;
mod setting;
mod sockets;
mod sysctl;

use std::sync::LazyLock;

use merlon_model::Finding;
use merlon_views::{InventoryView, NodeView};

pub use control::{
    Applies, Check, ContainerJudge, Control, Directories, Documentation, Example, Expect,
    FileCheck, FileRequirement, InventoryJudge, ObjectJudge, Parameters, PluginCheck, PodJudge,
    Requirement, SettingCheck, SysctlCheck, SysctlExpect,
};
pub use judge::Judge;
pub use objects::{Flaw, Judged, Verdict, flaw, why_no_edit};

static ALL: LazyLock<Vec<&'static Control>> = LazyLock::new(|| {
    let mut controls: Vec<&'static Control> = FAMILIES.iter().copied().flatten().collect();
    controls.sort_by_key(|control| control.id);
    controls
});

/// The families of controls; each is a file with one list.
const FAMILIES: &[&[Control]] = &[
    apiserver::admission::CONTROLS,
    apiserver::audit::CONTROLS,
    apiserver::audit_rules::CONTROLS,
    apiserver::authentication::CONTROLS,
    apiserver::authorization::CONTROLS,
    apiserver::encryption::CONTROLS,
    apiserver::etcd::CONTROLS,
    apiserver::kubelet::CONTROLS,
    apiserver::serving::CONTROLS,
    certificates::CONTROLS,
    controller_manager::CONTROLS,
    etcd::clients::CONTROLS,
    etcd::peers::CONTROLS,
    etcd::serving::CONTROLS,
    files::administration::CONTROLS,
    files::cloud::CONTROLS,
    files::control_plane::CONTROLS,
    files::etcd::CONTROLS,
    files::kubelet::CONTROLS,
    files::pki::CONTROLS,
    files::secrets::CONTROLS,
    kernel::CONTROLS,
    kube_proxy::CONTROLS,
    kubelet::authentication::CONTROLS,
    kubelet::authorization::CONTROLS,
    kubelet::gates::CONTROLS,
    kubelet::host::CONTROLS,
    kubelet::pods::CONTROLS,
    kubelet::rotation::CONTROLS,
    kubelet::serving::CONTROLS,
    manual::ack::CONTROLS,
    manual::aks::CONTROLS,
    manual::control_plane::CONTROLS,
    manual::eks::CONTROLS,
    manual::gke::CONTROLS,
    manual::managed_services::CONTROLS,
    manual::openshift::CONTROLS,
    manual::policies_network::CONTROLS,
    manual::policies_rbac::CONTROLS,
    manual::policies_secrets::CONTROLS,
    manual::stig::CONTROLS,
    objects::access::bindings::CONTROLS,
    objects::access::control_plane::CONTROLS,
    objects::access::roles::CONTROLS,
    objects::access::subjects::CONTROLS,
    objects::access::workloads::CONTROLS,
    objects::combinations::node::CONTROLS,
    objects::combinations::rights::CONTROLS,
    objects::combinations::software::CONTROLS,
    objects::network::isolation::CONTROLS,
    objects::network::plugin::CONTROLS,
    objects::network::routes::CONTROLS,
    objects::network::rules::CONTROLS,
    objects::network::services::CONTROLS,
    objects::images::admission::CONTROLS,
    objects::images::registries::CONTROLS,
    objects::images::tags::CONTROLS,
    objects::namespaces::admitted::CONTROLS,
    objects::namespaces::labels::CONTROLS,
    objects::namespaces::pod_security_policies::CONTROLS,
    objects::namespaces::policies::CONTROLS,
    objects::namespaces::refused::CONTROLS,
    objects::namespaces::tenancy::CONTROLS,
    objects::namespaces::webhooks::CONTROLS,
    objects::hygiene::backends::CONTROLS,
    objects::hygiene::selectors::CONTROLS,
    objects::hygiene::spelling::CONTROLS,
    objects::hygiene::versions::CONTROLS,
    objects::pods::accounts::CONTROLS,
    objects::pods::capabilities::CONTROLS,
    objects::pods::confinement::CONTROLS,
    objects::pods::host_access::CONTROLS,
    objects::pods::isolation::CONTROLS,
    objects::pods::node_paths::CONTROLS,
    objects::pods::openshift::CONTROLS,
    objects::pods::privileges::CONTROLS,
    objects::pods::programs::CONTROLS,
    objects::pods::standards::CONTROLS,
    objects::pods::storage::CONTROLS,
    objects::pods::users::CONTROLS,
    objects::pods::volumes::CONTROLS,
    objects::software::addons::CONTROLS,
    objects::software::dashboards::CONTROLS,
    objects::software::exposed::CONTROLS,
    objects::software::ingress_nginx::CONTROLS,
    objects::software::nodes::CONTROLS,
    objects::software::release::CONTROLS,
    objects::software::sandboxes::CONTROLS,
    objects::software::versions::CONTROLS,
    objects::reliability::availability::CONTROLS,
    objects::reliability::budgets::CONTROLS,
    objects::reliability::lifecycle::CONTROLS,
    objects::reliability::placement::CONTROLS,
    objects::reliability::probes::CONTROLS,
    objects::resources::containers::CONTROLS,
    objects::resources::namespaces::CONTROLS,
    objects::secrets::CONTROLS,
    scheduler::CONTROLS,
    sockets::CONTROLS,
];

/// Every control, sorted by id.
#[must_use]
pub fn all() -> &'static [&'static Control] {
    &ALL
}

/// The control of that id.
#[must_use]
pub fn find(id: &str) -> Option<&'static Control> {
    let place = ALL.binary_search_by_key(&id, |control| control.id).ok()?;
    Some(ALL[place])
}

/// Controls that are evaluated only where a benchmark or a person asks for them.
///
/// Another control asks for the opposite, or hardly any node that works can pass.
const ON_REQUEST: &[&str] = &[
    // CIS 1.23 to 1.27 wants the plugin off, later ones want it on.
    "apiserver-deny-service-external-ips-set",
    // Admission that PodSecurity took the place of.
    "apiserver-pod-security-policy-off",
    "apiserver-without-security-context-deny",
    // CIS 1.11 alone; it cuts the kubelet off from everything.
    "kubelet-ip-address-deny",
    // Hardly any image is ready for these; they are hints more than holes.
    "container-capability-beyond-restricted",
    "container-shell-command",
    "pod-without-user-namespace",
    // What is right depends on the registries that one trusts.
    "image-public-registry",
    "image-pull-not-always",
    "image-registry-unnamed",
    "image-without-digest",
    // As kubeadm installs it.
    "coredns-pods-insecure",
    // One by one what `namespace-without-baseline-standard` and `restricted` say at once.
    "added-capabilities-admitted",
    "host-ipc-admitted",
    "host-network-admitted",
    "host-path-admitted",
    "host-pid-admitted",
    "host-ports-admitted",
    "host-process-admitted",
    "net-raw-admitted",
    "privilege-escalation-admitted",
    "privileged-containers-admitted",
    "root-containers-admitted",
    "undropped-capabilities-admitted",
    // Single fields have controls of their own; these are for who answers for a level.
    "pod-below-baseline",
    "pod-below-restricted",
    // `namespace-without-baseline-standard` finds these and more.
    "namespace-without-pod-policy",
    // Newer rules are better rules; pinning is for the cautious.
    "namespace-pod-security-version-unpinned",
    // Numbers that only somebody who knows the program can say, and defaults for them.
    "container-cpu-limit-missing",
    "container-cpu-request-missing",
    "container-ephemeral-storage-limit-missing",
    "container-ephemeral-storage-request-missing",
    "container-memory-request-missing",
    "container-request-below-limit",
    "namespace-without-limit-range",
    // Matters of style, or of reliability alone: the choices depend on the program.
    "autoscaled-workload-fixes-replicas",
    "autoscaler-minimum-too-low",
    "container-liveness-probe-missing",
    "container-pre-stop-missing",
    "container-probe-port-undeclared",
    "container-probe-timing-unset",
    "container-readiness-probe-missing",
    "cron-job-overlaps",
    "cron-job-without-deadline",
    "disruption-budget-keeps-broken-pods",
    "job-never-removed",
    "pod-anti-affinity-missing",
    "pod-dns-options-missing",
    "pod-node-affinity-missing",
    "pod-priority-class-missing",
    "pod-topology-spread-missing",
    "pod-without-controller",
    "workload-not-rolling",
    "workload-recommended-label-missing",
    "workload-single-replica",
    "workload-without-disruption-budget",
    // STIG alone; without static pods kubeadm has no control plane.
    "kubelet-static-pods",
];

/// Whether a scan that names neither benchmark nor control evaluates the control.
///
/// Manual controls are for benchmarks: a person goes through them section by section.
#[must_use]
pub fn is_default(control: &Control) -> bool {
    !matches!(control.check, Check::Manual(_)) && !ON_REQUEST.contains(&control.id)
}

/// What a control finds on a node: at least one finding.
#[must_use]
pub fn evaluate(control: &'static Control, node: &NodeView<'_>, with: &Parameters) -> Vec<Finding> {
    let mut judge = Judge::new(control, node);
    judge.evaluate(with);
    judge.into_findings()
}

/// What a control finds in an inventory: at least one finding for a control on objects or one that
/// a person has to judge, none for any other.
#[must_use]
pub fn evaluate_objects(control: &'static Control, view: &InventoryView<'_>) -> Vec<Finding> {
    evaluate_objects_by_all(&[control], view).into_iter().flatten().collect()
}

/// What each control finds in an inventory, as [`evaluate_objects`] says it one by one; all
/// processors share the work.
#[must_use]
pub fn evaluate_objects_by_all(
    controls: &[&'static Control],
    view: &InventoryView<'_>,
) -> Vec<Vec<Finding>> {
    let concerns = |control: &Control| {
        matches!(control.applies, Applies::Objects) || matches!(control.check, Check::Manual(_))
    };
    let concerned: Vec<_> = controls.iter().copied().filter(|control| concerns(control)).collect();
    let mut found = objects::evaluate(&concerned, view).into_iter();
    let next = |control: &&Control| {
        if concerns(control) { found.next().unwrap_or_default() } else { Vec::new() }
    };
    controls.iter().map(next).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{FAMILIES, all};

    #[test]
    fn every_control_has_a_vector_that_loses_something() {
        for control in all() {
            assert!(control.vector.score().tenths() > 0, "{}: {}", control.id, control.vector);
        }
    }

    #[test]
    fn no_family_copies_one_vector_over_all_its_controls() {
        for family in FAMILIES.iter().filter(|family| family.len() >= 4) {
            let vectors: BTreeSet<_> = family.iter().map(|control| control.vector).collect();
            assert!(vectors.len() > 1, "{} and its neighbours: {vectors:?}", family[0].id);
        }
    }
}

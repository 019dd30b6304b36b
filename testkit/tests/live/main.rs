//! The testkit against the real components.

// Like the functions that the standard harness calls, these are tests; clippy cannot know.
#![allow(clippy::unwrap_used)]

mod audit;
mod authentication;
mod death;
mod encryption;
mod kubelet;
mod layout;
mod objects;
mod skipping;
mod structured;

use std::process::ExitCode;

use merlon_testkit::{Need, Suite, Version};

fn main() -> ExitCode {
    let mut suite = Suite::new();
    for version in Version::ALL {
        let kubernetes = Need::Kubernetes(version);
        let name = |name: &str| format!("{name}_{version}");
        suite = suite
            .shared(&name("objects_are_created_and_listed"), version, objects::created_and_listed)
            .shared(&name("manifests_are_loaded"), version, objects::loaded_from_a_file)
            .shared(&name("unknown_kinds_are_refused"), version, objects::unknown_kinds)
            .shared(&name("a_generated_cluster_is_accepted"), version, objects::generated)
            .shared(&name("access_is_reviewed"), version, authentication::access_is_reviewed)
            .shared(&name("credentials_are_who_they_say"), version, authentication::identities)
            .alone(
                &name("audit_events_arrive"),
                "sets the audit webhook",
                &[kubernetes],
                move || audit::events_arrive(version),
            )
            .alone(
                &name("secrets_are_encrypted_at_rest"),
                "sets the encryption of etcd",
                &[kubernetes],
                move || encryption::at_rest(version),
            )
            .alone(
                &name("profiles_lay_out_a_host"),
                "compares two control planes",
                &[kubernetes],
                move || layout::profiles_differ(version),
            )
            .alone(
                &name("a_kubelet_answers_401_403_200"),
                "starts kubelets",
                &[kubernetes, Need::Root],
                move || kubelet::three_configurations(version),
            )
            .alone(
                &name("a_control_plane_node_is_whole"),
                "starts a kubelet",
                &[kubernetes, Need::Root],
                move || kubelet::control_plane_node(version),
            );
    }
    let newest = Need::Kubernetes(Version::NEWEST);
    suite
        .alone(
            "a_kubelet_runs_on_containerd_1.37",
            "starts containerd",
            &[newest, Need::Root, Need::Containerd],
            || kubelet::containerd(Version::NEWEST),
        )
        .alone(
            "a_kubelet_runs_on_containerd_1.32",
            "starts containerd",
            &[Need::Kubernetes(Version::OLDEST), Need::Root, Need::Containerd],
            || kubelet::containerd(Version::OLDEST),
        )
        .alone(
            "structured_configuration_is_accepted",
            "sets the authorizers",
            &[newest],
            structured::authentication_and_authorization,
        )
        .alone("a_killed_test_leaves_no_process", "kills its control plane", &[newest], || {
            death::killed(false)
        })
        .alone(
            "a_killed_test_leaves_no_kubelet",
            "kills its control plane",
            &[newest, Need::Root],
            || death::killed(true),
        )
        .alone("a_panic_keeps_the_logs", "kills its control plane", &[newest], death::panicking)
        .alone(
            "a_component_that_ends_is_reported",
            "breaks an argument",
            &[newest],
            death::reported,
        )
        .alone(
            "missing_needs_are_skipped_or_failed",
            "runs this suite again",
            &[],
            skipping::by_name,
        )
        .run()
}

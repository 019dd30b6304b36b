//! `merlon` on objects: the same ones in files and in a real cluster, and a repository of manifests
//! from its first scan to the diff that mends it.

// Like the functions that the standard harness calls, these are tests; clippy cannot know.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod cluster;
mod program;
mod repository;

use std::process::ExitCode;

use merlon_testkit::{Need, Suite, Tool, Version};

fn main() -> ExitCode {
    let mut suite = Suite::new();
    for version in Version::ALL {
        suite = suite
            .shared(
                &format!("a_workload_is_judged_alike_in_a_file_and_in_a_cluster_{version}"),
                version,
                move |plane| cluster::alike(plane, version),
            )
            .shared(
                &format!("patches_are_accepted_and_mend_what_they_are_for_{version}"),
                version,
                move |plane| cluster::patched(plane, version),
            )
            .shared(&format!("printed_patches_mend_a_cluster_{version}"), version, cluster::mended)
            .shared(
                &format!("whoever_may_read_nothing_passes_nothing_{version}"),
                version,
                cluster::nobody,
            );
    }
    let tools = [Need::Tool(Tool::Helm), Need::Tool(Tool::Kustomize)];
    suite
        .alone(
            "a_repository_is_mended_as_a_reviewer_would_want_it",
            "changes files",
            &tools,
            || {
                repository::mended();
            },
        )
        .alone("what_is_new_is_told_from_what_was_known", "changes files", &tools, || {
            repository::baseline();
        })
        .alone("only_what_changed_is_told", "changes files", &tools, repository::changed)
        .alone("a_chart_without_helm_is_not_passed_over", "needs no tool", &[], || {
            repository::without_helm();
        })
        .run()
}

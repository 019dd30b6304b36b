//! Every answer of this crate against that of a real API server, on random policies.

#![allow(clippy::unwrap_used, reason = "tests")]

mod access;
mod aggregation;
mod escalation;
mod impersonation;
mod random;
mod server;
mod world;

use std::process::ExitCode;

use merlon_testkit::{ControlPlane, Need, Suite, Version, block_on};

fn main() -> ExitCode {
    let mut suite = Suite::new();
    for version in Version::ALL {
        suite = suite
            .alone(
                &format!("every_decision_agrees_{version}"),
                "fills the cluster with random roles",
                &[Need::Kubernetes(version)],
                move || decisions(version),
            )
            .shared(&format!("aggregation_agrees_{version}"), version, aggregation::agrees);
    }
    suite.run()
}

fn decisions(version: Version) {
    // Controllers would take pods away whose nodes do not exist, and fill in roles while we look.
    let plane = ControlPlane::builder(version).without_controllers().start().unwrap();
    block_on(async {
        let world = world::create(&plane).await;
        access::agrees(&plane, &world).await;
        access::nodes_agree(&plane, &world).await;
        escalation::agrees(&plane, &world).await;
        escalation::coverage_agrees(&plane, &world).await;
        impersonation::agrees(&plane, &world).await;
    });
}

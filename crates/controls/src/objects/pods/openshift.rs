//! What OpenShift's rules for pods let through.

use merlon_model::Kind;
use merlon_snapshot::Object;
use merlon_views::InventoryView;
use merlon_views::objects::{Fields, place};

use crate::control::{Applies, Control, Documentation};
use crate::objects::{Judged, Verdict, flaw};
use crate::row::{error, fail, not_applicable, objects, pass, vector};

pub(crate) const CONTROLS: &[Control] = &[Control {
    id: "security-context-constraints-privileged",
    title: "security context constraints allow privileged containers",
    vector: vector("AV:N/AC:M/Au:S/C:C/I:C/A:C"),
    applies: Applies::Objects,
    check: objects(&[Kind::SecurityContextConstraints], privileged),
    documentation: Documentation {
        finds: "\
`SecurityContextConstraints` with `allowPrivilegedContainer: true`, but for those that OpenShift \
itself keeps (`privileged`, `node-exporter` and the like), which it would restore.",
        matters: "\
Every user and service account that may use the constraints can start a container that owns its \
node.",
        options: "\
- **`false`**, with the single capabilities and volumes that the programs need.
- **The platform's own `privileged`**, bound to a single service account by a role, keeps the \
number of such rules small.",
        acceptable: "For drivers of storage, networks and devices, used by their accounts only.",
    },
    examples: &[
        fail(
            "\
apiVersion: security.openshift.io/v1
kind: SecurityContextConstraints
metadata: {name: ours}
allowPrivilegedContainer: true",
        ),
        pass(
            "\
apiVersion: security.openshift.io/v1
kind: SecurityContextConstraints
metadata: {name: ours}
allowPrivilegedContainer: false",
        ),
        not_applicable(
            "\
# cluster
apiVersion: security.openshift.io/v1
kind: SecurityContextConstraints
metadata: {name: privileged}
allowPrivilegedContainer: true",
        ),
        error(
            "\
apiVersion: security.openshift.io/v1
kind: SecurityContextConstraints
metadata: {name: ours}
allowPrivilegedContainer: maybe",
        ),
    ],
}];

/// Constraints that come with OpenShift and allow privileged containers.
const SHIPPED: &[&str] = &[
    "privileged",
    "node-exporter",
    "machine-api-termination-handler",
    "insights-runtime-extractor-scc",
];

fn privileged<'a>(view: &InventoryView<'a>, object: &'a Object) -> Judged<'a> {
    if view.is_cluster() && SHIPPED.contains(&object.name()) {
        return Ok(Verdict::NotApplicable);
    }
    if Fields::of(&object.root).bool("allowPrivilegedContainer")? != Some(true) {
        return Ok(Verdict::Pass);
    }
    let place = place(&object.root, &["allowPrivilegedContainer"]);
    flaw(place, "privileged containers are allowed").set(false).needs_review().into()
}

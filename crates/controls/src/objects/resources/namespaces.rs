//! What namespaces set by default for what runs in them, and how much of it there may be.

use merlon_model::Kind;
use merlon_snapshot::Object;
use merlon_views::InventoryView;
use merlon_views::objects::{Place, Share, container_default, place};
use merlon_yaml::Node;

use crate::control::{Applies, Check, Control, Documentation};
use crate::objects::{Judged, Verdict, flaw};
use crate::row::{error, fail, not_applicable, pass, vector};

pub(crate) const CONTROLS: &[Control] = &[
    Control {
        id: "namespace-without-limit-range",
        title: "a namespace has no defaults for what containers may use",
        vector: vector("AV:N/AC:H/Au:S/C:N/I:N/A:P"),
        applies: Applies::Objects,
        check: Check::Object {
            kinds: &[Kind::Namespace],
            reads: &[Kind::LimitRange],
            judge: limit_range,
        },
        documentation: Documentation {
            finds: "\
Namespaces without any LimitRange, those of the control plane (`kube-…`) aside. Of manifests only \
namespaces that are among them are judged. On request only: what comes of it, a container without \
a memory limit, is reported by `container-memory-limit-missing`.",
            matters: "A container that nobody wrote a limit for may use up its node.",
            options: "\
- **A LimitRange with `default` and `defaultRequest`** for containers. It is an object of its own, \
so no edit of the namespace can add it.
- **Limits in each workload**, kept by an admission policy.",
            acceptable: "Where an admission policy asks for limits.",
        },
        examples: &[
            fail("apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}"),
            fail(
                "\
apiVersion: v1
kind: Namespace
metadata: {name: shop}
---
apiVersion: v1
kind: LimitRange
metadata: {name: all, namespace: other}
spec: {limits: []}",
            ),
            pass(
                "\
apiVersion: v1
kind: Namespace
metadata: {name: shop}
---
apiVersion: v1
kind: LimitRange
metadata: {name: all, namespace: shop}
spec: {limits: []}",
            ),
            not_applicable(
                "\
# cluster
apiVersion: v1
kind: Namespace
metadata: {name: kube-system}",
            ),
            error(
                "\
# cluster
# gap limitranges permission-denied
apiVersion: v1
kind: Namespace
metadata: {name: kube-system}",
            ),
        ],
    },
    Control {
        id: "namespace-without-resource-quota",
        title: "a namespace may use up the cluster",
        vector: vector("AV:N/AC:M/Au:S/C:N/I:N/A:P"),
        applies: Applies::Objects,
        check: Check::Object {
            kinds: &[Kind::Namespace],
            reads: &[Kind::ResourceQuota],
            judge: quota,
        },
        documentation: Documentation {
            finds: "\
Namespaces without any ResourceQuota, those of the control plane (`kube-…`) aside. Of manifests \
only namespaces that are among them are judged.",
            matters: "\
Whoever may make pods in the namespace, or has the credential of a controller that does, can fill \
every node, or etcd with objects.",
            options: "\
- **A ResourceQuota** on `requests.cpu`, `requests.memory`, `limits.memory` and on counts of \
objects. It is an object of its own whose numbers only a person can choose, so no edit is offered.
- With a quota on a resource, pods that do not say how much of it they need are refused: add a \
LimitRange with defaults first.",
            acceptable: "In clusters of one team, where nodes are not added automatically.",
        },
        examples: &[
            fail("apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}"),
            pass(
                "\
apiVersion: v1
kind: Namespace
metadata: {name: shop}
---
apiVersion: v1
kind: ResourceQuota
metadata: {name: all, namespace: shop}
spec: {hard: {pods: 10}}",
            ),
            not_applicable("apiVersion: v1\nkind: Namespace\nmetadata: {name: kube-public}"),
            error(
                "\
# cluster
# gap resourcequotas permission-denied
apiVersion: v1
kind: Namespace
metadata: {name: shop}",
            ),
        ],
    },
    Control {
        id: "limit-range-without-memory-default",
        title: "a namespace's limit ranges leave memory without a limit",
        vector: vector("AV:N/AC:H/Au:S/C:N/I:N/A:P"),
        applies: Applies::Objects,
        check: Check::Object { kinds: &[Kind::LimitRange], reads: &[], judge: memory_default },
        documentation: Documentation {
            finds: "\
LimitRanges of namespaces where none gives containers a memory limit by default: neither `default` \
nor `max`, which stands in for it, names memory for the type `Container`. A range for the type \
`Pod` refuses pods and gives no defaults; one with `min` or `defaultRequest` alone limits nothing.",
            matters: "\
The range looks as if it protected the namespace, and a container without a limit of its own may \
still use all memory of its node.",
            options: "\
- **`default.memory` for the type `Container`**, in this range or another of the namespace. Only \
somebody who knows the programs can choose the number; the edit offered takes that of \
`defaultRequest`, where there is one. Pods that run already keep what they have.",
            acceptable: "\
For ranges of volume claims, in namespaces where an admission policy asks for limits.",
        },
        examples: &[
            fail(
                "\
apiVersion: v1
kind: LimitRange
metadata: {name: all}
spec: {limits: [{type: Container, default: {cpu: 1}, defaultRequest: {memory: 1Gi}}]}",
            ),
            fail(
                "\
apiVersion: v1
kind: LimitRange
metadata: {name: all}
spec: {limits: [{type: Pod, max: {memory: 1Gi}}]}",
            ),
            pass(
                "\
apiVersion: v1
kind: LimitRange
metadata: {name: all}
spec: {limits: [{type: Container, default: {memory: 1Gi}}]}",
            ),
            // What has no default gets the most that is allowed.
            pass(
                "\
apiVersion: v1
kind: LimitRange
metadata: {name: all}
spec: {limits: [{type: Container, max: {memory: 1Gi}}]}",
            ),
            // Another range of the namespace does it.
            pass(
                "\
apiVersion: v1
kind: LimitRange
metadata: {name: claims}
spec: {limits: [{type: PersistentVolumeClaim, max: {storage: 1Gi}}]}
---
apiVersion: v1
kind: LimitRange
metadata: {name: all}
spec: {limits: [{type: Container, default: {memory: 1Gi}}]}",
            ),
            error("apiVersion: v1\nkind: LimitRange\nmetadata: {name: all}\nspec: {limits: 1}"),
        ],
    },
];

const NAME: &[&str] = &["metadata", "name"];

fn is_control_plane(namespace: &str) -> bool {
    matches!(namespace, "kube-system" | "kube-public" | "kube-node-lease")
}

/// Whether a cluster's objects of a kind are not all known; the judge reports that.
fn is_hidden(view: &InventoryView<'_>, kind: Kind) -> bool {
    view.is_cluster() && !view.is_complete(kind)
}

/// Manifests that have the namespace say that it exists, and would say what it has.
fn among(view: &InventoryView<'_>) -> &'static str {
    if view.is_cluster() { "" } else { " among these manifests" }
}

fn limit_range<'a>(view: &InventoryView<'a>, namespace: &'a Object) -> Judged<'a> {
    if is_control_plane(namespace.name()) || is_hidden(view, Kind::LimitRange) {
        return Ok(Verdict::NotApplicable);
    }
    if !view.limit_ranges(namespace.name()).is_empty() {
        return Ok(Verdict::Pass);
    }
    let message = format!("the namespace has no LimitRange{}", among(view));
    flaw(place(&namespace.root, NAME), message)
        .step(
            "Give the namespace a LimitRange with `default.memory` for the type Container",
            &["kubectl apply -n NAMESPACE -f limit-range.yaml"],
        )
        .into()
}

fn quota<'a>(view: &InventoryView<'a>, namespace: &'a Object) -> Judged<'a> {
    if is_control_plane(namespace.name()) || is_hidden(view, Kind::ResourceQuota) {
        return Ok(Verdict::NotApplicable);
    }
    if view.has_in(Kind::ResourceQuota, namespace.name()) {
        return Ok(Verdict::Pass);
    }
    let message = format!("the namespace has no ResourceQuota{}", among(view));
    flaw(place(&namespace.root, NAME), message)
        .step(
            "Give the namespace a quota",
            &["kubectl create quota all -n NAMESPACE --hard=pods=N,requests.memory=M,limits.memory=M"],
        )
        .into()
}

fn memory_default<'a>(view: &InventoryView<'a>, range: &'a Object) -> Judged<'a> {
    let spec = merlon_views::objects::Fields::of(&range.root).get("spec");
    spec.list("limits")?;
    let all = view.limit_ranges(view.namespace_of(range));
    if all.iter().any(|range| container_default(range, Share::Limit, "memory").is_some()) {
        return Ok(Verdict::Pass);
    }
    // One finding for the namespace is enough.
    if !all.first().is_some_and(|first| std::ptr::eq(*first, range)) {
        return Ok(Verdict::NotApplicable);
    }
    let limits: Option<&Node> = spec.get("limits").node();
    let here = limits.map_or_else(|| place(&range.root, NAME), Place::Node);
    let flaw = flaw(here, "no range of the namespace sets a memory limit by default");
    let requests = |item: &&Node| {
        item.get("type").and_then(Node::as_str) == Some("Container")
            && item.path(&["defaultRequest", "memory"]).is_some()
    };
    let item = limits.and_then(Node::as_sequence).unwrap_or_default().iter().find(requests);
    if let Some(item) = item
        && let Some(memory) = item.path(&["defaultRequest", "memory"])
    {
        let memory = merlon_yaml::to_json(memory);
        return flaw.set_at(place(item, &["default", "memory"]), memory).needs_review().into();
    }
    flaw.step(
        "Set `default.memory` for the type Container",
        &["kubectl edit limitrange -n NAMESPACE NAME"],
    )
    .into()
}

//! Sandboxes for agents (`agents.x-k8s.io`), which run what a model wrote.

use merlon_model::Kind;
use merlon_snapshot::Object;
use merlon_views::InventoryView;
use merlon_views::objects::{Fields, Place, place};

use crate::control::{Applies, Control, Documentation};
use crate::objects::{Judged, Verdict, flaw};
use crate::row::{error, fail, not_applicable, objects, pass, vector};

pub(crate) const CONTROLS: &[Control] = &[
    Control {
        id: "sandbox-runtime-class",
        title: "a sandbox for agents shares the node's kernel",
        vector: vector("AV:L/AC:M/Au:N/C:C/I:C/A:C"),
        applies: Applies::Objects,
        check: objects(SANDBOXES, runtime_class),
        documentation: Documentation {
            finds: "\
SandboxTemplates and Sandboxes whose pod has no `runtimeClassName`, so that it runs under the \
node's ordinary runtime.",
            matters: "\
A sandbox runs programs that nobody read. One hole of the kernel is enough for them to leave the \
container and own the node.",
            options: "\
**gVisor or Kata Containers** as a RuntimeClass: the edit names `gvisor`, the usual name; it has to \
exist in the cluster, and some programs run slower or not at all.",
            acceptable: "On nodes that are thrown away after each sandbox.",
        },
        examples: &[
            fail(sandbox!("podTemplate: {spec: {containers: [{name: a}]}}")),
            fail(sandbox!("podTemplate: {spec: {runtimeClassName: '', containers: []}}")),
            pass(sandbox!("podTemplate: {spec: {runtimeClassName: kata, containers: []}}")),
            not_applicable(sandbox!("podTemplate: {}")),
            error(sandbox!("podTemplate: {spec: {runtimeClassName: 1, containers: []}}")),
        ],
    },
    Control {
        id: "sandbox-egress-open",
        title: "a sandbox for agents reaches the whole network",
        vector: vector("AV:A/AC:L/Au:N/C:P/I:P/A:N"),
        applies: Applies::Objects,
        check: objects(&[Kind::SandboxTemplate], egress),
        documentation: Documentation {
            finds: "\
SandboxTemplates with `networkPolicyManagement: Unmanaged`, for which no NetworkPolicy is made, and \
rules of `networkPolicy.egress` that name no destination. Without `networkPolicy` the controller \
makes one that lets out to the internet and to nothing inside.",
            matters: "\
A program that nobody read reaches databases, the cloud's metadata and other sandboxes.",
            options: "\
- **`Managed`**, which is the default.
- **Rules with destinations** for what the agent has to reach; none at all closes it.",
            acceptable: "Where another network policy, of Cilium for one, covers the sandboxes.",
        },
        examples: &[
            fail(sandbox!("networkPolicyManagement: Unmanaged")),
            fail(sandbox!("networkPolicy: {egress: [{}]}")),
            fail(sandbox!("networkPolicy: {egress: [{ports: [{port: 443}]}, {to: []}]}")),
            fail(sandbox!("networkPolicy: {egress: [{to: [{ipBlock: {cidr: 0.0.0.0/0}}]}]}")),
            // The controller's own policy.
            pass(sandbox!("podTemplate: {spec: {containers: []}}")),
            pass(sandbox!("networkPolicy: {egress: []}")),
            pass(sandbox!("networkPolicy: {egress: [{to: [{ipBlock: {cidr: 10.1.0.0/16}}]}]}")),
            pass(sandbox!(
                "networkPolicy: {egress: [{to: [{ipBlock: {cidr: 0.0.0.0/0, except: [10.0.0.0/8]}}]}]}"
            )),
            error(sandbox!("networkPolicy: {egress: {}}")),
        ],
    },
    Control {
        id: "sandbox-resources-unlimited",
        title: "a sandbox for agents may use up its node",
        vector: vector("AV:L/AC:L/Au:N/C:N/I:N/A:P"),
        applies: Applies::Objects,
        check: objects(SANDBOXES, resources),
        documentation: Documentation {
            finds: "Containers of SandboxTemplates and Sandboxes without a limit for CPU or memory.",
            matters: "\
A loop in a generated program takes the node from its neighbours, and many sandboxes take it all.",
            options: "\
**Limits**: the edit writes one CPU and 1 GiB; choose what the agent needs. A quota for the \
namespace bounds how many there are.",
            acceptable: "Where a LimitRange of the namespace fills limits in.",
        },
        examples: &[
            fail(sandbox!("podTemplate: {spec: {containers: [{name: a}]}}")),
            fail(sandbox!(
                "podTemplate: {spec: {containers: [{name: a, resources: {limits: {cpu: 1}}}]}}"
            )),
            pass(sandbox!(
                "podTemplate: {spec: {containers: [{name: a, resources: {limits: {cpu: 1, memory: 1Gi}}}]}}"
            )),
            not_applicable(sandbox!("podTemplate: {}")),
            error(sandbox!("podTemplate: {spec: {containers: {}}}")),
        ],
    },
];

const SANDBOXES: &[Kind] = &[Kind::SandboxTemplate, Kind::Sandbox];

fn runtime_class<'a>(_: &InventoryView<'a>, object: &'a Object) -> Judged<'a> {
    let spec = Fields::of(&object.root).path(&["spec", "podTemplate", "spec"]);
    let Some(node) = spec.node() else { return Ok(Verdict::NotApplicable) };
    if spec.text("runtimeClassName")?.is_some_and(|name| !name.is_empty()) {
        return Ok(Verdict::Pass);
    }
    flaw(place(node, &["runtimeClassName"]), "the sandbox shares the node's kernel")
        .set("gvisor")
        .needs_review()
        .into()
}

fn egress<'a>(_: &InventoryView<'a>, object: &'a Object) -> Judged<'a> {
    let spec = Fields::of(&object.root).get("spec");
    let management = spec.get("networkPolicyManagement");
    if let (Some("Unmanaged"), Some(node)) =
        (spec.text("networkPolicyManagement")?, management.node())
    {
        let message = "no network policy is made for the sandboxes";
        return flaw(Place::Node(node), message).set("Managed").needs_review().into();
    }
    let mut flaws = Vec::new();
    for (place, rule) in spec.get("networkPolicy").list("egress")?.iter().enumerate() {
        let peers = Fields::of(rule).list("to")?;
        let mut open = peers.is_empty();
        for peer in peers {
            let block = Fields::of(peer).get("ipBlock");
            let cidr = block.text("cidr")?.unwrap_or_default();
            open |= cidr.ends_with("/0") && block.list("except")?.is_empty();
        }
        if open {
            let message =
                format!("egress rule {} lets the sandboxes reach every address", place + 1);
            flaws.push(flaw(Place::Node(rule), message).remove(rule).needs_review());
        }
    }
    Ok(Verdict::of(flaws))
}

fn resources<'a>(_: &InventoryView<'a>, object: &'a Object) -> Judged<'a> {
    let spec = Fields::of(&object.root).path(&["spec", "podTemplate", "spec"]);
    if !spec.is_set() {
        return Ok(Verdict::NotApplicable);
    }
    let mut flaws = Vec::new();
    for container in spec.list("containers")? {
        let name = Fields::of(container).text("name")?.unwrap_or_default();
        let limits = Fields::of(container).path(&["resources", "limits"]);
        if limits.text_or_number("cpu")?.is_none() {
            let place = place(container, &["resources", "limits", "cpu"]);
            let message = format!("container {name} has no limit for CPU");
            flaws.push(flaw(place, message).set("1").needs_review());
        }
        if limits.text_or_number("memory")?.is_none() {
            let place = place(container, &["resources", "limits", "memory"]);
            let message = format!("container {name} has no limit for memory");
            flaws.push(flaw(place, message).set("1Gi").needs_review());
        }
    }
    Ok(Verdict::of(flaws))
}

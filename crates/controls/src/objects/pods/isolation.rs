//! What pods share with their node.

use merlon_views::objects::place;
use merlon_views::{InventoryView, PodView};

use crate::control::{Applies, Control, Documentation};
use crate::objects::{Judged, Verdict, flaw};
use crate::row::{error, fail, not_applicable, pass, pods, vector};

pub(crate) const CONTROLS: &[Control] = &[Control {
    id: "pod-host-network",
    title: "a pod uses the node's network",
    vector: vector("AV:L/AC:L/Au:N/C:C/I:C/A:P"),
    applies: Applies::Objects,
    check: pods(host_network),
    documentation: Documentation {
        finds: "Pods with `hostNetwork: true`, by themselves or as a workload's template.",
        matters: "\
The pod sees the node's interfaces: it can listen to the traffic of others, reach what listens on \
the loopback address (the kubelet's health port, agents without authentication), answer in the \
node's name, and no NetworkPolicy applies to it.",
        options: "\
- **Take the field away**; a Service or `hostPort` gives what most programs want it for.
- **Keep it for network plugins and node agents**, in a namespace of their own that enforces \
`privileged`, with `baseline` everywhere else.",
        acceptable: "For network plugins, node-local DNS and proxies that document the need.",
    },
    examples: &[
        fail(
            "\
kind: Pod
apiVersion: v1
metadata: {name: web}
spec:
  hostNetwork: true
  containers: [{name: web, image: nginx}]",
        ),
        fail(
            "\
kind: CronJob
apiVersion: batch/v1
metadata: {name: web}
spec:
  jobTemplate:
    spec:
      template:
        spec:
          hostNetwork: on # metrics
          containers: [{name: web, image: nginx}]",
        ),
        pass(
            "\
kind: Deployment
apiVersion: apps/v1
metadata: {name: web}
spec:
  template:
    spec:
      hostNetwork: false
      containers: [{name: web, image: nginx}]",
        ),
        pass("{kind: Pod, apiVersion: v1, spec: {hostNetwork: null, containers: []}}"),
        error("{kind: Pod, apiVersion: v1, spec: {hostNetwork: 'true', containers: []}}"),
        not_applicable("{kind: ConfigMap, apiVersion: v1}"),
        error("# cluster\n# gap pods permission-denied"),
    ],
}];

fn host_network<'a>(_: &InventoryView<'a>, pod: &PodView<'a>) -> Judged<'a> {
    if pod.fields().bool("hostNetwork")? != Some(true) {
        return Ok(Verdict::Pass);
    }
    let place = place(pod.spec, &["hostNetwork"]);
    flaw(place, "the pod uses the node's network").set(false).needs_review().into()
}

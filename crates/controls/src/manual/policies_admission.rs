//! Which images may run.

use super::manual;
use crate::control::{Control, Documentation};
use crate::row::vector;

pub(crate) const CONTROLS: &[Control] = &[manual(
    "image-provenance-unverified",
    "images run without proof of where they come from",
    vector("AV:N/AC:H/Au:N/C:P/I:P/A:P"),
    Documentation {
        finds: "\
Whether an admission step checks signatures or allowed registries before a pod is created.",
        matters: "\
A tag that was pushed by somebody else, or a look-alike name, runs with the workload's rights.",
        options: "\
**Signature policies** (Kyverno, sigstore policy-controller, Connaisseur), **ImagePolicyWebhook** \
for a checker of your own (decide what happens when it is down), or at least **allowed registries \
and digests**.",
        acceptable: "For test clusters without access to anything that matters.",
    },
    &[
        "\
Look for a checker and what it covers.
$ kubectl get validatingwebhookconfigurations,mutatingwebhookconfigurations
$ kubectl get crd -o name | grep -i -E 'policy|verif|sign'",
        "\
Try an unsigned image with a server-side dry run; it has to be refused.
$ kubectl run probe --image=docker.io/library/busybox --dry-run=server",
    ],
)];

//! How people authenticate, and what is kept of what they do.

use super::manual;
use crate::control::{Control, Documentation};
use crate::row::vector;

pub(crate) const CONTROLS: &[Control] = &[
    manual(
        "user-client-certificates",
        "people sign in to the cluster with client certificates",
        vector("AV:N/AC:H/Au:S/C:P/I:P/A:P"),
        Documentation {
            finds: "\
Kubeconfigs of people that carry a client certificate. Certificates of components and nodes are \
not meant.",
            matters: "\
Kubernetes has no revocation list: whoever copies the key stays that user, with those groups, \
until the certificate expires.",
            options: "\
**OpenID Connect, a webhook or an authenticating proxy** end access when the person's account \
ends, at the price of one more service to run. **Short certificates** (hours) bound the loss \
without one.",
            acceptable: "\
For one sealed emergency credential that is used under supervision and replaced after use.",
        },
        &[
            "\
Find out which signer requests were made by people rather than by nodes and components.
$ kubectl get csr -o \
custom-columns=NAME:.metadata.name,SIGNER:.spec.signerName,USER:.spec.username",
            "\
Ask each holder of a kubeconfig how it authenticates; one whose user entry has \
`client-certificate` or `client-certificate-data` is such a credential.
$ kubectl config view --minify -o jsonpath='{.users[*].user}'",
            "\
Look in the audit log for people whose authentication came by certificate, and judge whether each \
is an emergency credential.",
        ],
    ),
    manual(
        "user-service-account-tokens",
        "people sign in to the cluster as service accounts",
        vector("AV:N/AC:M/Au:S/C:P/I:P/A:N"),
        Documentation {
            finds: "\
Service accounts whose tokens are handed to people, for kubectl or for a dashboard.",
            matters: "\
The audit log then names the account and not the person, and a long-lived token works from \
anywhere until its Secret is deleted.",
            options: "\
**Give people identities of their own** and let them impersonate where they must. **`kubectl \
create token`** with a short duration is the least bad alternative.",
            acceptable: "\
For robots such as deployment pipelines, when the token is short-lived or bound to their own pod.",
        },
        &[
            "\
List tokens that never expire, and ask who uses each.
$ kubectl get secrets -A --field-selector type=kubernetes.io/service-account-token",
            "\
Look for service accounts in kubeconfigs of people and in the audit log with `userAgent` kubectl.",
        ],
    ),
    manual(
        "user-bootstrap-tokens",
        "bootstrap tokens serve for more than joining nodes",
        vector("AV:N/AC:M/Au:S/C:P/I:P/A:P"),
        Documentation {
            finds: "\
Bootstrap tokens that are valid without need, never expire, or are used by people.",
            matters: "\
A bootstrap token can request a kubelet's certificate, so its holder can join the cluster as a \
node and read what nodes read.",
            options: "\
**Create one per join with a life of an hour.** Where nodes join at any time, let the provisioner \
create them on demand.",
            acceptable: "While nodes are being joined.",
        },
        &[
            "\
List the tokens with expiry, usages and groups. The command prints no secret part.
$ kubectl get secrets -n kube-system --field-selector type=bootstrap.kubernetes.io/token -o \
custom-columns=NAME:.metadata.name
$ kubeadm token list",
            "\
Each token without an expiry, or with extra groups beyond `system:bootstrappers`, needs a reason; \
check in the audit log that only nodes sign in with them.",
        ],
    ),
];

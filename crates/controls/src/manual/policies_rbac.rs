//! Who may do what: RBAC and service accounts.

use super::manual;
use crate::control::{Control, Documentation};
use crate::row::vector;

pub(crate) const CONTROLS: &[Control] = &[manual(
    "system-masters-used",
    "credentials in the group system:masters are in use",
    vector("AV:N/AC:M/Au:S/C:C/I:C/A:C"),
    Documentation {
        finds: "Client certificates and tokens whose groups include `system:masters`.",
        matters: "\
The API server lets this group through before RBAC is asked: no binding can be removed to stop \
such a credential, only the whole CA can be replaced.",
        options: "\
**Bind a group of your own to `cluster-admin`**; kubeadm does so since 1.29 with \
`kubeadm:cluster-admins`.",
        acceptable: "For one break-glass credential that is kept off the nodes.",
    },
    &[
        "\
Look at the group (O) of client certificates in kubeconfigs, on nodes and with people.
$ kubectl config view --minify --raw -o jsonpath='{.users[0].user.client-certificate-data}' | \
base64 -d | openssl x509 -noout -subject -enddate",
        "Search the audit log for requests whose `user.groups` contain `system:masters`.",
    ],
)];

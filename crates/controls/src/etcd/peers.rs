//! How the members of an etcd cluster tell each other from strangers.

use merlon_model::Component::Etcd;

use super::{Callers, judge_authentication};
use crate::control::{Applies, Check, Control, Documentation, Expect};
use crate::row::{error, fail, not_applicable, pass, require, settings, vector};

const APPLIES: Applies = Applies::Component(Etcd);

pub(crate) const CONTROLS: &[Control] = &[
    Control {
        id: "etcd-peer-tls-missing",
        title: "etcd has no certificate to talk to its peers with",
        vector: vector("AV:N/AC:H/Au:N/C:C/I:C/A:C"),
        applies: APPLIES,
        check: settings(
            Etcd,
            &[require("peer-cert-file", Expect::IsSet), require("peer-key-file", Expect::IsSet)],
        ),
        documentation: Documentation {
            finds: "\
An etcd without `--peer-cert-file` or `--peer-key-file`, by flag, environment, or \
`peer-transport-security` in the file of `--config-file`. A cluster of one member listens for \
peers too, so it counts as well.",
            matters: "\
Members copy the whole database to each other. Without TLS it can be read on the way, and \
whoever reaches port 2380 can speak as a member.",
            options: "\
- **Give every member a certificate** for client and server authentication, from etcd's own CA. \
Changing a running cluster takes a restart of each member, one after the other.",
            acceptable: "A single member whose peer URL is on loopback.",
        },
        examples: &[
            pass("run etcd@3.5 --peer-cert-file=/e/p.crt --peer-key-file=/e/p.key"),
            pass("run etcd@3.5\nenv ETCD_PEER_CERT_FILE=/e/p.crt\nenv ETCD_PEER_KEY_FILE=/e/p.key"),
            fail("run etcd@3.5 --peer-cert-file=/e/p.crt"),
            fail("run etcd@3.5 --cert-file=/e/s.crt --key-file=/e/s.key"),
            pass(
                "\
run etcd@3.5 --config-file=/e/etcd.yaml
file /e/etcd.yaml 0600 root:root etcd-configuration
  peer-transport-security: {cert-file: /e/p.crt, key-file: /e/p.key}",
            ),
            error("run etcd@3.5 --config-file=/e/etcd.yaml\ngap /e/etcd.yaml permission-denied"),
            not_applicable("run kubelet@1.31"),
        ],
    },
    Control {
        id: "etcd-peer-unauthenticated",
        title: "etcd takes anybody for a peer",
        vector: vector("AV:N/AC:H/Au:N/C:C/I:C/A:C"),
        applies: APPLIES,
        check: Check::Node(|node, _, judge| judge_authentication(&PEERS, node, judge)),
        documentation: Documentation {
            finds: "\
An etcd that asks peers for no certificate: neither `--peer-client-cert-auth` nor \
`--peer-trusted-ca-file` is given (either makes it ask), or TLS between peers is off, where both \
are without effect.",
            matters: "\
Whoever reaches port 2380 can send raft messages and fetch snapshots as a member does: all data \
of the cluster, and a say in it.",
            options: "\
- **Set both** `--peer-client-cert-auth=true` and `--peer-trusted-ca-file`.
- **Narrow it further** with `--peer-cert-allowed-cn`, so that not every certificate of the CA is \
a member's.",
            acceptable: "A single member whose peer URL is on loopback.",
        },
        examples: &[
            pass(
                "run etcd@3.5 --peer-cert-file=/e/p.crt --peer-key-file=/e/p.key \
                 --peer-client-cert-auth --peer-trusted-ca-file=/e/ca.crt",
            ),
            pass(
                "run etcd@3.5 --peer-cert-file=/e/p.crt --peer-key-file=/e/p.key \
                 --peer-trusted-ca-file=/e/ca.crt",
            ),
            fail("run etcd@3.5 --peer-cert-file=/e/p.crt --peer-key-file=/e/p.key"),
            fail("run etcd@3.5 --peer-client-cert-auth --peer-trusted-ca-file=/e/ca.crt"),
            error("run etcd@3.5 --config-file=/e/etcd.yaml\ngap /e/etcd.yaml permission-denied"),
            not_applicable("run kubelet@1.31"),
        ],
    },
    Control {
        id: "etcd-peer-auto-tls",
        title: "etcd signs the certificate it shows its peers by itself",
        vector: vector("AV:A/AC:H/Au:N/C:C/I:C/A:N"),
        applies: APPLIES,
        check: settings(Etcd, &[require("peer-auto-tls", Expect::Is("false"))]),
        documentation: Documentation {
            finds: "\
`--peer-auto-tls` on. etcd then makes a self-signed certificate, unless `--peer-cert-file` and \
`--peer-key-file` are given, which take its place.",
            matters: "\
Members that sign for themselves cannot tell each other from a stranger who does the same: the \
traffic is encrypted, but to whom nobody knows.",
            options: "\
- **Turn it off** and give every member a certificate from etcd's own CA.",
            acceptable: "On test machines, and for a single member whose peer URL is on loopback.",
        },
        examples: &[
            pass("run etcd@3.5"),
            pass("run etcd@3.5 --peer-auto-tls=false"),
            fail("run etcd@3.5 --peer-auto-tls"),
            fail("run etcd@3.5\nenv ETCD_PEER_AUTO_TLS=true"),
            error("run etcd@3.5\nenv ETCD_PEER_AUTO_TLS=maybe"),
            not_applicable("run kubelet@1.31"),
        ],
    },
];

const PEERS: Callers = Callers {
    called: "peers",
    auth: "peer-client-cert-auth",
    ca: "peer-trusted-ca-file",
    certificate: "peer-cert-file",
    automatic: "peer-auto-tls",
};

//! How etcd tells who its clients are.

use merlon_model::{
    Action,
    Component::{self, Etcd, KubeApiserver, Kubelet},
    Location,
};
use merlon_snapshot::Certificate;
use merlon_views::NodeView;

use super::{Callers, judge_authentication};
use crate::control::{Applies, Check, Control, Documentation, Expect, Parameters};
use crate::judge::Judge;
use crate::row::{error, fail, not_applicable, pass, require, settings, vector};

const APPLIES: Applies = Applies::Component(Etcd);

pub(crate) const CONTROLS: &[Control] = &[
    Control {
        id: "etcd-client-tls-missing",
        title: "etcd has no certificate to serve clients with",
        vector: vector("AV:N/AC:L/Au:N/C:C/I:C/A:C"),
        applies: APPLIES,
        check: settings(
            Etcd,
            &[require("cert-file", Expect::IsSet), require("key-file", Expect::IsSet)],
        ),
        documentation: Documentation {
            finds: "\
An etcd without `--cert-file` or `--key-file`, by flag, by `ETCD_CERT_FILE` and `ETCD_KEY_FILE`, \
or by `client-transport-security` in the file of `--config-file` (which then is all that counts).",
            matters: "\
Everything the cluster knows, Secrets included, crosses the network in the clear, and whoever \
reaches port 2379 can write it: etcd asks for client certificates only where it speaks TLS.",
            options: "\
- **Give it a serving certificate** from a CA of its own, with the node's names and addresses. \
Renewal is a task to plan; etcd picks up changed files by itself.
- **Use `--auto-tls`** only to try something: the certificate is self-signed, so clients cannot \
tell who answers.",
            acceptable: "\
Where etcd listens on loopback alone and everybody who can run something on the node may have the \
whole cluster.",
        },
        examples: &[
            pass("run etcd@3.5 --cert-file=/e/s.crt --key-file=/e/s.key"),
            pass("run etcd@3.5 -cert-file /e/s.crt -key-file /e/s.key"),
            pass("run etcd@3.5\nenv ETCD_CERT_FILE=/e/s.crt\nenv ETCD_KEY_FILE=/e/s.key"),
            fail("run etcd@3.5 --cert-file=/e/s.crt"),
            fail("run etcd@3.5"),
            // With a configuration file neither flags nor the environment count.
            fail(
                "\
run etcd@3.5 --config-file=/e/etcd.yaml --cert-file=/e/s.crt --key-file=/e/s.key
file /e/etcd.yaml 0600 root:root etcd-configuration
  name: one",
            ),
            pass(
                "\
run etcd@3.5 --config-file=/e/etcd.yaml
file /e/etcd.yaml 0600 root:root etcd-configuration
  client-transport-security: {cert-file: /e/s.crt, key-file: /e/s.key}",
            ),
            error("run etcd@3.5 --config-file=/e/etcd.yaml\ngap /e/etcd.yaml permission-denied"),
            not_applicable("run kubelet@1.31"),
        ],
    },
    Control {
        id: "etcd-client-unauthenticated",
        title: "etcd serves clients that show no certificate",
        vector: vector("AV:N/AC:L/Au:N/C:C/I:C/A:C"),
        applies: APPLIES,
        check: Check::Node(|node, _, judge| judge_authentication(&CLIENTS, node, judge)),
        documentation: Documentation {
            finds: "\
An etcd that asks clients for no certificate: neither `--client-cert-auth` nor `--trusted-ca-file` \
is given (either makes it ask), or TLS is off altogether, where both are without effect.",
            matters: "\
Whoever reaches port 2379 reads every Secret and writes any object, past authentication, RBAC, \
admission and audit of the API server. That is control over the cluster.",
            options: "\
- **Set both** `--client-cert-auth=true` and `--trusted-ca-file` to a CA that signs for the API \
servers and nobody else.
- **`--trusted-ca-file` alone** has the same effect, but reads as if it had not.",
            acceptable: "Never where the port can be reached from anything but the API server.",
        },
        examples: &[
            pass(
                "run etcd@3.5 --cert-file=/e/s.crt --key-file=/e/s.key --client-cert-auth \
                 --trusted-ca-file=/e/ca.crt",
            ),
            pass(
                "run etcd@3.5 --cert-file=/e/s.crt --key-file=/e/s.key\n\
                 env ETCD_CLIENT_CERT_AUTH=true",
            ),
            // A trusted CA is enough for etcd to ask.
            pass(
                "run etcd@3.5 --cert-file=/e/s.crt --key-file=/e/s.key --trusted-ca-file=/e/ca.crt",
            ),
            fail("run etcd@3.5 --cert-file=/e/s.crt --key-file=/e/s.key"),
            fail("run etcd@3.5 --cert-file=/e/s.crt --key-file=/e/s.key --client-cert-auth=false"),
            // Without TLS nobody can show a certificate.
            fail("run etcd@3.5 --client-cert-auth=true"),
            error("run etcd@3.5 --config-file=/e/etcd.yaml\ngap /e/etcd.yaml permission-denied"),
            not_applicable("run kubelet@1.31"),
        ],
    },
    Control {
        id: "etcd-auto-tls",
        title: "etcd signs the certificate it serves clients with by itself",
        vector: vector("AV:A/AC:H/Au:N/C:C/I:C/A:N"),
        applies: APPLIES,
        check: settings(Etcd, &[require("auto-tls", Expect::Is("false"))]),
        documentation: Documentation {
            finds: "\
`--auto-tls` on. etcd then makes a self-signed certificate, unless `--cert-file` and `--key-file` \
are given, which take its place.",
            matters: "\
Clients cannot verify a certificate that nobody they know signed. They either fail or skip the \
check, and then talk to whoever stands between.",
            options: "\
- **Turn it off** and give etcd a certificate from its own CA.
- **Leave it on next to given files**: no effect today, but TLS without identity on the day they \
are taken out.",
            acceptable: "On test machines.",
        },
        examples: &[
            pass("run etcd@3.5"),
            pass("run etcd@3.5 --auto-tls=false"),
            fail("run etcd@3.5 --auto-tls"),
            fail("run etcd@3.5\nenv ETCD_AUTO_TLS=true"),
            // The flag wins over the environment.
            pass("run etcd@3.5 --auto-tls=false\nenv ETCD_AUTO_TLS=true"),
            error("run etcd@3.5\nenv ETCD_AUTO_TLS=maybe"),
            not_applicable("run kubelet@1.31"),
        ],
    },
    Control {
        id: "etcd-trusted-ca-missing",
        title: "etcd is not told which CA its clients' certificates come from",
        vector: vector("AV:N/AC:H/Au:N/C:C/I:C/A:C"),
        applies: APPLIES,
        check: settings(Etcd, &[require("trusted-ca-file", Expect::IsSet)]),
        documentation: Documentation {
            finds: "An etcd without `--trusted-ca-file`, from whichever of its sources counts.",
            matters: "\
With `--client-cert-auth` and no CA, Go checks client certificates against the system's own \
roots: any certificate for client authentication from a public CA is let in. Without that switch \
nobody is asked at all.",
            options: "\
- **Set it** to a CA that is used for etcd alone; see `etcd-shares-cluster-ca` for why it should \
not be the cluster's.",
            acceptable: "Where etcd listens on loopback alone, without TLS.",
        },
        examples: &[
            pass("run etcd@3.5 --trusted-ca-file=/e/ca.crt"),
            pass("run etcd@3.5\nenv ETCD_TRUSTED_CA_FILE=/e/ca.crt"),
            fail("run etcd@3.5"),
            fail("run etcd@3.5 --client-cert-auth"),
            error("run etcd@3.5 --config-file=/e/etcd.yaml\ngap /e/etcd.yaml permission-denied"),
            not_applicable("run kubelet@1.31"),
        ],
    },
    Control {
        id: "etcd-shares-cluster-ca",
        title: "etcd trusts clients that the cluster's CA vouches for",
        vector: vector("AV:N/AC:M/Au:S/C:C/I:C/A:C"),
        applies: APPLIES,
        check: Check::Node(shares_cluster_ca),
        documentation: Documentation {
            finds: "\
A CA in etcd's `--trusted-ca-file` with the same key as one in the `--client-ca-file` of the API \
server, or of the kubelet where no API server is on the node. Keys are compared, not file names.",
            matters: "\
The cluster's CA signs certificates of kubelets, users and controllers, also through the \
CertificateSigningRequest API. etcd knows no roles for them: each one opens the whole database, \
past RBAC and audit.",
            options: "\
- **A CA of its own** for etcd, as kubeadm makes it. Changing over takes a time in which etcd \
trusts both.
- **Restrict by name** with `--client-cert-allowed-hostname`, if the CA has to stay shared: it \
limits which certificates get in, and is easily got wrong.",
            acceptable: "Where everybody with a client certificate is an administrator anyway.",
        },
        examples: &[
            pass(
                "\
run etcd@3.5 --trusted-ca-file=/pki/etcd/ca.crt
run kube-apiserver@1.31 --client-ca-file=/pki/ca.crt
certificate /pki/etcd/ca.crt subject=CN=etcd-ca key-id=e authority
certificate /pki/ca.crt subject=CN=kubernetes key-id=k authority",
            ),
            fail(
                "\
run etcd@3.5 --trusted-ca-file=/pki/etcd/ca.crt
run kube-apiserver@1.31 --client-ca-file=/pki/ca.crt
certificate /pki/etcd/ca.crt subject=CN=etcd-ca key-id=k authority
certificate /pki/ca.crt subject=CN=kubernetes key-id=k authority",
            ),
            // The kubelet knows the cluster's CA as well.
            fail(
                "\
run etcd@3.5 --trusted-ca-file=/pki/ca.crt
run kubelet@1.31 --client-ca-file=/pki/ca.crt
certificate /pki/ca.crt subject=CN=kubernetes key-id=k authority",
            ),
            error(
                "\
run etcd@3.5 --trusted-ca-file=/pki/etcd/ca.crt
run kube-apiserver@1.31 --client-ca-file=/pki/ca.crt
certificate /pki/etcd/ca.crt subject=CN=etcd-ca key-id=e authority
gap /pki/ca.crt permission-denied",
            ),
            // Nothing on the node tells the cluster's CA.
            error(
                "\
run etcd@3.5 --trusted-ca-file=/pki/etcd/ca.crt
certificate /pki/etcd/ca.crt subject=CN=etcd-ca key-id=e authority",
            ),
            not_applicable("run etcd@3.5"),
            not_applicable("run kubelet@1.31"),
        ],
    },
];

const CLIENTS: Callers = Callers {
    called: "clients",
    auth: "client-cert-auth",
    ca: "trusted-ca-file",
    certificate: "cert-file",
    automatic: "auto-tls",
};

fn shares_cluster_ca(node: &NodeView<'_>, _: &Parameters, judge: &mut Judge<'_, '_>) {
    for etcd in node.instances(Etcd) {
        let path = etcd.path("trusted-ca-file").map_err(|unknown| unknown.to_string());
        let (trusted, location) = match authorities(node, Etcd, path) {
            Ok(Some(found)) => found,
            Ok(None) => {
                let why = "--trusted-ca-file is not set: etcd-trusted-ca-missing tells of that";
                judge.not_applicable(&etcd.name, why);
                continue;
            }
            Err(why) => {
                judge.error(&etcd.name, format!("the CA that etcd trusts is not known: {why}"));
                continue;
            }
        };
        match cluster_authorities(node) {
            Ok(cluster) => compare(&etcd.name, &trusted, &cluster, location, judge),
            Err(why) => {
                judge.error(&etcd.name, format!("the cluster's CA is not known: {why}"));
            }
        }
    }
}

fn compare(
    resource: &str,
    trusted: &[&Certificate],
    cluster: &[&Certificate],
    location: Location,
    judge: &mut Judge<'_, '_>,
) {
    let expected = "a CA that is used for etcd alone";
    let shared = trusted.iter().find_map(|one| {
        let same = |other: &&&Certificate| other.key_fingerprint == one.key_fingerprint;
        Some((*one, *cluster.iter().find(same)?))
    });
    match shared {
        Some((one, other)) => {
            let message =
                format!("{} in {} has the key of the cluster's CA", one.subject, one.path);
            judge
                .fail(resource, message)
                .expected(expected)
                .evidence(format!("trusts {}", one.subject), location)
                .evidence(
                    format!("{} has the same key", other.subject),
                    Location::file(&other.path),
                )
                .action(Action::Manual {
                    instruction: "make a CA for etcd alone, sign the certificates of etcd's \
                                  members and of the API servers with it, and give it to etcd as \
                                  --trusted-ca-file and to the API servers as --etcd-cafile"
                        .to_owned(),
                    commands: Vec::new(),
                });
        }
        None => {
            let names: Vec<&str> = trusted.iter().map(|one| one.subject.as_str()).collect();
            let message = format!(
                "etcd trusts {}, whose key the cluster's CA does not have",
                names.join(", ")
            );
            judge.pass(resource, message.clone()).expected(expected).evidence(message, location);
        }
    }
}

/// The certificates in the client CA of the API server, or else of the kubelet.
fn cluster_authorities<'v>(node: &'v NodeView<'_>) -> Result<Vec<&'v Certificate>, String> {
    let mut found = Vec::new();
    for component in [KubeApiserver, Kubelet] {
        for instance in node.instances(component) {
            let path = instance.path("client-ca-file").map_err(|unknown| unknown.to_string());
            if let Some((certificates, _)) = authorities(node, component, path)? {
                found.extend(certificates);
            }
        }
        if !found.is_empty() {
            return Ok(found);
        }
    }
    Err("neither API server nor kubelet on this node names it".to_owned())
}

type Authorities<'v> = Option<(Vec<&'v Certificate>, Location)>;

/// The certificates in the file that a setting leads to; `None` when it is not set.
fn authorities<'v>(
    node: &'v NodeView<'_>,
    component: Component,
    path: Result<Option<(String, Location)>, String>,
) -> Result<Authorities<'v>, String> {
    let Some((path, location)) = path? else {
        return Ok(None);
    };
    let certificates = node.node.certificates.iter().filter(|one| one.path == path);
    let certificates: Vec<&Certificate> = certificates.collect();
    if certificates.is_empty() {
        return Err(match node.node.gap_at(&path) {
            Some(gap) => gap.to_string(),
            None => format!("no certificate was seen in {path} of {component}"),
        });
    }
    Ok(Some((certificates, location)))
}

//! Directories, certificates and keys of the cluster's PKI.

use merlon_model::{Action, Location};
use merlon_views::{
    FileRole::{Certificate, PkiDirectory, PrivateKey},
    NodeView,
};

use super::{MODE_ACCEPTABLE, MODE_OPTIONS, OWNER_ACCEPTABLE, OWNER_OPTIONS, mode, owned_by_root};
use crate::control::{
    Applies, Check, Control,
    Directories::{Ignored, Whole},
    Documentation, Parameters,
};
use crate::file;
use crate::judge::Judge;
use crate::row::{error, fail, not_applicable, pass, vector};

const APPLIES: Applies = Applies::Kubernetes;

pub(crate) const CONTROLS: &[Control] = &[
    Control {
        id: "pki-owner",
        title: "the cluster's certificates and keys do not belong to root",
        vector: vector("AV:L/AC:L/Au:S/C:C/I:C/A:C"),
        applies: APPLIES,
        check: owned_by_root(&[PkiDirectory], Whole),
        documentation: Documentation {
            finds: "\
An owner or group besides root of a PKI directory or of anything below it. The directories are \
those that the control plane's and etcd's certificates and keys are configured in, or the \
distribution's.",
            matters: "\
The owner of a directory can put other files into it, and the owner of a file can read and write \
it: of the CA's key that is every identity of the cluster.",
            options: OWNER_OPTIONS,
            acceptable: OWNER_ACCEPTABLE,
        },
        examples: &[
            pass(
                "\
run kube-apiserver@1.31 --client-ca-file=/pki/ca.crt
file /pki/ca.crt 0644 root:root
file /pki/ca.key 0600 root:root",
            ),
            fail(
                "\
run kube-apiserver@1.31 --client-ca-file=/pki/ca.crt
file /pki/ca.crt 0644 root:root
file /pki/ca.key 0600 kube:root",
            ),
            fail(
                "\
run kube-apiserver@1.31 --client-ca-file=/pki/ca.crt
dir /pki 0755 kube:kube
file /pki/ca.crt 0644 root:root",
            ),
            error(
                "\
run kube-apiserver@1.31 --client-ca-file=/pki/ca.crt
file /pki/ca.crt 0644 root:root
gap /pki/etcd permission-denied",
            ),
            error("run kube-apiserver@1.31 --client-ca-file=/pki/ca.crt\nabsent /pki"),
            not_applicable("run sshd"),
        ],
    },
    Control {
        id: "certificate-mode",
        title: "others than root may write the cluster's certificates",
        vector: vector("AV:L/AC:L/Au:N/C:N/I:C/A:C"),
        applies: APPLIES,
        check: mode(&[Certificate], 0o644, Ignored),
        documentation: Documentation {
            finds: "\
Permission bits besides 0644 of certificates that components are configured with or that lie in \
PKI directories. Certificates are public: only writing matters, though CIS asked for 0600 for a \
while (parameter `mode`).",
            matters: "\
Whoever writes a CA's certificate decides whom a component believes; whoever writes another one \
stops the component.",
            options: MODE_OPTIONS,
            acceptable: MODE_ACCEPTABLE,
        },
        examples: &[
            pass(
                "\
run kube-apiserver@1.31 --client-ca-file=/pki/ca.crt
file /pki/ca.crt 0644 root:root",
            ),
            fail(
                "\
run kube-apiserver@1.31 --client-ca-file=/pki/ca.crt
file /pki/ca.crt 0664 root:root",
            ),
            fail(
                "\
run kube-apiserver@1.31 --client-ca-file=/pki/ca.crt
file /pki/ca.crt 0644 root:root
file /pki/etcd/ca.crt 0666 root:root
certificate /pki/etcd/ca.crt authority",
            ),
            error("run kube-apiserver@1.31 --client-ca-file=/pki/ca.crt\nabsent /pki/ca.crt"),
            error(
                "\
run kube-apiserver@1.31 --client-ca-file=/pki/ca.crt
gap /pki/ca.crt permission-denied",
            ),
            not_applicable("run kubelet@1.31"),
            not_applicable("run sshd"),
        ],
    },
    Control {
        id: "private-key-mode",
        title: "others than the owner may use the cluster's private keys by their mode",
        vector: vector("AV:L/AC:M/Au:N/C:C/I:C/A:C"),
        applies: APPLIES,
        check: mode(&[PrivateKey], 0o600, Ignored),
        documentation: Documentation {
            finds: "\
Permission bits besides 0600 of private keys that components are configured with or that lie in \
PKI directories. The file's own mode decides; who really gets at it is `private-key-exposed`.",
            matters: "\
A private key is an identity. Those of the CAs are all identities, that of service accounts is \
all of them.",
            options: MODE_OPTIONS,
            acceptable: MODE_ACCEPTABLE,
        },
        examples: &[
            pass(
                "\
run kube-apiserver@1.31 --tls-private-key-file=/pki/a.key
file /pki/a.key 0600 root:root",
            ),
            pass("run etcd@3.5 --key-file=/pki/e.key\nfile /pki/e.key 0400 etcd:etcd"),
            fail(
                "\
run kube-apiserver@1.31 --tls-private-key-file=/pki/a.key
file /pki/a.key 0640 root:root",
            ),
            // The mode decides, even where the directory keeps everybody out.
            fail(
                "\
run kube-apiserver@1.31 --tls-private-key-file=/pki/a.key
dir /pki 0700 root:root
file /pki/a.key 0644 root:root",
            ),
            error("run kube-apiserver@1.31 --tls-private-key-file=/pki/a.key\nabsent /pki/a.key"),
            not_applicable("run kubelet@1.31"),
            not_applicable("run sshd"),
        ],
    },
    Control {
        id: "private-key-exposed",
        title: "others than its owner can read a private key of the cluster",
        vector: vector("AV:L/AC:L/Au:N/C:C/I:C/A:C"),
        applies: APPLIES,
        check: Check::Node(key_exposed),
        documentation: Documentation {
            finds: "\
Private keys, those of service accounts and CAs included, that their group or everybody can \
really read: by the mode of the key and of every directory above it. Access control lists are not \
seen.",
            matters: "\
With the CA's key one signs an administrator, with the service accounts' key one is any of them, \
with a kubelet's client key one runs commands in every pod. Nothing in the cluster shows it.",
            options: "\
- **0600 for the key**, at once; then a new key, if anybody else was on the node meanwhile.
- **0700 for the directory** as a second line, so that the next key that is copied there is safe \
too.",
            acceptable: "\
A group of its own for the one component that runs as a user of its own and reads the key through \
it.",
        },
        examples: &[
            pass(
                "\
run kube-apiserver@1.31 --tls-private-key-file=/pki/a.key
file /pki/a.key 0600 root:root",
            ),
            // Nobody but root gets as far as the key.
            pass(
                "\
run kube-apiserver@1.31 --tls-private-key-file=/pki/a.key
dir /pki 0700 root:root
file /pki/a.key 0644 root:root",
            ),
            fail(
                "\
run kube-apiserver@1.31 --tls-private-key-file=/pki/a.key
file /pki/a.key 0644 root:root",
            ),
            fail(
                "\
run kube-controller-manager@1.31 --service-account-private-key-file=/pki/sa.key
dir /pki 0750 root:staff
file /pki/sa.key 0640 root:staff",
            ),
            error(
                "\
run kube-apiserver@1.31 --tls-private-key-file=/pki/a.key
file /pki/a.key 0644 root:root
gap /pki permission-denied",
            ),
            error("run kube-apiserver@1.31 --tls-private-key-file=/pki/a.key\nabsent /pki/a.key"),
            not_applicable("run kubelet@1.31"),
            not_applicable("run sshd"),
        ],
    },
];

fn key_exposed(node: &NodeView<'_>, _: &Parameters, judge: &mut Judge<'_, '_>) {
    file::each(&[PrivateKey], Ignored, node, judge, &mut |path, found, judge| {
        let exposure = match node.exposure(path) {
            Ok(exposure) => exposure,
            Err(why) => {
                judge.error(path, format!("who can read it is not known: {why}"));
                return;
            }
        };
        let readers = match exposure.effective & 0o044 {
            0 => None,
            bits if bits & 0o004 != 0 => Some("everybody".to_owned()),
            _ => Some(format!(
                "the group {}",
                found.group.clone().unwrap_or_else(|| found.gid.to_string())
            )),
        };
        let entry = match readers {
            None => judge.pass(path, format!("only its owner {} can read it", file::owner(found))),
            Some(readers) => {
                judge.fail(path, format!("{readers} can read it")).action(Action::RestrictMode {
                    path: file::real(path, found),
                    mode: found.mode & 0o600,
                })
            }
        };
        let entry = entry
            .expected("readable by its owner alone")
            .evidence(file::state(found), Location::file(path));
        exposure.limited_by.iter().fold(entry, |entry, limit| {
            entry.evidence(limit.to_string(), Location::file(&limit.path))
        });
    });
}

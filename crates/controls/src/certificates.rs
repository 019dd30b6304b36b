//! Controls of the X.509 certificates on a node.

use merlon_model::{
    Action,
    Component::{KubeApiserver, KubeControllerManager, KubeScheduler, Kubelet},
    Location,
};
use merlon_snapshot::Certificate;
use merlon_views::{FileRole, NodeView};

use crate::control::{Applies, Check, Control, Documentation, Parameters};
use crate::file::below;
use crate::judge::{Entry, Judge};
use crate::row::{error, fail, not_applicable, pass, vector};

const APPLIES: Applies = Applies::Kubernetes;
const DAY: i64 = 86_400;

pub(crate) const CONTROLS: &[Control] = &[
    Control {
        id: "certificate-expired",
        title: "a certificate is not valid now",
        vector: vector("AV:N/AC:H/Au:N/C:P/I:P/A:C"),
        applies: APPLIES,
        check: Check::Node(|node, _, judge| {
            each(node, judge, |certificate, judge| expired(certificate, node, judge));
        }),
        documentation: Documentation {
            finds: "\
Certificates of PKI directories, kubeconfigs and configured places whose time is over or has not \
begun, by the time of the snapshot. Certificates that the kubelet has replaced and left lying \
beside `kubelet-client-current.pem` are not applicable.",
            matters: "\
What uses it stops working, or was made to work without checking: both are what an attacker waits \
for, and the second stays for years.",
            options: "\
- **Renew it** and restart what has it loaded: `kubeadm certs renew all`, the supervisor's own \
rotation, or your CA.
- **Remove it** if nothing uses it any more.",
            acceptable: "Where nothing reads the file, which is a reason to remove it.",
        },
        examples: &[
            pass("run kubelet@1.31\ncertificate /pki/a.crt not-after=2027-01-01"),
            fail("run kubelet@1.31\ncertificate /pki/a.crt not-after=2025-12-31"),
            fail(
                "run kubelet@1.31\n\
                 certificate /pki/a.crt not-before=2026-02-01 not-after=2027-01-01",
            ),
            // The kubelet has replaced this one.
            pass(
                "\
run kubelet@1.31
file /var/lib/kubelet/pki/kubelet-client-current.pem 0600 root:root
link /var/lib/kubelet/pki/kubelet-client-current.pem /var/lib/kubelet/pki/kubelet-client-2.pem
certificate /var/lib/kubelet/pki/kubelet-client-1.pem not-after=2025-06-01
certificate /var/lib/kubelet/pki/kubelet-client-2.pem not-after=2026-06-01",
            ),
            error(
                "run kubelet@1.31\ncertificate /etc/kubernetes/pki/a.crt not-after=2027-01-01\n\
                 gap /etc/kubernetes/pki/b.crt permission-denied",
            ),
            // The kubeconfig may embed a certificate.
            error(
                "\
run kubelet@1.31 --kubeconfig=/k.conf
certificate /pki/a.crt not-after=2027-01-01
gap /k.conf permission-denied",
            ),
            error("run kubelet@1.31"),
            not_applicable("run sshd"),
        ],
    },
    Control {
        id: "certificate-expiring",
        title: "a certificate expires soon",
        vector: vector("AV:N/AC:H/Au:N/C:N/I:N/A:C"),
        applies: APPLIES,
        check: Check::Node(expiring),
        documentation: Documentation {
            finds: "\
Certificates that are valid now and not in 30 days (parameter `days`), by the time of the \
snapshot. Expired ones are left to `certificate-expired`.",
            matters: "\
Certificates that expire unnoticed take the control plane down at once. What is then mended in \
haste is mended without verification.",
            options: "\
- **Renew it now**, and have renewal done by something: kubelet rotation, the supervisor, \
cert-manager.
- **Raise `days`** where a change takes longer than a month.",
            acceptable: "Where rotation is automatic and its last run is known to have worked.",
        },
        examples: &[
            pass("run kubelet@1.31\ncertificate /pki/a.crt not-after=2026-03-01"),
            fail("run kubelet@1.31\ncertificate /pki/a.crt not-after=2026-01-20"),
            not_applicable("run kubelet@1.31\ncertificate /pki/a.crt not-after=2025-12-31"),
            error(
                "run kubelet@1.31\ncertificate /etc/kubernetes/pki/a.crt not-after=2027-01-01\n\
                 gap /etc/kubernetes/pki permission-denied",
            ),
            error("run kubelet@1.31"),
            not_applicable("run sshd"),
        ],
    },
    Control {
        id: "certificate-weak-key",
        title: "a certificate is for a key that can be broken",
        vector: vector("AV:N/AC:H/Au:N/C:C/I:C/A:C"),
        applies: APPLIES,
        check: Check::Node(|node, _, judge| each(node, judge, weak_key)),
        documentation: Documentation {
            finds: "\
RSA keys of less than 2048 bits, elliptic curves of less than 224, and DSA keys. A kind of key \
that this program does not know is an error.",
            matters: "\
Whoever computes the private key from the certificate, which is public, is whoever the \
certificate names: of a CA, everybody.",
            options: "\
- **Make a new key**: ECDSA P-256, Ed25519 or RSA of 2048 bits and more, and a new certificate for \
it. For a CA that means all certificates below it.",
            acceptable: "Never for anything that faces a network.",
        },
        examples: &[
            pass("run kubelet@1.31\ncertificate /pki/a.crt key=RSA:2048"),
            pass("run kubelet@1.31\ncertificate /pki/a.crt key=ECDSA:256"),
            pass("run kubelet@1.31\ncertificate /pki/a.crt key=Ed25519:256"),
            fail("run kubelet@1.31\ncertificate /pki/a.crt key=RSA:1024"),
            fail("run kubelet@1.31\ncertificate /pki/a.crt key=ECDSA:192"),
            fail("run kubelet@1.31\ncertificate /pki/a.crt key=DSA:3072"),
            error("run kubelet@1.31\ncertificate /pki/a.crt key=1.2.3.4:99"),
            error("run kubelet@1.31"),
            not_applicable("run sshd"),
        ],
    },
    Control {
        id: "certificate-weak-signature",
        title: "a certificate is signed with a digest that can be forged",
        vector: vector("AV:N/AC:H/Au:N/C:P/I:P/A:P"),
        applies: APPLIES,
        check: Check::Node(|node, _, judge| each(node, judge, weak_signature)),
        documentation: Documentation {
            finds: "\
Signatures with MD2, MD4, MD5 or SHA-1. A root's signature of itself is not looked at, since \
nobody checks it.",
            matters: "\
Two texts with the same digest can be made for MD5 by anybody and for SHA-1 by whoever can pay. A \
signature that was given for one of them is then valid for the other, for any name. Go's own \
verification refuses them since 1.18, so such a certificate may simply stop working.",
            options: "- **Have it signed again** with SHA-256 or better.",
            acceptable: "Never for anything that is to be verified.",
        },
        examples: &[
            pass("run kubelet@1.31\ncertificate /pki/a.crt signature=sha256WithRSAEncryption"),
            pass("run kubelet@1.31\ncertificate /pki/a.crt signature=ecdsa-with-SHA256"),
            fail("run kubelet@1.31\ncertificate /pki/a.crt signature=sha1WithRSAEncryption"),
            fail("run kubelet@1.31\ncertificate /pki/a.crt signature=1.2.840.113549.1.1.5"),
            // Nobody checks how a root signed itself.
            not_applicable(
                "run kubelet@1.31\ncertificate /pki/ca.crt subject=CN=ca issuer=CN=ca \
                 signature=sha1WithRSAEncryption authority",
            ),
            error("run kubelet@1.31"),
            not_applicable("run sshd"),
        ],
    },
    Control {
        id: "certificate-admin-identity",
        title: "a certificate on the node is an administrator whom no rule binds",
        vector: vector("AV:L/AC:L/Au:N/C:C/I:C/A:C"),
        applies: APPLIES,
        check: Check::Node(admin_identity),
        documentation: Documentation {
            finds: "\
Client certificates in the group `system:masters`, which skips authorization altogether. Those \
that the API server would not take are left out: with another issuer than the CAs in its \
`--client-ca-file`, if that is known, as with the clients of kubeadm's etcd.",
            matters: "\
Whoever copies certificate and key has the whole cluster until the certificate expires: it cannot \
be revoked, and no RBAC rule takes anything from it.",
            options: "\
- **Keep it off the nodes**, for emergencies, in a safe place.
- **Use a group that RBAC binds** for daily work, as kubeadm does with `kubeadm:cluster-admins` \
since 1.29: taking the binding away takes the power away.",
            acceptable: "\
`apiserver-kubelet-client.crt` of kubeadm before 1.29: on a control plane node root has the CA's \
key anyway.",
        },
        examples: &[
            pass(
                "\
run kubelet@1.31
certificate /pki/a.crt organization=system:nodes usage=client-auth",
            ),
            fail(
                "\
run kubelet@1.31
certificate /etc/kubernetes/super-admin.conf organization=system:masters usage=client-auth",
            ),
            // A certificate without usages is good for all.
            fail("run kubelet@1.31\ncertificate /pki/a.crt organization=system:masters"),
            // It cannot be used as a client.
            pass(
                "\
run kubelet@1.31
certificate /pki/a.crt organization=system:masters usage=server-auth",
            ),
            // etcd's CA signed it, which the API server does not trust.
            pass(
                "\
run kube-apiserver@1.31 --client-ca-file=/pki/ca.crt
certificate /pki/ca.crt subject=CN=kubernetes issuer=CN=kubernetes authority
certificate /pki/e.crt issuer=CN=etcd-ca organization=system:masters usage=client-auth",
            ),
            fail(
                "\
run kube-apiserver@1.31 --client-ca-file=/pki/ca.crt
certificate /pki/ca.crt subject=CN=kubernetes issuer=CN=kubernetes authority
certificate /pki/k.crt issuer=CN=kubernetes organization=system:masters usage=client-auth",
            ),
            error("run kubelet@1.31"),
            not_applicable("run sshd"),
        ],
    },
    Control {
        id: "certificate-long-lived",
        title: "a certificate is valid for years",
        vector: vector("AV:N/AC:H/Au:S/C:P/I:P/A:N"),
        applies: APPLIES,
        check: Check::Node(long_lived),
        documentation: Documentation {
            finds: "\
Certificates, those of CAs aside, with more than 825 days (parameter `days`) between the \
beginning and the end of their time.",
            matters: "\
Kubernetes revokes no certificates: a stolen one works until it expires. And renewal that comes \
every ten years is renewal that nobody has practised.",
            options: "\
- **A year or less**, renewed by something: kubelets do it themselves, `kubeadm upgrade` does, \
and so do supervisors.
- **398 days** is what browsers accept, where one shows the API.",
            acceptable: "Where keys are kept in hardware and renewal needs people in one room.",
        },
        examples: &[
            pass(
                "\
run kubelet@1.31
certificate /pki/a.crt not-before=2025-06-01 not-after=2026-06-01",
            ),
            fail(
                "\
run kubelet@1.31
certificate /pki/a.crt not-before=2025-06-01 not-after=2035-06-01",
            ),
            not_applicable(
                "run kubelet@1.31\n\
                 certificate /pki/ca.crt not-before=2025-06-01 not-after=2035-06-01 authority",
            ),
            error("run kubelet@1.31"),
            not_applicable("run sshd"),
        ],
    },
];

/// Hands each certificate of the node to `visit`, and takes down where more may be.
fn each<'v>(
    node: &'v NodeView<'_>,
    judge: &mut Judge<'_, '_>,
    mut visit: impl FnMut(&'v Certificate, &mut Judge<'_, '_>),
) {
    for certificate in &node.node.certificates {
        if let Some(current) = replaced_by(certificate, node) {
            let why = format!("{current} has taken its place");
            judge.not_applicable(&resource(certificate), why);
        } else {
            visit(certificate, judge);
        }
    }
    let (places, mut unknown) = places(node);
    for gap in &node.node.gaps {
        let Some(path) = gap.subject.path() else { continue };
        if places.iter().any(|place| path == place || below(path, place)) {
            unknown.push(gap.to_string());
        }
    }
    if unknown.is_empty() && node.node.certificates.is_empty() {
        unknown.push("no certificate was seen on this node, and every node has some".to_owned());
    }
    for why in unknown {
        judge.error("certificates", why);
    }
}

/// Where certificates are, and why there may be other places.
fn places(node: &NodeView<'_>) -> (Vec<String>, Vec<String>) {
    let mut places = Vec::new();
    let mut unknown = Vec::new();
    let roles = [
        FileRole::PkiDirectory,
        FileRole::Certificate,
        FileRole::KubeletClientCa,
        // Kubeconfigs embed certificates.
        FileRole::AdminKubeconfig,
        FileRole::Kubeconfig(KubeControllerManager),
        FileRole::Kubeconfig(KubeScheduler),
        FileRole::Kubeconfig(Kubelet),
    ];
    for role in roles {
        let found = node.files(role);
        places.extend(found.files.into_iter().map(|file| file.path));
        if role == FileRole::Certificate {
            unknown.extend(found.unknown);
        }
    }
    let usual = ["/etc/kubernetes/pki", "/var/lib/kubelet/pki"];
    places.extend(usual.map(str::to_owned));
    (places, unknown)
}

/// The file through which the kubelet uses a newer certificate, when this is an old one of its.
fn replaced_by(certificate: &Certificate, node: &NodeView<'_>) -> Option<String> {
    let (directory, name) = certificate.path.rsplit_once('/')?;
    let kind = ["kubelet-client", "kubelet-server"]
        .into_iter()
        .find(|kind| name.strip_prefix(kind).is_some_and(|rest| rest.starts_with('-')))?;
    let current = format!("{directory}/{kind}-current.pem");
    let file = node.node.files.get(&current)?.file()?;
    let used = file.resolved.as_deref().unwrap_or(&current);
    (certificate.path != current && certificate.path != used).then_some(current)
}

/// How findings call a certificate: its file, and its place among several.
fn resource(certificate: &Certificate) -> String {
    match certificate.index {
        0 => certificate.path.clone(),
        place => format!("{}#{place}", certificate.path),
    }
}

fn seen<'f>(entry: Entry<'f>, certificate: &Certificate, statement: &str) -> Entry<'f> {
    entry.evidence(
        format!("{}: {statement}", certificate.subject),
        Location::file(&certificate.path),
    )
}

fn renewal(certificate: &Certificate, node: &NodeView<'_>) -> Action {
    let path = &certificate.path;
    let commands = match node.distribution.distribution.map(|distribution| distribution.id) {
        Some("kubeadm") => vec!["kubeadm certs renew all".to_owned()],
        Some("k3s") => vec!["k3s certificate rotate".to_owned()],
        Some("rke2") => vec!["rke2 certificate rotate".to_owned()],
        _ => Vec::new(),
    };
    Action::Manual {
        instruction: format!("renew {path} and restart what has it loaded, or remove it"),
        commands,
    }
}

/// A day as `2026-01-31`.
fn date(seconds: i64) -> String {
    let days = seconds.div_euclid(DAY) + 719_468;
    let era = days.div_euclid(146_097);
    let of_era = days.rem_euclid(146_097);
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    // Years begin in March here.
    let (month, next) = if month < 10 { (month + 3, 0) } else { (month - 9, 1) };
    format!("{:04}-{month:02}-{day:02}", year + era * 400 + next)
}

fn expired(certificate: &Certificate, node: &NodeView<'_>, judge: &mut Judge<'_, '_>) {
    let resource = resource(certificate);
    let (begin, end) = (date(certificate.not_before), date(certificate.not_after));
    let statement = format!("valid from {begin} to {end}");
    let entry = if node.now > certificate.not_after {
        judge.fail(&resource, format!("it expired on {end}")).action(renewal(certificate, node))
    } else if node.now < certificate.not_before {
        judge
            .fail(&resource, format!("it is not valid before {begin}"))
            .action(renewal(certificate, node))
    } else {
        judge.pass(&resource, statement.clone())
    };
    seen(entry, certificate, &statement).expected("valid at the time of the snapshot");
}

/// The parameter `days`, or what stands for it.
fn days(declared: i64, with: &Parameters, judge: &mut Judge<'_, '_>) -> Option<i64> {
    match with.get("days").map(str::parse) {
        None => Some(declared),
        // More days than this lie beyond every date.
        Some(Ok(days)) if (0..=3_650_000).contains(&days) => Some(days),
        Some(_) => {
            judge.error("node", "the parameter days of the benchmark is not a number of days");
            None
        }
    }
}

fn expiring(node: &NodeView<'_>, with: &Parameters, judge: &mut Judge<'_, '_>) {
    let Some(days) = days(30, with, judge) else { return };
    each(node, judge, |certificate, judge| {
        let resource = resource(certificate);
        let end = date(certificate.not_after);
        let left = certificate.not_after.saturating_sub(node.now);
        let statement = format!("valid until {end}");
        let entry = if left < 0 {
            judge.not_applicable(&resource, "it has expired: certificate-expired tells of that")
        } else if left < days * DAY {
            judge
                .fail(&resource, format!("it expires on {end}, in {} days", left / DAY))
                .action(renewal(certificate, node))
        } else {
            judge.pass(&resource, statement.clone())
        };
        seen(entry, certificate, &statement).expected(format!("valid for {days} days and more"));
    });
}

fn long_lived(node: &NodeView<'_>, with: &Parameters, judge: &mut Judge<'_, '_>) {
    let Some(days) = days(825, with, judge) else { return };
    each(node, judge, |certificate, judge| {
        let resource = resource(certificate);
        if certificate.authority {
            judge.not_applicable(&resource, "it is a CA's");
            return;
        }
        let lifetime = certificate.not_after.saturating_sub(certificate.not_before) / DAY;
        let statement = format!("valid for {lifetime} days");
        let entry = if lifetime > days {
            judge.fail(&resource, statement.clone()).action(Action::Manual {
                instruction: format!("have it signed again for {days} days or less"),
                commands: Vec::new(),
            })
        } else {
            judge.pass(&resource, statement.clone())
        };
        seen(entry, certificate, &statement).expected(format!("valid for {days} days or less"));
    });
}

fn weak_key(certificate: &Certificate, judge: &mut Judge<'_, '_>) {
    let resource = resource(certificate);
    let key = &certificate.key;
    let size = key.bits.map_or_else(|| "unknown size".to_owned(), |bits| format!("{bits} bits"));
    let statement = format!("{} of {size}", key.algorithm);
    let strong = match (key.algorithm.as_str(), key.bits) {
        ("RSA", Some(bits)) => Some(bits >= 2048),
        ("ECDSA", Some(bits)) => Some(bits >= 224),
        ("Ed25519", _) => Some(true),
        ("DSA", _) => Some(false),
        _ => None,
    };
    let entry = match strong {
        Some(true) => judge.pass(&resource, statement.clone()),
        Some(false) => judge.fail(&resource, statement.clone()).action(Action::Manual {
            instruction:
                "make a new key (ECDSA P-256, or RSA of 2048 bits) and a certificate for it"
                    .to_owned(),
            commands: Vec::new(),
        }),
        None => judge.error(&resource, format!("how strong {statement} is is not known")),
    };
    seen(entry, certificate, &statement)
        .expected("RSA of 2048 bits and more, ECDSA of 224 bits and more, or Ed25519");
}

/// Names and OIDs of signatures with digests that can be forged.
const WEAK_SIGNATURES: &[&str] = &[
    "md2WithRSAEncryption",
    "md4WithRSAEncryption",
    "md5WithRSAEncryption",
    "sha1WithRSAEncryption",
    "sha1WithRSA",
    "ecdsa-with-SHA1",
    "dsa-with-sha1",
    "dsaWithSHA1",
    "1.2.840.113549.1.1.2",
    "1.2.840.113549.1.1.3",
    "1.2.840.113549.1.1.4",
    "1.2.840.113549.1.1.5",
    "1.2.840.10040.4.3",
    "1.2.840.10045.4.1",
    "1.3.14.3.2.29",
];

fn weak_signature(certificate: &Certificate, judge: &mut Judge<'_, '_>) {
    let resource = resource(certificate);
    if certificate.authority && certificate.subject == certificate.issuer {
        judge.not_applicable(&resource, "it is a root, whose signature of itself nobody checks");
        return;
    }
    let algorithm = certificate.signature_algorithm.as_str();
    let statement = format!("signed with {algorithm}");
    let weak = WEAK_SIGNATURES.iter().any(|weak| weak.eq_ignore_ascii_case(algorithm));
    let entry = if weak {
        judge.fail(&resource, statement.clone()).action(Action::Manual {
            instruction: "have it signed again with SHA-256 or better".to_owned(),
            commands: Vec::new(),
        })
    } else {
        judge.pass(&resource, statement.clone())
    };
    seen(entry, certificate, &statement).expected("signed with SHA-256 or better");
}

fn admin_identity(node: &NodeView<'_>, _: &Parameters, judge: &mut Judge<'_, '_>) {
    let trusted = trusted_issuers(node);
    each(node, judge, |certificate, judge| {
        let resource = resource(certificate);
        let usages = &certificate.extended_key_usages;
        let client = usages.is_empty()
            || usages.iter().any(|usage| usage == "client auth" || usage == "any");
        let master = certificate.organizations.iter().any(|group| group == "system:masters");
        let groups = match certificate.organizations.join(", ") {
            groups if groups.is_empty() => "in no group".to_owned(),
            groups => format!("in {groups}"),
        };
        let taken =
            trusted.as_ref().is_none_or(|names| names.contains(&certificate.issuer.as_str()));
        let entry = if certificate.authority || !client || !master {
            judge.pass(&resource, "it is no client in system:masters")
        } else if !taken {
            let why = format!("the API server does not trust its issuer {}", certificate.issuer);
            judge.pass(&resource, why)
        } else {
            judge.fail(&resource, "it is a client in system:masters").action(Action::Manual {
                instruction: format!(
                    "take {} off the node if nothing here needs it, and use an identity that RBAC \
                     binds",
                    certificate.path
                ),
                commands: Vec::new(),
            })
        };
        seen(entry, certificate, &format!("{groups}, issued by {}", certificate.issuer))
            .expected("no client certificate in system:masters");
    });
}

/// The subjects of the CAs that the API server takes clients of; `None` where that is not known.
fn trusted_issuers<'v>(node: &'v NodeView<'_>) -> Option<Vec<&'v str>> {
    let paths = node.instances(KubeApiserver).iter().filter_map(|instance| {
        instance.path("client-ca-file").ok().flatten().map(|(path, _)| path)
    });
    let paths: Vec<String> = paths.collect();
    let authorities =
        node.node.certificates.iter().filter(|certificate| paths.contains(&certificate.path));
    let subjects: Vec<&str> = authorities.map(|certificate| certificate.subject.as_str()).collect();
    (!subjects.is_empty()).then_some(subjects)
}

#[cfg(test)]
mod tests {
    use super::{DAY, date};

    #[test]
    fn days_have_dates() {
        let check = |days: i64, expected: &str| {
            assert_eq!(date(days * DAY), expected);
            assert_eq!(date(days * DAY + DAY - 1), expected);
        };
        check(0, "1970-01-01");
        check(-1, "1969-12-31");
        check(19_782, "2024-02-29");
        check(19_783, "2024-03-01");
        check(20_454, "2026-01-01");
        check(2_932_896, "9999-12-31");
    }
}

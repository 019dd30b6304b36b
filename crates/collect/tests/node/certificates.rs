//! Certificates in files, directories and kubeconfigs.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use merlon_snapshot::{Cause, Certificate, DocumentKind, Want};
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    KeyUsagePurpose, SanType,
};

use crate::tree::{Tree, check_gap};

struct Issued {
    certificate: Vec<u8>,
    pem: String,
    key: String,
}

fn issued() -> Issued {
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    params.subject_alt_names.push(SanType::IpAddress("10.0.0.1".parse().unwrap()));
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::OrganizationName, "system:masters");
    params.distinguished_name.push(DnType::CommonName, "admin, #1");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature, KeyUsagePurpose::KeyCertSign];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    params.not_before = rcgen::date_time_ymd(2025, 1, 2);
    params.not_after = rcgen::date_time_ymd(2035, 1, 2);
    let certificate = params.self_signed(&key).unwrap();
    Issued {
        pem: certificate.pem(),
        certificate: certificate.der().to_vec(),
        key: key.serialize_pem(),
    }
}

#[test]
fn certificates_say_what_they_are() {
    let tree = Tree::new();
    let issued = issued();
    tree.file("etc/pki/a.crt", format!("{}\n{}{}", issued.key, issued.pem, issued.pem));
    tree.file("etc/pki/b.cer", &issued.certificate);
    let node = tree
        .collect(&[("/etc/pki/a.crt", Want::Certificates), ("/etc/pki/b.cer", Want::Certificates)]);
    assert_eq!(node.gaps, []);
    let places: Vec<(&str, u32)> = node
        .certificates
        .iter()
        .map(|certificate| (certificate.path.as_str(), certificate.index))
        .collect();
    assert_eq!(places, [("/etc/pki/a.crt", 0), ("/etc/pki/a.crt", 1), ("/etc/pki/b.cer", 0)]);
    let Certificate {
        subject,
        issuer,
        common_name,
        organizations,
        alternative_names,
        not_before,
        not_after,
        key,
        signature_algorithm,
        authority,
        key_usages,
        extended_key_usages,
        key_fingerprint,
        fingerprint,
        ..
    } = &node.certificates[0];
    assert_eq!(subject, "CN=admin\\, #1,O=system:masters");
    assert_eq!(issuer, subject);
    assert_eq!(common_name.as_deref(), Some("admin, #1"));
    assert_eq!(organizations, &["system:masters"]);
    assert_eq!(alternative_names, &["localhost", "10.0.0.1"]);
    assert_eq!((*not_before, *not_after), (1_735_776_000, 2_051_308_800));
    assert_eq!((key.algorithm.as_str(), key.bits), ("ECDSA", Some(256)));
    assert_eq!(signature_algorithm, "ecdsa-with-SHA256");
    assert!(authority);
    assert_eq!(key_usages, &["digital signature", "cert sign"]);
    assert_eq!(extended_key_usages, &["client auth"]);
    assert_eq!((fingerprint.len(), key_fingerprint.len()), (64, 64));
    assert!(node.certificates.iter().all(|each| each.fingerprint == *fingerprint));
}

#[test]
fn directories_are_searched_but_keys_are_not_read() {
    let tree = Tree::new();
    let issued = issued();
    tree.file("etc/pki/ca.crt", &issued.pem);
    tree.file("etc/pki/ca.key", &issued.key);
    tree.file("etc/pki/etcd/peer.pem", &issued.pem);
    tree.file("etc/pki/etcd/peer-key.pem", &issued.key);
    tree.file("etc/pki/etcd/lone.pem", &issued.key);
    tree.file("etc/pki/1/2/3/4/deep.crt", &issued.pem);
    tree.file("etc/pki/1/2/3/4/5/deeper.crt", &issued.pem);
    tree.link("etc/pki/current.pem", "etcd/peer.pem");
    tree.link("etc/pki/up", "..");
    let node = tree.collect(&[("/etc/pki", Want::Certificates)]);
    let paths: Vec<&str> =
        node.certificates.iter().map(|certificate| certificate.path.as_str()).collect();
    let expected = [
        "/etc/pki/1/2/3/4/deep.crt",
        "/etc/pki/ca.crt",
        "/etc/pki/current.pem",
        "/etc/pki/etcd/peer.pem",
    ];
    assert_eq!(paths, expected);
    for key in ["/etc/pki/ca.key", "/etc/pki/etcd/peer-key.pem", "/etc/pki/etcd/lone.pem"] {
        assert!(node.files[key].file().is_some(), "{key}");
    }
    assert_eq!(node.gaps.len(), 1, "{:?}", node.gaps);
    check_gap(&node, "/etc/pki/1/2/3/4/5", Cause::LimitReached);
    let all = format!("{node:?}");
    assert!(issued.key.lines().nth(1).is_some_and(|line| !all.contains(line)));
}

#[test]
fn kubeconfigs_carry_certificates() {
    let tree = Tree::new();
    let issued = issued();
    let data = STANDARD.encode(&issued.pem);
    let key = STANDARD.encode(&issued.key);
    tree.file(
        "etc/kubernetes/admin.conf",
        format!(
            "clusters:\n- name: k\n  cluster: {{certificate-authority-data: {data}}}\n\
             users:\n- name: u\n  user:\n    client-certificate-data: {data}\n    client-key-data: {key}\n"
        ),
    );
    let path = "/etc/kubernetes/admin.conf";
    let node = tree.collect(&[(path, Want::Document(DocumentKind::Kubeconfig))]);
    assert_eq!(node.gaps, []);
    assert_eq!(node.certificates.len(), 2);
    assert!(node.certificates.iter().all(|certificate| certificate.path == path));
    assert_eq!(node.documents[path].redactions, 3);
    assert!(!format!("{node:?}").contains(&key));
}

#[test]
fn broken_certificates_are_gaps() {
    let tree = Tree::new();
    let issued = issued();
    let half = &issued.pem[..issued.pem.len() / 2];
    tree.file("etc/half.crt", half);
    tree.file("etc/words.crt", "not a certificate\n");
    tree.file("etc/empty.crt", "");
    tree.file("etc/der.crt", &issued.certificate[..100]);
    tree.file(
        "etc/inner.crt",
        format!("-----BEGIN CERTIFICATE-----\nQUJD\n-----END CERTIFICATE-----\n{}", issued.pem),
    );
    let paths =
        ["/etc/half.crt", "/etc/words.crt", "/etc/empty.crt", "/etc/der.crt", "/etc/inner.crt"];
    let wanted = paths.map(|path| (path, Want::Certificates));
    let node = tree.collect(&wanted);
    for path in ["/etc/half.crt", "/etc/words.crt", "/etc/der.crt", "/etc/inner.crt"] {
        check_gap(&node, path, Cause::Unparsable);
    }
    assert!(node.gap_at("/etc/empty.crt").is_none());
    assert_eq!(node.certificates.len(), 1);
    assert_eq!(node.certificates[0].index, 1);
}

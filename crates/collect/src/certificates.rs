//! Certificates: what they say of themselves.

use std::fmt::Write as _;
use std::net::{Ipv4Addr, Ipv6Addr};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use merlon_snapshot::{Cause, Certificate, PublicKey};
use merlon_yaml::Node;
use ring::digest::{SHA256, digest};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use x509_parser::extensions::{ExtendedKeyUsage, GeneralName, KeyUsage};
use x509_parser::prelude::{FromDer, X509Certificate};
use x509_parser::x509::{SubjectPublicKeyInfo, X509Name};

use crate::secrets;
use crate::trouble::Trouble;

/// The certificates of a file, and what was wrong with others in it.
#[derive(Debug, Default)]
pub(crate) struct Certificates {
    pub(crate) certificates: Vec<Certificate>,
    pub(crate) troubles: Vec<Trouble>,
}

/// Whether a file is named as certificates are; keys are not even read.
pub(crate) fn is_named_like_one(name: &str) -> bool {
    [".crt", ".pem", ".cert", ".cer"].iter().any(|end| name.ends_with(end))
        && !name.ends_with("-key.pem")
        && !name.ends_with(".key.pem")
}

/// Reads every certificate of a file in PEM or DER. Of keys in it nothing is kept.
pub(crate) fn read(path: &str, bytes: &[u8]) -> Certificates {
    let mut read = Certificates::default();
    if bytes.first() == Some(&0x30) {
        read.add(path, bytes);
    } else if is_pem(bytes) {
        read.add_pem(path, bytes);
    } else if !bytes.trim_ascii().is_empty() {
        let trouble = Trouble::new(Cause::Unparsable, "neither PEM nor DER");
        read.troubles.push(trouble);
    }
    read
}

/// Reads the certificates that stand in a kubeconfig, authorities and clients.
pub(crate) fn embedded(path: &str, text: &str) -> Certificates {
    let mut read = Certificates::default();
    // What is no kubeconfig is noted when it is to be kept.
    let Ok(parsed) = secrets::read_tree(text) else {
        return read;
    };
    for document in &parsed.documents {
        let places = [
            ("clusters", "cluster", "certificate-authority-data"),
            ("users", "user", "client-certificate-data"),
        ];
        for (list, item, field) in places {
            let items = document.root.get(list).and_then(Node::as_sequence);
            for each in items.unwrap_or_default() {
                let data = each.path(&[item, field]).and_then(Node::as_str);
                match data.map(|data| STANDARD.decode(data.trim())) {
                    None => {}
                    Some(Ok(bytes)) if is_pem(&bytes) => read.add_pem(path, &bytes),
                    Some(_) => read.troubles.push(Trouble::new(
                        Cause::Unparsable,
                        format!("{field} is not PEM in Base64"),
                    )),
                }
            }
        }
    }
    read
}

fn is_pem(bytes: &[u8]) -> bool {
    const MARK: &[u8] = b"-----BEGIN ";
    bytes.windows(MARK.len()).any(|window| window == MARK)
}

impl Certificates {
    fn add_pem(&mut self, path: &str, bytes: &[u8]) {
        for block in CertificateDer::pem_slice_iter(bytes) {
            match block {
                Ok(block) => self.add(path, &block),
                Err(_) => {
                    let trouble = Trouble::new(Cause::Unparsable, "a broken PEM block");
                    self.troubles.push(trouble);
                    break;
                }
            }
        }
    }

    fn add(&mut self, path: &str, der: &[u8]) {
        let index = self.certificates.len() + self.troubles.len();
        let parsed = X509Certificate::from_der(der)
            .map_err(|_| "not an X.509 certificate")
            .and_then(|(_, parsed)| described(&parsed, der));
        match parsed {
            Ok(certificate) => self.certificates.push(Certificate {
                path: path.to_owned(),
                index: u32::try_from(index).unwrap_or(u32::MAX),
                ..certificate
            }),
            Err(what) => self
                .troubles
                .push(Trouble::new(Cause::Unparsable, format!("certificate {index}: {what}"))),
        }
    }
}

fn described(parsed: &X509Certificate<'_>, der: &[u8]) -> Result<Certificate, &'static str> {
    const TWICE: &str = "an extension is broken or there twice";
    let key = parsed.public_key();
    let usage = parsed.key_usage().map_err(|_| TWICE)?;
    let extended = parsed.extended_key_usage().map_err(|_| TWICE)?;
    let basic = parsed.basic_constraints().map_err(|_| TWICE)?;
    let names = parsed.subject_alternative_name().map_err(|_| TWICE)?;
    let texts = |name: fn(&X509Name<'_>) -> Vec<String>| name(parsed.subject());
    Ok(Certificate {
        path: String::new(),
        index: 0,
        subject: name_text(parsed.subject()),
        issuer: name_text(parsed.issuer()),
        common_name: texts(common_names).into_iter().next_back(),
        organizations: texts(organizations),
        alternative_names: names
            .map(|names| {
                let names = &names.value.general_names;
                names.iter().filter_map(alternative_name).collect()
            })
            .unwrap_or_default(),
        not_before: parsed.validity().not_before.timestamp(),
        not_after: parsed.validity().not_after.timestamp(),
        key: public_key(key),
        signature_algorithm: signature_algorithm(
            &parsed.signature_algorithm.algorithm.to_id_string(),
        ),
        authority: basic.is_some_and(|basic| basic.value.ca),
        key_usages: usage.map(|usage| key_usages(usage.value)).unwrap_or_default(),
        extended_key_usages: extended
            .map(|usage| extended_key_usages(usage.value))
            .unwrap_or_default(),
        key_fingerprint: fingerprint(key.raw),
        fingerprint: fingerprint(der),
    })
}

fn fingerprint(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(64);
    for byte in digest(&SHA256, bytes).as_ref() {
        // Writing to a string does not fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

fn common_names(name: &X509Name<'_>) -> Vec<String> {
    name.iter_common_name().filter_map(|each| Some(each.as_str().ok()?.to_owned())).collect()
}

fn organizations(name: &X509Name<'_>) -> Vec<String> {
    name.iter_organization().filter_map(|each| Some(each.as_str().ok()?.to_owned())).collect()
}

/// A name as RFC 4514 writes it: the last part first, special characters escaped.
fn name_text(name: &X509Name<'_>) -> String {
    let mut parts: Vec<String> = name
        .iter_rdn()
        .map(|part| {
            let pairs: Vec<String> = part
                .iter()
                .map(|pair| {
                    let oid = pair.attr_type().to_id_string();
                    match pair.as_str() {
                        Ok(value) => format!("{}={}", short_name(&oid), escaped(value)),
                        Err(_) => format!("{oid}=#{}", hexadecimal(pair.as_slice())),
                    }
                })
                .collect();
            pairs.join("+")
        })
        .collect();
    parts.reverse();
    parts.join(",")
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a string does not fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn short_name(oid: &str) -> &str {
    match oid {
        "2.5.4.3" => "CN",
        "2.5.4.6" => "C",
        "2.5.4.7" => "L",
        "2.5.4.8" => "ST",
        "2.5.4.9" => "STREET",
        "2.5.4.10" => "O",
        "2.5.4.11" => "OU",
        "0.9.2342.19200300.100.1.1" => "UID",
        "0.9.2342.19200300.100.1.25" => "DC",
        oid => oid,
    }
}

fn escaped(value: &str) -> String {
    let mut text = String::with_capacity(value.len());
    let last = value.chars().count().saturating_sub(1);
    for (place, symbol) in value.chars().enumerate() {
        match symbol {
            '"' | '+' | ',' | ';' | '<' | '>' | '\\' => text.push('\\'),
            ' ' if place == 0 || place == last => text.push('\\'),
            '#' if place == 0 => text.push('\\'),
            '\0' => {
                text.push_str("\\00");
                continue;
            }
            _ => {}
        }
        text.push(symbol);
    }
    text
}

fn alternative_name(name: &GeneralName<'_>) -> Option<String> {
    match name {
        GeneralName::DNSName(name) | GeneralName::RFC822Name(name) | GeneralName::URI(name) => {
            Some((*name).to_owned())
        }
        GeneralName::IPAddress(bytes) => {
            let four = <[u8; 4]>::try_from(*bytes).map(|four| Ipv4Addr::from(four).to_string());
            let sixteen = <[u8; 16]>::try_from(*bytes).map(|six| Ipv6Addr::from(six).to_string());
            four.or(sixteen).ok()
        }
        _ => None,
    }
}

fn public_key(key: &SubjectPublicKeyInfo<'_>) -> PublicKey {
    use x509_parser::public_key::PublicKey as Parsed;

    let oid = key.algorithm.algorithm.to_id_string();
    let (algorithm, bits) = match (oid.as_str(), key.parsed()) {
        ("1.2.840.113549.1.1.1" | "1.2.840.113549.1.1.10", Ok(Parsed::RSA(rsa))) => {
            ("RSA", Some(bit_length(rsa.modulus)))
        }
        ("1.2.840.113549.1.1.1" | "1.2.840.113549.1.1.10", _) => ("RSA", None),
        ("1.2.840.10045.2.1", _) => ("ECDSA", curve_bits(key)),
        ("1.2.840.10040.4.1", Ok(Parsed::DSA(_))) => ("DSA", None),
        ("1.3.101.112", _) => ("Ed25519", Some(256)),
        (oid, _) => (oid, None),
    };
    PublicKey { algorithm: algorithm.to_owned(), bits }
}

fn bit_length(number: &[u8]) -> u32 {
    let digits = number.iter().position(|byte| *byte != 0).map_or(&[][..], |at| &number[at..]);
    let first = digits.first().map_or(0, |first| first.leading_zeros());
    u32::try_from(digits.len() * 8).unwrap_or(u32::MAX).saturating_sub(first)
}

fn curve_bits(key: &SubjectPublicKeyInfo<'_>) -> Option<u32> {
    let curve = key.algorithm.parameters.as_ref()?.as_oid().ok()?;
    match curve.to_id_string().as_str() {
        "1.2.840.10045.3.1.7" => Some(256),
        "1.3.132.0.33" => Some(224),
        "1.3.132.0.34" => Some(384),
        "1.3.132.0.35" => Some(521),
        "1.3.132.0.10" => Some(256),
        _ => None,
    }
}

fn signature_algorithm(oid: &str) -> String {
    match oid {
        "1.2.840.113549.1.1.4" => "md5WithRSAEncryption",
        "1.2.840.113549.1.1.5" => "sha1WithRSAEncryption",
        "1.2.840.113549.1.1.10" => "rsassaPss",
        "1.2.840.113549.1.1.11" => "sha256WithRSAEncryption",
        "1.2.840.113549.1.1.12" => "sha384WithRSAEncryption",
        "1.2.840.113549.1.1.13" => "sha512WithRSAEncryption",
        "1.2.840.10045.4.1" => "ecdsa-with-SHA1",
        "1.2.840.10045.4.3.2" => "ecdsa-with-SHA256",
        "1.2.840.10045.4.3.3" => "ecdsa-with-SHA384",
        "1.2.840.10045.4.3.4" => "ecdsa-with-SHA512",
        "1.3.101.112" => "ed25519",
        oid => oid,
    }
    .to_owned()
}

/// The names of `k8s.io/api/certificates/v1`.
fn key_usages(usage: &KeyUsage) -> Vec<String> {
    let usages = [
        (usage.digital_signature(), "digital signature"),
        (usage.non_repudiation(), "content commitment"),
        (usage.key_encipherment(), "key encipherment"),
        (usage.data_encipherment(), "data encipherment"),
        (usage.key_agreement(), "key agreement"),
        (usage.key_cert_sign(), "cert sign"),
        (usage.crl_sign(), "crl sign"),
        (usage.encipher_only(), "encipher only"),
        (usage.decipher_only(), "decipher only"),
    ];
    chosen(&usages)
}

fn extended_key_usages(usage: &ExtendedKeyUsage<'_>) -> Vec<String> {
    let mut usages = chosen(&[
        (usage.any, "any"),
        (usage.server_auth, "server auth"),
        (usage.client_auth, "client auth"),
        (usage.code_signing, "code signing"),
        (usage.email_protection, "email protection"),
        (usage.time_stamping, "timestamping"),
        (usage.ocsp_signing, "ocsp signing"),
    ]);
    usages.extend(usage.other.iter().map(x509_parser::der_parser::Oid::to_id_string));
    usages
}

fn chosen(usages: &[(bool, &str)]) -> Vec<String> {
    usages.iter().filter(|(is_set, _)| *is_set).map(|(_, name)| (*name).to_owned()).collect()
}

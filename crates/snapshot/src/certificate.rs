use serde::{Deserialize, Serialize};

/// What one X.509 certificate says of itself.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Certificate {
    /// The file it stands in: a PEM file, or a kubeconfig that embeds it.
    pub path: String,
    /// Its place in the file, from 0.
    pub index: u32,
    /// The subject as an RFC 4514 text.
    pub subject: String,
    /// The issuer as an RFC 4514 text.
    pub issuer: String,
    /// The subject's common name.
    pub common_name: Option<String>,
    /// The subject's organisations, which Kubernetes reads as groups.
    pub organizations: Vec<String>,
    /// DNS names and addresses it is valid for.
    pub alternative_names: Vec<String>,
    /// Start of validity, in seconds since 1970-01-01 UTC.
    pub not_before: i64,
    /// End of validity, in seconds since 1970-01-01 UTC.
    pub not_after: i64,
    /// The key that it certifies.
    pub key: PublicKey,
    /// The signature's algorithm: `sha256WithRSAEncryption`, or the OID in dots.
    pub signature_algorithm: String,
    /// Whether it may sign other certificates.
    pub authority: bool,
    /// The key usages, as Kubernetes names them: `digital signature`, `cert sign`.
    pub key_usages: Vec<String>,
    /// The extended key usages: `client auth`, `server auth`.
    pub extended_key_usages: Vec<String>,
    /// SHA-256 of the subject's public key info, in hexadecimal: the same key has the same one.
    pub key_fingerprint: String,
    /// SHA-256 of the certificate, in hexadecimal.
    pub fingerprint: String,
}

/// A certified key's kind and size.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct PublicKey {
    /// `RSA`, `ECDSA`, `Ed25519`, `DSA`, or the OID in dots.
    pub algorithm: String,
    /// The size in bits; for ECDSA the curve's.
    pub bits: Option<u32>,
}

use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyPair, KeyUsagePurpose, SanType,
};

use crate::home::write_in;

const PKI: &str = "/etc/kubernetes/pki";

/// A certificate and its private key, both PEM.
#[derive(Clone, Debug)]
pub(crate) struct Certified {
    pub(crate) certificate: String,
    pub(crate) key: String,
}

/// A certificate authority.
#[derive(Debug)]
pub(crate) struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    pub(crate) fn new(common_name: &str) -> Result<Authority, rcgen::Error> {
        let mut parameters = named(common_name, None)?;
        parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        parameters.key_usages = vec![
            KeyUsagePurpose::DigitalSignature,
            KeyUsagePurpose::KeyEncipherment,
            KeyUsagePurpose::KeyCertSign,
        ];
        CertifiedIssuer::self_signed(parameters, KeyPair::generate()?).map(Authority)
    }

    /// The authority's own certificate, PEM.
    pub(crate) fn certificate(&self) -> String {
        self.0.pem()
    }

    fn certified(&self) -> Certified {
        Certified { certificate: self.certificate(), key: self.0.key().serialize_pem() }
    }

    /// A client certificate. Kubernetes takes the common name for the user and the organization for the group.
    pub(crate) fn client(
        &self,
        user: &str,
        group: Option<&str>,
    ) -> Result<Certified, rcgen::Error> {
        let mut parameters = named(user, group)?;
        parameters.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        self.sign(parameters)
    }

    /// A certificate for a server that listens on loopback and may be called any of `names` too.
    pub(crate) fn server(
        &self,
        common_name: &str,
        names: &[&str],
        usages: &[ExtendedKeyUsagePurpose],
    ) -> Result<Certified, rcgen::Error> {
        let mut parameters = named(common_name, None)?;
        for name in names.iter().chain(&["localhost"]) {
            parameters.subject_alt_names.push(SanType::DnsName((*name).try_into()?));
        }
        parameters.subject_alt_names.push(SanType::IpAddress(IpAddr::V4(Ipv4Addr::LOCALHOST)));
        parameters.extended_key_usages = usages.to_vec();
        self.sign(parameters)
    }

    fn sign(&self, mut parameters: CertificateParams) -> Result<Certified, rcgen::Error> {
        parameters.key_usages =
            vec![KeyUsagePurpose::DigitalSignature, KeyUsagePurpose::KeyEncipherment];
        let key = KeyPair::generate()?;
        let certificate = parameters.signed_by(&key, &self.0)?;
        Ok(Certified { certificate: certificate.pem(), key: key.serialize_pem() })
    }
}

fn named(common_name: &str, organization: Option<&str>) -> Result<CertificateParams, rcgen::Error> {
    let mut parameters = CertificateParams::new(Vec::new())?;
    parameters.distinguished_name = rcgen::DistinguishedName::new();
    parameters.distinguished_name.push(DnType::CommonName, common_name);
    if let Some(organization) = organization {
        parameters.distinguished_name.push(DnType::OrganizationName, organization);
    }
    Ok(parameters)
}

/// What is needed of a cluster's keys after its files are written.
#[derive(Debug)]
pub(crate) struct Pki {
    pub(crate) cluster: Authority,
    /// What the API server's aggregation layer proves itself with.
    pub(crate) front_proxy_client: Certified,
}

/// Why the certificates could not be made.
#[derive(Debug, thiserror::Error)]
pub enum PkiError {
    /// A key or certificate could not be made.
    #[error("cannot make a certificate: {0}")]
    Certificate(#[from] rcgen::Error),
    /// A file could not be written.
    #[error("cannot write a certificate: {0}")]
    Write(#[from] std::io::Error),
}

impl Pki {
    /// Makes every certificate and key that `kubeadm init` makes, in the same files below `root`.
    pub(crate) fn create(root: &Path, node: &str) -> Result<Pki, PkiError> {
        use ExtendedKeyUsagePurpose::{ClientAuth, ServerAuth};

        let cluster = Authority::new("kubernetes")?;
        let etcd = Authority::new("etcd-ca")?;
        let front_proxy = Authority::new("front-proxy-ca")?;
        let front_proxy_client = front_proxy.client("front-proxy-client", None)?;
        let api_names = [
            node,
            "kubernetes",
            "kubernetes.default",
            "kubernetes.default.svc",
            "kubernetes.default.svc.cluster.local",
        ];
        let kubelet_client =
            cluster.client("kube-apiserver-kubelet-client", Some("kubeadm:cluster-admins"))?;
        let both = [ServerAuth, ClientAuth];
        let pairs = [
            ("ca", cluster.certified()),
            ("apiserver", cluster.server("kube-apiserver", &api_names, &both[..1])?),
            ("apiserver-kubelet-client", kubelet_client),
            ("apiserver-etcd-client", etcd.client("kube-apiserver-etcd-client", None)?),
            ("front-proxy-ca", front_proxy.certified()),
            ("front-proxy-client", front_proxy_client.clone()),
            ("etcd/ca", etcd.certified()),
            ("etcd/server", etcd.server(node, &[node], &both)?),
            ("etcd/peer", etcd.server(node, &[node], &both)?),
            ("etcd/healthcheck-client", etcd.client("kube-etcd-healthcheck-client", None)?),
        ];
        for (name, pair) in &pairs {
            write_pair(root, &format!("{PKI}/{name}"), pair)?;
        }
        let signer = KeyPair::generate()?;
        write_in(root, &format!("{PKI}/sa.key"), signer.serialize_pem().as_bytes(), 0o600)?;
        write_in(root, &format!("{PKI}/sa.pub"), signer.public_key_pem().as_bytes(), 0o600)?;
        Ok(Pki { cluster, front_proxy_client })
    }

    /// The bundle a client needs that talks to any server of the cluster.
    pub(crate) fn trust(&self) -> String {
        self.cluster.certificate()
    }
}

/// Writes `<path>.crt` and `<path>.key` with kubeadm's permissions.
pub(crate) fn write_pair(root: &Path, path: &str, pair: &Certified) -> std::io::Result<()> {
    write_in(root, &format!("{path}.crt"), pair.certificate.as_bytes(), 0o644)?;
    write_in(root, &format!("{path}.key"), pair.key.as_bytes(), 0o600)
}

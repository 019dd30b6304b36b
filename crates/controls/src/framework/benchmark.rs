use std::fmt;

use super::section::{self, Section};

/// A benchmark or framework: numbered sections that controls answer.
#[derive(Debug)]
pub struct Benchmark {
    /// The id that people name it by, as in `--benchmark cis-1.12`.
    pub id: &'static str,
    /// Its name for people.
    pub name: &'static str,
    /// The distribution it is for, an id of [`merlon_views::distribution`]; `None` when it is for
    /// Kubernetes as upstream ships it.
    pub distribution: Option<&'static str>,
    /// The releases it is known to cover; `None` when it is never chosen by itself.
    pub releases: Option<Releases>,
    /// What a reader of its results has to know besides.
    pub note: Option<&'static str>,
    table: &'static str,
}

impl Benchmark {
    /// Its sections in the order of their ids. Read from the table on each call.
    ///
    /// # Panics
    /// Never: every table is read in a test.
    #[must_use]
    pub fn sections(&self) -> Vec<Section> {
        section::read(self.table, crate::find).expect("every table is read in a test")
    }

    #[cfg(test)]
    pub(super) const fn table(&self) -> &'static str {
        self.table
    }
}

/// Minor releases of Kubernetes, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Releases {
    /// The first.
    pub from: (u32, u32),
    /// The last.
    pub to: (u32, u32),
}

impl fmt::Display for Releases {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (major, minor) = self.from;
        write!(formatter, "{major}.{minor}")?;
        if self.to == self.from {
            return Ok(());
        }
        let (major, minor) = self.to;
        write!(formatter, " to {major}.{minor}")
    }
}

/// Every benchmark: those of upstream first, then by distribution, each from old to new.
#[must_use]
pub fn benchmarks() -> &'static [Benchmark] {
    BENCHMARKS
}

/// The benchmark of that id.
#[must_use]
pub fn find(id: &str) -> Option<&'static Benchmark> {
    BENCHMARKS.iter().find(|benchmark| benchmark.id == id)
}

/// A row of the list: `id, name, distribution, releases 1.x to 1.y, note`.
macro_rules! benchmark {
    ($id:literal, $name:literal, $distribution:expr, $releases:expr, $note:expr) => {
        Benchmark {
            id: $id,
            name: $name,
            distribution: $distribution,
            releases: $releases,
            note: $note,
            table: include_str!(concat!("../../frameworks/", $id, ".csv")),
        }
    };
}

const fn minors(from: u32, to: u32) -> Option<Releases> {
    Some(Releases { from: (1, from), to: (1, to) })
}

const UPSTREAM: Option<&str> = None;
const BY_NAME_ONLY: Option<Releases> = None;

/// The releases are those the publishers name. OpenShift's own numbers are told by the release of
/// Kubernetes inside: 3.10 has 1.10, 4.1 has 1.13, and from there both count together.
#[rustfmt::skip]
const BENCHMARKS: &[Benchmark] = &[
    benchmark!("cis-1.5", "CIS Kubernetes Benchmark 1.5", UPSTREAM, minors(15, 15), None),
    benchmark!("cis-1.6", "CIS Kubernetes Benchmark 1.6", UPSTREAM, minors(16, 18), None),
    benchmark!("cis-1.20", "CIS Kubernetes 1.20 Benchmark 1.0", UPSTREAM, minors(19, 21), None),
    benchmark!("cis-1.23", "CIS Kubernetes 1.23 Benchmark 1.0", UPSTREAM, minors(22, 23), None),
    benchmark!("cis-1.24", "CIS Kubernetes 1.24 Benchmark 1.0", UPSTREAM, minors(24, 24), None),
    benchmark!("cis-1.7", "CIS Kubernetes Benchmark 1.7", UPSTREAM, minors(25, 25), None),
    benchmark!("cis-1.8", "CIS Kubernetes Benchmark 1.8", UPSTREAM, minors(26, 26), None),
    benchmark!("cis-1.9", "CIS Kubernetes Benchmark 1.9", UPSTREAM, minors(27, 27), None),
    benchmark!("cis-1.10", "CIS Kubernetes Benchmark 1.10", UPSTREAM, minors(28, 28), None),
    benchmark!("cis-1.11", "CIS Kubernetes Benchmark 1.11", UPSTREAM, minors(29, 31), None),
    benchmark!("cis-1.12", "CIS Kubernetes Benchmark 1.12", UPSTREAM, minors(32, 34), None),
    benchmark!("cis-2.0", "CIS Kubernetes Benchmark 2.0", UPSTREAM, minors(34, 35),
        Some("its sections are derived from 1.12, whose numbers and recommendations it keeps")),
    benchmark!("kspm", "KSPM host security", UPSTREAM, BY_NAME_ONLY,
        Some("eleven ids about the kubelet's files and settings")),
    benchmark!("pod-security-standards", "Kubernetes Pod Security Standards", UPSTREAM, BY_NAME_ONLY,
        Some("each level as a whole, by the rules of the release or of the version that a namespace pins")),

    benchmark!("ack-1.0", "CIS Alibaba Cloud ACK Benchmark 1.0", Some("ack"), minors(16, 18), None),
    benchmark!("aks-1.0", "CIS Azure AKS Benchmark 1.0", Some("aks"), minors(19, 24), None),
    benchmark!("aks-1.7", "CIS Azure AKS Benchmark 1.7", Some("aks"), minors(25, 31), None),
    benchmark!("aks-1.8", "CIS Azure AKS Benchmark 1.8", Some("aks"), minors(32, 34), None),
    benchmark!("eks-1.0.1", "CIS Amazon EKS Benchmark 1.0.1", Some("eks"), minors(15, 19), None),
    benchmark!("eks-1.1.0", "CIS Amazon EKS Benchmark 1.1.0", Some("eks"), BY_NAME_ONLY, None),
    benchmark!("eks-1.2.0", "CIS Amazon EKS Benchmark 1.2.0", Some("eks"), BY_NAME_ONLY, None),
    benchmark!("eks-1.5.0", "CIS Amazon EKS Benchmark 1.5.0", Some("eks"), minors(20, 28), None),
    benchmark!("eks-1.7.0", "CIS Amazon EKS Benchmark 1.7.0", Some("eks"), minors(29, 31), None),
    benchmark!("eks-1.8.0", "CIS Amazon EKS Benchmark 1.8.0", Some("eks"), minors(32, 34), None),
    benchmark!("eks-stig-kubernetes-v1r6", "DISA Kubernetes STIG V1R6 on Amazon EKS", Some("eks"),
        BY_NAME_ONLY, None),
    benchmark!("gke-1.0", "CIS Google GKE Benchmark 1.0", Some("gke"), minors(15, 19), None),
    benchmark!("gke-1.2.0", "CIS Google GKE Benchmark 1.2.0", Some("gke"), minors(20, 27), None),
    benchmark!("gke-1.6.0", "CIS Google GKE Benchmark 1.6.0", Some("gke"), minors(28, 29), None),
    benchmark!("gke-1.8.0", "CIS Google GKE Benchmark 1.8.0", Some("gke"), minors(30, 30), None),
    benchmark!("gke-1.9.0", "CIS Google GKE Benchmark 1.9.0", Some("gke"), minors(31, 31), None),
    benchmark!("cis-1.6-k3s", "CIS 1.6 for k3s", Some("k3s"), minors(16, 21), None),
    benchmark!("k3s-cis-1.23", "CIS 1.23 for k3s", Some("k3s"), minors(22, 23), None),
    benchmark!("k3s-cis-1.24", "CIS 1.24 for k3s", Some("k3s"), minors(24, 24), None),
    benchmark!("k3s-cis-1.7", "CIS 1.7 for k3s", Some("k3s"), minors(25, 25), None),
    benchmark!("k3s-cis-1.8", "CIS 1.8 for k3s", Some("k3s"), minors(26, 26), None),
    benchmark!("k3s-cis-1.9", "CIS 1.9 for k3s", Some("k3s"), minors(27, 29), None),
    benchmark!("cis-1.24-microk8s", "CIS 1.24 for MicroK8s", Some("microk8s"), minors(24, 24), None),
    benchmark!("rh-0.7", "Red Hat OpenShift 3 hardening guide", Some("openshift"), minors(10, 11),
        None),
    benchmark!("rh-1.0", "CIS Red Hat OpenShift 4 Benchmark 1.0", Some("openshift"), minors(13, 23),
        None),
    benchmark!("rh-1.4", "CIS Red Hat OpenShift 4 Benchmark 1.4", Some("openshift"), minors(24, 25),
        None),
    benchmark!("rh-1.8", "CIS Red Hat OpenShift 4 Benchmark 1.8", Some("openshift"), minors(26, 26),
        None),
    benchmark!("rke-cis-1.23", "CIS 1.23 for RKE", Some("rke"), minors(23, 23), None),
    benchmark!("rke-cis-1.24", "CIS 1.24 for RKE", Some("rke"), minors(24, 24), None),
    benchmark!("rke-cis-1.7", "CIS 1.7 for RKE", Some("rke"), minors(25, 27), None),
    benchmark!("rke2-cis-1.23", "CIS 1.23 for RKE2", Some("rke2"), minors(23, 23), None),
    benchmark!("rke2-cis-1.24", "CIS 1.24 for RKE2", Some("rke2"), minors(24, 24), None),
    benchmark!("rke2-cis-1.7", "CIS 1.7 for RKE2", Some("rke2"), minors(25, 25), None),
    benchmark!("rke2-cis-1.8", "CIS 1.8 for RKE2", Some("rke2"), minors(26, 26), None),
    benchmark!("tkgi-1.2.53", "CIS for VMware TKGI, profile 1.2.53", Some("tkgi"), minors(15, 18),
        None),
];

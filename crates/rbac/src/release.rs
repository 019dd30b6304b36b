use std::collections::BTreeMap;

use merlon_model::Version;

/// What changed the meaning of rights at some release, under the name of its feature gate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Gate {
    /// Nodes read only their own `Node` and pods, by name or field selector.
    AuthorizeNodeWithSelectors,
    /// `exec`, `attach` and `portforward` over WebSocket need `create`; before, `get` was enough.
    AuthorizePodWebsocketUpgradeCreatePermission,
    /// Nodes may read `ClusterTrustBundle`s.
    ClusterTrustBundle,
    /// The verbs `impersonate:*` and `impersonate-on:*`.
    ConstrainedImpersonation,
    /// Nodes may write the status of their own `CSINode`.
    CSIVolumeHealth,
    /// Nodes may read the `ResourceClaim`s of their pods.
    DynamicResourceAllocation,
    /// The kubelet asks for `nodes/configz`, `nodes/healthz` and `nodes/pods` before it asks for `nodes/proxy`.
    KubeletFineGrainedAuthz,
    /// Nodes may read the service accounts of their pods.
    KubeletServiceAccountTokenForCredentialProviders,
    /// Nodes may ask for certificates for their pods, and read the service accounts of those.
    PodCertificateRequest,
    /// Nodes get tokens only for the audiences that their pods ask for.
    ServiceAccountNodeAudienceRestriction,
}

/// The minor of Kubernetes 1 in which each is on by default for the first time; `None` where it never is.
///
/// From `pkg/features/kube_features.go` of 1.31 to 1.37.
const ON_SINCE: &[(Gate, Option<u32>)] = &[
    (Gate::AuthorizeNodeWithSelectors, Some(32)),
    (Gate::AuthorizePodWebsocketUpgradeCreatePermission, Some(35)),
    (Gate::ClusterTrustBundle, Some(37)),
    (Gate::ConstrainedImpersonation, Some(36)),
    (Gate::CSIVolumeHealth, None),
    (Gate::DynamicResourceAllocation, Some(34)),
    (Gate::KubeletFineGrainedAuthz, Some(33)),
    (Gate::KubeletServiceAccountTokenForCredentialProviders, Some(34)),
    (Gate::PodCertificateRequest, Some(37)),
    (Gate::ServiceAccountNodeAudienceRestriction, Some(33)),
];

impl Gate {
    /// The minor of Kubernetes 1 in which it is on by default for the first time; `None` where it never is.
    #[must_use]
    pub fn on_since(self) -> Option<u32> {
        ON_SINCE.iter().find(|(each, _)| *each == self).and_then(|(_, since)| *since)
    }
}

/// The release of the API server, as far as it is known, and the gates that are set on it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Release {
    version: Option<Version>,
    gates: BTreeMap<Gate, bool>,
}

impl Release {
    /// A release that is not known. Whatever rights some release gives are taken to be given.
    #[must_use]
    pub fn unknown() -> Self {
        Self::default()
    }

    /// A release with its defaults.
    #[must_use]
    pub fn of(version: Version) -> Self {
        Self { version: Some(version), gates: BTreeMap::new() }
    }

    /// The same with a gate that is set to something.
    #[must_use]
    pub fn with_gate(mut self, gate: Gate, on: bool) -> Self {
        self.gates.insert(gate, on);
        self
    }

    /// The version, when it is known.
    #[must_use]
    pub fn version(&self) -> Option<&Version> {
        self.version.as_ref()
    }

    /// Whether a gate is on; `None` when the release is not known and nothing sets it.
    #[must_use]
    pub fn has(&self, gate: Gate) -> Option<bool> {
        if let Some(on) = self.gates.get(&gate) {
            return Some(*on);
        }
        match (gate.on_since(), &self.version) {
            (None, _) => Some(false),
            (Some(since), Some(version)) => Some(version.minor_release() >= (1, since)),
            (Some(_), None) => None,
        }
    }

    /// Whether a gate may be on.
    #[must_use]
    pub fn may_have(&self, gate: Gate) -> bool {
        self.has(gate) != Some(false)
    }

    /// Whether a gate may be off.
    #[must_use]
    pub fn may_lack(&self, gate: Gate) -> bool {
        self.has(gate) != Some(true)
    }

    /// Whether the release may be `1.minor` or later.
    pub(crate) fn may_be_since(&self, minor: u32) -> bool {
        self.version.as_ref().is_none_or(|version| version.minor_release() >= (1, minor))
    }
}

#[cfg(test)]
mod tests {
    use merlon_model::Version;

    use super::{Gate, ON_SINCE, Release};

    #[test]
    fn every_gate_has_a_row_and_opens_at_its_release() {
        assert!(ON_SINCE.is_sorted());
        for (gate, since) in ON_SINCE {
            let Some(since) = since else {
                assert_eq!(Release::unknown().has(*gate), Some(false), "{gate:?}");
                continue;
            };
            let of = |minor| Release::of(Version::new(1, minor)).has(*gate);
            assert_eq!((of(since - 1), of(*since)), (Some(false), Some(true)), "{gate:?}");
            assert_eq!(Release::unknown().has(*gate), None, "{gate:?}");
        }
    }

    #[test]
    fn what_is_set_counts() {
        let gate = Gate::ConstrainedImpersonation;
        let release = Release::of(Version::new(1, 35)).with_gate(gate, true);
        assert!(release.may_have(gate) && !release.may_lack(gate));
        assert!(Release::unknown().may_have(gate) && Release::unknown().may_lack(gate));
    }
}

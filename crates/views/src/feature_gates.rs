//! Feature gates, with their defaults by release.
//!
//! From `pkg/features` and `staging/src/k8s.io/apiserver/pkg/features` of each release from 1.15 to
//! 1.36. All components read one set of gates, so this is one list.

use merlon_model::{Component, Location};

use crate::component::{ComponentView, Unknown};
use crate::setting::Kind;
use crate::settings;
use crate::value::{Effective, Value, parse_bool};

impl ComponentView<'_> {
    /// Whether a feature gate is on, and what decided it.
    ///
    /// A gate that nothing names follows `AllAlpha` or `AllBeta` while it is of that stage. With
    /// `--emulated-version` the defaults are those of that release.
    ///
    /// # Errors
    /// See [`Unknown`]; [`Unknown::Invalid`] when a locked gate is set to the other value.
    ///
    /// # Panics
    /// When there is no gate of that name in the list, which is a mistake in the calling control.
    pub fn feature_gate(&self, name: &str) -> Result<Effective, Unknown> {
        let component = self.component;
        if component == Component::Etcd {
            let why = format!("{component} has no feature gates of Kubernetes");
            return Err(Unknown::NotInRelease { why });
        }
        if matches!(name, "AllAlpha" | "AllBeta") {
            let default = || self.at_default(false, None);
            return Ok(self.set_gate(name)?.unwrap_or_else(default));
        }
        let gate = find(name).unwrap_or_else(|| panic!("no feature gate {name} is listed"));
        let set = self.set_gate(name)?;
        let Some(minor) = self.gate_minor()? else {
            return match (set, gate.constant()) {
                (Some(set), _) => Ok(set),
                (None, Some(on)) if self.set_gate("AllBeta")?.is_none() => {
                    Ok(self.at_default(on, None))
                }
                (None, _) => Err(Unknown::VersionUnknown { component }),
            };
        };
        let what = format!("the feature gate {name}");
        let first = gate.states.iter().flatten().next().map(|state| state.since);
        // The oldest release that is known says nothing of those before it.
        let since = first.filter(|since| *since > OLDEST).map(|since| (1, since));
        self.check_release_of(&what, (1, minor), since, gate.until.map(|until| (1, until)))?;
        let Some(state) = gate.at(minor) else {
            return Err(Unknown::VersionUnknown { component });
        };
        if let Some(set) = set {
            return match set.value {
                Value::Bool(on) if state.locked && on != state.on => Err(Unknown::Invalid {
                    what: format!("{name} is locked to {} in 1.{minor}", state.on),
                    location: set.location,
                }),
                _ => Ok(set),
            };
        }
        let all = match state.stage {
            Stage::Alpha => self.set_gate("AllAlpha")?,
            Stage::Beta => self.set_gate("AllBeta")?,
            Stage::Stable | Stage::Deprecated => None,
        };
        Ok(all.unwrap_or_else(|| self.at_default(state.on, Some(minor))))
    }

    fn at_default(&self, on: bool, minor: Option<u32>) -> Effective {
        let version = minor.map(|minor| format!("1.{minor}"));
        let location = Location::Default { component: self.component, version };
        Effective { value: Value::Bool(on), location }
    }

    /// The value that flags, files or the live configuration give a gate by its name.
    fn set_gate(&self, name: &str) -> Result<Option<Effective>, Unknown> {
        let Some(setting) = settings::find(self.component, "feature-gates") else {
            return Ok(None);
        };
        let key = format!("featureGates.{name}");
        if setting.config.is_some()
            && let Some(answer) = self.live_key(&key, Kind::Bool)?
        {
            let location = answer.location;
            return Ok(answer.value.map(|value| Effective { value, location }));
        }
        if let Some(what) = &self.arguments_unknown {
            return Err(Unknown::Unreadable { what: what.clone() });
        }
        let file_instead = self.component == Component::KubeProxy && self.configuration.is_given();
        if !file_instead && let Some(flag) = self.gate_in_flags(name)? {
            return Ok(Some(flag));
        }
        if setting.config.is_none() {
            return Ok(None);
        }
        Ok(self.file_value(&key, Kind::Bool)?.map(|found| found.effective))
    }

    fn gate_in_flags(&self, name: &str) -> Result<Option<Effective>, Unknown> {
        let mut decided = None;
        for argument in self.arguments.iter().filter(|flag| flag.name == "feature-gates") {
            for pair in argument.value.as_deref().unwrap_or_default().split(',') {
                // From 1.31 on a gate can stand behind the name of its component.
                let pair = pair.trim();
                let pair = pair.strip_prefix("kube:").unwrap_or(pair);
                let Some((_, text)) = pair.split_once('=').filter(|(gate, _)| gate.trim() == name)
                else {
                    continue;
                };
                let on = parse_bool(text.trim()).ok_or_else(|| Unknown::Invalid {
                    what: format!("--feature-gates: {pair} is not true or false"),
                    location: argument.location.clone(),
                })?;
                let location = argument.location.clone();
                decided = Some(Effective { value: Value::Bool(on), location });
            }
        }
        Ok(decided)
    }

    /// The minor release whose gates count: the component's own, or the one it emulates.
    fn gate_minor(&self) -> Result<Option<u32>, Unknown> {
        if let Some(setting) = settings::find(self.component, "emulated-version")
            && let Some(emulated) = self.in_flags(setting)?
        {
            let minor = emulated.value.as_list().iter().rev().find_map(|part| {
                let release = part.strip_prefix("kube=").unwrap_or(part);
                release.strip_prefix('v').unwrap_or(release).strip_prefix("1.")?.parse().ok()
            });
            return match minor {
                Some(minor) => Ok(Some(minor)),
                None => Err(Unknown::Invalid {
                    what: format!("--emulated-version={} names no release", emulated.value),
                    location: emulated.location,
                }),
            };
        }
        Ok(self.version.as_ref().map(|version| version.minor))
    }
}

/// The oldest release the list was made from.
const OLDEST: u32 = 15;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Alpha,
    Beta,
    Stable,
    Deprecated,
}

/// What a gate is from a release on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct State {
    /// The minor release.
    since: u32,
    stage: Stage,
    on: bool,
    locked: bool,
}

/// A feature gate of Kubernetes 1.15 to 1.36.
struct Gate {
    name: &'static str,
    /// The oldest first.
    states: [Option<State>; 4],
    /// The first minor release without it.
    until: Option<u32>,
}

const fn gate(name: &'static str) -> Gate {
    Gate { name, states: [None; 4], until: None }
}

impl Gate {
    const fn alpha(self, since: u32) -> Self {
        self.state(State { since, stage: Stage::Alpha, on: false, locked: false })
    }

    const fn beta(self, since: u32) -> Self {
        self.state(State { since, stage: Stage::Beta, on: true, locked: false })
    }

    const fn beta_off(self, since: u32) -> Self {
        self.state(State { since, stage: Stage::Beta, on: false, locked: false })
    }

    const fn stable(self, since: u32) -> Self {
        self.state(State { since, stage: Stage::Stable, on: true, locked: false })
    }

    const fn locked(self, since: u32) -> Self {
        self.state(State { since, stage: Stage::Stable, on: true, locked: true })
    }

    const fn deprecated_on(self, since: u32) -> Self {
        self.state(State { since, stage: Stage::Deprecated, on: true, locked: false })
    }

    const fn deprecated_off(self, since: u32) -> Self {
        self.state(State { since, stage: Stage::Deprecated, on: false, locked: false })
    }

    const fn until(mut self, minor: u32) -> Self {
        self.until = Some(minor);
        self
    }

    const fn state(mut self, state: State) -> Self {
        let mut place = 0;
        while self.states[place].is_some() {
            place += 1;
        }
        self.states[place] = Some(state);
        self
    }

    /// What it is in a minor release that has it.
    fn at(&self, minor: u32) -> Option<State> {
        self.states.iter().flatten().take_while(|state| state.since <= minor).last().copied()
    }

    /// Its default, when all releases that have it agree and none lacks it.
    fn constant(&self) -> Option<bool> {
        let mut states = self.states.iter().flatten();
        let first = states.next().filter(|state| state.since == OLDEST && self.until.is_none())?;
        states.all(|state| state.on == first.on).then_some(first.on)
    }
}

fn find(name: &str) -> Option<&'static Gate> {
    GATES.iter().find(|gate| gate.name == name)
}

const GATES: &[Gate] = &[
    gate("APIServerTracing").alpha(22).beta(27).locked(34),
    gate("AdvancedAuditing").stable(15).locked(27).until(28),
    gate("AnonymousAuthConfigurableEndpoints").alpha(31).beta(32).locked(34),
    gate("AppArmor").beta(15).locked(31).until(33),
    gate("AuthorizeNodeWithSelectors").alpha(31).beta(32).locked(34),
    gate("AuthorizePodWebsocketUpgradeCreatePermission").beta(35),
    gate("AuthorizeWithSelectors").alpha(31).beta(32).locked(34),
    gate("BoundServiceAccountTokenVolume").alpha(15).beta(21).locked(22).until(23),
    gate("CSRDuration").beta(22).locked(24).until(26),
    gate("ClusterTrustBundle").alpha(27).beta_off(33),
    gate("ComponentFlagz").alpha(32).beta(36),
    gate("ComponentStatusz").alpha(32).beta(36),
    gate("ConstrainedImpersonation").alpha(35).beta(36),
    gate("ContainerCheckpoint").alpha(25).beta(30),
    gate("DisableKubeletCloudCredentialProviders").alpha(23).beta(29).locked(31).until(33),
    gate("DynamicAuditing").alpha(15).until(19),
    gate("DynamicKubeletConfig").beta(15).deprecated_off(22).until(26),
    gate("EphemeralContainers").alpha(16).beta(23).locked(25).until(27),
    gate("ExecProbeTimeout").stable(20).locked(35),
    gate("ExpandPersistentVolumes").beta(15).stable(24).until(27),
    gate("ExternalServiceAccountTokenSigner").alpha(32).beta(34).locked(36),
    gate("GenericWorkload").alpha(35),
    gate("ImageVolume").alpha(31).beta_off(33).beta(35).locked(36),
    gate("InPlacePodVerticalScaling").alpha(27).beta(33).locked(35),
    gate("KMSv1").deprecated_on(28).deprecated_off(29),
    gate("KMSv2").alpha(25).beta(27).locked(29).until(32),
    gate("KubeletCredentialProviders").alpha(20).beta(24).locked(26).until(28),
    gate("KubeletEnsureSecretPulledImages").alpha(33).beta(35),
    gate("KubeletFineGrainedAuthz").alpha(32).beta(33).locked(36),
    gate("KubeletInUserNamespace").alpha(22),
    gate("KubeletServiceAccountTokenForCredentialProviders").alpha(33).beta(34),
    gate("KubeletTracing").alpha(25).beta(27).locked(34),
    gate("LegacyServiceAccountTokenCleanUp").alpha(28).beta(29).locked(30).until(32),
    gate("LegacyServiceAccountTokenNoAutoGeneration").beta(24).stable(26).locked(27).until(29),
    gate("LegacyServiceAccountTokenTracking").alpha(26).beta(27).locked(28).until(30),
    gate("MutatingAdmissionPolicy").alpha(30).beta_off(34).stable(36),
    gate("NodeDeclaredFeatures").alpha(35).beta(36),
    gate("NodeLogQuery").alpha(27).beta_off(30).locked(36),
    gate("NodeSwap").alpha(22).beta_off(28).beta(30).locked(34),
    gate("PodCertificateRequest").alpha(34).beta_off(35),
    gate("PodPriority").stable(15).locked(16).until(18),
    gate("PodSecurity").alpha(22).beta(23).locked(25).until(28),
    gate("PodTopologyLabelsAdmission").alpha(33).beta(35),
    gate("ProcMountType").alpha(15).beta_off(31).beta(33).locked(36),
    gate("RemoveSelfLink").alpha(16).beta(20).locked(24).until(30),
    gate("RotateKubeletClientCertificate").beta(15).locked(19).until(21),
    gate("RotateKubeletServerCertificate").beta(15),
    gate("RuntimeClass").beta(15).locked(20).until(24),
    gate("SeccompDefault").alpha(22).beta(25).locked(27).until(29),
    gate("ServiceAccountIssuerDiscovery").alpha(18).beta(20).locked(21).until(23),
    gate("ServiceAccountNodeAudienceRestriction").beta(32),
    gate("ServiceAccountTokenJTI").alpha(29).beta(30).locked(32),
    gate("ServiceAccountTokenNodeBinding").alpha(29).beta(31).locked(33),
    gate("ServiceAccountTokenNodeBindingValidation").alpha(29).beta(30).locked(32),
    gate("ServiceAccountTokenPodNodeInfo").alpha(29).beta(30).locked(32),
    gate("StructuredAuthenticationConfiguration").alpha(29).beta(30).locked(34),
    gate("StructuredAuthorizationConfiguration").alpha(29).beta(30).locked(32).until(36),
    gate("SupportNodePidsLimit").beta(15).locked(20).until(23),
    gate("SupportPodPidsLimit").beta(15).locked(20).until(23),
    gate("TaintNodesByCondition").beta(15).locked(17).until(18),
    gate("TokenRequest").beta(15).locked(20).until(21),
    gate("TokenRequestProjection").beta(15).locked(20).until(21),
    gate("UnknownVersionInteroperabilityProxy").alpha(28).beta(36),
    gate("UserNamespacesPodSecurityStandards").alpha(29).until(35),
    gate("UserNamespacesStatelessPodsSupport").alpha(25).until(28),
    gate("UserNamespacesSupport").alpha(28).beta_off(30).beta(33).locked(36),
    gate("ValidatingAdmissionPolicy").alpha(26).beta_off(28).locked(30).until(32),
    gate("WindowsHostProcessContainers").alpha(22).beta(23).locked(26).until(28),
    gate("WorkloadWithJob").alpha(36),
];

#[cfg(test)]
mod tests {
    use super::GATES;

    #[test]
    fn gates_are_sorted_and_their_states_follow_each_other() {
        assert!(GATES.is_sorted_by(|one, other| one.name < other.name));
        for gate in GATES {
            let mut since: Vec<u32> =
                gate.states.iter().flatten().map(|state| state.since).collect();
            since.extend(gate.until);
            assert!(since.is_sorted_by(|one, other| one < other), "{}: {since:?}", gate.name);
            assert!(since.first() >= Some(&15), "{}", gate.name);
        }
    }
}

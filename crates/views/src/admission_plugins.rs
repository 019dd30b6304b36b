//! Which admission plugins an API server runs.
//!
//! From `pkg/kubeapiserver/options/plugins.go` (`AllOrderedPlugins`, `DefaultOffAdmissionPlugins`)
//! of each release from 1.15 to 1.36, and `enabledPluginNames` in
//! `staging/src/k8s.io/apiserver/pkg/server/options/admission.go`.

use merlon_model::{Component, Location};

use crate::component::{ComponentView, Unknown};
use crate::settings;
use crate::value::{Effective, Value};

impl ComponentView<'_> {
    /// Whether the API server runs an admission plugin, and what decided it.
    ///
    /// Three flags and the list of those that are on by default come together here. A plugin that
    /// is switched on and does nothing because its feature gate is off counts as off.
    ///
    /// # Errors
    /// See [`Unknown`]; [`Unknown::NotInRelease`] when the release has no such plugin.
    ///
    /// # Panics
    /// When no release has a plugin of that name, which is a mistake in the calling control.
    pub fn admission_plugin(&self, name: &str) -> Result<Effective, Unknown> {
        let plugin = PLUGINS
            .iter()
            .find(|plugin| plugin.name == name)
            .unwrap_or_else(|| panic!("no release has an admission plugin {name}"));
        if self.component != Component::KubeApiserver {
            let why = format!("{} runs no admission plugins", self.component);
            return Err(Unknown::NotInRelease { why });
        }
        let (since, until) =
            (plugin.since.map(|minor| (1, minor)), plugin.until.map(|minor| (1, minor)));
        self.check_between(&format!("the admission plugin {name}"), since, until)?;
        let decided = self.switched(plugin)?;
        match plugin.gate {
            Some(gate) if decided.value == Value::Bool(true) => match self.feature_gate(gate) {
                Ok(state) if state.value == Value::Bool(false) => Ok(state),
                // A release without the gate has what the gate guarded for good.
                Ok(_) | Err(Unknown::NotInRelease { .. }) => Ok(decided),
                Err(unknown) => Err(unknown),
            },
            _ => Ok(decided),
        }
    }

    fn switched(&self, plugin: &Plugin) -> Result<Effective, Unknown> {
        let [whole, enable, disable] =
            ["admission-control", "enable-admission-plugins", "disable-admission-plugins"];
        if let Some(flag) = self.plugin_list(whole)? {
            if let Some(other) = self.plugin_list(enable)?.or(self.plugin_list(disable)?) {
                return Err(Unknown::Invalid {
                    what: format!("--{whole} excludes the flag at {}", other.location),
                    location: flag.location,
                });
            }
            let on = flag.value.as_list().iter().any(|listed| listed == plugin.name);
            return Ok(Effective { value: Value::Bool(on), location: flag.location });
        }
        let named = |flag: &str| self.naming(flag, plugin.name);
        match (named(enable)?, named(disable)?) {
            (Some(enabled), Some(disabled)) => Err(Unknown::Invalid {
                what: format!("{} is enabled, and disabled at {disabled}", plugin.name),
                location: enabled,
            }),
            (Some(location), None) => Ok(Effective { value: Value::Bool(true), location }),
            (None, Some(location)) => Ok(Effective { value: Value::Bool(false), location }),
            (None, None) => self.by_default(plugin),
        }
    }

    fn plugin_list(&self, flag: &str) -> Result<Option<Effective>, Unknown> {
        match settings::find(self.component, flag) {
            Some(setting) => self.decided(setting),
            None => Ok(None),
        }
    }

    /// The last argument of that flag that names the plugin.
    fn naming(&self, flag: &str, plugin: &str) -> Result<Option<Location>, Unknown> {
        // For what hides the arguments altogether.
        self.plugin_list(flag)?;
        Ok(self
            .arguments
            .iter()
            .rev()
            .filter(|argument| argument.name == flag)
            .find(|argument| {
                let names = argument.value.as_deref().unwrap_or_default();
                names.split(',').any(|name| name.trim() == plugin)
            })
            .map(|argument| argument.location.clone()))
    }

    fn by_default(&self, plugin: &Plugin) -> Result<Effective, Unknown> {
        let came_or_went = plugin.since.is_some() || plugin.until.is_some();
        if came_or_went && self.version.is_none() {
            return Err(Unknown::VersionUnknown { component: self.component });
        }
        let release = self.version.as_ref().filter(|_| came_or_went);
        let version = release.map(|version| format!("{}.{}", version.major, version.minor));
        let location = Location::Default { component: self.component, version };
        Ok(Effective { value: Value::Bool(plugin.on), location })
    }
}

/// An admission plugin of Kubernetes 1.15 to 1.36. None changed from off to on or back.
struct Plugin {
    name: &'static str,
    /// Whether it runs when no flag names it.
    on: bool,
    /// The first minor release that has it; absent for those that 1.15 has.
    since: Option<u32>,
    /// The first minor release without it.
    until: Option<u32>,
    /// The feature gate without which it does nothing.
    gate: Option<&'static str>,
}

const fn on(name: &'static str) -> Plugin {
    Plugin { name, on: true, since: None, until: None, gate: None }
}

const fn off(name: &'static str) -> Plugin {
    Plugin { name, on: false, since: None, until: None, gate: None }
}

impl Plugin {
    const fn since(mut self, minor: u32) -> Self {
        self.since = Some(minor);
        self
    }

    const fn until(mut self, minor: u32) -> Self {
        self.until = Some(minor);
        self
    }

    const fn gate(mut self, gate: &'static str) -> Self {
        self.gate = Some(gate);
        self
    }
}

const PLUGINS: &[Plugin] = &[
    off("AlwaysAdmit"),
    off("AlwaysDeny"),
    off("AlwaysPullImages"),
    on("CertificateApproval").since(18),
    on("CertificateSigning").since(18),
    on("CertificateSubjectRestriction").since(18),
    on("ClusterTrustBundleAttest").since(27).gate("ClusterTrustBundle"),
    on("DefaultIngressClass").since(18),
    on("DefaultStorageClass"),
    on("DefaultTolerationSeconds"),
    off("DenyEscalatingExec").until(21),
    off("DenyExecOnPrivileged").until(21),
    off("DenyServiceExternalIPs").since(21),
    off("EventRateLimit"),
    off("ExtendedResourceToleration"),
    off("ImagePolicyWebhook"),
    on("JobValidation").since(36).gate("WorkloadWithJob"),
    off("LimitPodHardAntiAffinityTopology"),
    on("LimitRanger"),
    on("MutatingAdmissionPolicy").since(32).gate("MutatingAdmissionPolicy"),
    on("MutatingAdmissionWebhook"),
    off("NamespaceAutoProvision"),
    off("NamespaceExists"),
    on("NamespaceLifecycle"),
    on("NodeDeclaredFeatureValidator").since(35).gate("NodeDeclaredFeatures"),
    off("NodeRestriction"),
    off("OwnerReferencesPermissionEnforcement"),
    on("PersistentVolumeClaimResize"),
    off("PersistentVolumeLabel").until(31),
    on("PodGroupProtection").since(36).gate("GenericWorkload"),
    on("PodGroupWorkloadExists").since(36).gate("GenericWorkload"),
    off("PodNodeSelector"),
    off("PodPreset").until(20),
    on("PodResizeValidator").since(36).gate("InPlacePodVerticalScaling"),
    on("PodSecurity").since(22).gate("PodSecurity"),
    off("PodSecurityPolicy").until(25),
    off("PodTolerationRestriction"),
    on("PodTopologyLabels").since(33).gate("PodTopologyLabelsAdmission"),
    on("Priority").gate("PodPriority"),
    on("ResourceQuota"),
    on("RuntimeClass").since(16).gate("RuntimeClass"),
    off("SecurityContextDeny").until(30),
    on("ServiceAccount"),
    on("StorageObjectInUseProtection"),
    on("TaintNodesByCondition").gate("TaintNodesByCondition"),
    on("ValidatingAdmissionPolicy").since(26).gate("ValidatingAdmissionPolicy"),
    on("ValidatingAdmissionWebhook"),
];

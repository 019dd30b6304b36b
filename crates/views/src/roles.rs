//! From the effective configuration and the layout to the files that have a role.

use std::collections::{BTreeMap, BTreeSet};

use merlon_model::{Carrier, Component, Location};
use merlon_snapshot::{DocumentKind, Lookup};

use crate::component::{ComponentView, Unknown};
use crate::files::{FileRole, FoundBy, RoleFile, RoleFiles};
use crate::node::{NodeView, Presence};
use crate::referred;
use crate::setting::Setting;
use crate::settings;
use crate::unit::Unit;
use crate::value::Value;

/// A setting whose value leads to files of a role.
struct Source {
    role: FileRole,
    component: Component,
    /// The flag, or the dotted key of the configuration file.
    setting: &'static str,
    takes: Takes,
}

/// What of a setting's path has the role.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Takes {
    Itself,
    ItselfAndDirectory,
}

impl Source {
    fn paths(&self, instance: &ComponentView<'_>) -> Vec<Result<(String, Location), Unknown>> {
        match settings::find(self.component, self.setting) {
            Some(setting) => paths(instance, setting),
            None => Vec::new(),
        }
    }
}

const fn source(role: FileRole, component: Component, setting: &'static str) -> Source {
    Source { role, component, setting, takes: Takes::Itself }
}

use Component::{Etcd, KubeApiserver, KubeControllerManager, KubeProxy, KubeScheduler, Kubelet};
use FileRole as Role;

static SOURCES: &[Source] = &[
    source(Role::StaticPodDirectory, Kubelet, "staticPodPath"),
    source(Role::Kubeconfig(Kubelet), Kubelet, "kubeconfig"),
    source(Role::Kubeconfig(KubeControllerManager), KubeControllerManager, "kubeconfig"),
    source(
        Role::Kubeconfig(KubeControllerManager),
        KubeControllerManager,
        "authentication-kubeconfig",
    ),
    source(
        Role::Kubeconfig(KubeControllerManager),
        KubeControllerManager,
        "authorization-kubeconfig",
    ),
    source(Role::Kubeconfig(KubeScheduler), KubeScheduler, "kubeconfig"),
    source(Role::Kubeconfig(KubeScheduler), KubeScheduler, "authentication-kubeconfig"),
    source(Role::Kubeconfig(KubeScheduler), KubeScheduler, "authorization-kubeconfig"),
    source(Role::Kubeconfig(KubeProxy), KubeProxy, "kubeconfig"),
    source(Role::KubeletConfiguration, Kubelet, "config"),
    source(Role::KubeletClientCa, Kubelet, "authentication.x509.clientCAFile"),
    source(Role::KubeProxyConfiguration, KubeProxy, "config"),
    source(Role::EtcdData, Etcd, "data-dir"),
    source(Role::EtcdConfiguration, Etcd, "config-file"),
    source(Role::EncryptionConfiguration, KubeApiserver, "encryption-provider-config"),
    source(Role::AuditPolicy, KubeApiserver, "audit-policy-file"),
    Source {
        role: Role::AuditLog,
        component: KubeApiserver,
        setting: "audit-log-path",
        takes: Takes::ItselfAndDirectory,
    },
    source(Role::AdmissionConfiguration, KubeApiserver, "admission-control-config-file"),
    source(Role::CriSocket, Kubelet, "containerRuntimeEndpoint"),
    source(Role::Certificate, KubeApiserver, "client-ca-file"),
    source(Role::Certificate, KubeApiserver, "tls-cert-file"),
    source(Role::Certificate, KubeApiserver, "etcd-cafile"),
    source(Role::Certificate, KubeApiserver, "etcd-certfile"),
    source(Role::Certificate, KubeApiserver, "kubelet-certificate-authority"),
    source(Role::Certificate, KubeApiserver, "kubelet-client-certificate"),
    source(Role::Certificate, KubeApiserver, "proxy-client-cert-file"),
    source(Role::Certificate, KubeApiserver, "requestheader-client-ca-file"),
    source(Role::Certificate, KubeControllerManager, "client-ca-file"),
    source(Role::Certificate, KubeControllerManager, "cluster-signing-cert-file"),
    source(
        Role::Certificate,
        KubeControllerManager,
        "cluster-signing-kube-apiserver-client-cert-file",
    ),
    source(Role::Certificate, KubeControllerManager, "cluster-signing-kubelet-client-cert-file"),
    source(Role::Certificate, KubeControllerManager, "cluster-signing-kubelet-serving-cert-file"),
    source(Role::Certificate, KubeControllerManager, "cluster-signing-legacy-unknown-cert-file"),
    source(Role::Certificate, KubeControllerManager, "requestheader-client-ca-file"),
    source(Role::Certificate, KubeControllerManager, "root-ca-file"),
    source(Role::Certificate, KubeControllerManager, "tls-cert-file"),
    source(Role::Certificate, KubeScheduler, "client-ca-file"),
    source(Role::Certificate, KubeScheduler, "requestheader-client-ca-file"),
    source(Role::Certificate, KubeScheduler, "tls-cert-file"),
    source(Role::Certificate, Etcd, "cert-file"),
    source(Role::Certificate, Etcd, "trusted-ca-file"),
    source(Role::Certificate, Etcd, "peer-cert-file"),
    source(Role::Certificate, Etcd, "peer-trusted-ca-file"),
    source(Role::Certificate, Kubelet, "authentication.x509.clientCAFile"),
    source(Role::Certificate, Kubelet, "tlsCertFile"),
    source(Role::PrivateKey, KubeApiserver, "tls-private-key-file"),
    source(Role::PrivateKey, KubeApiserver, "etcd-keyfile"),
    source(Role::PrivateKey, KubeApiserver, "kubelet-client-key"),
    source(Role::PrivateKey, KubeApiserver, "proxy-client-key-file"),
    source(Role::PrivateKey, KubeApiserver, "service-account-signing-key-file"),
    source(Role::PrivateKey, KubeControllerManager, "cluster-signing-key-file"),
    source(
        Role::PrivateKey,
        KubeControllerManager,
        "cluster-signing-kube-apiserver-client-key-file",
    ),
    source(Role::PrivateKey, KubeControllerManager, "cluster-signing-kubelet-client-key-file"),
    source(Role::PrivateKey, KubeControllerManager, "cluster-signing-kubelet-serving-key-file"),
    source(Role::PrivateKey, KubeControllerManager, "cluster-signing-legacy-unknown-key-file"),
    source(Role::PrivateKey, KubeControllerManager, "service-account-private-key-file"),
    source(Role::PrivateKey, KubeControllerManager, "tls-private-key-file"),
    source(Role::PrivateKey, KubeScheduler, "tls-private-key-file"),
    source(Role::PrivateKey, Etcd, "key-file"),
    source(Role::PrivateKey, Etcd, "peer-key-file"),
    source(Role::PrivateKey, Kubelet, "tlsPrivateKeyFile"),
];

impl FileRole {
    /// The component whose file it is; `None` when the node as a whole has it.
    #[must_use]
    pub fn component(self) -> Option<Component> {
        match self {
            Self::StaticPodManifest(component) | Self::Kubeconfig(component) => Some(component),
            Self::StaticPodDirectory
            | Self::KubeletUnit
            | Self::KubeletConfiguration
            | Self::KubeletClientCa
            | Self::CriSocket
            | Self::CniConfiguration
            | Self::RuntimeConfiguration => Some(Kubelet),
            Self::KubeProxyConfiguration => Some(KubeProxy),
            Self::EtcdData | Self::EtcdConfiguration => Some(Etcd),
            Self::EncryptionConfiguration
            | Self::AuditPolicy
            | Self::AuditLog
            | Self::AdmissionConfiguration => Some(KubeApiserver),
            Self::AdminKubeconfig
            | Self::PkiDirectory
            | Self::Certificate
            | Self::PrivateKey
            | Self::SupervisorConfiguration => None,
        }
    }
}

impl NodeView<'_> {
    /// The files that have a role on this node: those that the effective configuration names,
    /// and where it names none, those of the distribution's layout.
    #[must_use]
    pub fn files(&self, role: FileRole) -> RoleFiles {
        if let Some(component) = role.component() {
            match self.component(component) {
                Presence::Absent { why } => return RoleFiles::none(why),
                Presence::Unknown { why } => return RoleFiles::unknown(why),
                Presence::Present(_) => {}
            }
        } else if !self.has_kubernetes() {
            return match self.hidden() {
                Some(why) => RoleFiles::unknown(why),
                None => RoleFiles::none("nothing of Kubernetes is on this node".to_owned()),
            };
        }
        let mut found = Found::default();
        self.configured(role, &mut found);
        if found.files.is_empty() {
            self.laid_out(role, &mut found);
        }
        let none_because = (found.files.is_empty() && found.unknown.is_empty())
            .then(|| self.why_none(role, &found));
        let files = found.files.into_iter();
        let files = files.map(|(path, found_by)| RoleFile { path, found_by }).collect();
        RoleFiles { files, unknown: Vec::from_iter(found.unknown), none_because }
    }

    fn configured(&self, role: FileRole, found: &mut Found) {
        for source in SOURCES.iter().filter(|source| source.role == role) {
            for instance in self.instances(source.component) {
                found.add_setting(instance, source);
            }
        }
        self.drop_unused_defaults(found);
        match role {
            Role::StaticPodManifest(component) => {
                for instance in self.instances(component) {
                    if let Some(manifest) = &instance.manifest {
                        found.configured(manifest.path, Location::file(manifest.path));
                    }
                }
            }
            Role::KubeletUnit => {
                for kubelet in self.instances(Kubelet) {
                    if let Some(unit) = self.unit_of(kubelet) {
                        for file in &unit.files {
                            found.configured(file, Location::file(file));
                        }
                    }
                }
            }
            Role::PkiDirectory => self.pki_directories(found),
            Role::Certificate => self.seen_certificates(found),
            Role::PrivateKey => self.seen_keys(found),
            Role::KubeletConfiguration => {
                for kubelet in self.instances(Kubelet) {
                    for file in kubelet.configuration.files() {
                        found.configured(file, Location::file(file));
                    }
                }
            }
            Role::AdmissionConfiguration => {
                for plugin in referred::admission_plugins(self) {
                    found.add(plugin.path.map(|path| (path, plugin.location)));
                }
            }
            _ => {}
        }
    }

    /// A component goes without the file that only a default names when there is none.
    fn drop_unused_defaults(&self, found: &mut Found) {
        let by_default = |found_by: &FoundBy| {
            matches!(found_by, FoundBy::Configuration(Location::Default { .. }))
        };
        found.files.retain(|path, found_by| {
            !by_default(found_by) || !matches!(self.node.files.get(path), Some(Lookup::Absent))
        });
    }

    /// The unit that an instance's arguments are changed in.
    fn unit_of(&self, instance: &ComponentView<'_>) -> Option<&Unit<'_>> {
        match &instance.carrier {
            Carrier::Unit { unit } | Carrier::EnvironmentFile { unit, .. } => self.units.get(unit),
            Carrier::Environment { unit, .. }
            | Carrier::ArgumentsFile { unit, .. }
            | Carrier::Supervisor { unit, .. } => self.units.get(unit),
            // A vendor's tool changes the flags, and a unit starts it all the same.
            Carrier::Vendor { .. } => self.units.of_component(instance.component, instance.process),
            _ => None,
        }
    }

    /// The directories of the control plane's and etcd's certificates and keys.
    fn pki_directories(&self, found: &mut Found) {
        let sources = SOURCES.iter().filter(|source| {
            matches!(source.role, Role::Certificate | Role::PrivateKey)
                && source.component != Kubelet
        });
        for source in sources {
            for instance in self.instances(source.component) {
                for each in source.paths(instance) {
                    found.add(each.map(|(path, location)| (parent(&path).to_owned(), location)));
                }
            }
        }
        self.drop_unused_defaults(found);
    }

    fn seen_certificates(&self, found: &mut Found) {
        for certificate in &self.node.certificates {
            let path = certificate.path.as_str();
            let kubeconfig = self.node.documents.get(path).is_some_and(is_kubeconfig);
            if !kubeconfig {
                found.configured(path, Location::file(parent(path)));
            }
        }
    }

    /// Keys that lie beside certificates without a setting of their own, such as those of CAs.
    fn seen_keys(&self, found: &mut Found) {
        let directories: BTreeSet<String> =
            self.files(Role::PkiDirectory).files.into_iter().map(|file| file.path).collect();
        for (path, lookup) in &self.node.files {
            let key = path.ends_with(".key") || path.ends_with("-key.pem");
            if key && lookup.file().is_some() && directories.iter().any(|top| below(path, top)) {
                found.configured(path, Location::file(parent(path)));
            }
        }
    }

    fn laid_out(&self, role: FileRole, found: &mut Found) {
        let Some(distribution) = self.distribution.distribution else {
            return self.usually_laid_out(role, found);
        };
        for known in distribution.layout.iter().filter(|known| known.role == role) {
            let found_by = FoundBy::Layout {
                distribution: distribution.name,
                why_optional: known.why_optional,
            };
            found.files.insert(known.path.to_owned(), found_by);
        }
    }

    /// Without a distribution only what is there counts: where else it could be is not known.
    fn usually_laid_out(&self, role: FileRole, found: &mut Found) {
        let known = crate::distribution::USUAL_LAYOUT.iter().filter(|known| known.role == role);
        let mut expected = false;
        for known in known {
            expected = true;
            if let Some(Lookup::Present(_)) = self.node.files.get(known.path) {
                let found_by = FoundBy::Layout { distribution: "Kubernetes", why_optional: None };
                found.files.insert(known.path.to_owned(), found_by);
            }
        }
        if expected && found.files.is_empty() {
            found.unknown.insert(
                "no distribution was recognised, so it is not known where this node keeps them"
                    .to_owned(),
            );
        }
    }

    fn why_none(&self, role: FileRole, found: &Found) -> String {
        if let Some(setting) = found.unset.first() {
            return setting.clone();
        }
        match (role, self.distribution.distribution) {
            (Role::StaticPodManifest(component), _) => {
                format!("{component} does not run from a static pod manifest")
            }
            (_, Some(distribution)) => format!("{} keeps no such file", distribution.name),
            (_, None) => "nothing on this node leads to such a file".to_owned(),
        }
    }
}

fn is_kubeconfig(document: &merlon_snapshot::Document) -> bool {
    document.kind == DocumentKind::Kubeconfig
}

#[derive(Default)]
struct Found {
    files: BTreeMap<String, FoundBy>,
    unknown: BTreeSet<String>,
    /// Settings that could have led to a file and are not set.
    unset: Vec<String>,
}

impl Found {
    fn configured(&mut self, path: &str, location: Location) {
        self.files.entry(path.to_owned()).or_insert(FoundBy::Configuration(location));
    }

    fn add(&mut self, path: Result<(String, Location), Unknown>) {
        match path {
            Ok((path, location)) => self.configured(&path, location),
            Err(unknown) => {
                self.unknown.insert(unknown.to_string());
            }
        }
    }

    fn add_setting(&mut self, instance: &ComponentView<'_>, source: &Source) {
        let paths = source.paths(instance);
        if paths.is_empty()
            && let Some(setting) = settings::find(source.component, source.setting)
        {
            let dashes = if setting.flag { "--" } else { "" };
            self.unset.push(format!("{dashes}{} of {} is not set", setting.name, instance.name));
        }
        for each in paths {
            if let (Ok((path, location)), Takes::ItselfAndDirectory) = (&each, source.takes) {
                self.configured(parent(path), location.clone());
            }
            self.add(each);
        }
    }
}

/// The paths a setting leads to as the host sees them; none when it leads nowhere.
///
/// What a release does not have leads nowhere; `-` and addresses of other machines are no paths.
pub(crate) fn paths(
    instance: &ComponentView<'_>,
    setting: &Setting,
) -> Vec<Result<(String, Location), Unknown>> {
    let effective = match instance.effective_setting(setting) {
        Ok(effective) => effective,
        Err(Unknown::NotInRelease { .. }) => return Vec::new(),
        Err(unknown) => return vec![Err(unknown)],
    };
    let location = effective.location;
    let on_host = |path: &str| -> Option<Result<(String, Location), Unknown>> {
        let path = match path.split_once("://") {
            Some(("unix", path)) => path,
            Some(_) => return None,
            None => path,
        };
        if path == "-" || path.is_empty() {
            return None;
        }
        Some(
            instance
                .absolute_path(path, &location)
                .and_then(|path| instance.host_path(&path))
                .map(|path| (path, location.clone())),
        )
    };
    match &effective.value {
        Value::Text(path) => on_host(path).into_iter().collect(),
        Value::List(paths) => paths.iter().filter_map(|path| on_host(path)).collect(),
        _ => Vec::new(),
    }
}

/// The directory that a path stands in.
pub(crate) fn parent(path: &str) -> &str {
    match path.trim_end_matches('/').rsplit_once('/') {
        Some(("", _)) | None => "/",
        Some((parent, _)) => parent,
    }
}

/// Whether a path is below a directory.
pub(crate) fn below(path: &str, directory: &str) -> bool {
    path.strip_prefix(directory.trim_end_matches('/')).is_some_and(|rest| rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::SOURCES;
    use crate::settings;

    #[test]
    fn every_source_is_a_setting() {
        for source in SOURCES {
            let setting = settings::find(source.component, source.setting);
            assert!(setting.is_some(), "{} has no {}", source.component, source.setting);
        }
    }
}

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::build::{self, BuildError};
use crate::Version;
use crate::version::minor_of;

/// One of the executables that the testkit runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Component {
    /// The key-value store behind the API server.
    Etcd,
    /// `kube-apiserver`.
    ApiServer,
    /// `kube-controller-manager`.
    ControllerManager,
    /// `kube-scheduler`.
    Scheduler,
    /// `kubelet`.
    Kubelet,
    /// A container runtime interface that keeps sandboxes and containers in memory and runs
    /// nothing. Ours, therefore always built, never searched for.
    ContainerRuntime,
}

impl Component {
    /// Every component, in the order in which they are started.
    pub const ALL: [Component; 6] = [
        Component::Etcd,
        Component::ApiServer,
        Component::ControllerManager,
        Component::Scheduler,
        Component::ContainerRuntime,
        Component::Kubelet,
    ];

    /// The name of the executable.
    pub fn name(self) -> &'static str {
        match self {
            Component::Etcd => "etcd",
            Component::ApiServer => "kube-apiserver",
            Component::ControllerManager => "kube-controller-manager",
            Component::Scheduler => "kube-scheduler",
            Component::Kubelet => "kubelet",
            Component::ContainerRuntime => "cri-stub",
        }
    }
}

/// The executables of one Kubernetes version.
#[derive(Clone, Debug)]
pub struct Binaries {
    version: Version,
    paths: BTreeMap<Component, PathBuf>,
}

/// Why the executables could not be had.
#[derive(Debug, thiserror::Error)]
pub enum LocateError {
    /// They are nowhere, and there is no Go toolchain to build them.
    #[error(
        "no executables of Kubernetes {version} in KUBEBUILDER_ASSETS, PATH or {}, and {reason}; \
         install Go, or run `merlon-testkit build --version {version}` where Go is",
        cache.display()
    )]
    Missing {
        /// The version that was asked for.
        version: Version,
        /// The cache that does not hold it.
        cache: PathBuf,
        /// Why it is not built.
        reason: &'static str,
    },
    /// The build failed.
    #[error(transparent)]
    Build(#[from] BuildError),
}

impl Binaries {
    /// The executables of `version`: those in `KUBEBUILDER_ASSETS` and `PATH` whose minor fits,
    /// the rest from the cache, which is filled by a build when it is empty.
    ///
    /// # Errors
    /// When there is neither a cache nor Go, and when the build fails.
    pub fn locate(version: Version) -> Result<Binaries, LocateError> {
        let mut paths = installed(version);
        if paths.len() < Component::ALL.len() {
            let built = match build::cached(version) {
                Some(directory) => directory,
                None => match reason_not_to_build() {
                    Some(reason) => return Err(missing(version, reason)),
                    None => build::build(version)?,
                },
            };
            for component in Component::ALL {
                paths.entry(component).or_insert_with(|| built.join(component.name()));
            }
        }
        Ok(Binaries { version, paths })
    }

    /// The version of the Kubernetes components.
    pub fn version(&self) -> Version {
        self.version
    }

    /// The executable of one component.
    pub fn path(&self, component: Component) -> &Path {
        &self.paths[&component]
    }
}

/// Why [`Binaries::locate`] cannot succeed on this machine, found out without building anything.
pub fn missing_prerequisite(version: Version) -> Option<String> {
    if installed(version).len() == Component::ALL.len() || build::cached(version).is_some() {
        return None;
    }
    reason_not_to_build().map(|reason| missing(version, reason).to_string())
}

fn missing(version: Version, reason: &'static str) -> LocateError {
    LocateError::Missing { version, cache: cache_or_nothing(), reason }
}

fn cache_or_nothing() -> PathBuf {
    super::cache_directory().unwrap_or_default()
}

pub(super) fn reason_not_to_build() -> Option<&'static str> {
    if std::env::var_os("MERLON_TESTKIT_BUILD").is_some_and(|value| value == "never") {
        return Some("MERLON_TESTKIT_BUILD=never forbids building them");
    }
    build::go().is_none().then_some("there is no go on PATH to build them")
}

fn installed(version: Version) -> BTreeMap<Component, PathBuf> {
    let mut directories: Vec<PathBuf> = Vec::new();
    directories.extend(std::env::var_os("KUBEBUILDER_ASSETS").map(PathBuf::from));
    if let Some(path) = std::env::var_os("PATH") {
        directories.extend(std::env::split_paths(&path));
    }
    Component::ALL
        .into_iter()
        .filter(|component| *component != Component::ContainerRuntime)
        .filter_map(|component| {
            let found = directories
                .iter()
                .map(|directory| directory.join(component.name()))
                .find(|path| path.is_file() && fits(component, path, version))?;
            Some((component, found))
        })
        .collect()
}

/// Any etcd serves any Kubernetes; the other components say their version.
fn fits(component: Component, path: &Path, version: Version) -> bool {
    if component == Component::Etcd {
        return true;
    }
    let Ok(output) = Command::new(path).arg("--version").output() else {
        return false;
    };
    minor_of(&String::from_utf8_lossy(&output.stdout)) == Some(version.minor())
}

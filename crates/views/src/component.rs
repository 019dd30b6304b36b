use std::collections::BTreeMap;
use std::fmt;
use std::rc::Rc;

use merlon_model::{Carrier, Component, Location, Version};
use merlon_snapshot::Process;

use crate::arguments::Argument;
use crate::configuration::Configuration;
use crate::manifest::Manifest;
use crate::settings;
use crate::text::Texts;
use crate::value::{Effective, Value};

/// One running or configured instance of a component, with its effective configuration.
#[derive(Debug)]
pub struct ComponentView<'a> {
    /// What it is.
    pub component: Component,
    /// How findings call it: the component's name, with the process id when there are several.
    pub name: String,
    /// Its process; `None` when only its configuration was found.
    pub process: Option<&'a Process>,
    /// What gives it its arguments, and so where they are changed.
    pub carrier: Carrier,
    /// Its release, where something on the node tells.
    pub version: Option<Version>,
    /// Its flags in the order they were given.
    pub arguments: Vec<Argument>,
    /// Its environment, as far as it bears on settings.
    pub environment: BTreeMap<String, (String, Location)>,
    pub(crate) manifest: Option<Manifest<'a>>,
    pub(crate) configuration: Configuration,
    /// What it answered about itself, if it was asked: the key of the document in `texts`.
    pub(crate) live: Option<&'a str>,
    /// Why the arguments cannot be told, when they cannot: the process hides them, or a shell
    /// stands between.
    pub(crate) arguments_unknown: Option<String>,
    pub(crate) texts: Rc<Texts<'a>>,
}

/// Why the effective value of a setting cannot be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unknown {
    /// Something that may decide it could not be read.
    Unreadable {
        /// What and why: `/var/lib/kubelet/config.yaml: permission denied`.
        what: String,
    },
    /// What decides it has no meaning; the component would not have started with it.
    Invalid {
        /// What is wrong: `--audit-log-maxage=x is not a whole number`.
        what: String,
        /// Where it stands.
        location: Location,
    },
    /// Only the default can decide, and it differs between releases while the release is unknown.
    VersionUnknown {
        /// The component whose release is unknown.
        component: Component,
    },
    /// What decides it is not modelled, such as an alpha feature.
    NotModelled {
        /// What, as a clause.
        why: String,
    },
    /// The component's release does not have the setting.
    NotInRelease {
        /// Why: `kube-apiserver 1.31 has no --insecure-port, it went away in 1.24`.
        why: String,
    },
}

impl fmt::Display for Unknown {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable { what } => formatter.write_str(what),
            Self::Invalid { what, location } => write!(formatter, "{what} at {location}"),
            Self::VersionUnknown { component } => write!(
                formatter,
                "the default depends on the release, and the release of {component} is unknown: \
                 tell it with --kubernetes-version"
            ),
            Self::NotModelled { why } | Self::NotInRelease { why } => formatter.write_str(why),
        }
    }
}

impl ComponentView<'_> {
    /// The value that a setting really has, and what decided it.
    ///
    /// # Errors
    /// See [`Unknown`]. Nothing is ever assumed of a source that could not be read.
    ///
    /// # Panics
    /// When the component has no setting of that name in any release (see [`settings::find`]),
    /// which is a mistake in the calling control; a test looks up all that controls name.
    pub fn effective(&self, name: &str) -> Result<Effective, Unknown> {
        let setting = settings::find(self.component, name)
            .unwrap_or_else(|| panic!("{} has no setting {name}", self.component));
        self.effective_setting(setting)
    }

    /// The configuration file that the component was given, drop-ins aside.
    #[must_use]
    pub fn configuration_file(&self) -> Option<&str> {
        // A kubelet can have drop-ins alone.
        let given = self.component != Component::Kubelet || self.has_base_file();
        self.configuration.files().first().filter(|_| given).map(String::as_str)
    }

    /// The path that a setting leads to as the host sees it; `None` when the setting is unset or the
    /// release lacks it.
    ///
    /// A path inside a container is carried over the host directories mounted there. What is in
    /// the container's own file system is looked up below `/proc/PID/root`.
    ///
    /// # Errors
    /// When the setting is unknown, or its path leads nowhere that the host could see.
    pub fn path(&self, name: &str) -> Result<Option<(String, Location)>, Unknown> {
        Ok(self.paths(name)?.pop())
    }

    /// The paths that a setting leads to as the host sees them, in the order they were given; none
    /// when the setting is unset. For settings that are lists, such as `service-account-key-file`.
    ///
    /// # Errors
    /// As [`ComponentView::path`].
    pub fn paths(&self, name: &str) -> Result<Vec<(String, Location)>, Unknown> {
        let effective = match self.effective(name) {
            // A setting that the release lacks leads nowhere.
            Err(Unknown::NotInRelease { .. }) => return Ok(Vec::new()),
            effective => effective?,
        };
        let paths: &[String] = match &effective.value {
            Value::Text(path) => std::slice::from_ref(path),
            value => value.as_list(),
        };
        paths
            .iter()
            // Standard output, for a log.
            .filter(|path| path.as_str() != "-")
            .map(|path| {
                let path = self.absolute_path(path, &effective.location)?;
                Ok((self.host_path(&path)?, effective.location.clone()))
            })
            .collect()
    }

    /// A path made absolute.
    ///
    /// # Errors
    /// When it is relative to something that is not known.
    pub(crate) fn absolute_path(&self, path: &str, location: &Location) -> Result<String, Unknown> {
        self.absolute(path, location).ok_or_else(|| Unknown::Invalid {
            what: format!("{path} is relative to a working directory that is not known"),
            location: location.clone(),
        })
    }

    /// Makes a relative path of the kubelet's configuration file absolute, as the kubelet does
    /// (`resolveRelativePaths` in `pkg/kubelet/kubeletconfig/configfiles`). All others are relative
    /// to a working directory.
    fn absolute(&self, path: &str, location: &Location) -> Option<String> {
        if path.starts_with('/') {
            return Some(path.to_owned());
        }
        match location {
            Location::File { path: file, .. }
                if self.component == Component::Kubelet && self.configuration.has_file(file) =>
            {
                let (directory, _) = file.rsplit_once('/')?;
                Some(format!("{directory}/{path}"))
            }
            _ => None,
        }
    }

    /// Where a path that the component sees stands on the host.
    ///
    /// # Errors
    /// When it is inside a container that does not run.
    pub fn host_path(&self, path: &str) -> Result<String, Unknown> {
        if let Some(outside) = self.manifest.as_ref().and_then(|manifest| manifest.host_path(path))
        {
            return Ok(outside);
        }
        let own_mounts = self.process.map(|process| process.own_mounts.unwrap_or(false));
        match (own_mounts, self.process, &self.manifest) {
            (Some(true), Some(process), _) => Ok(format!("/proc/{}/root{path}", process.pid)),
            (None, _, Some(manifest)) => Err(Unknown::Unreadable {
                what: format!(
                    "{path} is inside the container of {}, which mounts nothing there and does \
                     not run",
                    manifest.path
                ),
            }),
            _ => Ok(path.to_owned()),
        }
    }
}

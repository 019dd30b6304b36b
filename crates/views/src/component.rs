use std::collections::BTreeMap;
use std::fmt;
use std::rc::Rc;

use merlon_model::{Carrier, Component, Location, Version};
use merlon_snapshot::Process;

use crate::arguments::Argument;
use crate::configuration::Configuration;
use crate::manifest::Manifest;
use crate::setting::{Kind, Setting};
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
            Self::NotInRelease { why } => formatter.write_str(why),
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
    /// When the component has no setting of that name in any release, which is a mistake in the
    /// calling control; a test looks up all that controls name.
    pub fn effective(&self, name: &str) -> Result<Effective, Unknown> {
        let setting = settings::find(self.component, name)
            .unwrap_or_else(|| panic!("{} has no setting {name}", self.component));
        self.effective_setting(setting)
    }

    /// The configuration file that the component was given, drop-ins aside.
    #[must_use]
    pub fn configuration_file(&self) -> Option<&str> {
        self.configuration.first()
    }

    pub(crate) fn effective_setting(&self, setting: &Setting) -> Result<Effective, Unknown> {
        if let Some(decided) = self.decided(setting)? {
            return Ok(decided);
        }
        self.check_release(setting)?;
        self.default_of(setting)
    }

    /// The value of a setting if something other than the default decided it.
    fn decided(&self, setting: &Setting) -> Result<Option<Effective>, Unknown> {
        if let Some(live) = self.live_value(setting)? {
            return Ok(Some(live));
        }
        if let Some(what) = &self.arguments_unknown {
            return Err(Unknown::Unreadable { what: what.clone() });
        }
        match precedence(self.component, setting, self.configuration.is_given()) {
            Precedence::Flags => self.in_flags(setting),
            Precedence::FlagsThenFile => match (self.in_flags(setting)?, setting.kind) {
                // Pairs of the flag win over those of the file one by one.
                (flags, Kind::Map) => Ok(merge(self.in_files(setting)?, flags)),
                (Some(flags), _) => Ok(Some(flags)),
                (None, _) => self.in_files(setting),
            },
            Precedence::FlagsThenEnvironment => match self.in_flags(setting)? {
                Some(flag) => Ok(Some(flag)),
                None => self.in_environment(setting),
            },
            Precedence::FileInstead => self.in_files(setting),
        }
    }

    fn in_flags(&self, setting: &Setting) -> Result<Option<Effective>, Unknown> {
        if !setting.flag {
            return Ok(None);
        }
        let mut decided: Option<Effective> = None;
        for argument in self.arguments.iter().filter(|argument| argument.name == setting.name) {
            let value = flag_value(argument, setting.kind)?;
            decided = Some(add(decided, value, &argument.location, setting.kind));
        }
        Ok(decided)
    }

    fn in_environment(&self, setting: &Setting) -> Result<Option<Effective>, Unknown> {
        if !setting.flag {
            return Ok(None);
        }
        let name = format!("ETCD_{}", setting.name.to_uppercase().replace('-', "_"));
        let Some((text, location)) = self.environment.get(&name) else {
            return Ok(None);
        };
        let value = Value::parse(text, setting.kind).map_err(|expected| Unknown::Invalid {
            what: format!("{name}={text} is not {expected}"),
            location: location.clone(),
        })?;
        Ok(Some(Effective { value, location: location.clone() }))
    }

    fn in_files(&self, setting: &Setting) -> Result<Option<Effective>, Unknown> {
        let Some(key) = setting.config else {
            return Ok(None);
        };
        self.configuration.value(key, setting.kind, &self.texts)
    }

    fn live_value(&self, setting: &Setting) -> Result<Option<Effective>, Unknown> {
        let (Some(url), Some(key)) = (self.live, setting.config) else {
            return Ok(None);
        };
        let configuration = Configuration::of_file(url.to_owned());
        let value = configuration.value(key, setting.kind, &self.texts)?;
        let location = Location::Live { url: url.to_owned() };
        // The answer is the whole configuration: what it leaves out has Go's zero value.
        let value = value.map_or_else(|| Value::zero(setting.kind), |effective| effective.value);
        Ok(Some(Effective { value, location }))
    }

    fn check_release(&self, setting: &Setting) -> Result<(), Unknown> {
        let Some(version) = &self.version else {
            return Ok(());
        };
        let release = version.minor_release();
        let dashes = if setting.flag { "--" } else { "" };
        let component = self.component;
        let (major, minor) = release;
        if let Some(since) = setting.since
            && release < since
        {
            let why = format!(
                "{component} {major}.{minor} does not have {dashes}{} yet, it came in {}.{}",
                setting.name, since.0, since.1
            );
            return Err(Unknown::NotInRelease { why });
        }
        if let Some(until) = setting.until
            && release >= until
        {
            let why = format!(
                "{component} {major}.{minor} no longer has {dashes}{}, it went away in {}.{}",
                setting.name, until.0, until.1
            );
            return Err(Unknown::NotInRelease { why });
        }
        Ok(())
    }

    fn default_of(&self, setting: &Setting) -> Result<Effective, Unknown> {
        let (text, version) = self.default_text(setting)?;
        let value = Value::parse(text, setting.kind).unwrap_or(Value::Unset);
        let component = self.component;
        Ok(Effective { value, location: Location::Default { component, version } })
    }

    /// The default's text, and the release it depends on if it does.
    fn default_text(&self, setting: &Setting) -> Result<(&'static str, Option<String>), Unknown> {
        if let Some(legacy) = setting.legacy_default
            && !self.configuration.is_given()
        {
            return Ok((legacy, None));
        }
        let mut defaults = setting.defaults.iter().flatten();
        let Some(first) = defaults.next() else {
            return Ok(("", None));
        };
        if defaults.next().is_none() {
            return Ok((first.value, None));
        }
        let Some(version) = &self.version else {
            return Err(Unknown::VersionUnknown { component: self.component });
        };
        let release = version.minor_release();
        let value = setting
            .defaults
            .iter()
            .flatten()
            .take_while(|default| default.since <= release)
            .last()
            .map_or("", |default| default.value);
        Ok((value, Some(format!("{}.{}", release.0, release.1))))
    }

    /// The path that a setting leads to as the host sees it; `None` when the setting is unset.
    ///
    /// A path inside a container is carried over the host directories mounted there. What is in
    /// the container's own file system is looked up below `/proc/PID/root`.
    ///
    /// # Errors
    /// When the setting is unknown, or its path leads nowhere that the host could see.
    pub fn path(&self, name: &str) -> Result<Option<(String, Location)>, Unknown> {
        let effective = self.effective(name)?;
        let Some(path) = effective.value.as_text() else {
            return Ok(None);
        };
        let path = self.absolute_path(path, &effective.location)?;
        Ok(Some((self.host_path(&path)?, effective.location)))
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

    /// Makes a relative path of a configuration file absolute, as the kubelet does
    /// (`pkg/kubelet/kubeletconfig/configfiles`).
    fn absolute(&self, path: &str, location: &Location) -> Option<String> {
        if path.starts_with('/') {
            return Some(path.to_owned());
        }
        match location {
            Location::File { path: file, .. } => {
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

/// Which sources decide a setting, for one component.
enum Precedence {
    /// Flags only.
    Flags,
    /// A flag wins over the file (kubelet).
    FlagsThenFile,
    /// A flag wins over the environment (etcd).
    FlagsThenEnvironment,
    /// The file stands in the place of flags.
    FileInstead,
}

fn precedence(component: Component, setting: &Setting, with_file: bool) -> Precedence {
    match component {
        Component::KubeApiserver | Component::KubeControllerManager => Precedence::Flags,
        Component::Kubelet => Precedence::FlagsThenFile,
        // With --config-file, etcd reads neither other flags nor the environment.
        Component::Etcd if with_file && setting.name != "config-file" => Precedence::FileInstead,
        Component::Etcd => Precedence::FlagsThenEnvironment,
        // With --config, kube-proxy and the scheduler ignore the flags that the file has keys
        // for; flags without a key stay in force.
        Component::KubeProxy | Component::KubeScheduler
            if with_file && setting.config.is_some() =>
        {
            Precedence::FileInstead
        }
        Component::KubeProxy | Component::KubeScheduler => Precedence::Flags,
    }
}

fn flag_value(argument: &Argument, kind: Kind) -> Result<Value, Unknown> {
    let text = match (&argument.value, kind) {
        (Some(text), _) => text.as_str(),
        (None, Kind::Bool) => "true",
        (None, _) => {
            return Err(Unknown::Invalid {
                what: format!("--{} has no value", argument.name),
                location: argument.location.clone(),
            });
        }
    };
    Value::parse(text, kind).map_err(|expected| Unknown::Invalid {
        what: format!("--{}={text} is not {expected}", argument.name),
        location: argument.location.clone(),
    })
}

/// Adds a repeated flag: lists and maps grow, everything else is replaced.
fn add(before: Option<Effective>, value: Value, location: &Location, kind: Kind) -> Effective {
    let value = match (before.map(|before| before.value), value, kind) {
        (Some(Value::List(mut parts)), Value::List(more), Kind::List) => {
            parts.extend(more);
            Value::List(parts)
        }
        (Some(Value::Map(mut pairs)), Value::Map(more), Kind::Map) => {
            pairs.extend(more);
            Value::Map(pairs)
        }
        (_, value, _) => value,
    };
    Effective { value, location: location.clone() }
}

fn merge(file: Option<Effective>, flags: Option<Effective>) -> Option<Effective> {
    match (file, flags) {
        (Some(file), Some(flags)) => {
            let location = flags.location.clone();
            Some(add(Some(file), flags.value, &location, Kind::Map))
        }
        (file, flags) => flags.or(file),
    }
}

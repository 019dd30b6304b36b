//! From all that could set a setting to the one that does.

use std::borrow::Cow;

use merlon_model::{Component, Location};

use crate::arguments::Argument;
use crate::component::{ComponentView, Unknown};
use crate::configuration::{Configuration, InFile, Merging};
use crate::setting::{Builtin, Kind, Setting, Zero};
use crate::value::{Effective, Value};

impl ComponentView<'_> {
    pub(crate) fn effective_setting(&self, setting: &Setting) -> Result<Effective, Unknown> {
        if let Some(structured) = &setting.structured
            && let Some(decided) = self.in_structured_file(setting, structured)?
        {
            return Ok(decided);
        }
        if let Some(decided) = self.decided(setting)? {
            return Ok(decided);
        }
        self.check_release(setting)?;
        self.default_of(setting)
    }

    /// The value of a setting if something other than the default decided it.
    pub(crate) fn decided(&self, setting: &Setting) -> Result<Option<Effective>, Unknown> {
        if let Some(live) = self.live_value(setting)? {
            return Ok(Some(live));
        }
        self.given(setting)
    }

    /// The value that arguments, environment and files give a setting.
    fn given(&self, setting: &Setting) -> Result<Option<Effective>, Unknown> {
        if let Some(what) = &self.arguments_unknown {
            return Err(Unknown::Unreadable { what: what.clone() });
        }
        match precedence(self.component, setting, self.configuration.is_given()) {
            Precedence::Flags => self.in_flags(setting),
            Precedence::FlagsThenFile => match (self.in_flags(setting)?, setting.kind) {
                // `kubeletConfigFlagPrecedence`: the flags are parsed once more over the file, and
                // the gates of the file that the flags do not name are put back.
                (flags, Kind::Map) => Ok(merge(self.in_files(setting)?, flags)),
                (Some(flags), _) => Ok(Some(flags)),
                (None, _) => self.in_files(setting),
            },
            Precedence::FlagsThenEnvironment => match self.in_flags(setting)? {
                Some(flag) => Ok(Some(flag)),
                None => self.in_environment(setting),
            },
            Precedence::FileInstead => {
                self.check_replaced(setting)?;
                self.in_files(setting)
            }
        }
    }

    /// The value that the command line gives a setting.
    pub(crate) fn in_flags(&self, setting: &Setting) -> Result<Option<Effective>, Unknown> {
        let mut decided: Option<Effective> = None;
        for argument in self.arguments.iter().filter(|flag| setting.has_flag(&flag.name)) {
            let value = flag_value(argument, setting)?;
            // Values of Go's own flag package, as etcd has them, replace each other always.
            let before = decided.filter(|_| self.component != Component::Etcd);
            decided = Some(add(before, value, &argument.location));
        }
        let empty = |effective: &Effective| {
            setting.zero == Zero::Default && effective.value == Value::zero(setting.kind)
        };
        Ok(decided.filter(|effective| !empty(effective)))
    }

    fn in_environment(&self, setting: &Setting) -> Result<Option<Effective>, Unknown> {
        if !setting.flag {
            return Ok(None);
        }
        let name = format!("ETCD_{}", setting.name.to_uppercase().replace('-', "_"));
        // An empty variable is the same as none (`SetFlagsFromEnv`).
        let Some((text, location)) =
            self.environment.get(&name).filter(|(text, _)| !text.is_empty())
        else {
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
        let found = self.file_value(key, setting.kind)?;
        let Some(InFile { effective, drop_in }) = found else {
            return Ok(None);
        };
        if setting.zero == Zero::Counts || effective.value != Value::zero(setting.kind) {
            return Ok(Some(effective));
        }
        // The defaulting takes an explicit zero for nothing, but where drop-ins are concerned only
        // when it runs after the merge.
        match self.merging() {
            Merging::NullKeeps | Merging::NotModelled if drop_in => Ok(Some(effective)),
            Merging::Unknown if drop_in => {
                Err(Unknown::VersionUnknown { component: self.component })
            }
            _ => Ok(None),
        }
    }

    /// The value of a dotted key in the configuration files.
    pub(crate) fn file_value(&self, key: &str, kind: Kind) -> Result<Option<InFile>, Unknown> {
        self.check_not_dynamic()?;
        self.configuration.value(key, kind, self.merging(), &self.texts)
    }

    fn merging(&self) -> Merging {
        Merging::of(self.version.as_ref().map(merlon_model::Version::minor_release))
    }

    /// A kubelet up to 1.23 that is told a directory for dynamic configuration takes a ConfigMap
    /// in the place of its file, if its node names one.
    fn check_not_dynamic(&self) -> Result<(), Unknown> {
        let directory = self.arguments.iter().rev().find(|flag| flag.name == "dynamic-config-dir");
        match directory {
            Some(flag)
                if self.component == Component::Kubelet
                    && flag.value.as_ref().is_some_and(|path| !path.is_empty()) =>
            {
                let location = &flag.location;
                let why = format!(
                    "with --dynamic-config-dir ({location}), a ConfigMap can stand in the place of \
                     the configuration file"
                );
                Err(Unknown::NotModelled { why })
            }
            _ => Ok(()),
        }
    }

    fn check_replaced(&self, setting: &Setting) -> Result<(), Unknown> {
        let Some(key) = setting.replaced_by else {
            return Ok(());
        };
        match self.file_value(key, Kind::Text)? {
            Some(InFile { effective, .. }) => {
                let (name, location) = (setting.name, effective.location);
                let why = format!("{key} at {location} decides in the place of --{name}");
                Err(Unknown::NotModelled { why })
            }
            None => Ok(()),
        }
    }

    fn live_value(&self, setting: &Setting) -> Result<Option<Effective>, Unknown> {
        let Some(key) = setting.config else {
            return Ok(None);
        };
        if setting.filled_in {
            return Ok(None);
        }
        match self.live_key(key, setting.kind)? {
            None => Ok(None),
            Some(Answer { value: Some(value), location }) => {
                Ok(Some(Effective { value, location }))
            }
            Some(Answer { value: None, location }) => self.left_out(setting, location).map(Some),
        }
    }

    /// The value of a setting that the answer leaves out, although it is the whole configuration.
    ///
    /// It has Go's zero value there. Where that is not the default, either a zero was given, or the
    /// code behind the configuration takes the default for what is not set.
    fn left_out(&self, setting: &Setting, location: Location) -> Result<Effective, Unknown> {
        self.check_release(setting)?;
        let zero = Value::zero(setting.kind);
        let default = self.default_of(setting)?;
        if default.value == zero {
            return Ok(Effective { value: zero, location });
        }
        // A text, list or map that is empty is not set.
        let given = if zero.is_unset() { None } else { self.given(setting)? };
        match given {
            Some(given) if given.value == zero => Ok(Effective { value: zero, location }),
            _ => Ok(default),
        }
    }

    /// What the component answered about a key, if it was asked at all.
    pub(crate) fn live_key(&self, key: &str, kind: Kind) -> Result<Option<Answer>, Unknown> {
        let Some(url) = self.live else {
            return Ok(None);
        };
        let answer = Configuration::of_file(url.to_owned());
        let found = answer.value(key, kind, Merging::NullDeletes, &self.texts)?;
        let location = Location::Live { url: url.to_owned() };
        Ok(Some(Answer { value: found.map(|found| found.effective.value), location }))
    }

    fn check_release(&self, setting: &Setting) -> Result<(), Unknown> {
        let dashes = if setting.flag { "--" } else { "" };
        let what = format!("{dashes}{}", setting.name);
        self.check_between(&what, setting.since, setting.until)
    }

    /// Whether the component's release has something that came and went; unknown releases do.
    pub(crate) fn check_between(
        &self,
        what: &str,
        since: Option<(u32, u32)>,
        until: Option<(u32, u32)>,
    ) -> Result<(), Unknown> {
        match &self.version {
            Some(version) => self.check_release_of(what, version.minor_release(), since, until),
            None => Ok(()),
        }
    }

    /// As [`ComponentView::check_between`], for a release that is not the component's own.
    pub(crate) fn check_release_of(
        &self,
        what: &str,
        release: (u32, u32),
        since: Option<(u32, u32)>,
        until: Option<(u32, u32)>,
    ) -> Result<(), Unknown> {
        let component = self.component;
        let (major, minor) = release;
        if let Some(since) = since
            && release < since
        {
            let why = format!(
                "{component} {major}.{minor} does not have {what} yet, it came in {}.{}",
                since.0, since.1
            );
            return Err(Unknown::NotInRelease { why });
        }
        if let Some(until) = until
            && release >= until
        {
            let why = format!(
                "{component} {major}.{minor} no longer has {what}, it went away in {}.{}",
                until.0, until.1
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
        if setting.config.is_some() && self.component == Component::Kubelet {
            self.check_not_dynamic()?;
        }
        if let Some(legacy) = setting.legacy_default
            && !self.has_base_file()
        {
            return Ok((legacy, None));
        }
        let known = setting.defaults.iter().flatten();
        let (builtin, version) = match (known.clone().count(), &self.version) {
            (0, _) => return Ok(("", None)),
            (1, _) => (known.last(), None),
            (_, None) => return Err(Unknown::VersionUnknown { component: self.component }),
            (_, Some(version)) => {
                let release = version.minor_release();
                let holds = known.take_while(|default| default.since <= release).last();
                (holds, Some(format!("{}.{}", release.0, release.1)))
            }
        };
        match builtin.map(|default| default.value) {
            None => Ok(("", version)),
            Some(Builtin::Is(text)) => Ok((text, version)),
            Some(Builtin::WithGate { gate, value }) => {
                let on = self.feature_gate(gate)?.value.as_bool() == Some(true);
                Ok((if on { value } else { "" }, version))
            }
        }
    }

    /// Whether there is a file that drop-ins are laid over: without one, they are laid over the
    /// defaults of flags.
    pub(crate) fn has_base_file(&self) -> bool {
        let config = self.arguments.iter().rev().find(|flag| flag.name == "config");
        config.is_some_and(|flag| flag.value.as_ref().is_some_and(|path| !path.is_empty()))
    }
}

/// What a component answered about one key of its configuration.
pub(crate) struct Answer {
    /// The value; `None` when the answer leaves it out.
    pub(crate) value: Option<Value>,
    pub(crate) location: Location,
}

/// Which sources decide a setting, for one component.
enum Precedence {
    /// Flags only.
    Flags,
    /// A flag wins over the file.
    FlagsThenFile,
    /// A flag wins over the environment.
    FlagsThenEnvironment,
    /// The file stands in the place of flags.
    FileInstead,
}

fn precedence(component: Component, setting: &Setting, with_file: bool) -> Precedence {
    let in_file = setting.config.is_some() || setting.replaced_by.is_some();
    match component {
        Component::KubeApiserver | Component::KubeControllerManager => Precedence::Flags,
        // `kubeletConfigFlagPrecedence` in `cmd/kubelet/app/server.go`.
        Component::Kubelet => Precedence::FlagsThenFile,
        // `config.parse` in `etcdmain/config.go`: with a file neither other flags nor the
        // environment.
        Component::Etcd if with_file && setting.name != "config-file" => Precedence::FileInstead,
        Component::Etcd => Precedence::FlagsThenEnvironment,
        // `Options.ApplyTo` of the scheduler, `Options.Complete` of kube-proxy: with a file, the
        // flags that it has keys for are ignored; flags without a key stay in force.
        Component::KubeProxy | Component::KubeScheduler if with_file && in_file => {
            if setting.flag_over_file { Precedence::FlagsThenFile } else { Precedence::FileInstead }
        }
        Component::KubeProxy | Component::KubeScheduler => Precedence::Flags,
    }
}

fn flag_value(argument: &Argument, setting: &Setting) -> Result<Value, Unknown> {
    let text = match (&argument.value, setting.kind) {
        (Some(text), _) if setting.bare_names => Cow::Owned(with_values(text)),
        (Some(text), _) => Cow::Borrowed(text.as_str()),
        (None, Kind::Bool) => Cow::Borrowed("true"),
        (None, _) => {
            return Err(Unknown::Invalid {
                what: format!("--{} has no value", argument.name),
                location: argument.location.clone(),
            });
        }
    };
    Value::parse(&text, setting.kind).map_err(|expected| Unknown::Invalid {
        what: format!("--{}={text} is not {expected}", argument.name),
        location: argument.location.clone(),
    })
}

/// Writes `name` and `name=` as `name=true`.
fn with_values(text: &str) -> String {
    let pairs = text.split(',').map(str::trim).filter(|pair| !pair.is_empty());
    let pairs: Vec<String> = pairs
        .map(|pair| match pair.split_once('=') {
            Some((_, value)) if !value.is_empty() => pair.to_owned(),
            Some((name, _)) => format!("{name}=true"),
            None => format!("{pair}=true"),
        })
        .collect();
    pairs.join(",")
}

/// Adds a repeated flag: lists and maps grow, everything else is replaced.
fn add(before: Option<Effective>, value: Value, location: &Location) -> Effective {
    let value = match (before.map(|before| before.value), value) {
        (Some(Value::List(mut parts)), Value::List(more)) => {
            parts.extend(more);
            Value::List(parts)
        }
        // An empty flag adds nothing to a list.
        (Some(Value::List(parts)), Value::Unset) => Value::List(parts),
        (Some(Value::Map(mut pairs)), Value::Map(more)) => {
            pairs.extend(more);
            Value::Map(pairs)
        }
        (_, value) => value,
    };
    Effective { value, location: location.clone() }
}

fn merge(file: Option<Effective>, flags: Option<Effective>) -> Option<Effective> {
    match (file, flags) {
        (Some(file), Some(flags)) => {
            let location = flags.location.clone();
            Some(add(Some(file), flags.value, &location))
        }
        (file, flags) => flags.or(file),
    }
}

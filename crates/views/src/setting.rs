use merlon_snapshot::{DocumentKind, Want};

/// One setting of a component: its flag, its place in the configuration file, its defaults.
///
/// Settings are rows of one list per component (see [`crate::settings`]); the resolver knows no
/// setting by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Setting {
    /// The flag without dashes; for a setting without a flag, the dotted configuration key.
    pub name: &'static str,
    /// Whether there is a flag of that name.
    pub flag: bool,
    /// An older flag that sets the same value.
    pub alias: Option<&'static str>,
    /// The dotted key in the component's configuration file.
    pub config: Option<&'static str>,
    /// How its value is read.
    pub kind: Kind,
    /// The built-in defaults, the oldest first.
    pub defaults: [Option<Default>; 4],
    /// The default that holds when the component was given no configuration file. Only the kubelet
    /// has such: `applyLegacyDefaults` in `cmd/kubelet/app/options/options.go`.
    pub legacy_default: Option<&'static str>,
    /// Whether a name alone means `name=true` among pairs.
    pub bare_names: bool,
    /// What an explicit zero value (`0`, `""`, nothing) means.
    pub zero: Zero,
    /// Whether the flag wins over the file in a component whose file otherwise replaces flags.
    pub flag_over_file: bool,
    /// The key that decides in the flag's place, in another form, when there is a file.
    pub replaced_by: Option<&'static str>,
    /// The file that decides in the flag's place.
    pub structured: Option<Structured>,
    /// The first release that has the setting.
    pub since: Option<(u32, u32)>,
    /// The first release that no longer has it.
    pub until: Option<(u32, u32)>,
    /// What its value leads to, when the value is a path.
    pub leads_to: Option<Want>,
    /// Whether the component fills it in itself when nothing sets it, so that what it tells about
    /// itself does not show what it was given.
    pub filled_in: bool,
}

/// How a setting's text is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `true` or `false`; a flag without a value is `true`.
    Bool,
    /// A whole number.
    Integer,
    /// A text, a path or an address; repeated flags replace each other.
    Text,
    /// A comma-separated list; repeated flags add to each other.
    List,
    /// A list of which each flag gives one part, commas and all (`pflag`'s `StringArray`).
    Repeated,
    /// Comma-separated `key=value` pairs; repeated flags add to each other. Where a kubelet has
    /// both flag and file (`featureGates`), those of the flag win pair by pair.
    Map,
    /// A Go duration: `4h0m0s`, or `0`.
    Duration,
}

/// A built-in default and the release it came with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Default {
    /// The first release that has this default.
    pub since: (u32, u32),
    /// What it is.
    pub value: Builtin,
}

/// What a component takes when nothing sets a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Builtin {
    /// The default as a flag would be written; empty for "not set".
    Is(&'static str),
    /// The default while a feature gate is on; not set while it is off.
    WithGate {
        /// The feature gate.
        gate: &'static str,
        /// The default as a flag would be written.
        value: &'static str,
    },
}

/// What an explicit zero value means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Zero {
    /// What it says.
    Counts,
    /// The default, when it stands in the configuration file: the field is no pointer, and so the
    /// defaulting cannot tell it from an absent one.
    DefaultInFile,
    /// The default, wherever it stands.
    Default,
}

/// A place in a file that decides a setting instead of its flag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Structured {
    /// The flag that names the file.
    pub flag: &'static str,
    /// The place: dotted keys, `[]` after a key for each element of a list. The file decides as
    /// soon as it has the first key.
    pub path: &'static str,
}

impl Setting {
    /// A setting with a flag and, so far, nothing else.
    #[must_use]
    pub const fn flag(name: &'static str, kind: Kind) -> Self {
        Self {
            name,
            flag: true,
            alias: None,
            config: None,
            kind,
            defaults: [None; 4],
            legacy_default: None,
            bare_names: false,
            zero: Zero::Counts,
            flag_over_file: false,
            replaced_by: None,
            structured: None,
            since: None,
            until: None,
            leads_to: None,
            filled_in: false,
        }
    }

    /// A setting that only the configuration file has.
    #[must_use]
    pub const fn key(config: &'static str, kind: Kind) -> Self {
        let mut setting = Self::flag(config, kind);
        setting.flag = false;
        setting.config = Some(config);
        setting
    }

    /// A setting that only a structured configuration file has.
    #[must_use]
    pub const fn structured(name: &'static str, kind: Kind, flag: &'static str) -> Self {
        let mut setting = Self::flag(name, kind).instead(flag, name);
        setting.flag = false;
        setting
    }

    /// A place in the file that a flag names decides instead of this flag.
    #[must_use]
    pub const fn instead(mut self, flag: &'static str, path: &'static str) -> Self {
        self.structured = Some(Structured { flag, path });
        self
    }

    /// An older flag that sets the same value.
    #[must_use]
    pub const fn alias(mut self, flag: &'static str) -> Self {
        self.alias = Some(flag);
        self
    }

    /// Whether a flag of that name sets it.
    #[must_use]
    pub fn has_flag(&self, name: &str) -> bool {
        self.flag && (self.name == name || self.alias == Some(name))
    }

    /// The same setting in the configuration file.
    #[must_use]
    pub const fn config(mut self, key: &'static str) -> Self {
        self.config = Some(key);
        self
    }

    /// The default that all releases have, or the oldest one known.
    #[must_use]
    pub const fn default(self, value: &'static str) -> Self {
        self.changed((0, 0), value)
    }

    /// The default from a release on. Call in ascending order.
    #[must_use]
    pub const fn changed(self, since: (u32, u32), value: &'static str) -> Self {
        self.builtin(since, Builtin::Is(value))
    }

    /// The default from a release on, while a feature gate is on.
    #[must_use]
    pub const fn with_gate(
        self,
        since: (u32, u32),
        gate: &'static str,
        value: &'static str,
    ) -> Self {
        self.builtin(since, Builtin::WithGate { gate, value })
    }

    const fn builtin(mut self, since: (u32, u32), value: Builtin) -> Self {
        let mut place = 0;
        while self.defaults[place].is_some() {
            place += 1;
        }
        self.defaults[place] = Some(Default { since, value });
        self
    }

    /// The default without a configuration file.
    #[must_use]
    pub const fn without_config(mut self, value: &'static str) -> Self {
        self.legacy_default = Some(value);
        self
    }

    /// Among its pairs, a name alone, or with nothing after `=`, means `name=true`.
    #[must_use]
    pub const fn bare_names(mut self) -> Self {
        self.bare_names = true;
        self
    }

    /// An explicit zero value in the file means the default.
    #[must_use]
    pub const fn zero_in_file_is_default(mut self) -> Self {
        self.zero = Zero::DefaultInFile;
        self
    }

    /// An explicit zero value means the default.
    #[must_use]
    pub const fn zero_is_default(mut self) -> Self {
        self.zero = Zero::Default;
        self
    }

    /// The flag wins over the file although the component's file otherwise replaces its flags.
    #[must_use]
    pub const fn flag_over_file(mut self) -> Self {
        self.flag_over_file = true;
        self
    }

    /// With a configuration file, that key of it decides in another form.
    #[must_use]
    pub const fn replaced_by(mut self, key: &'static str) -> Self {
        self.replaced_by = Some(key);
        self
    }

    /// The first release that has the setting.
    #[must_use]
    pub const fn since(mut self, release: (u32, u32)) -> Self {
        self.since = Some(release);
        self
    }

    /// The first release that no longer has it.
    #[must_use]
    pub const fn until(mut self, release: (u32, u32)) -> Self {
        self.until = Some(release);
        self
    }

    /// The component fills it in itself when nothing sets it.
    #[must_use]
    pub const fn filled_in(mut self) -> Self {
        self.filled_in = true;
        self
    }

    /// Its value is the path of a document of that kind.
    #[must_use]
    pub const fn document(mut self, kind: DocumentKind) -> Self {
        self.leads_to = Some(Want::Document(kind));
        self
    }

    /// Its value is the path of a file or directory with certificates.
    #[must_use]
    pub const fn certificates(mut self) -> Self {
        self.leads_to = Some(Want::Certificates);
        self
    }

    /// Its value is the path of something of which only the state matters, such as a key.
    #[must_use]
    pub const fn state(mut self) -> Self {
        self.leads_to = Some(Want::State);
        self
    }

    /// Its value is the path of a directory whose names matter.
    #[must_use]
    pub const fn directory(mut self) -> Self {
        self.leads_to = Some(Want::Directory);
        self
    }
}

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
    /// The dotted key in the component's configuration file.
    pub config: Option<&'static str>,
    /// How its value is read.
    pub kind: Kind,
    /// The built-in defaults, the oldest first.
    pub defaults: [Option<Default>; 3],
    /// The default that holds when the component was given no configuration file. Only the kubelet
    /// has such: `applyLegacyDefaults` in `cmd/kubelet/app/options/options.go`.
    pub legacy_default: Option<&'static str>,
    /// The first release that has the setting.
    pub since: Option<(u32, u32)>,
    /// The first release that no longer has it.
    pub until: Option<(u32, u32)>,
    /// What its value leads to, when the value is a path.
    pub leads_to: Option<Want>,
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
    /// Comma-separated `key=value` pairs; repeated flags add to each other.
    Map,
    /// A Go duration: `4h0m0s`, or `0`.
    Duration,
}

/// A built-in default and the release it came with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Default {
    /// The first release that has this default.
    pub since: (u32, u32),
    /// The default as a flag would be written; empty for "not set".
    pub value: &'static str,
}

impl Setting {
    /// A setting with a flag and, so far, nothing else.
    #[must_use]
    pub const fn flag(name: &'static str, kind: Kind) -> Self {
        Self {
            name,
            flag: true,
            config: None,
            kind,
            defaults: [None; 3],
            legacy_default: None,
            since: None,
            until: None,
            leads_to: None,
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
    pub const fn changed(mut self, since: (u32, u32), value: &'static str) -> Self {
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

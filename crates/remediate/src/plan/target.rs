use merlon_model::{Action, Carrier, Component, ConfigValue, NodeReport, Role};

use super::{Name, Value};

/// A file that is edited, and how. The order is that of doing.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Target {
    /// Kernel parameters of Merlon's own file.
    Sysctl,
    /// The command in a static pod manifest.
    StaticPod { path: String, program: Component },
    /// A component's configuration; the unit to restart, if one reads it.
    Configuration { path: String, component: Component, unit: Option<String> },
    /// A variable that holds flags.
    Variable { path: String, component: Component, variable: String, unit: String },
    /// Variables that each are a flag.
    Variables { path: String, component: Component, unit: String },
    /// One flag a line.
    Arguments { path: String, component: Component, unit: String },
    /// A list or mapping of flags in a supervisor's configuration.
    Supervisor { path: String, component: Component, key: String, unit: String },
    /// A unit's command line, by a drop-in.
    Unit { unit: String, component: Component },
}

/// Where Merlon keeps kernel parameters.
pub(crate) const SYSCTL_FILE: &str = "/etc/sysctl.d/90-merlon.conf";

impl Target {
    /// The kind of file, as the edits in Python call it.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Sysctl => "sysctl",
            Self::StaticPod { .. } => "static-pod",
            Self::Configuration { .. } => "configuration",
            Self::Variable { .. } => "variable",
            Self::Variables { .. } => "variables",
            Self::Arguments { .. } => "arguments",
            Self::Supervisor { .. } => "supervisor",
            Self::Unit { .. } => "unit",
        }
    }

    /// The file that is edited.
    pub(crate) fn path(&self) -> String {
        match self {
            Self::Sysctl => SYSCTL_FILE.to_owned(),
            Self::Unit { unit, .. } => format!("/etc/systemd/system/{unit}.d/90-merlon.conf"),
            Self::StaticPod { path, .. }
            | Self::Configuration { path, .. }
            | Self::Variable { path, .. }
            | Self::Variables { path, .. }
            | Self::Arguments { path, .. }
            | Self::Supervisor { path, .. } => path.clone(),
        }
    }

    /// The place for people.
    pub(crate) fn place(&self) -> String {
        match self {
            Self::Variable { path, variable, .. } => format!("{variable} of {path}"),
            Self::Supervisor { path, key, .. } => format!("{key} of {path}"),
            _ => self.path(),
        }
    }

    /// What else the edits in Python need to know, by their names for it.
    pub(crate) fn options(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Sysctl
            | Self::Configuration { .. }
            | Self::Variables { .. }
            | Self::Arguments { .. } => Vec::new(),
            Self::StaticPod { program, .. } => vec![("program", program.to_string())],
            Self::Variable { variable, .. } => vec![("variable", variable.clone())],
            Self::Supervisor { key, .. } => vec![("key", key.clone())],
            Self::Unit { unit, component } => {
                vec![("program", component.to_string()), ("unit", unit.clone())]
            }
        }
    }

    /// The component whose configuration this is.
    pub(crate) fn component(&self) -> Option<Component> {
        match self {
            Self::Sysctl => None,
            Self::StaticPod { program, .. } => Some(*program),
            Self::Configuration { component, .. }
            | Self::Variable { component, .. }
            | Self::Variables { component, .. }
            | Self::Arguments { component, .. }
            | Self::Supervisor { component, .. }
            | Self::Unit { component, .. } => Some(*component),
        }
    }

    /// The unit that has to be restarted for the edit to count.
    pub(crate) fn unit(&self) -> Option<&str> {
        match self {
            Self::Sysctl | Self::StaticPod { .. } => None,
            Self::Configuration { unit, .. } => unit.as_deref(),
            Self::Variable { unit, .. }
            | Self::Variables { unit, .. }
            | Self::Arguments { unit, .. }
            | Self::Supervisor { unit, .. }
            | Self::Unit { unit, .. } => Some(unit),
        }
    }

    /// Whether the API server is away after the unit was restarted.
    pub(crate) fn takes_api_away(&self) -> bool {
        self.component() == Some(Component::KubeApiserver)
            && matches!(self, Self::Arguments { .. } | Self::Supervisor { .. })
    }

    /// What a person has to do for the edit to count, where nothing is restarted.
    pub(super) fn by_hand_afterwards(&self, action: &Action) -> Option<Action> {
        match (self, action) {
            (Self::Configuration { path, component, unit: None }, _) => Some(Action::Manual {
                instruction: format!("restart {component} so that it reads {path} again"),
                commands: Vec::new(),
            }),
            _ => None,
        }
    }
}

/// The edit that an action asks for: where, of what, to which value. `None` for what is no edit
/// that can be made without a person.
pub(super) fn edit(action: &Action, node: &NodeReport) -> Option<(Target, Name, Option<Value>)> {
    match action {
        Action::SetFlag { component, carrier, flag, value } => {
            let target = carried(*component, carrier)?;
            let value = known_or_chosen(*component, flag, ConfigValue::Text(value.clone()));
            let name = flat_name(&target, flag);
            Some((target, name, Some(value)))
        }
        Action::RemoveFlag { component, carrier, flag } => {
            let target = carried(*component, carrier)?;
            let name = flat_name(&target, flag);
            Some((target, name, None))
        }
        Action::SetConfig { component, path, keys, value } => {
            let value = known_or_chosen(*component, &keys.join("_"), value.clone());
            Some((configuration(*component, path, node), Name::Keys(keys.clone()), Some(value)))
        }
        Action::RemoveConfig { component, path, keys } => {
            Some((configuration(*component, path, node), Name::Keys(keys.clone()), None))
        }
        Action::SetSysctl { name, value } => {
            let value = Value::Is(ConfigValue::Text(value.clone()));
            Some((Target::Sysctl, Name::Flat(name.clone()), Some(value)))
        }
        Action::RestrictMode { .. }
        | Action::SetOwner { .. }
        | Action::RemoveFile { .. }
        | Action::EditObject { .. }
        | Action::Manual { .. } => None,
    }
}

fn carried(component: Component, carrier: &Carrier) -> Option<Target> {
    match carrier.clone() {
        Carrier::StaticPod { path } => Some(Target::StaticPod { path, program: component }),
        Carrier::Unit { unit } => Some(Target::Unit { unit, component }),
        Carrier::EnvironmentFile { path, variable, unit } => {
            Some(Target::Variable { path, component, variable, unit })
        }
        Carrier::Environment { path, unit } => Some(Target::Variables { path, component, unit }),
        Carrier::ArgumentsFile { path, unit } => Some(Target::Arguments { path, component, unit }),
        Carrier::Supervisor { path, key, unit } => {
            Some(Target::Supervisor { path, component, key, unit })
        }
        Carrier::Vendor { .. } | Carrier::Unknown => None,
    }
}

/// A flag's name where it is written: etcd's variables have a name of their own.
fn flat_name(target: &Target, flag: &str) -> Name {
    match target {
        Target::Variables { .. } => {
            Name::Flat(format!("ETCD_{}", crate::commands::variable_name(flag)))
        }
        _ => Name::Flat(flag.to_owned()),
    }
}

fn known_or_chosen(component: Component, name: &str, value: ConfigValue) -> Value {
    let (empty, list) = match &value {
        ConfigValue::Text(text) => (text.is_empty(), false),
        ConfigValue::List(parts) => (parts.iter().all(String::is_empty), true),
        ConfigValue::Bool(_) | ConfigValue::Integer(_) => (false, false),
    };
    if !empty {
        return Value::Is(value);
    }
    let variable = format!("merlon_{component}_{name}");
    let keep = |c: char| c.is_ascii_alphanumeric();
    let variable = variable.chars().map(|c| if keep(c) { c.to_ascii_lowercase() } else { '_' });
    Value::Chosen { variable: variable.collect(), list }
}

fn configuration(component: Component, path: &str, node: &NodeReport) -> Target {
    let unit = reader(component, node).map(str::to_owned);
    Target::Configuration { path: path.to_owned(), component, unit }
}

/// The unit whose process reads a component's configuration.
fn reader(component: Component, node: &NodeReport) -> Option<&'static str> {
    let controls = node.roles.contains(&Role::ControlPlane);
    match (component, node.distribution.as_deref()) {
        (_, Some("microk8s")) => Some("snap.microk8s.daemon-kubelite.service"),
        (_, Some("k3s")) if controls => Some("k3s.service"),
        (_, Some("k3s")) => Some("k3s-agent.service"),
        (Component::Kubelet, Some("rke2")) if controls => Some("rke2-server.service"),
        (Component::Kubelet, Some("rke2")) => Some("rke2-agent.service"),
        (Component::Kubelet, Some("k0s")) => Some("k0sworker.service"),
        (Component::Kubelet, _) => Some("kubelet.service"),
        (Component::Etcd, Some("kubespray")) => Some("etcd.service"),
        _ => None,
    }
}

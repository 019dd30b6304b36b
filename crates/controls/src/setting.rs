//! The evaluator of rows about settings.

use std::collections::BTreeMap;

use merlon_model::{Action, Component, ConfigValue, Location};
use merlon_views::setting::{Kind, Setting};
use merlon_views::{ComponentView, Effective, NodeView, Unknown, Value, settings};

use crate::address;
use crate::control::{Expect, Parameters, Requirement, SettingCheck};
use crate::judge::Judge;

/// Judges each instance of the component by the effective values of its settings.
pub(crate) fn judge(
    check: &SettingCheck,
    node: &NodeView<'_>,
    with: &Parameters,
    judge: &mut Judge<'_, '_>,
) {
    for instance in node.instances(check.component) {
        for requirement in check.requirements {
            judge_requirement(requirement, instance, with, judge);
        }
    }
}

fn judge_requirement(
    requirement: &Requirement,
    instance: &ComponentView<'_>,
    with: &Parameters,
    judge: &mut Judge<'_, '_>,
) {
    let name = called(instance.component, requirement.setting);
    let expect = Expected::of(requirement.expect, with);
    match instance.effective(requirement.setting) {
        Err(Unknown::NotInRelease { why }) => {
            judge.not_applicable(&instance.name, why);
        }
        Err(unknown) => {
            let why = format!("the effective value of {name} is not known: {unknown}");
            judge.error(&instance.name, why).expected(expect.describe(&name));
        }
        Ok(effective) => {
            let statement = format!("{name} is {}", shown(&effective.value));
            let location = effective.location.clone();
            let entry = if expect.holds(&effective.value) {
                judge.pass(&instance.name, statement.clone())
            } else {
                let actions = expect.remedy(requirement, instance, &effective);
                judge.fail(&instance.name, statement.clone()).actions(actions)
            };
            entry.expected(expect.describe(&name)).evidence(statement, location);
        }
    }
}

/// A value as findings show it.
fn shown(value: &Value) -> String {
    match value {
        Value::Map(pairs) if pairs.is_empty() => Value::Unset.to_string(),
        value => value.to_string(),
    }
}

/// How a setting is called: with dashes when it is a flag.
fn called(component: Component, name: &str) -> String {
    match settings::find(component, name) {
        Some(setting) if setting.flag => format!("--{name}"),
        _ => name.to_owned(),
    }
}

/// An expectation with its operand, which a benchmark may have replaced.
struct Expected<'p> {
    expect: Expect,
    operand: &'p str,
}

impl<'p> Expected<'p> {
    fn of(expect: Expect, with: &'p Parameters) -> Self {
        let declared = match expect {
            Expect::Is(operand)
            | Expect::IsNot(operand)
            | Expect::Includes(operand)
            | Expect::Excludes(operand)
            | Expect::AtLeast(operand)
            | Expect::AtMost(operand)
            | Expect::OnlyFrom(operand) => operand,
            Expect::IsSet | Expect::IsUnset | Expect::Loopback => "",
        };
        Self { expect, operand: with.get("value").unwrap_or(declared) }
    }

    fn holds(&self, value: &Value) -> bool {
        let operand = self.operand;
        match self.expect {
            Expect::Is(_) => equals(value, operand),
            Expect::IsNot(_) => !equals(value, operand),
            Expect::IsSet => !value.is_unset(),
            Expect::IsUnset => value.is_unset(),
            Expect::Includes(_) => has(value, operand),
            Expect::Excludes(_) => !has(value, operand),
            Expect::AtLeast(_) => {
                compare(value, operand).is_some_and(|(value, bound)| value >= bound)
            }
            Expect::AtMost(_) => {
                compare(value, operand).is_some_and(|(value, bound)| value > 0 && value <= bound)
            }
            Expect::Loopback => value.as_text().is_some_and(address::is_loopback),
            Expect::OnlyFrom(_) => {
                let allowed: Vec<&str> = operand.split(',').collect();
                let parts = value.as_list();
                !parts.is_empty() && parts.iter().all(|part| allowed.contains(&part.as_str()))
            }
        }
    }

    fn describe(&self, name: &str) -> String {
        let operand = self.operand;
        match self.expect {
            Expect::Is(_) => format!("{name} is {operand}"),
            Expect::IsNot(_) => format!("{name} is anything but {operand}"),
            Expect::IsSet => format!("{name} is set"),
            Expect::IsUnset => format!("{name} is not set"),
            Expect::Includes(_) => format!("{name} includes {operand}"),
            Expect::Excludes(_) => format!("{name} does not include {operand}"),
            Expect::AtLeast(_) => format!("{name} is at least {operand}"),
            Expect::AtMost(_) => format!("{name} is at most {operand}, and not 0"),
            Expect::OnlyFrom(_) => format!("{name} has only elements of {operand}"),
            Expect::Loopback => format!("{name} is an address of this machine alone"),
        }
    }

    /// What to change so that the expectation holds.
    fn remedy(
        &self,
        requirement: &Requirement,
        instance: &ComponentView<'_>,
        effective: &Effective,
    ) -> Option<Action> {
        let setting = settings::find(instance.component, requirement.setting)?;
        if setting.kind == Kind::Map {
            return self.remedy_pair(setting, instance, effective);
        }
        let value = match self.expect {
            Expect::Includes(_) | Expect::Excludes(_) => {
                return self.remedy_of_list(requirement, setting, instance, effective);
            }
            Expect::IsUnset => return Some(remove(setting, instance, effective)),
            _ if !requirement.remedy.is_empty() => requirement.remedy.to_owned(),
            Expect::Is(_) | Expect::AtLeast(_) | Expect::AtMost(_) | Expect::OnlyFrom(_) => {
                self.operand.to_owned()
            }
            Expect::Loopback => "127.0.0.1".to_owned(),
            Expect::IsSet | Expect::IsNot(_) => String::new(),
        };
        Some(set(setting, instance, effective, value))
    }

    /// Adds one element to a list, or takes one out of it, and leaves the others.
    fn remedy_of_list(
        &self,
        requirement: &Requirement,
        setting: &Setting,
        instance: &ComponentView<'_>,
        effective: &Effective,
    ) -> Option<Action> {
        let adds = matches!(self.expect, Expect::Includes(_));
        let mut parts = match effective.location {
            // Nobody chose a default, so there is nothing to keep.
            Location::Default { .. } if !requirement.remedy.is_empty() => Vec::new(),
            _ => effective.value.as_list().to_vec(),
        };
        parts.retain(|part| part != self.operand);
        let value = match (parts.is_empty(), requirement.remedy) {
            (true, "") if !adds => return Some(remove(setting, instance, effective)),
            (true, remedy) if !remedy.is_empty() => remedy.to_owned(),
            _ => {
                parts.extend(adds.then(|| self.operand.to_owned()));
                parts.join(",")
            }
        };
        Some(set(setting, instance, effective, value))
    }

    /// What to change in pairs such as feature gates.
    fn remedy_pair(
        &self,
        setting: &Setting,
        instance: &ComponentView<'_>,
        effective: &Effective,
    ) -> Option<Action> {
        let (name, value) = self.operand.split_once('=')?;
        if let (Expect::Excludes(_), None, Value::Map(pairs)) =
            (self.expect, setting.config, &effective.value)
        {
            return Some(remove_pair(setting, instance, effective, pairs, name));
        }
        let wanted = match self.expect {
            Expect::Includes(_) => value == "true",
            // Left out, it might still be set by another source that now loses against this one.
            Expect::Excludes(_) => value != "true",
            _ => return None,
        };
        Some(set_pair(setting, instance, effective, name, wanted))
    }
}

/// Takes one of the pairs of a setting that has no other source than its flag. The opposite of a
/// pair is not the same as its absence: `api/all=false` turns all APIs off.
fn remove_pair(
    setting: &Setting,
    instance: &ComponentView<'_>,
    effective: &Effective,
    pairs: &BTreeMap<String, String>,
    name: &str,
) -> Action {
    let mut pairs = pairs.clone();
    pairs.remove(name);
    if pairs.is_empty() {
        return remove(setting, instance, effective);
    }
    set(setting, instance, effective, Value::Map(pairs).to_string())
}

/// Sets one of the pairs of a setting, where the pairs are decided.
fn set_pair(
    setting: &Setting,
    instance: &ComponentView<'_>,
    effective: &Effective,
    name: &str,
    value: bool,
) -> Action {
    if let Some((path, mut keys)) = place_in_file(setting, instance, effective) {
        keys.push(name.to_owned());
        let value = ConfigValue::Bool(value);
        return Action::SetConfig { component: instance.component, path, keys, value };
    }
    let mut pairs = match &effective.value {
        Value::Map(pairs) => pairs.clone(),
        _ => BTreeMap::new(),
    };
    pairs.insert(name.to_owned(), value.to_string());
    set(setting, instance, effective, Value::Map(pairs).to_string())
}

/// Turns a feature gate of an instance on or off.
pub(crate) fn set_gate(instance: &ComponentView<'_>, gate: &str, on: bool) -> Option<Action> {
    let setting = settings::find(instance.component, "feature-gates")?;
    let effective = instance.effective(setting.name).ok()?;
    Some(set_pair(setting, instance, &effective, gate, on))
}

/// Sets a setting where it is decided: in the file if a file decides or could, else by flag.
pub(crate) fn set(
    setting: &Setting,
    instance: &ComponentView<'_>,
    effective: &Effective,
    value: String,
) -> Action {
    if let Some((path, place)) = structured_place(setting, instance) {
        let instruction = if value.is_empty() {
            format!("In {path}, choose another value for {place}")
        } else {
            format!("In {path}, set {place} to {value}")
        };
        return Action::Manual { instruction, commands: Vec::new() };
    }
    match place_in_file(setting, instance, effective) {
        Some((path, keys)) => Action::SetConfig {
            component: instance.component,
            path,
            keys,
            value: config_value(setting.kind, value),
        },
        None if !setting.flag => Action::Manual {
            instruction: format!(
                "give {} a configuration file (--config) with {}: {value}",
                instance.component, setting.name
            ),
            commands: Vec::new(),
        },
        None => Action::SetFlag {
            component: instance.component,
            carrier: instance.carrier.clone(),
            flag: setting.name.to_owned(),
            value,
        },
    }
}

/// Takes a setting away where it is decided.
pub(crate) fn remove(
    setting: &Setting,
    instance: &ComponentView<'_>,
    effective: &Effective,
) -> Action {
    if let Some((path, place)) = structured_place(setting, instance) {
        let instruction = format!("In {path}, take {place} out");
        return Action::Manual { instruction, commands: Vec::new() };
    }
    match place_in_file(setting, instance, effective) {
        Some((path, keys)) => Action::RemoveConfig { component: instance.component, path, keys },
        None => Action::RemoveFlag {
            component: instance.component,
            carrier: instance.carrier.clone(),
            flag: setting.name.to_owned(),
        },
    }
}

/// The file and the place in it that decide in the place of the flag, when the component was given
/// such a file and no flag.
fn structured_place(
    setting: &Setting,
    instance: &ComponentView<'_>,
) -> Option<(String, &'static str)> {
    let structured = setting.structured?;
    let given = |name: &str| instance.arguments.iter().any(|argument| argument.name == name);
    if given(setting.name) {
        return None;
    }
    let (path, _) = instance.path(structured.flag).ok()??;
    Some((path, structured.path))
}

fn place_in_file(
    setting: &Setting,
    instance: &ComponentView<'_>,
    effective: &Effective,
) -> Option<(String, Vec<String>)> {
    let keys = setting.config?.split('.').map(str::to_owned).collect();
    let flagged = instance.arguments.iter().any(|argument| argument.name == setting.name);
    if flagged {
        return None;
    }
    let path = match &effective.location {
        Location::File { path, .. } => Some(path.clone()),
        _ => instance.configuration_file().map(str::to_owned),
    };
    Some((path?, keys))
}

fn config_value(kind: Kind, value: String) -> ConfigValue {
    match kind {
        Kind::Bool => ConfigValue::Bool(value == "true"),
        Kind::Integer => value.parse().map_or(ConfigValue::Text(value), ConfigValue::Integer),
        Kind::List | Kind::Repeated => {
            ConfigValue::List(value.split(',').map(str::to_owned).collect())
        }
        Kind::Text | Kind::Map | Kind::Duration => ConfigValue::Text(value),
    }
}

fn equals(value: &Value, operand: &str) -> bool {
    if let Some((value, operand)) = compare(value, operand) {
        return value == operand;
    }
    value.to_string() == operand
}

fn has(value: &Value, operand: &str) -> bool {
    match value {
        Value::List(parts) => parts.iter().any(|part| part == operand),
        Value::Map(pairs) => operand
            .split_once('=')
            .is_some_and(|(name, value)| pairs.get(name).is_some_and(|set| same_truth(set, value))),
        Value::Text(text) => text == operand,
        _ => false,
    }
}

/// Whether two texts of a pair mean the same: gates may be written `True` or `1` as well.
fn same_truth(one: &str, other: &str) -> bool {
    match (Value::parse(one, Kind::Bool), Value::parse(other, Kind::Bool)) {
        (Ok(one), Ok(other)) => one == other,
        _ => one == other,
    }
}

/// Both sides as numbers, when the value is one or has a rank.
fn compare(value: &Value, operand: &str) -> Option<(i64, i64)> {
    if let Value::Text(text) = value {
        return Some((tls_rank(text)?, tls_rank(operand)?));
    }
    let kind = match value {
        Value::Integer(_) => Kind::Integer,
        Value::Duration(_) => Kind::Duration,
        _ => return None,
    };
    Some((value.as_integer()?, Value::parse(operand, kind).ok()?.as_integer()?))
}

/// The rank of a TLS version as Kubernetes spells it (`k8s.io/component-base/cli/flag`).
fn tls_rank(version: &str) -> Option<i64> {
    version.strip_prefix("VersionTLS1")?.parse().ok().filter(|minor| (0..=3).contains(minor))
}

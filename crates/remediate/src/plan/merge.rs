//! One value from what several controls ask of the same setting.
//!
//! Each control asks for the whole value that would mend it alone. Of lists (admission plugins,
//! feature gates) all wishes can come true: what each adds and takes away is told from the list as
//! it is. Where they cannot, a person decides.

use merlon_model::{Action, ConfigValue, Finding};
use merlon_views::setting::{Kind, Setting};
use merlon_views::settings;

use super::{Name, Reasons, Value};
use crate::describe;

/// What one finding asks of a setting.
pub(super) struct Wish<'p> {
    pub(super) to: Option<Value>,
    pub(super) finding: &'p Finding,
    pub(super) reasons: &'p Reasons,
    pub(super) action: &'p Action,
}

/// What comes of all wishes for one setting.
pub(super) enum Settled {
    /// The value; `None` takes the setting away.
    To(Option<Value>, Reasons),
    /// The wishes contradict each other.
    Contradiction(Action, Reasons),
}

/// Settles the wishes for one setting.
pub(super) fn settle(name: &Name, wishes: &[Wish<'_>]) -> Settled {
    let mut reasons = Reasons::default();
    for wish in wishes {
        reasons.add(wish.reasons);
    }
    // A value that somebody asks for is a choice as well.
    let known = |wish: &&Wish<'_>| !matches!(wish.to, Some(Value::Chosen { .. }));
    let concrete: Vec<&Wish<'_>> = wishes.iter().filter(known).collect();
    let wishes = if concrete.is_empty() { wishes.iter().collect() } else { concrete };
    let [first, others @ ..] = wishes.as_slice() else {
        return Settled::Contradiction(contradiction(name, &wishes), reasons);
    };
    if others.iter().all(|other| other.to == first.to) {
        return Settled::To(first.to.clone(), reasons);
    }
    match merged(&wishes) {
        Some(parts) => Settled::To(value(&parts, first), reasons),
        None => Settled::Contradiction(contradiction(name, &wishes), reasons),
    }
}

fn contradiction(name: &Name, wishes: &[&Wish<'_>]) -> Action {
    let asked: Vec<String> = wishes
        .iter()
        .map(|wish| format!("{} asks to {}", wish.finding.control, describe(wish.action)))
        .collect();
    let instruction =
        format!("Decide about {}, of which controls ask different things", name.dotted());
    let commands = asked.into_iter().map(|line| format!("# {line}")).collect();
    Action::Manual { instruction, commands }
}

/// The elements of the value that fulfils every wish of a list.
fn merged(wishes: &[&Wish<'_>]) -> Option<Vec<String>> {
    let setting = setting(wishes.first()?.action)?;
    if !matches!(setting.kind, Kind::List | Kind::Map) {
        return None;
    }
    let asked: Vec<Vec<String>> = wishes.iter().map(|wish| elements(wish.to.as_ref())).collect();
    let known: Vec<Vec<String>> = wishes
        .iter()
        .zip(&asked)
        .filter_map(|(wish, asked)| present(wish, asked, setting))
        .collect();
    let Some((present, others)) = known.split_first() else {
        // All of them only take away: what every one of them leaves stays.
        let (first, others) = asked.split_first()?;
        let kept = first.iter().filter(|part| others.iter().all(|other| other.contains(part)));
        return Some(kept.cloned().collect());
    };
    if others.iter().any(|other| other != present) {
        return None;
    }
    let kept = present.iter().filter(|part| asked.iter().all(|wish| wish.contains(part)));
    let mut parts: Vec<String> = kept.cloned().collect();
    for part in asked.iter().flatten() {
        if !present.contains(part) && !parts.contains(part) {
            parts.push(part.clone());
        }
    }
    Some(parts)
}

/// The list as it is, when the finding tells: it states the value, or what the list lacks.
fn present(wish: &Wish<'_>, asked: &[String], setting: &Setting) -> Option<Vec<String>> {
    if let Some((name, value)) = wish.finding.message.split_once(" is ")
        && name.trim_start_matches('-') == setting.name
    {
        return Some(if value == "not set" { Vec::new() } else { split(value) });
    }
    let (last, before) = asked.split_last()?;
    let expected = wish.finding.expected.as_deref()?;
    let separates = |c: char| !c.is_alphanumeric() && !"-_.=/:".contains(c);
    expected.split(separates).any(|word| word == last).then(|| before.to_vec())
}

fn setting(action: &Action) -> Option<&'static Setting> {
    match action {
        Action::SetFlag { component, flag, .. } | Action::RemoveFlag { component, flag, .. } => {
            settings::find(*component, flag)
        }
        Action::SetConfig { component, keys, .. }
        | Action::RemoveConfig { component, keys, .. } => {
            settings::find(*component, &keys.join("."))
        }
        _ => None,
    }
}

fn elements(value: Option<&Value>) -> Vec<String> {
    match value {
        Some(Value::Is(ConfigValue::List(parts))) => parts.clone(),
        Some(Value::Is(value)) => split(&value.to_string()),
        Some(Value::Chosen { .. }) | None => Vec::new(),
    }
}

fn split(text: &str) -> Vec<String> {
    text.split(',').filter(|part| !part.is_empty()).map(str::to_owned).collect()
}

/// A list in the form that the wish has its value in; nothing left takes the setting away.
fn value(parts: &[String], like: &Wish<'_>) -> Option<Value> {
    let flag = matches!(like.action, Action::SetFlag { .. } | Action::RemoveFlag { .. });
    match parts {
        [] => None,
        parts if flag => Some(Value::Is(ConfigValue::Text(parts.join(",")))),
        parts => Some(Value::Is(ConfigValue::List(parts.to_vec()))),
    }
}

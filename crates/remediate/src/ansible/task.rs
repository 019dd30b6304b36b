//! One task as YAML.

use merlon_model::ConfigValue;

use super::gather::Task;
use super::playbook::topics;
use super::text::{below_root, label, list, text};
use crate::mode::restriction;
use crate::plan::{Change, Name, Target, Value, Work};

/// A file of tasks.
pub(super) fn tasks(tasks: &[Task]) -> String {
    let tasks: Vec<String> = tasks.iter().map(task).collect();
    format!("---\n{}", tasks.join("\n"))
}

fn task(task: &Task) -> String {
    let title = format!("{}: {}", task.reasons.title(), task.work.describe());
    let mut lines = vec![format!("- name: {}", label(&title))];
    match &task.work {
        Work::Mode { path, mode } => {
            file(path, &mut lines);
            lines.push(format!("    mode: {}", restriction(*mode)));
        }
        Work::Owner { path, owner, group } => {
            file(path, &mut lines);
            lines.push(format!("    owner: {}", text(owner)));
            lines.push(format!("    group: {}", text(group)));
        }
        Work::Edit { target, changes } => edit(target, changes, &mut lines),
    }
    let nodes: Vec<String> = task.nodes.iter().map(|node| format!("'{node}'")).collect();
    lines.push(format!("  when: inventory_hostname in [{}]", nodes.join(", ")));
    lines.push(format!("  tags: {}", list(task.reasons.tags().iter().map(String::as_str))));
    lines.join("\n") + "\n"
}

fn file(path: &str, lines: &mut Vec<String>) {
    let (template, variable) = below_root(path);
    if let Some(value) = variable {
        lines.push(format!("  vars:\n    merlon_path: {value}"));
    }
    lines.push(format!("  ansible.builtin.file:\n    path: {template}"));
}

fn edit(target: &Target, changes: &[Change], lines: &mut Vec<String>) {
    lines.push("  merlon_edit:".to_owned());
    lines.push(format!("    kind: {}", target.kind()));
    lines.push(format!("    path: {}", text(&target.path())));
    for (option, value) in target.options() {
        lines.push(format!("    {option}: {}", text(&value)));
    }
    lines.push("    changes:".to_owned());
    for change in changes {
        lines.extend(entry(change));
    }
    let topics = topics(target);
    if !topics.is_empty() {
        lines.push("  notify:".to_owned());
        lines.extend(topics.iter().map(|topic| format!("    - {}", label(topic))));
    }
}

fn entry(change: &Change) -> Vec<String> {
    let word = if change.to.is_some() { "set" } else { "remove" };
    let name = match &change.name {
        Name::Flat(name) => text(name),
        Name::Keys(keys) => list(keys.iter().map(String::as_str)),
    };
    let mut lines = vec![format!("      - do: {word}"), format!("        name: {name}")];
    let typed = matches!(change.name, Name::Keys(_));
    match &change.to {
        None => {}
        Some(Value::Is(value)) => {
            if typed {
                lines.push(format!("        type: {}", type_of(value)));
            }
            lines.push(format!("        value: {}", literal(value, typed)));
        }
        Some(Value::Chosen { variable, list }) => {
            if typed {
                lines.push(format!("        type: {}", if *list { "list" } else { "auto" }));
            }
            lines.push(format!("        value: \"{{{{ {variable} }}}}\""));
            lines.push(format!("        choice: {variable}"));
        }
    }
    let tags = change.reasons.tags();
    lines.push(format!("        tags: {}", list(tags.iter().map(String::as_str))));
    lines
}

/// What a value is, as the edits in Python call it.
pub(crate) fn type_of(value: &ConfigValue) -> &'static str {
    match value {
        ConfigValue::Bool(_) => "bool",
        ConfigValue::Integer(_) => "integer",
        ConfigValue::Text(_) => "text",
        ConfigValue::List(_) => "list",
    }
}

/// A value in YAML; flags are texts, whatever they say.
fn literal(value: &ConfigValue, typed: bool) -> String {
    match value {
        ConfigValue::Bool(value) if typed => value.to_string(),
        ConfigValue::Integer(value) if typed => value.to_string(),
        ConfigValue::List(parts) => list(parts.iter().map(String::as_str)),
        other => text(&other.to_string()),
    }
}

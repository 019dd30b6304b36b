use std::collections::{BTreeMap, BTreeSet};

use merlon_model::{ConfigValue, Report};

use crate::ansible::{choices, comment, type_of};
use crate::plan::{Change, Name, Plan, PlannedNode, Step, Target, Value, Work};
use crate::python::PACKAGE;
use crate::quote::quote;

const FOLLOWS: &str = include_str!("../assets/script.sh");

/// A POSIX shell script that mends what failed, on whichever of the report's nodes it is run.
///
/// Without `--apply` it only shows what it would change. It makes the same edits as the project of
/// [`crate::ansible`], with the same Python, which it carries.
#[must_use]
pub fn shell(report: &Report) -> String {
    let plan = Plan::of(report);
    let mut out = format!(
        "\
#!/bin/sh
# Mends what failed on {} Kubernetes node{}; written by {} from what was collected at {}.
#
# Run it on a node as root: it shows what it would change. With --apply it makes the changes, keeps
# each file as it was below /var/backups/merlon, and restarts what has to be restarted. A second
# run changes nothing.
set -eu
",
        plan.nodes.len(),
        if plan.nodes.len() == 1 { "" } else { "s" },
        comment(&report.tool),
        comment(&report.taken_at),
    );
    out += &chosen(&plan);
    out += &known(&plan);
    out += "\nmend() {\n    changed=no\n    case \"$1\" in\n";
    for node in &plan.nodes {
        out += &format!("        {})\n", literal(&node.report.name));
        for line in mend(node) {
            if line.is_empty() {
                out.push('\n');
            } else {
                out += &format!("            {line}\n");
            }
        }
        out += "            ;;\n";
    }
    out += "    esac\n}\n\n";
    out += &unpack();
    out += FOLLOWS;
    out
}

/// The values that only a person can choose, as variables to set.
fn chosen(plan: &Plan<'_>) -> String {
    let steps = plan.nodes.iter().flat_map(|node| &node.steps);
    let edits = steps.filter_map(|step| match &step.work {
        Work::Edit { target, changes } => Some((target, changes.as_slice())),
        Work::Mode { .. } | Work::Owner { .. } => None,
    });
    let mut out = String::new();
    for (variable, (list, what)) in choices(edits) {
        let commas = if list { ", with commas" } else { "" };
        let name = environment(&variable);
        out += &format!("\n# For you to choose{commas}: {}\n: \"${{{name}:=}}\"\n", comment(&what));
    }
    out
}

fn environment(variable: &str) -> String {
    variable.to_ascii_uppercase()
}

fn known(plan: &Plan<'_>) -> String {
    let names: Vec<String> = plan.nodes.iter().map(|node| literal(&node.report.name)).collect();
    let mut out = String::from("\nknown() {\n    case \"$1\" in\n");
    if !names.is_empty() {
        out += &format!("        {}) return 0 ;;\n", names.join(" | "));
    }
    out + "    esac\n    return 1\n}\n"
}

/// A text between quotes, so that a pattern matches it alone.
fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// The commands for one node, in their order.
fn mend(node: &PlannedNode<'_>) -> Vec<String> {
    let mut lines = Vec::new();
    let units: BTreeSet<&str> = node.steps.iter().filter_map(|step| unit(&step.work)).collect();
    let units: BTreeMap<&str, usize> = units.into_iter().zip(1..).collect();
    lines.extend(units.values().map(|number| format!("restart_{number}=no")));
    for step in &node.steps {
        let title = step.reasons.title();
        match &step.work {
            Work::Mode { path, mode } => {
                lines.push(explain(&title, &step.work.describe()));
                lines.push(format!("run mode {} {mode:04o}", quote(path)));
            }
            Work::Owner { path, owner, group } => {
                lines.push(explain(&title, &step.work.describe()));
                lines.push(format!("run owner {} {} {}", quote(path), quote(owner), quote(group)));
            }
            Work::Edit { target, changes } => {
                lines.extend(edit(target, changes));
                lines.extend(follow_up(target, &units));
            }
        }
        lines.push(String::new());
    }
    for (unit, number) in &units {
        let condition = format!("[ \"$restart_{number}\" = no ]");
        lines.push(format!("{condition} || restart {}", quote(unit)));
        let apis: BTreeSet<(&str, String)> =
            node.steps.iter().filter_map(|s| api(s, unit)).collect();
        lines
            .extend(apis.into_iter().map(|(kind, path)| {
                format!("{condition} || wait_for api {kind} {}", quote(&path))
            }));
    }
    for manual in &node.manual {
        lines.push(explain(&manual.reasons.title(), &manual.instruction));
        let commands = manual.commands.iter().flat_map(|command| command.lines());
        lines.extend(commands.map(|command| format!("#     {}", comment(command))));
        lines
            .push(format!("echo {}", quote(&format!("by hand: {}", comment(&manual.instruction)))));
    }
    if lines.is_empty() {
        lines.push("echo 'nothing failed here'".to_owned());
    }
    lines
}

fn explain(title: &str, what: &str) -> String {
    format!("# {}: {}", comment(title), comment(what))
}

fn unit(work: &Work) -> Option<&str> {
    match work {
        Work::Edit { target, .. } => target.unit(),
        Work::Mode { .. } | Work::Owner { .. } => None,
    }
}

/// The file that gives the API server its port, when the unit's restart takes it away.
fn api<'s>(step: &'s Step, restarted: &str) -> Option<(&'s str, String)> {
    match &step.work {
        Work::Edit { target, .. }
            if target.takes_api_away() && target.unit() == Some(restarted) =>
        {
            Some((target.kind(), target.path()))
        }
        _ => None,
    }
}

fn edit(target: &Target, changes: &[Change]) -> Vec<String> {
    let why = changes.iter().map(|change| explain(&change.reasons.title(), &change.describe()));
    let mut lines: Vec<String> = why.collect();
    let mut command = format!("run edit {} {}", target.kind(), quote(&target.path()));
    for (option, value) in target.options() {
        command += &format!(" --{option} {}", quote(&value));
    }
    for change in changes {
        command += " \\";
        lines.push(std::mem::take(&mut command));
        command = format!("    {}", argument(change));
    }
    lines.push(command);
    lines
}

fn argument(change: &Change) -> String {
    let name = match &change.name {
        Name::Flat(name) => quote(name),
        Name::Keys(keys) => quote(&pointer(keys)),
    };
    let typed = matches!(change.name, Name::Keys(_));
    match &change.to {
        None if typed => format!("--remove-key {name}"),
        None => format!("--remove {name}"),
        Some(Value::Is(value)) => {
            let option =
                if typed { format!("--set-{}", type_of(value)) } else { "--set".to_owned() };
            format!("{option} {name} {}", quote(&written(value, typed)))
        }
        Some(Value::Chosen { variable, list }) => {
            let option = match (typed, list) {
                (false, _) => "--set",
                (true, true) => "--set-list",
                (true, false) => "--set-auto",
            };
            let variable = environment(variable);
            format!("{option} {name} \"${variable}\" --choice {variable}")
        }
    }
}

fn written(value: &ConfigValue, typed: bool) -> String {
    match value {
        ConfigValue::List(parts) if typed => {
            let parts: Vec<String> = parts.iter().map(|part| json(part)).collect();
            format!("[{}]", parts.join(", "))
        }
        other => other.to_string(),
    }
}

fn json(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            c if c.is_control() => out += &format!("\\u{:04x}", u32::from(c)),
            c => out.push(c),
        }
    }
    out + "\""
}

/// Keys as RFC 6901 writes them.
fn pointer(keys: &[String]) -> String {
    keys.iter().map(|key| format!("/{}", key.replace('~', "~0").replace('/', "~1"))).collect()
}

fn follow_up(target: &Target, units: &BTreeMap<&str, usize>) -> Vec<String> {
    let unless = "[ \"$changed\" = no ] ||";
    match target {
        Target::Sysctl => vec![format!("{unless} load_parameters")],
        Target::StaticPod { path, program } => {
            vec![format!("{unless} wait_for static-pod {program} {}", quote(path))]
        }
        _ => {
            let number = target.unit().and_then(|unit| units.get(unit));
            number.map(|number| format!("{unless} restart_{number}=yes")).into_iter().collect()
        }
    }
}

/// The Python package as here-documents.
fn unpack() -> String {
    let mut out = String::from(
        "# The edits themselves, in Python's standard library alone.\nunpack() {\n    \
         mkdir \"$work/merlon\"\n    \
         echo 'from merlon.__main__ import run; run()' > \"$work/__main__.py\"\n",
    );
    for (name, content) in PACKAGE {
        out += &format!("    cat > \"$work/merlon/{name}\" <<'MERLON_END'\n{content}MERLON_END\n");
    }
    out + "}\n\n"
}

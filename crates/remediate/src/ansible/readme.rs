use merlon_model::Report;

use super::playbook::comment;
use crate::plan::Plan;

/// What the project does, how to run it, and what it leaves to a person.
pub(super) fn readme(report: &Report, plan: &Plan<'_>) -> String {
    let mut out = format!(
        "\
# Hardening of {count} Kubernetes node{s}

Written by {tool} from what was collected at {taken_at}. It changes what failed then, on the nodes
where it failed, and nothing else: findings that were justified, that a person has to judge or that
could not be evaluated are left alone.

It needs ansible-core 2.14 or later here and Python 3.6 or later on the nodes; no collections.

## How to run it

1. `inventory.yml`: say how the nodes are reached.
2. `group_vars/all.yml`: choose the values that only you can choose; without them the changes that
   need them are left out, with a warning.
3. Look at what would change, then change it:

       ansible-playbook site.yml --check --diff
       ansible-playbook site.yml --diff

A second run changes nothing. To take one step at a time, use `--limit NODE` and `--tags`: each
task has its controls, benchmarks and sections as tags (`ansible-playbook site.yml --list-tags`).
Where one task makes several edits in a file, `--tags` makes those asked for alone.

## What it does

- Modes only ever lose permissions.
- Edits keep comments, order and quotes, and replace the file in one step. The file as it was is kept
  on the node below `/var/backups/merlon`. What is not understood is refused, not guessed.
- All flags of one static pod are changed in one edit, so that it restarts once. The play then waits
  until the new process runs and, for the API server, until it answers, before the next node.
- Units whose flags or configuration changed are restarted once per node, and have to stay up. The
  first node that fails ends the run.
- etcd and the control plane go one node after another, workers a quarter at a time.

## What it does not do

",
        count = plan.nodes.len(),
        s = if plan.nodes.len() == 1 { "" } else { "s" },
        tool = inline(&report.tool),
        taken_at = inline(&report.taken_at),
    );
    if plan.nodes.iter().all(|node| node.manual.is_empty()) {
        out += "Nothing is left to a person.\n";
        return out;
    }
    out += "These need a person.\n";
    for node in plan.nodes.iter().filter(|node| !node.manual.is_empty()) {
        out += &format!("\n### {}\n\n", inline(&node.report.name));
        for manual in &node.manual {
            out += &format!(
                "- {}: {}\n",
                inline(&manual.reasons.title()),
                inline(&manual.instruction)
            );
            if !manual.commands.is_empty() {
                let commands = manual.commands.iter().flat_map(|command| command.lines());
                let lines: Vec<String> =
                    commands.map(|line| format!("      {}\n", comment(line))).collect();
                out += &format!("\n{}\n", lines.concat());
            }
        }
    }
    out
}

/// A text that Markdown shows as it is, on one line.
fn inline(text: &str) -> String {
    let mut out = String::new();
    for c in comment(text).chars() {
        if "\\`*_[]<>#|".contains(c) {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

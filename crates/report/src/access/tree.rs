//! Answers as trees: from the subject over bindings and roles to rules.

use std::collections::BTreeMap;
use std::io;

use super::document::{
    AccessReport, Answer, Authority, CanAnswer, DiffAnswer, Grant, Named, OfAnswer, Permission,
    PrimitiveFound, PrimitiveNote, RiskyAnswer, Rule, WhoCanAnswer,
};
use super::page::{BOLD, PLAIN, Page};
use super::{lines, risks};

/// A line and what hangs below it.
struct Branch {
    text: String,
    below: Vec<Self>,
}

impl Branch {
    fn new(text: impl Into<String>, below: Vec<Self>) -> Self {
        Self { text: text.into(), below }
    }

    fn leaf(text: impl Into<String>) -> Self {
        Self::new(text, Vec::new())
    }
}

pub(super) fn render(page: &mut Page<'_, impl io::Write>, report: &AccessReport) -> io::Result<()> {
    let roots = match &report.answer {
        Answer::WhoCan(answer) => who_can(answer),
        Answer::Can(answer) => vec![can(answer)],
        Answer::Of(answer) => vec![of(answer)],
        Answer::Risky(answer) => risky(answer),
        Answer::Diff(answer) => diff(answer),
    };
    for root in &roots {
        page.line(BOLD, &root.text)?;
        draw(page, &root.below, "")?;
    }
    Ok(())
}

fn draw(page: &mut Page<'_, impl io::Write>, below: &[Branch], before: &str) -> io::Result<()> {
    let [middle, end, through] =
        if page.style.unicode { ["├─ ", "└─ ", "│  "] } else { ["|- ", "`- ", "|  "] };
    for (number, branch) in below.iter().enumerate() {
        let is_last = number + 1 == below.len();
        let mark = if is_last { end } else { middle };
        page.line(PLAIN, &format!("{before}{mark}{}", branch.text))?;
        let rest = if is_last { "   " } else { through };
        draw(page, &branch.below, &format!("{before}{rest}"))?;
    }
    Ok(())
}

fn who_can(answer: &WhoCanAnswer) -> Vec<Branch> {
    let title = lines::asked(&answer.asked);
    let mut below: Vec<Branch> = answer
        .holders
        .iter()
        .map(|holder| {
            let mut below = chains_by(&holder.grants, &|rule| lines::matched(rule, &answer.asked));
            if !holder.members.is_empty() {
                below.push(Branch::leaf(format!("has {}", lines::members(&holder.members))));
            }
            Branch::new(&holder.subject, below)
        })
        .collect();
    below.extend(answer.nodes.iter().map(|node| {
        let objects = match node.objects.len() {
            0 => Vec::new(),
            _ => vec![Branch::leaf(format!("only {}", lines::shortened(node.objects.clone(), 5)))],
        };
        Branch::new(format!("{} by the node authorizer", node.subject), objects)
    }));
    if below.is_empty() {
        below.push(Branch::leaf("nobody"));
    }
    vec![Branch::new(title, below)]
}

fn can(answer: &CanAnswer) -> Branch {
    let asked = lines::asked(&answer.asked);
    let word = if answer.allowed { "yes" } else { "no" };
    let mut below = Vec::new();
    match answer.by {
        Authority::Masters => below.push(Branch::leaf("by the group system:masters")),
        Authority::Node => below.push(Branch::leaf("by the node authorizer")),
        Authority::Rbac | Authority::Nobody => {}
    }
    below.extend(chains(&answer.grants));
    below.extend(
        answer
            .near
            .iter()
            .map(|near| Branch::new(near.why.clone(), chains(std::slice::from_ref(&near.grant)))),
    );
    below.extend(missing(&answer.missing));
    Branch::new(format!("{word}: {} {asked}", answer.subject), below)
}

fn missing(missing: &[super::document::Missing]) -> impl Iterator<Item = Branch> {
    missing.iter().map(|it| {
        let text = format!("{} names {}, which is not here", full(&it.binding), full(&it.role));
        Branch::leaf(text)
    })
}

fn of(answer: &OfAnswer) -> Branch {
    let mut by_group: BTreeMap<Option<&str>, Vec<Grant>> = BTreeMap::new();
    for grant in answer.permissions.iter().flat_map(|permission| &permission.grants) {
        by_group.entry(grant.through.as_deref()).or_default().push(grant.clone());
    }
    let mut below: Vec<Branch> = Vec::new();
    if answer.masters {
        below.push(Branch::leaf("everything, as a member of system:masters"));
    }
    for (group, grants) in by_group {
        let Some(group) = group else {
            below.extend(chains(&grants));
            continue;
        };
        let name = group.strip_prefix("group:").unwrap_or(group);
        let implicit = answer.groups.iter().any(|each| each.name == name && each.implicit);
        let note = if implicit { " (added by Kubernetes)" } else { "" };
        below.push(Branch::new(format!("as a member of {group}{note}"), chains(&grants)));
    }
    if let Some(node) = &answer.node {
        let mut rights: Vec<Branch> =
            node.rules.iter().map(|rule| Branch::leaf(lines::rule(rule))).collect();
        let reachable = node.reachable.iter().map(Branch::leaf).collect();
        rights.push(Branch::new("of what only pods use, that of its own pods", reachable));
        below.push(Branch::new("by the node authorizer", rights));
    }
    below.extend(missing(&answer.missing));
    if below.is_empty() {
        below.push(Branch::leaf("nothing"));
    }
    Branch::new(&answer.subject, below)
}

fn risky(answer: &RiskyAnswer) -> Vec<Branch> {
    let mut roots: Vec<Branch> = answer
        .subjects
        .iter()
        .map(|subject| {
            let mut below: Vec<Branch> = Vec::new();
            for everything in &subject.everything {
                let place = lines::place(everything.namespace.as_deref());
                if everything.grants.is_empty() {
                    below.push(Branch::leaf("everything, as a member of system:masters"));
                    continue;
                }
                below.push(Branch::new(
                    format!("everything in {place}"),
                    chains(&everything.grants),
                ));
            }
            let is_within = |found: &&PrimitiveFound| {
                let place = |namespace: &Option<String>| {
                    namespace.is_none() || *namespace == found.namespace
                };
                !subject.everything.iter().any(|it| place(&it.namespace))
            };
            let found = subject.primitives.iter().filter(is_within);
            below.extend(found.map(|found| primitive(found, &answer.primitives)));
            Branch::new(&subject.subject, below)
        })
        .collect();
    if answer.left_out > 0 {
        let text = "only what Kubernetes itself gives; --all shows them";
        roots.push(Branch::leaf(format!("{} more subjects hold {text}", answer.left_out)));
    }
    roots
}

fn primitive(found: &PrimitiveFound, notes: &BTreeMap<String, PrimitiveNote>) -> Branch {
    let place = lines::place(found.namespace.as_deref());
    let names = match found.names.len() {
        0 => String::new(),
        _ => format!(" of {}", lines::shortened(found.names.clone(), 3)),
    };
    let gate = found.gate.as_ref().map_or_else(String::new, |gate| format!(" ({gate})"));
    let note = notes.get(&found.id);
    let effect = note.map_or("", |note| note.effect.as_str());
    let mut below: Vec<Branch> = note.map(risks::explained).map(Branch::leaf).into_iter().collect();
    below.extend(chains(&found.grants));
    Branch::new(format!("{effect}: {} in {place}{names}{gate}", found.id), below)
}

fn diff(answer: &DiffAnswer) -> Vec<Branch> {
    if answer.subjects.is_empty() {
        return vec![Branch::leaf("nobody gains or loses anything")];
    }
    let permissions = |sign: &str, all: &[Permission]| -> Vec<Branch> {
        let one = |each: &Permission| {
            let place = lines::place(each.namespace.as_deref());
            let text = format!("{sign} {} in {place}", lines::rule(&each.allows));
            Branch::new(text, chains(&each.grants))
        };
        all.iter().map(one).collect()
    };
    let subject = |subject: &super::document::ChangedSubject| {
        let mut below = permissions("+", &subject.gained);
        below.extend(permissions("-", &subject.lost));
        for (title, found) in [("newly holds", &subject.new), ("no longer holds", &subject.gone)] {
            let found: Vec<Branch> =
                found.iter().map(|each| primitive(each, &answer.primitives)).collect();
            if !found.is_empty() {
                below.push(Branch::new(title, found));
            }
        }
        Branch::new(&subject.subject, below)
    };
    answer.subjects.iter().map(subject).collect()
}

/// Bindings, below each its role, below that the rules that count.
fn chains(grants: &[Grant]) -> Vec<Branch> {
    chains_by(grants, &lines::rule)
}

fn chains_by(grants: &[Grant], words: &dyn Fn(&Rule) -> String) -> Vec<Branch> {
    let mut by_binding: BTreeMap<(&Named, &Named), BTreeMap<usize, &Grant>> = BTreeMap::new();
    for grant in grants {
        by_binding.entry((&grant.binding, &grant.role)).or_default().insert(grant.rule, grant);
    }
    by_binding
        .into_iter()
        .map(|((binding, role), rules)| {
            let rules = rules.values().map(|grant| {
                Branch::leaf(format!("rules[{}]: {}", grant.rule, words(&grant.allows)))
            });
            let role = Branch::new(full(role), rules.collect());
            let place = match &binding.namespace {
                Some(namespace) => format!("in namespace {namespace}"),
                None => "in the whole cluster".to_owned(),
            };
            Branch::new(format!("{} {place}", full(binding)), vec![role])
        })
        .collect()
}

/// `rolebinding/web at access.yaml:12`
fn full(named: &Named) -> String {
    match &named.location {
        Some(location) => format!("{} at {location}", lines::object(named)),
        None => lines::object(named),
    }
}

//! Tables of who holds what.

use std::io;

use super::document::{
    Authority, CanAnswer, Grant, Missing, NodeHolder, OfAnswer, Permission, WhoCanAnswer,
};
use super::lines;
use super::page::{BAD, BOLD, GOOD, PLAIN, Page};
use super::table::Table;

/// How many nodes or objects of nodes are named.
const FEW: usize = 8;

pub(super) fn who_can(
    page: &mut Page<'_, impl io::Write>,
    answer: &WhoCanAnswer,
) -> io::Result<()> {
    let asked = lines::asked(&answer.asked);
    if answer.holders.is_empty() && answer.nodes.is_empty() {
        page.line(BOLD, &format!("Nobody may {asked}."))?;
    } else {
        page.line(BOLD, &format!("These may {asked}:"))?;
        page.blank()?;
    }
    let mut table = Table::new(["SUBJECT", "WHERE", "BINDING", "ROLE", "RULE"]);
    for holder in &answer.holders {
        for (number, grant) in holder.grants.iter().enumerate() {
            let subject = if number == 0 { holder.subject.clone() } else { String::new() };
            table.row([
                subject,
                lines::place(grant.namespace.as_deref()),
                lines::object(&grant.binding),
                lines::object(&grant.role),
                lines::matched(&grant.allows, &answer.asked),
            ]);
        }
    }
    page.table(0, &table)?;
    let groups: Vec<_> =
        answer.holders.iter().filter(|holder| !holder.members.is_empty()).collect();
    if !groups.is_empty() {
        page.blank()?;
    }
    for group in groups {
        page.words(0, &format!("{} has ", group.subject), &lines::members(&group.members))?;
    }
    if !answer.nodes.is_empty() {
        page.blank()?;
        nodes(page, &answer.nodes)?;
    }
    page.blank()?;
    page.words(0, "", "Members of system:masters may do everything, and no binding says so.")
}

/// Nodes by what they may do it to: every object, or those of their pods.
fn nodes(page: &mut Page<'_, impl io::Write>, nodes: &[NodeHolder]) -> io::Result<()> {
    let (all, some): (Vec<_>, Vec<_>) = nodes.iter().partition(|node| node.objects.is_empty());
    if !all.is_empty() {
        let names = all.iter().map(|node| node.subject.clone()).collect();
        page.words(0, "By the node authorizer ", &lines::shortened(names, FEW))?;
    }
    if some.is_empty() {
        return Ok(());
    }
    page.words(0, "By the node authorizer, ", "for what their own pods use:")?;
    let mut table = Table::new(["SUBJECT", "OBJECTS"]);
    for node in some.iter().take(FEW) {
        let objects = lines::shortened(node.objects.clone(), 3);
        table.row([node.subject.clone(), objects]);
    }
    page.table(2, &table)?;
    match some.len().saturating_sub(FEW) {
        0 => Ok(()),
        more => page.words(2, "", &format!("and {more} more nodes")),
    }
}

pub(super) fn can(page: &mut Page<'_, impl io::Write>, answer: &CanAnswer) -> io::Result<()> {
    let asked = lines::asked(&answer.asked);
    let subject = &answer.subject;
    if answer.allowed {
        page.line(GOOD, &format!("yes: {subject} may {asked}"))?;
    } else {
        page.line(BAD, &format!("no: {subject} may not {asked}"))?;
    }
    page.words(2, "groups  ", &lines::groups(&answer.groups))?;
    match answer.by {
        Authority::Masters => {
            page.words(2, "by      ", "the group system:masters, whatever roles and bindings say")?;
        }
        Authority::Node => page.words(2, "by      ", "the node authorizer")?,
        Authority::Rbac | Authority::Nobody => {}
    }
    if !answer.grants.is_empty() {
        page.blank()?;
        let mut table = Table::new(["WHERE", "BINDING", "ROLE", "RULE", "AS"]);
        for grant in &answer.grants {
            table.row(grant_row(grant, lines::matched(&grant.allows, &answer.asked)));
        }
        page.table(2, &table)?;
    }
    if !answer.near.is_empty() {
        page.blank()?;
        page.line(PLAIN, "Nearest:")?;
        let mut table = Table::new(["BUT", "WHERE", "BINDING", "ROLE", "RULE"]);
        for near in &answer.near {
            let [place, binding, role, rule, _] =
                grant_row(&near.grant, lines::rule(&near.grant.allows));
            table.row([near.why.clone(), place, binding, role, rule]);
        }
        page.table(2, &table)?;
    }
    missing(page, &answer.missing)
}

fn grant_row(grant: &Grant, rule: String) -> [String; 5] {
    [
        lines::place(grant.namespace.as_deref()),
        lines::object(&grant.binding),
        lines::object(&grant.role),
        rule,
        grant.through.clone().unwrap_or_default(),
    ]
}

pub(super) fn missing(page: &mut Page<'_, impl io::Write>, missing: &[Missing]) -> io::Result<()> {
    if missing.is_empty() {
        return Ok(());
    }
    page.blank()?;
    page.line(PLAIN, "Bindings that name it and whose role is not here:")?;
    let mut table = Table::new(["WHERE", "BINDING", "ROLE"]);
    for Missing { binding, role } in missing {
        let place = lines::place(binding.namespace.as_deref());
        table.row([place, lines::object(binding), lines::object(role)]);
    }
    page.table(2, &table)
}

pub(super) fn of(page: &mut Page<'_, impl io::Write>, answer: &OfAnswer) -> io::Result<()> {
    page.line(BOLD, &answer.subject)?;
    page.words(2, "groups  ", &lines::groups(&answer.groups))?;
    if answer.masters {
        page.words(2, "rights  ", "everything: nothing is ever refused to system:masters")?;
    }
    page.blank()?;
    if answer.permissions.is_empty() {
        page.line(PLAIN, "RBAC gives it nothing.")?;
    }
    page.table(0, &permissions(answer.permissions.iter(), page.arrow()))?;
    let contained = answer.permissions.iter().filter(|it| it.contained).count();
    if contained > 0 {
        let noun = if contained == 1 { "row is" } else { "rows are" };
        page.words(
            0,
            "",
            &format!("{contained} {noun} left out: other rows hold the same and more"),
        )?;
    }
    if let Some(node) = &answer.node {
        page.blank()?;
        page.line(BOLD, "By the node authorizer")?;
        let mut table = Table::new(["VERBS", "RESOURCES"]);
        for rule in &node.rules {
            table.row([rule.verbs.join(", "), lines::targets(rule)]);
        }
        page.table(0, &table)?;
        let reachable = match node.reachable.len() {
            0 => "nothing that is known".to_owned(),
            _ => lines::shortened(node.reachable.clone(), FEW),
        };
        page.blank()?;
        page.words(
            0,
            "",
            "Of secrets, config maps, volumes, claims, pods and service accounts only",
        )?;
        page.words(0, "what its own pods use: ", &reachable)?;
    }
    missing(page, &answer.missing)
}

/// The permissions that others do not contain.
fn permissions<'a>(permissions: impl Iterator<Item = &'a Permission>, arrow: &str) -> Table<5> {
    let mut table = Table::new(["WHERE", "VERBS", "RESOURCES", "NAMES", "THROUGH"]);
    for row in lines::permissions(permissions.filter(|it| !it.contained), arrow) {
        table.row(row);
    }
    table
}

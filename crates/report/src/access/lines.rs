//! Parts of answers in words.

use std::collections::BTreeSet;

use super::document::{Asked, Grant, Group, Named, Permission, Rule};

/// `create pods/exec of web in namespace shop`
pub(super) fn asked(asked: &Asked) -> String {
    let mut text = asked.verb.clone();
    if let Some(path) = &asked.path {
        return format!("{text} {path}");
    }
    let group = asked.group.as_deref().unwrap_or_default();
    let resource = asked.resource.as_deref().unwrap_or_default();
    text.push_str(&format!(" {}", qualified(resource, group)));
    if let Some(name) = &asked.name {
        text.push_str(&format!(" named {name}"));
    }
    match &asked.namespace {
        Some(namespace) if asked.resource.as_deref() != Some("namespaces") => {
            text.push_str(&format!(" in namespace {namespace}"));
        }
        None if asked.everywhere => text.push_str(" in every namespace"),
        None if asked.anywhere => text.push_str(" in any namespace"),
        _ => {}
    }
    text
}

/// `deployments.apps`, `deployments/scale.apps`, `pods`.
fn qualified(resource: &str, group: &str) -> String {
    match (resource, group) {
        // Alone it would look like everything.
        ("*", "") => "* (core group)".to_owned(),
        (_, "") => resource.to_owned(),
        _ => format!("{resource}.{group}"),
    }
}

/// Where something holds.
pub(super) fn place(namespace: Option<&str>) -> String {
    namespace.map_or_else(|| "(cluster)".to_owned(), str::to_owned)
}

/// `rolebinding/web`, as kubectl takes it.
pub(super) fn object(named: &Named) -> String {
    format!("{}/{}", named.kind.to_ascii_lowercase(), named.name)
}

/// `rolebinding/web → role/web`
pub(super) fn chain(grant: &Grant, arrow: &str) -> String {
    let text = format!("{} {arrow} {}", object(&grant.binding), object(&grant.role));
    match &grant.through {
        Some(group) => format!("{text} (as {group})"),
        None => text,
    }
}

/// The different chains of grants.
pub(super) fn chains(grants: &[Grant], arrow: &str) -> String {
    let all: BTreeSet<String> = grants.iter().map(|grant| chain(grant, arrow)).collect();
    shortened(all.into_iter().collect(), 4)
}

/// The first few, and how many more there are.
pub(super) fn shortened(mut items: Vec<String>, most: usize) -> String {
    let more = items.len().saturating_sub(most);
    if more > 1 {
        items.truncate(most);
        return format!("{} and {more} more", items.join(", "));
    }
    items.join(", ")
}

/// The resources or paths of a rule.
pub(super) fn targets(rule: &Rule) -> String {
    if !rule.non_resource_urls.is_empty() {
        return rule.non_resource_urls.join(", ");
    }
    let several = rule
        .api_groups
        .iter()
        .flat_map(|group| rule.resources.iter().map(move |resource| qualified(resource, group)));
    several.collect::<Vec<_>>().join(", ")
}

/// `get,list secrets [database]`, `get jobs, cronjobs of the groups batch, extensions`
pub(super) fn rule(rule: &Rule) -> String {
    let verbs = rule.verbs.join(",");
    let names = match rule.resource_names.len() {
        0 => String::new(),
        _ => format!(" [{}]", rule.resource_names.join(", ")),
    };
    if rule.api_groups.len() < 2 {
        return format!("{verbs} {}{names}", targets(rule));
    }
    let group = |group: &String| if group.is_empty() { "core".to_owned() } else { group.clone() };
    let groups: Vec<String> = rule.api_groups.iter().map(group).collect();
    let resources = rule.resources.join(", ");
    format!("{verbs} {resources}{names} of the groups {}", groups.join(", "))
}

/// Rows of where, verbs, resources, names and through what: one for what is given alike, whatever the group.
pub(super) fn permissions<'a>(
    permissions: impl Iterator<Item = &'a Permission>,
    arrow: &str,
) -> Vec<[String; 5]> {
    let mut rows: Vec<[String; 5]> = Vec::new();
    for permission in permissions {
        let row = [
            place(permission.namespace.as_deref()),
            permission.allows.verbs.join(", "),
            targets(&permission.allows),
            permission.allows.resource_names.join(", "),
            chains(&permission.grants, arrow),
        ];
        let same = |other: &&mut [String; 5]| [0, 1, 3, 4].iter().all(|it| other[*it] == row[*it]);
        match rows.iter_mut().find(same) {
            Some(same) => same[2].push_str(&format!(", {}", row[2])),
            None => rows.push(row),
        }
    }
    rows
}

/// The patterns of a rule by which it allows what was asked: `* pods/exec`.
pub(super) fn matched(whole: &Rule, asked: &Asked) -> String {
    let wanted = |pattern: &&String, value: Option<&str>| *pattern == "*" || value == Some(pattern);
    let resource = asked.resource.as_deref().unwrap_or_default();
    let by_star = resource.split_once('/').map(|(_, subresource)| format!("*/{subresource}"));
    let keep = |list: &[String], keeps: &dyn Fn(&&String) -> bool| -> Vec<String> {
        list.iter().filter(keeps).cloned().collect()
    };
    let path = asked.path.as_deref();
    let mut narrowed = Rule {
        verbs: keep(&whole.verbs, &|each| wanted(each, Some(&asked.verb))),
        api_groups: keep(&whole.api_groups, &|each| wanted(each, asked.group.as_deref())),
        resources: keep(&whole.resources, &|each| {
            wanted(each, Some(resource)) || by_star.as_ref() == Some(each)
        }),
        resource_names: keep(&whole.resource_names, &|each| {
            asked.name.as_ref().is_none_or(|name| name == *each)
        }),
        non_resource_urls: keep(&whole.non_resource_urls, &|each| {
            let stem = each.strip_suffix('*').map(|stem| stem.trim_end_matches('*'));
            wanted(each, path) || stem.zip(path).is_some_and(|(stem, path)| path.starts_with(stem))
        }),
    };
    if path.is_none() {
        narrowed.non_resource_urls.clear();
    }
    rule(&narrowed)
}

/// `system:serviceaccounts, developers (added by Kubernetes: …)`
pub(super) fn groups(groups: &[Group]) -> String {
    let name = |implicit: bool| -> Vec<&str> {
        let these = groups.iter().filter(|group| group.implicit == implicit);
        these.map(|group| group.name.as_str()).collect()
    };
    let (given, implicit) = (name(false), name(true));
    let added = format!("{} (Kubernetes adds {})", implicit.join(", "), it_or_them(implicit.len()));
    match (given.is_empty(), implicit.is_empty()) {
        (_, true) => given.join(", "),
        (true, false) => added,
        (false, false) => format!("{}; {added}", given.join(", ")),
    }
}

fn it_or_them(number: usize) -> &'static str {
    if number == 1 { "it" } else { "them" }
}

/// `3 service accounts: shop/a, shop/b, shop/c`
pub(super) fn members(members: &[String]) -> String {
    let noun = if members.len() == 1 { "service account" } else { "service accounts" };
    let short =
        |member: &String| member.strip_prefix("serviceaccount:").unwrap_or(member).to_owned();
    let names = shortened(members.iter().map(short).collect(), 5);
    format!("{} {noun}: {names}", members.len())
}

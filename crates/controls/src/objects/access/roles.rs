//! Roles that grant more than anybody can say, and defaults that people changed.

use merlon_model::Severity;
use merlon_rbac::PolicyRule;
use merlon_snapshot::Object;
use merlon_views::InventoryView;
use merlon_views::objects::Place;

use super::grant::{BINDINGS, ROLES, Reach, counted, lowered, rule_node, told, uncounted};
use crate::control::{Applies, Check, Control, Documentation};
use crate::objects::{Judged, Verdict, flaw};
use crate::row::{error, fail, not_applicable, pass, vector};

/// What says whether Kubernetes keeps a role as it ships it.
const AUTO_UPDATE: &[&str] =
    &["metadata", "annotations", "rbac.authorization.kubernetes.io/autoupdate"];

pub(crate) const CONTROLS: &[Control] = &[
    Control {
        id: "role-wildcards",
        title: "a role grants verbs, resources or API groups by wildcard",
        vector: vector("AV:N/AC:M/Au:S/C:C/I:C/A:C"),
        applies: Applies::Objects,
        check: Check::Object { kinds: ROLES, reads: BINDINGS, judge: wildcards },
        documentation: Documentation {
            finds: "\
Rules of roles with `*` among verbs, resources, API groups or non-resource URLs, with everybody who \
is bound to them. A wildcard in one list only is at most medium; so is one in a namespace, and a \
role that nobody is bound to is at most low.",
            matters: "\
A wildcard grants what does not exist yet: resources of operators installed later, and verbs such \
as `escalate` and `impersonate`.",
            options: "\
**List what is needed**: audit logs tell what was used, and the list has to be kept up to date. \
The edit offered, where only verbs are a wildcard, lists those of plain objects: `escalate`, `bind`, \
`impersonate` and the like go. What other wildcards stand for, no edit can know.",
            acceptable: "\
For garbage collectors and backup tools that must see every kind, best with `get` and `list` only.",
        },
        examples: &[
            fail(role!("{verbs: ['*'], apiGroups: ['*'], resources: ['*']}")),
            fail(bound!("{verbs: ['*'], apiGroups: [''], resources: [pods]}")),
            fail(bound!("{verbs: [get], apiGroups: [apps], resources: ['*']}")),
            fail(bound!("{verbs: [get], apiGroups: ['*'], resources: [pods]}")),
            fail(bound!("{verbs: ['*'], nonResourceURLs: ['*']}")),
            pass(bound!("{verbs: [get], apiGroups: [''], resources: [pods, '*/scale']}")),
            // A name is never a wildcard, a path below one is meant so.
            pass(bound!(
                "{verbs: [get], apiGroups: [''], resources: [pods], resourceNames: ['*']}"
            )),
            pass(bound!("{verbs: [get], nonResourceURLs: [/metrics/*]}")),
            not_applicable(
                "\
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: cluster-admin, labels: {kubernetes.io/bootstrapping: rbac-defaults}}
rules: [{verbs: ['*'], apiGroups: ['*'], resources: ['*']}]",
            ),
            error(role!("{verbs: '*', apiGroups: ['*'], resources: ['*']}")),
        ],
    },
    Control {
        id: "default-role-changed",
        title: "a role that Kubernetes ships grants more than it ships",
        vector: vector("AV:N/AC:M/Au:M/C:C/I:C/A:C"),
        applies: Applies::Objects,
        check: Check::Object { kinds: ROLES, reads: &[], judge: changed },
        documentation: Documentation {
            finds: "\
Roles that Kubernetes ships (`kubernetes.io/bootstrapping: rbac-defaults`) with the annotation \
`rbac.authorization.kubernetes.io/autoupdate: \"false\"`, by which changes stay, and those of \
everybody (`system:basic-user`, `system:discovery`, `system:public-info-viewer`) and of `admin`, \
`edit` and `view` with rules that no release gives them.",
            matters: "\
Audits leave these roles out, and some are bound to everybody: a rule added here is a back door \
that hardly anybody looks for.",
            options: "\
- **Take the rule out** and write a role of your own: the edit offered.
- **Set the annotation to `true`**: the API server adds at its start what is missing. It removes \
nothing.",
            acceptable: "Where a default was narrowed on purpose.",
        },
        examples: &[
            fail(
                "\
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: 'system:discovery', labels: {kubernetes.io/bootstrapping: rbac-defaults}}
rules:
- {verbs: [get], nonResourceURLs: [/version]}
- {verbs: [list], apiGroups: [''], resources: [secrets]}",
            ),
            fail(
                "\
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: system:node
  labels: {kubernetes.io/bootstrapping: rbac-defaults}
  annotations: {rbac.authorization.kubernetes.io/autoupdate: 'false'}
rules: []",
            ),
            pass(
                "\
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: system:discovery
  labels: {kubernetes.io/bootstrapping: rbac-defaults}
  annotations: {rbac.authorization.kubernetes.io/autoupdate: 'true'}
rules: [{verbs: [get], nonResourceURLs: [/api, /version]}]",
            ),
            not_applicable(role!("{verbs: [get], apiGroups: [''], resources: [secrets]}")),
        ],
    },
];

fn wildcards<'a>(view: &InventoryView<'a>, object: &'a Object) -> Judged<'a> {
    let access = view.access();
    let role = match counted(access, object) {
        Ok(role) => role,
        Err(verdict) => return Ok(verdict),
    };
    let rules = &access.policy().role(role.id).rules;
    let Some((first, _)) = rules.iter().enumerate().find(|(_, rule)| stars(rule) > 0) else {
        return Ok(Verdict::Pass);
    };
    let Some(node) = rule_node(object, first) else { return Ok(Verdict::NotApplicable) };
    let can = if rules.iter().any(|rule| stars(rule) == 3) {
        "do everything, by wildcards,".to_owned()
    } else {
        format!("do whatever {} stands for", list_words(&rules[first]))
    };
    let at = Place::Node(node);
    let mut flaw = told(view, role, &can, Reach::Anywhere, Severity::Medium, at);
    if rules.iter().all(|rule| stars(rule) < 2) {
        flaw = lowered(flaw, Severity::Medium);
    }
    for (index, _) in rules.iter().enumerate().skip(first + 1).filter(|(_, rule)| stars(rule) > 0) {
        if let Some(node) = rule_node(object, index) {
            flaw = flaw.because("this rule as well", object, Place::Node(node));
        }
    }
    if rules.iter().all(|rule| stars(rule) == 0 || is_of_verbs(rule)) {
        let starred = rules.iter().enumerate().filter(|(_, rule)| stars(rule) > 0);
        let verbs = starred.filter_map(|(index, _)| rule_node(object, index)?.get("verbs"));
        let mended =
            verbs.fold(flaw, |flaw, it| flaw.set_at(Place::Node(it), PLAIN_VERBS.to_vec()));
        return mended.needs_review().into();
    }
    flaw.step(
        "List the verbs, resources and groups in use, as the audit log tells, in place of the \
         wildcards",
        &["kubectl get clusterroles,roles -A -o yaml"],
    )
    .into()
}

/// The verbs of requests for objects of every kind.
const PLAIN_VERBS: &[&str] =
    &["get", "list", "watch", "create", "update", "patch", "delete", "deletecollection"];

/// Whether a rule is about named resources alone, and says `*` among its verbs only.
fn is_of_verbs(rule: &PolicyRule) -> bool {
    let star = |list: &[String]| list.iter().any(|text| text == "*");
    star(&rule.verbs)
        && !star(&rule.api_groups)
        && !star(&rule.resources)
        && rule.non_resource_urls.is_empty()
}

/// How many of a rule's lists a wildcard fills; three for every path as well.
fn stars(rule: &PolicyRule) -> usize {
    let star = |list: &[String]| list.iter().any(|text| text == "*");
    let lists = [&rule.verbs, &rule.api_groups, &rule.resources];
    let count = lists.into_iter().filter(|list| star(list)).count();
    count.max(if star(&rule.non_resource_urls) { 2 } else { 0 })
}

fn list_words(rule: &PolicyRule) -> &'static str {
    let star = |list: &[String]| list.iter().any(|text| text == "*");
    if star(&rule.verbs) {
        "* among verbs"
    } else if star(&rule.resources) {
        "* among resources"
    } else if star(&rule.api_groups) {
        "* among API groups"
    } else {
        "* among URLs"
    }
}

fn changed<'a>(view: &InventoryView<'a>, object: &'a Object) -> Judged<'a> {
    let access = view.access();
    let Some(role) = access.role(object) else { return Ok(uncounted(access, object)) };
    if !role.is_default {
        return Ok(Verdict::NotApplicable);
    }
    let mut flaws = Vec::new();
    if let Some(node) = object.root.path(AUTO_UPDATE)
        && node.as_str() == Some("false")
    {
        let message = "the API server leaves this role as people changed it";
        let flaw = flaw(Place::Node(node), message).at_most(Severity::Low);
        flaws.push(flaw.expected("\"true\"").set("true").needs_review());
    }
    let added = access.added_to_default(role);
    if !added.is_empty() {
        let rules = &access.policy().role(role.id).rules;
        let is_added =
            |rule: &PolicyRule| merlon_rbac::atoms(rule).iter().any(|atom| added.contains(atom));
        for (index, _) in rules.iter().enumerate().filter(|(_, rule)| is_added(rule)) {
            let Some(node) = rule_node(object, index) else { continue };
            let message = "no release gives this rule to this role";
            flaws.push(flaw(Place::Node(node), message).remove(node).needs_review());
        }
    }
    Ok(Verdict::of(flaws))
}

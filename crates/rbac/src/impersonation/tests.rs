use std::collections::BTreeMap;

use merlon_model::Version;

use super::{Mode, Wanted};
use crate::authorizer::Authorizer;
use crate::binding::{Binding, RoleRef, Subject};
use crate::identity::User;
use crate::policy::Policy;
use crate::release::Release;
use crate::request::Request;
use crate::role::Role;
use crate::rule::PolicyRule;

const AUTHENTICATION: &str = "authentication.k8s.io";

/// Verb, group, resource, names.
type Row = (&'static str, &'static str, &'static str, &'static [&'static str]);

/// A requestor who holds these rules in the whole cluster wants to list pods as somebody.
fn check(
    minor: u32,
    requestor: &User,
    rows: &[Row],
    wanted: &Wanted,
    expected: Option<(Mode, &[&str])>,
) {
    let owned = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
    let rule = |(verb, group, resource, names): &Row| PolicyRule {
        verbs: owned(&[verb]),
        api_groups: owned(&[group]),
        resources: owned(&[resource]),
        resource_names: owned(names),
        non_resource_urls: Vec::new(),
    };
    let role = Role::new(None, "r", rows.iter().map(rule).collect());
    let subjects = vec![Subject::user(&requestor.name)];
    let binding = Binding::new(None, "b", RoleRef::cluster_role("r"), subjects);
    let release = Release::of(Version::new(1, minor));
    let authorizer = Authorizer::new(Policy::new(vec![role], vec![binding], []), release);
    let request = Request::resource("list", "", "pods").within("dev");
    let found = authorizer.may_impersonate(requestor, wanted, &request);
    let found = found.map(|found| (found.mode, found.user.groups));
    let expected = expected.map(|(mode, groups)| (mode, owned(groups)));
    assert_eq!(found, expected, "1.{minor} {rows:?} {wanted:?}");
}

fn named(name: &str) -> Wanted {
    Wanted { name: name.to_owned(), ..Wanted::default() }
}

fn grouped(name: &str, groups: &[&str]) -> Wanted {
    Wanted { groups: groups.iter().map(|group| (*group).to_owned()).collect(), ..named(name) }
}

const ON_NODE: Row = ("impersonate-on:associated-node:list", "", "pods", &[]);
const AS_OWN_NODE: Row = ("impersonate:associated-node", AUTHENTICATION, "nodes", &[]);

#[test]
fn a_service_account_acts_as_the_node_it_runs_on() {
    let mut robot = User::service_account("dev", "robot");
    let rows = [ON_NODE, AS_OWN_NODE];
    let node = named("system:node:one");
    check(37, &robot, &rows, &node, None);
    robot.on_node = Some("one".to_owned());
    check(
        37,
        &robot,
        &rows,
        &node,
        Some((Mode::AssociatedNode, &["system:nodes", "system:authenticated"])),
    );
    check(35, &robot, &rows, &node, None);
    check(37, &robot, &rows, &named("system:node:two"), None);
    check(37, &robot, &rows[..1], &node, None);
    check(37, &robot, &rows[1..], &node, None);
    // The name that is asked for is the star, whichever the node.
    let star = [ON_NODE, ("impersonate:associated-node", AUTHENTICATION, "nodes", &["*"])];
    check(
        37,
        &robot,
        &star,
        &node,
        Some((Mode::AssociatedNode, &["system:nodes", "system:authenticated"])),
    );
    let one = [ON_NODE, ("impersonate:associated-node", AUTHENTICATION, "nodes", &["one"])];
    check(37, &robot, &one, &node, None);
}

#[test]
fn limited_impersonation_needs_both_verbs_and_never_reaches_masters() {
    let alice = User::named("alice");
    let on = ("impersonate-on:user-info:list", "", "pods", &[][..]);
    let user = ("impersonate:user-info", AUTHENTICATION, "users", &[][..]);
    let groups = ("impersonate:user-info", AUTHENTICATION, "groups", &[][..]);
    let all = [on, user, groups];
    check(37, &alice, &all, &named("bob"), Some((Mode::UserInfo, &["system:authenticated"])));
    check(37, &alice, &all[1..], &named("bob"), None);
    check(37, &alice, &all[..1], &named("bob"), None);
    check(
        37,
        &alice,
        &all,
        &grouped("bob", &["dev"]),
        Some((Mode::UserInfo, &["dev", "system:authenticated"])),
    );
    check(37, &alice, &all, &grouped("bob", &["system:masters"]), None);
    check(37, &alice, &all, &named("system:node:one"), None);
    check(37, &alice, &all, &named("system:serviceaccount:dev:robot"), None);
    check(34, &alice, &all, &named("bob"), None);
}

#[test]
fn many_groups_are_asked_for_by_a_star() {
    let alice = User::named("alice");
    let rows = [
        ("impersonate-on:user-info:list", "", "pods", &[][..]),
        ("impersonate:user-info", AUTHENTICATION, "users", &[][..]),
        ("impersonate:user-info", AUTHENTICATION, "groups", &["*"][..]),
    ];
    check(37, &alice, &rows, &grouped("bob", &["a", "b", "c"]), None);
    let four = grouped("bob", &["a", "b", "c", "d"]);
    check(
        37,
        &alice,
        &rows,
        &four,
        Some((Mode::UserInfo, &["a", "b", "c", "d", "system:authenticated"])),
    );
}

#[test]
fn the_old_verb_still_works() {
    let alice = User::named("alice");
    let users = ("impersonate", "", "users", &[][..]);
    let groups = ("impersonate", "", "groups", &["system:masters"][..]);
    for minor in [32, 37] {
        check(
            minor,
            &alice,
            &[users],
            &named("bob"),
            Some((Mode::Legacy, &["system:authenticated"])),
        );
        check(minor, &alice, &[users], &grouped("bob", &["system:masters"]), None);
        check(minor, &alice, &[groups], &grouped("bob", &["system:masters"]), None);
        let both = grouped("bob", &["system:masters"]);
        check(
            minor,
            &alice,
            &[users, groups],
            &both,
            Some((Mode::Legacy, &["system:masters", "system:authenticated"])),
        );
        // Without a user name the request is malformed.
        check(minor, &alice, &[users, groups], &grouped("", &["system:masters"]), None);
        let anonymous = Some((Mode::Legacy, &["system:unauthenticated"][..]));
        check(minor, &alice, &[users], &named("system:anonymous"), anonymous);
    }
}

#[test]
fn service_accounts_are_taken_on_with_their_groups() {
    let alice = User::named("alice");
    let robot = named("system:serviceaccount:dev:robot");
    let groups = ["system:serviceaccounts", "system:serviceaccounts:dev", "system:authenticated"];
    let old = ("impersonate", "", "serviceaccounts", &["robot"][..]);
    check(32, &alice, &[old], &robot, Some((Mode::Legacy, &groups)));
    check(32, &alice, &[("impersonate", "", "users", &[])], &robot, None);
    let on = ("impersonate-on:serviceaccount:list", "", "pods", &[][..]);
    let new = ("impersonate:serviceaccount", AUTHENTICATION, "serviceaccounts", &[][..]);
    check(37, &alice, &[on, new], &robot, Some((Mode::ServiceAccount, &groups)));
}

#[test]
fn uids_and_extra_fields_are_asked_for_one_by_one() {
    let alice = User::named("alice");
    let users = ("impersonate", "", "users", &[][..]);
    let uids = ("impersonate", AUTHENTICATION, "uids", &["7"][..]);
    let extra = ("impersonate", AUTHENTICATION, "userextras/scopes", &["read"][..]);
    let with = |uid: &str, value: &str| Wanted {
        uid: uid.to_owned(),
        extra: BTreeMap::from([("scopes".to_owned(), vec![value.to_owned()])]),
        ..named("bob")
    };
    let allowed = Some((Mode::Legacy, &["system:authenticated"][..]));
    check(32, &alice, &[users, uids, extra], &with("7", "read"), allowed);
    check(32, &alice, &[users, uids, extra], &with("8", "read"), None);
    check(32, &alice, &[users, uids, extra], &with("7", "write"), None);
    check(32, &alice, &[users, uids], &with("7", "read"), None);
}

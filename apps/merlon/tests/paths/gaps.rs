use merlon_model::Kind;

use crate::world::{SHOP, directory, merlon, paths_in, snapshot, two_clusters};

#[test]
fn no_way_is_no_promise_where_bindings_could_not_be_seen() {
    let directory = directory(&[]);
    let check = |hidden: &[Kind], code| {
        snapshot(&directory.path().join("c.merlon"), SHOP, hidden);
        let question = "--snapshot | c.merlon | --from | internet | --to | cluster-admin";
        paths_in(directory.path(), question).ended(code).stdout
    };
    assert!(check(&[], 1).contains("internet reaches cluster-admin in"));
    let text = check(&[Kind::ClusterRoleBinding], 3);
    assert!(
        text.contains("internet does not reach cluster-admin, as far as could be seen"),
        "{text}"
    );
    assert!(text.contains("clusterrolebindings"), "{text}");
    // A way that there is needs no more evidence.
    let text = check(&[Kind::Secret], 1);
    assert!(text.contains("Not seen, and there may be more ways through it"), "{text}");
}

#[test]
fn manifests_that_cannot_be_read_are_gaps() {
    let directory = directory(&[
        ("a.yaml", SHOP),
        ("b.yaml", "apiVersion: v1\nkind: Pod\nmetadata: {name: [\n"),
    ]);
    let question = ". | --from | user ann | --to | node";
    let output = paths_in(directory.path(), question).ended(3);
    assert!(output.stdout.contains("b.yaml"), "{output:?}");
}

#[test]
fn a_path_does_not_lead_from_one_inventory_to_another() {
    let directory = directory(&[("a.yaml", SHOP)]);
    two_clusters(&directory.path().join("two.merlon"));
    let output = paths_in(directory.path(), "--snapshot | two.merlon").ended(3);
    assert!(output.stderr.contains("east, west"), "{output:?}");
    assert_eq!(output.stdout, "");
}

#[test]
fn without_objects_nothing_is_answered() {
    let directory = directory(&[("readme.txt", "nothing")]);
    for arguments in [&["paths", "readme.txt"][..], &["paths", "nothing.yaml"], &["paths"]] {
        let output = merlon(directory.path(), arguments);
        assert_eq!(output.code, Some(3), "{output:?}");
        assert!(!output.stdout.contains("does not reach") || output.stdout.contains("as far as"));
    }
}

use std::fs;

use merlon_model::{ChokePoints, Confidence};

use crate::world::{SHOP, directory, paths, paths_in, routes, snapshot};

#[test]
fn without_a_question_the_threat_model_asks() {
    let report = paths(SHOP, "-o | json").ended(1).report();
    assert_eq!(report.routes.len(), 4 * 3);
    assert!(report.routes.iter().any(|it| it.entry == "any-pod" && it.target == "node"));
    let report = paths(SHOP, "-o | json | --threat-model | internet-facing").ended(1).report();
    assert!(report.routes.iter().all(|route| route.entry != "any-pod"), "{:?}", routes(&report));
}

#[test]
fn one_question_is_answered_alone() {
    let check = |arguments: &str, code: i32, expected: &str| {
        let output = paths(SHOP, &format!("{arguments} | -o | json")).ended(code);
        assert_eq!(routes(&output.report()), [expected], "{arguments}");
    };
    let all = "--limit | 1 | --from";
    check(&format!("{all} | internet | --to | cluster-admin"), 1, "internet > cluster-admin: 1");
    check(&format!("{all} | pod shop/job | --to | node"), 1, "pod shop/job > node: 1");
    check(
        &format!("{all} | pod shop/job | --to | cluster-admin | --confidence | certain"),
        0,
        "pod shop/job > cluster-admin: 0",
    );
    check(
        &format!("{all} | serviceaccount shop/web | --to | cluster-admin"),
        1,
        "serviceaccount shop/web > cluster-admin: 1",
    );
    check(&format!("{all} | user ann | --to | cluster-admin"), 0, "user ann > cluster-admin: 0");
}

#[test]
fn the_answer_names_what_to_change() {
    let report = paths(SHOP, "--from | internet | --to | cluster-admin | -o | json").report();
    let points = report.routes[0].choke_points.clone().unwrap();
    let ChokePoints::Cut { changes, minimal: true, .. } = points else { panic!("{points:?}") };
    let titles: Vec<&str> = changes.iter().map(|it| report.changes[*it].title.as_str()).collect();
    assert_eq!(titles.len(), 1, "{titles:?}");
    let text = paths(SHOP, "--from | internet | --to | cluster-admin").ended(1).stdout;
    assert!(text.contains(titles[0]), "{text}");
    assert!(
        text.contains("With it no way is left; no lighter set of changes does that."),
        "{text}"
    );
}

#[test]
fn confidence_and_techniques_leave_steps_out() {
    let question = "--from | internet | --to | cluster-admin | -o | json";
    let report = paths(SHOP, question).ended(1).report();
    assert_eq!(report.routes[0].paths[0].confidence, Confidence::Assumed);
    let technique = &report.steps[report.routes[0].paths[0].steps[0]].technique;
    paths(SHOP, &format!("{question} | --confidence | likely")).ended(0);
    paths(SHOP, &format!("{question} | --without-technique | {technique}")).ended(0);
}

#[test]
fn an_object_is_thought_away() {
    let check = |object: &str, code| {
        let question = "--from | internet | --to | cluster-admin | --without";
        paths(SHOP, &format!("{question} | {object}")).ended(code)
    };
    check("ClusterRoleBinding web", 0);
    check("ClusterRoleBinding/web", 0);
    check("Service shop/web", 0);
    check("Deployment shop/job", 1);
    let output = check("Service shop/cart", 3);
    assert!(output.stderr.contains("there is no Service shop/cart to be taken out"), "{output:?}");
    assert!(check("web", 3).stderr.contains("'KIND NAMESPACE/NAME'"));
}

#[test]
fn manifests_that_are_proposed_open_and_close_ways() {
    let closes = SHOP
        .split("---\n")
        .find(|document| document.contains("kind: ClusterRoleBinding"))
        .unwrap()
        .replace("name: web, namespace: shop", "name: other, namespace: shop");
    let opens = SHOP.split("---\n").find(|it| it.contains("kind: Service\n")).unwrap();
    let closed = SHOP.replace("type: LoadBalancer", "type: ClusterIP");
    let directory = directory(&[
        ("open.yaml", SHOP),
        ("closed.yaml", &closed),
        ("closes.yaml", &closes),
        ("opens.yaml", opens),
    ]);
    let check = |files: &str, code| {
        paths_in(directory.path(), &format!("{files} | --from | internet | --to | cluster-admin"))
            .ended(code)
    };
    check("open.yaml", 1);
    check("open.yaml | --with | closes.yaml", 0);
    check("closed.yaml", 0);
    check("closed.yaml | --with | opens.yaml", 1);
    check("closed.yaml | --with | nothing.yaml", 3);
    // A cluster with a manifest on top.
    snapshot(&directory.path().join("c.merlon"), &closed, &[]);
    check("--snapshot | c.merlon", 0);
    check("--snapshot | c.merlon | --with | opens.yaml", 1);
    assert!(fs::read_to_string(directory.path().join("open.yaml")).unwrap() == SHOP);
}

#[test]
fn where_nothing_is_reached_it_is_told_what_was_looked_at() {
    let text =
        paths(SHOP, "--from | pod shop/job | --to | secrets | --confidence | certain").stdout;
    let text = text.replace('\n', " ");
    for part in [
        "pod shop/job does not reach secrets",
        "the furthest it gets: ",
        "Looked at 6 objects: they let somebody hold",
        "Next: --to secrets, or another --threat-model",
    ] {
        assert!(text.contains(part), "{part:?} in {text}");
    }
    let report =
        paths(SHOP, "--from | anonymous | --to | cluster-admin | -o | json").ended(0).report();
    assert_eq!((report.extent.objects, report.routes[0].gained), (6, Some(0)));
    let report = paths(SHOP, "--from | internet | --to | cluster-admin | -o | json").report();
    assert_eq!((&report.routes[0].furthest[..], report.routes[0].gained), (&[][..], None));
}

#[test]
fn what_is_reached_is_told_by_entry_before_the_paths() {
    let text = paths(SHOP, "").ended(1).stdout;
    let lines: Vec<&str> = text.lines().skip(2).take_while(|line| !line.is_empty()).collect();
    assert!(lines.iter().any(|it| it.starts_with("internet reaches cluster-admin in ")), "{text}");
    assert!(
        lines.contains(&"anonymous does not reach cluster-admin, node or cloud-role"),
        "{text}"
    );
    let next = text.split("Next: ").nth(1).unwrap().replace('\n', " ");
    assert!(
        next.contains("`merlon explain ") && next.contains("--without 'ClusterRoleBinding web'")
    );
}

#[test]
fn what_does_not_exist_is_told() {
    let check = |arguments: &str, code, says: &str| {
        let output = paths(SHOP, arguments).ended(code);
        let all = format!("{}{}", output.stdout, output.stderr);
        assert!(all.contains(says), "{arguments}: {all}");
    };
    check("--from | attic", 2, "no entry or target is written \"attic\"");
    check("--to | pod web", 2, "pod NAMESPACE/NAME");
    check("--from | pod shop/nothing | --to | node", 3, "pod shop/nothing: nothing of that name");
    check("--from | internet | --to | node n1", 3, "node n1: nothing of that name");
    check(
        "--from | container shop/web/x | --to | node",
        3,
        "container shop/web/x: nothing of that",
    );
    check("--from | serviceaccount shop/x | --to | node", 3, "nothing of that name");
    check("--from | serviceaccount shop/default | --to | node", 0, "does not reach node");
    check("--without-technique | magic", 3, "there is no technique magic: --verbose names");
    check("--without-technique | create-pod", 3, "did you mean create-pods,");
    check("--confidence | sure", 2, "possible values");
    check("--threat-model | moat", 2, "possible values");
}

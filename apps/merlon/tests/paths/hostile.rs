use crate::world::{SHOP, paths};

/// The shop whose programs have a name that nobody should have.
fn named(name: &str) -> String {
    let name = serde_json::to_string(name).unwrap();
    SHOP.replace(
        "metadata: {name: web, namespace: shop}\nspec:\n  selector",
        &format!("metadata: {{name: {name}, namespace: shop}}\nspec:\n  selector"),
    )
}

#[test]
fn names_do_not_become_markup() {
    let shop = named("\"><script>alert(1)</script>");
    assert_ne!(shop, SHOP);
    let page = paths(&shop, "-o | html").ended(1).stdout;
    assert!(!page.contains("<script>alert(1)"), "a name is markup");
    assert!(page.contains("alert(1)"), "the name is not told");
    let graphml = paths(&shop, "-o | graphml").ended(1).stdout;
    assert!(!graphml.contains("<script>"), "{graphml}");
    let dot = paths(&shop, "-o | dot").ended(1).stdout;
    assert!(!dot.contains("shop/\"><script>"), "{dot}");
    let json = paths(&shop, "-o | json").ended(1).report();
    assert!(json.facts.iter().any(|fact| fact.name.contains("\"><script>")), "{json:?}");
}

#[test]
fn names_do_not_act_on_a_terminal() {
    let shop = named("a\u{1b}[2Jb\nc");
    for format in ["tree", "dot", "mermaid"] {
        let text = paths(&shop, &format!("-o | {format}")).ended(1).stdout;
        assert!(!text.contains('\u{1b}'), "{format}: {text}");
    }
}

#[test]
fn commands_that_are_told_do_not_run_what_names_say() {
    let shop = SHOP.replace(
        "- {kind: ServiceAccount, name: web, namespace: shop}",
        "- {kind: User, name: 'ann; touch /tmp/x $(id)', apiGroup: rbac.authorization.k8s.io}",
    );
    let question = "--from | user ann; touch /tmp/x $(id) | --to | cluster-admin | -o | json";
    let report = paths(&shop, question).ended(1).report();
    let commands: Vec<&String> = report.steps.iter().flat_map(|step| &step.commands).collect();
    assert_eq!(
        commands,
        ["kubectl auth can-i '*' '*' --all-namespaces --as 'ann; touch /tmp/x $(id)'"]
    );
}

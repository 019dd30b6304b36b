//! What is chosen by the address.

use merlon_model::AttackReport;

use crate::browser::{Dom, open, page};
use crate::shop::shop;
use crate::synthetic::synthetic;

/// What the page shows of the shop.
fn shown(chosen: &str) -> Dom {
    open(&page(&shop()), chosen)
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected.iter().map(|&(one, other)| (one.to_owned(), other.to_owned())).collect()
}

pub(crate) fn nothing() {
    let dom = shown("");
    assert_eq!(dom.text("status"), "12 of 12 facts drawn");
    assert_eq!(
        dom.pairs("routes", "data-route", "data-outcome"),
        pairs(&[("1", "reached"), ("2", "reached"), ("3", "unreached")])
    );
    assert_eq!(dom.values("routes", "data-path"), ["1", "2", "3", "1"]);
    assert_eq!(dom.values("routes", "aria-current"), [""; 0]);
    assert_eq!(dom.values("changes", "data-change"), ["5", "9", "7"]);
    assert_eq!(dom.values("facts", "data-fact").len(), 12);
    assert!(dom.text("panel").contains("Secrets of namespace vault could not be listed"));
}

pub(crate) fn search() {
    let check = |words: &str, expected: &[&str]| {
        let dom = shown(&format!("search={words}"));
        assert_eq!(dom.values("facts", "data-fact"), expected, "{words}");
        let found = format!("{} found", expected.len());
        assert!(dom.text("status").contains(&found), "{words}");
    };
    check("legacy", &["7"]);
    check("SECRET", &["4"]);
    check("kube-system", &["9", "10"]);
    check("identity+ci", &["6"]);
    check("no-such-thing", &[]);
}

pub(crate) fn filters() {
    let check = |chosen: &str, routes: &[&str], paths: &[&str]| {
        let dom = shown(chosen);
        assert_eq!(dom.values("routes", "data-route"), routes, "{chosen}");
        assert_eq!(dom.values("routes", "data-path"), paths, "{chosen}");
    };
    check("entry=any-pod", &["2"], &["1"]);
    check("target=cluster-admin", &["1", "3"], &["1", "2", "3"]);
    check("technique=create-workload", &["1"], &["3"]);
    check("technique=privileged-container", &["1", "2"], &["1", "1"]);
    check("confidence=certain", &["2"], &["1"]);
    check("entry=internet&confidence=likely", &[], &[]);
    check("entry=nobody", &[], &[]);
    let drawn = |chosen: &str| shown(chosen).text("status");
    assert_eq!(drawn("technique=create-workload"), "8 of 12 facts drawn");
    assert_eq!(drawn("technique=create-workload&whole=1"), "12 of 12 facts drawn");
}

pub(crate) fn path() {
    let dom = shown("route=1&path=2");
    assert_eq!(
        dom.pairs("routes", "data-path", "aria-current"),
        pairs(&[("1", ""), ("2", "true"), ("3", ""), ("1", "")])
    );
    assert_eq!(dom.values("panel", "data-way"), ["0", "1", "2", "3", "4", "5"]);
    assert!(dom.text("panel").contains("needs secret shop/deploy-token and api-server"));
    let states = dom.pairs("facts", "data-fact", "data-state");
    for (fact, state) in states {
        let is_on_path = ["0", "2", "3", "4", "5", "6", "11"].contains(&fact.as_str());
        assert_eq!(state, if is_on_path { "chosen" } else { "faded" }, "{fact}");
    }
}

pub(crate) fn details() {
    let fact = shown("fact=6");
    assert_eq!(fact.pairs("facts", "aria-current", "data-fact"), pairs(&[("true", "6")]));
    let text = fact.text("panel");
    for part in [
        "identity in namespace ci",
        "acts as serviceaccount ci/deployer",
        "internet in 5 steps",
        "use a token found in a Secret",
        "to cluster-admin",
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
    let step = shown("step=2");
    assert_eq!(step.values("panel", "data-change"), ["2"]);
    assert_eq!(step.values("panel", "data-fact"), ["3", "4"]);
    let text = step.text("panel");
    for part in [
        "step certain read a Secret over the API",
        "get, list and watch of secrets all show their values",
        "it allows get on secrets Role shop/cart rules[0]",
        "T1552.007",
        "kubectl auth can-i get secret/deploy-token",
        "take secrets out of Role shop/cart",
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
    assert!(
        shown("step=4").text("panel").contains("Needs all of secret shop/deploy-token api-server")
    );
}

pub(crate) fn what_if() {
    let check = |without: &str, outcomes: [&str; 3], cut_paths: &[&str], gone: &[&str]| {
        let dom = shown(&format!("without={without}"));
        assert_eq!(dom.values("routes", "data-outcome"), outcomes, "{without}");
        let states = |id, of| dom.pairs(id, of, "data-state").into_iter();
        let cut: Vec<_> = states("routes", "data-path")
            .filter_map(|(path, state)| (state == "cut").then_some(path))
            .collect();
        assert_eq!(cut, cut_paths, "{without}");
        let cut: Vec<_> = states("facts", "data-fact")
            .filter_map(|(fact, state)| (state == "cut").then_some(fact))
            .collect();
        assert_eq!(cut, gone, "{without}");
        let number = without.split(',').count();
        let told = format!("with {number} change");
        assert!(dom.text("status").contains(&told), "{without}");
    };
    // Both choke points, and each alone.
    check("5,9", ["cut", "reached", "unreached"], &["1", "2", "3"], &["11"]);
    check("9", ["reached", "reached", "unreached"], &["1", "3"], &[]);
    check("5", ["reached", "reached", "unreached"], &["2"], &[]);
    // Without a way to the API server the stolen token is of no use: both premises are needed.
    check("3", ["reached", "reached", "unreached"], &["2", "3"], &["5", "6"]);
    check("7", ["reached", "cut", "unreached"], &["1", "1"], &[]);
    check("7,11", ["reached", "cut", "unreached"], &["1", "3", "1"], &["8", "9"]);
}

pub(crate) fn left() {
    let mut report = shop();
    report.routes[0].paths.truncate(1);
    let page = page(&report);
    let dom = open(&page, "without=9&path=left");
    assert_eq!(
        dom.pairs("routes", "data-path", "aria-current"),
        pairs(&[("1", ""), ("left", "true"), ("1", "")])
    );
    assert_eq!(dom.values("panel", "data-way"), ["0", "1", "3", "2", "4", "5"]);
    assert!(dom.text("routes").contains("still reached in 6 steps"), "{}", dom.text("routes"));
    // Without changes there is nothing to be left.
    assert_eq!(open(&page, "").values("routes", "data-path"), ["1", "1"]);
}

pub(crate) fn groups() {
    let page = page(&synthetic(20_000));
    let total = synthetic(20_000).facts.len();
    let count = |number: usize| format!("{},{:03}", number / 1_000, number % 1_000);
    let on_paths = open(&page, "");
    assert_eq!(on_paths.text("status"), format!("23 of {} facts drawn", count(total)));
    let whole = open(&page, "whole=1").text("status");
    let (drawn, before) = whole.split_once("; as ").unwrap();
    assert_eq!(drawn, format!("{} of {} facts drawn", count(total), count(total)));
    let cards =
        |text: &str| -> usize { text.split_once(' ').unwrap().0.replace(',', "").parse().unwrap() };
    assert!((100..=5_000).contains(&cards(before)), "{whole}");
    // The workloads of a namespace, once opened, are cards of their own.
    let workload = synthetic(20_000)
        .facts
        .iter()
        .position(|fact| fact.name == "deployment team-150/app-0")
        .unwrap();
    let opened = open(&page, &format!("whole=1&open={workload}")).text("status");
    let (_, after) = opened.split_once("; as ").unwrap();
    assert_eq!(cards(after), cards(before) + 29, "{opened}");
    let found = open(&page, "whole=1&search=team-150/app-7");
    assert!(found.text("status").ends_with("2 found"), "{}", found.text("status"));
}

pub(crate) fn hostile() {
    for text in [
        "</script><script>document.title = 'owned'</script>",
        "<img src=x onerror=\"document.title = 'owned'\">",
        "\u{202e}\u{2028}'\"&amp;`${document.title}",
        "__proto__",
    ] {
        let mut report = shop();
        report.facts[7].name = text.to_owned();
        report.facts[7].title = text.to_owned();
        report.changes[7].title = text.to_owned();
        report.gaps[0] = text.to_owned();
        report.routes[1].entry = text.to_owned();
        report.steps[7].technique = text.to_owned();
        let page = page(&report);
        let shown = merlon_report::visible(text).into_owned();
        let shown = shown.split_whitespace().collect::<Vec<_>>().join(" ");
        let fact = open(&page, "fact=7&whole=1");
        assert!(fact.text("panel").contains(&shown), "{}", fact.text("panel"));
        assert!(fact.text("routes").contains(&shown), "{}", fact.text("routes"));
        let step = open(&page, "step=7&without=7");
        assert!(step.text("panel").contains(&shown), "{}", step.text("panel"));
    }
}

pub(crate) fn beyond() {
    let mut report = shop();
    report.steps[3].premises.push(usize::MAX);
    report.routes[0].paths[0].steps.push(4_000);
    report.routes[1].paths[0].steps = vec![77];
    let page = page(&report);
    for chosen in [
        "",
        "route=9&path=9",
        "path=-1&fact=1e9&step=3",
        "step=x&fact=&without=a,,99&open=7777&whole=1",
        "path=left",
    ] {
        let dom = open(&page, chosen);
        assert_eq!(dom.values("routes", "data-route"), ["1", "2", "3"], "{chosen}");
    }
}

pub(crate) fn empty() {
    let dom = open(&page(&AttackReport::default()), "whole=1&path=1&search=x");
    assert_eq!(dom.text("routes"), "No routes were looked at.");
    assert_eq!(dom.text("status"), "0 of 0 facts drawn; 0 found");
}

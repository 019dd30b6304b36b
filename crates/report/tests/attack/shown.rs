use merlon_model::{AttackReport, AttackRoute, ChokePoints, Confidence};
use merlon_report::Options;
use merlon_report::attack::AttackFormat;

use crate::shop::{shop, step};
use crate::synthetic::synthetic;
use crate::{plain, rendered};

fn check(name: &str, format: AttackFormat, options: &Options<'_>) {
    insta::assert_snapshot!(name, rendered(format, &shop(), options));
}

#[test]
fn the_shop_is_shown_in_every_format() {
    let everything = Options { verbose: true, ..plain() };
    let styled = Options { colour: true, unicode: true, width: 80, ..plain() };
    check("tree", AttackFormat::Tree, &plain());
    check("tree-everything", AttackFormat::Tree, &everything);
    check("tree-styled", AttackFormat::Tree, &styled);
    check("mermaid", AttackFormat::Mermaid, &plain());
    check("dot", AttackFormat::Dot, &plain());
    check("graphml", AttackFormat::Graphml, &plain());
}

#[test]
fn the_same_report_gives_the_same_bytes() {
    for format in AttackFormat::ALL {
        let first = rendered(format, &synthetic(800), &plain());
        assert_eq!(first, rendered(format, &synthetic(800), &plain()), "{format}");
    }
}

#[test]
fn what_is_known_of_the_routes_is_said_first() {
    let check = |change: fn(&mut AttackReport), expected: &str| {
        let mut report = shop();
        report.routes.truncate(1);
        change(&mut report);
        let text = rendered(AttackFormat::Tree, &report, &plain());
        assert_eq!(text.lines().nth(2), Some(expected), "{text}");
    };
    check(
        |_| {},
        "internet reaches cluster-admin in 4 steps; at least 3 ways; 2 changes cut them all",
    );
    check(
        |report| {
            report.routes[0].paths.truncate(1);
            report.routes[0].choke_points =
                Some(ChokePoints::Cut { changes: vec![9], minimal: true, at_least: 2 });
        },
        "internet reaches cluster-admin in 4 steps; 1 change cuts every way",
    );
    check(
        |report| {
            let path = report.routes[0].paths[1].clone();
            report.routes[0].choke_points = Some(ChokePoints::Impossible { path });
        },
        "internet reaches cluster-admin in 4 steps; at least 3 ways; no change cuts every way",
    );
    let unreached = |report: &mut AttackReport| {
        report.routes[0].paths.clear();
        report.routes[0].choke_points = None;
    };
    check(unreached, "internet does not reach cluster-admin, as far as could be seen");
    check(
        |report| {
            report.routes[0].paths.clear();
            report.routes[0].choke_points = None;
            report.gaps.clear();
        },
        "internet does not reach cluster-admin",
    );
    check(
        |report| {
            report.gaps.clear();
            report.routes[0].paths.clear();
            report.routes[0].choke_points = None;
            let route = report.routes[0].clone();
            for target in ["node", "cloud-role"] {
                report.routes.insert(1, AttackRoute { target: target.to_owned(), ..route.clone() });
            }
        },
        "internet does not reach cluster-admin, cloud-role or node",
    );
    check(
        |report| report.routes.clear(),
        "No entry and target were looked at, so nothing is known of paths.",
    );
}

#[test]
fn choke_points_say_what_is_proven() {
    let check = |points: ChokePoints, expected: &str| {
        let mut report = shop();
        report.routes[0].choke_points = Some(points);
        let text = rendered(AttackFormat::Tree, &report, &plain());
        assert!(text.contains(expected), "{text}");
    };
    let cut = |minimal, at_least| ChokePoints::Cut { changes: vec![5], minimal, at_least };
    check(cut(true, 4), "With it no way is left; no lighter set of changes does that.");
    let two = ChokePoints::Cut { changes: vec![5, 6], minimal: true, at_least: 4 };
    check(two, "With them no way is left; no lighter set of changes does that.");
    check(cut(false, 3), "a lighter set may exist, though none of a weight below 3.");
}

#[test]
fn lines_of_other_ways_tell_them_apart_in_narrow_terminals() {
    let options = Options { width: 70, ..plain() };
    let text = rendered(AttackFormat::Tree, &shop(), &options);
    let lines: Vec<&str> = text.lines().filter(|line| line.contains(" steps, assumed: ")).collect();
    assert_eq!(
        lines,
        [
            "  6 steps, assumed: ... > serviceaccount ci/deployer > cluster-admin",
            "  7 steps, assumed: container shop/web/app > ... > cluster-admin",
        ]
    );
}

/// A chain of so many steps, each of which also needs what the one before the last gave.
fn chain(length: usize) -> AttackReport {
    let mut report = shop();
    let fact = report.facts[0].clone();
    report.facts = (0..=length).map(|_| fact.clone()).collect();
    report.steps = (0..length)
        .map(|place| {
            let premises = [place, place.saturating_sub(1)];
            step("read-secret", &premises, place + 1, Confidence::Certain, Vec::new(), &[])
        })
        .collect();
    report.routes.truncate(1);
    report.routes[0].choke_points = None;
    report.routes[0].paths.truncate(1);
    report.routes[0].paths[0].steps = (0..length).collect();
    report
}

#[test]
fn paths_of_any_length_are_told_to_their_end() {
    let text = rendered(AttackFormat::Tree, &chain(20_000), &plain());
    assert!(text.contains("  20000 read a Secret over the API"), "the last step is missing");
    rendered(AttackFormat::Html, &chain(20_000), &plain());
}

#[test]
fn steps_that_go_round_in_circles_are_told_once() {
    let mut report = chain(3);
    report.steps[0].premises = vec![3];
    let text = rendered(AttackFormat::Tree, &report, &plain());
    assert_eq!(text.matches("read a Secret over the API").count(), 3, "{text}");
}

#[test]
fn places_that_the_report_does_not_have_are_left_out() {
    let mut report = shop();
    report.steps[3].premises.push(usize::MAX);
    report.steps[4].conclusion = 99;
    report.steps[5].changes = vec![5, 1234];
    report.routes[0].paths[0].steps.push(1 << 40);
    report.routes[1].paths[0].steps = vec![77];
    report.routes[1].choke_points =
        Some(ChokePoints::Cut { changes: vec![888], minimal: false, at_least: 0 });
    report.techniques.remove("mounted-token");
    for format in AttackFormat::ALL {
        for verbose in [false, true] {
            rendered(format, &report, &Options { verbose, ..plain() });
        }
    }
}

#[test]
fn drawings_show_the_paths_or_everything() {
    let count = |verbose, needle: &str| {
        let options = Options { verbose, ..plain() };
        rendered(AttackFormat::Graphml, &synthetic(1_000), &options).matches(needle).count()
    };
    assert_eq!(count(false, "<key id="), 8);
    // Seven ways of three facts each between the internet and cluster-admin.
    assert_eq!(count(false, "<node "), 7 * 3 + 2);
    assert!(count(true, "<node ") > 1_000);
}

#[test]
fn the_page_loads_nothing_and_allows_only_its_own_script() {
    let page = rendered(AttackFormat::Html, &shop(), &plain());
    assert!(page.contains("default-src 'none'; style-src 'sha256-"), "no policy");
    for external in [
        "src=",
        "href=",
        "url(",
        "@import",
        "http://",
        "https://",
        " style=\"",
        " onclick=\"",
        "innerHTML",
        "fetch(",
    ] {
        assert!(!page.contains(external), "the page has {external}");
    }
    assert_eq!(page.matches("<script").count(), 2);
    assert_eq!(page.matches("</script").count(), 2);
}

use serde_json::Value;

use crate::world::{SHOP, directory, merlon, paths, paths_in, snapshot};

#[track_caller]
fn validator(of: &str) -> jsonschema::Validator {
    let output = merlon(std::env::temp_dir().as_path(), &["schema", of]).ended(0);
    let schema: Value = serde_json::from_str(&output.stdout).unwrap();
    jsonschema::validator_for(&schema).unwrap()
}

#[test]
fn every_report_is_as_the_schema_says() {
    let validator = validator("paths");
    let directory = directory(&[]);
    snapshot(&directory.path().join("c.merlon"), SHOP, &[merlon_model::Kind::Secret]);
    let outputs = [
        paths(SHOP, "-o | json"),
        paths(SHOP, "-o | json | --whole | --limit | 50"),
        paths(SHOP, "-o | json | --from | user ann | --to | node"),
        paths_in(directory.path(), "--snapshot | c.merlon | -o | json"),
    ];
    for output in outputs {
        let report: Value = serde_json::from_str(&output.stdout).unwrap();
        let problems: Vec<String> =
            validator.iter_errors(&report).map(|it| it.to_string()).collect();
        assert!(problems.is_empty(), "{problems:#?}");
    }
    assert!(!validator.is_valid(&serde_json::json!({"format": 1})));
}

#[test]
fn places_in_a_report_are_there() {
    let report = paths(SHOP, "-o | json | --whole").report();
    for route in &report.routes {
        for path in &route.paths {
            let mut held: Vec<usize> = Vec::new();
            for step in &path.steps {
                let step = &report.steps[*step];
                assert!(report.techniques.contains_key(&step.technique));
                assert!(step.changes.iter().all(|change| *change < report.changes.len()));
                held.push(step.conclusion);
            }
            assert!(held.iter().all(|fact| *fact < report.facts.len()));
        }
    }
}

#[test]
fn every_format_tells_the_way() {
    for format in ["tree", "json", "dot", "mermaid", "graphml", "html"] {
        let question = format!("--from | internet | --to | cluster-admin | -o | {format}");
        let text = paths(SHOP, &question).ended(1).stdout;
        assert!(text.contains("shop/web"), "{format}: {text}");
        let again = paths(SHOP, &question).stdout;
        let without_time =
            |text: &str| text.lines().filter(|it| !it.contains("T")).collect::<Vec<_>>().join("\n");
        assert_eq!(without_time(&text), without_time(&again), "{format}");
    }
}

#[test]
fn a_page_loads_nothing() {
    let page = paths(SHOP, "-o | html").ended(1).stdout;
    assert!(page.starts_with("<!DOCTYPE html>") || page.starts_with("<!doctype html>"));
    for load in
        ["src=\"http", "src='http", "href=\"http", "@import", "url(http", "fetch(", "import("]
    {
        assert!(!page.contains(load), "{load}");
    }
    assert!(page.contains("Content-Security-Policy"), "no policy");
}

#[test]
fn a_report_goes_into_a_file() {
    let directory = directory(&[("all.yaml", SHOP)]);
    let output =
        paths_in(directory.path(), "all.yaml | -o | json | --output-file | p.json").ended(1);
    assert_eq!(output.stdout, "");
    let text = std::fs::read_to_string(directory.path().join("p.json")).unwrap();
    assert!(serde_json::from_str::<merlon_model::AttackReport>(&text).is_ok());
    paths_in(directory.path(), "all.yaml | --output-file | nowhere/p.json").ended(3);
}

#[test]
fn what_one_entry_does_not_reach_is_one_line() {
    let text = paths(SHOP, "").ended(1).stdout;
    let unreached: Vec<&str> =
        text.lines().filter(|line| line.contains("does not reach")).collect();
    assert_eq!(
        unreached.iter().filter(|line| line.starts_with("anonymous ")).collect::<Vec<_>>(),
        [&"anonymous does not reach cluster-admin, node or cloud-role"]
    );
}

#[test]
fn no_line_is_wider_than_a_terminal() {
    let text = paths(SHOP, "--verbose").stdout;
    for line in text.lines().filter(|line| !line.contains("$ ")) {
        assert!(line.chars().count() <= 100, "{line}");
    }
}

//! Reports with any text in any field: every format stays what it is.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use common::objects::everywhere;
use common::{cluster, plain, remedy, rendered, small_benchmark};
use merlon_model::{Action, Report};
use merlon_report::{Format, Options, Remedy};
use proptest::prelude::*;
use serde_json::Value;

/// The report with every free text replaced.
fn with_text(report: &Report, text: &str) -> Report {
    let mut value = serde_json::to_value(report).unwrap();
    replace(&mut value, text);
    serde_json::from_value(value).unwrap()
}

fn replace(value: &mut Value, text: &str) {
    // These fields hold words of the model, which no node can choose.
    const WORDS: [&str; 10] = [
        "outcome",
        "severity",
        "roles",
        "component",
        "kind",
        "instead_of",
        "problem",
        "op",
        "safety",
        "baseline",
    ];
    match value {
        Value::String(old) => *old = text.to_owned(),
        Value::Array(values) => values.iter_mut().for_each(|value| replace(value, text)),
        Value::Object(fields) => fields
            .iter_mut()
            .filter(|(name, _)| !WORDS.contains(&name.as_str()))
            .for_each(|(_, value)| replace(value, text)),
        _ => {}
    }
}

/// Everything is shown, on lines without end, so that only the texts differ.
fn everything() -> Options<'static> {
    Options { verbose: true, unicode: true, width: usize::MAX, ..Options::new(&on_one_line) }
}

/// Commands may have several lines, but then the number of lines says nothing.
fn on_one_line(action: &Action) -> Remedy {
    let mut remedy = remedy(action);
    for command in &mut remedy.commands {
        *command = format!("echo {}", command.replace(['\r', '\n'], " "));
    }
    remedy
}

fn count(text: &str, characters: &[char]) -> Vec<usize> {
    characters.iter().map(|character| text.matches(*character).count()).collect()
}

fn check(text: &str) {
    let hostile = with_text(&small_benchmark(), text);
    // The dots of section ids and the spaces of messages make structure, and may.
    let keep = |c: char| if matches!(c, '.' | ':' | ' ') { c } else { 'x' };
    let tame = with_text(&small_benchmark(), &text.chars().map(keep).collect::<String>());
    let of = |format, report| rendered(format, report, &everything());

    for format in [Format::Text, Format::KubeBenchText] {
        let shown = of(format, &hostile);
        assert_eq!(shown.lines().count(), of(format, &tame).lines().count(), "{format}: {shown}");
        let acts =
            |c: char| c != '\n' && (c.is_control() || ('\u{202a}'..='\u{202e}').contains(&c));
        assert!(!shown.contains(acts), "{format}: {shown:?}");
    }
    let json: Report = serde_json::from_str(&of(Format::Json, &hostile)).unwrap();
    assert_eq!(json, hostile);
    for format in [Format::KubeBench, Format::Sarif] {
        serde_json::from_str::<Value>(&of(format, &hostile)).unwrap();
    }
    let junit = of(Format::Junit, &hostile);
    let junit = quick_junit::Report::deserialize_from_str(&junit).unwrap();
    let tests: usize = hostile.nodes[0].benchmark.as_ref().unwrap().sections.len();
    assert_eq!(junit.tests, tests);
    check_csv(&of(Format::Csv, &hostile), hostile.findings.len());
    let markup = ['<', '>', '"'];
    assert_eq!(
        count(&of(Format::Html, &hostile), &markup),
        count(&of(Format::Html, &tame), &markup),
        "html"
    );
    let tags = ['<', '\n'];
    assert_eq!(
        count(&without_code(&of(Format::Markdown, &hostile)), &tags),
        count(&without_code(&of(Format::Markdown, &tame)), &tags),
        "markdown"
    );
}

/// The same for what is said of objects, with the formats that are made for changes of files.
fn check_objects(text: &str) {
    let hostile = with_text(&everywhere(), text);
    let keep = |c: char| if matches!(c, '.' | ':' | ' ') { c } else { 'x' };
    let tame = with_text(&everywhere(), &text.chars().map(keep).collect::<String>());
    let of = |format, report| rendered(format, report, &everything());

    for format in [Format::Text, Format::Github] {
        let shown = of(format, &hostile);
        assert_eq!(shown.lines().count(), of(format, &tame).lines().count(), "{format}: {shown}");
        let acts =
            |c: char| c != '\n' && (c.is_control() || ('\u{202a}'..='\u{202e}').contains(&c));
        assert!(!shown.contains(acts), "{format}: {shown:?}");
    }
    let github = of(Format::Github, &hostile);
    for line in github.lines().filter(|line| line.trim_start().starts_with("::")) {
        let (head, _) = line[2..].split_once("::").unwrap();
        let (command, properties) = head.split_once(' ').unwrap();
        assert!(["error", "warning", "notice"].contains(&command), "{line}");
        for property in properties.split(',') {
            let (name, _) = property.split_once('=').unwrap();
            let known = ["file", "line", "endLine", "col", "endColumn", "title"];
            assert!(known.contains(&name), "{line}");
        }
    }
    let json: Report = serde_json::from_str(&of(Format::Json, &hostile)).unwrap();
    assert_eq!(json, hostile);
    for format in [Format::Gitlab, Format::Sarif] {
        serde_json::from_str::<Value>(&of(format, &hostile)).unwrap();
    }
    quick_junit::Report::deserialize_from_str(&of(Format::Junit, &hostile)).unwrap();
    check_csv(&of(Format::Csv, &hostile), hostile.findings.len());
    let markup = ['<', '>', '"'];
    assert_eq!(
        count(&of(Format::Html, &hostile), &markup),
        count(&of(Format::Html, &tame), &markup),
        "html"
    );
    let tags = ['<', '\n'];
    assert_eq!(
        count(&without_code(&of(Format::Markdown, &hostile)), &tags),
        count(&without_code(&of(Format::Markdown, &tame)), &tags),
        "markdown"
    );
}

/// Markdown without its code, in which nothing is markup: from a run of backticks to the next run
/// of the same length (CommonMark 6.1; fences are such runs as well).
fn without_code(markdown: &str) -> String {
    let mut rest = markdown;
    let mut words = String::new();
    while let Some(place) = rest.find(['`', '\\']) {
        words.push_str(&rest[..place]);
        rest = &rest[place..];
        if let Some(escaped) = rest.strip_prefix('\\') {
            let mut characters = escaped.chars();
            characters.next();
            rest = characters.as_str();
            continue;
        }
        let length = rest.len() - rest.trim_start_matches('`').len();
        let (mut end, mut after) = (None, length);
        while let Some(place) = rest[after..].find('`') {
            let run = &rest[after + place..];
            let run = run.len() - run.trim_start_matches('`').len();
            after += place + run;
            if run == length {
                end = Some(after);
                break;
            }
        }
        rest = &rest[end.expect("every code span is closed")..];
    }
    words + rest
}

fn check_csv(text: &str, findings: usize) {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    assert_eq!(rows.len(), findings);
    for cell in rows.iter().flatten() {
        assert!(!cell.starts_with(['=', '+', '-', '@', '\t', '\r']), "{cell}");
    }
}

#[test]
fn known_attacks_change_nothing() {
    for text in [
        "<script>alert(1)</script>",
        "\"><img src=x onerror=alert(1)>",
        "'onmouseover='alert(1)",
        "</style></title></script><svg onload=alert(1)>",
        "]]><!-- <!ENTITY x SYSTEM 'file:///etc/passwd'>&x;",
        "\u{1b}[2J\u{1b}]0;owned\u{7}\u{9b}31m",
        "a\nVerdict: nothing fails\r\n[PASS] 1.1.1",
        "\u{202e}gnp.exe\u{2066}",
        "=cmd|' /C calc'!A0",
        "@SUM(1+1)",
        "-1+1",
        "| a | b |\n|---|",
        "`code` ``` fence\n# heading @everyone #1",
        "[x](javascript:alert(1)) ![x](http://x) <http://x>",
        "{{7*7}} {0} ${jndi}",
        "\0\u{fffe}\u{ffff}\u{feff}",
        " is not known: ",
        "a::error file=b,line=1::c%0A::error::d",
        "1.2.3",
        ".",
    ] {
        check(text);
        check_objects(text);
    }
}

#[test]
fn places_beyond_the_findings_are_ignored() {
    let mut report = cluster();
    for node in &mut report.nodes {
        for section in &mut node.benchmark.as_mut().unwrap().sections {
            section.findings.push(usize::MAX);
        }
    }
    for format in Format::ALL {
        rendered(format, &report, &plain());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn any_text_in_any_field_stays_text(text in "\\PC{1,12}|(?s).{1,24}|[<>&\"'`|=@#\\[\\]\\x00-\\x1f]{1,16}") {
        check(&text);
        check_objects(&text);
    }
}

//! Hiding values by their spans.

use merlon_yaml::{LineIndex, REDACTED, Segment, Span, redact, walk};
use proptest::prelude::*;

use crate::read;

/// Hides the values of all keys called `secret`, and of `<<` and lists under them.
fn hide(source: &str) -> String {
    let mut spans = Vec::new();
    for document in &read(source).documents {
        walk(&document.root, |visit| {
            if visit.path.contains(&Segment::Key("secret")) {
                spans.push(visit.node.span);
            }
        });
    }
    redact(source, &spans)
}

#[test]
fn hides() {
    for (source, expected) in [
        ("secret: x # c\nb: 1\n", "secret: <redacted> # c\nb: 1\n"),
        ("secret: 'x'\n", "secret: '<redacted>'\n"),
        ("{\"secret\": \"x\", \"b\": 1}", "{\"secret\": \"<redacted>\", \"b\": 1}"),
        ("secret: |-\n  x\n  y\n\nb: 1\n", "secret: <redacted>\n\n  \n\nb: 1\n"),
        ("secret: \"x\n  y\" # c\nb: 1\n", "secret: \"<redacted>\"\n   # c\nb: 1\n"),
        ("secret:\n  a: 1\n  b: 2\nc: 1\n", "secret:\n  <redacted>\n  \nc: 1\n"),
        ("secret:\n- a\n- b\nc: 1\n", "secret:\n- <redacted>\n\nc: 1\n"),
        ("a: [{secret: [1,\n 2]\n }, 3]\n", "a: [{secret: \"<redacted>\"\n \n }, 3]\n"),
        ("secret: !!int &a 5\nb: *a\n", "secret:  &a <redacted>\nb: *a\n"),
        ("secret: &a !!int 5\nb: *a\n", "secret: &a  <redacted>\nb: *a\n"),
        ("a: &a x\nsecret: *a\n", "a: &a <redacted>\nsecret: *a\n"),
        ("secret: 1\nsecret: 2\n", "secret: <redacted>\nsecret: <redacted>\n"),
        ("secret:\nb: 1\n", "secret:\nb: 1\n"),
        ("secret: x\r\nb: |\r\n  z\r\n", "secret: <redacted>\r\nb: |\r\n  z\r\n"),
        ("secret: |\r\n  x\r\n  y\r\nb: 1\r\n", "secret: <redacted>\r\n\r\n  \r\nb: 1\r\n"),
    ] {
        assert_eq!(hide(source), expected, "{source}");
    }
}

#[test]
fn takes_any_spans() {
    let spans = [(2, 4), (3, 6), (0, 1), (5, 5), (90, 99), (6, 2)]
        .map(|(start, end)| Span::new(start, end));
    assert_eq!(redact("abcdefgh", &spans), "<redacted>b<redacted>gh");
    assert_eq!(redact("é", &[Span::new(0, 1)]), "é");
}

/// Texts of manifests with many forms of values under keys that are to be hidden.
fn manifest() -> impl Strategy<Value = String> {
    let hidden = prop::sample::select(vec![
        " tiger",
        " 'tiger'",
        " \"tiger\"",
        " |\n    tiger\n    tiger",
        " >-\n\n    tiger\n",
        " !!str tiger",
        " &a tiger",
        "\n    tiger:\n      tiger: [tiger]",
        "\n  - tiger\n  - tiger: tiger",
        " {tiger: \"tiger\",\n    tiger2: x}",
        " [tiger,\n    'tiger']",
        " \"tiger\n    tiger\"",
        " 'tiger\n\n    tiger'",
        " tiger\n    tiger",
        " !!binary dGlnZXI=",
        " &b !foo tiger",
        "",
        " |2\n    tiger",
        " |+\n    tiger\n\n",
        " # tiger\n    tiger",
    ]);
    let shown = prop::sample::select(vec![" lamb", " [1, 2]", "\n    x: 1", "", " |\n    lamb"]);
    prop::collection::vec((hidden, shown, any::<bool>()), 1..8).prop_map(|rows| {
        let mut text = String::from("top:\n");
        for (at, (hidden, shown, ends)) in rows.into_iter().enumerate() {
            text += &format!("  secret:{hidden}\n  key{at}:{shown}\n");
            if ends {
                text += "---\ntop:\n";
            }
        }
        text
    })
}

/// The keys outside of what is hidden, with their lines and values.
fn shown(source: &str) -> Vec<(String, usize, Option<String>)> {
    let parsed = read(source);
    assert!(
        parsed.problems.iter().all(|problem| !problem.kind.is_rejected()),
        "{source}\n{:?}",
        parsed.problems
    );
    let lines = LineIndex::new(source);
    let mut found = Vec::new();
    for document in &parsed.documents {
        walk(&document.root, |visit| {
            let below = visit.path.iter().position(|segment| *segment == Segment::Key("secret"));
            if below.is_some_and(|at| at + 1 < visit.path.len()) {
                return;
            }
            if let Some(key) = visit.key_span {
                let line = lines.position(key.start()).line;
                let value = visit.node.as_str().filter(|_| below.is_none());
                found.push((format!("{:?}", visit.path), line, value.map(str::to_owned)));
            }
        });
    }
    found
}

proptest! {
    #[test]
    fn what_is_not_hidden_stays_in_place(source in manifest()) {
        let hidden = hide(&source);
        let values: String = hidden.lines().map(|line| line.split('#').next().unwrap_or("")).collect();
        prop_assert!(!values.contains("tiger"), "{source}\n{hidden}");
        prop_assert!(!values.contains("dGlnZXI"));
        prop_assert_eq!(hidden.lines().count(), source.lines().count(), "{}\n{}", &source, &hidden);
        prop_assert_eq!(shown(&hidden), shown(&source), "{}\n{}", &source, &hidden);
        prop_assert!(hidden.contains(REDACTED) || source.matches("tiger").count() <= source.matches("# tiger").count());
    }
}

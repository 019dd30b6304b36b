use merlon_model::{Action, AttackReport};
use merlon_report::attack::AttackFormat;
use merlon_report::{Options, Remedy, visible};
use proptest::prelude::*;
use serde_json::Value;

use crate::machine::graphml;
use crate::shop::shop;
use crate::{plain, remedy, rendered};

/// The report with every free text replaced.
fn with_text(text: &str) -> AttackReport {
    let mut value = serde_json::to_value(shop()).unwrap();
    replace(&mut value, text);
    serde_json::from_value(value).unwrap()
}

fn replace(value: &mut Value, text: &str) {
    // These fields hold words of the model, which no cluster can choose.
    const WORDS: [&str; 5] = ["kind", "confidence", "outcome", "op", "safety"];
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
        *command = command.replace(['\r', '\n'], " ");
    }
    remedy
}

fn check(text: &str) {
    let mut hostile = with_text(text);
    for step in &mut hostile.steps {
        step.commands.clear();
    }
    let keep = |c: char| if matches!(c, '.' | ':' | ' ') { c } else { 'x' };
    let mut tame = with_text(&text.chars().map(keep).collect::<String>());
    for step in &mut tame.steps {
        step.commands.clear();
    }
    let of = |format, report| rendered(format, report, &everything());

    for format in [AttackFormat::Tree, AttackFormat::Mermaid, AttackFormat::Dot] {
        let shown = of(format, &hostile);
        assert_eq!(shown.lines().count(), of(format, &tame).lines().count(), "{format}: {shown}");
        let acts =
            |c: char| c != '\n' && (c.is_control() || ('\u{202a}'..='\u{202e}').contains(&c));
        assert!(!shown.contains(acts), "{format}: {shown:?}");
    }
    check_mermaid(&of(AttackFormat::Mermaid, &hostile));
    check_dot(&of(AttackFormat::Dot, &hostile), text);
    let json: AttackReport = serde_json::from_str(&of(AttackFormat::Json, &hostile)).unwrap();
    assert_eq!(json, hostile);
    let (nodes, edges, labels) = graphml(&of(AttackFormat::Graphml, &hostile));
    let expected = graphml(&of(AttackFormat::Graphml, &tame));
    assert_eq!((nodes, edges), (expected.0, expected.1));
    // Carriage returns and the like are visible, and spaces at the ends stay.
    assert_eq!(labels[0], visible(text));
    check_page(&of(AttackFormat::Html, &hostile), &of(AttackFormat::Html, &tame), text);
}

/// Between the quotes of a label stands nothing that Mermaid knows.
fn check_mermaid(chart: &str) {
    for line in chart.lines().filter(|line| line.contains('"')) {
        let parts: Vec<&str> = line.split('"').collect();
        assert_eq!(parts.len(), 3, "{line}");
        let label = parts[1];
        assert!(
            !label.contains(['<', '>', '`', '%', '{', '}', '[', ']', '|', '&', '\\']),
            "{line}"
        );
    }
}

/// Every quoted text ends where it should, and holds the name.
fn check_dot(drawing: &str, text: &str) {
    for line in drawing.lines().filter(|line| line.contains("tooltip=")) {
        let (mut inside, mut escaped, mut label) = (false, false, String::new());
        let mut labels = Vec::new();
        for character in line.chars() {
            match character {
                '"' if !escaped => {
                    inside = !inside;
                    if !inside {
                        labels.push(std::mem::take(&mut label));
                    }
                }
                '\\' if inside && !escaped => {
                    escaped = true;
                    continue;
                }
                c if inside => label.push(c),
                _ => {}
            }
            escaped = false;
        }
        assert!(!inside, "{line}");
        assert_eq!(labels[0].replace("&amp;", "&"), visible(text), "{line}");
    }
}

/// Its elements are the same whatever the texts are, and its data is read back.
fn check_page(page: &str, tame: &str, text: &str) {
    for markup in ['<', '>'] {
        assert_eq!(page.matches(markup).count(), tame.matches(markup).count(), "{markup}");
    }
    let (_, rest) = page.split_once("type=\"application/json\">").unwrap();
    let (data, _) = rest.split_once("</script>").unwrap();
    let data: Value = serde_json::from_str(data).unwrap();
    assert_eq!(data["facts"][0]["name"], &*visible(text));
}

#[test]
fn known_attacks_change_nothing() {
    for text in [
        "<script>alert(1)</script>",
        "</script><img src=x onerror=alert(1)>",
        "<!-- <script>",
        "]]><!-- <!ENTITY x SYSTEM 'file:///etc/passwd'>&x;",
        "\"]; click f0 call alert() \"",
        "%%{init: {'securityLevel': 'loose'}}%%",
        "a\"]; f0 -> f1 [label=\"",
        "\\N\\\"\\",
        "&lt;script&gt; &#34; #34;",
        "\u{1b}[2J\u{1b}]0;owned\u{7}\u{9b}31m",
        "two\nlines\r\n```\n# heading",
        "\u{202e}gnp.exe\u{2066}",
        "\0\u{fffe}\u{ffff}\u{feff}",
        "end",
        "",
    ] {
        check(text);
    }
}

#[test]
fn commands_of_several_lines_stay_below_each_other() {
    let mut report = shop();
    report.steps[6].commands = vec!["cat <<'E'\n  \u{1b}[31m\nE".to_owned()];
    let text = rendered(AttackFormat::Tree, &report, &plain());
    let expected = "  |     $ cat <<'E'\n  |         \\u{1b}[31m\n  |       E\n";
    assert!(text.contains(expected), "{text}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn any_text_in_any_field_stays_text(text in "\\PC{1,12}|(?s).{1,24}|[<>&\"'`|=%;#\\\\\\[\\]{}\\x00-\\x1f]{1,16}") {
        check(&text);
    }
}

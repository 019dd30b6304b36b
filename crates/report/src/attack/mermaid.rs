//! A Mermaid flowchart, which GitHub, GitLab and many wikis draw.

use std::fmt::Write as _;
use std::io;

use merlon_model::AttackReport;

use super::drawing::{Drawing, DrawnFact, step_label};
use super::route;
use crate::Options;
use crate::visible::visible;

pub(super) fn render(
    report: &AttackReport,
    options: &Options<'_>,
    out: &mut impl io::Write,
) -> io::Result<()> {
    let drawing = Drawing::of(report, options);
    writeln!(out, "flowchart LR")?;
    for (place, fact) in &drawing.facts {
        let (open, close) = shape(fact);
        writeln!(out, "  f{place}{open}\"{}\"{close}", escaped(&visible(&fact.fact.name)))?;
    }
    for (place, step) in &drawing.steps {
        let label = escaped(&step_label(report, step));
        let sure = route::doubt(step.confidence).is_none();
        let arrow = if sure { "-->" } else { "-.->" };
        let conclusion = step.conclusion;
        if let [premise] = step.premises.as_slice() {
            writeln!(out, "  f{premise} {arrow}|\"{label}\"| f{conclusion}")?;
            continue;
        }
        writeln!(out, "  s{place}{{{{\"{label}\"}}}}")?;
        for premise in &step.premises {
            let line = if sure { "---" } else { "-.-" };
            writeln!(out, "  f{premise} {line} s{place}")?;
        }
        writeln!(out, "  s{place} {arrow} f{conclusion}")?;
    }
    classes(&drawing, out)
}

/// Entries are rounded, targets have a double wall, so that nothing is said by colour alone.
fn shape(fact: &DrawnFact<'_>) -> (&'static str, &'static str) {
    match (fact.is_entry, fact.is_target) {
        (true, _) => ("([", "])"),
        (false, true) => ("[[", "]]"),
        (false, false) => ("[", "]"),
    }
}

fn classes(drawing: &Drawing<'_>, out: &mut impl io::Write) -> io::Result<()> {
    let named = |wanted: fn(&DrawnFact<'_>) -> bool| -> Vec<String> {
        let facts = drawing.facts.iter().filter(|(_, fact)| wanted(fact));
        facts.map(|(place, _)| format!("f{place}")).collect()
    };
    let groups = [
        ("entry", "fill:#dbe7ff,stroke:#2355c4,color:#10254f", named(|fact| fact.is_entry)),
        (
            "target",
            "fill:#fde0e0,stroke:#a3141f,color:#4d080d",
            named(|fact| fact.is_target && !fact.is_entry),
        ),
        (
            "step",
            "fill:#fff4d6,stroke:#8a6100,color:#3d2b00",
            drawing
                .steps
                .iter()
                .filter(|(_, step)| step.premises.len() != 1)
                .map(|(place, _)| format!("s{place}"))
                .collect(),
        ),
    ];
    for (name, style, members) in groups.iter().filter(|(_, _, members)| !members.is_empty()) {
        writeln!(out, "  classDef {name} {style}")?;
        writeln!(out, "  class {} {name}", members.join(","))?;
    }
    Ok(())
}

/// Every character that could mean something to Mermaid or to Markdown around it as an entity code;
/// Mermaid looks for directives in the whole text before it knows of quotes.
fn escaped(text: &str) -> String {
    if text.is_empty() {
        // An empty label is a syntax error.
        return "#160;".to_owned();
    }
    let mut escaped = String::with_capacity(text.len() + 8);
    for character in text.chars() {
        if character.is_ascii_punctuation() && !"/.:,_-()=".contains(character) {
            write!(escaped, "#{};", u32::from(character)).expect("a String takes all text");
        } else {
            escaped.push(character);
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::escaped;

    #[test]
    fn labels_are_only_labels() {
        let check = |text: &str, expected: &str| assert_eq!(escaped(text), expected, "{text}");
        check("serviceaccount shop/cart", "serviceaccount shop/cart");
        check("\"]; click f0", "#34;#93;#59; click f0");
        check("%%{init: {}}%%", "#37;#37;#123;init: #123;#125;#125;#37;#37;");
        check("<b>&amp;#35;`", "#60;b#62;#38;amp#59;#35;35#59;#96;");
        check("größe", "größe");
        check("", "#160;");
    }
}

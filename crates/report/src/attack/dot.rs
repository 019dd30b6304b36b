//! A drawing for Graphviz.

use std::io;

use merlon_model::AttackReport;

use super::drawing::{Drawing, DrawnFact, step_label};
use super::route;
use crate::Options;
use crate::visible::visible;

const HEAD: &str = r##"digraph "attack paths" {
  rankdir=LR;
  node [shape=box, style="rounded,filled", fillcolor="#f5f6f8", color="#566173", fontname="sans-serif"];
  edge [color="#566173", fontname="sans-serif", fontsize=11];
"##;

pub(super) fn render(
    report: &AttackReport,
    options: &Options<'_>,
    out: &mut impl io::Write,
) -> io::Result<()> {
    let drawing = Drawing::of(report, options);
    out.write_all(HEAD.as_bytes())?;
    for (place, fact) in &drawing.facts {
        let name = escaped(&visible(&fact.fact.name));
        let title = escaped(&visible(&fact.fact.title));
        writeln!(out, "  f{place} [label=\"{name}\", tooltip=\"{title}\"{}];", marked(fact))?;
    }
    for (place, step) in &drawing.steps {
        let label = escaped(&step_label(report, step));
        let style = if route::doubt(step.confidence).is_some() { ", style=dashed" } else { "" };
        let conclusion = step.conclusion;
        if let [premise] = step.premises.as_slice() {
            writeln!(out, "  f{premise} -> f{conclusion} [label=\"{label}\"{style}];")?;
            continue;
        }
        writeln!(
            out,
            "  s{place} [label=\"{label}\", shape=hexagon, style=filled, fillcolor=\"#fff4d6\", \
             color=\"#8a6100\"];"
        )?;
        for premise in &step.premises {
            writeln!(out, "  f{premise} -> s{place} [arrowhead=none{style}];")?;
        }
        let style = style.trim_start_matches(", ");
        writeln!(out, "  s{place} -> f{conclusion} [{style}];")?;
    }
    writeln!(out, "}}")
}

/// Entries are ellipses, targets have a double border, so that nothing is said by colour alone.
fn marked(fact: &DrawnFact<'_>) -> &'static str {
    match (fact.is_entry, fact.is_target) {
        (true, _) => ", shape=ellipse, style=filled, fillcolor=\"#dbe7ff\", color=\"#2355c4\"",
        (false, true) => ", peripheries=2, fillcolor=\"#fde0e0\", color=\"#a3141f\"",
        (false, false) => "",
    }
}

/// Graphviz reads escapes (`\N` is the node's name) and entities of HTML in quoted text.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('\\', "\\\\").replace('"', "\\\"")
}

#[cfg(test)]
mod tests {
    use super::escaped;

    #[test]
    fn labels_are_only_labels() {
        let check = |text: &str, expected: &str| assert_eq!(escaped(text), expected, "{text}");
        check("serviceaccount shop/cart", "serviceaccount shop/cart");
        check(r#"a"]; b [label="c"#, r#"a\"]; b [label=\"c"#);
        check(r"\N\", r"\\N\\");
        check("&lt;b>", "&amp;lt;b>");
    }
}

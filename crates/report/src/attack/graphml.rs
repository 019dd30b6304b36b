//! GraphML, which Gephi, yEd, networkx and graph databases read.
//!
//! Facts are nodes. A step with one premise is an edge; a step with several is a node with an edge
//! from each premise, since few readers know GraphML's hyperedges.

use std::io;

use merlon_model::AttackReport;

use super::drawing::{Drawing, step_label};
use super::route;
use crate::Options;
use crate::visible::visible;

const HEAD: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<graphml xmlns="http://graphml.graphdrawing.org/xmlns">
  <key id="label" for="all" attr.name="label" attr.type="string"/>
  <key id="kind" for="node" attr.name="kind" attr.type="string"/>
  <key id="namespace" for="node" attr.name="namespace" attr.type="string"/>
  <key id="title" for="node" attr.name="title" attr.type="string"/>
  <key id="entry" for="node" attr.name="entry" attr.type="boolean"><default>false</default></key>
  <key id="target" for="node" attr.name="target" attr.type="boolean"><default>false</default></key>
  <key id="technique" for="all" attr.name="technique" attr.type="string"/>
  <key id="confidence" for="all" attr.name="confidence" attr.type="string"/>
  <graph id="attack-paths" edgedefault="directed">
"#;

pub(super) fn render(
    report: &AttackReport,
    options: &Options<'_>,
    out: &mut impl io::Write,
) -> io::Result<()> {
    let drawing = Drawing::of(report, options);
    out.write_all(HEAD.as_bytes())?;
    for (place, drawn) in &drawing.facts {
        let fact = drawn.fact;
        writeln!(out, "    <node id=\"f{place}\">")?;
        data(out, "label", &fact.name)?;
        data(out, "kind", route::kind_word(fact))?;
        if let Some(namespace) = &fact.namespace {
            data(out, "namespace", namespace)?;
        }
        data(out, "title", &fact.title)?;
        if drawn.is_entry {
            data(out, "entry", "true")?;
        }
        if drawn.is_target {
            data(out, "target", "true")?;
        }
        writeln!(out, "    </node>")?;
    }
    for (place, step) in &drawing.steps {
        let conclusion = step.conclusion;
        let label = step_label(report, step);
        let about = |out: &mut _| -> io::Result<()> {
            data(out, "label", &label)?;
            data(out, "technique", &step.technique)?;
            data(out, "confidence", route::confidence_word(step.confidence))
        };
        if let [premise] = step.premises.as_slice() {
            writeln!(
                out,
                "    <edge id=\"s{place}\" source=\"f{premise}\" target=\"f{conclusion}\">"
            )?;
            about(out)?;
            writeln!(out, "    </edge>")?;
            continue;
        }
        writeln!(out, "    <node id=\"s{place}\">")?;
        data(out, "kind", "step")?;
        about(out)?;
        writeln!(out, "    </node>")?;
        for premise in &step.premises {
            writeln!(out, "    <edge source=\"f{premise}\" target=\"s{place}\"/>")?;
        }
        writeln!(out, "    <edge source=\"s{place}\" target=\"f{conclusion}\"/>")?;
    }
    writeln!(out, "  </graph>\n</graphml>")
}

fn data(out: &mut impl io::Write, key: &str, text: &str) -> io::Result<()> {
    // What XML has no way to write, `visible` has made visible.
    let text = visible(text).replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    writeln!(out, "      <data key=\"{key}\">{text}</data>")
}

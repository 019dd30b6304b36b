use std::collections::BTreeSet;

use merlon_model::AttackReport;
use merlon_report::Options;
use merlon_report::attack::{ATTACK_REPORT_SCHEMA_ID, AttackFormat, attack_report_schema};
use serde_json::Value;

use crate::shop::shop;
use crate::synthetic::synthetic;
use crate::{plain, rendered};

#[test]
fn json_is_the_report_and_fits_its_schema() {
    let schema = attack_report_schema().to_value();
    let validator = jsonschema::validator_for(&schema).unwrap();
    for report in [shop(), synthetic(900), AttackReport::default()] {
        let text = rendered(AttackFormat::Json, &report, &plain());
        let document: Value = serde_json::from_str(&text).unwrap();
        let errors: Vec<String> = validator
            .iter_errors(&document)
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect();
        assert_eq!(errors, Vec::<String>::new());
        assert_eq!(document["$schema"], ATTACK_REPORT_SCHEMA_ID);
        assert_eq!(serde_json::from_str::<AttackReport>(&text).unwrap(), report);
    }
}

#[test]
fn the_schema_refuses_what_is_no_attack_report() {
    let schema = attack_report_schema().to_value();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let document = serde_json::to_value(shop()).unwrap();
    let check = |pointer: &str, value: Value| {
        let mut broken = document.clone();
        *broken.pointer_mut(pointer).unwrap() = value;
        assert!(!validator.is_valid(&broken), "{pointer}");
    };
    assert!(validator.is_valid(&document));
    check("/facts/0/kind", "moon".into());
    check("/steps/0/conclusion", (-1).into());
    check("/routes/0/paths/0/confidence", "sure".into());
    check("/routes/0/chokePoints/outcome", "perhaps".into());
}

/// Nodes and edges of a GraphML document, as ids and as pairs of ids.
pub(crate) fn graphml(text: &str) -> (BTreeSet<String>, Vec<(String, String)>, Vec<String>) {
    use quick_xml::events::Event;
    let mut reader = quick_xml::Reader::from_str(text);
    let (mut nodes, mut edges, mut labels) = (BTreeSet::new(), Vec::new(), Vec::new());
    let mut label: Option<String> = None;
    loop {
        match reader.read_event().unwrap() {
            Event::Start(tag) | Event::Empty(tag) => {
                let of = |name: &str| {
                    let found = tag.try_get_attribute(name).unwrap()?;
                    Some(String::from_utf8(found.value.into_owned()).unwrap())
                };
                match tag.name().as_ref() {
                    b"node" => assert!(nodes.insert(of("id").unwrap()), "an id twice"),
                    b"edge" => edges.push((of("source").unwrap(), of("target").unwrap())),
                    b"data" if of("key").as_deref() == Some("label") => label = Some(String::new()),
                    _ => {}
                }
            }
            Event::Text(part) => {
                if let Some(label) = &mut label {
                    label.push_str(&part.decode().unwrap());
                }
            }
            Event::GeneralRef(part) => {
                if let Some(label) = &mut label {
                    let name = part.decode().unwrap();
                    label.push_str(quick_xml::escape::resolve_predefined_entity(&name).unwrap());
                }
            }
            Event::End(tag) if tag.name().as_ref() == b"data" => labels.extend(label.take()),
            Event::Eof => return (nodes, edges, labels),
            _ => {}
        }
    }
}

#[test]
fn graphml_has_a_node_for_each_fact_and_each_step_that_needs_several() {
    for (report, verbose) in [(shop(), false), (shop(), true), (synthetic(900), true)] {
        let options = Options { verbose, ..plain() };
        let (nodes, edges, _) = graphml(&rendered(AttackFormat::Graphml, &report, &options));
        for (source, target) in &edges {
            assert!(nodes.contains(source) && nodes.contains(target), "{source} {target}");
        }
        let joint: Vec<_> = report.steps.iter().filter(|step| step.premises.len() > 1).collect();
        let needed: usize = joint.iter().map(|step| step.premises.len()).sum();
        assert_eq!(nodes.len(), report.facts.len() + joint.len());
        assert_eq!(edges.len(), report.steps.len() - joint.len() + needed + joint.len());
    }
}

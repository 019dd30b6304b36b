use merlon_model::AttackReport;

use crate::world::{SHOP, merlon, paths};

#[test]
fn each_step_of_a_path_can_be_looked_up() {
    let output = paths(SHOP, "-o | json | --whole");
    let report: AttackReport = output.report();
    assert!(report.techniques.len() > 4, "{:?}", report.techniques.keys());
    for (id, technique) in &report.techniques {
        let told = merlon(&std::env::temp_dir(), &["explain", id]).ended(0).stdout;
        for text in [&technique.title, &technique.reason].into_iter().chain(&technique.references) {
            assert!(told.contains(text.as_str()), "{id} does not tell {text}: {told}");
        }
        assert!(told.contains("What takes it away there"), "{told}");
    }
    let text = paths(SHOP, "--verbose").stdout;
    let technique =
        report.techniques.keys().find(|id| text.contains(&format!("merlon explain {id}")));
    assert!(technique.is_some(), "{text}");
}

#[test]
fn every_technique_is_explained() {
    for technique in merlon_engine::techniques() {
        let told = merlon(&std::env::temp_dir(), &["explain", technique.id]).ended(0).stdout;
        for control in technique.controls {
            assert!(told.contains(control), "{}: {told}", technique.id);
        }
        assert!(told.contains("An example"), "{}", technique.id);
    }
}

#[test]
fn a_technique_that_is_misspelt_is_suggested() {
    let technique = merlon_engine::techniques()[0].id;
    let misspelt = format!("{technique}-often");
    let output = merlon(&std::env::temp_dir(), &["explain", &misspelt]).ended(3);
    assert!(output.stderr.contains("no control and no technique"), "{output:?}");
    assert!(output.stderr.contains("did you mean"), "{output:?}");
}

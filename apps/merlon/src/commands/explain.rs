mod technique;

use anstyle::Style;
use anyhow::bail;
use merlon_controls::{Check, Control, all, find, framework, why_no_edit};
use merlon_engine::techniques;

use crate::alike::alike;
use crate::arguments::Explain;
use crate::exit::Exit;
use crate::terminal::Terminal;

/// Tells everything about one control, or about one technique of attack paths.
pub fn run(explain: &Explain, terminal: &Terminal) -> anyhow::Result<Exit> {
    let bold = if terminal.colour { Style::new().bold() } else { Style::new() };
    let Some(control) = find(&explain.id) else {
        let technique = techniques().into_iter().find(|technique| technique.id == explain.id);
        let Some(technique) = technique else {
            let near = near(&explain.id);
            let hint = if near.is_empty() {
                "`merlon controls` lists them".to_owned()
            } else {
                format!("did you mean {}?", near.join(", "))
            };
            bail!("there is no control and no technique {}: {hint}", explain.id);
        };
        technique::tell(technique, bold);
        return Ok(Exit::Clean);
    };
    let heading = |text: &str| anstream::println!("\n{bold}{text}{bold:#}");
    anstream::println!("{bold}{}{bold:#}  {}", control.id, control.title);
    heading("How severe it is");
    anstream::println!("{}", control.explain_severity());
    heading("What it finds");
    anstream::println!("{}", control.documentation.finds);
    heading("Why it matters");
    anstream::println!("{}", control.documentation.matters);
    heading("The choices");
    anstream::println!("{}", control.documentation.options);
    if let Some(why) = why_no_edit(control.id) {
        anstream::println!("\nNo edit is offered: {why}.");
    }
    heading("When a deviation is acceptable");
    anstream::println!("{}", control.documentation.acceptable);
    if let Check::Manual(steps) = control.check {
        heading("How a person judges it");
        for (number, step) in steps.iter().enumerate() {
            anstream::println!("{}. {step}", number + 1);
        }
    }
    let sections = sections(control);
    if !sections.is_empty() {
        heading("Sections that ask for it");
        anstream::println!("{}", sections.join(", "));
    }
    if let Some(example) =
        control.examples.iter().find(|e| e.outcome == merlon_model::Outcome::Fail)
    {
        heading("An example that fails");
        anstream::println!("{}", example.input);
    }
    Ok(Exit::Clean)
}

/// The sections of all benchmarks that a control answers, as `cis-1.12/4.2.1`.
fn sections(control: &Control) -> Vec<String> {
    framework::benchmarks()
        .iter()
        .flat_map(|benchmark| {
            let sections = benchmark.sections().into_iter();
            sections
                .filter(|section| section.controls.iter().any(|(c, _)| c.id == control.id))
                .map(|section| format!("{}/{}", benchmark.id, section.id))
        })
        .collect()
}

/// Ids like what was asked for.
fn near(asked: &str) -> Vec<&'static str> {
    let techniques = techniques().into_iter().map(|technique| technique.id);
    alike(asked, all().iter().map(|control| control.id).chain(techniques))
}

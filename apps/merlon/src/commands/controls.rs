use merlon_controls::{Check, all};
use serde_json::json;

use crate::arguments::Controls;
use crate::exit::Exit;
use crate::terminal::Terminal;

/// Lists the controls.
pub fn run(controls: &Controls, _terminal: &Terminal) -> anyhow::Result<Exit> {
    let manual = |check| matches!(check, Check::Manual(_));
    if controls.json {
        let list: Vec<_> = all()
            .iter()
            .map(|control| {
                json!({
                    "id": control.id,
                    "title": control.title,
                    "severity": control.severity(),
                    "score": control.vector.score(),
                    "vector": control.vector,
                    "manual": manual(control.check),
                    "finds": control.documentation.finds,
                    "matters": control.documentation.matters,
                    "options": control.documentation.options,
                    "acceptable": control.documentation.acceptable,
                })
            })
            .collect();
        anstream::println!("{}", serde_json::to_string_pretty(&list)?);
        return Ok(Exit::Clean);
    }
    let width = all().iter().map(|control| control.id.len()).max().unwrap_or_default();
    for control in all() {
        let how = if manual(control.check) { "manual" } else { "" };
        anstream::println!(
            "{:width$}  {:8}  {how:6}  {}",
            control.id,
            control.severity(),
            control.title
        );
    }
    Ok(Exit::Clean)
}

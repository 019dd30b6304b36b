//! Attack paths in every format: shown as they should be, read as their readers read them, and with
//! hostile text in every field.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod hostile;
mod machine;
mod shop;
mod shown;
mod synthetic;

use merlon_model::{Action, AttackReport, ObjectEdit};
use merlon_report::attack::{AttackFormat, render};
use merlon_report::{Options, Remedy};

/// What a format makes of a report.
fn rendered(format: AttackFormat, report: &AttackReport, options: &Options<'_>) -> String {
    let mut out = Vec::new();
    render(report, format, options, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

/// The short view without colour.
fn plain() -> Options<'static> {
    Options::new(&remedy)
}

/// Words and commands for an action, as a caller of the library gives them.
fn remedy(action: &Action) -> Remedy {
    match action {
        Action::Manual { instruction, commands } => {
            Remedy { summary: instruction.clone(), commands: commands.clone() }
        }
        Action::EditObject { object, edits, .. } => {
            let edits: Vec<String> = edits
                .iter()
                .map(|edit| match edit {
                    ObjectEdit::Set { pointer, value } => format!("set {pointer}: {}", value.0),
                    ObjectEdit::Remove { pointer } => format!("remove {pointer}"),
                })
                .collect();
            let summary = format!("{} of {object}", edits.join(", "));
            Remedy { summary, commands: Vec::new() }
        }
        other => Remedy { summary: format!("{other:?}"), commands: Vec::new() },
    }
}

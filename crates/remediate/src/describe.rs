use merlon_model::{Action, Carrier, ObjectEdit};

use crate::pointer;

/// What an action does, in the imperative and on one line.
#[must_use]
pub fn describe(action: &Action) -> String {
    match action {
        Action::RestrictMode { path, mode } => {
            format!("take from {path} every permission beyond {mode:04o}")
        }
        Action::SetOwner { path, owner, group } => format!("give {path} to {owner}:{group}"),
        Action::SetFlag { carrier, flag, value, .. } if value.is_empty() => {
            format!("choose a value for --{flag} and set it {}", place(carrier))
        }
        Action::SetFlag { carrier, flag, value, .. } => {
            format!("set --{flag}={value} {}", place(carrier))
        }
        Action::RemoveFlag { carrier, flag, .. } => format!("remove --{flag} {}", place(carrier)),
        Action::SetConfig { path, keys, value, .. } => {
            format!("set {}: {value} in {path}", keys.join("."))
        }
        Action::RemoveConfig { path, keys, .. } => {
            format!("remove {} from {path}", keys.join("."))
        }
        Action::SetSysctl { name, value } => format!("set the kernel parameter {name}={value}"),
        Action::RemoveFile { path } => format!("remove {path}"),
        Action::EditObject { object, manifest, edits, .. } => {
            let edits: Vec<String> = edits.iter().map(describe_edit).collect();
            match manifest {
                Some(path) => format!("{} of {object} in {path}", edits.join(", ")),
                None => format!("{} of {object}", edits.join(", ")),
            }
        }
        Action::Manual { instruction, .. } => instruction.clone(),
    }
}

/// Where a flag is changed, as the end of a sentence.
fn place(carrier: &Carrier) -> String {
    match carrier {
        Carrier::StaticPod { path } => format!("in the command of {path}"),
        Carrier::Unit { unit } => format!("in a drop-in of {unit}"),
        Carrier::EnvironmentFile { path, variable, .. } => format!("in {variable} of {path}"),
        Carrier::Environment { path, .. } => format!("as a variable in {path}"),
        Carrier::ArgumentsFile { path, .. } => format!("in {path}"),
        Carrier::Supervisor { path, key, .. } => format!("under {key} in {path}"),
        Carrier::Vendor { tool } => format!("with {tool}"),
        Carrier::Unknown => "wherever the component is started".to_owned(),
    }
}

fn describe_edit(edit: &ObjectEdit) -> String {
    match edit {
        ObjectEdit::Set { pointer, value } => {
            format!("set {}: {}", pointer::dotted(pointer), value.0)
        }
        ObjectEdit::Remove { pointer } => format!("remove {}", pointer::dotted(pointer)),
    }
}

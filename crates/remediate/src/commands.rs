use merlon_model::{Action, Carrier, Component, ConfigValue, Safety};

use crate::mode::restriction;
use crate::patch;
use crate::quote::quote;

/// Shell commands that carry an action out by hand, each complete; a line that begins with `#` says
/// what to put where, when no short command can.
///
/// They are what a person pastes who mends one thing. [`crate::shell()`] and [`crate::ansible()`]
/// make the same changes with backups, checks and waiting.
#[must_use]
pub fn commands(action: &Action) -> Vec<String> {
    match action {
        Action::RestrictMode { path, mode } => {
            vec![format!("chmod {} {}", restriction(*mode), quote(path))]
        }
        Action::SetOwner { path, owner, group } => {
            vec![format!("chown {} {}", quote(&format!("{owner}:{group}")), quote(path))]
        }
        Action::SetFlag { carrier, flag, value, component } => {
            set_flag(*component, carrier, flag, if value.is_empty() { "VALUE" } else { value })
        }
        Action::RemoveFlag { carrier, flag, component } => remove_flag(*component, carrier, flag),
        Action::SetConfig { component, path, keys, value } => {
            set_key(*component, path, keys, value)
        }
        Action::RemoveConfig { component, path, keys } => match keys.as_slice() {
            [key] if is_word(key) && !path.ends_with(".json") => {
                let pattern = format!("/^{}:/d", pattern(key));
                with_restart(
                    *component,
                    vec![format!("sed -i {} {}", quote(&pattern), quote(path))],
                )
            }
            keys => by_hand(*component, path, keys, "remove it"),
        },
        Action::SetSysctl { name, value } => {
            let setting = format!("{name}={value}");
            vec![
                format!("sysctl -w {}", quote(&setting)),
                format!("echo {} >> /etc/sysctl.d/90-merlon.conf", quote(&setting)),
            ]
        }
        Action::RemoveFile { path } => vec![format!("rm -i {}", quote(path))],
        Action::EditObject { manifest: Some(path), safety, .. } => {
            let mode = match safety {
                Safety::Safe => "--write",
                // The diff is what there is to review.
                Safety::NeedsReview => "--review",
            };
            vec![format!("merlon fix {mode} {}", quote(path))]
        }
        Action::EditObject { object, manifest: None, edits, guards, .. } => {
            let operations = patch::operations(edits, guards);
            operations.iter().map(|operations| patch::command(object, operations)).collect()
        }
        Action::Manual { commands, .. } => commands.clone(),
    }
}

fn set_flag(component: Component, carrier: &Carrier, flag: &str, value: &str) -> Vec<String> {
    let argument = format!("--{flag}={value}");
    match carrier {
        Carrier::StaticPod { path } => {
            let bare = if matches!(value, "true" | "false") { "(=|[\"']?$)" } else { "=" };
            let delete = format!("/^ *- [\"']?--{}{bare}/d", pattern(flag));
            let line = if plain(&argument) { argument } else { format!("{argument:?}") };
            let insert = format!(
                r#"s|^( *)- ["']?([^ ]*/)?{component}["']?$|&\n\1- {}|"#,
                replacement(&line)
            );
            in_manifest(path, &[delete, insert])
        }
        Carrier::Unit { unit } => {
            drop_in(unit, &format!("s|$| {}|", replacement(&systemd(&argument))))
        }
        Carrier::EnvironmentFile { path, variable, unit } => {
            let drop = drop_words(flag);
            let insert = format!("s|^{variable}=[\"']?|&{} |", replacement(&argument));
            vec![
                format!(
                    "grep -q {} {path} || echo {} >> {path}",
                    quote(&format!("^{variable}=")),
                    quote(&format!("{variable}=\"\"")),
                    path = quote(path)
                ),
                format!("sed -i -E -e {} -e {} {}", quote(&drop), quote(&insert), quote(path)),
                restart(unit),
            ]
        }
        Carrier::Environment { path, unit } => {
            let name = format!("ETCD_{}", variable_name(flag));
            vec![
                format!("sed -i {} {}", quote(&format!("/^{name}=/d")), quote(path)),
                format!("echo {} >> {}", quote(&format!("{name}={value}")), quote(path)),
                restart(unit),
            ]
        }
        Carrier::ArgumentsFile { path, unit } => {
            let delete = format!("/^ *--{}([= ]|$)/d", pattern(flag));
            vec![
                format!("sed -i -E {} {}", quote(&delete), quote(path)),
                format!("echo {} >> {}", quote(&argument), quote(path)),
                restart(unit),
            ]
        }
        Carrier::Supervisor { path, key, unit } if key.contains('.') => {
            vec![format!("# in {}, under {key}: {flag}: {value:?}", one_line(path)), restart(unit)]
        }
        Carrier::Supervisor { path, key, unit } => {
            // Files below `config.yaml.d` are read after it; `+` adds to the list.
            let folder = format!("{path}.d");
            let element = format!("  - {:?}", format!("{flag}={value}"));
            vec![
                format!("mkdir -p {}", quote(&folder)),
                format!(
                    "printf '%s\\n' {} {} > {}",
                    quote(&format!("{key}+:")),
                    quote(&element),
                    quote(&format!("{folder}/90-merlon-{component}-{flag}.yaml"))
                ),
                restart(unit),
            ]
        }
        Carrier::Vendor { tool } => vec![one_line(&format!("# {tool}: {argument}"))],
        Carrier::Unknown => Vec::new(),
    }
}

fn remove_flag(component: Component, carrier: &Carrier, flag: &str) -> Vec<String> {
    match carrier {
        Carrier::StaticPod { path } => {
            in_manifest(path, &[format!("/^ *- [\"']?--{}(=|[\"']?$)/d", pattern(flag))])
        }
        Carrier::Unit { unit } => drop_in(unit, &drop_words(flag)),
        Carrier::EnvironmentFile { path, unit, .. } => {
            let drop = drop_words(flag);
            vec![format!("sed -i -E {} {}", quote(&drop), quote(path)), restart(unit)]
        }
        Carrier::Environment { path, unit } => {
            let delete = format!("/^ETCD_{}=/d", variable_name(flag));
            vec![format!("sed -i {} {}", quote(&delete), quote(path)), restart(unit)]
        }
        Carrier::ArgumentsFile { path, unit } => {
            let delete = format!("/^ *--{}([= ]|$)/d", pattern(flag));
            vec![format!("sed -i -E {} {}", quote(&delete), quote(path)), restart(unit)]
        }
        Carrier::Supervisor { path, key, unit } => {
            let what = format!("# in {path}, under {key} of {component}: remove {flag}");
            vec![one_line(&what), restart(unit)]
        }
        Carrier::Vendor { tool } => vec![one_line(&format!("# {tool}: remove --{flag}"))],
        Carrier::Unknown => Vec::new(),
    }
}

/// Edits a manifest beside its folder: the kubelet would read a temporary file in it.
fn in_manifest(path: &str, edits: &[String]) -> Vec<String> {
    let name = path.rsplit('/').next().unwrap_or(path);
    let copy = quote(&format!("/root/{name}"));
    let path = quote(path);
    let edits: Vec<String> = edits.iter().map(|edit| format!("-e {}", quote(edit))).collect();
    vec![
        format!("sed -E {} {path} > {copy}", edits.join(" ")),
        format!("diff -u {path} {copy}"),
        format!("cp {copy} {path}  # the kubelet restarts the pod by itself"),
    ]
}

/// Repeats a unit's command line with an edit in a drop-in.
fn drop_in(unit: &str, edit: &str) -> Vec<String> {
    let folder = quote(&format!("/etc/systemd/system/{unit}.d"));
    let start = "ExecStart=$(systemctl cat \"$unit\" | sed -e ':a' -e '/\\\\$/{N;s/\\\\\\n//;ba' -e '}' \
                 | sed -n 's/^ExecStart=\\(..*\\)/\\1/p' | tail -n 1";
    vec![
        format!("unit={}", quote(unit)),
        format!("{start} | sed -E {})", quote(edit)),
        format!("mkdir -p {folder}"),
        format!(
            "printf '%s\\n' '[Service]' ExecStart= \"ExecStart=$ExecStart\" > {folder}/90-merlon.conf"
        ),
        restart(unit),
    ]
}

fn set_key(component: Component, path: &str, keys: &[String], value: &ConfigValue) -> Vec<String> {
    let scalar = match value {
        ConfigValue::Bool(value) => Some(value.to_string()),
        ConfigValue::Integer(value) => Some(value.to_string()),
        ConfigValue::Text(text) if text.is_empty() => Some("VALUE".to_owned()),
        ConfigValue::Text(text) => Some(format!("{text:?}")),
        ConfigValue::List(_) => None,
    };
    match (keys, scalar) {
        ([key], Some(value)) if is_word(key) && !path.ends_with(".json") => with_restart(
            component,
            vec![
                format!("sed -i {} {}", quote(&format!("/^{}:/d", pattern(key))), quote(path)),
                format!("echo {} >> {}", quote(&format!("{key}: {value}")), quote(path)),
            ],
        ),
        (keys, Some(value)) => by_hand(component, path, keys, &value),
        (keys, None) => by_hand(component, path, keys, &format!("[{value}]")),
    }
}

/// The line to write and the key to write it under, for what no short command can edit.
fn by_hand(component: Component, path: &str, keys: &[String], value: &str) -> Vec<String> {
    let (last, parents) = match keys.split_last() {
        Some((last, parents)) => (last.as_str(), parents.join(".")),
        None => ("", String::new()),
    };
    let under = if parents.is_empty() { String::new() } else { format!(", under {parents}") };
    let line = format!("# in {path}{under}: {last}: {value}");
    with_restart(component, vec![one_line(&line)])
}

fn with_restart(component: Component, mut commands: Vec<String>) -> Vec<String> {
    if component == Component::Kubelet {
        commands.push("systemctl restart kubelet.service".to_owned());
    }
    commands
}

fn restart(unit: &str) -> String {
    format!("systemctl daemon-reload && systemctl restart {}", quote(unit))
}

/// The variable that etcd reads a flag from, without its prefix.
pub(crate) fn variable_name(flag: &str) -> String {
    flag.to_uppercase().replace('-', "_")
}

fn is_word(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-')
}

fn plain(argument: &str) -> bool {
    argument.chars().all(|c| c.is_ascii_alphanumeric() || "-_=.,/:@%+".contains(c))
        && !argument.ends_with(':')
}

/// A text as the rest of a comment's line.
pub(crate) fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '?' } else { c }).collect()
}

/// A word of a systemd command line.
fn systemd(argument: &str) -> String {
    let argument = argument.replace('%', "%%").replace('$', "$$");
    if plain(&argument) || !argument.contains(|c: char| c.is_whitespace() || "\"'\\;".contains(c)) {
        return argument;
    }
    format!("\"{}\"", argument.replace('\\', r"\\").replace('"', r#"\""#))
}

/// The edit that takes a flag with its value out of a line.
fn drop_words(flag: &str) -> String {
    format!(r#"s/ ?--{}(=[^ "']*)?([ "']|$)/\2/g"#, pattern(flag))
}

/// A text as part of an extended regular expression between slashes.
fn pattern(text: &str) -> String {
    let special = |c: char| "\\.^$*+?()[]{}|/".contains(c);
    text.chars().fold(String::new(), |mut out, c| {
        if special(c) {
            out.push('\\');
        }
        out.push(c);
        out
    })
}

/// A text as the replacement of a `sed` command with `|`.
fn replacement(text: &str) -> String {
    text.replace('\\', r"\\").replace('&', r"\&").replace('|', r"\|").replace('\n', r"\n")
}

use merlon_model::{Action, Carrier};

use crate::mode::restriction;
use crate::quote::quote;

/// Shell commands that carry an action out by hand, each complete.
///
/// Edits of files that hold more than the setting open the file: a person sees what stands
/// around it. Scripts and playbooks edit by themselves.
#[must_use]
pub fn commands(action: &Action) -> Vec<String> {
    match action {
        Action::RestrictMode { path, mode } => {
            vec![format!("chmod {} {}", restriction(*mode), quote(path))]
        }
        Action::SetOwner { path, owner, group } => {
            vec![format!("chown {} {}", quote(&format!("{owner}:{group}")), quote(path))]
        }
        Action::SetFlag { carrier, flag, value, .. } => set_flag(carrier, flag, value),
        Action::RemoveFlag { carrier, flag, .. } => remove_flag(carrier, flag),
        Action::SetConfig { path, keys, value, .. } => {
            let comment = format!("# {}: {value}", keys.join("."));
            vec![format!("${{EDITOR:-vi}} {}  {comment}", quote(path)), restart("kubelet.service")]
        }
        Action::RemoveConfig { path, keys, .. } => {
            let comment = format!("# remove {}", keys.join("."));
            vec![format!("${{EDITOR:-vi}} {}  {comment}", quote(path)), restart("kubelet.service")]
        }
        Action::SetSysctl { name, value } => {
            let setting = format!("{name}={value}");
            vec![
                format!("sysctl -w {}", quote(&setting)),
                format!("echo {} >> /etc/sysctl.d/90-merlon.conf", quote(&setting)),
            ]
        }
        Action::RemoveFile { path } => vec![format!("rm -i {}", quote(path))],
        Action::Manual { commands, .. } => commands.clone(),
    }
}

fn set_flag(carrier: &Carrier, flag: &str, value: &str) -> Vec<String> {
    let value = if value.is_empty() { "VALUE" } else { value };
    let argument = format!("--{flag}={value}");
    match carrier {
        Carrier::StaticPod { path } if value != "VALUE" => {
            let (flag, value) = (pattern(flag), replacement(value));
            vec![
                format!(
                    "grep -qE -- '^ *- \"?--{flag}(=|\"?$)' {0} && sed -i -E \
                     's|^( *- \"?--{flag})(=[^\"]*)?(\"?)$|\\1={value}\\3|' {0} || sed -i -E \
                     '0,/^( *)- (kube-[a-z-]+|etcd)$/s||&\\n\\1- --{flag}={value}|' {0}",
                    quote(path)
                ),
                "# the kubelet restarts the pod by itself".to_owned(),
            ]
        }
        _ => edit(carrier, &argument),
    }
}

fn remove_flag(carrier: &Carrier, flag: &str) -> Vec<String> {
    match carrier {
        Carrier::StaticPod { path } => vec![
            format!(r#"sed -i -E '/^ *- "?--{}(=.*)?"?$/d' {}"#, pattern(flag), quote(path)),
            "# the kubelet restarts the pod by itself".to_owned(),
        ],
        _ => edit(carrier, &format!("remove --{flag}")),
    }
}

fn edit(carrier: &Carrier, what: &str) -> Vec<String> {
    let open = |path: &str, what: &str| format!("${{EDITOR:-vi}} {}  # {what}", quote(path));
    match carrier {
        Carrier::StaticPod { path } => vec![open(path, what)],
        Carrier::Unit { unit } => vec![format!("systemctl edit {unit}  # {what}"), restart(unit)],
        Carrier::EnvironmentFile { path, variable, unit } => {
            vec![open(path, &format!("{variable}: {what}")), restart(unit)]
        }
        Carrier::Environment { path, unit } => {
            let variable = what
                .trim_start_matches("--")
                .split_once('=')
                .map(|(name, value)| format!("ETCD_{}={value}", variable_name(name)))
                .unwrap_or_else(|| what.to_owned());
            vec![open(path, &variable), restart(unit)]
        }
        Carrier::ArgumentsFile { path, unit } => vec![open(path, what), restart(unit)],
        Carrier::Supervisor { path, key, unit } => {
            vec![
                open(path, &format!("under {key}: {}", what.trim_start_matches("--"))),
                restart(unit),
            ]
        }
        Carrier::Vendor { tool } => vec![format!("{tool}  # {what}")],
        Carrier::Unknown => Vec::new(),
    }
}

pub(crate) fn variable_name(flag: &str) -> String {
    flag.to_uppercase().replace('-', "_")
}

fn restart(unit: &str) -> String {
    format!("systemctl daemon-reload && systemctl restart {unit}")
}

/// A flag's name as an extended regular expression.
fn pattern(flag: &str) -> String {
    flag.replace('.', r"\.")
}

/// A value as the replacement of a `sed` command between single quotes and `|`.
fn replacement(value: &str) -> String {
    value.replace('\\', r"\\").replace('&', r"\&").replace('|', r"\|").replace('\'', r"'\''")
}

//! The evaluator of rows about admission plugins.

use merlon_model::{Action, Component::KubeApiserver};
use merlon_views::{ComponentView, Effective, NodeView, Unknown, Value, settings};

use crate::control::PluginCheck;
use crate::judge::Judge;
use crate::setting;

const ENABLE: &str = "enable-admission-plugins";
const DISABLE: &str = "disable-admission-plugins";

/// Judges each API server by the admission plugins it really runs: those that flags switch, and
/// those that are on by default in its release.
pub(crate) fn judge(check: &PluginCheck, node: &NodeView<'_>, judge: &mut Judge<'_, '_>) {
    for instance in node.instances(KubeApiserver) {
        match check {
            PluginCheck::AnyOn(plugins) => judge_any_on(plugins, instance, judge),
            PluginCheck::Off(plugin) => judge_off(plugin, instance, judge),
        }
    }
}

fn judge_any_on(plugins: &[&str], instance: &ComponentView<'_>, judge: &mut Judge<'_, '_>) {
    let expected = match plugins {
        [plugin] => format!("the admission plugin {plugin} is on"),
        _ => format!("one of the admission plugins {} is on", plugins.join(", ")),
    };
    let (mut off, mut unknown, mut not_in_release) = (Vec::new(), Vec::new(), Vec::new());
    for plugin in plugins {
        match instance.admission_plugin(plugin) {
            Ok(state) if state.value == Value::Bool(true) => {
                let statement = format!("the admission plugin {plugin} is on");
                judge
                    .pass(&instance.name, statement.clone())
                    .expected(expected)
                    .evidence(statement, state.location);
                return;
            }
            Ok(state) => off.push((*plugin, state)),
            Err(Unknown::NotInRelease { why }) => not_in_release.push(why),
            Err(why) => {
                unknown.push(format!(
                    "whether the admission plugin {plugin} is on is not known: {why}"
                ));
            }
        }
    }
    if !unknown.is_empty() {
        judge.error(&instance.name, unknown.join("; ")).expected(expected);
    } else if let Some((newest, _)) = off.first() {
        let names: Vec<&str> = off.iter().map(|(plugin, _)| *plugin).collect();
        let message = match names[..] {
            [plugin] => format!("the admission plugin {plugin} is off"),
            _ => format!("the admission plugins {} are off", names.join(", ")),
        };
        let mut entry = judge.fail(&instance.name, message).expected(expected);
        entry = entry.action(switch_on(newest, instance));
        for (plugin, state) in off {
            entry = entry.evidence(format!("the admission plugin {plugin} is off"), state.location);
        }
    } else {
        judge.not_applicable(&instance.name, not_in_release.join("; "));
    }
}

fn judge_off(plugin: &str, instance: &ComponentView<'_>, judge: &mut Judge<'_, '_>) {
    let expected = format!("the admission plugin {plugin} is off");
    let state = match instance.admission_plugin(plugin) {
        Ok(state) => state,
        Err(Unknown::NotInRelease { why }) => {
            judge.not_applicable(&instance.name, why);
            return;
        }
        Err(why) => {
            let why = format!("whether the admission plugin {plugin} is on is not known: {why}");
            judge.error(&instance.name, why).expected(expected);
            return;
        }
    };
    let on = state.value == Value::Bool(true);
    let statement = format!("the admission plugin {plugin} is {}", if on { "on" } else { "off" });
    let entry = if on {
        judge.fail(&instance.name, statement.clone()).action(switch_off(plugin, instance))
    } else {
        judge.pass(&instance.name, statement.clone())
    };
    entry.expected(expected).evidence(statement, state.location);
}

/// Takes a plugin out of the list that switches it off, or adds it to the one that switches it on.
fn switch_on(plugin: &str, instance: &ComponentView<'_>) -> Action {
    match listed(DISABLE, instance) {
        Some(list) if has(&list, plugin) => without(DISABLE, &list, plugin, instance),
        _ => with(ENABLE, plugin, instance),
    }
}

fn switch_off(plugin: &str, instance: &ComponentView<'_>) -> Action {
    match listed(ENABLE, instance) {
        Some(list) if has(&list, plugin) => without(ENABLE, &list, plugin, instance),
        _ => with(DISABLE, plugin, instance),
    }
}

fn listed(flag: &str, instance: &ComponentView<'_>) -> Option<Effective> {
    instance.effective(flag).ok().filter(|list| !list.value.is_unset())
}

fn has(list: &Effective, plugin: &str) -> bool {
    list.value.as_list().iter().any(|listed| listed == plugin)
}

fn with(flag: &str, plugin: &str, instance: &ComponentView<'_>) -> Action {
    let mut plugins = listed(flag, instance).map_or_else(Vec::new, |l| l.value.as_list().to_vec());
    plugins.push(plugin.to_owned());
    Action::SetFlag {
        component: instance.component,
        carrier: instance.carrier.clone(),
        flag: flag.to_owned(),
        value: plugins.join(","),
    }
}

fn without(flag: &str, list: &Effective, plugin: &str, instance: &ComponentView<'_>) -> Action {
    let kept: Vec<&str> =
        list.value.as_list().iter().map(String::as_str).filter(|kept| *kept != plugin).collect();
    let known = settings::find(instance.component, flag).expect("both lists are settings");
    if kept.is_empty() {
        setting::remove(known, instance, list)
    } else {
        setting::set(known, instance, list, kept.join(","))
    }
}

#[cfg(test)]
mod tests {
    use merlon_model::Action;
    use merlon_views::{NodeView, Told};

    use crate::{Parameters, evaluate, example, find};

    /// Checks what mends an API server with these arguments: `--flag=value`, or `-flag` for one
    /// that is taken away.
    fn check(control: &str, arguments: &str, expected: &str) {
        let node = example::node(&format!("run kube-apiserver@1.31 {arguments}"));
        let view = NodeView::new(&node, example::NOW, &Told::default());
        let control = find(control).expect("a control of that id");
        let findings = evaluate(control, &view, &Parameters::default());
        let actions: Vec<String> = findings
            .iter()
            .flat_map(|finding| &finding.actions)
            .map(|action| match action {
                Action::SetFlag { flag, value, .. } => format!("--{flag}={value}"),
                Action::RemoveFlag { flag, .. } => format!("-{flag}"),
                other => format!("{other:?}"),
            })
            .collect();
        assert_eq!(actions.join(" "), expected, "{} on {arguments}", control.id);
    }

    #[test]
    fn what_a_file_decides_is_mended_in_the_file() {
        check(
            "apiserver-always-allow",
            "--authorization-config=/z.yaml
file /z.yaml 0600 root:root authorization-configuration
  authorizers: [{type: AlwaysAllow}, {type: RBAC}]",
            "Manual { instruction: \"In /z.yaml, set authorizers[].type to RBAC\", commands: [] }",
        );
    }

    #[test]
    fn lists_are_mended_element_by_element() {
        let restriction = "apiserver-without-node-restriction";
        check(restriction, "", "--enable-admission-plugins=NodeRestriction");
        check(
            restriction,
            "--enable-admission-plugins=PodNodeSelector",
            "--enable-admission-plugins=PodNodeSelector,NodeRestriction",
        );
        check(
            restriction,
            "--disable-admission-plugins=NodeRestriction",
            "-disable-admission-plugins",
        );
        check(
            "apiserver-without-namespace-lifecycle",
            "--disable-admission-plugins=PodSecurity,NamespaceLifecycle",
            "--disable-admission-plugins=PodSecurity",
        );
        check(
            "apiserver-always-admit",
            "--enable-admission-plugins=AlwaysAdmit,NodeRestriction",
            "--enable-admission-plugins=NodeRestriction",
        );
        check("apiserver-always-admit", "", "");
        check("apiserver-always-allow", "", "--authorization-mode=Node,RBAC");
        check(
            "apiserver-always-allow",
            "--authorization-mode=AlwaysAllow",
            "--authorization-mode=Node,RBAC",
        );
        check(
            "apiserver-always-allow",
            "--authorization-mode=Node,RBAC,Webhook,AlwaysAllow",
            "--authorization-mode=Node,RBAC,Webhook",
        );
        check("apiserver-without-rbac", "", "--authorization-mode=Node,RBAC");
        check(
            "apiserver-without-rbac",
            "--authorization-mode=Node,Webhook",
            "--authorization-mode=Node,Webhook,RBAC",
        );
        check(
            "apiserver-alpha-features",
            "--runtime-config=api/all,batch/v1=true",
            "--runtime-config=batch/v1=true",
        );
        check("apiserver-alpha-features", "--runtime-config=api/alpha=true", "-runtime-config");
        check("apiserver-profiling", "", "--profiling=false");
        check("apiserver-token-auth-file", "--token-auth-file=/t", "-token-auth-file");
    }
}

//! Whatever is given, an answer or a reason comes back.

use merlon_model::Component;
use merlon_views::{ComponentView, settings};
use proptest::prelude::*;

use crate::support::given;

fn component() -> impl Strategy<Value = Component> {
    prop::sample::select(Component::ALL.to_vec())
}

fn ask_everything(view: &ComponentView<'_>) {
    for setting in settings::of(view.component) {
        let _ = view.effective(setting.name).map(|effective| effective.value.to_string());
        let _ = view.paths(setting.name);
    }
    for gate in ["AllAlpha", "RotateKubeletServerCertificate", "KMSv1", "PodSecurity"] {
        let _ = view.feature_gate(gate);
    }
    for plugin in ["NodeRestriction", "PodSecurity", "PodSecurityPolicy"] {
        let _ = view.admission_plugin(plugin);
    }
}

/// Words that look like a command line more often than not.
fn word() -> impl Strategy<Value = String> {
    let names: Vec<&'static str> = Component::ALL
        .into_iter()
        .flat_map(|component| settings::of(component).iter().map(|setting| setting.name))
        .collect();
    prop_oneof![
        (prop::sample::select(names.clone()), "[a-z0-9=,./-]{0,12}")
            .prop_map(|(name, value)| format!("--{name}={value}")),
        prop::sample::select(names).prop_map(|name| format!("--{name}")),
        "-{0,3}[a-z_-]{0,8}=?.{0,8}",
        ".{0,12}",
    ]
}

fn yaml() -> impl Strategy<Value = String> {
    let keys: Vec<String> = settings::of(Component::Kubelet)
        .iter()
        .filter_map(|setting| setting.config)
        .map(|key| format!("{}: ", key.replace('.', ": {")))
        .collect();
    let line = (prop::sample::select(keys), "[]\\[{}a-z0-9:\" ~&*!|-]{0,12}")
        .prop_map(|(key, value)| format!("{key}{value}\n"));
    prop_oneof![prop::collection::vec(line, 0..4).prop_map(|lines| lines.concat()), ".{0,60}"]
}

proptest! {
    #[test]
    fn nothing_panics(
        component in component(),
        version in prop::sample::select(vec!["", "1.15", "1.28", "1.31", "1.36", "3.5.1", "0.0"]),
        words in prop::collection::vec(word(), 0..8),
        config in prop::option::of(yaml()),
        drop_in in prop::option::of(yaml()),
        live in prop::option::of(yaml()),
    ) {
        let mut given = given(component, version, "").words(&words);
        if let Some(text) = config {
            given = given.config(&text);
        }
        if component == Component::Kubelet {
            if let Some(text) = drop_in {
                given = given.drop_in("a.conf", &text);
            }
            if let Some(text) = live {
                given = given.live(&text);
            }
        }
        given.ask(ask_everything);
    }

    #[test]
    fn the_last_flag_wins(
        values in prop::collection::vec(any::<i64>(), 1..6),
        dashed in any::<bool>(),
    ) {
        let name = if dashed { "audit-log-maxage" } else { "audit_log_maxage" };
        let words: Vec<String> =
            values.iter().map(|value| format!("--{name}={value}")).collect();
        let last = values[values.len() - 1];
        given(Component::KubeApiserver, "1.31", "")
            .words(&words)
            .check(
                "audit-log-maxage",
                &format!("{last} @ kube-apiserver[7] argument {}", values.len()),
            );
    }

    #[test]
    fn the_last_drop_in_wins(ports in prop::collection::vec(1..65536_i64, 1..6)) {
        let mut kubelet = given(Component::Kubelet, "1.32", "").config("readOnlyPort: 0");
        for (place, port) in ports.iter().enumerate() {
            kubelet = kubelet.drop_in(&format!("{place}.conf"), &format!("readOnlyPort: {port}"));
        }
        let (last, port) = (ports.len() - 1, ports[ports.len() - 1]);
        kubelet.check("read-only-port", &format!("{port} @ /etc/drop-ins/{last}.conf:1"));
    }
}

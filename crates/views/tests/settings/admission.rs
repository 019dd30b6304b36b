//! Admission plugins by release and flags.

use merlon_model::Component::{KubeApiserver, Kubelet};

use crate::support::given;

#[test]
fn plugins_have_defaults_by_release() {
    let check = |version: &str, plugin: &str, expected: &str| {
        given(KubeApiserver, version, "").check_plugin(plugin, expected);
    };
    let default = |on: bool| format!("{on} @ default of kube-apiserver");
    let since = |on: bool, version: &str| format!("{on} @ default of kube-apiserver {version}");
    check("1.15", "NamespaceLifecycle", &default(true));
    check("1.36", "ServiceAccount", &default(true));
    check("", "ServiceAccount", &default(true));
    check("1.31", "NodeRestriction", &default(false));
    check("1.31", "AlwaysPullImages", &default(false));
    check("1.31", "AlwaysAdmit", &default(false));
    check("1.31", "EventRateLimit", &default(false));
    check("1.24", "PodSecurityPolicy", &since(false, "1.24"));
    check("1.25", "PodSecurityPolicy", "! went away in 1.25");
    check("1.21", "PodSecurity", "! came in 1.22");
    // On by default, but its gate is off.
    check("1.22", "PodSecurity", &since(false, "1.22"));
    check("1.23", "PodSecurity", &since(true, "1.23"));
    check("1.28", "PodSecurity", &since(true, "1.28"));
    check("", "PodSecurity", "! depends on the release");
    check("1.29", "SecurityContextDeny", &since(false, "1.29"));
    check("1.30", "SecurityContextDeny", "! went away in 1.30");
    check("1.20", "DenyServiceExternalIPs", "! came in 1.21");
    check("1.21", "DenyServiceExternalIPs", &since(false, "1.21"));
    check("1.29", "ValidatingAdmissionPolicy", &since(false, "1.29"));
    check("1.30", "ValidatingAdmissionPolicy", &since(true, "1.30"));
    check("1.36", "ValidatingAdmissionPolicy", &since(true, "1.36"));
    check("1.35", "MutatingAdmissionPolicy", &since(false, "1.35"));
    check("1.36", "MutatingAdmissionPolicy", &since(true, "1.36"));
    given(Kubelet, "1.31", "").check_plugin("NodeRestriction", "! runs no admission plugins");
}

#[test]
fn flags_switch_plugins() {
    let check = |words: &str, plugin: &str, expected: &str| {
        given(KubeApiserver, "1.31", words).check_plugin(plugin, expected);
    };
    let argument = |on: bool, index: u32| format!("{on} @ kube-apiserver[7] argument {index}");
    check("--enable-admission-plugins=NodeRestriction", "NodeRestriction", &argument(true, 1));
    check(
        "--enable-admission-plugins=A,NodeRestriction --enable-admission-plugins=B",
        "NodeRestriction",
        &argument(true, 1),
    );
    check(
        "--enable-admission-plugins=NodeRestrictionX",
        "NodeRestriction",
        "false @ default of kube-apiserver",
    );
    check("--disable-admission-plugins ServiceAccount", "ServiceAccount", &argument(false, 1));
    check("--disable-admission-plugins=NodeRestriction", "NodeRestriction", &argument(false, 1));
    check(
        "--enable-admission-plugins=ServiceAccount --disable-admission-plugins=ServiceAccount",
        "ServiceAccount",
        "! is enabled, and disabled at kube-apiserver[7] argument 2",
    );
    check("--enable-admission-plugins", "NodeRestriction", "! has no value");
    check("--enable-admission-plugins=PodSecurityPolicy", "PodSecurityPolicy", "! went away");
    // The old flag is the whole list.
    check("--admission-control=NodeRestriction", "NodeRestriction", &argument(true, 1));
    check("--admission-control=NodeRestriction", "ServiceAccount", &argument(false, 1));
    check(
        "--admission-control=A --enable-admission-plugins=B",
        "ServiceAccount",
        "! --admission-control excludes",
    );
    given(KubeApiserver, "1.27", "--feature-gates=ValidatingAdmissionPolicy=true")
        .check_plugin("ValidatingAdmissionPolicy", "true @ default of kube-apiserver 1.27");
    given(KubeApiserver, "1.24", "--feature-gates=PodSecurity=false")
        .check_plugin("PodSecurity", "false @ kube-apiserver[7] argument 1");
    given(KubeApiserver, "", "--enable-admission-plugins=NodeRestriction")
        .check_plugin("NodeRestriction", &argument(true, 1));
}

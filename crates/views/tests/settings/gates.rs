//! Feature gates by release, flag and file.

use merlon_model::Component::{Etcd, KubeApiserver, KubeProxy, KubeScheduler, Kubelet};

use crate::support::given;

#[test]
fn gates_have_defaults_by_release() {
    let check = |version: &str, gate: &str, expected: &str| {
        given(Kubelet, version, "").check_gate(gate, expected);
    };
    let default = |on: bool, version: &str| format!("{on} @ default of kubelet {version}");
    check("1.15", "RotateKubeletServerCertificate", &default(true, "1.15"));
    check("1.36", "RotateKubeletServerCertificate", &default(true, "1.36"));
    check("", "RotateKubeletServerCertificate", "true @ default of kubelet");
    check("1.20", "RotateKubeletClientCertificate", &default(true, "1.20"));
    check("1.21", "RotateKubeletClientCertificate", "! went away in 1.21");
    check("", "RotateKubeletClientCertificate", "! depends on the release");
    check("1.21", "DynamicKubeletConfig", &default(true, "1.21"));
    check("1.22", "DynamicKubeletConfig", &default(false, "1.22"));
    check("1.26", "DynamicKubeletConfig", "! went away in 1.26");
    check("1.21", "SeccompDefault", "! came in 1.22");
    check("1.24", "SeccompDefault", &default(false, "1.24"));
    check("1.25", "SeccompDefault", &default(true, "1.25"));
    check("1.22", "PodSecurity", &default(false, "1.22"));
    check("1.23", "PodSecurity", &default(true, "1.23"));
    check("1.32", "UserNamespacesSupport", &default(false, "1.32"));
    check("1.33", "UserNamespacesSupport", &default(true, "1.33"));
    check("1.31", "KubeletFineGrainedAuthz", "! came in 1.32");
    check("1.28", "KMSv1", &default(true, "1.28"));
    check("1.29", "KMSv1", &default(false, "1.29"));
    check("1.30", "AllAlpha", "false @ default of kubelet");
    given(Etcd, "3.6", "").check_gate("AllAlpha", "! etcd has no feature gates");
}

#[test]
fn gates_are_set_by_flag_and_file() {
    let kubelet = |version: &str, words: &str| given(Kubelet, version, words);
    let first = |on: bool| format!("{on} @ kubelet[7] argument 1");
    let gate = "RotateKubeletServerCertificate";
    kubelet("1.31", &format!("--feature-gates={gate}=false")).check_gate(gate, &first(false));
    kubelet("1.31", &format!("--feature-gates=A=true,{gate}=0")).check_gate(gate, &first(false));
    kubelet("1.31", &format!("--feature-gates={gate}=false --feature-gates={gate}=true"))
        .check_gate(gate, "true @ kubelet[7] argument 2");
    kubelet("1.31", &format!("--feature-gates={gate}=maybe"))
        .check_gate(gate, "! is not true or false");
    kubelet("", &format!("--feature-gates={gate}=false")).check_gate(gate, &first(false));
    let file = format!("featureGates:\n  A: true\n  {gate}: false\n");
    kubelet("1.31", "").config(&file).check_gate(gate, "false @ /etc/config.yaml:3");
    kubelet("1.31", "--feature-gates=A=false")
        .config(&file)
        .check_gate(gate, "false @ /etc/config.yaml:3");
    kubelet("1.31", &format!("--feature-gates={gate}=true"))
        .config(&file)
        .check_gate(gate, &first(true));
    kubelet("1.31", "")
        .config("featureGates: {RotateKubeletServerCertificate: maybe}")
        .check_gate(gate, "! is not true or false");
    // The file of kube-proxy replaces its flags, that of the scheduler has no gates.
    given(KubeProxy, "1.31", "--feature-gates=AppArmor=false")
        .config("mode: nftables")
        .check_gate("RotateKubeletServerCertificate", "true @ default of kube-proxy 1.31");
    given(KubeScheduler, "1.30", "--feature-gates=AppArmor=false")
        .config("a: b")
        .check_gate("AppArmor", "false @ kube-scheduler[7] argument 1");
    given(KubeApiserver, "1.33", "--feature-gates=kube:KubeletFineGrainedAuthz=false")
        .check_gate("KubeletFineGrainedAuthz", "false @ kube-apiserver[7] argument 1");
}

#[test]
fn locked_gates_and_stages_are_respected() {
    let apiserver = |version: &str, words: &str| given(KubeApiserver, version, words);
    let gate = "AnonymousAuthConfigurableEndpoints";
    let off = format!("--feature-gates={gate}=false");
    let first = |on: bool| format!("{on} @ kube-apiserver[7] argument 1");
    apiserver("1.33", &off).check_gate(gate, &first(false));
    apiserver("1.34", &off).check_gate(gate, "! locked to true in 1.34");
    apiserver("1.34", &format!("--feature-gates={gate}=true")).check_gate(gate, &first(true));
    apiserver("1.31", "--feature-gates=AllAlpha=true").check_gate(gate, &first(true));
    apiserver("1.32", "--feature-gates=AllAlpha=true")
        .check_gate(gate, "true @ default of kube-apiserver 1.32");
    apiserver("1.32", "--feature-gates=AllBeta=false").check_gate(gate, &first(false));
    apiserver("1.34", "--feature-gates=AllBeta=false")
        .check_gate(gate, "true @ default of kube-apiserver 1.34");
    apiserver("1.31", &format!("--feature-gates=AllAlpha=true,{gate}=false"))
        .check_gate(gate, &first(false));
    apiserver("1.34", "--emulated-version=kube=1.31")
        .check_gate(gate, "false @ default of kube-apiserver 1.31");
    apiserver("1.34", "--emulated-version=latest").check_gate(gate, "! names no release");
}

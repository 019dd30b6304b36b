//! Nodes of each distribution: what is recognised, which files have which role.

mod support;

use merlon_model::{Carrier, Component};
use merlon_views::{FileRole, FoundBy, NodeView, Presence, Told};
use proptest::prelude::*;
use support::Host;

fn paths(view: &NodeView<'_>, role: FileRole) -> Vec<String> {
    let found = view.files(role);
    assert!(found.unknown.is_empty(), "{role:?}: {:?}", found.unknown);
    assert_eq!(found.files.is_empty(), found.none_because.is_some(), "{role:?}");
    found.files.into_iter().map(|file| file.path).collect()
}

fn kubeadm() -> Host {
    Host::default()
        .process("/usr/bin/kubelet --bootstrap-kubeconfig=/etc/kubernetes/bootstrap-kubelet.conf --kubeconfig=/etc/kubernetes/kubelet.conf --config=/var/lib/kubelet/config.yaml")
        .version("v1.31.2")
        .process("kube-apiserver --authorization-mode=Node,RBAC --anonymous-auth=false")
        .file("/var/lib/kubelet/config.yaml", "staticPodPath: /etc/kubernetes/manifests\n")
        .file("/var/lib/kubelet/kubeadm-flags.env", "KUBELET_KUBEADM_ARGS=\"--x\"\n")
        .file("/etc/kubernetes/kubelet.conf", "users:\n- user:\n    client-certificate: /var/lib/kubelet/pki/current.pem\n    client-key: keys/k.pem\n")
        .file(
            "/etc/kubernetes/manifests/kube-apiserver.yaml",
            "spec:\n  containers:\n  - command: [kube-apiserver, --anonymous-auth=false]\n",
        )
        .file("/etc/kubernetes/pki/ca.crt", "")
}

#[test]
fn roles_lead_to_the_configured_files_first() {
    let node = kubeadm().node();
    let view = NodeView::new(&node, 0, &Told::default());
    let check = |role: FileRole, expected: &[&str]| {
        assert_eq!(paths(&view, role), expected, "{role:?}");
    };
    check(FileRole::Kubeconfig(Component::Kubelet), &["/etc/kubernetes/kubelet.conf"]);
    check(FileRole::KubeletConfiguration, &["/var/lib/kubelet/config.yaml"]);
    check(FileRole::StaticPodDirectory, &["/etc/kubernetes/manifests"]);
    check(
        FileRole::StaticPodManifest(Component::KubeApiserver),
        &["/etc/kubernetes/manifests/kube-apiserver.yaml"],
    );
    check(FileRole::StaticPodManifest(Component::Etcd), &[]);
    let files = view.files(FileRole::StaticPodDirectory).files;
    assert!(matches!(files[0].found_by, FoundBy::Configuration(_)), "{files:?}");
    for path in ["/var/lib/kubelet/pki/current.pem", "/etc/kubernetes/keys/k.pem"] {
        assert!(node.files.contains_key(path), "{path}");
    }
}

#[test]
fn the_socket_that_the_kubelet_is_given_is_looked_at() {
    let path = "/var/run/containerd/containerd.sock";
    let host = Host::default()
        .process(&format!("/usr/bin/kubelet --container-runtime-endpoint=unix://{path}"))
        .version("v1.31.2")
        .file(path, "");
    assert!(host.node().files.contains_key(path));
}

#[test]
fn the_unit_of_a_kubelet_whose_flags_a_vendor_sets_is_found() {
    let path = "/etc/systemd/system/kubelet.service";
    let eks = Host::default()
        .process("/usr/bin/kubelet --config=/etc/kubernetes/kubelet/config.json")
        .version("v1.31.2-eks-94953ac")
        .cgroup("/runtime.slice/kubelet.service")
        .file(path, "[Service]\nExecStart=/usr/bin/kubelet $NODEADM_KUBELET_ARGS\n");
    let node = eks.node();
    let view = NodeView::new(&node, 0, &Told::default());
    assert_eq!(view.distribution.distribution.map(|each| each.id), Some("eks"));
    assert_eq!(paths(&view, FileRole::KubeletUnit), [path]);
}

#[test]
fn a_release_that_was_told_counts_where_nothing_shows_one() {
    let told = Told { kubernetes_version: merlon_model::Version::parse("1.31") };
    let node = Host::default().process("/usr/local/bin/etcd").version("v3.5.16").node();
    let view = NodeView::new(&node, 0, &told);
    assert_eq!(view.kubernetes_version(), told.kubernetes_version.as_ref());
    assert_eq!(view.instances(Component::Etcd)[0].version, merlon_model::Version::parse("3.5.16"));
}

#[test]
fn an_empty_host_has_nothing_and_a_closed_one_is_unknown() {
    let node = Host::default().process("/bin/sh").node();
    let view = NodeView::new(&node, 0, &Told::default());
    assert!(view.distribution.distribution.is_none());
    for component in Component::ALL {
        assert!(matches!(view.component(component), Presence::Absent { .. }), "{component}");
    }
    assert!(view.files(FileRole::CniConfiguration).none_because.is_some());

    let node = kubeadm().denied("/var/lib/kubelet/config.yaml").node();
    let view = NodeView::new(&node, 0, &Told::default());
    let found = view.files(FileRole::StaticPodDirectory);
    assert_eq!(found.unknown.len(), 1, "{found:?}");
}

/// A node is recognised, more clearly than any other distribution it could be taken for.
fn check_recognised(expected: Option<&str>, variant: Option<&str>, host: Host) {
    let (node, rounds) = host.collect();
    assert!(rounds <= 6, "{expected:?} took {rounds} rounds");
    let view = NodeView::new(&node, 0, &Told::default());
    let found = &view.distribution;
    let id = found.distribution.map(|distribution| distribution.id);
    assert_eq!(id, expected, "{:?} {:?}", found.evidence, found.others);
    assert_eq!(found.variant.as_ref().map(|(name, _)| *name), variant, "{expected:?}");
    for (other, weight) in &found.others {
        assert!(*weight < found.weight, "{expected:?} ({}) or {other} ({weight})", found.weight);
    }
    assert_eq!(found.evidence.is_empty(), expected.is_none());
}

#[test]
fn distributions_are_recognised_and_not_mistaken_for_their_neighbours() {
    let empty = Host::default;
    check_recognised(None, None, empty().process("/usr/bin/bash"));
    check_recognised(None, None, empty().process("/usr/bin/kubelet --config=/x"));
    check_recognised(Some("kubeadm"), None, kubeadm());
    let worker = empty()
        .process("/usr/bin/kubelet --kubeconfig=/etc/kubernetes/kubelet.conf")
        .file("/etc/kubernetes/kubelet.conf", "")
        .directory("/etc/kubernetes/manifests");
    check_recognised(Some("kubeadm"), None, worker);
    check_recognised(Some("kubeadm"), Some("kind"), kubeadm().file("/kind/version", "v1.31.2"));
    let minikube = kubeadm().file("/var/lib/minikube/certs/ca.crt", "");
    check_recognised(Some("kubeadm"), Some("minikube"), minikube);
    let kubespray = kubeadm()
        .file("/etc/kubernetes/kubelet.env", "")
        .file("/etc/kubernetes/kubelet-config.yaml", "")
        .file("/etc/kubernetes/super-admin.conf", "")
        .file("/etc/kubernetes/ssl/ca.crt", "");
    check_recognised(Some("kubespray"), None, kubespray);
    let k3s = empty().process("/usr/local/bin/k3s server").version("v1.31.2+k3s1");
    check_recognised(Some("k3s"), None, k3s.file("/var/lib/rancher/k3s/server/token", ""));
    let rke2 = empty()
        .process("/var/lib/rancher/rke2/bin/kubelet --kubeconfig=/var/lib/rancher/rke2/agent/kubelet.kubeconfig")
        .version("v1.31.12+rke2r10")
        .file("/etc/rancher/rke2/config.yaml", "")
        .process("/usr/local/bin/rke2 server");
    check_recognised(Some("rke2"), None, rke2);
    let rke = empty()
        .process("kubelet --kubeconfig=/etc/kubernetes/ssl/kubecfg-kube-node.yaml")
        .version("v1.26.8")
        .file("/etc/kubernetes/ssl/kubecfg-kube-node.yaml", "")
        .directory("/opt/rke/etcd-snapshots");
    check_recognised(Some("rke"), None, rke);
    let microk8s = empty()
        .process("/snap/microk8s/7449/kubelite --start-control-plane=true")
        .directory("/var/snap/microk8s/current/args");
    check_recognised(Some("microk8s"), None, microk8s);
    let k0s = empty()
        .process("/var/lib/k0s/bin/kubelet --config=/var/lib/k0s/kubelet-config.yaml")
        .version("v1.31.2+k0s");
    check_recognised(Some("k0s"), None, k0s);
    let talos = empty()
        .process("/usr/local/bin/kubelet --kubeconfig=/etc/kubernetes/kubeconfig-kubelet")
        .os_release("ID", "talos")
        .directory("/etc/kubernetes/manifests");
    check_recognised(Some("talos"), None, talos);
    let eks = empty()
        .process("/usr/bin/kubelet --config=/etc/kubernetes/kubelet/config.json")
        .version("v1.31.2-eks-94953ac")
        .file("/etc/eks/kubelet/environment", "NODEADM_KUBELET_ARGS=\"--x\"")
        .file("/etc/kubernetes/pki/ca.crt", "");
    check_recognised(Some("eks"), None, eks.clone());
    let bottlerocket = eks.os_release("ID", "bottlerocket");
    check_recognised(Some("eks"), Some("Bottlerocket"), bottlerocket);
    let aks = empty()
        .process("/usr/local/bin/kubelet --node-labels=kubernetes.azure.com/cluster=x --config=/etc/default/kubeletconfig.json")
        .version("v1.31.2")
        .file("/etc/kubernetes/azure.json", "")
        .directory("/etc/kubernetes/manifests");
    check_recognised(Some("aks"), None, aks);
    let gke = empty()
        .process("/home/kubernetes/bin/kubelet --config=/home/kubernetes/kubelet-config.yaml")
        .version("v1.31.2-gke.1043002")
        .os_release("ID", "cos")
        .directory("/etc/kubernetes/manifests");
    check_recognised(Some("gke"), None, gke);
    let openshift = empty()
        .process("/usr/bin/kubelet --config=/etc/kubernetes/kubelet.conf --node-labels=node-role.kubernetes.io/worker,node.openshift.io/os_id=rhcos")
        .version("v1.30.4")
        .os_release("ID", "rhcos")
        .file("/etc/kubernetes/kubelet.conf", "")
        .directory("/etc/kubernetes/manifests");
    check_recognised(Some("openshift"), None, openshift);
    let tkgi = empty()
        .process("/var/vcap/packages/kubernetes/bin/kubelet --config=/var/vcap/jobs/kubelet/config/kubeletconfig.yml");
    check_recognised(Some("tkgi"), None, tkgi);
    let ack = empty()
        .process("/usr/bin/kubelet --bootstrap-kubeconfig=/etc/kubernetes/bootstrap-kubelet.conf")
        .version("v1.31.1-aliyun.1")
        .file("/etc/kubernetes/kubelet.conf", "")
        .file("/var/lib/kubelet/kubeadm-flags.env", "")
        .directory("/etc/kubernetes/manifests");
    check_recognised(Some("ack"), None, ack);
}

fn k3s_server() -> Host {
    Host::default()
        .process("/usr/local/bin/k3s server")
        .version("v1.31.2+k3s1")
        .cgroup("/system.slice/k3s.service")
        .file(
            "/etc/systemd/system/k3s.service",
            "[Service]\nEnvironmentFile=-/etc/default/%N\nExecStart=/usr/local/bin/k3s \\\n    server \\\n    '--kube-apiserver-arg' \\\n    'audit-log-maxage=30' \\\n",
        )
        .file(
            "/etc/rancher/k3s/config.yaml",
            "kube-apiserver-arg:\n  - anonymous-auth=true\n  - profiling=true\nsecrets-encryption: true\n",
        )
        .file(
            "/etc/rancher/k3s/config.yaml.d/10.yaml",
            "kube-apiserver-arg+:\n  - authorization-mode=Webhook\nkubelet-arg: [read-only-port=10255]\n",
        )
        .directory("/var/lib/rancher/k3s/server/db")
}

fn effective(view: &NodeView<'_>, component: Component, setting: &str) -> String {
    let instances = view.instances(component);
    assert_eq!(instances.len(), 1, "{component}");
    match instances[0].effective(setting) {
        Ok(found) => format!("{} @ {}", found.value, found.location),
        Err(unknown) => format!("unknown: {unknown}"),
    }
}

#[test]
fn components_inside_k3s_are_seen_with_their_arguments() {
    let node = k3s_server().node();
    let view = NodeView::new(&node, 0, &Told::default());
    let check = |component: Component, setting: &str, expected: &str| {
        assert_eq!(effective(&view, component, setting), expected, "{component} {setting}");
    };
    use Component::{KubeApiserver, KubeScheduler, Kubelet};
    check(KubeApiserver, "anonymous-auth", "true @ /etc/rancher/k3s/config.yaml:2");
    check(KubeApiserver, "profiling", "true @ /etc/rancher/k3s/config.yaml:3");
    check(KubeApiserver, "audit-log-maxage", "30 @ /etc/systemd/system/k3s.service:6");
    // Without a suffix of the argument itself, a user's value takes the place of k3s's.
    check(
        KubeApiserver,
        "authorization-mode",
        "Webhook @ /etc/rancher/k3s/config.yaml.d/10.yaml:2",
    );
    check(KubeScheduler, "profiling", "false @ what k3s passes to kube-scheduler");
    check(Kubelet, "anonymous-auth", "false @ what k3s passes to kubelet");
    check(Kubelet, "read-only-port", "10255 @ /etc/rancher/k3s/config.yaml.d/10.yaml:3");
    assert!(matches!(view.component(Component::Etcd), Presence::Absent { .. }));
    let carrier = &view.instances(KubeApiserver)[0].carrier;
    let expected = Carrier::Supervisor {
        path: "/etc/rancher/k3s/config.yaml".to_owned(),
        key: "kube-apiserver-arg".to_owned(),
        unit: "k3s.service".to_owned(),
    };
    assert_eq!(*carrier, expected);
    assert_eq!(paths(&view, FileRole::KubeletUnit), ["/etc/systemd/system/k3s.service"],);

    // Newer ones write drop-in files.
    let newer = k3s_server().version("v1.32.1+k3s1").file(
        "/var/lib/rancher/k3s/agent/etc/kubelet.conf.d/00-k3s-defaults.conf",
        "authorization:\n  mode: Webhook\nauthentication:\n  anonymous:\n    enabled: false\n",
    );
    let node = newer
        .file(
            "/var/lib/rancher/k3s/server/db/etcd/config",
            "client-transport-security:\n  client-cert-auth: true\n",
        )
        .node();
    let view = NodeView::new(&node, 0, &Told::default());
    let place = "/var/lib/rancher/k3s/agent/etc/kubelet.conf.d/00-k3s-defaults.conf";
    assert_eq!(effective(&view, Kubelet, "authorization-mode"), format!("Webhook @ {place}:2"));
    let place = "/var/lib/rancher/k3s/server/db/etcd/config:2";
    assert_eq!(effective(&view, Component::Etcd, "client-cert-auth"), format!("true @ {place}"));
    // The executable's release is that of k3s.
    assert_eq!(view.instances(Component::Etcd)[0].version, None);
}

#[test]
fn what_k3s_hides_is_unknown() {
    let check = |host: Host, component: Component, expected: &str| {
        let node = host.node();
        let view = NodeView::new(&node, 0, &Told::default());
        let found = effective(
            &view,
            component,
            if component == Component::Kubelet { "anonymous-auth" } else { "profiling" },
        );
        assert!(found.starts_with("unknown: ") && found.contains(expected), "{found}");
    };
    let no_unit = Host::default().process("/bin/k3s server").version("v1.31.2+k3s1");
    check(no_unit, Component::KubeScheduler, "k3s hides its command line");
    let closed = k3s_server().denied("/etc/rancher/k3s/config.yaml");
    check(closed, Component::KubeApiserver, "/etc/rancher/k3s/config.yaml: permission denied");
    check(
        k3s_server().version("v1.33.0+k3s1"),
        Component::Kubelet,
        "kubelet.conf.d does not exist",
    );
    let agent = Host::default().process("/usr/local/bin/k3s agent").version("v1.31.2+k3s1");
    let node = agent.node();
    let view = NodeView::new(&node, 0, &Told::default());
    assert!(matches!(view.component(Component::KubeApiserver), Presence::Absent { .. }));
    assert!(matches!(view.component(Component::Kubelet), Presence::Present(_)));
}

#[test]
fn components_inside_kubelite_are_read_from_their_files() {
    let args = "/var/snap/microk8s/current/args";
    let host = Host::default()
        .process("/snap/microk8s/7449/kubelite --apiserver-args-file=/var/snap/microk8s/current/args/kube-apiserver --start-control-plane=true")
        .file(&format!("{args}/kube-apiserver"), "# mine\n--anonymous-auth=false\n--authorization-mode=RBAC,Node\n")
        .file(&format!("{args}/kubelet"), "--kubeconfig=${SNAP_DATA}/credentials/kubelet.config\n")
        .file(&format!("{args}/kube-scheduler"), "--profiling='fal'se");
    let node = host.node();
    let view = NodeView::new(&node, 0, &Told::default());
    let check = |component: Component, setting: &str, expected: &str| {
        assert_eq!(effective(&view, component, setting), expected, "{component} {setting}");
    };
    check(Component::KubeApiserver, "anonymous-auth", &format!("false @ {args}/kube-apiserver:2"));
    check(Component::KubeScheduler, "profiling", &format!("false @ {args}/kube-scheduler:1"));
    check(
        Component::KubeControllerManager,
        "profiling",
        &format!("unknown: {args}/kube-controller-manager does not exist"),
    );
    assert_eq!(
        paths(&view, FileRole::Kubeconfig(Component::Kubelet)),
        ["/var/snap/microk8s/current/credentials/kubelet.config"],
    );
    assert!(matches!(view.component(Component::Etcd), Presence::Absent { .. }));
}

#[test]
fn a_kubelet_that_does_not_run_is_read_from_its_unit() {
    let unit = "/usr/lib/systemd/system/kubelet.service";
    let drop_in = "/usr/lib/systemd/system/kubelet.service.d/10-kubeadm.conf";
    let host = Host::default()
        .file(unit, "[Service]\nExecStart=/usr/bin/kubelet --config=/not/this\n")
        .file(drop_in, "[Service]\nEnvironment=\"KUBELET_CONFIG_ARGS=--config=/var/lib/kubelet/config.yaml\"\nEnvironmentFile=-/var/lib/kubelet/kubeadm-flags.env\nEnvironmentFile=-/etc/default/kubelet\nExecStart=\nExecStart=/usr/bin/kubelet $KUBELET_CONFIG_ARGS $KUBELET_KUBEADM_ARGS $KUBELET_EXTRA_ARGS\n")
        .file("/var/lib/kubelet/kubeadm-flags.env", "KUBELET_KUBEADM_ARGS=\"--x=y\"\n")
        .file("/etc/default/kubelet", "KUBELET_EXTRA_ARGS=--read-only-port=10255\n")
        .file("/var/lib/kubelet/config.yaml", "authorization:\n  mode: Webhook\n");
    let node = host.clone().without_processes().node();
    let view = NodeView::new(&node, 0, &Told::default());
    let kubelet = Component::Kubelet;
    assert_eq!(effective(&view, kubelet, "read-only-port"), "10255 @ /etc/default/kubelet:1");
    assert_eq!(
        effective(&view, kubelet, "authorization-mode"),
        "Webhook @ /var/lib/kubelet/config.yaml:2"
    );
    let expected = Carrier::EnvironmentFile {
        path: "/etc/default/kubelet".to_owned(),
        variable: "KUBELET_EXTRA_ARGS".to_owned(),
        unit: "kubelet.service".to_owned(),
    };
    assert_eq!(view.instances(kubelet)[0].carrier, expected);
    assert_eq!(paths(&view, FileRole::KubeletUnit), [unit, drop_in]);
    // Whether an API server is there is not known without the processes, the kubelet is.
    assert!(matches!(view.component(Component::KubeApiserver), Presence::Unknown { .. }));

    // Running, its words are named where they are changed.
    let running = host.process(
        "/usr/bin/kubelet --config=/var/lib/kubelet/config.yaml --x=y --read-only-port=10255",
    );
    let node = running.cgroup("/system.slice/kubelet.service").node();
    let view = NodeView::new(&node, 0, &Told::default());
    assert_eq!(effective(&view, kubelet, "read-only-port"), "10255 @ /etc/default/kubelet:1");
}

#[test]
fn openshift_arguments_stand_in_the_file_that_the_option_names() {
    let file =
        "/etc/kubernetes/static-pod-resources/kube-apiserver-pod-7/configmaps/config/config.yaml";
    let manifest = "spec:\n  containers:\n  - command: [kube-apiserver, '--openshift-config=/etc/kubernetes/static-pod-resources/configmaps/config/config.yaml']\n    volumeMounts: [{name: r, mountPath: /etc/kubernetes/static-pod-resources}]\n  volumes: [{name: r, hostPath: {path: /etc/kubernetes/static-pod-resources/kube-apiserver-pod-7}}]\n";
    let host = Host::default()
        .process("/usr/bin/kubelet --config=/etc/kubernetes/kubelet.conf")
        .file("/etc/kubernetes/kubelet.conf", "staticPodPath: /etc/kubernetes/manifests\n")
        .file("/etc/kubernetes/manifests/kube-apiserver-pod.yaml", manifest)
        .process("kube-apiserver --openshift-config=/etc/kubernetes/static-pod-resources/configmaps/config/config.yaml");
    let with = host.clone().file(
        file,
        "apiServerArguments:\n  anonymous-auth: ['false']\n  audit-log-maxage:\n  - '30'\n",
    );
    let node = with.node();
    let view = NodeView::new(&node, 0, &Told::default());
    let api = Component::KubeApiserver;
    assert_eq!(view.distribution.distribution.map(|found| found.id), Some("openshift"));
    assert_eq!(effective(&view, api, "anonymous-auth"), format!("false @ {file}:2"));
    assert_eq!(effective(&view, api, "audit-log-maxage"), format!("30 @ {file}:4"));
    assert!(matches!(view.instances(api)[0].carrier, Carrier::Vendor { .. }));
    let node = host.node();
    let view = NodeView::new(&node, 0, &Told::default());
    assert!(effective(&view, api, "anonymous-auth").starts_with("unknown: "));
}

#[test]
fn absence_is_backed_by_what_was_seen() {
    let check = |host: &Host, component: Component, expected: &str| {
        let node = host.node();
        let view = NodeView::new(&node, 0, &Told::default());
        let found = match view.component(component) {
            Presence::Present(_) => "present".to_owned(),
            Presence::Absent { why } => format!("absent: {why}"),
            Presence::Unknown { why } => format!("unknown: {why}"),
        };
        assert!(found.starts_with(expected), "{found}");
    };
    let api = Component::KubeApiserver;
    check(&kubeadm(), api, "present");
    check(&kubeadm(), Component::Etcd, "absent: no etcd runs on this node");
    check(
        &kubeadm(),
        Component::KubeScheduler,
        "unknown: kubeadm runs kube-scheduler wherever it runs kube-apiserver",
    );
    let broken = kubeadm().file("/etc/kubernetes/manifests/x.yaml", "a: [");
    check(&broken, Component::Etcd, "unknown: /etc/kubernetes/manifests/x.yaml:1");
    check(
        &kubeadm().denied("/etc/kubernetes/manifests"),
        Component::Etcd,
        "unknown: /etc/kubernetes/manifests: permission denied",
    );
    check(&Host::default().without_processes(), api, "unknown: ");
    let eks = Host::default().process("/usr/bin/kubelet").version("v1.31.2-eks-94953ac");
    check(&eks, api, "absent: Amazon EKS runs kube-apiserver on its own machines");
}

#[test]
fn layouts_fill_in_what_nothing_configures() {
    let check = |host: &Host, role: FileRole, expected: &[&str]| {
        let node = host.node();
        let view = NodeView::new(&node, 0, &Told::default());
        assert_eq!(paths(&view, role), expected, "{role:?}");
    };
    let rke2 = Host::default()
        .process("/var/lib/rancher/rke2/bin/kubelet --kubeconfig=/var/lib/rancher/rke2/agent/kubelet.kubeconfig")
        .version("v1.31.2+rke2r1")
        .file(
            "/var/lib/rancher/rke2/agent/pod-manifests/etcd.yaml",
            "spec:\n  containers:\n  - command: [etcd, --config-file=/var/lib/rancher/rke2/server/db/etcd/config]\n    volumeMounts: [{name: d, mountPath: /var/lib/rancher/rke2/server/db/etcd}]\n  volumes: [{name: d, hostPath: {path: /var/lib/rancher/rke2/server/db/etcd}}]\n",
        )
        .file("/var/lib/rancher/rke2/server/db/etcd/config", "client-transport-security:\n  client-cert-auth: true\n");
    check(
        &rke2,
        FileRole::Kubeconfig(Component::Kubelet),
        &["/var/lib/rancher/rke2/agent/kubelet.kubeconfig"],
    );
    check(&rke2, FileRole::CniConfiguration, &["/etc/cni/net.d"]);
    check(&rke2, FileRole::PkiDirectory, &["/var/lib/rancher/rke2/server/tls"]);
    check(
        &rke2,
        FileRole::StaticPodManifest(Component::Etcd),
        &["/var/lib/rancher/rke2/agent/pod-manifests/etcd.yaml"],
    );
    check(&rke2, FileRole::EtcdConfiguration, &["/var/lib/rancher/rke2/server/db/etcd/config"]);
    let node = rke2.node();
    let view = NodeView::new(&node, 0, &Told::default());
    let carrier = &view.instances(Component::Etcd)[0].carrier;
    assert!(matches!(carrier, Carrier::Supervisor { key, .. } if key == "etcd-arg"), "{carrier:?}");

    // Without a distribution, what is there counts, and what is not there is not known.
    let plain = Host::default().process("/usr/bin/kubelet").directory("/etc/cni/net.d");
    check(&plain, FileRole::CniConfiguration, &["/etc/cni/net.d"]);
    let node = plain.node();
    let view = NodeView::new(&node, 0, &Told::default());
    assert_eq!(view.files(FileRole::RuntimeConfiguration).unknown.len(), 1);
}

#[test]
fn another_data_directory_of_k3s_is_followed() {
    let host =
        k3s_server().file("/etc/rancher/k3s/config.yaml.d/20.yml", "data-dir: /srv/k3s/\n").file(
            "/srv/k3s/server/db/etcd/config",
            "client-transport-security: {client-cert-auth: true}\n",
        );
    let node = host.node();
    let view = NodeView::new(&node, 0, &Told::default());
    let found = effective(&view, Component::Etcd, "client-cert-auth");
    assert_eq!(found, "true @ /srv/k3s/server/db/etcd/config:1");
    assert_eq!(
        paths(&view, FileRole::Kubeconfig(Component::KubeScheduler)),
        ["/srv/k3s/server/cred/scheduler.kubeconfig"],
    );
}

proptest! {
    #[test]
    fn no_file_keeps_a_scan_from_ending(text in "[ -~\\n\\té]{0,200}", which in 0..8usize) {
        let path = [
            "/var/lib/kubelet/config.yaml",
            "/etc/kubernetes/kubelet.conf",
            "/etc/kubernetes/manifests/kube-apiserver.yaml",
            "/etc/kubernetes/manifests/x",
            "/etc/systemd/system/kubelet.service",
            "/var/lib/kubelet/kubeadm-flags.env",
            "/etc/rancher/k3s/config.yaml",
            "/etc/systemd/system/k3s.service",
        ][which];
        let host = if path.contains("k3s") { k3s_server() } else { kubeadm() };
        let node = host.file(path, &text).node();
        let view = NodeView::new(&node, 0, &Told::default());
        for component in Component::ALL {
            let _ = view.files(FileRole::Kubeconfig(component));
            let _ = view.files(FileRole::StaticPodManifest(component));
        }
        let _ = view.files(FileRole::Certificate);
        let _ = view.files(FileRole::PrivateKey);
    }
}

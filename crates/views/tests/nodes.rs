//! Nodes of each distribution: what is recognised, which files have which role.

mod support;

use merlon_model::Component;
use merlon_views::{FileRole, FoundBy, NodeView, Presence, Told};
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

//! What is seen of a node that keeps to the rules.

use std::collections::BTreeMap;

use merlon_collect::{Options, node};
use merlon_model::Component;
use merlon_snapshot::{CgroupVersion, DocumentKind, FileKind, Listener, Lookup, Want};

use crate::tree::{Tree, wants};

fn control_plane() -> Tree {
    let tree = Tree::new();
    tree.file("etc/os-release", "ID=debian\nVERSION_ID=\"12\"\n");
    tree.file("proc/sys/kernel/osrelease", "6.1.0-13-amd64\n");
    tree.file("proc/sys/vm/overcommit_memory", "1\n");
    tree.file("proc/sys/kernel/keys/root_maxkeys", "1000000\n");
    tree.file("proc/modules", "overlay 1 0 - Live\nbr_netfilter 1 0 - Live\n");
    tree.file(
        "proc/1/mountinfo",
        "1 0 8:1 / / rw,relatime - ext4 /dev/a rw\n\
         2 1 0:2 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw\n\
         3 1 0:3 / /var/lib/other rw - ext4 /dev/b rw\n",
    );
    tree.file("sys/module/apparmor/parameters/enabled", "Y\n");
    tree.file("sys/kernel/security/lsm", "capability,apparmor\n");
    tree.file(
        "var/lib/dpkg/status",
        "Package: kubelet\nStatus: install ok installed\nVersion: 1.31.2-1.1\n\n",
    );
    tree.process(
        100,
        &["/usr/bin/kubelet", "--config=/var/lib/kubelet/config.yaml"],
        "/usr/bin/kubelet",
    );
    tree.process(
        200,
        &["kube-apiserver", "--token-auth-file=/t", "--x=https://u:p@h"],
        "/usr/local/bin/kube-apiserver",
    );
    tree.process(300, &["/usr/bin/containerd"], "/usr/bin/containerd");
    tree.process(400, &["vim", "kubelet"], "/usr/bin/vim");
    tree.link("proc/1/ns/mnt", "mnt:[1]");
    tree.link("proc/100/ns/mnt", "mnt:[1]");
    tree.link("proc/200/ns/mnt", "mnt:[2]");
    tree.link("proc/300/ns/mnt", "mnt:[1]");
    tree.file(
        "proc/1/net/tcp",
        "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n\
         0: 0100007F:2808 00000000:0000 0A 00000000:00000000 00:00000000 00000000 0 0 11 1 x\n\
         1: 0100007F:2808 0100007F:9999 01 00000000:00000000 00:00000000 00000000 0 0 12 1 x\n\
         2: 00000000:0016 00000000:0000 0A 00000000:00000000 00:00000000 00000000 0 0 13 1 x\n",
    );
    tree.file(
        "proc/1/net/tcp6",
        "0: 00000000000000000000000000000000:192B 00000000000000000000000000000000:0000 0A 0:0 00:0 0 0 0 21 1 x\n",
    );
    tree.link("proc/100/fd/3", "socket:[11]");
    tree.link("proc/100/fd/4", "/dev/null");
    tree.link("proc/200/fd/7", "socket:[21]");
    tree
}

#[test]
fn the_host_is_seen() {
    let node = control_plane().collect(&[]);
    assert_eq!(node.gaps, []);
    assert_eq!(node.name, "node-1");
    let host = node.host;
    assert_eq!(host.os_release["VERSION_ID"], "12");
    assert_eq!(host.kernel.as_deref(), Some("6.1.0-13-amd64"));
    let sysctls = BTreeMap::from([
        ("kernel.keys.root_maxkeys".to_owned(), "1000000".to_owned()),
        ("vm.overcommit_memory".to_owned(), "1".to_owned()),
    ]);
    assert_eq!(host.sysctls, sysctls);
    assert_eq!(host.modules, ["br_netfilter", "overlay"]);
    let mounts: Vec<&str> = host.mounts.iter().map(|mount| mount.target.as_str()).collect();
    assert_eq!(mounts, ["/", "/sys/fs/cgroup"]);
    assert_eq!(host.cgroups, Some(CgroupVersion::V2));
    assert_eq!(host.security_modules.apparmor, Some(true));
    assert_eq!(host.security_modules.selinux.as_deref(), Some("disabled"));
    assert_eq!(host.security_modules.active, ["capability", "apparmor"]);
    assert_eq!(host.packages["kubelet"], "1.31.2-1.1");
    assert_eq!(host.process_count, 5);
}

#[test]
fn processes_of_kubernetes_are_seen() {
    let node = control_plane().collect(&[]);
    let pids: Vec<u32> = node.processes.iter().map(|process| process.pid).collect();
    assert_eq!(pids, [100, 200, 300]);
    let server = &node.processes[1];
    assert_eq!(server.component, Some(Component::KubeApiserver));
    assert_eq!(server.name, "kube-apiserver");
    assert_eq!(server.executable.as_deref(), Some("/usr/local/bin/kube-apiserver"));
    assert_eq!(server.argv, ["kube-apiserver", "--token-auth-file=/t", "--x=https://<redacted>@h"]);
    assert_eq!((server.parent, server.uid), (1, Some(7)));
    assert_eq!(server.cgroup.as_deref(), Some("/system.slice/x.service"));
    let environment = BTreeMap::from([
        ("ETCD_NAME".to_owned(), "a".to_owned()),
        ("K3S_TOKEN".to_owned(), "<redacted>".to_owned()),
    ]);
    assert_eq!(server.environment, environment);
    assert_eq!(server.own_mounts, Some(true));
    let runtime = &node.processes[2];
    assert_eq!((runtime.component, runtime.own_mounts), (None, Some(false)));
    assert!(runtime.environment.is_empty());
}

#[test]
fn listening_sockets_are_seen() {
    let node = control_plane().collect(&[]);
    let listener = |protocol: &str, address: &str, port, pid| Listener {
        protocol: protocol.to_owned(),
        address: address.to_owned(),
        port,
        pid,
    };
    let expected = [
        listener("tcp", "0.0.0.0", 22, None),
        listener("tcp", "127.0.0.1", 10248, Some(100)),
        listener("tcp6", "::", 6443, Some(200)),
    ];
    assert_eq!(node.listeners, expected);
}

#[test]
fn paths_are_looked_up_until_nothing_new_is_wanted() {
    let tree = control_plane();
    tree.file("var/lib/kubelet/config.yaml", "kind: KubeletConfiguration\nx: {token: abc}\n");
    tree.mode("var/lib/kubelet/config.yaml", 0o640);
    tree.file("etc/kubernetes/manifests/a.yaml", "kind: Pod\n");
    let rounds = std::cell::Cell::new(0);
    let node = node(&Options::new(tree.root()), |node| {
        rounds.set(rounds.get() + 1);
        let document = Want::Document(DocumentKind::KubeletConfiguration);
        let mut wanted = wants(&[("/var/lib/kubelet/config.yaml", document)]);
        if !node.documents.is_empty() {
            wanted.extend(wants(&[("/etc/kubernetes/manifests/", Want::Directory)]));
        }
        wanted
    });
    assert_eq!(rounds.get(), 3);
    assert_eq!(node.gaps, []);
    let document = &node.documents["/var/lib/kubelet/config.yaml"];
    assert_eq!(document.text, "kind: KubeletConfiguration\nx: {token: <redacted>}\n");
    assert_eq!(document.redactions, 1);
    assert_eq!(node.directories["/etc/kubernetes/manifests"], ["a.yaml"]);
    let file = node.files["/var/lib/kubelet/config.yaml"].file().unwrap();
    assert_eq!((file.kind, file.mode), (FileKind::Regular, 0o640));
    assert_eq!(file.owner.is_some(), file.uid == 0);
    assert_eq!(file.resolved, None);
    let seen: Vec<&str> = node.files.keys().map(String::as_str).collect();
    let expected = [
        "/",
        "/etc",
        "/etc/kubernetes",
        "/etc/kubernetes/manifests",
        "/etc/kubernetes/manifests/",
        "/etc/kubernetes/manifests/a.yaml",
        "/var",
        "/var/lib",
        "/var/lib/kubelet",
        "/var/lib/kubelet/config.yaml",
    ];
    assert_eq!(seen, expected);
}

#[test]
fn a_process_has_its_own_files() {
    let tree = control_plane();
    tree.file("proc/200/root/etc/audit.yaml", "kind: Policy\n");
    tree.link("proc/200/root/etc/link", "/etc/audit.yaml");
    tree.file("etc/audit.yaml", "kind: Other\n");
    let policy = Want::Document(DocumentKind::AuditPolicy);
    let node = tree.collect(&[
        ("/proc/200/root/etc/link", policy),
        ("/proc/200/root/etc/none", policy),
        ("/proc/999/root/etc/audit.yaml", policy),
    ]);
    let link = "/proc/200/root/etc/link";
    assert_eq!(node.documents[link].text, "kind: Policy\n");
    let resolved = node.files[link].file().unwrap().resolved.as_deref();
    assert_eq!(resolved, Some("/proc/200/root/etc/audit.yaml"));
    assert_eq!(node.files["/proc/200/root/etc/none"], Lookup::Absent);
    for above in ["/proc/200/root", "/proc/200/root/etc"] {
        assert!(node.files[above].file().is_some(), "{above}");
    }
    assert!(!node.files.contains_key("/proc"));
    let vanished = node.gap_at("/proc/999/root/etc/audit.yaml").unwrap();
    assert_eq!(vanished.cause, merlon_snapshot::Cause::Vanished);
}

#[test]
fn this_machine_is_seen() {
    let own = format!("/proc/{}/root/etc/passwd", std::process::id());
    let node = node(&Options::new("/"), |_| wants(&[(&own, Want::State)]));
    assert!(node.host.process_count > 1);
    assert!(node.host.kernel.is_some());
    // Its own root can always be entered, and has what this machine has.
    assert!(node.files[&own].file().is_some(), "{:?}", node.gaps);
}

#[test]
fn the_same_node_gives_the_same_facts() {
    let tree = control_plane();
    let wanted = [("/etc", Want::Certificates), ("/etc", Want::Directory)];
    assert_eq!(tree.collect(&wanted), tree.collect(&wanted));
}

#[test]
fn what_confines_processes_is_told_or_left_open() {
    let check =
        |files: &[(&str, &str)], apparmor: Option<bool>, selinux: Option<&str>, gaps: usize| {
            let tree = Tree::new();
            for (path, contents) in files {
                tree.file(path, contents);
            }
            let node = tree.collect(&[]);
            let modules = node.host.security_modules;
            assert_eq!(modules.apparmor, apparmor, "{files:?}");
            assert_eq!(modules.selinux.as_deref(), selinux, "{files:?}");
            assert_eq!(node.gaps.len(), gaps, "{files:?}: {:?}", node.gaps);
        };
    let enforce = "sys/fs/selinux/enforce";
    let lsm = "sys/kernel/security/lsm";
    check(&[], None, None, 0);
    check(&[("sys/module/apparmor/parameters/enabled", "N\n")], Some(false), None, 0);
    check(&[("sys/module/x/refcnt", "0")], Some(false), None, 0);
    check(&[(enforce, "1")], None, Some("enforcing"), 0);
    check(&[(enforce, "0")], None, Some("permissive"), 0);
    check(&[(enforce, "2")], None, None, 1);
    check(&[(lsm, "capability,selinux\n")], None, None, 1);
    check(&[(lsm, "capability\n")], None, Some("disabled"), 0);
    check(&[("etc/selinux/config", "SELINUX=disabled\n")], None, Some("disabled"), 0);
    check(&[("etc/selinux/config", "SELINUX=enforcing\n")], None, None, 0);
}

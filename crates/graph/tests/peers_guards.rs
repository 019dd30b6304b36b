//! What guards nodes against their containers, and pods against those who create them: SELinux, AppArmor, runtimes,
//! `NodeRestriction` and `PodSecurity`, where other tools look at the pod alone.

use merlon_controls::example::{NOW, inventory, node};
use merlon_graph::search::{Query, Without, relevant};
use merlon_graph::{AttackGraph, Endpoint, World, attack_graph};
use merlon_model::Confidence;
use merlon_snapshot::Node;
use merlon_views::objects::{InventoryView, control_plane_nodes};
use merlon_views::{NodeView, Told};

/// Asks a graph of objects; what was collected on node one are lines of `merlon_controls::example`.
fn ask<T>(
    objects: &str,
    collected: &str,
    question: impl FnOnce(&World<'_, '_>, &AttackGraph<'_>) -> T,
) -> T {
    let inventory = inventory(objects.trim_start());
    let view = InventoryView::new(&inventory, 0, &Told::default());
    let mut nodes = control_plane_nodes(&inventory);
    if !collected.is_empty() {
        nodes.push(Node { name: "one".to_owned(), ..node(collected) });
    }
    let told = Told { kubernetes_version: view.release.clone() };
    let views: Vec<NodeView<'_>> = nodes.iter().map(|it| NodeView::new(it, NOW, &told)).collect();
    let world = World::new(&view).with_nodes(&views);
    let graph = attack_graph(&world);
    question(&world, &graph)
}

/// How sure a technique's surest step is; `None` where it has none.
fn surest(objects: &str, collected: &str, technique: &str) -> Option<Confidence> {
    ask(objects, collected, |_, graph| {
        let steps = graph.steps.iter().filter(|step| step.technique.id == technique);
        steps.map(|step| step.confidence).max()
    })
}

fn leads(objects: &str, collected: &str, from: &str, to: &str) -> bool {
    ask(objects, collected, |world, graph| {
        let facts = |text: &str| text.parse::<Endpoint>().expect("an endpoint").facts(world, graph);
        let (entries, targets) = (facts(from), facts(to));
        let without = Without::nothing();
        let graph = &graph.hypergraph;
        let query = Query { graph, entries: &entries, targets: &targets, without: &without };
        !relevant(&query).steps.is_empty()
    })
}

fn pod(spec: &str) -> String {
    format!("apiVersion: v1\nkind: Pod\nmetadata: {{name: agent, namespace: ops}}\nspec:\n{spec}")
}

/// A pod on node one, whose system and runtime are these.
fn on_node(image: &str, runtime: &str, spec: &str) -> String {
    format!(
        "# cluster\napiVersion: v1\nkind: Node\nmetadata: {{name: one}}\n\
         status: {{nodeInfo: {{osImage: '{image}', containerRuntimeVersion: '{runtime}'}}}}\n---\n{}",
        pod(&format!("  nodeName: one\n{spec}"))
    )
}

const OPENSHIFT: &str = "Red Hat Enterprise Linux CoreOS 9.6.20250925-0 (Plow)";
const BOTTLEROCKET: &str = "Bottlerocket OS 1.44.0 (aws-k8s-1.33)";
const CERTAIN: Option<Confidence> = Some(Confidence::Certain);
const LIKELY: Option<Confidence> = Some(Confidence::Likely);
const ASSUMED: Option<Confidence> = Some(Confidence::Assumed);

/// A container of root that mounts a path of the node; more fields stand in its pod or in its security context.
fn mounting(path: &str, of_pod: &str, security: &str) -> String {
    format!(
        "{of_pod}  volumes: [{{name: h, hostPath: {{path: {path}}}}}]
  containers: [{{name: a, volumeMounts: [{{name: h, mountPath: /h}}], securityContext: {{runAsUser: 0{security}}}}}]"
    )
}

#[test]
fn selinux_confines_containers_that_have_its_label() {
    let check = |path: &str, of_pod: &str, security: &str, technique: &str, expected| {
        let objects = on_node(OPENSHIFT, "cri-o://1.32.5", &mounting(path, of_pod, security));
        let found = surest(&objects, "", technique);
        assert_eq!(found, expected, "{technique} by {path} with {of_pod} {security}");
    };
    check("/etc", "", "", "write-node-files", None);
    check("/etc", "", ", seLinuxOptions: {type: container_t}", "write-node-files", None);
    check("/etc", "", ", seLinuxOptions: {level: 's0:c1,c2'}", "write-node-files", None);
    check("/etc", "", ", seLinuxOptions: {type: container_logreader_t}", "write-node-files", None);
    // Such containers have another label, or none.
    check("/etc", "", ", seLinuxOptions: {type: spc_t}", "write-node-files", CERTAIN);
    check("/etc", "", ", privileged: true", "write-node-files", CERTAIN);
    for namespace in ["hostPID", "hostIPC", "hostNetwork"] {
        check("/etc", &format!("  {namespace}: true\n"), "", "write-node-files", CERTAIN);
        check("/etc", &format!("  {namespace}: false\n"), "", "write-node-files", None);
    }
    let of_pod = "  securityContext: {seLinuxOptions: {type: spc_t}}\n";
    check("/etc", of_pod, "", "write-node-files", CERTAIN);
    // A container's options take the place of all of the pod's.
    check("/etc", of_pod, ", seLinuxOptions: {level: s0}", "write-node-files", None);
    // What a policy of somebody's own allows is not known.
    check("/etc", "", ", seLinuxOptions: {type: agent.process}", "write-node-files", LIKELY);
    check("/run/crio", "", "", "runtime-socket", None);
    check("/run/crio", "", ", seLinuxOptions: {type: spc_t}", "runtime-socket", CERTAIN);
    check("/var/log", "", "", "log-link", None);
    check("/var/log", "", ", seLinuxOptions: {type: container_logreader_t}", "log-link", None);
    check("/var/log", "", ", seLinuxOptions: {type: container_logwriter_t}", "log-link", LIKELY);
    check("/data", "", ", capabilities: {add: [SYS_ADMIN]}", "capability-sys-admin", None);
    check("/data", "", ", capabilities: {add: [SYS_RAWIO]}", "capability-sys-rawio", LIKELY);
    let trace = ", capabilities: {add: [SYS_PTRACE]}";
    check("/data", "  hostPID: true\n", trace, "capability-sys-ptrace", LIKELY);
    check("/data", "", ", privileged: true", "privileged-container", CERTAIN);
}

#[test]
fn volumes_that_are_labelled_for_their_pod_are_open_to_it() {
    let objects = |kind: &str| {
        let pod = on_node(
            OPENSHIFT,
            "cri-o://1.32.5",
            "  volumes: [{name: d, persistentVolumeClaim: {claimName: data}}]
  containers: [{name: a, securityContext: {runAsUser: 0}, volumeMounts: [{name: d, mountPath: /d}]}]",
        );
        format!(
            "{pod}
---
apiVersion: v1
kind: PersistentVolume
metadata: {{name: disk}}
spec: {{claimRef: {{namespace: ops, name: data}}, {kind}: {{path: /etc/cron.d}}}}"
        )
    };
    assert_eq!(surest(&objects("local"), "", "write-node-files"), CERTAIN);
    assert_eq!(surest(&objects("hostPath"), "", "write-node-files"), None);
}

#[test]
fn bottlerocket_lets_containers_use_sockets_and_change_no_system() {
    let check = |path: &str, of_pod: &str, security: &str, technique: &str, expected| {
        let spec = mounting(path, of_pod, security);
        let objects = on_node(BOTTLEROCKET, "containerd://2.1.4", &spec);
        let found = surest(&objects, "", technique);
        assert_eq!(found, expected, "{technique} by {path} with {of_pod} {security}");
    };
    check("/etc/kubernetes", "", "", "write-node-files", None);
    check("/usr/bin", "", "", "write-node-files", None);
    check("/opt/cni/bin", "", "", "write-node-files", LIKELY);
    check("/", "", "", "write-node-files", LIKELY);
    check("/", "", ", seLinuxOptions: {type: spc_t}", "write-node-files", CERTAIN);
    check("/proc", "", "", "write-core-pattern", ASSUMED);
    check("/run", "", "", "runtime-socket", CERTAIN);
    check("/run/dbus", "", "", "service-manager-socket", None);
    check("/var/lib/kubelet", "", "", "read-kubelet-key", LIKELY);
    check("/var/lib/kubelet", "", "", "read-pod-volumes", ASSUMED);
    check("/etc/shadow", "", "", "read-login-secrets", ASSUMED);
    check("/data", "", ", capabilities: {add: [SYS_MODULE]}", "capability-sys-module", LIKELY);
    // containerd gives these a label as well.
    let trace = ", capabilities: {add: [SYS_PTRACE]}";
    check("/data", "  hostPID: true\n", trace, "capability-sys-ptrace", None);
    check("/etc", "  hostNetwork: true\n", "", "write-node-files", None);
}

#[test]
fn a_system_that_enforces_nothing_by_itself_is_taken_for_open_until_its_node_tells() {
    let check = |image: &str, collected: &str, expected| {
        let objects = on_node(image, "containerd://2.1.4", &mounting("/etc", "", ""));
        assert_eq!(
            surest(&objects, collected, "write-node-files"),
            expected,
            "{image} {collected}"
        );
    };
    let red_hat = "Red Hat Enterprise Linux 9.6 (Plow)";
    check(red_hat, "", CERTAIN);
    check("Fedora CoreOS 41.20250215.3.0", "", LIKELY);
    check(red_hat, "lsm selinux=enforcing", LIKELY);
    check(red_hat, "lsm selinux=permissive", CERTAIN);
    check(BOTTLEROCKET, "lsm selinux=permissive", CERTAIN);
    check(OPENSHIFT, "lsm selinux=permissive", CERTAIN);
    let containerd = |path: &str, lines: &str| {
        format!("lsm selinux=enforcing\nfile {path} 0644 root:root runtime-configuration\n{lines}")
    };
    let (own, crio) = ("/etc/containerd/config.toml", "/etc/crio/crio.conf");
    check(red_hat, &containerd(own, "    enable_selinux = true  # labels"), None);
    check(red_hat, &containerd(own, "    enable_selinux = false"), CERTAIN);
    check(red_hat, &containerd(own, "  version = 3\n  imports = []"), CERTAIN);
    check(red_hat, &containerd(own, "  imports = ['/etc/containerd/conf.d/*.toml']"), LIKELY);
    check(red_hat, &containerd(crio, "  selinux = true"), None);
    check(red_hat, &containerd(crio, "  log_level = 'info'"), LIKELY);
}

#[test]
fn what_a_node_says_in_no_known_words_confines_nobody() {
    let told = on_node(OPENSHIFT, "cri-o://1.32.5", &mounting("/etc", "", ""));
    assert_eq!(surest(&told, "", "write-node-files"), None);
    let info = format!("{{osImage: '{OPENSHIFT}', containerRuntimeVersion: 'cri-o://1.32.5'}}");
    for other in [
        "[]",
        "{osImage: [Red Hat Enterprise Linux CoreOS]}",
        "{osImage: 9}",
        "{osImage: null}",
        "{osImage: ''}",
        "{osImage: 'my Red Hat Enterprise Linux CoreOS'}",
        "{osImage: 'red hat enterprise linux coreos'}",
    ] {
        assert!(told.contains(&info));
        let objects = told.replace(&info, other);
        assert_eq!(surest(&objects, "", "write-node-files"), CERTAIN, "{other}");
    }
    // Options that are malformed no API server has let in; nor is there a node of that name.
    let objects = told.replace("runAsUser: 0", "runAsUser: 0, seLinuxOptions: [spc_t]");
    assert_eq!(surest(&objects, "", "write-node-files"), None);
    let objects = told.replace("nodeName: one", "nodeName: gone");
    assert_eq!(surest(&objects, "", "write-node-files"), CERTAIN);
    assert_eq!(surest(&told, "lsm selinux=odd", "write-node-files"), None);
}

#[test]
fn a_pod_that_may_run_anywhere_keeps_the_ways_that_some_node_leaves_open() {
    let objects = |other: &str, os: &str| {
        format!(
            "# cluster\napiVersion: v1\nkind: Node\nmetadata: {{name: one}}\n\
             status: {{nodeInfo: {{osImage: '{OPENSHIFT}'}}}}\n---\n\
             apiVersion: v1\nkind: Node\nmetadata: {{name: two}}\n\
             status: {{nodeInfo: {{osImage: '{other}', operatingSystem: {os}}}}}\n---\n{}",
            pod(&mounting("/etc", "", ""))
        )
    };
    let check = |objects: &str, expected| {
        assert_eq!(surest(objects, "", "write-node-files"), expected, "{objects}");
    };
    check(&objects(OPENSHIFT, "linux"), None);
    check(&objects("Red Hat Enterprise Linux 8.10 (Ootpa)", "linux"), CERTAIN);
    check(&objects("Windows Server 2022 Datacenter", "windows"), None);
    // Not all nodes are known.
    let unseen =
        objects(OPENSHIFT, "linux").replacen("# cluster", "# cluster\n# gap nodes denied", 1);
    check(&unseen.replace("gap nodes denied", "gap nodes permission-denied"), CERTAIN);
}

#[test]
fn the_usual_profile_of_apparmor_makes_mounting_and_tracing_unsure() {
    let check = |pod: &str, security: &str, collected: &str, technique: &str, expected| {
        let spec = format!("{pod}  containers: [{{name: a, securityContext: {{{security}}}}}]");
        let objects = on_node("Ubuntu 24.04.3 LTS", "containerd://2.1.4", &spec);
        let found = surest(&objects, collected, technique);
        assert_eq!(found, expected, "{technique} with {pod} {security} on {collected}");
    };
    let (on, off) = ("lsm apparmor=true", "lsm apparmor=false");
    let admin = "capabilities: {add: [SYS_ADMIN]}";
    check("", admin, "", "capability-sys-admin", LIKELY);
    check("", admin, on, "capability-sys-admin", ASSUMED);
    check("", admin, off, "capability-sys-admin", CERTAIN);
    let with = |kind: &str| format!("{admin}, appArmorProfile: {{type: {kind}}}");
    check("", &with("RuntimeDefault"), on, "capability-sys-admin", ASSUMED);
    check("", &with("Unconfined"), on, "capability-sys-admin", CERTAIN);
    check("", &with("Unconfined"), "", "capability-sys-admin", CERTAIN);
    check("", &with("Localhost, localhostProfile: own"), on, "capability-sys-admin", LIKELY);
    let own_calls = format!("{admin}, seccompProfile: {{type: Localhost, localhostProfile: own}}");
    check("", &own_calls, off, "capability-sys-admin", LIKELY);
    let of_pod = "  securityContext: {appArmorProfile: {type: Unconfined}}\n";
    check(of_pod, admin, on, "capability-sys-admin", CERTAIN);
    check(of_pod, &with("RuntimeDefault"), on, "capability-sys-admin", ASSUMED);
    let trace = "capabilities: {add: [SYS_PTRACE]}";
    check("  hostPID: true\n", trace, on, "capability-sys-ptrace", ASSUMED);
    check("  hostPID: true\n", trace, off, "capability-sys-ptrace", CERTAIN);
    check("", "procMount: Unmasked", on, "unmasked-proc", ASSUMED);
    check("", "procMount: Unmasked", "", "unmasked-proc", LIKELY);
    // It has nothing to say of modules.
    check("", "capabilities: {add: [SYS_MODULE]}", on, "capability-sys-module", LIKELY);
}

#[test]
fn a_runtime_class_is_what_its_handler_is() {
    let check = |class: &str, handler: &str, expected: bool| {
        let objects = format!(
            "{}\n---\napiVersion: node.k8s.io/v1\nkind: RuntimeClass\nmetadata: {{name: {class}}}\nhandler: {handler}",
            pod(&format!(
                "  runtimeClassName: {class}\n  containers: [{{name: a, securityContext: {{privileged: true}}}}]"
            ))
        );
        assert_eq!(leads(&objects, "", "pod ops/agent", "node"), expected, "{class} {handler}");
    };
    for handler in ["kata-remote", "kata-qemu-snp", "kata", "runsc", "gvisor", "sysbox-runc"] {
        check("fast", handler, false);
    }
    // Shims for WebAssembly run ordinary containers as well.
    for handler in ["runc", "crun", "nvidia", "spin", "wasmtime-spin-v2", "katapult"] {
        check("kata", handler, true);
    }
}

/// User jane creates pods in a namespace with these labels.
fn creating(labels: &str) -> String {
    format!(
        "# cluster
apiVersion: v1
kind: Namespace
metadata: {{name: shop, labels: {{{labels}}}}}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {{name: jane, namespace: shop}}
rules: [{{apiGroups: [''], resources: [pods], verbs: [create]}}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {{name: jane, namespace: shop}}
roleRef: {{apiGroup: rbac.authorization.k8s.io, kind: Role, name: jane}}
subjects: [{{apiGroup: rbac.authorization.k8s.io, kind: User, name: jane}}]"
    )
}

/// An API server with a configuration of `PodSecurity`, of which these lines are the rest.
fn configured(lines: &str) -> String {
    format!(
        "run kube-apiserver@1.33 --admission-control-config-file=/a.yaml
file /a.yaml 0600 root:root admission-configuration
  plugins:
  - name: PodSecurity
    configuration:
      apiVersion: pod-security.admission.config.k8s.io/v1
      kind: PodSecurityConfiguration
      {lines}"
    )
}

const BASELINE: &str = "pod-security.kubernetes.io/enforce: baseline";
const PRIVILEGED: &str = "pod-security.kubernetes.io/enforce: privileged";

#[test]
fn what_no_label_says_the_configuration_of_the_api_server_does() {
    let check = |labels: &str, collected: &str, technique: &str, expected| {
        let found = surest(&creating(labels), collected, technique);
        assert_eq!(found, expected, "{technique} with {labels} and {collected}");
    };
    let admits = "create-privileged-pods";
    // Nothing is known of the API server.
    check("", "", admits, LIKELY);
    check(PRIVILEGED, "", admits, CERTAIN);
    check(BASELINE, "", admits, None);
    // It has no configuration, so that its defaults hold.
    check("", "run kube-apiserver@1.33", admits, CERTAIN);
    check(BASELINE, "run kube-apiserver@1.33", admits, None);
    check("", &configured("defaults: {enforce: baseline}"), admits, None);
    check("", &configured("defaults: {enforce: restricted}"), admits, None);
    check("", &configured("defaults: {warn: restricted, audit: restricted}"), admits, CERTAIN);
    check(PRIVILEGED, &configured("defaults: {enforce: restricted}"), admits, CERTAIN);
    // Some other plugin is configured.
    let other = configured("").replace("name: PodSecurity", "name: EventRateLimit");
    check("", &other, admits, CERTAIN);
    // What cannot be read says nothing: neither that pods are let in nor that they are not.
    let unread = "run kube-apiserver@1.33 --admission-control-config-file=/a.yaml";
    check("", unread, admits, LIKELY);
    check(BASELINE, unread, admits, None);
    check("", &configured("defaults: {enforce: high}"), admits, LIKELY);
    check("", &configured("defaults: [baseline]"), admits, LIKELY);
    let elsewhere = "run kube-apiserver@1.33 --admission-control-config-file=/a.yaml
file /a.yaml 0600 root:root admission-configuration
  plugins: [{name: PodSecurity, path: /nowhere.yaml}]";
    check("", elsewhere, admits, LIKELY);
    // Two that differ.
    let two = format!("run kube-apiserver@1.33\n{}", configured("defaults: {enforce: baseline}"));
    check("", &two, admits, LIKELY);
}

#[test]
fn what_is_exempt_from_standards_is_let_in_whatever_labels_say() {
    let check = |labels: &str, lines: &str, technique: &str, expected| {
        let found = surest(&creating(labels), &configured(lines), technique);
        assert_eq!(found, expected, "{technique} with {labels} and {lines}");
    };
    let namespace = "create-pods-in-exempt-namespace";
    check(BASELINE, "exemptions: {namespaces: [shop]}", namespace, CERTAIN);
    check(BASELINE, "exemptions: {namespaces: [shops]}", namespace, None);
    check("", "exemptions: {namespaces: [shop]}", "create-privileged-pods", None);
    // A configuration that the API server does not start with.
    check(BASELINE, "exemptions: {namespaces: [shop, shop]}", namespace, None);
    let off = "run kube-apiserver@1.33 --disable-admission-plugins=PodSecurity";
    assert_eq!(surest(&creating(BASELINE), off, namespace), CERTAIN);
    let with_predecessor = format!(
        "{}\n---\napiVersion: policy/v1beta1\nkind: PodSecurityPolicy\nmetadata: {{name: ours}}",
        creating(BASELINE)
    );
    assert_eq!(surest(&with_predecessor, off, namespace), LIKELY);
    // Nobody knows whose pods those are.
    check(BASELINE, "exemptions: {usernames: [jane]}", "create-privileged-pods", None);
    let class = |handler: &str| {
        let objects = format!(
            "{}\n---\napiVersion: node.k8s.io/v1\nkind: RuntimeClass\nmetadata: {{name: fast}}\nhandler: {handler}",
            creating(BASELINE)
        );
        let exempt = configured("exemptions: {runtimeClasses: [slow, fast]}");
        surest(&objects, &exempt, "create-pods-of-exempt-class")
    };
    assert_eq!(class("nvidia"), CERTAIN);
    assert_eq!(class("kata-clh"), None);
    check(BASELINE, "exemptions: {runtimeClasses: [fast]}", "create-pods-of-exempt-class", None);
}

#[test]
fn the_arguments_in_mirror_pods_tell_of_standards_too() {
    let objects = |arguments: &str| {
        format!(
            "{}
---
apiVersion: v1
kind: Pod
metadata: {{name: kube-apiserver-a, namespace: kube-system, annotations: {{kubernetes.io/config.mirror: x}}}}
spec:
  nodeName: a
  containers:
  - name: kube-apiserver
    image: registry.k8s.io/kube-apiserver:v1.33.1
    command: [kube-apiserver{arguments}]",
            creating("")
        )
    };
    let admits = "create-privileged-pods";
    assert_eq!(surest(&objects(""), "", admits), CERTAIN);
    // The file is on the node.
    let file = ", --admission-control-config-file=/etc/kubernetes/admission.yaml";
    assert_eq!(surest(&objects(file), "", admits), LIKELY);
    let off = objects(", --disable-admission-plugins=PodSecurity");
    assert_eq!(surest(&off, "", "create-pods-in-exempt-namespace"), CERTAIN);
    // Kubelets that nothing restricts create pods themselves.
    let (kubelet, account) = ("user system:node:a", "serviceaccount shop/robot");
    let robot =
        "\n---\napiVersion: v1\nkind: ServiceAccount\nmetadata: {name: robot, namespace: shop}";
    let with = |arguments: &str| objects(arguments) + robot;
    assert!(leads(&with(", '--authorization-mode=Node,RBAC'"), "", kubelet, account));
    let restricted =
        ", '--authorization-mode=Node,RBAC', --enable-admission-plugins=NodeRestriction";
    assert!(!leads(&with(restricted), "", kubelet, account));
    assert!(!leads(&with(", --authorization-mode=RBAC"), "", kubelet, account));
    assert!(!leads(&(creating("") + robot), "", kubelet, account));
}

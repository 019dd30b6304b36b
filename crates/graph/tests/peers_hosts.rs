//! What other tools miss or claim wrongly between containers and nodes, each with a name.

use merlon_controls::example::{NOW, inventory, node};
use merlon_graph::search::{Query, Without, relevant};
use merlon_graph::{Endpoint, World, attack_graph};
use merlon_model::{Action, Confidence};
use merlon_snapshot::Node;
use merlon_views::objects::InventoryView;
use merlon_views::{NodeView, Told};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

#[track_caller]
fn check(objects: &str, from: &str, to: &str, expected: bool) {
    assert_eq!(leads(objects, from, to), expected, "from {from} to {to}");
}

fn leads(objects: &str, from: &str, to: &str) -> bool {
    let inventory = inventory(objects.trim_start());
    let view = InventoryView::new(&inventory, 0, &Told::default());
    let world = World::new(&view);
    let graph = attack_graph(&world);
    let facts = |text: &str| text.parse::<Endpoint>().expect("an endpoint").facts(&world, &graph);
    let (entries, targets) = (facts(from), facts(to));
    let without = Without::nothing();
    let query =
        Query { graph: &graph.hypergraph, entries: &entries, targets: &targets, without: &without };
    !relevant(&query).steps.is_empty()
}

/// How sure a technique's surest step is; `None` where it has none. What was collected on node one are lines of
/// `merlon_controls::example`.
fn surest(objects: &str, collected: &str, technique: &str) -> Option<Confidence> {
    let inventory = inventory(objects.trim_start());
    let view = InventoryView::new(&inventory, 0, &Told::default());
    let node = Node { name: "one".to_owned(), ..node(collected) };
    let views = [NodeView::new(&node, NOW, &Told::default())];
    let world = World::new(&view);
    let world = if collected.is_empty() { world } else { world.with_nodes(&views) };
    let graph = attack_graph(&world);
    let steps = graph.steps.iter().filter(|step| step.technique.id == technique);
    steps.map(|step| step.confidence).max()
}

fn pod(spec: &str) -> String {
    format!("apiVersion: v1\nkind: Pod\nmetadata: {{name: agent, namespace: ops}}\nspec:\n{spec}")
}

fn escapes(spec: &str, expected: bool) {
    check(&pod(spec), "pod ops/agent", "node", expected);
}

#[test]
fn all_capabilities_contain_each() {
    escapes("  containers: [{name: a, securityContext: {capabilities: {add: [ALL]}}}]", true);
    escapes(
        "  containers: [{name: a, securityContext: {capabilities: {add: [ALL], drop: [ALL]}}}]",
        false,
    );
}

#[test]
fn a_capability_that_is_dropped_again_is_not_had() {
    escapes(
        "  containers: [{name: a, securityContext: {capabilities: {add: [SYS_MODULE], drop: [SYS_MODULE]}}}]",
        false,
    );
}

#[test]
fn tracing_takes_no_other_capability() {
    let spec = |pid: &str| {
        format!(
            "  hostPID: {pid}\n  containers: [{{name: a, securityContext: {{capabilities: {{add: [SYS_PTRACE]}}}}}}]"
        )
    };
    escapes(&spec("true"), true);
    escapes(&spec("false"), false);
}

#[test]
fn making_devices_or_seeing_processes_is_no_escape_by_itself() {
    escapes("  containers: [{name: a, securityContext: {capabilities: {add: [MKNOD]}}}]", false);
    escapes("  hostPID: true\n  containers: [{name: a}]", false);
    escapes("  hostNetwork: true\n  hostIPC: true\n  containers: [{name: a}]", false);
}

#[test]
fn a_device_directory_cannot_be_opened_without_privileges() {
    escapes(
        "  volumes: [{name: d, hostPath: {path: /dev}}]\n  containers: [{name: a, volumeMounts: [{name: d, mountPath: /d}]}]",
        false,
    );
}

#[test]
fn init_and_ephemeral_containers_count() {
    let privileged = "{name: b, securityContext: {privileged: true}}";
    for list in ["initContainers", "ephemeralContainers"] {
        escapes(&format!("  containers: [{{name: a}}]\n  {list}: [{privileged}]"), true);
    }
}

#[test]
fn only_the_container_that_mounts_a_path_has_it() {
    let objects = pod("  volumes: [{name: p, hostPath: {path: /proc}}]
  containers:
  - {name: a, volumeMounts: [{name: p, mountPath: /p}]}
  - {name: b}");
    check(&objects, "container ops/agent/a", "node", true);
    check(&objects, "container ops/agent/b", "node", false);
}

#[test]
fn a_runtime_socket_below_var_run_is_not_harmless() {
    for path in ["/var/run/docker.sock", "/run/crio/", "/var/run", "/run/cri-dockerd.sock"] {
        escapes(
            &format!(
                "  volumes: [{{name: s, hostPath: {{path: {path}}}}}]
  containers: [{{name: a, volumeMounts: [{{name: s, mountPath: /s, readOnly: true}}]}}]"
            ),
            true,
        );
    }
}

#[test]
fn a_path_behind_a_claim_is_seen() {
    let objects = |path: &str| {
        format!(
            "{}
---
apiVersion: v1
kind: PersistentVolume
metadata: {{name: disk}}
spec: {{claimRef: {{namespace: ops, name: data}}, hostPath: {{path: {path}}}}}",
            pod("  volumes: [{name: d, persistentVolumeClaim: {claimName: data}}]
  containers: [{name: a, volumeMounts: [{name: d, mountPath: /d}]}]")
        )
    };
    check(&objects("/etc"), "pod ops/agent", "node", true);
    check(&objects("/data"), "pod ops/agent", "node", false);
}

#[test]
fn a_volume_that_nobody_mounts_gives_nothing() {
    escapes("  volumes: [{name: d, hostPath: {path: /}}]\n  containers: [{name: a}]", false);
}

#[test]
fn reading_processes_or_writing_where_nobody_runs_it_is_no_escape() {
    for (path, read_only) in [
        ("/proc", true),
        ("/sys", true),
        ("/data", false),
        ("/var/lib/app", false),
        ("/opt/app", false),
    ] {
        escapes(
            &format!(
                "  volumes: [{{name: h, hostPath: {{path: {path}}}}}]
  containers: [{{name: a, volumeMounts: [{{name: h, mountPath: /h, readOnly: {read_only}}}]}}]"
            ),
            false,
        );
    }
}

#[test]
fn a_static_pod_is_given_no_token() {
    let objects = pod("  serviceAccountName: robot\n  containers: [{name: a}]")
        .replace("namespace: ops", "namespace: ops, annotations: {kubernetes.io/config.mirror: x}");
    check(&objects, "pod ops/agent", "serviceaccount ops/robot", false);
}

#[test]
fn a_token_for_somebody_else_is_none_for_the_api_server() {
    let objects = |audience: &str| {
        pod(&format!(
            "  automountServiceAccountToken: false
  serviceAccountName: robot
  volumes: [{{name: t, projected: {{sources: [{{serviceAccountToken: {{path: t{audience}}}}}]}}}}]
  containers: [{{name: a, volumeMounts: [{{name: t, mountPath: /t}}]}}]"
        ))
    };
    check(&objects(""), "pod ops/agent", "serviceaccount ops/robot", true);
    check(&objects(", audience: vault"), "pod ops/agent", "serviceaccount ops/robot", false);
}

#[test]
fn node_exporter_without_root_reads_no_keys() {
    escapes(
        "  hostPID: true
  hostNetwork: true
  securityContext: {runAsNonRoot: true, runAsUser: 65534}
  volumes: [{name: root, hostPath: {path: /}}]
  containers: [{name: a, volumeMounts: [{name: root, mountPath: /host/root, readOnly: true, mountPropagation: HostToContainer}]}]",
        false,
    );
}

#[test]
fn a_log_collector_without_the_right_to_logs_reads_no_files() {
    let objects = format!(
        "# cluster\n{}
---
apiVersion: v1
kind: Pod
metadata: {{name: other, namespace: shop}}
spec: {{nodeName: one, serviceAccountName: robot, containers: [{{name: a}}]}}",
        pod("  nodeName: one
  volumes: [{name: l, hostPath: {path: /var/log}}]
  containers: [{name: a, volumeMounts: [{name: l, mountPath: /l}]}]")
    );
    check(&objects, "pod ops/agent", "serviceaccount shop/robot", false);
}

#[test]
fn a_pod_without_a_token_does_not_act_as_its_account() {
    let objects = |token: &str| {
        pod(&format!(
            "  automountServiceAccountToken: {token}\n  serviceAccountName: robot\n  containers: [{{name: a}}]"
        ))
    };
    check(&objects("true"), "pod ops/agent", "serviceaccount ops/robot", true);
    check(&objects("false"), "pod ops/agent", "serviceaccount ops/robot", false);
}

#[test]
fn a_container_that_was_added_later_has_no_token() {
    let objects = pod(
        "  serviceAccountName: robot\n  containers: [{name: a}]\n  ephemeralContainers: [{name: b}]",
    );
    check(&objects, "container ops/agent/a", "serviceaccount ops/robot", true);
    check(&objects, "container ops/agent/b", "serviceaccount ops/robot", false);
}

#[test]
fn secrets_for_pulling_images_and_for_drivers_are_not_in_the_container() {
    let objects = pod("  imagePullSecrets: [{name: key}]
  volumes: [{name: v, csi: {driver: d, nodePublishSecretRef: {name: key}}}]
  containers: [{name: a, volumeMounts: [{name: v, mountPath: /v}]}]
  initContainers: [{name: b, env: [{name: K, valueFrom: {secretKeyRef: {name: other, key: a}}}]}]");
    check(&objects, "pod ops/agent", "secret ops/key", false);
    check(&objects, "pod ops/agent", "secret ops/other", true);
    check(&objects, "container ops/agent/a", "secret ops/other", false);
}

/// A daemon set with a privileged pod on each of two nodes, and a pod beside each.
const TWO_NODES: &str = "
# cluster
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: net, namespace: kube-system}
spec: {template: {spec: {containers: [{name: a, securityContext: {privileged: true}}]}}}
---
apiVersion: v1
kind: Pod
metadata: {name: net-1, namespace: kube-system, ownerReferences: [{apiVersion: apps/v1, kind: DaemonSet, name: net, controller: true}]}
spec: {nodeName: one, containers: [{name: a, securityContext: {privileged: true}}]}
---
apiVersion: v1
kind: Pod
metadata: {name: net-2, namespace: kube-system, ownerReferences: [{apiVersion: apps/v1, kind: DaemonSet, name: net, controller: true}]}
spec: {nodeName: two, containers: [{name: a, securityContext: {privileged: true}}]}
---
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop}
spec: {nodeName: one, serviceAccountName: web, containers: [{name: a}]}
---
apiVersion: v1
kind: Pod
metadata: {name: database, namespace: shop}
spec: {nodeName: two, serviceAccountName: database, containers: [{name: a}]}
---
apiVersion: v1
kind: Node
metadata: {name: one}
---
apiVersion: v1
kind: Node
metadata: {name: two}
";

#[test]
fn root_of_one_node_is_not_root_of_the_others_that_a_daemon_set_is_on() {
    check(TWO_NODES, "node one", "pod kube-system/net", true);
    check(TWO_NODES, "node one", "pod shop/web", true);
    check(TWO_NODES, "node one", "node two", false);
    check(TWO_NODES, "node one", "pod shop/database", false);
    check(TWO_NODES, "node one", "serviceaccount shop/database", false);
    check(TWO_NODES, "pod kube-system/net", "node two", true);
}

#[test]
fn a_kubelet_reaches_what_its_own_pods_name() {
    check(TWO_NODES, "user system:node:one", "serviceaccount shop/web", true);
    check(TWO_NODES, "user system:node:one", "serviceaccount shop/database", false);
    check(TWO_NODES, "user system:node:one", "node one", false);
}

#[test]
fn a_cluster_whose_nodes_are_all_workers_gives_no_keys_of_its_control_plane() {
    check(TWO_NODES, "every-node", "control-plane-keys", false);
    check(TWO_NODES, "every-node", "node two", true);
}

#[test]
fn a_node_that_nobody_knows_is_not_every_node() {
    let objects = "
apiVersion: v1
kind: Pod
metadata: {name: agent, namespace: ops}
spec: {containers: [{name: a, securityContext: {privileged: true}}]}
---
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop}
spec: {serviceAccountName: web, containers: [{name: a}]}
";
    check(objects, "pod ops/agent", "node", true);
    check(objects, "pod ops/agent", "every-node", false);
    check(objects, "pod ops/agent", "serviceaccount shop/web", false);
    check(objects, "pod ops/agent", "control-plane-keys", false);
}

#[test]
fn malformed_fields_lead_nowhere() {
    for spec in [
        "  containers: [{name: a, securityContext: {privileged: 'true'}}]",
        "  containers: [{name: a, securityContext: {capabilities: {add: SYS_ADMIN}}}]",
        "  containers: [{name: a, securityContext: [privileged]}]",
        "  containers: {a: {securityContext: {privileged: true}}}",
        "  volumes: {host: {hostPath: {path: /}}}\n  containers: [{name: a, volumeMounts: [{name: host}]}]",
        "  volumes: [{name: h, hostPath: {path: [/]}}]\n  containers: [{name: a, volumeMounts: [{name: h}]}]",
        "  shareProcessNamespace: 'yes'\n  containers: [{name: a}, {name: b}]",
        "  hostPID: 1\n  containers: [{name: a, securityContext: {capabilities: {add: [SYS_PTRACE]}}}]",
        "  containers: [{name: a, securityContext: {privileged: true, runAsUser: root}}]",
    ] {
        escapes(spec, false);
    }
}

/// What may be written in a pod, each with something that takes ways away if anything.
const GUARDS: &[(&str, &str)] = &[
    ("privileged: true", "privileged: false"),
    ("hostPID: true", "hostPID: false"),
    ("hostUsers: true", "hostUsers: false"),
    ("shareProcessNamespace: true", "shareProcessNamespace: false"),
    ("runAsUser: 0", "runAsUser: 1000"),
    ("readOnly: false", "readOnly: true"),
    ("readOnly: true", "readOnly: true, recursiveReadOnly: Enabled"),
    ("procMount: Unmasked", "procMount: Default"),
    ("add: [SYS_ADMIN]", "add: []"),
    ("add: [SYS_PTRACE, DAC_READ_SEARCH]", "add: [SYS_PTRACE]"),
    ("automountServiceAccountToken: true", "automountServiceAccountToken: false"),
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Nothing that confines a pod opens a way to its node, and no pod makes the graph panic.
    #[test]
    fn confining_a_pod_opens_no_way(
        pod in select(vec!["hostPID: true", "hostUsers: true", "shareProcessNamespace: true", "automountServiceAccountToken: true"]),
        contexts in vec(subsequence(vec![
            "privileged: true", "runAsUser: 0", "procMount: Unmasked",
        ], 0..=3), 1..3),
        added in select(vec!["add: [SYS_ADMIN]", "add: [SYS_PTRACE, DAC_READ_SEARCH]", "drop: [ALL]"]),
        path in select(vec!["/", "/proc", "/etc", "/var/lib/kubelet", "/run", "/var/log", "/data", "C:\\", "../.."]),
        read_only in select(vec!["readOnly: false", "readOnly: true"]),
        (guard, instead) in select(GUARDS.to_vec()),
    ) {
        let container = |(number, fields): (usize, &Vec<&str>)| {
            let capabilities = format!("capabilities: {{{added}}}");
            let fields = fields.iter().copied().chain([&*capabilities]).collect::<Vec<_>>().join(", ");
            format!("{{name: c{number}, volumeMounts: [{{name: h, mountPath: /h, {read_only}}}], securityContext: {{{fields}}}}}")
        };
        let containers: Vec<String> = contexts.iter().enumerate().map(container).collect();
        let objects = format!(
            "apiVersion: v1\nkind: Pod\nmetadata: {{name: agent, namespace: ops}}\nspec: {{{pod}, volumes: [{{name: h, hostPath: {{path: '{path}'}}}}], containers: [{}]}}",
            containers.join(", "),
        );
        for target in ["node", "serviceaccount ops/default"] {
            let open = leads(&objects, "pod ops/agent", target);
            let confined = leads(&objects.replace(guard, instead), "pod ops/agent", target);
            prop_assert!(open || !confined, "{instead} opens a way to {target}: {objects}");
        }
    }
}

/// What to do for each change of a graph, in one line each.
#[track_caller]
fn check_changes(objects: &str, expected: &[&str]) {
    let inventory = inventory(objects);
    let view = InventoryView::new(&inventory, 0, &Told::default());
    let world = World::new(&view);
    let graph = attack_graph(&world);
    // What other files have to change is theirs.
    let own = graph.changes.iter().filter(|change| change.title.contains("mount"));
    let actions = own.flat_map(|change| &change.actions);
    let told: Vec<String> = actions
        .map(|action| match action {
            Action::Manual { instruction, commands } if commands.is_empty() => instruction.clone(),
            Action::Manual { commands, .. } => commands.join("\n"),
            Action::EditObject { edits, .. } => format!("{edits:?}"),
            other => format!("{other:?}"),
        })
        .collect();
    assert_eq!(told, expected);
}

/// A container that mounts a directory where a path has a quote in it.
const QUOTED: &str = "
automountServiceAccountToken: false, volumes: [{name: h, hostPath: {path: /etc}}], containers: [
  {name: a, volumeMounts: [{name: h, mountPath: \"/a'b\"}]}]";

#[test]
fn live_objects_are_patched_and_pods_are_made_anew() {
    let spec = QUOTED.replace('\n', "");
    check_changes(
        &format!(
            "# cluster\napiVersion: apps/v1\nkind: DaemonSet\nmetadata: {{name: agent, namespace: ops}}\n\
             spec: {{template: {{spec: {{{spec}}}}}}}"
        ),
        &[
            r#"kubectl patch --namespace ops daemonset agent --type=json --patch '[{"op":"test","path":"/spec/template/spec/containers/0/volumeMounts/0","value":{"mountPath":"/a'\''b","name":"h"}},{"op":"remove","path":"/spec/template/spec/containers/0/volumeMounts/0"}]'"#,
            r#"kubectl patch --namespace ops daemonset agent --type=json --patch '[{"op":"add","path":"/spec/template/spec/containers/0/volumeMounts/0/readOnly","value":true}]'"#,
        ],
    );
    let pod = format!(
        "apiVersion: v1\nkind: Pod\nmetadata: {{name: agent, namespace: ops}}\nspec: {{{spec}}}"
    );
    check_changes(
        &format!("# cluster\n{pod}"),
        &[
            r#"kubectl get --namespace ops pod agent --output json | kubectl patch --local --filename - --type=json --patch '[{"op":"test","path":"/spec/containers/0/volumeMounts/0","value":{"mountPath":"/a'\''b","name":"h"}},{"op":"remove","path":"/spec/containers/0/volumeMounts/0"}]' --output json | kubectl replace --force --filename -"#,
            r#"kubectl get --namespace ops pod agent --output json | kubectl patch --local --filename - --type=json --patch '[{"op":"add","path":"/spec/containers/0/volumeMounts/0/readOnly","value":true}]' --output json | kubectl replace --force --filename -"#,
        ],
    );
    let mirror = pod
        .replace("namespace: ops", "namespace: ops, annotations: {kubernetes.io/config.mirror: x}");
    let place = "in the static pod's manifest on its node, in the kubelet's staticPodPath, usually /etc/kubernetes/manifests";
    let expected = [
        format!("take /spec/containers/0/volumeMounts/0 out {place}"),
        format!("set spec.containers[0].volumeMounts[0].readOnly to true {place}"),
    ];
    let expected: Vec<&str> = expected.iter().map(String::as_str).collect();
    check_changes(&format!("# cluster\n{mirror}"), &expected);
    check_changes(&mirror, &expected);
}

#[test]
fn entries_and_targets_are_written_as_they_are_read() {
    for text in ["container shop/web/main", "every-node", "user system:node:one"] {
        assert_eq!(text.parse::<Endpoint>().expect("an endpoint").to_string(), text);
    }
    for text in ["container shop/web", "container shop//main", "every-node one"] {
        assert!(text.parse::<Endpoint>().is_err(), "{text}");
    }
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
fn the_usual_profile_of_apparmor_keeps_containers_from_mounting_and_tracing() {
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
    check("  hostPID: true\n", trace, on, "capability-sys-ptrace", None);
    check("  hostPID: true\n", trace, off, "capability-sys-ptrace", CERTAIN);
    check("", "procMount: Unmasked", on, "unmasked-proc", None);
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
        assert_eq!(leads(&objects, "pod ops/agent", "node"), expected, "{class} {handler}");
    };
    for handler in ["kata-remote", "kata-qemu-snp", "kata", "runsc", "gvisor", "sysbox-runc"] {
        check("fast", handler, false);
    }
    // Shims for WebAssembly run ordinary containers as well.
    for handler in ["runc", "crun", "nvidia", "spin", "wasmtime-spin-v2", "katapult"] {
        check("kata", handler, true);
    }
}

//! What other tools miss or claim wrongly between containers and nodes, each with a name.

use merlon_controls::example::inventory;
use merlon_graph::search::{Query, Without, relevant};
use merlon_graph::{Endpoint, World, attack_graph};
use merlon_model::Action;
use merlon_views::Told;
use merlon_views::objects::InventoryView;
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

/// Whoever labels such a namespace keeps its own pods from starting again.
#[test]
fn a_namespace_whose_own_pods_break_the_level_is_not_labelled() {
    #[track_caller]
    fn check(namespace: &str, spec: &str, expected: bool) {
        let objects = format!(
            "apiVersion: v1\nkind: Namespace\nmetadata: {{name: {namespace}}}\n---\n\
             apiVersion: apps/v1\nkind: DaemonSet\nmetadata: {{name: agent, namespace: {namespace}}}\n\
             spec: {{template: {{spec: {{{spec}}}}}}}\n---\n\
             apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\n\
             metadata: {{name: r, namespace: {namespace}}}\n\
             rules: [{{apiGroups: [\"\"], resources: [pods], verbs: [create]}}]\n---\n\
             apiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\n\
             metadata: {{name: b, namespace: {namespace}}}\n\
             roleRef: {{apiGroup: rbac.authorization.k8s.io, kind: Role, name: r}}\n\
             subjects: [{{kind: User, name: jane}}]"
        );
        assert!(leads(&objects, "user jane", "node"), "{objects}");
        let inventory = inventory(&objects);
        let view = InventoryView::new(&inventory, 0, &Told::default());
        let world = World::new(&view);
        let graph = attack_graph(&world);
        let labels = |it: &&merlon_graph::Change| it.title.contains("enforce=baseline");
        assert_eq!(graph.changes.iter().any(|it| labels(&it)), expected, "{objects}");
    }
    check("shop", "containers: [{name: a}]", true);
    check("shop", "hostNetwork: true, containers: [{name: a}]", false);
    check("shop", "containers: [{name: a, securityContext: {privileged: true}}]", false);
    check("kube-system", "containers: [{name: a}]", false);
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

#[test]
fn what_a_kubelet_may_ask_for_depends_on_the_release() {
    let objects =
        |release: &str| TWO_NODES.replace("# cluster", &format!("# cluster\n# release {release}"));
    let without_tokens = |release: &str| {
        objects(release).replace("nodeName: ", "automountServiceAccountToken: false, nodeName: ")
    };
    for release in ["v1.31.4", "v1.32.0", "v1.33.0", "v1.37.0"] {
        // Its selectors show it other pods before 1.32, which gives it nothing of theirs.
        check(&objects(release), "user system:node:one", "serviceaccount shop/web", true);
        check(&objects(release), "user system:node:one", "serviceaccount shop/database", false);
        let creates = matches!(release, "v1.31.4" | "v1.32.0");
        let (kubelet, account) = ("user system:node:one", "serviceaccount shop/web");
        check(&without_tokens(release), kubelet, account, creates);
    }
}

//! Random pods.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use serde_json::{Value, json};

/// A mapping of those fields that are there.
fn mapping(fields: Vec<(&str, Option<Value>)>) -> Value {
    let set = fields.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?)));
    Value::Object(set.collect())
}

fn some<T: Into<Value> + Clone + std::fmt::Debug + 'static>(
    values: &'static [T],
) -> impl Strategy<Value = Option<Value>> {
    option::of(select(values).prop_map(Into::into))
}

fn flag() -> impl Strategy<Value = Option<Value>> {
    some(&[true, false])
}

fn list(values: &'static [&'static str]) -> impl Strategy<Value = Option<Value>> {
    option::of(subsequence(values, 0..=values.len()).prop_map(|names| json!(names)))
}

fn profile() -> impl Strategy<Value = Option<Value>> {
    let kinds = &["RuntimeDefault", "Localhost", "Unconfined"];
    option::of(select(kinds).prop_map(|kind| json!({"type": kind})))
}

fn container_context() -> impl Strategy<Value = Option<Value>> {
    let capabilities = (
        list(&["ALL", "SYS_ADMIN", "NET_RAW", "CHOWN", "CAP_BPF", "IPC_LOCK"]),
        list(&["ALL", "NET_RAW", "SYS_ADMIN"]),
    )
        .prop_map(|(add, drop)| mapping(vec![("add", add), ("drop", drop)]));
    let fields = (
        (flag(), flag(), flag(), flag(), some(&[0, 1000, 65_532]), some(&[0, 5, 70_000])),
        (option::of(capabilities), profile(), profile(), some(&["Default", "Unmasked"])),
        option::of(select(&["spc_t", "container_t", ""]).prop_map(|kind| json!({"type": kind}))),
    );
    option::of(fields.prop_map(|(simple, layers, selinux)| {
        mapping(vec![
            ("privileged", simple.0),
            ("allowPrivilegeEscalation", simple.1),
            ("readOnlyRootFilesystem", simple.2),
            ("runAsNonRoot", simple.3),
            ("runAsUser", simple.4),
            ("runAsGroup", simple.5),
            ("capabilities", layers.0),
            ("seccompProfile", layers.1),
            ("appArmorProfile", layers.2),
            ("procMount", layers.3),
            ("seLinuxOptions", selinux),
        ])
    }))
}

fn container(name: &'static str) -> impl Strategy<Value = Value> {
    let port = (some(&[22, 80, 8080]), some(&[0, 80]))
        .prop_map(|(port, host)| mapping(vec![("containerPort", port), ("hostPort", host)]));
    let mount = (select(&["a", "b", "c"]), flag(), some(&["etc", "x"])).prop_map(
        |(name, read_only, below)| {
            mapping(vec![
                ("name", Some(json!(name))),
                ("mountPath", Some(json!("/m"))),
                ("readOnly", read_only),
                ("subPath", below),
            ])
        },
    );
    let command = list(&["sudo", "sh", "/usr/sbin/sshd", "nginx"]);
    (container_context(), vec(port, 0..2), vec(mount, 0..3), command).prop_map(
        move |(context, ports, mounts, command)| {
            mapping(vec![
                ("name", Some(json!(name))),
                ("securityContext", context),
                ("ports", Some(json!(ports))),
                ("volumeMounts", Some(json!(mounts))),
                ("command", command),
            ])
        },
    )
}

fn pod_context() -> impl Strategy<Value = Option<Value>> {
    let sysctl = option::of(
        select(&["kernel.msgmax", "net.ipv4.tcp_syncookies"])
            .prop_map(|name| json!([{"name": name, "value": "1"}])),
    );
    let fields = (flag(), some(&[0, 1000]), some(&[0, 1000]), profile(), profile(), sysctl);
    option::of(fields.prop_map(|(non_root, user, group, seccomp, apparmor, sysctls)| {
        mapping(vec![
            ("runAsNonRoot", non_root),
            ("runAsUser", user),
            ("fsGroup", group),
            ("seccompProfile", seccomp),
            ("appArmorProfile", apparmor),
            ("sysctls", sysctls),
        ])
    }))
}

/// The specification of a pod, made of the fields that controls look at.
pub(crate) fn pod() -> impl Strategy<Value = Value> {
    let path = select(&["/", "/etc", "/var/run/docker.sock", "/run", "/data", "/root/.aws"]);
    let volume = prop_oneof![
        path.prop_map(|path| json!({"name": "a", "hostPath": {"path": path}})),
        Just(json!({"name": "b", "emptyDir": {}})),
        Just(json!({"name": "c", "gitRepo": {"repository": "r"}})),
    ];
    (
        (flag(), flag(), flag(), flag(), flag(), flag()),
        (pod_context(), some(&["default", "app"]), vec(volume, 0..3)),
        (container("web"), option::of(container("setup")), option::of(container("debug"))),
        option::of(Just(json!({"name": "windows"}))),
    )
        .prop_map(|(flags, (context, account, volumes), (web, setup, debug), os)| {
            mapping(vec![
                ("hostNetwork", flags.0),
                ("hostPID", flags.1),
                ("hostIPC", flags.2),
                ("hostUsers", flags.3),
                ("shareProcessNamespace", flags.4),
                ("automountServiceAccountToken", flags.5),
                ("securityContext", context),
                ("serviceAccountName", account),
                ("volumes", Some(json!(volumes))),
                ("containers", Some(json!([web]))),
                ("initContainers", setup.map(|setup| json!([setup]))),
                ("ephemeralContainers", debug.map(|debug| json!([debug]))),
                ("os", os),
            ])
        })
}

//! What the baseline level forbids.

use std::borrow::Cow;

use merlon_yaml::Node;

use crate::check::Check;
use crate::fields::{Container, Pod, Profile, SeLinuxOptions};
use crate::flaw::{Judge, What, of_pod};
use crate::place::{ContainerRef, Offence, Place};
use crate::quote::go_quoted;

const APP_ARMOR_PREFIX: &str = "container.apparmor.security.beta.kubernetes.io/";
const SECCOMP_POD: &str = "seccomp.security.alpha.kubernetes.io/pod";
const SECCOMP_PREFIX: &str = "container.seccomp.security.alpha.kubernetes.io/";

/// The capabilities that may be added.
const CAPABILITIES: [&str; 13] = [
    "AUDIT_WRITE",
    "CHOWN",
    "DAC_OVERRIDE",
    "FOWNER",
    "FSETID",
    "KILL",
    "MKNOD",
    "NET_BIND_SERVICE",
    "SETFCAP",
    "SETGID",
    "SETPCAP",
    "SETUID",
    "SYS_CHROOT",
];

/// The SELinux types that may be set, and from which minor.
const SE_LINUX_TYPES: [(&str, u64); 5] = [
    ("", 0),
    ("container_t", 0),
    ("container_init_t", 0),
    ("container_kvm_t", 0),
    ("container_engine_t", 31),
];

/// The sysctls that may be set, and from which minor.
const SYSCTLS: [(&str, u64); 14] = [
    ("kernel.shm_rmid_forced", 0),
    ("net.ipv4.ip_local_port_range", 0),
    ("net.ipv4.tcp_syncookies", 0),
    ("net.ipv4.ping_group_range", 0),
    ("net.ipv4.ip_unprivileged_port_start", 0),
    ("net.ipv4.ip_local_reserved_ports", 27),
    ("net.ipv4.tcp_keepalive_time", 29),
    ("net.ipv4.tcp_fin_timeout", 29),
    ("net.ipv4.tcp_keepalive_intvl", 29),
    ("net.ipv4.tcp_keepalive_probes", 29),
    ("net.ipv4.tcp_rmem", 32),
    ("net.ipv4.tcp_wmem", 32),
    ("net.ipv4.tcp_slow_start_after_idle", 37),
    ("net.ipv4.tcp_notsent_lowat", 37),
];

/// From this minor the seccomp field counts and the annotations no longer do.
const SECCOMP_FIELD: u64 = 19;

/// From this minor a user namespace of the pod's own makes up for what it would otherwise not be
/// allowed (KEP-127).
pub(crate) const USER_NAMESPACES: u64 = 35;

impl<'a> Judge<'a> {
    pub(crate) fn baseline_of_pod(&mut self, pod: &Pod<'a>) {
        if self.has(Check::HostNamespaces) {
            self.host_namespaces(pod);
        }
        if self.has(Check::HostPathVolumes) {
            self.host_path_volumes(pod);
        }
        if self.has(Check::SeccompProfileBaseline) && self.minor < SECCOMP_FIELD {
            self.seccomp_annotation(pod, SECCOMP_POD, None);
        }
        if self.has(Check::AppArmorProfile) && pod.annotations.is_some() {
            self.app_armor_annotations(pod);
        }
        let Some(context) = &pod.context else { return };
        if self.has(Check::AppArmorProfile) {
            self.profile(Check::AppArmorProfile, context.app_armor.as_ref(), None);
        }
        if self.has(Check::SeccompProfileBaseline) && self.minor >= SECCOMP_FIELD {
            self.profile(Check::SeccompProfileBaseline, context.seccomp.as_ref(), None);
        }
        if self.has(Check::SeLinuxOptions) {
            self.se_linux_options(context.se_linux.as_ref(), None);
        }
        if self.has(Check::Sysctls) {
            self.sysctls(context.sysctls);
        }
        if let Some(flag) = context.host_process
            && flag.value
            && self.has(Check::WindowsHostProcess)
        {
            self.blame_value(Check::WindowsHostProcess, "", of_pod(flag.node));
        }
    }

    pub(crate) fn baseline_of_container(&mut self, pod: &Pod<'a>, container: &Container<'a>) {
        if self.has(Check::HostPorts) {
            self.host_ports(container);
        }
        if self.has(Check::HostProbesAndHostLifecycle) {
            self.hosts(container);
        }
        if self.has(Check::SeccompProfileBaseline) && self.minor < SECCOMP_FIELD {
            self.seccomp_annotation(pod, SECCOMP_PREFIX, Some(container.reference));
        }
        let Some(context) = &container.context else { return };
        let reference = Some(container.reference);
        if self.has(Check::AppArmorProfile) {
            self.profile(Check::AppArmorProfile, context.app_armor.as_ref(), reference);
        }
        if self.has(Check::SeccompProfileBaseline) && self.minor >= SECCOMP_FIELD {
            self.profile(Check::SeccompProfileBaseline, context.seccomp.as_ref(), reference);
        }
        if self.has(Check::SeLinuxOptions) {
            self.se_linux_options(context.se_linux.as_ref(), reference);
        }
        for (check, flag) in [
            (Check::Privileged, context.privileged),
            (Check::WindowsHostProcess, context.host_process),
        ] {
            if let Some(flag) = flag
                && flag.value
                && self.has(check)
            {
                self.blame_value(check, "", container.at(flag.node));
            }
        }
        if self.has(Check::ProcMount) && !(self.minor >= USER_NAMESPACES && pod.user_namespace) {
            self.proc_mount(Check::ProcMount, container);
        }
        if let Some(capabilities) = &context.capabilities
            && self.has(Check::CapabilitiesBaseline)
        {
            let check = Check::CapabilitiesBaseline;
            self.added_capabilities(check, capabilities.add, &CAPABILITIES, container);
        }
    }

    fn host_namespaces(&mut self, pod: &Pod<'a>) {
        for (flag, name) in [
            (pod.host_network, "hostNetwork=true"),
            (pod.host_pid, "hostPID=true"),
            (pod.host_ipc, "hostIPC=true"),
        ] {
            if let Some(flag) = flag
                && flag.value
            {
                self.blame_value(Check::HostNamespaces, name, of_pod(flag.node));
            }
        }
    }

    fn host_path_volumes(&mut self, pod: &Pod<'a>) {
        for volume in pod.volumes {
            let Some(volume) = self.reader.mapping(volume) else { continue };
            let Some(node) = volume.get("hostPath") else { continue };
            if self.reader.mapping(node).is_some() {
                let name = volume.get("name").and_then(|name| self.reader.string(name));
                let name = name.unwrap_or_default();
                self.blame_value(Check::HostPathVolumes, name, of_pod(node));
            }
        }
    }

    fn host_ports(&mut self, container: &Container<'a>) {
        for port in container.ports {
            let Some(node) = self.reader.mapping(port).and_then(|port| port.get("hostPort")) else {
                continue;
            };
            if let Some(port) = self.reader.integer_32(node)
                && port != 0
            {
                let value = What::Value(Cow::Owned(port.to_string()));
                self.blame(Check::HostPorts, value, container.at(node));
            }
        }
    }

    fn hosts(&mut self, container: &Container<'a>) {
        for probe in container.probes.into_iter().flatten() {
            self.handler(probe, container);
        }
        let lifecycle = container.lifecycle.and_then(|node| self.reader.mapping(node));
        for key in ["postStart", "preStop"] {
            if let Some(handler) = lifecycle.and_then(|lifecycle| lifecycle.get(key)) {
                self.handler(handler, container);
            }
        }
    }

    fn handler(&mut self, handler: &'a Node, container: &Container<'a>) {
        let handler = self.reader.mapping(handler);
        for key in ["httpGet", "tcpSocket"] {
            let action = self.reader.below(handler, key);
            let Some(node) = action.and_then(|action| action.get("host")) else { continue };
            if let Some(host) = self.reader.string(node)
                && !host.is_empty()
            {
                self.blame_value(Check::HostProbesAndHostLifecycle, host, container.at(node));
            }
        }
    }

    /// Blames a profile that is set to anything but the runtime's or one of the node's.
    pub(crate) fn profile(
        &mut self,
        check: Check,
        profile: Option<&Profile<'a>>,
        container: Option<ContainerRef<'a>>,
    ) {
        if let Some(profile) = profile
            && !is_allowed_profile(profile.kind())
        {
            let offence = Offence { place: profile.place(), container };
            self.blame_value(check, profile.kind(), offence);
        }
    }

    fn app_armor_annotations(&mut self, pod: &Pod<'a>) {
        for entry in pod.annotations.into_iter().flat_map(|annotations| annotations.entries()) {
            if !entry.key.starts_with(APP_ARMOR_PREFIX) {
                continue;
            }
            let Some(value) = self.reader.string_or_empty(&entry.value) else { continue };
            if !(value.is_empty() || is_allowed_annotation(value)) {
                let what = annotation(&entry.key, value);
                self.blame(Check::AppArmorProfile, what, of_pod(&entry.value));
            }
        }
    }

    /// Looks at the annotation `key`, followed by the name of the container if there is one.
    fn seccomp_annotation(
        &mut self,
        pod: &Pod<'a>,
        key: &str,
        container: Option<ContainerRef<'a>>,
    ) {
        let Some(annotations) = pod.annotations else { return };
        let name = container.map_or("", |container| container.name);
        let entry =
            annotations.entries().iter().find(|entry| entry.key.strip_prefix(key) == Some(name));
        let Some(entry) = entry else { return };
        if let Some(value) = self.reader.string_or_empty(&entry.value)
            && !(is_allowed_annotation(value) || value == "docker/default")
        {
            let offence = Offence { place: Place::Node(&entry.value), container };
            self.blame(Check::SeccompProfileBaseline, annotation(&entry.key, value), offence);
        }
    }

    fn se_linux_options(
        &mut self,
        options: Option<&SeLinuxOptions<'a>>,
        container: Option<ContainerRef<'a>>,
    ) {
        let Some(options) = options else { return };
        let at = |node| Offence { place: Place::Node(node), container };
        if let Some(kind) = options.kind
            && !is_listed(&SE_LINUX_TYPES, kind.value, self.minor)
        {
            self.blame_value(Check::SeLinuxOptions, kind.value, at(kind.node));
        }
        for (field, what) in [(options.user, What::User), (options.role, What::Role)] {
            if let Some(field) = field
                && !field.value.is_empty()
            {
                self.blame(Check::SeLinuxOptions, what, at(field.node));
            }
        }
    }

    fn sysctls(&mut self, sysctls: &'a [Node]) {
        for sysctl in sysctls {
            let node = self.reader.mapping(sysctl).and_then(|sysctl| sysctl.get("name"));
            let name = node.and_then(|node| self.reader.string(node)).unwrap_or_default();
            if !is_listed(&SYSCTLS, name, self.minor) {
                self.blame_value(Check::Sysctls, name, of_pod(node.unwrap_or(sysctl)));
            }
        }
    }

    pub(crate) fn proc_mount(&mut self, check: Check, container: &Container<'a>) {
        let proc_mount = container.context.as_ref().and_then(|context| context.proc_mount);
        if let Some(proc_mount) = proc_mount
            && proc_mount.value != "Default"
        {
            self.blame_value(check, proc_mount.value, container.at(proc_mount.node));
        }
    }

    pub(crate) fn added_capabilities(
        &mut self,
        check: Check,
        added: &'a [Node],
        allowed: &[&str],
        container: &Container<'a>,
    ) {
        for node in added {
            if let Some(name) = self.reader.string_or_empty(node)
                && !allowed.contains(&name)
            {
                self.blame_value(check, name, container.at(node));
            }
        }
    }
}

pub(crate) fn is_allowed_profile(kind: &str) -> bool {
    matches!(kind, "RuntimeDefault" | "Localhost")
}

fn is_allowed_annotation(value: &str) -> bool {
    value == "runtime/default" || value.starts_with("localhost/")
}

fn is_listed(list: &[(&str, u64)], name: &str, minor: u64) -> bool {
    list.iter().any(|(listed, since)| *listed == name && minor >= *since)
}

fn annotation<'a>(key: &str, value: &str) -> What<'a> {
    What::Annotation(format!("{key}={}", go_quoted(value)))
}

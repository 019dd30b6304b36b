//! What the restricted level forbids and asks for.

use merlon_yaml::Node;

use crate::baseline::{USER_NAMESPACES, is_allowed_profile};
use crate::check::Check;
use crate::fields::{Capabilities, Container, Pod};
use crate::flaw::{Judge, What, of_pod};
use crate::place::Offence;

/// From this minor, pods that say they are for Windows need not set what only Linux has.
const WINDOWS: u64 = 25;

/// The sources a volume may have.
const ALLOWED_SOURCES: [&str; 9] = [
    "configMap",
    "csi",
    "downwardAPI",
    "emptyDir",
    "ephemeral",
    "image",
    "persistentVolumeClaim",
    "projected",
    "secret",
];

/// All others, in the order in which one of them is named for a volume that has several.
const FORBIDDEN_SOURCES: [&str; 21] = [
    "hostPath",
    "gcePersistentDisk",
    "awsElasticBlockStore",
    "gitRepo",
    "nfs",
    "iscsi",
    "glusterfs",
    "rbd",
    "flexVolume",
    "cinder",
    "cephfs",
    "flocker",
    "fc",
    "azureFile",
    "vsphereVolume",
    "quobyte",
    "azureDisk",
    "photonPersistentDisk",
    "portworxVolume",
    "scaleIO",
    "storageos",
];

impl<'a> Judge<'a> {
    pub(crate) fn restricted_of_pod(&mut self, pod: &Pod<'a>) {
        if self.has(Check::RestrictedVolumes) {
            for volume in pod.volumes {
                self.volume(volume);
            }
        }
        let Some(context) = &pod.context else { return };
        if let Some(flag) = context.run_as_non_root
            && !flag.value
            && self.asks_for_other_users(Check::RunAsNonRoot, pod)
        {
            self.blame_value(Check::RunAsNonRoot, "", of_pod(flag.node));
        }
        if let Some(user) = context.run_as_user
            && user.value == 0
            && self.asks_for_other_users(Check::RunAsUser, pod)
        {
            self.blame_value(Check::RunAsUser, "", of_pod(user.node));
        }
        if self.asks_of_linux(Check::SeccompProfileRestricted, pod) {
            self.profile(Check::SeccompProfileRestricted, context.seccomp.as_ref(), None);
        }
    }

    pub(crate) fn restricted_of_container(&mut self, pod: &Pod<'a>, container: &Container<'a>) {
        let context = container.context.as_ref();
        if self.asks_of_linux(Check::AllowPrivilegeEscalation, pod) {
            self.privilege_escalation(container);
        }
        if self.asks_of_linux(Check::CapabilitiesRestricted, pod) {
            let capabilities = context.and_then(|context| context.capabilities.as_ref());
            self.capabilities(capabilities, container);
        }
        if self.has(Check::ProcMountRestricted) {
            self.proc_mount(Check::ProcMountRestricted, container);
        }
        if self.asks_for_other_users(Check::RunAsNonRoot, pod) {
            self.run_as_non_root(pod, container);
        }
        if let Some(user) = context.and_then(|context| context.run_as_user)
            && user.value == 0
            && self.asks_for_other_users(Check::RunAsUser, pod)
        {
            self.blame_value(Check::RunAsUser, "", container.at(user.node));
        }
        if self.asks_of_linux(Check::SeccompProfileRestricted, pod) {
            self.seccomp(pod, container);
        }
    }

    /// Whether a check applies that a pod for Windows need not pass from 1.25.
    fn asks_of_linux(&self, check: Check, pod: &Pod<'a>) -> bool {
        self.has(check) && !(self.minor >= WINDOWS && pod.windows)
    }

    /// Whether a check applies that a pod with a user namespace of its own need not pass from 1.35.
    fn asks_for_other_users(&self, check: Check, pod: &Pod<'a>) -> bool {
        self.has(check) && !(self.minor >= USER_NAMESPACES && pod.user_namespace)
    }

    /// A volume without any source is an `emptyDir`: the API server fills that in before admission.
    fn volume(&mut self, node: &'a Node) {
        let Some(volume) = self.reader.mapping(node) else { return };
        let mut found: Option<(usize, &'a Node)> = None;
        let mut unknown = None;
        for entry in volume.entries() {
            if &*entry.key == "name" || entry.value.is_null() {
                continue;
            }
            let position = |list: &[&str]| list.iter().position(|source| *source == &*entry.key);
            if position(&ALLOWED_SOURCES).is_some() {
                if self.reader.mapping(&entry.value).is_some() {
                    return;
                }
            } else if let Some(rank) = position(&FORBIDDEN_SOURCES) {
                let is_set = self.reader.mapping(&entry.value).is_some();
                if is_set && found.is_none_or(|(best, _)| rank < best) {
                    found = Some((rank, &entry.value));
                }
            } else {
                unknown.get_or_insert(&entry.value);
            }
        }
        let (source, place) = match (found, unknown) {
            (Some((rank, place)), _) => (FORBIDDEN_SOURCES[rank], place),
            (None, Some(place)) => ("unknown", place),
            (None, None) => return,
        };
        let name = volume.get("name").and_then(|name| self.reader.string(name));
        let what = What::Volume { name: name.unwrap_or_default(), source };
        self.blame(Check::RestrictedVolumes, what, of_pod(place));
    }

    fn privilege_escalation(&mut self, container: &Container<'a>) {
        let flag = container.context.as_ref();
        let offence = match flag.and_then(|context| context.allow_privilege_escalation) {
            Some(flag) if !flag.value => return,
            Some(flag) => container.at(flag.node),
            None => container.lacks(&["securityContext", "allowPrivilegeEscalation"]),
        };
        self.blame(Check::AllowPrivilegeEscalation, What::Unset, offence);
    }

    fn capabilities(&mut self, capabilities: Option<&Capabilities<'a>>, container: &Container<'a>) {
        let check = Check::CapabilitiesRestricted;
        let dropped = capabilities.and_then(|capabilities| capabilities.drop);
        let mut drops_all = false;
        for node in dropped.into_iter().flat_map(|dropped| dropped.value) {
            drops_all |= self.reader.string(node) == Some("ALL");
        }
        if !drops_all {
            let offence = match dropped {
                Some(dropped) => container.at(dropped.node),
                None => container.lacks(&["securityContext", "capabilities", "drop"]),
            };
            self.blame(check, What::Unset, offence);
        }
        let added = capabilities.map(|capabilities| capabilities.add).unwrap_or_default();
        self.added_capabilities(check, added, &["NET_BIND_SERVICE"], container);
    }

    fn run_as_non_root(&mut self, pod: &Pod<'a>, container: &Container<'a>) {
        let own = container.context.as_ref().and_then(|context| context.run_as_non_root);
        let inherited = pod.context.as_ref().and_then(|context| context.run_as_non_root);
        match (own, inherited) {
            (Some(flag), _) if !flag.value => {
                self.blame_value(Check::RunAsNonRoot, "", container.at(flag.node));
            }
            (None, None) => {
                let offence = container.lacks(&["securityContext", "runAsNonRoot"]);
                self.blame(Check::RunAsNonRoot, What::Unset, offence);
            }
            // What is inherited and wrong is blamed on the pod.
            _ => {}
        }
    }

    fn seccomp(&mut self, pod: &Pod<'a>, container: &Container<'a>) {
        let check = Check::SeccompProfileRestricted;
        let own = container.context.as_ref().and_then(|context| context.seccomp.as_ref());
        let inherited = pod.context.as_ref().and_then(|context| context.seccomp.as_ref());
        match (own, inherited) {
            (Some(profile), _) if !is_allowed_profile(profile.kind()) => {
                let container = Some(container.reference);
                self.blame_value(
                    check,
                    profile.kind(),
                    Offence { place: profile.place(), container },
                );
            }
            (None, None) => {
                let offence = container.lacks(&["securityContext", "seccompProfile", "type"]);
                self.blame(check, What::Unset, offence);
            }
            _ => {}
        }
    }
}

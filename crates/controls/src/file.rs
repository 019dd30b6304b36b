//! The evaluator of rows about files.

use std::collections::BTreeSet;

use merlon_model::{Action, Location, Severity};
use merlon_snapshot::{File, FileKind, Lookup};
use merlon_views::{FileRole, FoundBy, NodeView, RoleFile};

use crate::control::{Directories, FileCheck, FileRequirement, Parameters};
use crate::judge::Judge;

/// Judges each file of the roles by its mode or its owner.
pub(crate) fn judge(
    check: &FileCheck,
    node: &NodeView<'_>,
    with: &Parameters,
    judge: &mut Judge<'_, '_>,
) {
    let Some(asked) = Asked::of(check.requirement, with, judge) else { return };
    let secret = check.roles.iter().any(|role| holds_secrets(*role));
    each(check.roles, check.directories, node, judge, &mut |path, file, judge| {
        asked.judge(path, file, secret, node, judge);
    });
}

/// Whether who reads files of the role gains something: credentials, keys, what the cluster stores.
fn holds_secrets(role: FileRole) -> bool {
    match role {
        FileRole::Kubeconfig(_)
        | FileRole::AdminKubeconfig
        | FileRole::PrivateKey
        | FileRole::EtcdData
        | FileRole::EtcdConfiguration
        | FileRole::EncryptionConfiguration
        | FileRole::AuditLog
        | FileRole::CriSocket
        | FileRole::SupervisorConfiguration => true,
        FileRole::StaticPodDirectory
        | FileRole::StaticPodManifest(_)
        | FileRole::KubeletUnit
        | FileRole::KubeletConfiguration
        | FileRole::KubeletClientCa
        | FileRole::KubeProxyConfiguration
        | FileRole::PkiDirectory
        | FileRole::Certificate
        | FileRole::CniConfiguration
        | FileRole::AuditPolicy
        | FileRole::AdmissionConfiguration
        | FileRole::RuntimeConfiguration => false,
    }
}

/// Judges one file that holds credentials by its mode or its owner.
pub(crate) fn judge_as(
    requirement: FileRequirement,
    path: &str,
    file: &File,
    node: &NodeView<'_>,
    with: &Parameters,
    judge: &mut Judge<'_, '_>,
) {
    if let Some(asked) = Asked::of(requirement, with, judge) {
        asked.judge(path, file, true, node, judge);
    }
}

/// What is asked of a file, by the control or by the benchmark in its place.
enum Asked<'p> {
    Mode(u32),
    Owner { user: &'p str, group: &'p str },
}

impl<'p> Asked<'p> {
    /// What is asked; without a parameter that can be read, an error is taken down.
    fn of(
        requirement: FileRequirement,
        with: &'p Parameters,
        judge: &mut Judge<'_, '_>,
    ) -> Option<Self> {
        let (asked, parameter, form) = match requirement {
            FileRequirement::Mode(declared) => {
                let mode = with.get("mode").map_or(Some(declared), octal);
                (mode.map(Self::Mode), "mode", "an octal number such as 600")
            }
            FileRequirement::Owner(declared) => {
                let owner = with.get("owner").unwrap_or(declared).split_once(':');
                let owner = owner.map(|(user, group)| Self::Owner { user, group });
                (owner, "owner", "a user and a group such as root:root")
            }
        };
        if asked.is_none() {
            let why = format!("the parameter {parameter} of the benchmark is not {form}");
            judge.error("node", why);
        }
        asked
    }

    fn judge(
        &self,
        path: &str,
        file: &File,
        secret: bool,
        node: &NodeView<'_>,
        judge: &mut Judge<'_, '_>,
    ) {
        match self {
            Self::Mode(allowed) => judge_mode(path, file, *allowed, secret, node, judge),
            Self::Owner { user, group } => judge_owner(path, file, user, group, judge),
        }
    }
}

fn octal(text: &str) -> Option<u32> {
    u32::from_str_radix(text, 8).ok().filter(|mode| *mode <= 0o7777)
}

/// Hands each file of the roles to `visit`, and takes down what could not be seen.
///
/// A file that the configuration names and a file that the distribution always has are errors
/// when they are missing: something else than we know is in use. Each path is visited once.
pub(crate) fn each(
    roles: &[FileRole],
    directories: Directories,
    node: &NodeView<'_>,
    judge: &mut Judge<'_, '_>,
    visit: &mut impl FnMut(&str, &File, &mut Judge<'_, '_>),
) {
    let mut seen = BTreeSet::new();
    let mut none = Vec::new();
    let mut any = false;
    for &role in roles {
        let found = node.files(role);
        for file in &found.files {
            any |= directories != Directories::Ignored || !is_directory(node, &file.path);
            visit_one(file, directories, node, judge, &mut seen, visit);
        }
        for why in &found.unknown {
            any = true;
            judge.error("files", format!("which files these are is not known: {why}"));
        }
        match hidden(role, node).filter(|_| found.none_because.is_some()) {
            Some(why) => {
                any = true;
                judge.error("files", format!("whether there are such files is not known: {why}"));
            }
            None => none.extend(found.none_because),
        }
    }
    if !any && !none.is_empty() {
        none.dedup();
        judge.not_applicable("files", none.join("; "));
    }
}

/// Why files of a role may be there although none was found: units are found by their name in
/// systemd's directories, and manifests among the static pods, so that one which could not be
/// looked at is like none at all.
pub(crate) fn hidden(role: FileRole, node: &NodeView<'_>) -> Option<String> {
    let is_unit = |path: &str| {
        path.ends_with("/kubelet.service")
            || path.contains("/kubelet.service.d")
            || path.ends_with("/systemd/system")
    };
    let directories = match role {
        FileRole::KubeletUnit => Vec::new(),
        FileRole::StaticPodManifest(_) => node.files(FileRole::StaticPodDirectory).files,
        _ => return None,
    };
    let is_manifest =
        |path: &str| directories.iter().any(|it| path == it.path || below(path, &it.path));
    let mut gaps = node.node.gaps.iter();
    let gap = gaps.find(|gap| match (gap.subject.path(), role) {
        (Some(path), FileRole::KubeletUnit) => is_unit(path),
        (Some(path), _) => is_manifest(path),
        (None, _) => false,
    });
    gap.map(ToString::to_string)
}

fn is_directory(node: &NodeView<'_>, path: &str) -> bool {
    let file = node.node.files.get(path).and_then(Lookup::file);
    file.is_some_and(|file| file.kind == FileKind::Directory)
}

fn visit_one(
    role_file: &RoleFile,
    directories: Directories,
    node: &NodeView<'_>,
    judge: &mut Judge<'_, '_>,
    seen: &mut BTreeSet<String>,
    visit: &mut impl FnMut(&str, &File, &mut Judge<'_, '_>),
) {
    let path = role_file.path.as_str();
    let file = match node.lookup(path) {
        Err(why) => {
            judge.error(path, why);
            return;
        }
        Ok(Lookup::Absent) => return absent(role_file, judge),
        Ok(Lookup::Present(file)) => file,
    };
    let directory = file.kind == FileKind::Directory;
    let itself = !directory || matches!(directories, Directories::Themselves | Directories::Whole);
    if itself && seen.insert(path.to_owned()) {
        visit(path, file, judge);
    }
    if directory && matches!(directories, Directories::Contents | Directories::Whole) {
        visit_below(path, directories, node, judge, seen, visit);
    }
}

/// Visits what is below a directory.
fn visit_below(
    directory: &str,
    directories: Directories,
    node: &NodeView<'_>,
    judge: &mut Judge<'_, '_>,
    seen: &mut BTreeSet<String>,
    visit: &mut impl FnMut(&str, &File, &mut Judge<'_, '_>),
) {
    let mut known = node.node.directories.contains_key(directory);
    for gap in &node.node.gaps {
        let hidden = gap.subject.path().filter(|path| *path == directory || below(path, directory));
        if let Some(path) = hidden {
            known = true;
            if seen.insert(path.to_owned()) {
                judge.error(path, gap.to_string());
            }
        }
    }
    let mut files = false;
    for (path, lookup) in &node.node.files {
        let Some(file) = lookup.file().filter(|_| below(path, directory)) else { continue };
        known = true;
        if file.kind == FileKind::Directory && directories == Directories::Contents {
            continue;
        }
        files = true;
        if seen.insert(path.clone()) {
            visit(path, file, judge);
        }
    }
    if !known {
        judge.error(directory, format!("what is in {directory} was not collected"));
    } else if !files && directories == Directories::Contents && !seen.contains(directory) {
        judge.not_applicable(directory, format!("{directory} has no files"));
    }
}

/// Whether a path is below a directory.
pub(crate) fn below(path: &str, directory: &str) -> bool {
    path.strip_prefix(directory.trim_end_matches('/')).is_some_and(|rest| rest.starts_with('/'))
}

fn absent(role_file: &RoleFile, judge: &mut Judge<'_, '_>) {
    let path = role_file.path.as_str();
    match &role_file.found_by {
        FoundBy::Configuration(location) => {
            let why = format!("{path} is configured, and nothing is there");
            judge.error(path, why).evidence(format!("names {path}"), location.clone());
        }
        FoundBy::Layout { why_optional: Some(why), .. } => {
            judge.not_applicable(path, format!("{path} does not exist: {why}"));
        }
        FoundBy::Layout { distribution, why_optional: None } => {
            let why = format!(
                "{path} is expected by {distribution} and does not exist; if it was moved, name \
                 its place with the component's flag"
            );
            judge.error(path, why);
        }
    }
}

fn judge_mode(
    path: &str,
    file: &File,
    allowed: u32,
    secret: bool,
    node: &NodeView<'_>,
    judge: &mut Judge<'_, '_>,
) {
    // A directory's setgid and sticky bits give nobody anything; a file's have no business here.
    let counted = if file.kind == FileKind::Directory { 0o777 } else { 0o7777 };
    let excess = file.mode & counted & !allowed;
    let exposure = node.exposure(path).ok();
    let entry = if excess == 0 {
        judge.pass(path, format!("mode {:04o}", file.mode))
    } else {
        let mut message = format!("mode {:04o} is more than {allowed:04o}", file.mode);
        if let Some(exposure) = &exposure
            && excess & 0o666 != 0
            && exposure.effective & !allowed == 0
            && let Some(limit) = exposure.limited_by.first()
        {
            message += &format!(", though nobody gets far enough to use it: {limit}");
        }
        let mode = file.mode & allowed;
        let entry = judge.fail(path, message);
        // Who only reads what is no secret gains little; the benchmark's letter is not met all the same.
        let entry =
            if excess & 0o7022 == 0 && !secret { entry.at_most(Severity::Low) } else { entry };
        entry.action(Action::RestrictMode { path: real(path, file), mode })
    };
    let entry = entry
        .expected(format!("{allowed:04o} or stricter"))
        .evidence(state(file), Location::file(path));
    let exposure = exposure.iter();
    let limits = exposure.clone().flat_map(|exposure| &exposure.limited_by);
    let entry = limits
        .fold(entry, |entry, limit| entry.evidence(limit.to_string(), Location::file(&limit.path)));
    exposure.flat_map(|exposure| &exposure.widened_by).fold(entry, |entry, widening| {
        entry.evidence(widening.to_string(), Location::file(&widening.ancestor.path))
    });
}

fn judge_owner(path: &str, file: &File, user: &str, group: &str, judge: &mut Judge<'_, '_>) {
    let owner = owner(file);
    let entry = if is_owned_by(file, user, group) {
        judge.pass(path, format!("owned by {owner}"))
    } else {
        let action = Action::SetOwner {
            path: real(path, file),
            owner: user.to_owned(),
            group: group.to_owned(),
        };
        judge.fail(path, format!("owned by {owner}")).action(action)
    };
    entry.expected(format!("owned by {user}:{group}")).evidence(state(file), Location::file(path));
}

/// Whether a file belongs to that user and that group.
pub(crate) fn is_owned_by(file: &File, user: &str, group: &str) -> bool {
    is(user, file.owner.as_deref(), file.uid) && is(group, file.group.as_deref(), file.gid)
}

/// Whether an account is the one expected, by its name on the host; root is whoever has id 0.
fn is(expected: &str, name: Option<&str>, id: u32) -> bool {
    match expected {
        "root" => id == 0,
        _ => name == Some(expected) || expected.parse() == Ok(id),
    }
}

/// Mode and owner in one clause.
pub(crate) fn state(file: &File) -> String {
    format!("mode {:04o}, owned by {}", file.mode, owner(file))
}

/// User and group of a file, by name where the host has one.
pub(crate) fn owner(file: &File) -> String {
    let name = |name: &Option<String>, id: u32| name.clone().unwrap_or_else(|| id.to_string());
    format!("{}:{}", name(&file.owner, file.uid), name(&file.group, file.gid))
}

/// Where a file really stands, and so where it is changed.
pub(crate) fn real(path: &str, file: &File) -> String {
    file.resolved.clone().unwrap_or_else(|| path.to_owned())
}

#[cfg(test)]
mod tests {
    use merlon_model::{Action, Finding, Outcome};
    use merlon_views::{NodeView, Told};
    use proptest::prelude::*;

    use crate::{Parameters, evaluate, example, find};

    fn findings(control: &str, node: &str, with: &[(&str, &str)]) -> Vec<Finding> {
        let node = example::node(node);
        let view = NodeView::new(&node, example::NOW, &Told::default());
        let with = with.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let control = find(control).expect("it is declared");
        evaluate(control, &view, &Parameters(with.collect()))
    }

    const RUN: &str = "run kubelet@1.31 --kubeconfig=/k/k.conf\n";

    #[test]
    fn benchmarks_have_their_own_modes_and_owners() {
        let check = |control: &str, node: &str, with: (&str, &str), expected: Outcome| {
            let found = findings(control, &format!("{RUN}{node}"), &[with]);
            let outcomes: Vec<Outcome> = found.iter().map(|finding| finding.outcome).collect();
            assert_eq!(outcomes, [expected], "{control} {node} {with:?}: {found:#?}");
        };
        let mode = "kubelet-kubeconfig-mode";
        let owner = "kubelet-kubeconfig-owner";
        check(mode, "file /k/k.conf 0644 root:root", ("mode", "644"), Outcome::Pass);
        check(mode, "file /k/k.conf 0640 root:root", ("mode", "0644"), Outcome::Pass);
        check(mode, "file /k/k.conf 0644 root:root", ("mode", "600"), Outcome::Fail);
        check(mode, "file /k/k.conf 0644 root:root", ("mode", "rw"), Outcome::Error);
        check(mode, "file /k/k.conf 0644 root:root", ("mode", "99999"), Outcome::Error);
        check(owner, "file /k/k.conf 0600 kube:kube", ("owner", "kube:kube"), Outcome::Pass);
        check(owner, "file /k/k.conf 0600 kube:kube", ("owner", "1000:1000"), Outcome::Pass);
        check(owner, "file /k/k.conf 0600 root:root", ("owner", "kube:kube"), Outcome::Fail);
        check(owner, "file /k/k.conf 0600 root:root", ("owner", "root"), Outcome::Error);
    }

    #[test]
    fn findings_tell_of_directories_and_mend_where_the_file_stands() {
        let node = "dir /k 0700 root:root\nfile /k/k.conf 0644 root:root\nlink /k/k.conf /srv/k.conf\n\
                    dir /srv 0755 root:root\nfile /srv/k.conf 0644 root:root";
        let found = findings("kubelet-kubeconfig-mode", &format!("{RUN}{node}"), &[]);
        let [finding] = found.as_slice() else { panic!("{found:#?}") };
        assert_eq!(
            finding.message,
            "mode 0644 is more than 0600, though nobody gets far enough to use it: \
             /k is 700 root:root"
        );
        let mend = Action::RestrictMode { path: "/srv/k.conf".to_owned(), mode: 0o600 };
        assert_eq!(finding.actions, [mend]);
    }

    proptest! {
        #[test]
        fn no_bit_is_allowed_but_those_asked(mode in 0u32..0o10000, allowed in 0u32..0o10000) {
            let node = format!("{RUN}file /k/k.conf {mode:o} root:root");
            let asked = format!("{allowed:o}");
            let found = findings("kubelet-kubeconfig-mode", &node, &[("mode", &asked)]);
            prop_assert_eq!(found.len(), 1);
            let stricter = mode & !allowed == 0;
            prop_assert_eq!(found[0].outcome == Outcome::Pass, stricter);
            prop_assert_eq!(found[0].actions.is_empty(), stricter);
            for action in &found[0].actions {
                let mended = Action::RestrictMode {
                    path: "/k/k.conf".to_owned(),
                    mode: mode & allowed,
                };
                prop_assert_eq!(action, &mended);
            }
        }
    }
}

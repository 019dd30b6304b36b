//! The words of a violation, as upstream puts them.

use std::collections::BTreeSet;

use crate::check::Check;
use crate::flaw::{Flaw, What};
use crate::quote::{join_quoted, pluralize};

/// Gives reason and detail for the flaws of one check, of which there is at least one.
///
/// The flaws stand in the order in which they were found: pod, then containers.
pub(crate) fn describe(check: Check, flaws: &[Flaw<'_>]) -> (&'static str, String) {
    match check {
        Check::AppArmorProfile => app_armor(flaws),
        Check::CapabilitiesBaseline => ("non-default capabilities", added_capabilities(flaws)),
        Check::HostNamespaces => ("host namespaces", values_in_order(flaws).join(", ")),
        Check::HostPathVolumes => ("hostPath volumes", volumes(&values_in_order(flaws))),
        Check::HostPorts => ("hostPort", host_ports(flaws)),
        Check::HostProbesAndHostLifecycle => ("probe or lifecycle host", hosts(flaws)),
        Check::Privileged => (
            "privileged",
            format!("{} must not set securityContext.privileged=true", containers(flaws)),
        ),
        Check::ProcMount | Check::ProcMountRestricted => ("procMount", proc_mount(flaws)),
        Check::SeLinuxOptions => ("seLinuxOptions", se_linux_options(flaws)),
        Check::SeccompProfileBaseline => ("seccompProfile", seccomp_baseline(flaws)),
        Check::Sysctls => ("forbidden sysctls", values_in_order(flaws).join(", ")),
        Check::WindowsHostProcess => ("hostProcess", host_process(flaws)),
        Check::AllowPrivilegeEscalation => (
            "allowPrivilegeEscalation != false",
            format!(
                "{} must set securityContext.allowPrivilegeEscalation=false",
                containers(flaws)
            ),
        ),
        Check::CapabilitiesRestricted => {
            ("unrestricted capabilities", capabilities_restricted(flaws))
        }
        Check::RestrictedVolumes => ("restricted volume types", restricted_volumes(flaws)),
        Check::RunAsNonRoot => ("runAsNonRoot != true", run_as_non_root(flaws)),
        Check::RunAsUser => {
            ("runAsUser=0", format!("{} must not set runAsUser=0", setters(flaws).join(" and ")))
        }
        Check::SeccompProfileRestricted => ("seccompProfile", seccomp_restricted(flaws)),
    }
}

fn app_armor(flaws: &[Flaw<'_>]) -> (&'static str, String) {
    let mut setters = setters(flaws);
    let mut bad = values(flaws);
    let annotations = annotations(flaws);
    if !annotations.is_empty() {
        setters.push(pluralize("annotation", "annotations", annotations.len()).to_owned());
        bad.extend(annotations);
    }
    let reason = pluralize("forbidden AppArmor profile", "forbidden AppArmor profiles", bad.len());
    let setters = setters.join(" and ");
    (reason, format!("{setters} must not set AppArmor profile type to {}", join_quoted(bad)))
}

fn added_capabilities<'f, 'a: 'f>(flaws: impl IntoIterator<Item = &'f Flaw<'a>>) -> String {
    let flaws: Vec<&Flaw<'_>> = flaws.into_iter().collect();
    format!(
        "{} must not include {} in securityContext.capabilities.add",
        containers(flaws.iter().copied()),
        join_quoted(values(flaws.iter().copied())),
    )
}

fn capabilities_restricted(flaws: &[Flaw<'_>]) -> String {
    let (missing, added): (Vec<&Flaw<'_>>, Vec<&Flaw<'_>>) =
        flaws.iter().partition(|flaw| matches!(flaw.what, What::Unset));
    let mut details = Vec::new();
    if !missing.is_empty() {
        let containers = containers(missing);
        details.push(format!("{containers} must set securityContext.capabilities.drop=[\"ALL\"]"));
    }
    if !added.is_empty() {
        details.push(added_capabilities(added));
    }
    details.join("; ")
}

fn host_ports(flaws: &[Flaw<'_>]) -> String {
    let names = names(flaws);
    let ports = values(flaws);
    format!(
        "{} {} {} {}",
        counted_containers(&names),
        pluralize("uses", "use", names.len()),
        pluralize("hostPort", "hostPorts", ports.len()),
        ports.join(", "),
    )
}

fn hosts(flaws: &[Flaw<'_>]) -> String {
    // The one check that sorts the containers.
    let mut names = names(flaws);
    names.sort_unstable();
    names.dedup();
    let hosts = values(flaws);
    format!(
        "{} {} {} {}",
        counted_containers(&names),
        pluralize("uses", "use", names.len()),
        pluralize("probe or lifecycle host", "probe or lifecycle hosts", hosts.len()),
        join_quoted(hosts),
    )
}

fn proc_mount(flaws: &[Flaw<'_>]) -> String {
    let values = join_quoted(values(flaws));
    format!("{} must not set securityContext.procMount to {values}", containers(flaws))
}

fn se_linux_options(flaws: &[Flaw<'_>]) -> String {
    let types = values(flaws);
    let mut bad = Vec::new();
    if !types.is_empty() {
        let word = pluralize("type", "types", types.len());
        bad.push(format!("{word} {}", join_quoted(types)));
    }
    if flaws.iter().any(|flaw| matches!(flaw.what, What::User)) {
        bad.push("user may not be set".to_owned());
    }
    if flaws.iter().any(|flaw| matches!(flaw.what, What::Role)) {
        bad.push("role may not be set".to_owned());
    }
    let setters = setters(flaws).join(" and ");
    format!("{setters} set forbidden securityContext.seLinuxOptions: {}", bad.join("; "))
}

fn seccomp_baseline(flaws: &[Flaw<'_>]) -> String {
    let annotations = annotations(flaws);
    if annotations.is_empty() {
        return seccomp_values(flaws);
    }
    let word = pluralize("annotation", "annotations", annotations.len());
    format!("forbidden {word} {}", annotations.join(", "))
}

fn seccomp_restricted(flaws: &[Flaw<'_>]) -> String {
    if !values(flaws).is_empty() {
        return seccomp_values(flaws);
    }
    let containers = containers(flaws);
    format!(
        "pod or {containers} must set securityContext.seccompProfile.type to \"RuntimeDefault\" or \"Localhost\""
    )
}

fn seccomp_values(flaws: &[Flaw<'_>]) -> String {
    let (setters, values) = (setters(flaws).join(" and "), join_quoted(values(flaws)));
    format!("{setters} must not set securityContext.seccompProfile.type to {values}")
}

fn host_process(flaws: &[Flaw<'_>]) -> String {
    let setters = setters(flaws).join(" and ");
    format!("{setters} must not set securityContext.windowsOptions.hostProcess=true")
}

fn run_as_non_root(flaws: &[Flaw<'_>]) -> String {
    let setters = setters(flaws);
    if setters.is_empty() {
        return format!("pod or {} must set securityContext.runAsNonRoot=true", containers(flaws));
    }
    format!("{} must not set securityContext.runAsNonRoot=false", setters.join(" and "))
}

fn restricted_volumes(flaws: &[Flaw<'_>]) -> String {
    let mut names = Vec::new();
    let mut sources = BTreeSet::new();
    for flaw in flaws {
        if let What::Volume { name, source } = flaw.what {
            names.push(name);
            sources.insert(source);
        }
    }
    format!(
        "{} {} {} {}",
        volumes(&names),
        pluralize("uses", "use", names.len()),
        pluralize("restricted volume type", "restricted volume types", sources.len()),
        join_quoted(sources),
    )
}

fn volumes(names: &[&str]) -> String {
    let word = pluralize("volume", "volumes", names.len());
    format!("{word} {}", join_quoted(names.iter().copied()))
}

/// Gives who set something that may not be set: `pod`, `containers "a", "b"`, or both.
fn setters(flaws: &[Flaw<'_>]) -> Vec<String> {
    let set =
        || flaws.iter().filter(|flaw| !matches!(flaw.what, What::Unset | What::Annotation(_)));
    let mut setters = Vec::new();
    if set().any(|flaw| flaw.offence.container.is_none()) {
        setters.push("pod".to_owned());
    }
    let names = names(set());
    if !names.is_empty() {
        setters.push(counted_containers(&names));
    }
    setters
}

/// Gives `container "a"` or `containers "a", "b"`.
fn containers<'f, 'a: 'f>(flaws: impl IntoIterator<Item = &'f Flaw<'a>>) -> String {
    counted_containers(&names(flaws))
}

fn counted_containers(names: &[&str]) -> String {
    let word = pluralize("container", "containers", names.len());
    format!("{word} {}", join_quoted(names.iter().copied()))
}

/// Gives the name of each container once, in the order of the pod.
fn names<'f, 'a: 'f>(flaws: impl IntoIterator<Item = &'f Flaw<'a>>) -> Vec<&'f str> {
    let mut containers: Vec<_> =
        flaws.into_iter().filter_map(|flaw| flaw.offence.container).collect();
    containers.dedup_by(|next, last| next.is(last));
    containers.into_iter().map(|container| container.name).collect()
}

/// Gives each value that is not allowed once, sorted.
fn values<'f, 'a: 'f>(flaws: impl IntoIterator<Item = &'f Flaw<'a>>) -> Vec<&'f str> {
    let values: BTreeSet<&str> = flaws.into_iter().filter_map(value).collect();
    values.into_iter().collect()
}

fn values_in_order<'f>(flaws: &'f [Flaw<'_>]) -> Vec<&'f str> {
    flaws.iter().filter_map(value).collect()
}

fn value<'f>(flaw: &'f Flaw<'_>) -> Option<&'f str> {
    match &flaw.what {
        What::Value(value) => Some(value),
        _ => None,
    }
}

/// Gives each annotation once, sorted.
fn annotations<'f>(flaws: &'f [Flaw<'_>]) -> Vec<&'f str> {
    let annotations: BTreeSet<&str> = flaws
        .iter()
        .filter_map(|flaw| match &flaw.what {
            What::Annotation(written) => Some(&**written),
            _ => None,
        })
        .collect();
    annotations.into_iter().collect()
}

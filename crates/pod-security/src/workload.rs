//! The kinds that admission looks at, and where their pods are.

use merlon_yaml::{Node, Value};

/// A kind that holds a pod or makes pods from a template.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "the names are those of the kinds")]
pub enum Workload {
    Pod,
    ReplicationController,
    PodTemplate,
    ReplicaSet,
    Deployment,
    StatefulSet,
    DaemonSet,
    Job,
    CronJob,
}

/// What admission does with a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Treatment {
    /// Nothing.
    Ignored,
    /// It audits and warns, and lets the object in.
    Reported,
    /// It refuses violations, audits and warns.
    Enforced,
}

struct Row {
    workload: Workload,
    group: &'static str,
    kind: &'static str,
    resource: &'static str,
    /// The way to what holds the pod's metadata and spec.
    pod: &'static [&'static str],
}

const fn row(
    workload: Workload,
    group: &'static str,
    kind: &'static str,
    resource: &'static str,
    pod: &'static [&'static str],
) -> Row {
    Row { workload, group, kind, resource, pod }
}

/// `defaultPodSpecResources` of `admission/admission.go`, in the order of [`Workload`].
static TABLE: [Row; 9] = [
    row(Workload::Pod, "", "Pod", "pods", &[]),
    row(
        Workload::ReplicationController,
        "",
        "ReplicationController",
        "replicationcontrollers",
        &["spec", "template"],
    ),
    row(Workload::PodTemplate, "", "PodTemplate", "podtemplates", &["template"]),
    row(Workload::ReplicaSet, "apps", "ReplicaSet", "replicasets", &["spec", "template"]),
    row(Workload::Deployment, "apps", "Deployment", "deployments", &["spec", "template"]),
    row(Workload::StatefulSet, "apps", "StatefulSet", "statefulsets", &["spec", "template"]),
    row(Workload::DaemonSet, "apps", "DaemonSet", "daemonsets", &["spec", "template"]),
    row(Workload::Job, "batch", "Job", "jobs", &["spec", "template"]),
    row(
        Workload::CronJob,
        "batch",
        "CronJob",
        "cronjobs",
        &["spec", "jobTemplate", "spec", "template"],
    ),
];

/// Subresources of pods that admission ignores; a new one it would look at.
const IGNORED: [&str; 8] =
    ["attach", "binding", "eviction", "exec", "log", "portforward", "proxy", "status"];

impl Workload {
    /// Every kind.
    pub fn all() -> impl Iterator<Item = Workload> {
        TABLE.iter().map(|row| row.workload)
    }

    /// Gives the workload of a group (empty for the core one) and kind, whatever the version.
    #[must_use]
    pub fn of_kind(group: &str, kind: &str) -> Option<Workload> {
        let row = TABLE.iter().find(|row| (row.group, row.kind) == (group, kind))?;
        Some(row.workload)
    }

    /// Gives the workload of a group (empty for the core one) and resource, whatever the version.
    #[must_use]
    pub fn of_resource(group: &str, resource: &str) -> Option<Workload> {
        let row = TABLE.iter().find(|row| (row.group, row.resource) == (group, resource))?;
        Some(row.workload)
    }

    /// Gives what admission does with creating or updating one; `subresource` is empty for the object
    /// itself.
    #[must_use]
    pub fn treatment(self, subresource: &str) -> Treatment {
        match self {
            Workload::Pod if IGNORED.contains(&subresource) => Treatment::Ignored,
            Workload::Pod => Treatment::Enforced,
            _ if subresource.is_empty() => Treatment::Reported,
            _ => Treatment::Ignored,
        }
    }

    /// Gives metadata and spec of the pod that an object is or makes; `None` where it has no spec,
    /// which admission finds nothing wrong with.
    ///
    /// Where something on the way is no mapping, that is given for the spec, so that evaluation
    /// finds it malformed.
    #[must_use]
    pub fn pod(self, object: &Node) -> Option<(Option<&Node>, &Node)> {
        let mut holder = object;
        for key in TABLE[self as usize].pod {
            if !matches!(holder.value, Value::Mapping(_)) {
                break;
            }
            holder = holder.get(key)?;
        }
        match &holder.value {
            Value::Null => None,
            Value::Mapping(mapping) => {
                let spec = mapping.get("spec").filter(|spec| !spec.is_null())?;
                Some((mapping.get("metadata"), spec))
            }
            _ => Some((None, holder)),
        }
    }
}

/// Whether an update of a pod changes what admission looks at: the number of containers, an image,
/// or an ephemeral container. Both are specs.
///
/// (`isSignificantPodUpdate`: whatever else the checks read cannot be changed.)
#[must_use]
pub fn is_significant_update(new: &Node, old: &Node) -> bool {
    let changed = |field: &str| {
        let (new, old) = (items(new, field), items(old, field));
        new.len() != old.len()
            || new.iter().zip(old).any(|(new, old)| text(new, "image") != text(old, "image"))
    };
    if changed("containers") || changed("initContainers") {
        return true;
    }
    let known = items(old, "ephemeralContainers");
    items(new, "ephemeralContainers").iter().any(|new| {
        let name = text(new, "name");
        let same = known.iter().find(|old| text(old, "name") == name);
        same.is_none_or(|old| text(new, "image") != text(old, "image"))
    })
}

fn items<'a>(spec: &'a Node, field: &str) -> &'a [Node] {
    spec.get(field).and_then(Node::as_sequence).unwrap_or_default()
}

fn text<'a>(container: &'a Node, field: &str) -> &'a str {
    container.get(field).and_then(Node::as_str).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use merlon_yaml::{Limits, parse};

    use super::*;

    fn tree(text: &str) -> Node {
        parse(text, &Limits::default()).documents.remove(0).root
    }

    #[test]
    fn only_pods_are_refused_and_only_some_requests_looked_at() {
        let check = |group: &str, resource: &str, subresource: &str, expected: Treatment| {
            let workload = Workload::of_resource(group, resource);
            let found = workload.map_or(Treatment::Ignored, |it| it.treatment(subresource));
            assert_eq!(found, expected, "{group} {resource} {subresource}");
        };
        check("", "pods", "", Treatment::Enforced);
        check("", "pods", "ephemeralcontainers", Treatment::Enforced);
        check("", "pods", "resize", Treatment::Enforced);
        for subresource in IGNORED {
            check("", "pods", subresource, Treatment::Ignored);
        }
        check("apps", "deployments", "", Treatment::Reported);
        check("apps", "deployments", "scale", Treatment::Ignored);
        check("apps", "pods", "", Treatment::Ignored);
        check("", "services", "", Treatment::Ignored);
        assert!(TABLE.iter().enumerate().all(|(index, row)| row.workload as usize == index));
        assert_eq!(Workload::of_kind("batch", "CronJob"), Some(Workload::CronJob));
        assert_eq!(Workload::of_kind("batch", "Pod"), None);
    }

    #[test]
    fn the_pod_of_an_object_is_found() {
        let check = |workload: Workload, object: &str, expected: Option<(bool, &str)>| {
            let object = tree(object);
            let found = workload.pod(&object);
            let found = found.map(|(metadata, spec)| {
                (metadata.is_some(), merlon_yaml::to_json(spec).to_string())
            });
            let expected = expected.map(|(metadata, spec)| (metadata, spec.to_owned()));
            assert_eq!(found, expected);
        };
        check(Workload::Pod, "{metadata: {}, spec: {a: 1}}", Some((true, r#"{"a":1}"#)));
        check(Workload::Pod, "{metadata: {}}", None);
        check(Workload::Pod, "{spec: ~}", None);
        check(Workload::PodTemplate, "template: {spec: {a: 1}}", Some((false, r#"{"a":1}"#)));
        check(Workload::ReplicationController, "spec: {template: ~}", None);
        check(Workload::Deployment, "spec: {replicas: 1}", None);
        let cron_job = "spec: {jobTemplate: {spec: {template: {spec: {a: 1}}}}}";
        check(Workload::CronJob, cron_job, Some((false, r#"{"a":1}"#)));
        // Found malformed by evaluation, not passed over.
        check(Workload::Deployment, "spec: {template: text}", Some((false, "\"text\"")));
        check(Workload::CronJob, "spec: [1]", Some((false, "[1]")));
    }

    #[test]
    fn updates_count_when_images_or_containers_change() {
        let check = |old: &str, new: &str, expected: bool| {
            assert_eq!(is_significant_update(&tree(new), &tree(old)), expected, "{old} {new}");
        };
        check("{}", "{}", false);
        check("{hostPID: true}", "{hostPID: false}", false);
        check("containers: [{image: a}]", "containers: [{image: a, name: b}]", false);
        check("containers: [{image: a}]", "containers: [{image: b}]", true);
        check("containers: [{image: a}]", "containers: [{image: a}, {image: a}]", true);
        check("initContainers: [{image: a}]", "initContainers: [{image: b}]", true);
        check("initContainers: [{image: a}]", "initContainers: []", true);
        let ephemeral = "ephemeralContainers: [{name: a, image: a}, {name: b, image: b}]";
        check(ephemeral, "ephemeralContainers: [{name: b, image: b}]", false);
        check(ephemeral, "ephemeralContainers: [{name: b, image: a}]", true);
        check(ephemeral, "ephemeralContainers: [{name: c, image: a}]", true);
    }
}

use merlon_model::Kind;
use merlon_yaml::Node;

/// A pod's metadata and specification, as they stand in an object.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Template<'a> {
    pub(crate) metadata: Option<&'a Node>,
    pub(crate) spec: &'a Node,
}

/// Where objects of a kind carry a pod's metadata and `spec`: the keys to what holds both.
fn holder(kind: Kind) -> Option<&'static [&'static str]> {
    Some(match kind {
        Kind::Pod => &[],
        Kind::PodTemplate => &["template"],
        Kind::Deployment
        | Kind::StatefulSet
        | Kind::DaemonSet
        | Kind::ReplicaSet
        | Kind::ReplicationController
        | Kind::Job
        | Kind::Rollout
        | Kind::DeploymentConfig
        | Kind::CloneSet
        | Kind::KnativeService => &["spec", "template"],
        Kind::CronJob => &["spec", "jobTemplate", "spec", "template"],
        Kind::SandboxTemplate | Kind::Sandbox => &["spec", "podTemplate"],
        _ => return None,
    })
}

/// Whether objects of the kind carry a pod.
#[must_use]
pub fn has_pod_template(kind: Kind) -> bool {
    holder(kind).is_some()
}

/// The pod that an object carries. `None` where its `spec` is not written, or is no mapping.
pub(crate) fn template(kind: Kind, root: &Node) -> Option<Template<'_>> {
    let holder = root.path(holder(kind)?)?;
    let spec = holder.get("spec").filter(|spec| spec.as_mapping().is_some())?;
    Some(Template { metadata: holder.get("metadata"), spec })
}

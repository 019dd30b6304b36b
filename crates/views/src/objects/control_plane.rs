use merlon_model::{Component, Kind, Version};
use merlon_snapshot::{Cause, Gap, Inventory, Node, Object, Process, Subject};
use merlon_yaml::Node as Tree;

/// The annotation that the kubelet puts on the copy of a static pod that it shows to the API.
const MIRROR: &str = "kubernetes.io/config.mirror";

/// Nodes of the control plane as far as the API shows them: the arguments of components that run as
/// static pods, which kubelets mirror.
///
/// Files, sockets and processes of such a node are not seen; a gap says so. A process has the place
/// of its pod in [`Inventory::objects`] for its id, so that evidence can name the pod.
#[must_use]
pub fn control_plane_nodes(inventory: &Inventory) -> Vec<Node> {
    let mut nodes: Vec<Node> = Vec::new();
    for (place, object) in inventory.objects.iter().enumerate() {
        let Some((name, processes)) = mirrored(object, place) else { continue };
        let known = nodes.iter().position(|node| node.name == name).unwrap_or_else(|| {
            nodes.push(empty(name));
            nodes.len() - 1
        });
        nodes[known].processes.extend(processes);
    }
    nodes.retain(|node| node.processes.iter().any(|process| process.component.is_some()));
    nodes.sort_by(|a, b| a.name.cmp(&b.name));
    nodes
}

fn empty(name: &str) -> Node {
    let mut node = Node { name: name.to_owned(), ..Node::default() };
    node.gaps.push(Gap {
        subject: Subject::Processes,
        cause: Cause::Unsupported,
        detail: "the API shows only what runs as a static pod".to_owned(),
    });
    node
}

/// The node a mirror pod runs on, and the components in it.
fn mirrored(object: &Object, place: usize) -> Option<(&str, Vec<Process>)> {
    // Hardly any object has the annotation, and finding out the kind of all others takes its time.
    object.root.path(&["metadata", "annotations", MIRROR])?;
    if object.kind() != Some(Kind::Pod) {
        return None;
    }
    let spec = object.root.get("spec")?;
    let node = spec.get("nodeName")?.as_str()?;
    let containers = spec.get("containers")?.as_sequence()?;
    let pid = u32::try_from(place).ok()?;
    let processes: Vec<Process> = containers.iter().filter_map(|it| process(it, pid)).collect();
    Some((node, processes))
}

fn process(container: &Tree, pid: u32) -> Option<Process> {
    let mut argv = texts(container.get("command"));
    argv.extend(texts(container.get("args")));
    let name = argv.first()?.rsplit('/').next()?.to_owned();
    let component = Component::from_name(&name)?;
    let image = container.get("image").and_then(Tree::as_str).unwrap_or_default();
    Some(Process {
        pid,
        parent: 1,
        name,
        component: Some(component),
        executable: None,
        argv,
        uid: None,
        cgroup: None,
        environment: Default::default(),
        own_mounts: None,
        build_version: tag(image).and_then(Version::parse),
    })
}

/// `v1.37.1` of `registry.k8s.io/kube-apiserver:v1.37.1@sha256:…`.
fn tag(image: &str) -> Option<&str> {
    let image = image.split('@').next()?;
    let (_, tag) = image.rsplit('/').next()?.split_once(':')?;
    // etcd's images carry a build number: 3.5.16-0.
    Some(tag.split('-').next().unwrap_or(tag))
}

fn texts(list: Option<&Tree>) -> Vec<String> {
    let items = list.and_then(Tree::as_sequence).unwrap_or_default();
    items.iter().filter_map(|item| item.as_str().map(str::to_owned)).collect()
}

#[cfg(test)]
mod tests {
    use super::super::example::inventory;
    use super::{control_plane_nodes, tag};
    use merlon_model::Version;

    #[test]
    fn mirror_pods_show_the_arguments_of_their_components() {
        let nodes = control_plane_nodes(&inventory(
            "\
apiVersion: v1
kind: Pod
metadata: {name: api-cp1, namespace: kube-system, annotations: {kubernetes.io/config.mirror: x}}
spec:
  nodeName: cp1
  containers:
  - name: a
    image: registry.k8s.io/kube-apiserver:v1.37.1
    command: [kube-apiserver, --profiling=false]
    args: [--anonymous-auth=false]
---
apiVersion: v1
kind: Pod
metadata: {name: fake, namespace: kube-system}
spec: {nodeName: cp2, containers: [{name: a, command: [kube-apiserver]}]}
---
apiVersion: v1
kind: Pod
metadata: {name: log, namespace: kube-system, annotations: {kubernetes.io/config.mirror: x}}
spec: {nodeName: cp3, containers: [{name: a, command: [fluentd]}]}
",
        ));
        assert_eq!(nodes.len(), 1);
        assert_eq!(nodes[0].name, "cp1");
        let process = &nodes[0].processes[0];
        assert_eq!(process.argv, ["kube-apiserver", "--profiling=false", "--anonymous-auth=false"]);
        assert_eq!(process.build_version, Version::parse("1.37.1"));
    }

    #[test]
    fn tags_tell_releases() {
        let check = |image: &str, expected: Option<&str>| assert_eq!(tag(image), expected);
        check("registry.k8s.io/kube-apiserver:v1.37.1", Some("v1.37.1"));
        check("localhost:5000/etcd:3.5.16-0@sha256:ab", Some("3.5.16"));
        check("localhost:5000/etcd", None);
    }
}

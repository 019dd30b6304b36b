use std::collections::BTreeMap;

use merlon_model::{Action, EditValue, Kind, ObjectEdit, Safety};
use merlon_rbac::Grant;
use merlon_snapshot::{Object, Source};
use merlon_views::objects::{ContainerView, Place, PodView, place};
use merlon_yaml::Node;
use serde_json::{Value, json};

use crate::builder::Builder;
use crate::search::ChangeId;
use crate::world::World;

/// Something that can be changed and takes steps away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// What to change, in the imperative: `take ServiceAccount shop/cart out of ClusterRoleBinding cart`.
    pub title: String,
    /// How hard it is, from 1.
    pub weight: u32,
    /// How to do it.
    pub actions: Vec<Action>,
}

/// What tells changes apart: the object by its address, what of it is changed, and which one of these.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct ChangeKey {
    object: usize,
    topic: &'static str,
    number: u32,
}

impl ChangeKey {
    /// That of something inside of an object, which is told apart by its address.
    fn at(node: &Node, topic: &'static str) -> Self {
        Self { object: std::ptr::from_ref(node).addr(), topic, number: 0 }
    }

    pub(crate) fn of(object: &Object, topic: &'static str, number: u32) -> Self {
        Self { object: std::ptr::from_ref(object).addr(), topic, number }
    }
}

/// Gives a field of a workload's pod another value; the topic is the field's last key.
pub(crate) fn set_in_pod<'w, 'a: 'w>(
    world: &World<'w, 'a>,
    builder: &mut Builder<'w>,
    workload: &'w PodView<'a>,
    keys: &'static [&'static str],
    value: &Value,
) -> ChangeId {
    let topic = keys.last().copied().unwrap_or_default();
    builder.change(ChangeKey::of(workload.object, topic, 0), || {
        let object = workload.object;
        let title = format!("set {} to {value} in {}", keys.join("."), object.reference());
        let actions = set(world, object, workload.spec, keys, value);
        Change { title, weight: 2, actions }
    })
}

/// Gives a field of a container another value; the topic is the field's last key.
pub(crate) fn set_in_container<'w, 'a: 'w>(
    world: &World<'w, 'a>,
    builder: &mut Builder<'w>,
    workload: &'w PodView<'a>,
    (number, container): (u32, &ContainerView<'a>),
    keys: &'static [&'static str],
    value: &Value,
) -> ChangeId {
    let topic = keys.last().copied().unwrap_or_default();
    builder.change(ChangeKey::of(workload.object, topic, number + 1), || {
        let object = workload.object;
        let (field, name) = (keys.join("."), container.name);
        let title = format!("set {field} to {value} in container {name} of {}", object.reference());
        let actions = set(world, object, container.node, keys, value);
        Change { title, weight: 2, actions }
    })
}

/// Gives a field of an object another value; the topic is the field's last key.
pub(crate) fn set_in_object<'w, 'a: 'w>(
    world: &World<'w, 'a>,
    builder: &mut Builder<'w>,
    object: &'w Object,
    keys: &'static [&'static str],
    value: &Value,
) -> ChangeId {
    let topic = keys.last().copied().unwrap_or_default();
    builder.change(ChangeKey::of(object, topic, 0), || {
        let title = format!("set {} to {value} in {}", keys.join("."), object.reference());
        Change { title, weight: 2, actions: set(world, object, &object.root, keys, value) }
    })
}

/// Takes an entry of a list out of an object, such as a mount out of a container.
pub(crate) fn take_out<'w, 'a: 'w>(
    world: &World<'w, 'a>,
    builder: &mut Builder<'w>,
    (object, entry): (&Object, &Node),
    title: impl FnOnce() -> String,
) -> ChangeId {
    builder.change(ChangeKey::at(entry, "take out"), || {
        let stretch = Place::Node(entry).stretch(&object.root);
        let actions = stretch.map_or_else(Vec::new, |it| remove(world, object, &it.pointer));
        Change { title: title(), weight: 2, actions }
    })
}

/// Makes a mount of a container read-only.
pub(crate) fn make_read_only<'w, 'a: 'w>(
    world: &World<'w, 'a>,
    builder: &mut Builder<'w>,
    (object, mount): (&Object, &Node),
    title: impl FnOnce() -> String,
) -> ChangeId {
    const KEYS: &[&str] = &["readOnly"];
    builder.change(ChangeKey::at(mount, "readOnly"), || {
        let stretch = place(mount, KEYS).stretch(&object.root);
        let actions = stretch.map_or_else(Vec::new, |it| match object.source {
            // Mounts are told apart by their path, which strategic patches would need.
            Source::Api if !is_mirror(object) => {
                let patch = json!([{"op": "add", "path": it.pointer, "value": true}]);
                patched(object, "json", &patch, "make the mount read-only where the object is made")
            }
            _ => set(world, object, mount, KEYS, &true.into()),
        });
        Change { title: title(), weight: 1, actions }
    })
}

/// Takes a subject out of a binding; `None` for one that Kubernetes ships and needs.
pub(crate) fn take_from_binding<'w, 'a: 'w>(
    world: &World<'w, 'a>,
    builder: &mut Builder<'w>,
    grant: &Grant,
) -> Option<ChangeId> {
    let binding = world.binding(grant.binding)?;
    let subject = usize::try_from(grant.subject).ok()?;
    if binding.is_default && !binding.gainers.contains(&subject) {
        return None;
    }
    let object = binding.object;
    Some(builder.change(ChangeKey::of(object, "subject", grant.subject), || {
        let written = world.access.policy().binding(grant.binding);
        let who = written.subjects.get(subject).and_then(|it| written.identity(it));
        let who = who.map(|it| it.to_string()).unwrap_or_default();
        let title = format!("take {who} out of {}", object.reference());
        Change { title, weight: 1, actions: remove(world, object, &format!("/subjects/{subject}")) }
    }))
}

/// Puts a label on an object.
pub(crate) fn label<'w, 'a: 'w>(
    world: &World<'w, 'a>,
    builder: &mut Builder<'w>,
    object: &'w Object,
    key: &'static str,
    value: &'static str,
) -> ChangeId {
    builder.change(ChangeKey::of(object, key, 0), || {
        let title = format!("label {} with {key}={value}", object.reference());
        let pointer = format!("/metadata/labels/{}", key.replace('~', "~0").replace('/', "~1"));
        let actions = match object.source {
            Source::Api => {
                let command = format!("{} {key}={value} --overwrite", kubectl("label", object));
                vec![manual(&title, vec![command])]
            }
            Source::Manifest { .. } => edit(
                world,
                object,
                vec![ObjectEdit::Set { pointer, value: EditValue(json!(value)) }],
            ),
        };
        Change { title, weight: 2, actions }
    })
}

/// Puts a label on a namespace that is not written.
pub(crate) fn label_namespace<'w>(
    builder: &mut Builder<'w>,
    name: &'w str,
    key: &'static str,
    value: &'static str,
) -> ChangeId {
    let key_of = ChangeKey { object: name.as_ptr().addr(), topic: key, number: 0 };
    builder.change(key_of, || {
        let title = format!("label namespace {name} with {key}={value}");
        let command = format!("kubectl label namespace {} {key}={value} --overwrite", word(name));
        Change { weight: 2, actions: vec![manual(&title, vec![command])], title }
    })
}

/// Something that a person has to do, with commands that help.
pub(crate) fn by_hand(
    builder: &mut Builder<'_>,
    (object, topic): (&Object, &'static str),
    weight: u32,
    title: impl FnOnce() -> String,
    commands: impl FnOnce() -> Vec<String>,
) -> ChangeId {
    builder.change(ChangeKey::of(object, topic, 0), || {
        let title = title();
        let actions = vec![manual(&title, commands())];
        Change { title, weight, actions }
    })
}

/// A text as one word of a POSIX shell: names in manifests, and those of users in a cluster, may be anything.
pub(crate) fn word(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-=:,@%+".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// The beginning of a command on an object: `kubectl label namespace shop`.
pub(crate) fn kubectl(verb: &str, object: &Object) -> String {
    let reference = object.reference();
    let namespace = reference.namespace.map(|name| format!(" --namespace {}", word(&name)));
    let (kind, name) = (word(&reference.kind.to_lowercase()), word(&reference.name));
    format!("kubectl {verb}{} {kind} {name}", namespace.unwrap_or_default())
}

fn set(
    world: &World<'_, '_>,
    object: &Object,
    below: &Node,
    keys: &'static [&'static str],
    value: &Value,
) -> Vec<Action> {
    let Some(stretch) = place(below, keys).stretch(&object.root) else { return Vec::new() };
    let pointer = stretch.pointer;
    if is_mirror(object) {
        return vec![on_node(format!("set {} to {value}", stretch.field))];
    }
    match object.source {
        Source::Manifest { .. } => {
            edit(world, object, vec![ObjectEdit::Set { pointer, value: EditValue(value.clone()) }])
        }
        Source::Api => {
            let patch = strategic(&object.root, &pointer, value.clone());
            patched(object, "strategic", &patch, "change the field where the object is made")
        }
    }
}

fn remove(world: &World<'_, '_>, object: &Object, pointer: &str) -> Vec<Action> {
    if is_mirror(object) {
        return vec![on_node(format!("take {pointer} out"))];
    }
    match object.source {
        Source::Manifest { .. } => {
            edit(world, object, vec![ObjectEdit::Remove { pointer: pointer.to_owned() }])
        }
        Source::Api => {
            let before = object.root.pointer(pointer).map(merlon_yaml::to_json);
            let patch = json!([
                {"op": "test", "path": pointer, "value": before},
                {"op": "remove", "path": pointer},
            ]);
            patched(object, "json", &patch, "take the entry out where the object is made")
        }
    }
}

/// Patches a live object. Pods cannot be changed but for a few fields, so they are made anew.
fn patched(object: &Object, kind: &str, patch: &Value, instruction: &str) -> Vec<Action> {
    let patch = word(&patch.to_string());
    let (instruction, command) = if object.kind() == Some(Kind::Pod) {
        let get = kubectl("get", object);
        let patch = format!("kubectl patch --local --filename - --type={kind} --patch {patch}");
        (
            format!("{instruction}; a pod is made anew"),
            format!(
                "{get} --output json | {patch} --output json | kubectl replace --force --filename -"
            ),
        )
    } else {
        let command = format!("{} --type={kind} --patch {patch}", kubectl("patch", object));
        (format!("{instruction}; for the live object"), command)
    };
    vec![manual(&instruction, vec![command])]
}

fn is_mirror(object: &Object) -> bool {
    object.root.path(&["metadata", "annotations", "kubernetes.io/config.mirror"]).is_some()
}

fn on_node(what: String) -> Action {
    let instruction = format!(
        "{what} in the static pod's manifest on its node, in the kubelet's staticPodPath, usually /etc/kubernetes/manifests"
    );
    Action::Manual { instruction, commands: Vec::new() }
}

fn edit(world: &World<'_, '_>, object: &Object, mut edits: Vec<ObjectEdit>) -> Vec<Action> {
    let Source::Manifest { manifest, document, item } = object.source else { return Vec::new() };
    let manifest = Some(world.view.path(manifest));
    for edit in &mut edits {
        let (ObjectEdit::Set { pointer, .. } | ObjectEdit::Remove { pointer }) = edit;
        if let Some(item) = item {
            pointer.insert_str(0, &format!("/items/{item}"));
        }
    }
    let object = world.view.names(object).reference.clone();
    let (edits, guards, safety) = (edits.into(), BTreeMap::new(), Safety::NeedsReview);
    vec![Action::EditObject { object, manifest, document, edits, guards, safety }]
}

fn manual(instruction: &str, commands: Vec<String>) -> Action {
    Action::Manual { instruction: instruction.to_owned(), commands }
}

/// The value inside of all that the pointer names; items of lists are told by their name.
fn strategic(root: &Node, pointer: &str, value: Value) -> Value {
    let keys: Vec<&str> = pointer.split('/').skip(1).collect();
    let mut patch = value;
    for depth in (0..keys.len()).rev() {
        let above = format!("/{}", keys[..depth].join("/"));
        let above = if depth == 0 { Some(root) } else { root.pointer(&above) };
        patch = match above.filter(|node| node.as_sequence().is_some()) {
            Some(list) => {
                let item =
                    keys[depth].parse().ok().and_then(|at: usize| list.as_sequence()?.get(at));
                let name = item.and_then(|item| item.get("name")?.as_str());
                if let (Some(name), Value::Object(fields)) = (name, &mut patch) {
                    fields.insert("name".to_owned(), json!(name));
                }
                json!([patch])
            }
            None => json!({ keys[depth]: patch }),
        };
    }
    patch
}

#[cfg(test)]
mod tests {
    use super::word;

    #[test]
    fn what_a_shell_would_read_is_quoted() {
        let check = |text: &str, expected: &str| assert_eq!(word(text), expected);
        check("system:serviceaccount:shop:web", "system:serviceaccount:shop:web");
        check("", "''");
        check("*", "'*'");
        check("ann; reboot", "'ann; reboot'");
        check("$(reboot)", "'$(reboot)'");
        check("it's", r"'it'\''s'");
    }
}

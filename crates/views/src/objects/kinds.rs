use std::collections::HashMap;
use std::sync::OnceLock;

use merlon_model::Kind;
use merlon_snapshot::Object;
use merlon_yaml::Node;

use super::inventory::namespace;

/// The objects of one kind, in the order they were read.
#[derive(Debug, Default)]
pub(super) struct KindIndex<'a> {
    pub(super) objects: Vec<&'a Object>,
    /// By namespace and name; made when it is first asked for, for of most kinds nobody asks.
    by_name: OnceLock<HashMap<(&'a str, &'a str), &'a Object>>,
}

impl<'a> KindIndex<'a> {
    /// The object of that name; the namespace counts for kinds that live in one.
    pub(super) fn find(&self, kind: Kind, namespace: &str, name: &str) -> Option<&'a Object> {
        let namespace = if kind.is_namespaced() { namespace } else { "" };
        let by_name = self.by_name.get_or_init(|| self.index(kind));
        by_name.get(&(namespace, name)).copied()
    }

    fn index(&self, kind: Kind) -> HashMap<(&'a str, &'a str), &'a Object> {
        let mut by_name = HashMap::with_capacity(self.objects.len());
        for object in &self.objects {
            by_name.entry((namespace(kind, object), object.name())).or_insert(*object);
        }
        by_name
    }
}

/// The kind of each object.
pub(super) fn kinds_of(objects: &[Object]) -> Vec<Option<Kind>> {
    // Mostly objects of one kind follow each other.
    let mut last: (Option<&str>, Option<&str>, Option<Kind>) = (None, None, None);
    let mut kinds = Vec::with_capacity(objects.len());
    for object in objects {
        let text = |key| object.root.get(key).and_then(Node::as_str);
        let (version, kind) = (text("apiVersion"), text("kind"));
        if (last.0, last.1) != (version, kind) {
            last = (version, kind, object.kind());
        }
        kinds.push(last.2);
    }
    kinds
}

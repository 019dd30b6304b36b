use std::collections::BTreeSet;

use merlon_snapshot::{Inventory, Object, Source};

/// An inventory after manifests are applied to it: an object of the same kind, namespace and name is replaced.
pub fn overlay(under: &Inventory, mut over: Inventory) -> Inventory {
    let replaced: BTreeSet<Key> = over.objects.iter().map(key).collect();
    let mut objects: Vec<Object> =
        under.objects.iter().filter(|object| !replaced.contains(&key(object))).cloned().collect();
    // Manifests are found by their place in the list, which starts later now.
    for object in &mut over.objects {
        if let Source::Manifest { manifest, .. } = &mut object.source {
            *manifest += under.manifests.len();
        }
    }
    objects.append(&mut over.objects);
    let mut manifests = under.manifests.clone();
    manifests.append(&mut over.manifests);
    let mut gaps = under.gaps.clone();
    gaps.append(&mut over.gaps);
    let name = format!("{} with {}", under.name, over.name);
    Inventory { name, origin: under.origin.clone(), manifests, objects, gaps }
}

/// The API group, kind, namespace and name.
type Key = (String, String, String, String);

fn key(object: &Object) -> Key {
    let reference = object.reference();
    let group = match object.kind() {
        // Older groups and versions of a kind are the same kind.
        Some(kind) => kind.group().to_owned(),
        None => {
            let version = reference.api_version.as_str();
            version.split_once('/').map_or("", |(group, _)| group).to_owned()
        }
    };
    let in_namespace = object.kind().is_none_or(merlon_model::Kind::is_namespaced);
    let namespace = match reference.namespace {
        _ if !in_namespace => String::new(),
        Some(namespace) => namespace,
        None => "default".to_owned(),
    };
    (group, reference.kind, namespace, reference.name)
}

#[cfg(test)]
mod tests {
    use merlon_snapshot::{Inventory, Manifest, Origin};

    use super::overlay;

    fn inventory(name: &str, text: &str) -> Inventory {
        let manifest = Manifest { path: name.to_owned(), text: text.to_owned(), rendered: None };
        Inventory {
            name: name.to_owned(),
            origin: Origin::Manifests { skipped: 0 },
            objects: manifest.contents(0).objects,
            manifests: vec![manifest],
            gaps: Vec::new(),
        }
    }

    fn object(kind: &str, namespace: &str, name: &str) -> String {
        let version = if kind == "Pod" { "v1" } else { "rbac.authorization.k8s.io/v1" };
        let namespace =
            if namespace.is_empty() { String::new() } else { format!(", namespace: {namespace}") };
        format!("apiVersion: {version}\nkind: {kind}\nmetadata: {{name: {name}{namespace}}}\n")
    }

    /// How many objects of the first there are after the second lies over it, and how many in all.
    fn check(under: &str, over: &str, expected: (usize, usize)) {
        let all = overlay(&inventory("a", under), inventory("b", over));
        let first =
            |source| matches!(source, merlon_snapshot::Source::Manifest { manifest: 0, .. });
        let kept = all.objects.iter().filter(|object| first(object.source)).count();
        assert_eq!((kept, all.objects.len()), expected, "{under}\n{over}");
        assert_eq!(all.manifests.len(), 2);
    }

    #[test]
    fn objects_of_one_kind_namespace_and_name_are_replaced() {
        let role = object("Role", "shop", "a");
        check(&role, &role, (0, 1));
        check(&role, &object("Role", "shop", "b"), (1, 2));
        check(&role, &object("Role", "other", "a"), (1, 2));
        check(&role, &object("RoleBinding", "shop", "a"), (1, 2));
        check(&object("Role", "", "a"), &object("Role", "default", "a"), (0, 1));
        // A namespace on what lives in none says nothing.
        check(&object("ClusterRole", "x", "a"), &object("ClusterRole", "", "a"), (0, 1));
    }
}

use std::collections::HashMap;

use crate::{Inventory, Object, Source};

impl Inventory {
    /// The inventory as it would be with the objects of another applied: objects of the same kind, namespace and name
    /// are replaced, the others are added.
    ///
    /// Objects of kinds that Merlon does not know are told apart by `apiVersion` and `kind`. What could not be read
    /// of the other is a gap of the whole.
    #[must_use]
    pub fn overlaid_with(mut self, other: Self) -> Self {
        let shift = self.manifests.len();
        let known = self.objects.iter().enumerate();
        let mut place_of: HashMap<Key, usize> = known.map(|(place, it)| (key(it), place)).collect();
        for mut object in other.objects {
            if let Source::Manifest { manifest, .. } = &mut object.source {
                *manifest += shift;
            }
            let end = self.objects.len();
            match *place_of.entry(key(&object)).or_insert(end) {
                place if place == end => self.objects.push(object),
                place => self.objects[place] = object,
            }
        }
        self.manifests.extend(other.manifests);
        self.gaps.extend(other.gaps);
        self
    }

    /// The inventory without the object of that kind, namespace and name; `None` when there is none. The namespace is
    /// empty for objects of the whole cluster.
    #[must_use]
    pub fn without(mut self, kind: &str, namespace: &str, name: &str) -> Option<Self> {
        let before = self.objects.len();
        self.objects.retain(|object| {
            let reference = object.reference();
            let own = namespace_of(object);
            !(reference.kind.eq_ignore_ascii_case(kind)
                && own == namespace
                && object.name() == name)
        });
        (self.objects.len() < before).then_some(self)
    }
}

/// What tells objects apart: what they are, where, and their name.
type Key = (String, String, String);

fn key(object: &Object) -> Key {
    let reference = object.reference();
    let what = match object.kind() {
        // An object of an older version of its API is the same object.
        Some(kind) => format!("{kind:?}"),
        None => format!("{} {}", reference.api_version, reference.kind),
    };
    (what, namespace_of(object).to_owned(), object.name().to_owned())
}

fn namespace_of(object: &Object) -> &str {
    match object.kind() {
        Some(kind) if !kind.is_namespaced() => "",
        Some(_) => object.namespace().unwrap_or(DEFAULT),
        None => object.namespace().unwrap_or_default(),
    }
}

/// Where objects go that name no namespace.
const DEFAULT: &str = "default";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Manifest, Origin};

    fn inventory(text: &str) -> Inventory {
        let manifest =
            Manifest { path: "file.yaml".to_owned(), text: text.to_owned(), rendered: None };
        let objects = manifest.contents(0).objects;
        let origin = Origin::Manifests { skipped: 0 };
        let manifests = vec![manifest];
        Inventory { name: String::new(), origin, manifests, objects, gaps: Vec::new() }
    }

    fn check(base: &str, with: &str, expected: &[&str]) {
        let whole = inventory(base).overlaid_with(inventory(with));
        let told = |object: &Object| {
            let Source::Manifest { manifest, .. } = object.source else { panic!("a manifest") };
            assert!(whole.manifests[manifest].text.contains(object.name()));
            format!("{} {manifest}", object.reference())
        };
        let found: Vec<String> = whole.objects.iter().map(told).collect();
        assert_eq!(found, expected);
    }

    const ROLE: &str = "{apiVersion: rbac.authorization.k8s.io/v1, kind: Role, metadata: {name: a, namespace: red}}";

    #[test]
    fn objects_of_one_name_are_replaced_and_others_added() {
        check(ROLE, ROLE, &["Role red/a 1"]);
        check(ROLE, &ROLE.replace("/v1", "/v1beta1"), &["Role red/a 1"]);
        check(
            ROLE,
            &ROLE.replace("namespace: red", "namespace: blue"),
            &["Role red/a 0", "Role blue/a 1"],
        );
        check(ROLE, &ROLE.replace("Role", "RoleBinding"), &["Role red/a 0", "RoleBinding red/a 1"]);
        check(
            "{apiVersion: v1, kind: Pod, metadata: {name: a}}",
            "{apiVersion: v1, kind: Pod, metadata: {name: a, namespace: default}}",
            &["Pod default/a 1"],
        );
    }

    #[test]
    fn an_object_is_taken_out_by_kind_namespace_and_name() {
        let without = |namespace| inventory(ROLE).without("role", namespace, "a");
        assert_eq!(without("red").map(|it| it.objects.len()), Some(0));
        assert_eq!(without("blue"), None);
    }
}

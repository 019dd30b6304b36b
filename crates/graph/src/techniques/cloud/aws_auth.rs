//! Cloud roles that the ConfigMap `aws-auth` makes somebody in the cluster.

use std::collections::{BTreeMap, BTreeSet};

use merlon_model::{Confidence, Kind};
use merlon_rbac::{Identity, MASTERS, NODES};
use merlon_views::objects::Place;
use merlon_yaml::{Limits, Node, parse};

use crate::builder::Builder;
use crate::change::by_hand;
use crate::fact::Fact;
use crate::graph::Basis;
use crate::technique::{Example, Technique};
use crate::world::World;

pub(super) static MAPPED_ROLE: Technique = Technique {
    id: "mapped-cloud-role",
    title: "log in to the cluster with the cloud role",
    reason: "the ConfigMap aws-auth makes whoever has the role a member of groups",
    references: &["T1078.004", "MS-TA9020"],
    confidence: Confidence::Certain,
    controls: &["system-masters-bound"],
    examples: &[Example {
        objects: "
apiVersion: v1
kind: ServiceAccount
metadata:
  name: cart
  namespace: shop
  annotations: {eks.amazonaws.com/role-arn: 'arn:aws:iam::111122223333:role/cart'}
---
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop}
spec: {serviceAccountName: cart, automountServiceAccountToken: false, containers: [{name: web, image: web}]}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: aws-auth, namespace: kube-system}
data:
  mapRoles: |
    - rolearn: arn:aws:iam::111122223333:role/cart
      username: cart
      groups: [system:masters]
",
        from: "pod shop/web",
        to: "cluster-admin",
        without: &[
            ("groups: [system:masters]", "groups: [readers]"),
            ("rolearn: arn:aws:iam::111122223333:role/cart", "rolearn: arn:aws:iam::111122223333:role/web"),
            ("namespace: kube-system", "namespace: shop"),
        ],
    }],
};

pub(super) fn add<'w, 'a: 'w>(
    world: &World<'w, 'a>,
    builder: &mut Builder<'w>,
    roles: &BTreeSet<&'w str>,
) {
    let Some(object) = world.view.find(Kind::ConfigMap, "kube-system", "aws-auth") else { return };
    let Some(node) = object.root.path(&["data", "mapRoles"]) else { return };
    let parsed = parse(node.as_str().unwrap_or_default(), &Limits::default());
    let Some(document) = parsed.documents.first() else { return };
    let known: BTreeMap<String, Fact<'w>> = groups(world);
    for entry in document.root.as_sequence().unwrap_or_default() {
        let groups = entry.get("groups").and_then(Node::as_sequence).unwrap_or_default();
        let groups: Vec<&str> = groups.iter().filter_map(Node::as_str).collect();
        let arn = entry.get("rolearn").and_then(Node::as_str).unwrap_or_default();
        let role = if groups.contains(&NODES) {
            Some("node role of aws")
        } else {
            roles.iter().copied().find(|role| *role == arn)
        };
        let Some(role) = role else { continue };
        // What nodes are in any case is no gain.
        for group in groups.iter().filter(|group| **group != NODES) {
            let Some(fact) = known.get(*group) else { continue };
            let title = || format!("take {arn} out of aws-auth");
            let command =
                || vec!["kubectl edit --namespace kube-system configmap aws-auth".to_owned()];
            let change = by_hand(builder, (object, "aws-auth"), 2, title, command);
            let basis = Basis::Object(object, Place::Node(node), "the role is mapped to a group");
            let premise = [Fact::CloudRole(role)];
            builder.step(&MAPPED_ROLE, &premise, *fact, vec![basis], &[change]);
        }
    }
}

/// The groups that mean something in the cluster, by name.
fn groups<'w, 'a: 'w>(world: &World<'w, 'a>) -> BTreeMap<String, Fact<'w>> {
    let bound = world.access.identities().into_iter().filter_map(|(identity, _)| match identity {
        Identity::Group(name) => Some((name.clone(), Fact::group(name))),
        _ => None,
    });
    bound.chain([(MASTERS.to_owned(), Fact::Group(MASTERS))]).collect()
}

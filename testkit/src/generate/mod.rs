//! Large clusters that look as real ones do, made from a seed.

mod access;
mod infrastructure;
mod pods;
mod random;
mod workloads;

use serde_json::{Value, json};

use random::Random;

/// How large a generated cluster is. Each number is met exactly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClusterSize {
    /// Nodes.
    pub nodes: usize,
    /// Namespaces. At least one when there are to be pods, service accounts or bindings.
    pub namespaces: usize,
    /// Pods, whatever makes them: deployments, stateful sets, daemon sets, jobs, cron jobs or nothing.
    pub pods: usize,
    /// Service accounts besides each namespace's `default`.
    pub service_accounts: usize,
    /// Role bindings and cluster role bindings together.
    pub bindings: usize,
}

/// A cluster made from a seed: the same objects for the same seed and size, on every machine.
///
/// Namespaces differ in size and discipline. Most workloads are decent; a few are privileged, mount the host,
/// run as root or carry powerful service accounts, and some bindings give too much, as in real clusters.
#[derive(Clone, Debug)]
pub struct GeneratedCluster {
    seed: u64,
    size: ClusterSize,
}

/// An object and who makes it.
struct Made {
    object: Value,
    by: Maker,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Maker {
    /// Somebody who applies manifests.
    Person,
    /// Somebody who applies manifests, where what is stored differs much and is made separately.
    PersonOnly,
    /// The cluster: a controller from another object, or the API server itself.
    Cluster,
}

/// What a namespace enforces on its pods; `Open` enforces nothing.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Standard {
    Restricted,
    Baseline,
    Privileged,
    Open,
}

/// What one namespace gets.
struct Share {
    index: usize,
    name: String,
    /// The Pod Security Standard that it enforces.
    standard: Standard,
    pods: usize,
    service_accounts: usize,
    bindings: usize,
}

impl GeneratedCluster {
    /// The cluster of this seed and size.
    pub fn new(seed: u64, size: ClusterSize) -> GeneratedCluster {
        GeneratedCluster { seed, size }
    }

    /// What people applied, for [`ControlPlane::apply`](crate::ControlPlane::apply): no pod that a controller makes.
    pub fn objects(&self) -> impl Iterator<Item = Value> + '_ {
        self.made().filter(|made| made.by != Maker::Cluster).map(|made| made.object)
    }

    /// What the API server of such a cluster would list: with pods, replica sets and default service
    /// accounts, `uid`s, owners and status. Secrets are without their values.
    ///
    /// Objects carry `apiVersion` and `kind`, and come in an order of no meaning.
    pub fn snapshot(&self) -> impl Iterator<Item = Value> + '_ {
        self.made()
            .filter(|made| made.by != Maker::PersonOnly)
            .enumerate()
            .map(|(number, made)| self.stored(number, made.object))
    }

    fn made(&self) -> impl Iterator<Item = Made> + '_ {
        infrastructure::cluster_wide(self)
            .into_iter()
            .chain(self.shares().into_iter().flat_map(|share| self.namespace(&share)))
    }

    fn namespace(&self, share: &Share) -> Vec<Made> {
        let mut random = self.random(&["namespace", &share.name]);
        let mut made = infrastructure::namespace(share, &mut random);
        let accounts = access::service_accounts(share, &mut random, &mut made);
        access::bindings(share, &accounts, &mut random, &mut made);
        workloads::workloads(self, share, &accounts, &mut random, &mut made);
        made
    }

    /// Divides the numbers among the namespaces, unevenly as in life.
    fn shares(&self) -> Vec<Share> {
        let mut random = self.random(&["shares"]);
        let count = self.size.namespaces;
        let weights: Vec<usize> = (0..count)
            .map(|_| if random.chance(10) { 20 + random.below(30) } else { 1 + random.below(9) })
            .collect();
        let total: usize = weights.iter().sum();
        let mut before = 0;
        let mut shares = Vec::with_capacity(count);
        for (index, weight) in weights.iter().enumerate() {
            let after = before + weight;
            // Rounded by running totals, so that the parts add up.
            let part = |number: usize| number * after / total - number * before / total;
            let (team, stage) =
                (random.choose(infrastructure::TEAMS), random.choose(infrastructure::STAGES));
            shares.push(Share {
                index,
                name: format!("{team}-{stage}-{index}"),
                standard: match random.below(10) {
                    0..=2 => Standard::Restricted,
                    3..=6 => Standard::Baseline,
                    7 => Standard::Privileged,
                    _ => Standard::Open,
                },
                pods: part(self.size.pods),
                service_accounts: part(self.size.service_accounts),
                bindings: part(self.size.bindings),
            });
            before = after;
        }
        shares
    }

    fn random(&self, parts: &[&str]) -> Random {
        let seed = self.seed.to_le_bytes();
        let mut bytes: Vec<&[u8]> = vec![&seed];
        bytes.extend(parts.iter().map(|part| part.as_bytes()));
        Random::from_parts(&bytes)
    }

    /// The identity that the API server would give an object.
    fn uid(&self, kind: &str, namespace: &str, name: &str) -> String {
        let mut random = self.random(&["uid", kind, namespace, name]);
        let (high, low) = (random.next(), random.next());
        format!(
            "{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}",
            high >> 32,
            (high >> 16) & 0xffff,
            high & 0xfff,
            0x8000 | (low >> 48) & 0x3fff,
            low & 0xffff_ffff_ffff,
        )
    }

    /// The entry of `ownerReferences` by which a controller marks what it made.
    fn owner(&self, api_version: &str, kind: &str, namespace: &str, name: &str) -> Value {
        json!([{
            "apiVersion": api_version,
            "blockOwnerDeletion": true,
            "controller": true,
            "kind": kind,
            "name": name,
            "uid": self.uid(kind, namespace, name),
        }])
    }

    fn stored(&self, number: usize, mut object: Value) -> Value {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let kind = text(&object["kind"]);
        let name = text(&object["metadata"]["name"]);
        let namespace = text(&object["metadata"]["namespace"]);
        let minutes = number % (60 * 24 * 28);
        let (day, hour, minute) = (1 + minutes / (60 * 24), minutes / 60 % 24, minutes % 60);
        object["metadata"]["uid"] = self.uid(&kind, &namespace, &name).into();
        object["metadata"]["resourceVersion"] = (1000 + number).to_string().into();
        object["metadata"]["creationTimestamp"] =
            format!("2026-02-{day:02}T{hour:02}:{minute:02}:00Z").into();
        if kind == "Secret"
            && let Some(fields) = object.as_object_mut()
        {
            fields.remove("stringData");
        }
        match kind.as_str() {
            "Deployment" | "ReplicaSet" | "StatefulSet" | "DaemonSet" | "Job" => {
                pods::default_spec(&mut object["spec"]["template"]["spec"]);
            }
            "CronJob" => {
                let job = &mut object["spec"]["jobTemplate"]["spec"];
                pods::default_spec(&mut job["template"]["spec"]);
            }
            _ => {}
        }
        object
    }
}

fn applied(object: Value) -> Made {
    Made { object, by: Maker::Person }
}

fn only_applied(object: Value) -> Made {
    Made { object, by: Maker::PersonOnly }
}

fn derived(object: Value) -> Made {
    Made { object, by: Maker::Cluster }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;

    fn count(objects: impl Iterator<Item = Value>) -> BTreeMap<String, usize> {
        let mut counts = BTreeMap::new();
        for object in objects {
            *counts.entry(object["kind"].as_str().unwrap_or("?").to_owned()).or_default() += 1;
        }
        counts
    }

    fn check(size: ClusterSize) {
        let cluster = GeneratedCluster::new(1, size);
        let kinds = count(cluster.snapshot());
        let number = |kind: &str| kinds.get(kind).copied().unwrap_or(0);
        assert_eq!(number("Node"), size.nodes);
        assert_eq!(number("Namespace"), size.namespaces);
        assert_eq!(number("Pod"), size.pods);
        assert_eq!(number("ServiceAccount"), size.service_accounts + size.namespaces);
        assert_eq!(number("RoleBinding") + number("ClusterRoleBinding"), size.bindings);
    }

    #[test]
    fn sizes_are_met_exactly() {
        let size = |nodes, namespaces, pods, service_accounts, bindings| ClusterSize {
            nodes,
            namespaces,
            pods,
            service_accounts,
            bindings,
        };
        check(size(0, 0, 0, 0, 0));
        check(size(1, 1, 1, 1, 1));
        check(size(3, 7, 100, 0, 5));
        check(size(0, 5, 50, 9, 0));
        check(size(20, 50, 2_000, 300, 600));
    }

    const SIZE: ClusterSize = ClusterSize {
        nodes: 10,
        namespaces: 30,
        pods: 1_000,
        service_accounts: 150,
        bindings: 300,
    };

    #[test]
    fn the_seed_decides_everything() {
        let snapshot = |seed| GeneratedCluster::new(seed, SIZE).snapshot().collect::<Vec<_>>();
        assert!(snapshot(1) == snapshot(1));
        assert!(snapshot(1) != snapshot(2));
    }

    #[test]
    fn every_object_is_there_once_and_every_owner_exists() {
        let cluster = GeneratedCluster::new(3, SIZE);
        let mut names = BTreeSet::new();
        let mut uids = BTreeSet::new();
        let mut owners = BTreeSet::new();
        for object in cluster.snapshot() {
            let metadata = &object["metadata"];
            let name = format!("{} {} {}", object["kind"], metadata["namespace"], metadata["name"]);
            assert!(names.insert(name.clone()), "{name} twice");
            uids.insert(metadata["uid"].to_string());
            owners.extend(
                metadata["ownerReferences"]
                    .as_array()
                    .into_iter()
                    .flatten()
                    .map(|owner| owner["uid"].to_string()),
            );
        }
        assert_eq!(names.len(), uids.len());
        assert!(owners.is_subset(&uids));
        assert!(owners.len() > 50);
    }

    #[test]
    fn references_lead_somewhere() {
        let cluster = GeneratedCluster::new(4, SIZE);
        let objects: Vec<Value> = cluster.snapshot().collect();
        let key =
            |kind: &str, namespace: &Value, name: &Value| format!("{kind} {namespace} {name}");
        let all: BTreeSet<String> = objects
            .iter()
            .map(|object| {
                let metadata = &object["metadata"];
                key(
                    object["kind"].as_str().unwrap_or("?"),
                    &metadata["namespace"],
                    &metadata["name"],
                )
            })
            .collect();
        for object in &objects {
            let namespace = &object["metadata"]["namespace"];
            match object["kind"].as_str() {
                Some("Pod") => {
                    assert!(all.contains(&key(
                        "ServiceAccount",
                        namespace,
                        &object["spec"]["serviceAccountName"]
                    )));
                    assert!(all.contains(&key("Node", &Value::Null, &object["spec"]["nodeName"])));
                }
                Some("RoleBinding" | "ClusterRoleBinding") => {
                    let role = &object["roleRef"];
                    let kind = role["kind"].as_str().unwrap_or("?");
                    let within = if kind == "Role" { namespace } else { &Value::Null };
                    assert!(all.contains(&key(kind, within, &role["name"])), "{role}");
                }
                _ => {}
            }
        }
    }

    #[test]
    fn the_good_and_the_bad_are_both_there() {
        let pods: Vec<Value> = GeneratedCluster::new(5, SIZE)
            .snapshot()
            .filter(|object| object["kind"] == "Pod")
            .collect();
        let share = |wanted: &dyn Fn(&Value) -> bool| pods.iter().filter(|pod| wanted(pod)).count();
        let privileged =
            |pod: &Value| pod["spec"]["containers"][0]["securityContext"]["privileged"] == true;
        let careful = |pod: &Value| pod["spec"]["securityContext"]["runAsNonRoot"] == true;
        assert!((1..200).contains(&share(&privileged)));
        assert!(share(&careful) > 300);
    }

    #[test]
    fn a_snapshot_holds_no_secret_value() {
        let cluster = GeneratedCluster::new(6, SIZE);
        let has_values =
            |object: &Value| !object["stringData"].is_null() || !object["data"].is_null();
        let secrets =
            |objects: Vec<Value>| objects.into_iter().filter(|object| object["kind"] == "Secret");
        assert!(secrets(cluster.objects().collect()).any(|secret| has_values(&secret)));
        assert!(secrets(cluster.snapshot().collect()).all(|secret| !has_values(&secret)));
    }

    /// What a pod has that its template lacks: nothing but what every cluster adds to pods.
    #[test]
    fn pods_are_as_their_templates_say() {
        const ADDED: &[&str] =
            &["enableServiceLinks", "nodeName", "preemptionPolicy", "priority", "tolerations"];
        let objects: Vec<Value> = GeneratedCluster::new(7, SIZE).snapshot().collect();
        let templates: BTreeMap<String, &Value> = objects
            .iter()
            .filter(|object| object["spec"]["template"].is_object())
            .map(|object| {
                (object["metadata"]["uid"].to_string(), &object["spec"]["template"]["spec"])
            })
            .collect();
        let is_token = |item: &Value| {
            item["name"].as_str().is_some_and(|name| name.starts_with("kube-api-access-"))
        };
        let mut compared = 0;
        for pod in objects.iter().filter(|object| object["kind"] == "Pod") {
            let owner = pod["metadata"]["ownerReferences"][0]["uid"].to_string();
            let Some(template) = templates.get(&owner) else { continue };
            let mut spec = pod["spec"].clone();
            for name in ADDED {
                assert!(template[name].is_null(), "{name} is in a template");
                spec.as_object_mut().unwrap().remove(*name);
            }
            let drop_token = |holder: &mut Value, list: &str| {
                let Some(items) = holder.get_mut(list).and_then(Value::as_array_mut) else {
                    return;
                };
                items.retain(|item| !is_token(item));
                if items.is_empty() {
                    holder.as_object_mut().unwrap().remove(list);
                }
            };
            drop_token(&mut spec, "volumes");
            for container in spec["containers"].as_array_mut().unwrap() {
                drop_token(container, "volumeMounts");
            }
            assert_eq!(&&spec, template, "{}", pod["metadata"]["name"]);
            compared += 1;
        }
        assert!(compared > 500, "{compared}");
    }
}

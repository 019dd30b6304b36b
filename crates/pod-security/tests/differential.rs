//! The same pods judged by a real API server and by this crate.

#![allow(clippy::unwrap_used, missing_docs)]

mod cases;
mod server;

use std::process::ExitCode;
use std::time::Duration;

use merlon_pod_security::{
    Configuration, Level, NamespacePolicy, PolicyVersion, Request, Review, Skip, Workload,
    label_error, review,
};
use merlon_testkit::{ControlPlane, Credential, Need, Suite, Version, block_on, eventually};
use merlon_yaml::{Node, to_json};
use serde_json::{Value, json};

use cases::{Says, Slot, expected, text, tree};
use server::{Answer, Server};

/// Either side of every boundary between rules, and what is clamped.
const MINORS: [u64; 16] = [0, 7, 8, 18, 19, 22, 23, 25, 27, 29, 31, 32, 34, 35, 37, 99];

fn main() -> ExitCode {
    let mut suite = Suite::new();
    for version in Version::ALL {
        suite = suite.alone(
            &format!("a_real_server_agrees_{version}"),
            "configures the admission plugin",
            &[Need::Kubernetes(version)],
            move || {
                let plane = server::start(version);
                let trial = Trial::new(&plane);
                block_on(trial.pods());
                block_on(trial.templates());
                block_on(trial.updates());
                block_on(trial.exemptions());
                block_on(trial.ephemeral_containers());
                block_on(trial.labels());
            },
        );
    }
    suite.run()
}

struct Trial<'p> {
    plane: &'p ControlPlane,
    configuration: Configuration,
    namespaces: Vec<Namespace>,
}

struct Namespace {
    name: String,
    labels: Value,
    policy: NamespacePolicy,
}

/// How many comparisons were made.
#[derive(Debug, Default)]
struct Count {
    compared: usize,
    denied: usize,
    pods: usize,
    skipped: usize,
}

impl<'p> Trial<'p> {
    fn new(plane: &'p ControlPlane) -> Trial<'p> {
        let document = tree(server::CONFIGURATION);
        let configuration = Configuration::read(&document).unwrap();
        let mut labels = vec![
            ("free".to_owned(), json!({"pod-security.kubernetes.io/enforce": "privileged"})),
            ("unlabelled".to_owned(), json!({})),
            ("exempt".to_owned(), json!({"pod-security.kubernetes.io/enforce": "restricted"})),
            (
                "mixed".to_owned(),
                json!({
                    "pod-security.kubernetes.io/enforce": "privileged",
                    "pod-security.kubernetes.io/enforce-version": "v1.22",
                    "pod-security.kubernetes.io/warn": "restricted",
                    "pod-security.kubernetes.io/warn-version": "v1.24",
                }),
            ),
            (
                "inherited".to_owned(),
                json!({
                    "pod-security.kubernetes.io/enforce": "restricted",
                    "pod-security.kubernetes.io/warn-version": "v1.10",
                }),
            ),
        ];
        for level in [Level::Baseline, Level::Restricted] {
            let versions = MINORS.map(PolicyVersion::Minor).into_iter();
            for version in versions.chain([PolicyVersion::Latest]) {
                let name = format!("{level}-{version}").replace('.', "-");
                let labels_of = json!({
                    "pod-security.kubernetes.io/enforce": level.name(),
                    "pod-security.kubernetes.io/enforce-version": version.to_string(),
                });
                labels.push((name, labels_of));
            }
        }
        let namespaces = labels.into_iter().map(|(name, labels)| {
            let node = tree(&labels.to_string());
            let (policy, problems) = NamespacePolicy::read(Some(&node), &configuration.defaults);
            assert!(problems.is_empty());
            Namespace { name, labels, policy }
        });
        let namespaces = namespaces.collect();
        Trial { plane, configuration, namespaces }
    }

    fn server(&self) -> Server {
        Server::new(self.plane, &Credential::Admin)
    }

    fn review<'a>(
        &self,
        workload: Workload,
        namespace: &'a Namespace,
        object: &'a Node,
    ) -> Result<Review<'a>, Skip> {
        let request = Request {
            workload,
            subresource: "",
            namespace: &namespace.name,
            user: "kubernetes-super-admin",
            object,
            old: None,
        };
        let minor = u64::from(self.plane.version().minor());
        review(&request, &namespace.policy, &self.configuration, Some(minor))
    }

    /// Compares what the server answers with what is found in the object it would store.
    fn compare(
        &self,
        workload: Workload,
        namespace: &Namespace,
        stored: &Node,
        answer: Answer,
        count: &mut Count,
    ) {
        let review = self.review(workload, namespace, stored);
        let (denial, warning) = match &review {
            Ok(review) => {
                assert!(review.malformed().is_empty());
                (review.denial(), review.warning())
            }
            Err(_) => (None, None),
        };
        count.compared += 1;
        let what =
            || format!("{} in {}: {}", self.plane.version(), namespace.name, to_json(stored));
        match answer {
            Answer::Forbidden(message) => {
                count.denied += 1;
                assert_eq!(denial, Some(message), "{}", what());
            }
            Answer::Stored(_, warnings) => {
                assert_eq!(denial, None, "{}", what());
                let warnings: Vec<_> =
                    warnings.iter().filter(|text| text.contains("PodSecurity")).collect();
                assert_eq!(warning.iter().collect::<Vec<_>>(), warnings, "{}", what());
            }
            Answer::Refused(message) => panic!("{message}: {}", what()),
        }
    }

    /// Pods of the tables in every namespace, and mixtures of them in some.
    async fn pods(&self) {
        let server = self.server();
        for namespace in &self.namespaces {
            let answer = server.namespace(&namespace.name, &namespace.labels).await;
            assert!(matches!(answer, Answer::Stored(..)), "{answer:?}");
        }
        let mut count = Count::default();
        let mut accepted = Vec::new();
        for (additions, says) in cases::all() {
            let said = Some(*says);
            if self.pod(&server, additions, said, &self.namespaces, &mut count).await {
                accepted.extend(additions.iter().copied());
            }
        }
        let tables = count.pods;
        let mut random = Random(0x9e37_79b9_7f4a_7c15);
        for _ in 0..150 {
            let additions: Vec<_> =
                (0..2 + random.below(4)).map(|_| accepted[random.below(accepted.len())]).collect();
            let start = random.below(self.namespaces.len() - 8);
            let some = &self.namespaces[start..start + 8];
            self.pod(&server, &additions, None, some, &mut count).await;
        }
        let version = self.plane.version();
        eprintln!("{version}: {count:?}, {tables} pods from the tables");
        assert!(count.compared >= 400 && count.denied >= 200, "{count:?}");
        assert!(count.skipped * 5 < count.pods, "{count:?}");
    }

    /// Compares a pod in some namespaces; false where the server refuses it everywhere.
    async fn pod(
        &self,
        server: &Server,
        additions: &[(Slot, &str)],
        says: Option<&[Says]>,
        namespaces: &[Namespace],
        count: &mut Count,
    ) -> bool {
        count.pods += 1;
        let (raw, pod) = object(additions);
        let stored = match server.try_pod("free", &pod).await {
            Answer::Stored(stored, _) => stored,
            Answer::Forbidden(message) => panic!("{message}"),
            Answer::Refused(_) => {
                count.skipped += 1;
                return false;
            }
        };
        // What the server fills in changes no verdict, and some messages in two known ways.
        let adds_words = ["hostNetwork", "apparmor", "appArmor"];
        let adds_words =
            additions.iter().any(|(_, text)| adds_words.iter().any(|word| text.contains(word)));
        for namespace in namespaces {
            let denial = |node| {
                self.review(Workload::Pod, namespace, node).ok().and_then(|review| review.denial())
            };
            assert_eq!(denial(&raw).is_some(), denial(&stored).is_some(), "{additions:?}");
            assert!(adds_words || denial(&raw) == denial(&stored), "{additions:?}");
            if let Some(says) = says {
                assert_eq!(denial(&raw), self.said(says, namespace), "{additions:?}");
            }
            let answer = server.try_pod(&namespace.name, &pod).await;
            self.compare(Workload::Pod, namespace, &stored, answer, count);
        }
        true
    }

    /// Gives the message that the table tells for a namespace.
    fn said(&self, says: &[Says], namespace: &Namespace) -> Option<String> {
        let policy = namespace.policy.enforce;
        let minor = u64::from(self.plane.version().minor());
        let PolicyVersion::Minor(minor) = policy.version.on_server(minor) else { unreachable!() };
        let text = expected(says, policy.level, minor);
        let is_denied = !text.is_empty() && namespace.name != "exempt";
        is_denied.then(|| format!("violates PodSecurity \"{policy}\": {text}"))
    }

    async fn ephemeral_containers(&self) {
        let server = self.server();
        let (_, allowed) = object(&[]);
        let (with, _) = object(cases::EPHEMERAL.0);
        let added = with.path(&["spec", "ephemeralContainers"]).unwrap();
        let patch = json!({"spec": {"ephemeralContainers": to_json(added)}});
        let mut stored = None;
        let mut count = Count::default();
        for namespace in &self.namespaces {
            let pods = format!("/api/v1/namespaces/{}/pods", namespace.name);
            let answer = server.ask("POST", &pods, &allowed).await;
            assert!(matches!(answer, Answer::Stored(..)), "{answer:?}");
            let path = format!("{pods}/pod/ephemeralcontainers?dryRun=All");
            let answer = server.ask("PATCH", &path, &patch).await;
            if let ("free", Answer::Stored(node, _)) = (&*namespace.name, &answer) {
                stored = Some(node.clone());
            }
            self.compare(Workload::Pod, namespace, stored.as_ref().unwrap(), answer, &mut count);
        }
        assert!(count.denied > 20, "{count:?}");
    }

    /// Controllers are warned of, and never refused.
    async fn templates(&self) {
        let server = self.server();
        let mut count = Count::default();
        for (additions, _) in cases::all() {
            let (_, mut pod) = object(additions);
            pod["metadata"]["labels"] = json!({"app": "x"});
            let deployment = json!({
                "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "d"},
                "spec": {"selector": {"matchLabels": {"app": "x"}}, "template": pod},
            });
            let path = |namespace: &str| {
                format!("/apis/apps/v1/namespaces/{namespace}/deployments?dryRun=All")
            };
            let Answer::Stored(stored, _) = server.ask("POST", &path("free"), &deployment).await
            else {
                continue;
            };
            for namespace in &self.namespaces[..5] {
                let answer = server.ask("POST", &path(&namespace.name), &deployment).await;
                self.compare(Workload::Deployment, namespace, &stored, answer, &mut count);
            }
        }
        assert!(count.compared > 300 && count.denied == 0, "{count:?}");
    }

    /// Only some updates are looked at again.
    async fn updates(&self) {
        let server = self.server();
        let bad: &[(Slot, &str)] = &[(Slot::Spec, "hostIPC: true")];
        server
            .namespace("later", &json!({"pod-security.kubernetes.io/enforce": "privileged"}))
            .await;
        let (_, pod) = object(bad);
        let answer = server.ask("POST", "/api/v1/namespaces/later/pods", &pod).await;
        let Answer::Stored(old, _) = answer else { panic!("{answer:?}") };
        let labels = json!({"pod-security.kubernetes.io/enforce": "baseline"});
        let patch = json!({"metadata": {"labels": labels}});
        server.ask("PATCH", "/api/v1/namespaces/later", &patch).await;
        // Admission looks at a cache of the namespaces.
        let refused = eventually(Duration::from_secs(30), || async {
            let answer = server.try_pod("later", &object(bad).1).await;
            matches!(answer, Answer::Forbidden(_)).then_some(())
        });
        refused.await.expect("the new label is in effect");
        let (policy, _) =
            NamespacePolicy::read(Some(&tree(&labels.to_string())), &self.configuration.defaults);
        for (patch, expected) in [
            (json!({"metadata": {"labels": {"a": "b"}}}), Some(Skip::InsignificantUpdate)),
            (json!({"spec": {"activeDeadlineSeconds": 5}}), Some(Skip::InsignificantUpdate)),
            (json!({"spec": {"containers": [{"name": "a", "image": "other"}]}}), None),
            (json!({"spec": {"initContainers": [{"name": "i", "image": "other"}]}}), None),
        ] {
            let path = "/api/v1/namespaces/later/pods/pod?dryRun=All";
            let answer = server.ask("PATCH", path, &patch).await;
            let new = match &answer {
                Answer::Stored(new, _) => (**new).clone(),
                _ => merged(&old, &patch),
            };
            let request = Request {
                workload: Workload::Pod,
                subresource: "",
                namespace: "later",
                user: "",
                object: &new,
                old: Some(&old),
            };
            let review = review(&request, &policy, &self.configuration, None);
            assert_eq!(review.as_ref().err(), expected.as_ref(), "{patch}");
            match answer {
                Answer::Stored(..) => assert!(review.is_err(), "{patch}"),
                Answer::Forbidden(message) => {
                    assert_eq!(review.unwrap().denial(), Some(message), "{patch}");
                }
                Answer::Refused(message) => panic!("{message}"),
            }
        }
    }

    async fn exemptions(&self) {
        let bad: &[(Slot, &str)] = &[(Slot::Spec, "hostIPC: true")];
        let sandboxed: &[(Slot, &str)] =
            &[(Slot::Spec, "hostIPC: true\nruntimeClassName: sandboxed")];
        let other: &[(Slot, &str)] = &[(Slot::Spec, "hostIPC: true\nruntimeClassName: other")];
        for (user, namespace, additions, expected) in [
            ("trusted", "restricted-latest", bad, Some(Skip::ExemptUser)),
            ("Trusted", "restricted-latest", bad, None),
            ("trusted", "exempt", bad, Some(Skip::ExemptNamespace)),
            ("other", "exempt", bad, Some(Skip::ExemptNamespace)),
            ("other", "restricted-latest", sandboxed, Some(Skip::ExemptRuntimeClass)),
            ("other", "restricted-latest", other, None),
        ] {
            let server = Server::new(self.plane, &Credential::member(user, "system:masters"));
            let (raw, pod) = object(additions);
            let answer = server.try_pod(namespace, &pod).await;
            let (policy, _) = NamespacePolicy::read(
                Some(&tree("pod-security.kubernetes.io/enforce: restricted")),
                &self.configuration.defaults,
            );
            let request = Request {
                workload: Workload::Pod,
                subresource: "",
                namespace,
                user,
                object: &raw,
                old: None,
            };
            let review = review(&request, &policy, &self.configuration, None);
            assert_eq!(review.err(), expected);
            assert_eq!(matches!(answer, Answer::Stored(..)), expected.is_some(), "{answer:?}");
        }
    }

    /// The server refuses to create a namespace with labels that make no sense.
    async fn labels(&self) {
        let server = self.server();
        for labels in [
            json!({"pod-security.kubernetes.io/enforce": "Restricted"}),
            json!({"pod-security.kubernetes.io/warn": "", "pod-security.kubernetes.io/audit": "x"}),
            json!({"pod-security.kubernetes.io/enforce": null}),
            json!({"pod-security.kubernetes.io/enforce-version": "1.25"}),
            json!({"pod-security.kubernetes.io/audit-version": "v1.01"}),
            json!({"pod-security.kubernetes.io/warn-version": "v2.0"}),
            json!({"pod-security.kubernetes.io/warn-version": "v1.9223372036854775808"}),
        ] {
            let node = tree(&labels.to_string());
            let (_, problems) = NamespacePolicy::read(Some(&node), &self.configuration.defaults);
            let error = label_error(&problems).unwrap();
            let expected = error.strip_prefix("Failed to parse policy: ").unwrap();
            let answer = server.namespace("nonsense", &labels).await;
            let Answer::Refused(message) = answer else { panic!("{answer:?}") };
            assert_eq!(message, format!("Namespace \"nonsense\" is invalid: {expected}"));
        }
    }
}

/// A pod as the tree of its text, and as JSON.
fn object(additions: &[(Slot, &str)]) -> (Node, Value) {
    let raw = tree(&text(additions));
    let mut pod = to_json(&raw);
    pod["apiVersion"] = json!("v1");
    pod["kind"] = json!("Pod");
    (raw, pod)
}

/// The pod with the images of the patch.
fn merged(old: &Node, patch: &Value) -> Node {
    let mut pod = to_json(old);
    for list in ["containers", "initContainers"] {
        if let Some(image) = patch.pointer(&format!("/spec/{list}/0/image")) {
            pod["spec"][list][0]["image"] = image.clone();
        }
    }
    tree(&pod.to_string())
}

/// The same numbers every time.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % u64::try_from(end).unwrap()).unwrap()
    }
}

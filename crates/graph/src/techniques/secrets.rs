//! What containers hold: the tokens of their service accounts, and secrets.
//!
//! Left out are secrets that a container does not see: those that images are pulled with, and those that a volume's
//! driver is given (`nodePublishSecretRef` and its like). They are the kubelet's.

mod references;

use merlon_model::{Confidence, Kind};
use merlon_views::objects::{ContainerList, ContainerView, Place, PodView, place};

use crate::builder::Builder;
use crate::change::{set_in_pod, take_out};
use crate::fact::Fact;
use crate::graph::Basis;
use crate::technique::{Example, Technique};
use crate::world::World;

pub(super) use references::{Content, environment, handed_to_drivers, volume_contents};

pub(super) static TECHNIQUES: &[&Technique] = &[&MOUNTED_TOKEN, &READ_SECRET];

static MOUNTED_TOKEN: Technique = Technique {
    id: "mounted-token",
    title: "use the service account token in the container",
    reason: "the token is a file that every process of the container can read, and it counts anywhere",
    references: &["T1528", "T1552.001", "MS-TA9016"],
    confidence: Confidence::Certain,
    controls: &["service-account-token-mounted-needlessly"],
    examples: &[
        // By default.
        Example {
            objects: "
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop}
spec:
  serviceAccountName: robot
  containers: [{name: web, image: web}]
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: robot, namespace: shop}
automountServiceAccountToken: true
",
            from: "pod shop/web",
            to: "serviceaccount shop/robot",
            without: &[
                ("  containers:", "  automountServiceAccountToken: false\n  containers:"),
                ("automountServiceAccountToken: true", "automountServiceAccountToken: false"),
                ("serviceAccountName: robot", "serviceAccountName: default"),
                // The kubelet gives its own pods none.
                (
                    "{name: web, namespace: shop}",
                    "{name: web, namespace: shop, annotations: {kubernetes.io/config.mirror: x}}",
                ),
                // Another file stands where the token would.
                (
                    "image: web}",
                    "image: web, volumeMounts: [{name: none, mountPath: /var/run/secrets/kubernetes.io/serviceaccount}]}",
                ),
            ],
        },
        // On purpose, in a container that mounts it, with an audience that the API server has.
        Example {
            objects: "
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop}
spec:
  serviceAccountName: robot
  automountServiceAccountToken: false
  containers: [{name: web, image: web}]
  initContainers:
  - name: setup
    image: setup
    volumeMounts: [{name: token, mountPath: /token}]
  volumes:
  - name: token
    projected: {sources: [{serviceAccountToken: {path: token, audience: 'https://kubernetes.default.svc'}}]}
",
            from: "pod shop/web",
            to: "serviceaccount shop/robot",
            without: &[
                ("https://kubernetes.default.svc", "vault"),
                ("[{name: token, mountPath", "[{name: other, mountPath"),
            ],
        },
    ],
};

static READ_SECRET: Technique = Technique {
    id: "read-mounted-secret",
    title: "read the secret that the container is given",
    reason: "it is a file or a variable that every process of the container can read",
    references: &["T1552.001", "T1552.007"],
    confidence: Confidence::Certain,
    controls: &["secrets-in-environment"],
    examples: &[
        Example {
            objects: "
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop}
spec:
  containers: [{name: web, image: web, volumeMounts: [{name: key, mountPath: /key}]}]
  volumes: [{name: key, secret: {secretName: key}}]
",
            from: "pod shop/web",
            to: "secret shop/key",
            without: &[
                ("[{name: key, mountPath", "[{name: other, mountPath"),
                ("secretName: key", "secretName: other"),
                ("{name: web, namespace: shop}", "{name: web, namespace: other}"),
            ],
        },
        Example {
            objects: "
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop}
spec:
  imagePullSecrets: [{name: key}]
  containers: [{name: web, image: web}]
  ephemeralContainers: [{name: debug, image: debug, envFrom: [{secretRef: {name: key}}]}]
",
            from: "pod shop/web",
            to: "secret shop/key",
            // What images are pulled with no container sees.
            without: &[("secretRef: {name: key}", "configMapRef: {name: key}")],
        },
        Example {
            objects: "
# cluster
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop}
spec:
  containers: [{name: web, image: web, volumeMounts: [{name: all, mountPath: /all}]}]
  volumes: [{name: all, projected: {sources: [{secret: {name: key, optional: true}}]}}]
---
apiVersion: v1
kind: Secret
metadata: {name: key, namespace: shop}
",
            from: "pod shop/web",
            to: "secret shop/key",
            // There is none.
            without: &[
                ("metadata: {name: key,", "metadata: {name: other,"),
                ("[{secret: {name", "[{configMap: {name"),
            ],
        },
    ],
};

/// Where pods find their token.
const TOKEN_PATH: &str = "/var/run/secrets/kubernetes.io/serviceaccount";

const AUTOMOUNT: &[&str] = &["automountServiceAccountToken"];

pub(super) fn add<'w, 'a: 'w>(world: &World<'w, 'a>, builder: &mut Builder<'w>) {
    // The API server refuses mirrors of pods that ask for secrets or accounts.
    for (number, workload) in world.workloads().filter(|(_, it)| !it.is_mirror()) {
        let contents = volume_contents(workload);
        for (at, container) in (0..).zip(&workload.containers) {
            let holder = Holder { world, workload, container, fact: Fact::Container(number, at) };
            holder.add_mounted(&contents, builder);
            holder.add_environment(builder);
            if holder.mounts_by_itself() {
                holder.add_token(builder);
            }
        }
    }
}

/// Whether the pods of a workload are given a token without asking, wherever they mount it.
pub(super) fn is_given_token<'w, 'a: 'w>(world: &World<'w, 'a>, workload: &PodView<'a>) -> bool {
    !workload.is_mirror() && world.view.mounts_token(workload).0
}

/// A secret; `None` for one that a cluster does not have.
pub(super) fn secret<'w, 'a: 'w>(
    world: &World<'w, 'a>,
    namespace: &'a str,
    name: &'a str,
) -> Option<Fact<'w>> {
    let view = world.view;
    let is_missing =
        view.is_complete(Kind::Secret) && view.find(Kind::Secret, namespace, name).is_none();
    (!is_missing).then_some(Fact::Secret(namespace, name))
}

struct Holder<'h, 'w, 'a> {
    world: &'h World<'w, 'a>,
    workload: &'w PodView<'a>,
    container: &'w ContainerView<'a>,
    fact: Fact<'w>,
}

impl<'w, 'a: 'w> Holder<'_, 'w, 'a> {
    /// Whether admission mounts a token into the container: not into one that was added later, and not where something
    /// else is mounted.
    fn mounts_by_itself(&self) -> bool {
        let mounts = self.container.fields().list("volumeMounts").unwrap_or_default();
        let path = |path: &str| path.trim_end_matches('/') == TOKEN_PATH;
        let is_taken = mounts
            .iter()
            .any(|mount| mount.get("mountPath").and_then(|it| it.as_str()).is_some_and(path));
        let is_later = self.container.list == ContainerList::Ephemeral;
        !is_taken && !is_later && is_given_token(self.world, self.workload)
    }

    fn add_token(&self, builder: &mut Builder<'w>) {
        let (world, workload) = (self.world, self.workload);
        let change = set_in_pod(world, builder, workload, AUTOMOUNT, &false.into());
        let found = place(workload.spec, AUTOMOUNT);
        let basis = Basis::Object(workload.object, found, "a token is mounted");
        builder.step(&MOUNTED_TOKEN, &[self.fact], self.account(), vec![basis], &[change]);
    }

    fn account(&self) -> Fact<'w> {
        Fact::ServiceAccount(self.workload.namespace, self.workload.service_account_name())
    }

    fn add_mounted(&self, contents: &[Content<'a>], builder: &mut Builder<'w>) {
        let (world, workload) = (self.world, self.workload);
        for content in contents {
            let Ok(mut mounts) = self.container.mounts_of(content.volume) else { continue };
            let Some(mount) = mounts.next() else { continue };
            let (technique, gained, what) = match content.secret {
                None => (&MOUNTED_TOKEN, Some(self.account()), "the token"),
                Some(name) => (&READ_SECRET, secret(world, workload.namespace, name), name),
            };
            let Some(gained) = gained else { continue };
            let change = if content.is_automatic() {
                set_in_pod(world, builder, workload, AUTOMOUNT, &false.into())
            } else {
                take_out(world, builder, (workload.object, mount), || self.without(what))
            };
            let basis = Basis::Object(workload.object, Place::Node(mount), "it is mounted");
            builder.step(technique, &[self.fact], gained, vec![basis], &[change]);
        }
    }

    fn add_environment(&self, builder: &mut Builder<'w>) {
        let (world, workload) = (self.world, self.workload);
        for (name, entry) in environment(self.container) {
            let Some(gained) = secret(world, workload.namespace, name) else { continue };
            let change = take_out(world, builder, (workload.object, entry), || self.without(name));
            let basis = Basis::Object(workload.object, Place::Node(entry), "it is in variables");
            builder.step(&READ_SECRET, &[self.fact], gained, vec![basis], &[change]);
        }
    }

    fn without(&self, what: &str) -> String {
        let (container, object) = (self.container.name, self.workload.object.reference());
        format!("take {what} out of container {container} of {object}")
    }
}

//! Where images come from.

use merlon_views::objects::{ImageReference, Place};
use merlon_views::{ContainerView, InventoryView, PodView};

use super::image;
use crate::control::{Applies, Control, Documentation};
use crate::objects::{Judged, Verdict, flaw};
use crate::row::{containers, error, fail, not_applicable, pass, vector};

pub(crate) const CONTROLS: &[Control] = &[
    Control {
        id: "image-registry-retired",
        title: "an image comes from where no updates arrive any more",
        vector: vector("AV:N/AC:H/Au:N/C:P/I:P/A:P"),
        applies: Applies::Objects,
        check: containers(retired),
        documentation: Documentation {
            finds: "\
Images from `k8s.gcr.io` (frozen on 2023-04-03; `registry.k8s.io` has the same paths), from \
`gcr.io/google_containers` and `gcr.io/google-containers` before it, from `gcr.io/kubernetes-helm` \
(Helm 2), `gcr.io/kubebuilder` (closed in March 2025), and from Bitnami's catalogue: versions left \
`docker.io/bitnami` in 2025 for `docker.io/bitnamilegacy`, which gets no updates.",
            matters: "\
No fix arrives under the name, and a pull may fail when it is needed most: when a node is replaced. \
A name that is given up may be taken by somebody else.",
            options: "\
- **The new name**: for `k8s.gcr.io` the edit writes `registry.k8s.io`.
- **A copy in a registry of your own** while you look for a successor.",
            acceptable: "Where a mirror of your own answers for the old name.",
        },
        examples: &[
            fail(container!("image: 'k8s.gcr.io/pause:3.5'")),
            fail(container!("image: 'gcr.io/google_containers/pause:3.1'")),
            fail(container!("image: 'gcr.io/kubebuilder/kube-rbac-proxy:v0.13.0'")),
            fail(container!("image: 'docker.io/bitnamilegacy/redis:7.2.5'")),
            fail(container!("image: 'bitnami/redis:7.2.5'")),
            // What is left there is the newest build alone.
            pass(container!("image: 'bitnami/redis:latest'")),
            pass(container!("image: 'registry.k8s.io/pause:3.10'")),
            // Google's other projects go on.
            pass(container!("image: 'gcr.io/distroless/static:nonroot'")),
            pass(container!("image: 'mirror.example.com/k8s.gcr.io/pause:3.5'")),
            not_applicable(container!("image: 'k8s.gcr.io/Pause'")),
            error(container!("image: 3")),
        ],
    },
    Control {
        id: "image-registry-unnamed",
        title: "a container's image names no registry",
        vector: vector("AV:N/AC:H/Au:N/C:N/I:P/A:N"),
        applies: Applies::Objects,
        check: containers(unnamed),
        documentation: Documentation {
            finds: "Images whose name has no registry, such as `nginx:1.27`.",
            matters: "\
Each node decides where they come from: containerd asks `docker.io`, CRI-O goes through the \
registries of `registries.conf` one after the other, and the first that has the name wins.",
            options: "\
**The whole name**: the edit writes `docker.io/library/nginx`, what containerd and Docker take it \
for.",
            acceptable: "Where every node has one registry for short names, on purpose.",
        },
        examples: &[
            fail(container!("image: 'nginx:1.27'")),
            fail(container!("image: 'acme/app:1.0'")),
            pass(container!("image: 'docker.io/library/nginx:1.27'")),
            pass(container!("image: 'localhost/app:1.0'")),
            not_applicable(container!("image: ''")),
        ],
    },
    Control {
        id: "image-public-registry",
        title: "an image comes from where anybody may publish",
        vector: vector("AV:N/AC:H/Au:N/C:P/I:P/A:N"),
        applies: Applies::Objects,
        check: containers(public),
        documentation: Documentation {
            finds: "\
Images from registries in which anybody opens an account and publishes: Docker Hub (but for its \
own images below `library`), Quay, GitHub, GitLab, Google's `gcr.io`, Amazon's public gallery. \
Registries of one publisher, such as `registry.k8s.io` or `mcr.microsoft.com`, pass.",
            matters: "\
A name that is misspelt, or whose owner gave it up, is somebody else's program with your \
workload's rights; limits and failures of the registry stop your nodes.",
            options: "\
- **A registry of your own** that copies what was looked at (a pull-through cache with an allow \
list), and admission that lets nothing else in.
- **Digests** keep what was looked at from changing.

No edit is offered: the copy has to exist first.",
            acceptable: "For publishers you trust and name in admission's allow list.",
        },
        examples: &[
            fail(container!("image: 'acme/app:1.0'")),
            fail(container!("image: 'quay.io/acme/app:1.0'")),
            fail(container!("image: 'ghcr.io/acme/app:1.0'")),
            pass(container!("image: 'nginx:1.27'")),
            pass(container!("image: 'registry.k8s.io/pause:3.10'")),
            pass(container!("image: 'registry.example.com/acme/app:1.0'")),
            not_applicable(container!("image: ''")),
        ],
    },
];

/// Registries where accounts are open to everyone.
pub(super) const PUBLIC: &[&str] = &[
    "docker.io",
    "quay.io",
    "ghcr.io",
    "gcr.io",
    "registry.gitlab.com",
    "public.ecr.aws",
    "registry.hub.docker.com",
    "ttl.sh",
];

/// Names that get no updates: registry, beginning of the repository, what happened.
const RETIRED: &[(&str, &str, &str)] = &[
    ("k8s.gcr.io", "", "k8s.gcr.io is frozen since April 2023"),
    ("gcr.io", "google_containers/", "gcr.io/google_containers is long frozen"),
    ("gcr.io", "google-containers/", "gcr.io/google-containers is long frozen"),
    ("gcr.io", "kubernetes-helm/", "Helm 2 gets no updates since November 2020"),
    ("gcr.io", "kubebuilder/", "gcr.io/kubebuilder closed in March 2025"),
    ("docker.io", "bitnamilegacy/", "docker.io/bitnamilegacy gets no updates"),
];

fn retired<'a>(
    _: &InventoryView<'a>,
    _: &PodView<'a>,
    container: &ContainerView<'a>,
) -> Judged<'a> {
    let Some((image, node)) = image(container)? else { return Ok(Verdict::NotApplicable) };
    let is_here =
        |row: &&(&str, &str, &str)| image.registry == row.0 && image.repository.starts_with(row.1);
    let Some((registry, _, happened)) = RETIRED.iter().find(is_here) else {
        let is_gone = image.registry == "docker.io"
            && image.repository.starts_with("bitnami/")
            && image.effective_tag() != Some("latest");
        if !is_gone {
            return Ok(Verdict::Pass);
        }
        return flaw(Place::Node(node), "versions left docker.io/bitnami in 2025")
            .step("Choose an image that gets updates, or build the chart's image yourself", &[])
            .into();
    };
    let flaw = flaw(Place::Node(node), *happened);
    match (*registry, node.as_str().and_then(|text| text.split_once('/'))) {
        ("k8s.gcr.io", Some((_, path))) => {
            flaw.set(format!("registry.k8s.io/{path}")).needs_review().into()
        }
        _ => flaw.step("Choose an image that gets updates", &[]).into(),
    }
}

fn unnamed<'a>(
    _: &InventoryView<'a>,
    _: &PodView<'a>,
    container: &ContainerView<'a>,
) -> Judged<'a> {
    let Some((image, node)) = image(container)? else { return Ok(Verdict::NotApplicable) };
    if image.names_registry {
        return Ok(Verdict::Pass);
    }
    let mut whole = image.full_name();
    whole.extend(image.tag.iter().flat_map(|tag| [":", tag]));
    whole.extend(image.digest.iter().flat_map(|digest| ["@", digest]));
    flaw(Place::Node(node), "the image names no registry").set(whole).needs_review().into()
}

fn public<'a>(_: &InventoryView<'a>, _: &PodView<'a>, container: &ContainerView<'a>) -> Judged<'a> {
    let Some((image, node)) = image(container)? else { return Ok(Verdict::NotApplicable) };
    if !is_public(&image) {
        return Ok(Verdict::Pass);
    }
    flaw(Place::Node(node), format!("anybody may publish at {}", image.registry))
        .step("Copy the image to a registry of your own and name that", &[])
        .into()
}

fn is_public(image: &ImageReference<'_>) -> bool {
    PUBLIC.contains(&image.registry) && !image.is_official()
}

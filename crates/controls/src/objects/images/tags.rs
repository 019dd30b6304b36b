//! Which build of an image a container gets.

use merlon_model::Severity;
use merlon_views::objects::{ImageReference, Place, place};
use merlon_views::{ContainerView, InventoryView, PodView};

use super::image;
use crate::control::{Applies, Control, Documentation};
use crate::objects::{Judged, Verdict, flaw};
use crate::row::{containers, error, fail, not_applicable, pass, vector};

pub(crate) const CONTROLS: &[Control] = &[
    Control {
        id: "image-reference-invalid",
        title: "a container's image has a name that no runtime takes",
        vector: vector("AV:L/AC:L/Au:S/C:N/I:N/A:P"),
        applies: Applies::Objects,
        check: containers(reference_invalid),
        documentation: Documentation {
            finds: "\
Names of images that do not follow the rules of registries: upper-case repositories, blanks, a tag \
or digest that is none, a placeholder that nobody filled in.",
            matters: "\
The API server accepts such a pod, the kubelet never starts it (`InvalidImageName`), and no other \
control on images can say anything of it.",
            options: "\
**Write the name as registries do**: `host/path:tag@sha256:digest` with a lower-case path. The edit \
offered changes letters of the path alone; otherwise only the author knows which image was meant.",
            acceptable: "In manifests that another program fills in before they are applied.",
        },
        examples: &[
            fail(container!("image: 'acme/App:1.0'")),
            fail(container!("image: 'registry.example.com:5000/Acme/app:RC1'")),
            fail(container!("image: '$(IMAGE)'")),
            fail(container!("image: 'nginx@sha256:abc'")),
            fail(container!("image: ''")),
            pass(container!("image: 'registry.example.com:5000/acme/app:1.0'")),
            pass(container!("image: localhost/app")),
            // A workload's own controller may fill it in.
            not_applicable(container!("image: null")),
            error(container!("image: [nginx]")),
        ],
    },
    Control {
        id: "image-tag-latest",
        title: "a container's image has no version",
        vector: vector("AV:N/AC:H/Au:S/C:P/I:P/A:P"),
        applies: Applies::Objects,
        check: containers(tag_latest),
        documentation: Documentation {
            finds: "\
Images without a tag, which means `latest`, and tags that by their name move with every build \
(`latest`, `main`, `master`, `nightly`, `edge`, `canary`, `dev`). A digest decides whatever the \
tag is, so images with one pass.",
            matters: "\
Nobody knows what runs: two replicas may differ, a rollback brings the same image again, and who \
can push to the repository changes what runs at the next restart.",
            options: "\
- **A version and a digest**: `app:1.4.2@sha256:…`; the version is for people, the digest decides.
- **A version alone**, from a registry where tags cannot be overwritten.

No edit is offered: which version was meant does not stand in the object.",
            acceptable: "In clusters for development that are thrown away.",
        },
        examples: &[
            fail(container!("image: nginx")),
            fail(container!("image: 'nginx:latest'")),
            fail(container!("image: 'localhost:5000/nginx'")),
            fail(container!("image: 'ghcr.io/acme/app:nightly'")),
            fail(pod!("{initContainers: [{name: a, image: busybox}], containers: []}")),
            fail(pod!("{ephemeralContainers: [{name: a, image: busybox}], containers: []}")),
            pass(container!("image: 'nginx:1.27.3'")),
            // The digest decides.
            pass(concat!(
                "apiVersion: v1\nkind: Pod\nspec: {containers: [{name: a, image: 'nginx:latest@",
                "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'}]}"
            )),
            // A tag that only begins like one that moves.
            pass(container!("image: 'acme/app:main-3f2c1d'")),
            not_applicable(container!("image: 'acme/App'")),
            error(container!("image: 1")),
        ],
    },
    Control {
        id: "image-without-digest",
        title: "a container's image is not pinned by its digest",
        vector: vector("AV:N/AC:H/Au:S/C:P/I:P/A:N"),
        applies: Applies::Objects,
        check: containers(without_digest),
        documentation: Documentation {
            finds: "Images that are named by a tag alone.",
            matters: "\
A tag can be pushed again: who takes over the repository, or the way to it, changes what the next \
pod runs without a change of any manifest.",
            options: "\
- **Tag and digest**, kept up to date by a program (Renovate, Dependabot, Flux); the digest of a \
running pod stands in `status.containerStatuses[].imageID`.
- **Immutable tags** in the registry and an admission step that puts the digest in.

No edit is offered: the digest has to come from the registry.",
            acceptable: "Where the registry refuses to overwrite tags.",
        },
        examples: &[
            fail(container!("image: 'nginx:1.27.3'")),
            fail(container!("image: nginx")),
            pass(concat!(
                "apiVersion: v1\nkind: Pod\nspec: {containers: [{name: a, image: nginx@",
                "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855}]}"
            )),
            not_applicable(container!("image: 'a:b:c'")),
            error(container!("image: {a: b}")),
        ],
    },
    Control {
        id: "image-pulled-once",
        title: "a node goes on using an old image under a tag that moves",
        vector: vector("AV:L/AC:H/Au:S/C:N/I:P/A:P"),
        applies: Applies::Objects,
        check: containers(pulled_once),
        documentation: Documentation {
            finds: "\
`imagePullPolicy: IfNotPresent` or `Never` where the image has no tag, or one that moves. Without a \
policy `latest` is pulled always; other tags are pulled once, which is right for versions.",
            matters: "\
Each node runs whatever the tag meant when it first pulled it: fixes do not arrive, and replicas \
differ. With `Never`, whoever can put an image on the node decides what runs.",
            options: "\
- **A version or digest** instead of the tag; then nothing has to be pulled twice.
- **`Always`**: it asks the registry for the digest and loads only what changed.",
            acceptable: "With images that are built on the node itself, as in `kind` and `minikube`.",
        },
        examples: &[
            fail(container!("image: nginx, imagePullPolicy: IfNotPresent")),
            fail(container!("image: 'nginx:latest', imagePullPolicy: Never")),
            fail(container!("image: 'acme/app:main', imagePullPolicy: null")),
            pass(container!("image: nginx")),
            pass(container!("image: nginx, imagePullPolicy: Always")),
            pass(container!("image: 'nginx:1.27.3', imagePullPolicy: IfNotPresent")),
            pass(container!("image: 'nginx:1.27.3'")),
            pass(concat!(
                "apiVersion: v1\nkind: Pod\nspec: {containers: [{name: a, image: nginx@",
                "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855,",
                " imagePullPolicy: IfNotPresent}]}"
            )),
            error(container!("image: nginx, imagePullPolicy: true")),
        ],
    },
    Control {
        id: "image-pull-not-always",
        title: "a container uses an image of its node without asking the registry",
        vector: vector("AV:L/AC:H/Au:S/C:P/I:N/A:N"),
        applies: Applies::Objects,
        check: containers(not_always),
        documentation: Documentation {
            finds: "\
Containers whose effective policy is not `Always`, with an image that is not pinned by its digest.",
            matters: "\
An image that lies on the node is given to every pod that names it, without its pull secret: \
whoever may create pods there reads private images of others.",
            options: "\
- **The admission plugin `AlwaysPullImages`** for all, in clusters of several tenants.
- **`imagePullPolicy: Always`** per container; no pod starts while the registry is down.
- **`imagePullCredentialsVerificationPolicy`** of kubelets that know it asks for credentials.",
            acceptable: "In clusters of one tenant, and where the registry must not be needed.",
        },
        examples: &[
            fail(container!("image: 'nginx:1.27.3'")),
            fail(container!("image: 'nginx:1.27.3', imagePullPolicy: IfNotPresent")),
            pass(container!("image: 'nginx:1.27.3', imagePullPolicy: Always")),
            pass(container!("image: nginx")),
            error(container!("image: nginx, imagePullPolicy: {}")),
        ],
    },
];

fn reference_invalid<'a>(
    _: &InventoryView<'a>,
    _: &PodView<'a>,
    container: &ContainerView<'a>,
) -> Judged<'a> {
    let fields = container.fields();
    let (Some(text), Some(node)) = (fields.text("image")?, fields.get("image").node()) else {
        return Ok(Verdict::NotApplicable);
    };
    if ImageReference::parse(text).is_some() {
        return Ok(Verdict::Pass);
    }
    let flaw = flaw(Place::Node(node), format!("no runtime takes {text:?} for an image"));
    match lower_path(text) {
        Some(image) => flaw.set(image).needs_review().into(),
        None => {
            flaw.step("Write the image as host/path:tag@digest, with a lower-case path", &[]).into()
        }
    }
}

/// The image with its path in lower case, where that is all that is wrong: registries know no other.
fn lower_path(text: &str) -> Option<String> {
    let end = text.rfind('/').map_or(0, |slash| slash + 1);
    let end = text[end..].find([':', '@']).map_or(text.len(), |tag| end + tag);
    let image = format!("{}{}", text[..end].to_ascii_lowercase(), &text[end..]);
    ImageReference::parse(&image).is_some().then_some(image)
}

fn tag_latest<'a>(
    _: &InventoryView<'a>,
    _: &PodView<'a>,
    container: &ContainerView<'a>,
) -> Judged<'a> {
    let Some((image, node)) = image(container)? else { return Ok(Verdict::NotApplicable) };
    let Some(tag) = image.effective_tag().filter(|tag| moves(tag)) else {
        return Ok(Verdict::Pass);
    };
    let message = match image.tag {
        None => "the image has no tag, which means latest".to_owned(),
        Some(_) => format!("the image's tag {tag} moves with every build"),
    };
    let instruction = "Name the version that was tested, best with its digest";
    flaw(Place::Node(node), message).step(instruction, &[]).into()
}

fn without_digest<'a>(
    _: &InventoryView<'a>,
    _: &PodView<'a>,
    container: &ContainerView<'a>,
) -> Judged<'a> {
    let Some((image, node)) = image(container)? else { return Ok(Verdict::NotApplicable) };
    if image.digest.is_some() {
        return Ok(Verdict::Pass);
    }
    flaw(Place::Node(node), "the image is named by a tag alone")
        .step(
            "Ask the registry for the digest of the tested image and write it behind the tag",
            &[],
        )
        .into()
}

fn pulled_once<'a>(
    _: &InventoryView<'a>,
    _: &PodView<'a>,
    container: &ContainerView<'a>,
) -> Judged<'a> {
    let policy = container.fields().text("imagePullPolicy")?;
    let Some((image, _)) = image(container)? else { return Ok(Verdict::NotApplicable) };
    let Some(tag) = image.effective_tag().filter(|tag| moves(tag)) else {
        return Ok(Verdict::Pass);
    };
    match policy.unwrap_or_else(|| default_policy(&image)) {
        "Always" => Ok(Verdict::Pass),
        policy => {
            let message = format!("the tag {tag} moves, and {policy} keeps what it once meant");
            flaw(place(container.node, &["imagePullPolicy"]), message)
                .set("Always")
                .needs_review()
                .into()
        }
    }
}

fn not_always<'a>(
    _: &InventoryView<'a>,
    _: &PodView<'a>,
    container: &ContainerView<'a>,
) -> Judged<'a> {
    let policy = container.fields().text("imagePullPolicy")?;
    let Some((image, _)) = image(container)? else { return Ok(Verdict::NotApplicable) };
    if image.digest.is_some() || policy.unwrap_or_else(|| default_policy(&image)) == "Always" {
        return Ok(Verdict::Pass);
    }
    let message = "the node's copy of the image is used without asking the registry";
    flaw(place(container.node, &["imagePullPolicy"]), message)
        .at_most(Severity::Low)
        .set("Always")
        .needs_review()
        .into()
}

/// What the API server puts in (`SetDefaults_Container`): a digest beside the tag changes nothing.
fn default_policy(image: &ImageReference<'_>) -> &'static str {
    if image.effective_tag() == Some("latest") { "Always" } else { "IfNotPresent" }
}

/// Tags that builds push again by their custom.
fn moves(tag: &str) -> bool {
    const MOVING: &[&str] =
        &["latest", "main", "master", "nightly", "edge", "canary", "dev", "develop", "rolling"];
    MOVING.contains(&tag)
}

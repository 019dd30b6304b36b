//! Who decides which images may run.

use merlon_model::Kind;
use merlon_snapshot::Object;
use merlon_views::InventoryView;
use merlon_views::objects::{Fields, Malformed, Place, place};

use super::registries::PUBLIC;
use crate::control::{Applies, Check, Control, Documentation};
use crate::objects::{Flaw, Judged, Verdict, flaw};
use crate::row::{error, fail, not_applicable, objects, pass, vector};

pub(crate) const CONTROLS: &[Control] = &[
    Control {
        id: "image-provenance-unverified",
        title: "images run without proof of where they come from",
        vector: vector("AV:N/AC:H/Au:N/C:P/I:P/A:P"),
        applies: Applies::Objects,
        check: Check::Inventory {
            reads: READ,
            judge: provenance,
        },
        documentation: Documentation {
            finds: "\
What verifies signatures of images at admission: Kyverno policies with `verifyImages`, the \
webhooks of sigstore's policy-controller, Connaisseur and Ratify. Reported are those that let \
images in that fail: policies that only audit, webhooks with `failurePolicy: Ignore`. Where none is \
seen, a person has to look: an `ImagePolicyWebhook` of the API server, or a provider's own \
(Binary Authorization), does not show in objects.",
            matters: "\
A tag that was pushed by somebody else, or a look-alike name, runs with the workload's rights.",
            options: "\
**Signature policies** (Kyverno, sigstore policy-controller, Connaisseur), **ImagePolicyWebhook** \
for a checker of your own (decide what happens when it is down), or at least **allowed registries \
and digests**. To enforce stops pods whose image is not signed: audit first.",
            acceptable: "For test clusters without access to anything that matters.",
        },
        examples: &[
            fail(
                "\
# cluster
kind: ClusterPolicy
apiVersion: kyverno.io/v1
metadata: {name: signed}
spec: {validationFailureAction: Audit, rules: [{name: a, verifyImages: [{imageReferences: ['*']}]}]}",
            ),
            fail(
                "\
# cluster
kind: ValidatingWebhookConfiguration
apiVersion: admissionregistration.k8s.io/v1
metadata: {name: policy.sigstore.dev}
webhooks: [{name: policy.sigstore.dev, failurePolicy: Ignore}]",
            ),
            pass(
                "\
# cluster
kind: ClusterPolicy
apiVersion: kyverno.io/v1
metadata: {name: signed}
spec: {validationFailureAction: Enforce, rules: [{name: a, verifyImages: [{imageReferences: ['*']}]}]}",
            ),
            pass(
                "\
# cluster
kind: MutatingWebhookConfiguration
apiVersion: admissionregistration.k8s.io/v1
metadata: {name: connaisseur-webhook}
webhooks: [{name: connaisseur-svc.connaisseur.svc, failurePolicy: Fail}]",
            ),
            // Other manifests may have one.
            not_applicable(pod!("{containers: [{name: web, image: nginx}]}")),
            error("# cluster\n# gap validatingwebhookconfigurations permission-denied"),
        ],
    },
    Control {
        id: "gatekeeper-repository-open",
        title: "Gatekeeper's allowed repositories let more in than they name",
        vector: vector("AV:N/AC:M/Au:S/C:P/I:P/A:P"),
        applies: Applies::Objects,
        check: objects(&[Kind::K8sAllowedRepos], allowed_repositories),
        documentation: Documentation {
            finds: "\
Entries of `repos` in K8sAllowedRepos that are compared as the beginning of a name and so match \
more than meant: an empty one, a host without a slash behind it (`registry.example.com` also \
begins `registry.example.com.attacker.net/…`), a whole public registry, a publisher without a \
slash (`docker.io/acme` also begins `docker.io/acme-tools/…`).",
            matters: "\
Who may create pods brings images of their own in by choosing a name that begins alike.",
            options: "\
**End each entry with a slash**; the edit does. For a whole public registry name the publishers \
instead, which only you know; empty entries are taken away.",
            acceptable: "Where the cluster reaches no registry but your own.",
        },
        examples: &[
            fail(allowed!("[registry.example.com]")),
            fail(allowed!("['', 'registry.example.com/']")),
            fail(allowed!("[docker.io/]")),
            fail(allowed!("[quay.io]")),
            fail(allowed!("[docker.io/acme, 'registry.example.com:5000']")),
            pass(allowed!("[registry.example.com/, docker.io/acme/]")),
            // One image, or those of one publisher, whatever follows.
            pass(allowed!("[docker.io/acme/app, registry.example.com/team]")),
            error(allowed!("{a: b}")),
        ],
    },
];

/// What shows a verifier.
const READ: &[Kind] = &[
    Kind::ValidatingWebhookConfiguration,
    Kind::MutatingWebhookConfiguration,
    Kind::ClusterPolicy,
    Kind::Policy,
];

/// A webhook or policy engine that verifies signatures, by the words in its webhooks' names.
const VERIFIERS: &[&str] = &["policy.sigstore.dev", "connaisseur", "ratify", "cosigned"];

fn provenance<'a>(view: &InventoryView<'a>) -> Judged<'a> {
    let mut flaws = Vec::new();
    let mut verifiers = 0_usize;
    for kind in [Kind::ValidatingWebhookConfiguration, Kind::MutatingWebhookConfiguration] {
        for object in view.of_kind(kind) {
            let webhooks = Fields::of(&object.root).list("webhooks")?;
            for webhook in webhooks {
                let name = Fields::of(webhook).text("name")?.unwrap_or_default();
                if !VERIFIERS.iter().any(|verifier| name.contains(verifier)) {
                    continue;
                }
                verifiers += 1;
                if Fields::of(webhook).text("failurePolicy")? == Some("Ignore") {
                    let message = format!("images run unverified while {name} does not answer");
                    let place = place(webhook, &["failurePolicy"]);
                    let flaw = flaw(place, message).set("Fail").needs_review();
                    flaws.push(flaw.of_object(object));
                }
            }
        }
    }
    for kind in [Kind::ClusterPolicy, Kind::Policy] {
        for object in view.of_kind(kind) {
            if verifies(object)? {
                verifiers += 1;
                flaws.extend(audit_only(object)?);
            }
        }
    }
    match verifiers {
        0 if READ[..2].iter().all(|kind| view.is_complete(*kind)) => Ok(Verdict::Manual(
            "no object verifies images; see whether the API server or the provider does".to_owned(),
        )),
        // In other manifests, or behind the gap that is told of, there may be one.
        0 => Ok(Verdict::NotApplicable),
        _ => Ok(Verdict::of(flaws)),
    }
}

/// Whether a Kyverno policy verifies signatures.
fn verifies(object: &Object) -> Result<bool, Malformed<'_>> {
    for rule in Fields::of(&object.root).get("spec").list("rules")? {
        if !Fields::of(rule).list("verifyImages")?.is_empty() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// What of a Kyverno policy lets images in that fail: `Audit` is what counts where nothing is
/// written (Kyverno's `validationFailureAction`; since 1.13 also per rule and image).
fn audit_only(object: &Object) -> Result<Option<Flaw<'_>>, Malformed<'_>> {
    const ACTION: &[&str] = &["spec", "validationFailureAction"];
    let enforces =
        |action: Option<&str>| action.is_some_and(|it| it.eq_ignore_ascii_case("enforce"));
    let spec = Fields::of(&object.root).get("spec");
    if enforces(spec.text("validationFailureAction")?) {
        return Ok(None);
    }
    for rule in spec.list("rules")? {
        let images = Fields::of(rule).list("verifyImages")?;
        let mut enforced = true;
        for image in images {
            enforced &= enforces(Fields::of(image).text("failureAction")?);
        }
        if !enforced {
            let message = "images that fail the policy are only reported";
            let flaw = flaw(place(&object.root, ACTION), message).set("Enforce").needs_review();
            return Ok(Some(flaw.of_object(object)));
        }
    }
    Ok(None)
}

fn allowed_repositories<'a>(_: &InventoryView<'a>, object: &'a Object) -> Judged<'a> {
    let parameters = Fields::of(&object.root).path(&["spec", "parameters"]);
    let mut flaws = Vec::new();
    for node in parameters.list("repos")? {
        let text = node.as_str().ok_or(Malformed { node, expected: "a text" })?;
        flaws.extend(too_open(text).map(|(message, instead)| {
            let flaw = flaw(Place::Node(node), message);
            match instead {
                Instead::Text(text) => flaw.set(text).needs_review(),
                Instead::Nothing => flaw.remove(node).needs_review(),
                Instead::Publishers => {
                    flaw.step("Name the publishers you trust instead: docker.io/acme/", &[])
                }
            }
        }));
    }
    Ok(Verdict::of(flaws))
}

enum Instead {
    Text(String),
    Nothing,
    Publishers,
}

/// What else an entry lets in, and what to write for it.
fn too_open(entry: &str) -> Option<(String, Instead)> {
    let (host, path) = match entry.split_once('/') {
        _ if entry.is_empty() => {
            return Some(("an empty entry allows every image".to_owned(), Instead::Nothing));
        }
        Some((host, path)) => (host, Some(path)),
        None => (entry, None),
    };
    let is_public = PUBLIC.contains(&host);
    match path {
        None | Some("") if is_public => {
            let message = format!("anybody may publish at {host}, and all of it is allowed");
            Some((message, Instead::Publishers))
        }
        None if host.contains(['.', ':']) => {
            let message = format!("{entry:?} also begins hosts of others");
            Some((message, Instead::Text(format!("{entry}/"))))
        }
        Some(path) if is_public && !path.is_empty() && !path.contains(['/', ':', '@']) => {
            let message = format!("{entry:?} also begins names of other publishers");
            Some((message, Instead::Text(format!("{entry}/"))))
        }
        _ => None,
    }
}

//! Programs whose release has a known hole, by their image.

use merlon_model::{Severity, Version};
use merlon_views::objects::{ImageReference, Malformed, Place};
use merlon_views::{ContainerView, InventoryView, PodView};

use super::{Numbers, Weakness, numbers};
use crate::control::{Applies, Control, Documentation};
use crate::objects::images::image;
use crate::objects::{Flaw, Judged, Verdict, flaw};
use crate::row::{containers, error, fail, not_applicable, pass, vector};

pub(crate) const CONTROLS: &[Control] = &[Control {
    id: "image-known-vulnerability",
    title: "a program of the platform has a known hole",
    vector: vector("AV:N/AC:L/Au:N/C:C/I:C/A:C"),
    applies: Applies::Objects,
    check: containers(known),
    documentation: Documentation {
        finds: "\
Images of programs that hold rights on the cluster, in a release with a known hole: ingress-nginx, \
Argo CD, Kyverno, Grafana, Redis, the NVIDIA container toolkit, the dashboard. The release is the \
image's tag; copies in other registries count by the end of their name. Images named by a digest or a tag \
without a version cannot be judged. It is no scan of what is in images.",
        matters: "\
These holes are public and used: CVE-2025-1974 gives anybody on the pods' network what \
ingress-nginx may read, in most clusters every Secret.",
        options: "\
- **The release that mends it**: the edit writes the nearest one of the line that is in use, or of \
the next that got one.
- **A scanner of images** for everything else that runs.",
        acceptable: "Where a vendor's build has the fix under the old number.",
    },
    examples: &[
        fail(container!("image: 'registry.k8s.io/ingress-nginx/controller:v1.11.4'")),
        fail(container!("image: 'mirror.example.com/argoproj/argocd:v2.1.8'")),
        fail(container!("image: 'ghcr.io/kyverno/kyverno:v1.8.4'")),
        fail(container!("image: 'grafana/grafana:9.2.3'")),
        fail(container!("image: 'grafana/grafana-oss:8.3.0'")),
        fail(container!("image: 'redis:7.2.4-alpine'")),
        fail(container!("image: 'nvcr.io/nvidia/k8s/container-toolkit:v1.17.7-ubuntu20.04'")),
        pass(container!("image: 'registry.k8s.io/ingress-nginx/controller:v1.12.1'")),
        pass(container!("image: 'registry.k8s.io/ingress-nginx/controller:v1.11.5'")),
        pass(container!("image: 'ghcr.io/kyverno/kyverno:v1.8.5'")),
        // The hole came later.
        pass(container!("image: 'ghcr.io/kyverno/kyverno:v1.8.2'")),
        pass(container!("image: 'redis:8.2.2'")),
        // Another program of the same name.
        not_applicable(container!("image: 'acme/redis:1.0.0'")),
        not_applicable(container!("image: 'grafana/grafana:latest'")),
        not_applicable(container!("image: 'grafana/grafana:9'")),
        error(container!("image: 7")),
    ],
}];

/// Images of one program and what is known of it.
struct Program {
    name: &'static str,
    images: &'static [&'static str],
    weaknesses: &'static [Weakness],
}

/// The advisories of the programs' own projects.
const PROGRAMS: &[Program] = &[
    Program {
        name: "ingress-nginx",
        images: &["ingress-nginx/controller", "ingress-nginx/controller-chroot"],
        weaknesses: &[Weakness {
            id: "CVE-2025-1974",
            lets: "whoever reaches its admission webhook run programs in it",
            severity: Severity::Critical,
            since: (0, 0, 0),
            fixed: &[(1, 11, 5), (1, 12, 1)],
        }],
    },
    Program {
        name: "Argo CD",
        images: &["argoproj/argocd"],
        weaknesses: &[
            Weakness {
                id: "CVE-2022-24348",
                lets: "the writer of a Helm chart read files of other applications",
                severity: Severity::High,
                since: (0, 0, 0),
                fixed: &[(2, 1, 9), (2, 2, 4)],
            },
            Weakness {
                id: "CVE-2024-31989",
                lets: "any pod of the cluster change what is deployed, through its Redis",
                severity: Severity::Critical,
                since: (0, 0, 0),
                fixed: &[(2, 8, 19), (2, 9, 15), (2, 10, 10), (2, 11, 1)],
            },
        ],
    },
    Program {
        name: "Kyverno",
        images: &["kyverno/kyverno"],
        weaknesses: &[Weakness {
            id: "CVE-2022-47633",
            lets: "a registry pass unsigned images off as signed",
            severity: Severity::High,
            since: (1, 8, 3),
            fixed: &[(1, 8, 5)],
        }],
    },
    Program {
        name: "Grafana",
        images: &["grafana/grafana", "grafana/grafana-oss", "grafana/grafana-enterprise"],
        weaknesses: &[
            Weakness {
                id: "CVE-2022-39328",
                lets: "somebody without a login use what needs one",
                severity: Severity::High,
                since: (9, 2, 0),
                fixed: &[(9, 2, 4)],
            },
            Weakness {
                id: "CVE-2021-43798",
                lets: "somebody without a login read the container's files",
                severity: Severity::High,
                since: (8, 0, 0),
                fixed: &[(8, 0, 7), (8, 1, 8), (8, 2, 7), (8, 3, 1)],
            },
        ],
    },
    Program {
        name: "Redis",
        images: &["redis"],
        weaknesses: &[Weakness {
            id: "CVE-2025-49844",
            lets: "whoever may run scripts in it run programs in its container",
            severity: Severity::High,
            since: (0, 0, 0),
            fixed: &[(6, 2, 20), (7, 2, 11), (7, 4, 6), (8, 0, 4), (8, 2, 2)],
        }],
    },
    Program {
        name: "the NVIDIA container toolkit",
        images: &["nvidia/k8s/container-toolkit"],
        weaknesses: &[Weakness {
            id: "CVE-2025-23266",
            lets: "an image take over the node that starts it",
            severity: Severity::Critical,
            since: (0, 0, 0),
            fixed: &[(1, 17, 8)],
        }],
    },
    Program {
        name: "the Kubernetes dashboard",
        images: &["kubernetes-dashboard-amd64"],
        weaknesses: &[Weakness {
            id: "CVE-2018-18264",
            lets: "somebody without a login read the Secrets of its namespace",
            severity: Severity::High,
            since: (0, 0, 0),
            fixed: &[(1, 10, 1)],
        }],
    },
];

fn known<'a>(_: &InventoryView<'a>, _: &PodView<'a>, container: &ContainerView<'a>) -> Judged<'a> {
    match holes(container)? {
        None => Ok(Verdict::NotApplicable),
        Some((_, None)) => Ok(Verdict::Pass),
        Some((_, Some(flaw))) => flaw.into(),
    }
}

/// The ids of the known holes that a container's program has, with the flaw that tells them.
pub(in crate::objects) fn known_holes<'a>(
    container: &ContainerView<'a>,
) -> Result<Option<(Vec<&'static str>, Flaw<'a>)>, Malformed<'a>> {
    Ok(holes(container)?.and_then(|(ids, flaw)| Some((ids, flaw?))))
}

/// The ids of all holes that are known.
#[cfg(test)]
pub(in crate::objects) fn hole_ids() -> impl Iterator<Item = &'static str> {
    PROGRAMS.iter().flat_map(|program| program.weaknesses).map(|weakness| weakness.id)
}

/// The holes of one of the programs, and no flaw where it has none; `None` for another program or release.
type Holes<'a> = Option<(Vec<&'static str>, Option<Flaw<'a>>)>;

fn holes<'a>(container: &ContainerView<'a>) -> Result<Holes<'a>, Malformed<'a>> {
    let Some((image, node)) = image(container)? else { return Ok(None) };
    let is_program = |it: &&Program| it.images.iter().any(|name| image.is_copy_of(name));
    let Some(program) = PROGRAMS.iter().find(is_program) else {
        return Ok(None);
    };
    let Some(version) = version(&image) else { return Ok(None) };
    let release = numbers(&version);
    let found: Vec<&Weakness> = program.weaknesses.iter().filter(|it| it.is_in(release)).collect();
    let Some(worst) = found.iter().map(|weakness| weakness.severity).max() else {
        return Ok(Some((Vec::new(), None)));
    };
    let holes: Vec<String> = found.iter().map(|it| format!("{} lets {}", it.id, it.lets)).collect();
    let (major, minor, patch) = release;
    let name = program.name;
    let message = format!("{name} {major}.{minor}.{patch}: {}", holes.join("; "));
    let flaw = flaw(Place::Node(node), message).at_most(worst);
    let fix = fix(program, release);
    let (major, minor, patch) = fix;
    let text = node.as_str().unwrap_or_default();
    let tag = image.tag.unwrap_or_default();
    // What a suffix says, such as the base of the build, may not exist for the other release.
    let mended = version.suffix.is_empty().then(|| text.strip_suffix(tag)).flatten();
    let expected = format!("{name} {major}.{minor}.{patch} or later");
    let flaw = match mended {
        Some(before) => {
            let sign = if tag.starts_with('v') { "v" } else { "" };
            flaw.set(format!("{before}{sign}{major}.{minor}.{patch}")).needs_review()
        }
        None => flaw.step(format!("Upgrade to {expected}"), &[]),
    }
    .expected(expected);
    let ids = found.iter().map(|weakness| weakness.id).collect();
    Ok(Some((ids, Some(flaw))))
}

/// The release that an image's tag tells in full: `9` may be any of its line.
fn version(image: &ImageReference<'_>) -> Option<Version> {
    let tag = image.tag.filter(|_| image.digest.is_none())?;
    let numbers = tag.split(['-', '+']).next()?;
    Version::parse(tag).filter(|_| numbers.matches('.').count() == 2)
}

/// The nearest release in which nothing of what is known is left.
fn fix(program: &Program, release: Numbers) -> Numbers {
    let mut fix = release;
    while let Some(next) = program
        .weaknesses
        .iter()
        .filter(|weakness| weakness.is_in(fix))
        .find_map(|weakness| weakness.fix_for(fix))
    {
        fix = next;
    }
    fix
}

//! Programs that are reached from the internet and that nobody has to break: they are open, or known to be broken.

use merlon_model::Severity;
use merlon_views::objects::Place;
use merlon_views::{InventoryView, PodView};

use super::internet::{exposing, ways};
use super::{reached, unreached};
use crate::control::{Applies, Check, Control, Documentation};
use crate::objects::software::versions::known_holes;
use crate::objects::{Judged, Verdict};
use crate::row::{error, fail, pass, vector};

pub(crate) const CONTROLS: &[Control] = &[
    Control {
        id: "exposed-workload-outdated-software",
        title: "a workload that is reached from the internet has a hole that is used from there",
        vector: vector("AV:N/AC:L/Au:N/C:C/I:C/A:C"),
        applies: Applies::Objects,
        check: Check::Pod { reads: exposing![], judge: outdated },
        documentation: Documentation {
            finds: "\
A way from outside to a container, as for `exposed-workload-privileged`, whose image is a release with a hole \
that takes no more than the port the program serves: Grafana, Redis and the Kubernetes dashboard, by the advisories of \
`image-known-vulnerability`. Holes that need the network of the pods, such as those of an admission webhook, are left \
to that control. Images by digest, or by a tag without a version, cannot be judged and pass; a scanner of images knows \
more.",
            matters: "\
Such holes are searched for by machines. The program is open from the hour its address is found, whatever else is \
in order.",
            options: "\
- **The release that mends it**: the edit offered, where the tag can be written.
- **Close the way** until then: a list of addresses, a login in the Ingress controller.",
            acceptable: "Where a vendor's build has the fix under the old number.",
        },
        examples: &[
            fail(concat!(
                web!("{containers: [{name: web, image: 'grafana/grafana:8.3.0'}]}"),
                service!("type: LoadBalancer")
            )),
            fail(concat!(
                web!("{containers: [{name: web, image: 'redis:7.2.4-alpine'}]}"),
                service!("type: LoadBalancer")
            )),
            pass(concat!(
                web!("{containers: [{name: web, image: 'grafana/grafana:8.3.1'}]}"),
                service!("type: LoadBalancer")
            )),
            pass(concat!(
                web!("{containers: [{name: web, image: 'grafana/grafana:8.3.0'}]}"),
                service!("type: ClusterIP")
            )),
            pass(concat!(
                web!("{containers: [{name: web, image: 'grafana/grafana:8.3.0'}]}"),
                ingress!("{nginx.ingress.kubernetes.io/auth-type: basic}")
            )),
            // Its hole is in a webhook that no service of its proxy leads to.
            pass(concat!(
                web!("{containers: [{name: web, image: 'registry.k8s.io/ingress-nginx/controller:v1.11.4'}]}"),
                service!("type: LoadBalancer")
            )),
            // It is the other container's.
            pass(concat!(
                web!(
                    "
  containers:
  - {name: web, ports: [{containerPort: 80}]}
  - {name: cache, image: 'redis:7.2.4'}"
                ),
                service!("type: LoadBalancer")
            )),
            error(concat!(
                web!("{containers: [{name: web, image: 7}]}"),
                service!("type: LoadBalancer")
            )),
        ],
    },
    Control {
        id: "exposed-administration-without-login",
        title: "an interface for administrators lets in everybody from the internet",
        vector: vector("AV:N/AC:L/Au:N/C:C/I:C/A:C"),
        applies: Applies::Objects,
        check: Check::Pod { reads: exposing![], judge: administration },
        documentation: Documentation {
            finds: "\
A way from outside to a container, as for `exposed-workload-privileged`, which is an interface for administrators that \
asks nobody who they are: those without a login as they come (Ray, Dask, Flink, Node-RED, Tiller, Longhorn, Kafka UI, Kafdrop, \
MLflow, Redis Insight, Selenium, Weave Scope and others), and those whose arguments or variables take it away \
(`--enable-skip-login` of the Kubernetes dashboard, an empty token of Jupyter, `--auth-mode=server` of Argo Workflows, \
anonymous administrators of Grafana). Programs are known by their images. An Ingress whose proxy asks for a login \
passes. Where variables come from other objects, which may bring a login, it is at most high.",
            matters: "\
Nothing has to be broken: whoever finds the address runs programs, reads data or deletes volumes, with the rights of \
the pod. Miners of cryptocurrency have been found behind most of these.",
            options: "\
- **Ask for a login in front**: `auth-url` of ingress-nginx, OAuth2 Proxy, the cloud's identity-aware proxy.
- **`kubectl port-forward`** or a VPN instead of a way from outside.
- **The program's own login**, where it has one.

No edit of the workload closes the way: it is the Service's or the route's.",
            acceptable: "Never.",
        },
        examples: &[
            fail(concat!(
                web!("{containers: [{name: web, image: 'rayproject/ray:2.9.0'}]}"),
                service!("type: LoadBalancer")
            )),
            fail(concat!(
                web!(
                    "
  containers:
  - {name: web, image: 'kubernetesui/dashboard:v2.7.0', args: [--enable-skip-login]}"
                ),
                ingress!("{}")
            )),
            fail(concat!(
                web!(
                    "{containers: [{name: web, image: 'kafbat/kafka-ui:v1.0.0', envFrom: [{secretRef: {name: a}}]}]}"
                ),
                service!("type: LoadBalancer")
            )),
            pass(concat!(
                web!("{containers: [{name: web, image: 'rayproject/ray:2.9.0'}]}"),
                service!("type: ClusterIP")
            )),
            pass(concat!(
                web!("{containers: [{name: web, image: 'rayproject/ray:2.9.0'}]}"),
                ingress!("{nginx.ingress.kubernetes.io/auth-url: 'https://login.example.com/'}")
            )),
            pass(concat!(
                web!("{containers: [{name: web, image: 'kubernetesui/dashboard:v2.7.0'}]}"),
                ingress!("{}")
            )),
            pass(concat!(
                web!("{containers: [{name: web, image: 'acme/ray:2.9.0'}]}"),
                service!("type: LoadBalancer")
            )),
            error(concat!(
                web!("{containers: [{name: web, image: 'rayproject/ray:2.9.0', args: [1]}]}"),
                service!("type: LoadBalancer")
            )),
        ],
    },
];

/// Holes that take no more than what a program serves to its users; the others need the pods' network, rights in the
/// program or an image of one's own.
const FROM_OUTSIDE: &[&str] =
    &["CVE-2018-18264", "CVE-2021-43798", "CVE-2022-39328", "CVE-2025-49844"];

fn outdated<'a>(view: &InventoryView<'a>, pod: &PodView<'a>) -> Judged<'a> {
    let ways = ways(view, pod);
    if ways.is_empty() {
        return Ok(unreached(view, pod));
    }
    for way in &ways {
        let Some(container) = way.container_of(pod) else { continue };
        let Some((ids, known)) = known_holes(container)? else { continue };
        if !ids.iter().any(|id| FROM_OUTSIDE.contains(id)) {
            continue;
        }
        let mut flaw = reached(view, pod, way, known.place, &known.message);
        let at_most = [flaw.at_most, known.at_most].into_iter().flatten().min();
        flaw.at_most = at_most;
        flaw.expected = known.expected;
        flaw.edits = known.edits;
        flaw.steps = known.steps;
        return flaw.needs_review().into();
    }
    Ok(Verdict::Pass)
}

fn administration<'a>(view: &InventoryView<'a>, pod: &PodView<'a>) -> Judged<'a> {
    let ways = ways(view, pod);
    if ways.is_empty() {
        return Ok(unreached(view, pod));
    }
    for way in &ways {
        let Some(container) = way.container_of(pod) else { continue };
        let Some(open) = container.open_interface()? else { continue };
        let what = format!("{} asks for no login and lets anybody {}", open.name, open.lets);
        let mut flaw = reached(view, pod, way, Place::Node(open.image), &what);
        if open.is_doubtful {
            flaw.at_most = flaw.at_most.min(Some(Severity::High));
        }
        let by = way.exposure.object.reference();
        return flaw
            .step(format!("Put a proxy that asks for a login before it, or take {by} away"), &[])
            .into();
    }
    Ok(Verdict::Pass)
}

#[cfg(test)]
mod tests {
    use super::FROM_OUTSIDE;
    use crate::objects::software::versions::hole_ids;

    #[test]
    fn every_hole_that_is_used_from_outside_is_one_that_is_known() {
        for id in FROM_OUTSIDE {
            assert!(hole_ids().any(|known| known == *id), "{id}");
        }
    }
}

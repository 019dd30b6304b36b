//! Who decides what callers of the API server may do.

use merlon_model::{Action, Component::KubeApiserver, Location};
use merlon_views::{ComponentView, NodeView, Value, setting::Kind};
use merlon_yaml::Node as Yaml;

use super::document::Document;
use crate::control::{Applies, Check, Control, Documentation, Expect, Parameters, Requirement};
use crate::judge::Judge;
use crate::row::{error, fail, not_applicable, pass, settings, vector};

pub(crate) const CONTROLS: &[Control] = &[
    Control {
        id: "apiserver-always-allow",
        title: "the API server allows every authenticated caller everything",
        vector: vector("AV:N/AC:L/Au:S/C:C/I:C/A:C"),
        applies: Applies::Component(KubeApiserver),
        check: settings(
            KubeApiserver,
            &[Requirement {
                setting: "authorization-mode",
                expect: Expect::Excludes("AlwaysAllow"),
                remedy: "Node,RBAC",
            }],
        ),
        documentation: Documentation {
            finds: "\
An API server with `AlwaysAllow` among its authorizers: in `--authorization-mode`, which has it as \
its default, or as a type in the file of `--authorization-config`, which takes the flag's place.",
            matters: "\
Authorizers are asked in turn until one allows. One that allows everything makes every account, \
the service account of any pod among them, an administrator of the cluster.",
            options: "\
- **`Node,RBAC`**, the usual pair. In a cluster that ran without RBAC, workloads that use the API \
need roles first; the audit log tells which.",
            acceptable: "On a throw-away API server on a loopback address, for tests.",
        },
        examples: &[
            pass("run kube-apiserver@1.31 --authorization-mode=Node,RBAC"),
            pass("run kube-apiserver@1.31 --authorization-mode Node,RBAC"),
            fail("run kube-apiserver@1.31 --authorization-mode=AlwaysAllow"),
            fail("run kube-apiserver@1.31 --authorization-mode=RBAC,AlwaysAllow"),
            // The default.
            fail("run kube-apiserver@1.31"),
            fail("run kube-apiserver@1.18"),
            pass(
                "\
run kube-apiserver@1.31 --authorization-config=/z.yaml
file /z.yaml 0600 root:root authorization-configuration
  apiVersion: apiserver.config.k8s.io/v1beta1
  kind: AuthorizationConfiguration
  authorizers:
  - {type: Node, name: node}
  - {type: RBAC, name: rbac}",
            ),
            fail(
                "\
run kube-apiserver@1.31 --authorization-config=/z.yaml
file /z.yaml 0600 root:root authorization-configuration
  apiVersion: apiserver.config.k8s.io/v1beta1
  kind: AuthorizationConfiguration
  authorizers:
  - {type: RBAC, name: rbac}
  - {type: AlwaysAllow, name: all}",
            ),
            error(
                "\
run kube-apiserver@1.31 --authorization-config=/z.yaml
gap /z.yaml permission-denied",
            ),
            not_applicable("run kubelet@1.31"),
            error("gap processes permission-denied"),
        ],
    },
    Control {
        id: "apiserver-without-node-authorizer",
        title: "kubelets are not limited to what their own pods need",
        vector: vector("AV:N/AC:L/Au:M/C:C/I:N/A:N"),
        applies: Applies::Component(KubeApiserver),
        check: settings(
            KubeApiserver,
            &[Requirement {
                setting: "authorization-mode",
                expect: Expect::Includes("Node"),
                remedy: "Node,RBAC",
            }],
        ),
        documentation: Documentation {
            finds: "\
An API server without `Node` among its authorizers, be it in `--authorization-mode` or in the file \
of `--authorization-config`. It is not there by default.",
            matters: "\
The Node authorizer lets a kubelet read only Secrets, ConfigMaps and volumes that pods on its node \
use. Without it kubelets get their rights from a role for all nodes, and one broken-into node \
reads every Secret of the cluster.",
            options: "\
- **Add `Node` before `RBAC`**, and turn the admission plugin NodeRestriction on, which limits what \
kubelets write. Kubelets have to log in as `system:node:NAME` in the group `system:nodes`.
- Remove a binding of `system:nodes` to the role `system:node`, if an old cluster has one.",
            acceptable: "Where no kubelet talks to this API server.",
        },
        examples: &[
            pass("run kube-apiserver@1.31 --authorization-mode=Node,RBAC"),
            pass("run kube-apiserver@1.31 --authorization-mode=RBAC --authorization-mode=Node"),
            fail("run kube-apiserver@1.31 --authorization-mode=RBAC"),
            fail("run kube-apiserver@1.31"),
            fail(
                "\
run kube-apiserver@1.31 --authorization-config=/z.yaml
file /z.yaml 0600 root:root authorization-configuration
  apiVersion: apiserver.config.k8s.io/v1beta1
  kind: AuthorizationConfiguration
  authorizers: [{type: RBAC, name: rbac}]",
            ),
            pass(
                "\
run kube-apiserver@1.31 --authorization-config=/z.yaml
file /z.yaml 0600 root:root authorization-configuration
  apiVersion: apiserver.config.k8s.io/v1beta1
  kind: AuthorizationConfiguration
  authorizers: [{type: Node, name: node}, {type: RBAC, name: rbac}]",
            ),
            error(
                "\
run kube-apiserver@1.31 --authorization-config=/z.yaml
file /z.yaml 0600 root:root authorization-configuration
  authorizers: [{type: Node",
            ),
            not_applicable("run kubelet@1.31"),
            error("gap processes permission-denied"),
        ],
    },
    Control {
        id: "apiserver-without-rbac",
        title: "roles and bindings decide nothing",
        vector: vector("AV:N/AC:M/Au:S/C:C/I:C/A:C"),
        applies: Applies::Component(KubeApiserver),
        check: settings(
            KubeApiserver,
            &[Requirement {
                setting: "authorization-mode",
                expect: Expect::Includes("RBAC"),
                remedy: "Node,RBAC",
            }],
        ),
        documentation: Documentation {
            finds: "\
An API server without `RBAC` among its authorizers, be it in `--authorization-mode` or in the file \
of `--authorization-config`. It is not there by default.",
            matters: "\
What is left is a file of the ABAC authorizer that only a restart reads again, a webhook nobody in \
the cluster sees, or no limit at all. Roles can still be created, and look as though they meant \
something.",
            options: "\
- **Add `RBAC`.** Together with ABAC the more generous one wins, so take ABAC out once roles exist.
- **A webhook besides RBAC** for rules that RBAC cannot express, such as denials.",
            acceptable: "Where a webhook that is looked after decides everything, on purpose.",
        },
        examples: &[
            pass("run kube-apiserver@1.31 --authorization-mode=Node,RBAC"),
            pass("run kube-apiserver@1.31 --authorization-mode RBAC"),
            fail("run kube-apiserver@1.31 --authorization-mode=Node,ABAC"),
            fail("run kube-apiserver@1.31"),
            pass(
                "\
run kube-apiserver@1.31 --authorization-config=/z.yaml
file /z.yaml 0600 root:root authorization-configuration
  apiVersion: apiserver.config.k8s.io/v1beta1
  kind: AuthorizationConfiguration
  authorizers: [{type: RBAC, name: rbac}]",
            ),
            error(
                "\
run kube-apiserver@1.31 --authorization-config=/z.yaml
absent /z.yaml",
            ),
            not_applicable("run kubelet@1.31"),
            error("gap processes permission-denied"),
        ],
    },
    Control {
        id: "apiserver-authorization-config-open",
        title: "the authorization configuration lets requests past a webhook that should decide",
        vector: vector("AV:N/AC:H/Au:S/C:P/I:P/A:P"),
        applies: Applies::Component(KubeApiserver),
        check: Check::Node(judge_configuration),
        documentation: Documentation {
            finds: "\
Three things in the file of `--authorization-config`. A webhook with `failurePolicy: NoOpinion` \
that has an authorizer after it: when it cannot be reached, that one decides alone. A webhook \
whose `matchConditions` can never be true (`false`). And answers kept for longer than five minutes \
(`authorizedTTL`, whose default that is), unless `cacheAuthorizedRequests: false` keeps none. The \
last webhook may have `NoOpinion`: what nobody allows is refused. Without the file the control \
does not apply.",
            matters: "\
A webhook in front of RBAC is there to refuse what roles allow. Cutting it off from the API server, \
or just waiting for it to be slow, makes its refusals vanish, with no more than a line in a log. \
Cached answers outlive the decision to take a right away.",
            options: "\
- **`failurePolicy: Deny`** for a webhook that refuses. Its outage is then an outage of the API: \
run several, and let `matchConditions` keep `system:masters` and the control plane out of it.
- **`NoOpinion`** for a webhook that only allows what nothing else does.
- **Shorter times** cost more calls to the webhook.",
            acceptable: "When the webhook never refuses anything, or when being locked out is the greater harm.",
        },
        examples: &[
            pass(
                "\
run kube-apiserver@1.31 --authorization-config=/z.yaml
file /z.yaml 0600 root:root authorization-configuration
  apiVersion: apiserver.config.k8s.io/v1beta1
  kind: AuthorizationConfiguration
  authorizers:
  - type: Webhook
    name: guard
    webhook: {failurePolicy: Deny, authorizedTTL: 30s}
  - {type: RBAC, name: rbac}",
            ),
            fail(
                "\
run kube-apiserver@1.31 --authorization-config=/z.yaml
file /z.yaml 0600 root:root authorization-configuration
  apiVersion: apiserver.config.k8s.io/v1beta1
  kind: AuthorizationConfiguration
  authorizers:
  - type: Webhook
    name: guard
    webhook: {failurePolicy: NoOpinion}
  - {type: RBAC, name: rbac}",
            ),
            // Nobody comes after it.
            pass(
                "\
run kube-apiserver@1.31 --authorization-config /z.yaml
file /z.yaml 0600 root:root authorization-configuration
  apiVersion: apiserver.config.k8s.io/v1
  kind: AuthorizationConfiguration
  authorizers:
  - {type: RBAC, name: rbac}
  - type: Webhook
    name: more
    webhook: {failurePolicy: NoOpinion}",
            ),
            fail(
                "\
run kube-apiserver@1.31 --authorization-config=/z.yaml
file /z.yaml 0600 root:root authorization-configuration
  apiVersion: apiserver.config.k8s.io/v1beta1
  kind: AuthorizationConfiguration
  authorizers:
  - type: Webhook
    name: guard
    webhook: {failurePolicy: Deny, authorizedTTL: 1h}",
            ),
            pass(
                "\
run kube-apiserver@1.34 --authorization-config=/z.yaml
file /z.yaml 0600 root:root authorization-configuration
  apiVersion: apiserver.config.k8s.io/v1
  kind: AuthorizationConfiguration
  authorizers:
  - type: Webhook
    name: guard
    webhook: {failurePolicy: Deny, authorizedTTL: 1h, cacheAuthorizedRequests: false}",
            ),
            fail(
                "\
run kube-apiserver@1.31 --authorization-config=/z.yaml
file /z.yaml 0600 root:root authorization-configuration
  apiVersion: apiserver.config.k8s.io/v1beta1
  kind: AuthorizationConfiguration
  authorizers:
  - type: Webhook
    name: guard
    webhook: {failurePolicy: Deny, matchConditions: [{expression: 'false'}]}",
            ),
            pass(
                "\
run kube-apiserver@1.31 --authorization-config=/z.yaml
file /z.yaml 0600 root:root authorization-configuration
  apiVersion: apiserver.config.k8s.io/v1beta1
  kind: AuthorizationConfiguration
  authorizers:
  - {type: Node, name: node}
  - {type: RBAC, name: rbac}",
            ),
            // The API server does not take a webhook without a failure policy.
            error(
                "\
run kube-apiserver@1.31 --authorization-config=/z.yaml
file /z.yaml 0600 root:root authorization-configuration
  apiVersion: apiserver.config.k8s.io/v1beta1
  kind: AuthorizationConfiguration
  authorizers:
  - type: Webhook
    name: guard
    webhook: {authorizedTTL: 5m}",
            ),
            error(
                "\
run kube-apiserver@1.31 --authorization-config=/z.yaml
file /z.yaml 0600 root:root authorization-configuration
  apiVersion: apiserver.config.k8s.io/v1beta1
  kind: AuthenticationConfiguration",
            ),
            error(
                "\
run kube-apiserver@1.31 --authorization-config=/z.yaml
gap /z.yaml permission-denied",
            ),
            not_applicable("run kube-apiserver@1.31 --authorization-mode=Webhook"),
            not_applicable("run kube-apiserver@1.28"),
            not_applicable("run kubelet@1.31"),
        ],
    },
];

/// What `authorizedTTL` is when nobody sets it.
const AUTHORIZED_TTL: &str = "5m0s";

fn judge_configuration(node: &NodeView<'_>, _: &Parameters, judge: &mut Judge<'_, '_>) {
    for instance in node.instances(KubeApiserver) {
        let problems = match Document::of("authorization-config", instance, node) {
            Ok(None) => {
                let why = "no authorization configuration is given, flags decide";
                judge.not_applicable(&instance.name, why);
                continue;
            }
            Ok(Some(document)) => problems(document),
            Err(why) => Err(why),
        };
        match problems {
            Err(why) => {
                let why = format!("the authorization configuration is not known: {why}");
                judge.error(&instance.name, why);
            }
            Ok(problems) => report(instance, problems, judge),
        }
    }
}

/// Something in the configuration that lets requests past.
struct Problem {
    what: String,
    mend: String,
    location: Location,
}

fn report(instance: &ComponentView<'_>, found: Found, judge: &mut Judge<'_, '_>) {
    if found.problems.is_empty() {
        let message = "no webhook in the authorization configuration can be got past";
        judge
            .pass(&instance.name, message)
            .evidence(format!("{} authorizers are configured", found.authorizers), found.location);
        return;
    }
    for problem in found.problems {
        judge
            .fail(&instance.name, problem.what.clone())
            .evidence(problem.what, problem.location)
            .action(Action::Manual { instruction: problem.mend, commands: Vec::new() });
    }
}

/// What was seen in the configuration.
struct Found {
    problems: Vec<Problem>,
    authorizers: usize,
    location: Location,
}

fn problems(document: Document<'_, '_>) -> Result<Found, String> {
    document.expect_kind("apiserver.config.k8s.io", "AuthorizationConfiguration")?;
    let authorizers = document
        .root
        .get("authorizers")
        .and_then(Yaml::as_sequence)
        .filter(|authorizers| !authorizers.is_empty())
        .ok_or_else(|| format!("{} has no authorizers", document.path()))?;
    let mut problems = Vec::new();
    for (place, authorizer) in authorizers.iter().enumerate() {
        if authorizer.get("type").and_then(Yaml::as_str) != Some("Webhook") {
            continue;
        }
        let last = place + 1 == authorizers.len();
        let invalid = |what| format!("{}: {what}", document.at(authorizer));
        let webhook = authorizer.get("webhook").ok_or("a webhook without its configuration");
        let webhook = webhook.map_err(invalid)?;
        let name = authorizer.get("name").and_then(Yaml::as_str).unwrap_or("without a name");
        let found = [
            fails_open(webhook, last).map_err(invalid)?,
            matches_nothing(webhook),
            cached_long(webhook).map_err(invalid)?,
        ];
        for (node, what, mend) in found.into_iter().flatten() {
            problems.push(Problem {
                what: format!("the webhook {name} {what}"),
                mend: format!("In {}, {mend} for the webhook {name}", document.path()),
                location: document.at(node),
            });
        }
    }
    Ok(Found { problems, authorizers: authorizers.len(), location: document.at(document.root) })
}

/// The field at fault, what is wrong, and what to do.
type Fault<'y> = Option<(&'y Yaml, String, &'static str)>;

fn fails_open(webhook: &Yaml, last: bool) -> Result<Fault<'_>, &'static str> {
    let policy = webhook.get("failurePolicy").ok_or("a webhook without a failurePolicy")?;
    match policy.as_str() {
        Some("Deny") => Ok(None),
        Some("NoOpinion") if last => Ok(None),
        Some("NoOpinion") => {
            let what = "leaves it to the authorizers after it when it cannot be reached";
            Ok(Some((policy, what.to_owned(), "set failurePolicy to Deny")))
        }
        _ => Err("a failurePolicy that is neither Deny nor NoOpinion"),
    }
}

fn matches_nothing(webhook: &Yaml) -> Fault<'_> {
    let conditions = webhook.get("matchConditions")?.as_sequence()?;
    let never = conditions.iter().find(|condition| {
        condition.get("expression").and_then(Yaml::as_str).map(str::trim) == Some("false")
    })?;
    let what = "is never asked, since one of its matchConditions is always false";
    Some((never, what.to_owned(), "remove the condition that is always false"))
}

fn cached_long(webhook: &Yaml) -> Result<Fault<'_>, &'static str> {
    let cached = webhook.get("cacheAuthorizedRequests").and_then(Yaml::as_bool) != Some(false);
    let Some(time) = webhook.get("authorizedTTL").filter(|time| cached && !time.is_null()) else {
        return Ok(None);
    };
    let invalid = "an authorizedTTL that is no duration such as 5m0s";
    let text = time.as_str().ok_or(invalid)?;
    let kept = Value::parse(text, Kind::Duration).map_err(|_| invalid)?;
    let longest = Value::parse(AUTHORIZED_TTL, Kind::Duration)?;
    if kept.as_integer() <= longest.as_integer() {
        return Ok(None);
    }
    let what = format!("has its permissions kept for {kept} after it gave them");
    Ok(Some((time, what, "set authorizedTTL to 5m or less")))
}

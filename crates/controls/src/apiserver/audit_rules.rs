//! Whether the audit policy records what it should, and no more.

use std::collections::BTreeSet;

use merlon_model::{Action, Component::KubeApiserver, Location};
use merlon_views::{ComponentView, NodeView};
use merlon_yaml::Span;

use super::audit_policy::{Dead, Ignored, Policy, Rule, dead_rules, gaps, leaks, read};
use super::document::Document;
use crate::control::{Applies, Check, Control, Documentation, Parameters};
use crate::judge::Judge;
use crate::row::{error, fail, not_applicable, pass, vector};

/// A node whose API server has a policy with these rules, each line two blanks in.
macro_rules! policy {
    ($rules:literal) => {
        concat!(
            "run kube-apiserver@1.31 --audit-policy-file=/p.yaml\n",
            "file /p.yaml 0600 root:root audit-policy\n",
            "  apiVersion: audit.k8s.io/v1\n",
            "  kind: Policy\n",
            "  rules:\n  ",
            $rules
        )
    };
}

pub(crate) const CONTROLS: &[Control] = &[
    Control {
        id: "audit-policy-gaps",
        title: "requests that attackers make leave no trace in the audit log",
        vector: vector("AV:N/AC:L/Au:S/C:N/I:P/A:N"),
        applies: Applies::Component(KubeApiserver),
        check: Check::Node(judge_gaps),
        documentation: Documentation {
            finds: "\
Requests that the audit policy does not log at all, tried one by one the way the API server does \
it: the first rule that matches decides, without one nothing is logged. Tried are writes of roles \
and bindings, Secrets read or written, `exec`, `attach`, `port-forward`, proxies, tokens, \
certificate requests, workloads, webhooks, namespaces, and a resource that no rule names; each by \
a person, an administrator and a pod in a namespace of their own. Rules that leave out nodes or \
the control plane's own accounts do no harm. Without a policy nothing is logged and the control \
fails.",
            matters: "\
These requests are how rights are gained, credentials taken and workloads entered. A rule with \
`level: None` that is too broad, or the missing last rule, hides them. The policy only sees who \
logged in, so it hides those made in somebody else's name as well.",
            options: "\
- **A last rule `- level: Metadata`** for whatever no rule before it took care of.
- **Narrow rules with `None`**: name users or groups in them, and verbs, not only resources.
- What costs is bodies: an event of metadata is a kilobyte or two.",
            acceptable: "\
When another record has these requests, such as a proxy in front of the API server.",
        },
        examples: &[
            pass(policy!("- level: Metadata")),
            // What most clusters leave out.
            pass(policy!(
                "\
- {level: None, users: ['system:kube-proxy'], verbs: [watch], resources: [{group: ''}]}
  - {level: None, userGroups: ['system:nodes'], verbs: [get]}
  - {level: None, nonResourceURLs: ['/healthz*', /version]}
  - {level: None, resources: [{group: '', resources: [events]}]}
  - {level: Metadata, resources: [{group: '', resources: [secrets, configmaps]}]}
  - {level: Request, verbs: [get, list, watch]}
  - level: Metadata"
            )),
            fail(policy!("- level: None")),
            // No last rule.
            fail(policy!("- {level: Metadata, resources: [{group: '', resources: [secrets]}]}")),
            fail(policy!("- {level: None, verbs: [get, list, watch]}\n  - level: Metadata")),
            fail(policy!("- {level: None, userGroups: ['system:masters']}\n  - level: Metadata")),
            fail(policy!(
                "- {level: None, userGroups: ['system:serviceaccounts']}\n  - level: Metadata"
            )),
            fail(policy!(
                "- {level: None, resources: [{group: '', resources: ['pods/*']}]}\n  - level: Metadata"
            )),
            // Every stage that is made is left out.
            fail(policy!("- {level: Metadata, omitStages: [RequestReceived, ResponseComplete]}")),
            pass(policy!("- {level: Metadata, omitStages: [RequestReceived]}")),
            fail("run kube-apiserver@1.31"),
            error(policy!("- {level: All}")),
            error(
                "\
run kube-apiserver@1.31 --audit-policy-file=/p.yaml
gap /p.yaml permission-denied",
            ),
            error("run kube-apiserver@1.31 --audit-policy-file=/p.yaml\nabsent /p.yaml"),
            not_applicable("run kubelet@1.31"),
        ],
    },
    Control {
        id: "audit-policy-dead-rules",
        title: "rules of the audit policy decide about no request",
        vector: vector("AV:N/AC:H/Au:S/C:N/I:P/A:N"),
        applies: Applies::Component(KubeApiserver),
        check: Check::Node(judge_dead_rules),
        documentation: Documentation {
            finds: "\
Rules that earlier rules leave nothing to decide about, and rules that no request can match: verbs \
in capitals or that requests do not have (`use`, `*`), resources in a group they are not in, forms \
such as `*/*`, paths of the resource API in `nonResourceURLs`, `*` as a namespace. A rule is only \
reported when that is certain; several earlier rules may share it, each with a whole part of it. \
Without a policy the control does not apply.",
            matters: "\
Somebody wrote the rule and believes that it holds: that Secrets stay out of the log, or that \
`exec` gets into it. It does nothing.",
            options: "\
- **Move it before the rule that covers it**, if it is meant.
- **Remove it**, if the earlier rule is right.",
            acceptable: "When it was left in on purpose, as a note for the day the earlier rule goes.",
        },
        examples: &[
            pass(policy!("- level: Metadata")),
            pass(policy!(
                "- {level: None, users: [a]}\n  - {level: Request, users: [b]}\n  - level: Metadata"
            )),
            fail(policy!(
                "- level: Metadata\n  - {level: None, resources: [{group: '', resources: [secrets]}]}"
            )),
            fail(policy!("- {level: Metadata, verbs: ['*']}\n  - level: Metadata")),
            fail(policy!(
                "- {level: Request, resources: [{group: '', resources: [deployments]}]}\n  - level: None"
            )),
            pass(policy!(
                "- {level: Request, resources: [{group: apps, resources: [deployments]}]}\n  - level: None"
            )),
            error(policy!("- {level: Metadata, nonResourceURLs: [/x], namespaces: [y]}")),
            error(
                "\
run kube-apiserver@1.31 --audit-policy-file /p.yaml
file /p.yaml 0600 root:root audit-policy
  rules: [",
            ),
            error("run kube-apiserver@1.31 --audit-policy-file=/p.yaml"),
            not_applicable("run kube-apiserver@1.31"),
            not_applicable("run kubelet@1.31"),
        ],
    },
    Control {
        id: "audit-policy-logs-secrets",
        title: "the audit log holds secrets",
        vector: vector("AV:N/AC:M/Au:S/C:C/I:P/A:P"),
        applies: Applies::Component(KubeApiserver),
        check: Check::Node(judge_leaks),
        documentation: Documentation {
            finds: "\
Requests whose bodies hold secrets and that the policy logs with them, for any caller, namespace or \
name: Secrets and ConfigMaps written at `Request` or read at `RequestResponse`, tokens to be \
reviewed at `Request`, tokens handed out at `RequestResponse`. The whole policy is applied: a rule \
that would log them does no harm when an earlier one decides. Without a policy the control does \
not apply.",
            matters: "\
The log is read by more people than Secrets are, is shipped elsewhere, and kept for long. A token \
or a password in it works until it is replaced.",
            options: "\
- **`level: Metadata` for these resources** before any rule that logs bodies: `secrets`, \
`configmaps` and `serviceaccounts/token` in the core group, `tokenreviews` in \
`authentication.k8s.io`.
- Rules with `resources: [{group: ''}]` name all of the core group: list what you mean instead.
- After mending the policy, replace the credentials that are in the log already.",
            acceptable: "\
For ConfigMaps alone, when none holds anything confidential. For the rest never.",
        },
        examples: &[
            pass(policy!("- level: Metadata")),
            // Reading at Request logs no body.
            pass(policy!("- {level: Request, verbs: [get, list, watch]}\n  - level: Metadata")),
            fail(policy!("- level: RequestResponse")),
            fail(policy!("- level: Request")),
            fail(policy!("- {level: Request, resources: [{group: '', resources: [secrets]}]}")),
            fail(policy!("- {level: Request, resources: [{group: '', resources: ['*']}]}")),
            pass(policy!(
                "\
- {level: Metadata, resources: [{group: '', resources: [secrets, configmaps, serviceaccounts/token]}]}
  - {level: Metadata, resources: [{group: authentication.k8s.io, resources: [tokenreviews]}]}
  - level: RequestResponse"
            )),
            // Tokens are a resource of their own.
            fail(policy!(
                "\
- {level: Metadata, resources: [{group: '', resources: [secrets, configmaps, serviceaccounts]}]}
  - {level: Metadata, resources: [{group: authentication.k8s.io, resources: [tokenreviews]}]}
  - level: RequestResponse"
            )),
            // One namespace is enough.
            fail(policy!(
                "\
- {level: Request, namespaces: [kube-system], resources: [{group: '', resources: [secrets]}]}
  - level: Metadata"
            )),
            // The rule would log them, if it ever decided.
            pass(policy!(
                "\
- {level: Metadata, userGroups: ['system:authenticated', 'system:unauthenticated']}
  - level: RequestResponse"
            )),
            fail(policy!(
                "\
- {level: Metadata, userGroups: ['system:serviceaccounts']}
  - {level: RequestResponse, users: [jane], verbs: [create, update]}"
            )),
            error(policy!("- {users: [jane]}")),
            error(
                "\
run kube-apiserver@1.31 --audit-policy-file=/p.yaml
gap /p.yaml permission-denied",
            ),
            not_applicable("run kube-apiserver@1.31"),
            not_applicable("run kubelet@1.31"),
        ],
    },
    Control {
        id: "audit-policy-ignored-fields",
        title: "the audit policy has fields that the API server skips",
        vector: vector("AV:N/AC:H/Au:S/C:P/I:P/A:N"),
        applies: Applies::Component(KubeApiserver),
        check: Check::Node(judge_ignored),
        documentation: Documentation {
            finds: "\
Fields of the audit policy that the API server does not know, such as `resource` for `resources`. \
It writes a warning into its log and goes on without them. Without a policy the control does not \
apply.",
            matters: "\
A rule that loses the field which limits it matches more than it was written for: one with `None` \
then hides requests, one with `RequestResponse` logs bodies it should not.",
            options: "- **Correct the name**, letter by letter: capitals count.",
            acceptable: "Never; a note is better off in a comment.",
        },
        examples: &[
            pass(policy!("- level: Metadata")),
            fail(policy!("- {level: None, resource: [{group: ''}]}\n  - level: Metadata")),
            fail(policy!("- {level: None, usergroups: [x]}")),
            fail(policy!("- {level: Metadata, resources: [{group: '', names: [x]}]}")),
            error(policy!("- None")),
            error("run kube-apiserver@1.31 --audit-policy-file=/p.yaml"),
            not_applicable("run kube-apiserver@1.31"),
            not_applicable("run kubelet@1.31"),
        ],
    },
];

/// A policy with where it is written.
struct Loaded<'v, 'a> {
    document: Document<'v, 'a>,
    policy: Policy,
    ignored: Vec<Ignored>,
}

impl Loaded<'_, '_> {
    fn at(&self, span: Span) -> Location {
        self.document.at_span(span)
    }

    fn path(&self) -> &str {
        self.document.path()
    }

    /// Where a rule stands; for no rule, the file.
    fn rule(&self, rule: Option<&Rule>) -> Location {
        rule.map_or_else(|| Location::file(self.path()), |rule| self.at(rule.span))
    }
}

/// The policy of an API server; `None`, with the finding taken down, when there is none to judge.
fn load<'v, 'a>(
    instance: &ComponentView<'_>,
    node: &'v NodeView<'a>,
    judge: &mut Judge<'_, '_>,
) -> Option<Loaded<'v, 'a>> {
    let loaded = Document::of("audit-policy-file", instance, node).and_then(|document| {
        let Some(document) = document else {
            return Ok(None);
        };
        let refused = |(what, span)| format!("{}: {what}", document.at_span(span));
        let (policy, ignored) = read(document.root).map_err(refused)?;
        Ok(Some(Loaded { document, policy, ignored }))
    });
    match loaded {
        Ok(Some(loaded)) => return Some(loaded),
        Ok(None) => {
            judge.not_applicable(&instance.name, "no audit policy is given, nothing is logged");
        }
        Err(why) => {
            judge.error(&instance.name, format!("the audit policy is not known: {why}"));
        }
    }
    None
}

fn judge_gaps(node: &NodeView<'_>, _: &Parameters, judge: &mut Judge<'_, '_>) {
    let expected = "every request that gains rights, credentials or workloads leaves a trace";
    for instance in node.instances(KubeApiserver) {
        let none = instance.effective("audit-policy-file").ok();
        if let Some(none) = none.filter(|policy| policy.value.is_unset()) {
            judge
                .fail(&instance.name, "no audit policy is given, so no request leaves a trace")
                .expected(expected)
                .evidence("--audit-policy-file is not set", none.location)
                .action(manual("Write an audit policy and name it with --audit-policy-file"));
            continue;
        }
        let Some(loaded) = load(instance, node, judge) else { continue };
        let gaps = gaps(&loaded.policy);
        if gaps.is_empty() {
            let tried = format!("{} rules were tried", loaded.policy.rules.len());
            judge
                .pass(&instance.name, "every request that was tried leaves a trace")
                .expected(expected)
                .evidence(tried, Location::file(loaded.path()));
            continue;
        }
        let purposes: Vec<&str> = gaps.iter().map(|gap| gap.purpose).collect();
        let message = format!("no trace is left of {}", purposes.join("; "));
        let instruction = format!(
            "In {}, limit the rules with level None that the evidence names, and end with a rule \
             that has nothing but level: Metadata",
            loaded.path()
        );
        let mut entry =
            judge.fail(&instance.name, message).expected(expected).action(manual(&instruction));
        for gap in &gaps {
            let why = if gap.rule.is_some() { "this rule keeps out" } else { "no rule is about" };
            let (requests, callers) = (gap.requests.join(", "), gap.callers.join(", "));
            let statement = format!("{why} {requests} (by {callers})");
            entry = entry.evidence(statement, loaded.rule(gap.rule));
        }
    }
}

fn judge_dead_rules(node: &NodeView<'_>, _: &Parameters, judge: &mut Judge<'_, '_>) {
    for instance in node.instances(KubeApiserver) {
        let Some(loaded) = load(instance, node, judge) else { continue };
        match dead_rules(&loaded.policy) {
            Err(why) => {
                judge.error(&instance.name, format!("the audit policy was not judged: {why}"));
            }
            Ok(dead) if dead.is_empty() => {
                let seen = format!("{} rules were compared", loaded.policy.rules.len());
                judge
                    .pass(&instance.name, "no rule of the audit policy is certain to be dead")
                    .evidence(seen, Location::file(loaded.path()));
            }
            Ok(dead) => {
                for (place, why) in &dead {
                    report_dead(*place, why, &loaded, instance, judge);
                }
            }
        }
    }
}

fn report_dead(
    place: usize,
    dead: &Dead,
    loaded: &Loaded<'_, '_>,
    instance: &ComponentView<'_>,
    judge: &mut Judge<'_, '_>,
) {
    let rules = &loaded.policy.rules;
    let location = loaded.at(rules[place].span);
    let (message, instruction) = match dead {
        Dead::Impossible(reasons) => {
            let reasons: Vec<&str> = reasons.iter().map(String::as_str).collect();
            let message =
                format!("no request matches the rule at {location}: {}", reasons.join("; "));
            (message, format!("Correct or remove the rule at {location}"))
        }
        Dead::Covered(by) => {
            let by: BTreeSet<String> =
                by.iter().map(|by| loaded.at(rules[*by].span).to_string()).collect();
            let by = Vec::from_iter(by).join(" and ");
            let message = format!("the rule at {location} decides nothing after {by}");
            (message, format!("Move the rule at {location} before {by}, or remove it"))
        }
    };
    let mut entry = judge
        .fail(&instance.name, message)
        .expected("every rule decides about some request")
        .evidence("the rule that decides nothing", location)
        .action(manual(&instruction));
    if let Dead::Covered(by) = dead {
        for by in by {
            let location = loaded.at(rules[*by].span);
            entry = entry.evidence("a rule that decides before it", location);
        }
    }
}

fn judge_leaks(node: &NodeView<'_>, _: &Parameters, judge: &mut Judge<'_, '_>) {
    let expected = "no body of a request for Secrets, ConfigMaps or tokens is logged";
    for instance in node.instances(KubeApiserver) {
        let Some(loaded) = load(instance, node, judge) else { continue };
        let leaks = match leaks(&loaded.policy) {
            Ok(leaks) => leaks,
            Err(why) => {
                judge.error(&instance.name, format!("the audit policy was not judged: {why}"));
                continue;
            }
        };
        if leaks.is_empty() {
            let seen = format!("{} rules were tried", loaded.policy.rules.len());
            judge
                .pass(&instance.name, "no body that holds secrets is logged")
                .expected(expected)
                .evidence(seen, Location::file(loaded.path()));
            continue;
        }
        let requests: Vec<&str> = leaks.iter().map(|leak| leak.request.as_str()).collect();
        let message = format!("bodies with secrets are logged of {}", requests.join(", "));
        let instruction = format!(
            "In {}, put rules with level: Metadata for secrets, configmaps and \
             serviceaccounts/token of the core group and for tokenreviews of \
             authentication.k8s.io before the rules that the evidence names",
            loaded.path()
        );
        let mut entry =
            judge.fail(&instance.name, message).expected(expected).action(manual(&instruction));
        for leak in &leaks {
            let statement = format!("this rule logs the body of {}", leak.request);
            entry = entry.evidence(statement, loaded.rule(Some(leak.rule)));
        }
    }
}

fn judge_ignored(node: &NodeView<'_>, _: &Parameters, judge: &mut Judge<'_, '_>) {
    for instance in node.instances(KubeApiserver) {
        let Some(loaded) = load(instance, node, judge) else { continue };
        if loaded.ignored.is_empty() {
            judge
                .pass(&instance.name, "the API server knows every field of the audit policy")
                .evidence("every field was read", Location::file(loaded.path()));
            continue;
        }
        let names: Vec<&str> = loaded.ignored.iter().map(|field| field.name.as_str()).collect();
        let message = format!("the API server skips {} in the audit policy", names.join(", "));
        let instruction = format!("In {}, correct the names of the fields", loaded.path());
        let mut entry = judge.fail(&instance.name, message).action(manual(&instruction));
        for field in &loaded.ignored {
            let statement = format!("{} is no field here", field.name);
            entry = entry.evidence(statement, loaded.at(field.span));
        }
    }
}

fn manual(instruction: &str) -> Action {
    Action::Manual { instruction: instruction.to_owned(), commands: Vec::new() }
}

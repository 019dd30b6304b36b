//! A request, as admission answers it.

use merlon_yaml::Node;

use crate::configuration::Configuration;
use crate::level::Policy;
use crate::namespace::NamespacePolicy;
use crate::place::Malformed;
use crate::workload::{Treatment, Workload, is_significant_update};
use crate::{Evaluation, evaluate, message};

/// A request to create or update an object, as far as admission looks at it.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// The kind of the object.
    pub workload: Workload,
    /// The subresource; empty for the object itself.
    pub subresource: &'a str,
    /// The namespace of the object.
    pub namespace: &'a str,
    /// The name of whoever sent the request; empty where that is not known.
    pub user: &'a str,
    /// The object as it would be stored.
    pub object: &'a Node,
    /// The object as it is stored, for an update.
    pub old: Option<&'a Node>,
}

/// What admission finds in an object that it looks at.
#[derive(Clone, Debug)]
pub struct Review<'a> {
    /// By the enforced policy; `None` for what is only reported.
    pub enforce: Option<Judgement<'a>>,
    /// By the audited policy.
    pub audit: Judgement<'a>,
    /// By the policy that is warned of.
    pub warn: Judgement<'a>,
}

/// Why admission does not look at an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Skip {
    /// It is a subresource that changes nothing of interest.
    Subresource,
    /// The namespace is exempt.
    ExemptNamespace,
    /// The user is exempt.
    ExemptUser,
    /// The runtime class of the pod is exempt.
    ExemptRuntimeClass,
    /// The update changes nothing of interest.
    InsignificantUpdate,
    /// It holds no pod.
    NoPod,
}

/// What a policy says of a pod.
#[derive(Clone, Debug)]
pub struct Judgement<'a> {
    /// The policy, as labels and defaults name it.
    pub policy: Policy,
    /// What it says.
    pub evaluation: Evaluation<'a>,
}

impl Judgement<'_> {
    /// Gives `violates PodSecurity "restricted:latest": …`, or `None` where nothing is violated.
    #[must_use]
    pub fn text(&self) -> Option<String> {
        self.words("violates")
    }

    fn would(&self) -> Option<String> {
        self.words("would violate")
    }

    fn words(&self, verb: &str) -> Option<String> {
        let violations = &self.evaluation.violations;
        let text = || format!("{verb} PodSecurity \"{}\": {}", self.policy, message(violations));
        (!violations.is_empty()).then(text)
    }
}

impl<'a> Review<'a> {
    /// Gives for what the object is refused, as the API server puts it behind `is forbidden: `.
    #[must_use]
    pub fn denial(&self) -> Option<String> {
        self.enforce.as_ref()?.text()
    }

    /// Gives the warning that goes with an object that is not refused.
    #[must_use]
    pub fn warning(&self) -> Option<String> {
        if self.denial().is_some() { None } else { self.warn.would() }
    }

    /// Gives what the audit log says under `pod-security.kubernetes.io/audit-violations`.
    #[must_use]
    pub fn audit_violations(&self) -> Option<String> {
        self.audit.would()
    }

    /// Gives the values for which the API server refuses the object before admission.
    #[must_use]
    pub fn malformed(&self) -> &[Malformed<'a>] {
        // A laxer policy looks at less.
        let judgements = self.enforce.iter().chain([&self.audit, &self.warn]);
        let malformed = judgements.map(|judgement| &*judgement.evaluation.malformed);
        malformed.max_by_key(|malformed| malformed.len()).unwrap_or_default()
    }
}

/// Answers a request by the policy of its namespace.
///
/// `server` is the minor of the API server whose answer is wanted, `None` for one that knows every
/// rule known here.
///
/// # Errors
/// Why admission does not look at the object, and lets it in.
pub fn review<'a>(
    request: &Request<'a>,
    policy: &NamespacePolicy,
    configuration: &Configuration,
    server: Option<u64>,
) -> Result<Review<'a>, Skip> {
    let exemptions = &configuration.exemptions;
    let treatment = request.workload.treatment(request.subresource);
    if treatment == Treatment::Ignored {
        return Err(Skip::Subresource);
    }
    if is_listed(&exemptions.namespaces, request.namespace) {
        return Err(Skip::ExemptNamespace);
    }
    if is_listed(&exemptions.usernames, request.user) {
        return Err(Skip::ExemptUser);
    }
    let Some((metadata, spec)) = request.workload.pod(request.object) else {
        return Err(Skip::NoPod);
    };
    let old = request.old.and_then(|old| request.workload.pod(old));
    if let Some((_, old)) = old
        && treatment == Treatment::Enforced
        && !is_significant_update(spec, old)
    {
        return Err(Skip::InsignificantUpdate);
    }
    let runtime_class = spec.get("runtimeClassName").and_then(Node::as_str).unwrap_or_default();
    if is_listed(&exemptions.runtime_classes, runtime_class) {
        return Err(Skip::ExemptRuntimeClass);
    }
    let judge = |policy: Policy| {
        let version = server.map_or(policy.version, |minor| policy.version.on_server(minor));
        let evaluation = evaluate(metadata, spec, Policy::new(policy.level, version));
        Judgement { policy, evaluation }
    };
    Ok(Review {
        enforce: (treatment == Treatment::Enforced).then(|| judge(policy.enforce)),
        audit: judge(policy.audit),
        warn: judge(policy.warn),
    })
}

fn is_listed(names: &[String], name: &str) -> bool {
    !name.is_empty() && names.iter().any(|listed| listed == name)
}

#[cfg(test)]
mod tests {
    use merlon_yaml::{Limits, parse};

    use super::*;

    fn tree(text: &str) -> Node {
        parse(text, &Limits::default()).documents.remove(0).root
    }

    fn policy(labels: &str) -> NamespacePolicy {
        NamespacePolicy::read(Some(&tree(labels)), &NamespacePolicy::default()).0
    }

    /// Denial, warning and note in the audit log.
    fn answers(workload: Workload, object: &str, labels: &str) -> [Option<String>; 3] {
        let object = tree(object);
        let request = Request {
            workload,
            subresource: "",
            namespace: "n",
            user: "u",
            object: &object,
            old: None,
        };
        let review = review(&request, &policy(labels), &Configuration::default(), None);
        let review = review.expect("it is looked at");
        [review.denial(), review.warning(), review.audit_violations()]
    }

    const PREFIX: &str = "pod-security.kubernetes.io/";

    #[test]
    fn a_pod_that_is_refused_is_not_warned_of() {
        let labels = format!(
            "{{{PREFIX}enforce: baseline, {PREFIX}audit: baseline, {PREFIX}audit-version: v1.9}}"
        );
        let denial = "violates PodSecurity \"baseline:latest\": host namespaces (hostPID=true)";
        let audit = "would violate PodSecurity \"baseline:v1.9\": host namespaces (hostPID=true)";
        let own = |text: &str| Some(text.to_owned());
        assert_eq!(
            answers(Workload::Pod, "spec: {hostPID: true}", &labels),
            [own(denial), None, own(audit)]
        );
        let warning =
            "would violate PodSecurity \"baseline:latest\": host namespaces (hostPID=true)";
        assert_eq!(
            answers(Workload::Job, "spec: {template: {spec: {hostPID: true}}}", &labels),
            [None, own(warning), own(audit)]
        );
        assert_eq!(answers(Workload::Pod, "spec: {}", &labels), [None, None, None]);
    }

    #[test]
    fn what_is_malformed_is_told_and_not_passed() {
        let object = tree("spec: {template: text}");
        let request = Request {
            workload: Workload::Deployment,
            subresource: "",
            namespace: "n",
            user: "u",
            object: &object,
            old: None,
        };
        let policy = policy(&format!("{PREFIX}enforce: baseline"));
        let review = review(&request, &policy, &Configuration::default(), None);
        assert_eq!(review.expect("it is looked at").malformed().len(), 1);
    }

    #[test]
    fn a_server_judges_by_the_rules_it_knows() {
        let object = tree(
            "spec: {securityContext: {sysctls: [{name: net.ipv4.tcp_notsent_lowat, value: '1'}]}}",
        );
        let request = Request {
            workload: Workload::Pod,
            subresource: "",
            namespace: "n",
            user: "u",
            object: &object,
            old: None,
        };
        let policy = policy(&format!("{PREFIX}enforce: baseline"));
        let denial = |server| {
            let review = review(&request, &policy, &Configuration::default(), server);
            review.expect("it is looked at").denial()
        };
        let text = "violates PodSecurity \"baseline:latest\": forbidden sysctls (net.ipv4.tcp_notsent_lowat)";
        assert_eq!(denial(Some(36)).as_deref(), Some(text));
        assert_eq!(denial(Some(37)), None);
        assert_eq!(denial(None), None);
    }
}

//! Admission policies that the API server evaluates itself.

use merlon_model::{Kind, Severity};
use merlon_snapshot::Object;
use merlon_views::InventoryView;
use merlon_views::objects::{Fields, denies, place};
use serde_json::json;

use crate::control::{Applies, Check, Control, Documentation};
use crate::objects::{Judged, Verdict, flaw};
use crate::row::{error, fail, not_applicable, objects, pass, vector};

/// A policy of those fields, for examples.
macro_rules! policy {
    ($spec:literal) => {
        concat!(
            "{apiVersion: admissionregistration.k8s.io/v1, kind: ValidatingAdmissionPolicy, \
             metadata: {name: no-root}, spec: ",
            $spec,
            "}"
        )
    };
}

/// A binding of those fields, for examples.
macro_rules! binding {
    ($spec:literal) => {
        concat!(
            "{apiVersion: admissionregistration.k8s.io/v1, kind: ValidatingAdmissionPolicyBinding, \
             metadata: {name: no-root-everywhere}, spec: ",
            $spec,
            "}"
        )
    };
}

pub(crate) const CONTROLS: &[Control] = &[
    Control {
        id: "admission-policy-without-binding",
        title: "an admission policy is bound to nothing",
        vector: vector("AV:N/AC:H/Au:S/C:P/I:P/A:N"),
        applies: Applies::Objects,
        check: Check::Object {
            kinds: &[Kind::ValidatingAdmissionPolicy],
            reads: &[Kind::ValidatingAdmissionPolicyBinding],
            judge: without_binding,
        },
        documentation: Documentation {
            finds: "\
`ValidatingAdmissionPolicy` objects that no `ValidatingAdmissionPolicyBinding` names.",
            matters: "A policy without a binding is never evaluated: it reads like a rule and is none.",
            options: "\
- **Bind it**, first with `validationActions: [Warn, Audit]`, then `[Deny]`.
- **Delete it** when nobody misses it. The binding is an object of its own, which no edit of the \
policy makes.",
            acceptable: "In a library of policies that other clusters bind.",
        },
        examples: &[
            fail(concat!("# cluster\n", policy!("{validations: []}"))),
            fail(concat!(policy!("{}"), "\n---\n", binding!("{policyName: other}"))),
            pass(concat!(policy!("{}"), "\n---\n", binding!("{policyName: no-root}"))),
            // Where manifests hold no binding at all, they are somewhere else.
            not_applicable(policy!("{}")),
            error(
                "# cluster\n# gap validatingadmissionpolicybindings permission-denied\n\
                 {apiVersion: v1, kind: Namespace, metadata: {name: shop}}",
            ),
        ],
    },
    Control {
        id: "admission-policy-binding-without-deny",
        title: "an admission policy refuses nothing",
        vector: vector("AV:N/AC:M/Au:S/C:P/I:P/A:N"),
        applies: Applies::Objects,
        check: objects(&[Kind::ValidatingAdmissionPolicyBinding], without_deny),
        documentation: Documentation {
            finds: "\
`ValidatingAdmissionPolicyBinding` objects whose `validationActions` lack `Deny`: they warn, or \
write to the audit log.",
            matters: "What violates the policy is created all the same.",
            options: "\
- **`Deny`**, with `Audit` beside it if violations are counted; `Warn` and `Deny` exclude each \
other.
- **A second binding** can go on warning where it is too early to deny.",
            acceptable: "While a policy is tried out, and for advice that is never meant to be a rule.",
        },
        examples: &[
            fail(binding!("{policyName: no-root, validationActions: [Warn]}")),
            fail(binding!("{policyName: no-root, validationActions: [Warn, Audit]}")),
            pass(binding!("{policyName: no-root, validationActions: [Deny, Audit]}")),
            // The API server refuses a binding without actions.
            error(binding!("{policyName: no-root}")),
            error(binding!("{policyName: no-root, validationActions: Deny}")),
        ],
    },
    Control {
        id: "admission-policy-binding-without-policy",
        title: "a binding names an admission policy that does not exist",
        vector: vector("AV:N/AC:H/Au:S/C:P/I:P/A:N"),
        applies: Applies::Objects,
        check: Check::Object {
            kinds: &[Kind::ValidatingAdmissionPolicyBinding],
            reads: &[Kind::ValidatingAdmissionPolicy],
            judge: without_policy,
        },
        documentation: Documentation {
            finds: "\
`ValidatingAdmissionPolicyBinding` objects of a cluster whose `policyName` is the name of no policy.",
            matters: "Nothing is evaluated, and nothing complains: the API server accepts the binding.",
            options: "\
- **Name the policy that was meant**, or bring it back.
- **Delete the binding.** Which of these is right no edit can know.",
            acceptable: "While policies are being installed.",
        },
        examples: &[
            fail(concat!("# cluster\n", binding!("{policyName: no-root}"))),
            pass(concat!(
                "# cluster\n",
                binding!("{policyName: no-root}"),
                "\n---\n",
                policy!("{}")
            )),
            not_applicable(binding!("{policyName: no-root}")),
            error(concat!("# cluster\n", binding!("{policyName: 3}"))),
        ],
    },
    Control {
        id: "admission-policy-failure-ignored",
        title: "an admission policy that cannot be evaluated lets everything through",
        vector: vector("AV:N/AC:H/Au:S/C:N/I:P/A:N"),
        applies: Applies::Objects,
        check: objects(&[Kind::ValidatingAdmissionPolicy], failure_ignored),
        documentation: Documentation {
            finds: "`ValidatingAdmissionPolicy` objects with `failurePolicy: Ignore`.",
            matters: "\
An expression that fails, because an optional field is missing or its budget is used up, counts \
as met: whoever finds an object on which it fails is past the policy. A parameter that is missing \
has the same effect where the binding says `parameterNotFoundAction: Allow`.",
            options: "\
- **`Fail`**, the default, with expressions that ask `has()` first. There is no server that could \
be down.",
            acceptable: "While a policy is tried out.",
        },
        examples: &[
            fail(policy!("{failurePolicy: Ignore}")),
            pass(policy!("{failurePolicy: Fail}")),
            pass(policy!("{}")),
            error(policy!("{failurePolicy: [Ignore]}")),
        ],
    },
];

fn policy_name<'a>(
    binding: &'a Object,
) -> Result<Option<&'a str>, merlon_views::objects::Malformed<'a>> {
    Fields::of(&binding.root).get("spec").text("policyName")
}

fn without_binding<'a>(view: &InventoryView<'a>, policy: &'a Object) -> Judged<'a> {
    let bindings = || view.of_kind(Kind::ValidatingAdmissionPolicyBinding);
    for binding in bindings() {
        // A binding that is malformed is found with itself.
        if policy_name(binding).is_ok_and(|name| name == Some(policy.name())) {
            return Ok(Verdict::Pass);
        }
    }
    let found = place(&policy.root, &["metadata", "name"]);
    if view.is_complete(Kind::ValidatingAdmissionPolicyBinding) {
        return flaw(found, "no binding names the policy")
            .step("bind it, or delete it", &[])
            .into();
    }
    if bindings().next().is_none() {
        return Ok(Verdict::NotApplicable);
    }
    flaw(found, "no binding among these manifests names the policy")
        .at_most(Severity::Low)
        .step("bind it, or delete it", &[])
        .into()
}

fn without_deny<'a>(_: &InventoryView<'a>, binding: &'a Object) -> Judged<'a> {
    const ACTIONS: &[&str] = &["spec", "validationActions"];
    let actions = Fields::of(&binding.root).get("spec").texts("validationActions")?;
    if actions.is_empty() {
        let why = "spec.validationActions has to be written: the API server refuses the object";
        return Ok(Verdict::Error(why.to_owned()));
    }
    if denies(binding) {
        return Ok(Verdict::Pass);
    }
    let kept = if actions.contains(&"Audit") { json!(["Deny", "Audit"]) } else { json!(["Deny"]) };
    flaw(place(&binding.root, ACTIONS), "what violates the policy is admitted")
        .set(kept)
        .needs_review()
        .into()
}

fn without_policy<'a>(view: &InventoryView<'a>, binding: &'a Object) -> Judged<'a> {
    let name = policy_name(binding)?.unwrap_or_default();
    if view.find(Kind::ValidatingAdmissionPolicy, "", name).is_some() {
        return Ok(Verdict::Pass);
    }
    if !view.is_complete(Kind::ValidatingAdmissionPolicy) {
        return Ok(Verdict::NotApplicable);
    }
    flaw(place(&binding.root, &["spec", "policyName"]), format!("there is no policy {name}"))
        .step("name the policy that was meant, or delete the binding", &[])
        .into()
}

fn failure_ignored<'a>(_: &InventoryView<'a>, policy: &'a Object) -> Judged<'a> {
    let failure = Fields::of(&policy.root).get("spec").text("failurePolicy")?;
    if failure != Some("Ignore") {
        return Ok(Verdict::Pass);
    }
    let place = place(&policy.root, &["spec", "failurePolicy"]);
    flaw(place, "an expression that fails counts as met").set("Fail").needs_review().into()
}

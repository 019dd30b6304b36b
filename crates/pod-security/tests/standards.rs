//! Every check at every version, by the tables of `cases`.

#![allow(clippy::unwrap_used, missing_docs)]

mod cases;

use cases::{Case, expected, text, tree};
use merlon_pod_security::{Level, Policy, PolicyVersion, evaluate, message};
use merlon_yaml::Node;

fn judge(pod: &Node, policy: Policy) -> String {
    let evaluation = evaluate(pod.get("metadata"), pod.get("spec").unwrap(), policy);
    assert!(evaluation.malformed.is_empty(), "{:?}", evaluation.malformed);
    for violation in &evaluation.violations {
        assert!(!violation.offences.is_empty(), "{}", violation.check.id());
    }
    message(&evaluation.violations)
}

fn check((additions, says): &Case) {
    let pod = tree(&text(additions));
    for level in Level::ALL {
        for minor in 0..=40 {
            let policy = Policy::new(level, PolicyVersion::Minor(minor));
            assert_eq!(judge(&pod, policy), expected(says, level, minor), "{policy} {additions:?}");
        }
        let latest = Policy::new(level, PolicyVersion::Latest);
        let newest = Policy::new(level, PolicyVersion::NEWEST);
        assert_eq!(judge(&pod, latest), judge(&pod, newest));
    }
}

#[test]
fn each_case_is_judged_as_the_table_says() {
    assert!(cases::all().count() > 90);
    cases::all().for_each(check);
}

#[test]
fn ephemeral_containers_are_checked_like_others_and_last() {
    check(&cases::EPHEMERAL);
}

#[test]
fn a_pod_without_anything_is_allowed_by_all_but_nothing_else() {
    for (pod, says) in [
        ("spec: ~", ""),
        ("spec: {}", ""),
        (
            "spec: {containers: [~]}",
            "allowPrivilegeEscalation != false (container \"\" must set securityContext.allowPrivilegeEscalation=false), unrestricted capabilities (container \"\" must set securityContext.capabilities.drop=[\"ALL\"]), runAsNonRoot != true (pod or container \"\" must set securityContext.runAsNonRoot=true), seccompProfile (pod or container \"\" must set securityContext.seccompProfile.type to \"RuntimeDefault\" or \"Localhost\")",
        ),
    ] {
        let policy = Policy::new(Level::Restricted, PolicyVersion::Latest);
        assert_eq!(judge(&tree(pod), policy), says, "{pod}");
    }
}

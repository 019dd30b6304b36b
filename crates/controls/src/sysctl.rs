//! The evaluator of rows about kernel parameters.

use merlon_model::{Action, Location};
use merlon_snapshot::Subject;
use merlon_views::NodeView;

use crate::control::{Parameters, SysctlCheck, SysctlExpect};
use crate::judge::Judge;

/// Judges kernel parameters by the values that the running kernel had.
pub(crate) fn judge(
    checks: &[SysctlCheck],
    node: &NodeView<'_>,
    with: &Parameters,
    judge: &mut Judge<'_, '_>,
) {
    for check in checks {
        judge_one(check, node, with, judge);
    }
}

fn judge_one(
    check: &SysctlCheck,
    node: &NodeView<'_>,
    with: &Parameters,
    judge: &mut Judge<'_, '_>,
) {
    let name = check.name;
    let (declared, exact) = match check.expect {
        SysctlExpect::Is(number) => (number, true),
        SysctlExpect::AtLeast(number) => (number, false),
    };
    let bound = match with.get("value").map(str::parse) {
        None => declared,
        Some(Ok(number)) => number,
        Some(Err(_)) => {
            judge.error(name, "the parameter value of the benchmark is not a whole number");
            return;
        }
    };
    let expected =
        if exact { format!("{name} is {bound}") } else { format!("{name} is at least {bound}") };
    let Some(text) = node.node.host.sysctls.get(name) else {
        return judge_missing(check, node, expected, judge);
    };
    let statement = format!("{name} is {text}");
    let entry = match text.parse::<i64>() {
        Err(_) => judge.error(name, format!("{name} is {text:?}, which is not a number")),
        Ok(value) if value == bound || (!exact && value > bound) => {
            judge.pass(name, statement.clone())
        }
        Ok(_) => {
            let action = Action::SetSysctl { name: name.to_owned(), value: bound.to_string() };
            judge.fail(name, statement.clone()).action(action)
        }
    };
    entry.expected(expected).evidence(statement, Location::Sysctl { name: name.to_owned() });
}

fn judge_missing(
    check: &SysctlCheck,
    node: &NodeView<'_>,
    expected: String,
    judge: &mut Judge<'_, '_>,
) {
    let name = check.name;
    let gap = node.node.gaps.iter().find(|gap| match &gap.subject {
        Subject::Sysctl { name: hidden } => hidden == name,
        _ => false,
    });
    match (gap, check.absent) {
        (Some(gap), _) => judge.error(name, gap.to_string()),
        // Parameters were read, and this one was not among them.
        (None, Some(why)) if !node.node.host.sysctls.is_empty() => {
            judge.not_applicable(name, format!("this kernel has no {name}: {why}"))
        }
        (None, _) => judge.error(name, format!("{name} was not collected")),
    }
    .expected(expected);
}

#[cfg(test)]
mod tests {
    use merlon_model::{Action, Outcome};
    use merlon_views::{NodeView, Told};

    use crate::{Parameters, evaluate, example, find};

    #[test]
    fn benchmarks_have_their_own_values() {
        let check = |control: &str, parameter: &str, value: &str, expected: Outcome| {
            let node = example::node(&format!("run kubelet@1.31\nsysctl {parameter}"));
            let view = NodeView::new(&node, example::NOW, &Told::default());
            let with = Parameters([("value".to_owned(), value.to_owned())].into());
            let control = find(control).expect("it is declared");
            let found = evaluate(control, &view, &with);
            assert_eq!(found.len(), 1, "{found:#?}");
            assert_eq!(found[0].outcome, expected, "{parameter} {value}: {found:#?}");
            if expected == Outcome::Fail {
                let (name, _) = parameter.split_once('=').expect("it has a value");
                let set = Action::SetSysctl { name: name.to_owned(), value: value.to_owned() };
                assert_eq!(found[0].actions, [set]);
            }
        };
        check("kernel-panic-timeout", "kernel.panic=60", "60", Outcome::Pass);
        check("kernel-panic-timeout", "kernel.panic=10", "60", Outcome::Fail);
        check("kernel-panic-timeout", "kernel.panic=60", "10", Outcome::Fail);
        check("kernel-pointers-visible", "kernel.kptr_restrict=1", "2", Outcome::Fail);
        check("kernel-pointers-visible", "kernel.kptr_restrict=2", "1", Outcome::Pass);
        check("kernel-panic-timeout", "kernel.panic=10", "ten", Outcome::Error);
    }
}

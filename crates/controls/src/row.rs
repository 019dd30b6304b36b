//! Short ways to write what declarations repeat.

use merlon_model::{Component, Kind, Outcome, Vector};

use crate::control::{
    Check, ContainerJudge, Example, Expect, ObjectJudge, PodJudge, Requirement, SettingCheck,
};

/// All of these have to hold for each instance of the component.
pub(crate) const fn settings(component: Component, requirements: &'static [Requirement]) -> Check {
    Check::Setting(SettingCheck { component, requirements })
}

/// What one setting has to be; the remedy follows from it.
pub(crate) const fn require(setting: &'static str, expect: Expect) -> Requirement {
    Requirement { setting, expect, remedy: "" }
}

/// What a failure lets somebody do; a text that is no vector does not compile.
pub(crate) const fn vector(text: &'static str) -> Vector {
    match Vector::parse(text) {
        Some(vector) => vector,
        None => panic!("not a vector as in AV:N/AC:L/Au:N/C:C/I:C/A:C"),
    }
}

/// What passes.
pub(crate) const fn pass(input: &'static str) -> Example {
    Example { outcome: Outcome::Pass, input }
}

/// What fails.
pub(crate) const fn fail(input: &'static str) -> Example {
    Example { outcome: Outcome::Fail, input }
}

/// What cannot be judged.
pub(crate) const fn error(input: &'static str) -> Example {
    Example { outcome: Outcome::Error, input }
}

/// What the control does not concern.
pub(crate) const fn not_applicable(input: &'static str) -> Example {
    Example { outcome: Outcome::NotApplicable, input }
}

/// What a person has to judge.
pub(crate) const fn manual(input: &'static str) -> Example {
    Example { outcome: Outcome::Manual, input }
}

/// Each pod by itself.
pub(crate) const fn pods(judge: PodJudge) -> Check {
    Check::Pod { reads: &[], judge }
}

/// Each container of each pod by itself.
pub(crate) const fn containers(judge: ContainerJudge) -> Check {
    Check::Container { reads: &[], judge }
}

/// Each object of these kinds by itself.
pub(crate) const fn objects(kinds: &'static [Kind], judge: ObjectJudge) -> Check {
    Check::Object { kinds, reads: &[], judge }
}

//! Short ways to write what declarations repeat.

use merlon_model::{Component, Outcome, Vector};

use crate::control::{Check, Example, Expect, Requirement, SettingCheck};

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

/// A node that passes.
pub(crate) const fn pass(node: &'static str) -> Example {
    Example { outcome: Outcome::Pass, node }
}

/// A node that fails.
pub(crate) const fn fail(node: &'static str) -> Example {
    Example { outcome: Outcome::Fail, node }
}

/// A node that cannot be judged.
pub(crate) const fn error(node: &'static str) -> Example {
    Example { outcome: Outcome::Error, node }
}

/// A node that the control does not concern.
pub(crate) const fn not_applicable(node: &'static str) -> Example {
    Example { outcome: Outcome::NotApplicable, node }
}

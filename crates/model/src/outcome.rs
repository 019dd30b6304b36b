use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What came of evaluating one control on one resource, or one benchmark section.
///
/// `Pass` needs evidence that was seen; whatever could not be seen is `Error`.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// The resource was seen and is as the control asks.
    Pass,
    /// The resource was seen and is not as the control asks.
    Fail,
    /// A person has to judge; the finding carries the steps.
    Manual,
    /// The control does not concern this resource, by its declared applicability.
    NotApplicable,
    /// The control could not be evaluated: forbidden, unreadable, unparsable, version unknown.
    Error,
    /// The resource fails, and somebody accepted that: see [`crate::JustifiedBy`].
    Justified,
}

impl Outcome {
    /// Every outcome, in the order summaries show them.
    pub const ALL: [Self; 6] =
        [Self::Pass, Self::Fail, Self::Manual, Self::NotApplicable, Self::Error, Self::Justified];

    /// The outcome's name as machine formats spell it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::Manual => "manual",
            Self::NotApplicable => "not-applicable",
            Self::Error => "error",
            Self::Justified => "justified",
        }
    }

    /// The outcome of a whole that has parts: the one that most wants attention.
    ///
    /// A fail outweighs everything, then an error, then work for a person, then an accepted
    /// deviation. Parts that do not apply count only when all of them do not apply. Without
    /// parts there is nothing to combine.
    #[must_use]
    pub fn combine(parts: impl IntoIterator<Item = Self>) -> Option<Self> {
        parts.into_iter().max_by_key(|part| match part {
            Self::NotApplicable => 0,
            Self::Pass => 1,
            Self::Justified => 2,
            Self::Manual => 3,
            Self::Error => 4,
            Self::Fail => 5,
        })
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::Outcome::{self, Error, Fail, Justified, Manual, NotApplicable, Pass};

    #[test]
    fn a_whole_takes_the_outcome_that_most_wants_attention() {
        let check = |parts: &[Outcome], expected: Option<Outcome>| {
            assert_eq!(Outcome::combine(parts.iter().copied()), expected, "{parts:?}");
        };
        check(&[], None);
        check(&[NotApplicable], Some(NotApplicable));
        check(&[NotApplicable, Pass], Some(Pass));
        check(&[Pass, Justified], Some(Justified));
        check(&[Pass, Manual, Justified], Some(Manual));
        check(&[Pass, Error, Manual], Some(Error));
        check(&[Error, Fail, Justified], Some(Fail));
    }
}

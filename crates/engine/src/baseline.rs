use std::collections::BTreeMap;

use merlon_model::{BaselineState, Finding, Outcome, Report};

/// The failing findings of an earlier report, by what they are about.
///
/// Lines, order and the numbers of list items do not count, so that a finding is known again after
/// a file was changed above it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Baseline {
    known: BTreeMap<String, usize>,
}

impl Baseline {
    /// Takes what fails, is justified or could not be evaluated in a report.
    #[must_use]
    pub fn of(report: &Report) -> Self {
        let mut known = BTreeMap::new();
        for finding in report.findings.iter().filter(|finding| counts(finding)) {
            *known.entry(finding.identity()).or_default() += 1;
        }
        Self { known }
    }

    /// Says of each finding whether it is new; gives how many of the earlier ones are gone.
    pub(crate) fn compare(&self, findings: &mut [Finding]) -> usize {
        let mut left = self.known.clone();
        for finding in findings.iter_mut().filter(|finding| counts(finding)) {
            let known = left.get_mut(&finding.identity()).filter(|left| **left > 0);
            finding.baseline = Some(match known {
                Some(left) => {
                    *left -= 1;
                    BaselineState::Unchanged
                }
                None => BaselineState::New,
            });
        }
        left.values().sum()
    }
}

fn counts(finding: &Finding) -> bool {
    matches!(finding.outcome, Outcome::Fail | Outcome::Justified | Outcome::Error)
}

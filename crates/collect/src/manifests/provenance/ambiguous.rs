//! Actions of which nobody can tell which one wrote a line.

use super::super::template::Template;
use super::{By, is_indented};

/// Takes back what is traced to an action when another one may have written it just as well.
///
/// Between two lines that are sure, every action may have written what is there, unless it stands
/// beside text that was not written: then its branch was not taken.
pub(super) fn drop_ambiguous(
    template: &Template<'_>,
    document: &[&str],
    traced: &mut [(usize, By)],
) {
    let taken = Taken::new(template, traced);
    let sure: Vec<Option<usize>> =
        traced.iter().map(|(state, by)| (*by == By::Text).then_some(*state)).collect();
    for at in 0..traced.len() {
        let (state, by) = traced[at];
        if by != By::Output {
            continue;
        }
        let before = sure[..at].iter().rev().flatten().next().copied().unwrap_or(0);
        let after = sure[at..].iter().flatten().next().copied().unwrap_or(template.lines.len() + 1);
        let between = |other: usize| {
            if before < after {
                before < other && other < after
            } else {
                // Around the end of a loop.
                before < other || other < after
            }
        };
        let others = template.lines.iter().zip(1..).filter(|(line, other)| {
            // The last sure line itself may go on after its text.
            let writes = if *other == before { line.indent.is_some() } else { line.is_output() };
            *other != state && writes && (*other == before || between(*other))
        });
        let mut possible = others.filter(|(line, _)| {
            !line.elsewhere && is_indented(line, document[at]) && taken.may_be(line.branch)
        });
        if possible.next().is_some() {
            traced[at].1 = By::Nothing;
        }
    }
}

/// Which branches of a template can have been taken.
struct Taken {
    /// For each branch whether it has no text, or some of it was written.
    plausible: Vec<bool>,
    within: Vec<usize>,
}

impl Taken {
    fn new(template: &Template<'_>, traced: &[(usize, By)]) -> Self {
        let mut has_text = vec![false; template.branches.len()];
        let mut written = vec![false; template.branches.len()];
        for line in template.lines.iter().filter(|line| line.has_text()) {
            has_text[line.branch] = true;
        }
        for (state, by) in traced {
            if let (By::Text, Some(line)) = (by, state.checked_sub(1)) {
                written[template.lines[line].branch] = true;
            }
        }
        let plausible = has_text.iter().zip(&written).map(|(text, written)| !text || *written);
        Self { plausible: plausible.collect(), within: template.branches.clone() }
    }

    fn may_be(&self, mut branch: usize) -> bool {
        while branch > 0 {
            if !self.plausible[branch] {
                return false;
            }
            branch = self.within[branch];
        }
        true
    }
}

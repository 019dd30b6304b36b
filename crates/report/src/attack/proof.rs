use std::collections::{BTreeMap, BTreeSet};

use merlon_model::{AttackPath, AttackReport};

use super::route;

/// What to tell of a path next, so that what a step needs stands before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Line {
    /// A fact that the path starts from.
    Start {
        /// The fact.
        fact: usize,
    },
    /// A fact that was told of before.
    Held {
        /// The fact.
        fact: usize,
        /// The number of the step that gave it; absent for what the path starts from.
        after: Option<usize>,
    },
    /// A step, and the fact it gives.
    Step {
        /// Its number in the telling, from 1.
        number: usize,
        /// Its place in the report.
        step: usize,
    },
    /// What follows is needed as well.
    Open,
    /// Both are held now.
    Close,
}

/// A path as a tree: the longest way to each step's premises first, every further premise as a
/// branch beside it.
///
/// Each step is told of once; a report in which steps go round in circles is told to where the
/// circle closes.
pub(super) fn lines(report: &AttackReport, path: &AttackPath) -> Vec<Line> {
    let Some(goal) = route::goal(report, path) else { return Vec::new() };
    let mut telling = Telling::default();
    let (givers, lengths) = givers(report, path);
    let mut open = vec![Task::Fact(goal)];
    while let Some(task) = open.pop() {
        match task {
            Task::Line(line) => telling.lines.push(line),
            Task::Step(step) => telling.step(report, step),
            Task::Fact(fact) => {
                let giver = givers.get(&fact).copied();
                if let Some(step) = giver.filter(|_| !telling.held.contains_key(&fact))
                    && telling.begun.insert(step)
                {
                    open.push(Task::Step(step));
                    open.extend(needed(report, step, &lengths).into_iter().rev());
                } else {
                    telling.fact(fact);
                }
            }
        }
    }
    telling.lines
}

enum Task {
    Fact(usize),
    Step(usize),
    Line(Line),
}

#[derive(Default)]
struct Telling {
    told: usize,
    begun: BTreeSet<usize>,
    held: BTreeMap<usize, Option<usize>>,
    lines: Vec<Line>,
}

impl Telling {
    fn fact(&mut self, fact: usize) {
        match self.held.get(&fact) {
            Some(&after) => self.lines.push(Line::Held { fact, after }),
            None => {
                self.held.insert(fact, None);
                self.lines.push(Line::Start { fact });
            }
        }
    }

    fn step(&mut self, report: &AttackReport, step: usize) {
        self.told += 1;
        let number = self.told;
        if let Some(known) = report.steps.get(step) {
            self.held.insert(known.conclusion, Some(number));
        }
        self.lines.push(Line::Step { number, step });
    }
}

/// Which step gives each fact first, and after how many steps it is held.
fn givers(
    report: &AttackReport,
    path: &AttackPath,
) -> (BTreeMap<usize, usize>, BTreeMap<usize, usize>) {
    let mut givers = BTreeMap::new();
    let mut lengths = BTreeMap::new();
    for (place, step) in route::steps(report, path) {
        givers.entry(step.conclusion).or_insert(place);
        let of = |fact: &usize| lengths.get(fact).copied().unwrap_or(0);
        let longest: usize = step.premises.iter().map(of).max().unwrap_or(0);
        lengths.entry(step.conclusion).or_insert(longest + 1);
    }
    (givers, lengths)
}

/// The premises of a step: the one with the longest way first, the others each as a branch.
fn needed(report: &AttackReport, step: usize, lengths: &BTreeMap<usize, usize>) -> Vec<Task> {
    let mut premises = report.steps.get(step).map(|step| step.premises.clone()).unwrap_or_default();
    premises.sort_by_key(|fact| std::cmp::Reverse(lengths.get(fact).copied().unwrap_or(0)));
    let mut tasks = Vec::new();
    for (number, fact) in premises.into_iter().enumerate() {
        if number == 0 {
            tasks.push(Task::Fact(fact));
        } else {
            tasks.extend([Task::Line(Line::Open), Task::Fact(fact), Task::Line(Line::Close)]);
        }
    }
    tasks
}

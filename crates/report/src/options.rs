use std::fmt;

use merlon_model::{Action, Finding};

/// How a report is shown; machine formats look at `verbose`, `remedy` and `fix` only.
#[derive(Clone, Copy)]
pub struct Options<'a> {
    /// Shows every outcome with its evidence, not only what wants attention.
    pub verbose: bool,
    /// Writes ANSI styles. Nothing is said by colour alone.
    pub colour: bool,
    /// Writes symbols beyond ASCII.
    pub unicode: bool,
    /// The columns of the terminal; longer lines are wrapped between words.
    pub width: usize,
    /// Turns an action into words and commands.
    pub remedy: &'a dyn Fn(&Action) -> Remedy,
    /// Gives the text that mends a finding in a file, where that is known; SARIF has it.
    pub fix: &'a dyn Fn(&Finding) -> Option<Fix>,
}

impl<'a> Options<'a> {
    /// Plain text of 100 columns, without colour, with the short view of a report.
    #[must_use]
    pub fn new(remedy: &'a dyn Fn(&Action) -> Remedy) -> Self {
        Self { verbose: false, colour: false, unicode: false, width: 100, remedy, fix: &|_| None }
    }
}

impl fmt::Debug for Options<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Options")
            .field("verbose", &self.verbose)
            .field("colour", &self.colour)
            .field("unicode", &self.unicode)
            .field("width", &self.width)
            .finish_non_exhaustive()
    }
}

/// An action in words and in commands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Remedy {
    /// What to do, in one line without a final stop.
    pub summary: String,
    /// Shell commands that do it, each complete; empty when only words help.
    pub commands: Vec<String>,
}

/// A change of a file's text that mends a finding.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fix {
    /// What it does, in one line without a final stop.
    pub summary: String,
    /// The file, named as places of findings name it.
    pub path: String,
    /// What is replaced, from the top of the file; no two touch each other.
    pub replacements: Vec<Replacement>,
}

/// Text that takes the place of other text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Replacement {
    /// The line, from 1, at whose beginning the text stands.
    pub line: u32,
    /// The text that goes; empty where text is only inserted.
    pub deleted: String,
    /// What takes its place.
    pub inserted: String,
}

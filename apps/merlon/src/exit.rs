use std::process::ExitCode;

/// How the program ends; pipelines rely on these numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Everything was evaluated, and nothing fails at the severity asked for.
    Clean = 0,
    /// Something fails at or above the severity of `--fail-on`.
    Findings = 1,
    // 2 is clap's: the command line was not understood.
    /// Nothing could be evaluated, or something that could not be might fail.
    NotEvaluated = 3,
}

/// The codes as `--help` tells them.
pub const EXIT_CODES: &str = "\
Exit codes:
  0  everything was evaluated and nothing fails at or above --fail-on
  1  something fails at or above --fail-on
  2  the command line was not understood
  3  something could not be evaluated (and nothing else fails): not a clean bill";

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

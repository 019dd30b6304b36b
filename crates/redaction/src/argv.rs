//! Credentials among the arguments of a program.

use crate::cut::Cut;
use crate::judge::judge_named;
use crate::marker::Marker;
use crate::names::{Naming, naming};

/// Gives the cuts that a list of arguments calls for beyond those in each argument alone: the values of
/// `--token value`, and of `--user name:password`.
pub(crate) fn cuts_in_arguments(arguments: &[Option<&str>]) -> Vec<Option<Cut>> {
    let mut cuts = Vec::with_capacity(arguments.len());
    let mut awaited: Option<&str> = None;
    for argument in arguments {
        let text = argument.unwrap_or_default();
        let before = awaited.take();
        cuts.push(before.and_then(|flag| value_of(flag, text)));
        awaited = flag(text);
    }
    cuts
}

fn flag(argument: &str) -> Option<&str> {
    let name = argument.strip_prefix("--").or_else(|| argument.strip_prefix('-'))?;
    let is_name = !name.is_empty() && !name.contains(['=', ' ', '\n']);
    is_name.then_some(name)
}

fn value_of(flag: &str, argument: &str) -> Option<Cut> {
    if argument.is_empty() || argument.starts_with("--") {
        return None;
    }
    if matches!(flag, "u" | "user" | "basic-auth" | "userpass") {
        let (user, password) = argument.split_once(':')?;
        let kind = judge_named("password", password).filter(|_| !user.contains(['/', ' ']))?;
        return Some(Cut::new(user.len() + 1..argument.len(), Marker::of(kind)));
    }
    // The flag library takes whatever follows a string flag, but what the flag is is not known.
    if argument.starts_with('-') && !matches!(naming(flag), Naming::Credential(_)) {
        return None;
    }
    judge_named(flag, argument).map(|kind| Cut::new(0..argument.len(), Marker::of(kind)))
}

#[cfg(test)]
mod tests {
    use super::cuts_in_arguments;

    fn check(arguments: &[&str], expected: &[&str]) {
        let arguments: Vec<Option<&str>> = arguments.iter().map(|each| Some(*each)).collect();
        let found: Vec<String> = cuts_in_arguments(&arguments)
            .into_iter()
            .zip(&arguments)
            .filter_map(|(cut, argument)| Some(argument.unwrap_or_default()[cut?.range].to_owned()))
            .collect();
        assert_eq!(found, expected, "{arguments:?}");
    }

    #[test]
    fn values_of_flags_are_found() {
        check(&["x", "--token", "a81f2c9d"], &["a81f2c9d"]);
        check(&["-password", "hunter2", "-v"], &["hunter2"]);
        check(&["--password", "-hunter2"], &["-hunter2"]);
        check(&["curl", "-u", "bot:hunter2"], &["hunter2"]);
        check(&["redis-server", "--requirepass", "hunter2"], &["hunter2"]);
        check(&["--token-file", "/x/y", "--v", "2", "--token", "--x"], &[]);
        check(&["--token", "$(TOKEN)", "-u", "1000", "--user", "root"], &[]);
        check(&["--token"], &[]);
        check(&[], &[]);
    }
}

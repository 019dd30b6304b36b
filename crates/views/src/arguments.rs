use merlon_model::Location;

use crate::setting::{Kind, Setting};

/// One flag as a component was given it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Argument {
    /// The flag without dashes, underscores turned into dashes.
    pub name: String,
    /// Its value; `None` for a flag that stands alone.
    pub value: Option<String>,
    /// Where it stands.
    pub location: Location,
}

/// How a program reads its command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Syntax {
    /// `spf13/pflag`, as all of Kubernetes uses: `--name value`, `--name=value`, `--bool`;
    /// `_` is the same as `-` (`cliflag.WordSepNormalizeFunc`); a boolean takes no next word.
    Pflag,
    /// Go's own `flag` package, as etcd uses: one dash or two; a boolean takes no next word; the
    /// first word that is no flag ends them.
    Go,
}

/// Reads a command line without the program's name.
///
/// `words` pairs each word with its place. The settings tell which flags are boolean; of a flag
/// that is not among them, a next word without a dash is taken to be its value, since all but a
/// few booleans are written `--x` or `--x=true`.
pub(crate) fn parse_arguments(
    words: &[(String, Location)],
    syntax: Syntax,
    settings: &[Setting],
) -> Vec<Argument> {
    let mut arguments = Vec::new();
    let mut place = 0;
    while let Some((word, location)) = words.get(place) {
        place += 1;
        if word == "--" {
            break;
        }
        let Some(flag) = strip_dashes(word, syntax) else {
            if syntax == Syntax::Go {
                break;
            }
            continue;
        };
        let (name, mut value) = match flag.split_once('=') {
            Some((name, value)) => (name, Some(value.to_owned())),
            None => (flag, None),
        };
        let name = match syntax {
            Syntax::Pflag => name.replace('_', "-"),
            Syntax::Go => name.to_owned(),
        };
        if value.is_none()
            && let Some((next, _)) = words.get(place)
            && takes_next_word(&name, next, settings)
        {
            value = Some(next.clone());
            place += 1;
        }
        arguments.push(Argument { name, value, location: location.clone() });
    }
    arguments
}

fn strip_dashes(word: &str, syntax: Syntax) -> Option<&str> {
    let flag = match word.strip_prefix("--") {
        Some(flag) => flag,
        // A single dash is a shorthand for pflag: `-v=2`, of no interest here.
        None if syntax == Syntax::Go => word.strip_prefix('-')?,
        None => return None,
    };
    (!flag.is_empty() && !flag.starts_with(['-', '='])).then_some(flag)
}

fn takes_next_word(name: &str, next: &str, settings: &[Setting]) -> bool {
    match settings.iter().find(|setting| setting.has_flag(name)) {
        Some(setting) => setting.kind != Kind::Bool,
        None => !next.starts_with('-'),
    }
}

#[cfg(test)]
mod tests {
    use merlon_model::{Component, Location};

    use super::{Syntax, parse_arguments};
    use crate::settings;

    fn check(component: Component, syntax: Syntax, line: &str, expected: &[(&str, Option<&str>)]) {
        let words: Vec<_> =
            line.split(' ').map(|word| (word.to_owned(), Location::file("argv"))).collect();
        let arguments = parse_arguments(&words, syntax, settings::of(component));
        let arguments: Vec<_> = arguments
            .iter()
            .map(|argument| (argument.name.as_str(), argument.value.as_deref()))
            .collect();
        assert_eq!(arguments, expected, "{line}");
    }

    #[test]
    fn flags_are_read_as_pflag_reads_them() {
        let check = |line: &str, expected: &[(&str, Option<&str>)]| {
            check(Component::KubeApiserver, Syntax::Pflag, line, expected);
        };
        check("--audit-log-maxage 30", &[("audit-log-maxage", Some("30"))]);
        check("--audit-log-maxage=30", &[("audit-log-maxage", Some("30"))]);
        check("--audit-log-maxage= --x", &[("audit-log-maxage", Some("")), ("x", None)]);
        check("--audit_log_maxage=30", &[("audit-log-maxage", Some("30"))]);
        check("--profiling false", &[("profiling", None)]);
        check(
            "--profiling=false --profiling",
            &[("profiling", Some("false")), ("profiling", None)],
        );
        check("--etcd-servers=a=b", &[("etcd-servers", Some("a=b"))]);
        check("-v 2 --anonymous-auth=false", &[("anonymous-auth", Some("false"))]);
        check("-- --anonymous-auth=false", &[]);
        check("--unheard-of x --profiling", &[("unheard-of", Some("x")), ("profiling", None)]);
        check("-profiling=false", &[]);
        check("--=x --- ---x", &[]);
        check("--audit-log-maxage", &[("audit-log-maxage", None)]);
    }

    #[test]
    fn flags_are_read_as_go_reads_them() {
        let check = |line: &str, expected: &[(&str, Option<&str>)]| {
            check(Component::Etcd, Syntax::Go, line, expected);
        };
        check("-client-cert-auth", &[("client-cert-auth", None)]);
        check("--client-cert-auth=true", &[("client-cert-auth", Some("true"))]);
        check("-cert-file x --key-file y", &[("cert-file", Some("x")), ("key-file", Some("y"))]);
        check("-client-cert-auth true -cert-file x", &[("client-cert-auth", None)]);
    }
}

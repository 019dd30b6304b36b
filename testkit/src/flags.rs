/// The arguments of a component, in order.
///
/// Values may hold the placeholders that [`Profile`](crate::Profile) describes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Flags(Vec<Flag>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Flag {
    name: String,
    value: String,
    form: Form,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// `--name=value`
    Joined,
    /// `--name value`
    Split,
}

impl Flags {
    /// Flags from names (without dashes) and values.
    pub fn new<'text>(flags: impl IntoIterator<Item = (&'text str, &'text str)>) -> Flags {
        let mut all = Flags::default();
        for (name, value) in flags {
            all.set(name, value);
        }
        all
    }

    /// Sets `--name=value`, in the place where the flag already stands or at the end.
    pub fn set(&mut self, name: &str, value: &str) -> &mut Flags {
        self.put(name, value, Form::Joined)
    }

    /// Sets the flag as two arguments, `--name value`. Components refuse that for booleans.
    pub fn set_split(&mut self, name: &str, value: &str) -> &mut Flags {
        self.put(name, value, Form::Split)
    }

    /// Adds `--name=value` even when the flag is there already; the component takes the last one.
    pub fn repeat(&mut self, name: &str, value: &str) -> &mut Flags {
        self.0.push(Flag { name: name.to_owned(), value: value.to_owned(), form: Form::Joined });
        self
    }

    /// Takes the flag away, however often it stands there.
    pub fn remove(&mut self, name: &str) -> &mut Flags {
        self.0.retain(|flag| flag.name != name);
        self
    }

    /// The value that the component will take.
    pub fn get(&self, name: &str) -> Option<&str> {
        let last = self.0.iter().rev().find(|flag| flag.name == name)?;
        Some(&last.value)
    }

    /// The arguments as the component receives them, with placeholders filled in by `fill`.
    pub(crate) fn arguments(&self, fill: impl Fn(&str) -> String) -> Vec<String> {
        let mut arguments = Vec::new();
        for flag in &self.0 {
            let value = fill(&flag.value);
            match flag.form {
                Form::Joined => arguments.push(format!("--{}={value}", flag.name)),
                Form::Split => arguments.extend([format!("--{}", flag.name), value]),
            }
        }
        arguments
    }

    fn put(&mut self, name: &str, value: &str, form: Form) -> &mut Flags {
        let flag = Flag { name: name.to_owned(), value: value.to_owned(), form };
        match self.0.iter().position(|flag| flag.name == name) {
            Some(position) => {
                self.0[position] = flag;
                let mut index = 0;
                self.0.retain(|flag| {
                    index += 1;
                    flag.name != name || index == position + 1
                });
            }
            None => self.0.push(flag),
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(change: impl FnOnce(&mut Flags), expected: &[&str]) {
        let mut flags = Flags::new([("a", "1"), ("b", "{two}")]);
        change(&mut flags);
        assert_eq!(flags.arguments(|value| value.replace("{two}", "2")), expected);
    }

    #[test]
    fn flags_are_changed_where_they_stand() {
        check(|_| {}, &["--a=1", "--b=2"]);
        check(
            |flags| {
                flags.set("a", "3").set("c", "4");
            },
            &["--a=3", "--b=2", "--c=4"],
        );
        check(
            |flags| {
                flags.set_split("a", "3");
            },
            &["--a", "3", "--b=2"],
        );
        check(
            |flags| {
                flags.remove("a");
            },
            &["--b=2"],
        );
        check(
            |flags| {
                flags.repeat("a", "3");
            },
            &["--a=1", "--b=2", "--a=3"],
        );
        check(
            |flags| {
                flags.repeat("a", "3").set("a", "5");
            },
            &["--a=5", "--b=2"],
        );
        check(
            |flags| {
                flags.repeat("a", "3").remove("a");
            },
            &["--b=2"],
        );
    }

    #[test]
    fn the_last_value_counts() {
        let mut flags = Flags::new([("a", "1")]);
        assert_eq!(flags.get("a"), Some("1"));
        assert_eq!(flags.repeat("a", "2").get("a"), Some("2"));
        assert_eq!(flags.get("b"), None);
    }
}

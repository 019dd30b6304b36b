use anstyle::Style;
use merlon_controls::find;
use merlon_engine::Technique;
use merlon_model::Confidence;

/// Tells everything about one technique of attack paths.
pub(super) fn tell(technique: &Technique, bold: Style) {
    let heading = |text: &str| anstream::println!("\n{bold}{text}{bold:#}");
    anstream::println!("{bold}{}{bold:#}  {}", technique.id, technique.title);
    heading("Why it works");
    anstream::println!("{}", technique.reason);
    heading("How sure its steps are");
    anstream::println!("{}", sure(technique.confidence));
    if !technique.references.is_empty() {
        heading("Known as");
        anstream::println!("{}", technique.references.join(", "));
    }
    if !technique.controls.is_empty() {
        heading("Controls that find what it rests on");
        for control in technique.controls.iter().filter_map(|id| find(id)) {
            anstream::println!("{}  {}", control.id, control.title);
        }
    }
    let Some(example) = technique.examples.iter().find(|example| !example.without.is_empty())
    else {
        return;
    };
    heading("An example");
    anstream::println!("Here {} leads to {}:\n", example.from, example.to);
    anstream::println!("{}", example.objects.trim());
    heading("What takes it away there, each on its own");
    for (before, after) in example.without {
        anstream::println!("- {}", without(before, after));
    }
}

fn sure(confidence: Confidence) -> &'static str {
    match confidence {
        Confidence::Certain => "certain: it follows from how Kubernetes works",
        Confidence::Likely => "likely: it rests on something that the objects do not show",
        Confidence::Assumed => "assumed: it needs a hole in a program",
    }
}

/// A change of a text, on one line where it has one.
fn without(before: &str, after: &str) -> String {
    let line = |text: &str| {
        let lines: Vec<&str> = text.lines().map(str::trim).filter(|it| !it.is_empty()).collect();
        lines.join("; ")
    };
    match line(after).as_str() {
        "" => format!("without `{}`", line(before)),
        after => format!("`{after}` instead of `{}`", line(before)),
    }
}

#[cfg(test)]
mod tests {
    use super::without;

    #[test]
    fn a_change_is_one_line() {
        let check = |before, after, expected: &str| assert_eq!(without(before, after), expected);
        check(
            "privileged: true",
            "privileged: false",
            "`privileged: false` instead of `privileged: true`",
        );
        check("  hostPID: true\n", "", "without `hostPID: true`");
        check("a: 1\n  b: 2", "\n", "without `a: 1; b: 2`");
    }
}

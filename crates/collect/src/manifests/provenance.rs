//! From the lines of rendered text back to the lines of its template.

use std::collections::BTreeMap;

mod ambiguous;

use super::template::{Line, Part, Template, template};

/// The most pairs of lines that are compared for one document: 2,000 by 2,000.
const PAIRS: usize = 4_000_000;

/// What a text that was rendered owes to its template.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Provenance {
    /// For each rendered line the template's line, from 1.
    pub(crate) lines: Vec<Option<u32>>,
    /// The template's lines, from 1, by the key of the values that they write out.
    pub(crate) values: BTreeMap<String, Vec<u32>>,
}

/// Finds the template's line for each line of what was rendered from it.
///
/// Helm does not tell, so both are laid side by side: a line without actions has come from one that
/// reads the same, a line with actions gives its text around whatever they wrote, and an action that
/// stands alone may have written any number of lines. Of all ways to read the template from top to
/// bottom, `range` going back to its start, the one that explains the most is taken.
pub(crate) fn provenance(source: &str, rendered: &str) -> Provenance {
    let template = template(source);
    let rendered: Vec<&str> = rendered.lines().collect();
    let mut lines = Vec::with_capacity(rendered.len());
    for document in rendered.split_inclusive(|line| is_separator(line)) {
        align(&template, document, &mut lines);
    }
    let mut values: BTreeMap<String, Vec<u32>> = BTreeMap::new();
    for (number, line) in (1_u32..).zip(&template.lines) {
        for key in line.keys.iter().filter(|_| !line.elsewhere) {
            values.entry(key.clone()).or_default().push(number);
        }
    }
    Provenance { lines, values }
}

fn is_separator(line: &str) -> bool {
    line.trim_end() == "---"
}

/// Worse than every sum of scores.
const NEVER: i32 = i32::MIN / 2;

/// Scores are in thousandths, so that what decides between equals costs next to nothing.
const UNIT: i32 = 1000;

/// How a rendered line came about: the template's line before it, and what of this one wrote it.
#[derive(Clone, Copy, Default)]
struct Step {
    from: u32,
    by: By,
}

/// What wrote a rendered line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum By {
    /// Nothing that is known.
    #[default]
    Nothing,
    /// A line whose text is in it.
    Text,
    /// An action, which could have written anything.
    Output,
}

fn align(template: &Template<'_>, document: &[&str], lines: &mut Vec<Option<u32>>) {
    let count = template.lines.len();
    if document.is_empty() || count.saturating_mul(document.len()) > PAIRS {
        lines.extend(document.iter().map(|_| None));
        return;
    }
    // State 0 is above the template, state n at its line n, from 1.
    let mut scores = vec![NEVER; count + 1];
    scores[0] = 0;
    let mut steps: Vec<Step> = Vec::with_capacity(document.len() * (count + 1));
    let mut next = vec![NEVER; count + 1];
    for rendered in document {
        let (again, jump) = repeated(template, &scores);
        let (mut best, mut best_from) = (NEVER, 0);
        for (state, score) in next.iter_mut().enumerate() {
            let line = state.checked_sub(1).map(|line| &template.lines[line]);
            let (mut chosen, by) = match line {
                _ if scores[state] == NEVER => (NEVER, By::Nothing),
                Some(line) if goes_on(line, rendered) => (scores[state] + UNIT, By::Output),
                _ if rendered.trim().is_empty() => (scores[state], By::Nothing),
                _ => (scores[state] - UNIT, By::Nothing),
            };
            let mut step = Step { from: index(state), by };
            // To go further down costs a little, so that the nearest of equal lines is taken.
            best -= 1;
            let (reach, from) =
                if best >= again[state] { (best, best_from) } else { (again[state], jump[state]) };
            let written = line.and_then(|line| Some((line, worth(line, rendered)?)));
            if let Some((line, worth)) = written
                && reach > NEVER
                && reach + worth > chosen
            {
                chosen = reach + worth;
                step = Step { from, by: if line.is_output() { By::Output } else { By::Text } };
            }
            *score = chosen.max(NEVER);
            steps.push(step);
            if scores[state] > best {
                (best, best_from) = (scores[state], index(state));
            }
        }
        std::mem::swap(&mut scores, &mut next);
    }
    let mut traced = trace(&scores, &steps, count);
    ambiguous::drop_ambiguous(template, document, &mut traced);
    lines.extend(traced.into_iter().map(|(state, by)| (by != By::Nothing).then(|| index(state))));
}

/// The best way to begin each line of a loop once more, and where from.
fn repeated(template: &Template<'_>, scores: &[i32]) -> (Vec<i32>, Vec<u32>) {
    let mut again = vec![NEVER; scores.len()];
    let mut jump = vec![0; scores.len()];
    for (start, end) in &template.loops {
        let body = start + 1..=end + 1;
        let best = body.clone().max_by_key(|state| scores[*state]);
        let Some(from) = best.filter(|state| scores[*state] > NEVER) else { continue };
        for state in body {
            // Going on downwards is preferred where it explains as much.
            if scores[from] - 50 > again[state] {
                again[state] = scores[from] - 50;
                jump[state] = index(from);
            }
        }
    }
    (again, jump)
}

/// The template's line for each rendered line, from 1, and what of it wrote that.
fn trace(scores: &[i32], steps: &[Step], count: usize) -> Vec<(usize, By)> {
    let mut state = (0..=count).rev().max_by_key(|state| scores[*state]).unwrap_or(0);
    let mut traced: Vec<(usize, By)> = steps
        .chunks_exact(count + 1)
        .rev()
        .map(|row| {
            let step = row[state];
            let here = (state, step.by);
            state = usize::try_from(step.from).unwrap_or(0);
            here
        })
        .collect();
    traced.reverse();
    traced
}

fn index(state: usize) -> u32 {
    u32::try_from(state).unwrap_or(u32::MAX)
}

/// How well a rendered line fits the template's line as its first output; `None` when it does not.
fn worth(line: &Line<'_>, rendered: &str) -> Option<i32> {
    let rendered = rendered.trim_end();
    if line.elsewhere || line.parts.is_empty() || rendered.trim().is_empty() {
        return None;
    }
    let text: usize = line
        .parts
        .iter()
        .map(|part| match part {
            Part::Text(text) => text.chars().filter(|symbol| symbol.is_alphanumeric()).count(),
            Part::Hole => 0,
        })
        .sum();
    let holes = line.parts.contains(&Part::Hole);
    let text_worth = i32::try_from(text.min(40)).unwrap_or(40) * UNIT;
    if !holes {
        return (text > 0 && same_text(&line.parts, rendered)).then_some(5 * UNIT + text_worth);
    }
    if line.is_output() {
        return is_indented(line, rendered).then_some(UNIT);
    }
    fits(&line.parts, rendered).then_some(2 * UNIT + text_worth)
}

/// Whether the template's line can have written a further line after its first.
fn goes_on(line: &Line<'_>, rendered: &str) -> bool {
    !line.elsewhere
        && !rendered.trim().is_empty()
        && (line.is_output() || line.indent.is_some())
        && is_indented(line, rendered)
}

fn is_indented(line: &Line<'_>, rendered: &str) -> bool {
    let indent = rendered.len() - rendered.trim_start_matches(' ').len();
    line.indent.is_none_or(|least| indent >= least)
}

fn same_text(parts: &[Part<'_>], rendered: &str) -> bool {
    let mut rest = rendered;
    for part in parts {
        let Part::Text(text) = part else { return false };
        match rest.strip_prefix(text) {
            Some(left) => rest = left,
            None => return text.trim_end() == rest,
        }
    }
    rest.is_empty()
}

/// Whether the rendered line has the line's texts in their order, whatever fills the holes.
fn fits(parts: &[Part<'_>], rendered: &str) -> bool {
    let mut rest = rendered;
    let mut after_hole = false;
    for (number, part) in parts.iter().enumerate() {
        let Part::Text(text) = part else {
            after_hole = true;
            continue;
        };
        let last = number + 1 == parts.len();
        let text = if last { text.trim_end() } else { text };
        // What the last hole leaves of `key: ` may have lost its blank to trimming.
        let found = if !after_hole {
            rest.strip_prefix(text).or_else(|| (rest == text.trim_end()).then_some(""))
        } else if last {
            rest.strip_suffix(text).map(|_| "")
        } else {
            rest.find(text).map(|at| &rest[at + text.len()..])
        };
        match found {
            Some(left) => rest = left,
            None => return false,
        }
        after_hole = false;
    }
    after_hole || rest.is_empty()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::provenance;

    /// `expected` has the template's line for each rendered line, 0 for none.
    #[track_caller]
    fn check(template: &str, rendered: &str, expected: &[u32]) {
        let lines: Vec<u32> = provenance(template, rendered)
            .lines
            .into_iter()
            .map(|line| line.unwrap_or(0))
            .collect();
        assert_eq!(lines, expected, "{template}\n=>\n{rendered}");
    }

    #[track_caller]
    fn check_keys(template: &str, expected: &[(&str, &[u32])]) {
        let values = provenance(template, "").values;
        let values: Vec<(&str, &[u32])> =
            values.iter().map(|(key, lines)| (key.as_str(), lines.as_slice())).collect();
        assert_eq!(values, expected, "{template}");
    }

    #[test]
    fn lines_without_actions_come_from_their_like() {
        check("a: 1\nb: 2\n", "---\n# Source: x\na: 1\nb: 2\n", &[0, 0, 1, 2]);
        check("a: 1\n{{ if .x }}\nb: 2\n{{ end }}\nc: 3\n", "a: 1\nc: 3\n", &[1, 5]);
        check("a: 1\n{{- if .x }}\nb: 2\n{{- else }}\nb: 3\n{{- end }}\n", "a: 1\nb: 3\n", &[1, 5]);
        check("x: 1\n", "y: 2\n", &[0]);
        check("", "y: 2\n", &[0]);
        check("a: 1\n", "", &[]);
    }

    #[test]
    fn text_around_actions_tells_the_line() {
        check(
            "name: {{ .a }}\nimage: \"{{ .b }}:{{ .c }}\"\nkind: Pod\n",
            "name: web\nimage: \"nginx:1\"\nkind: Pod\n",
            &[1, 2, 3],
        );
        check("a: {{ .x }}\nb: {{ .y }}\na: {{ .z }}\n", "b: 1\na: 2\n", &[2, 3]);
        check("key: {{- .x }}\n", "key:\n", &[1]);
    }

    #[test]
    fn an_action_alone_writes_many_lines() {
        check(
            "labels:\n  {{- toYaml .a | nindent 2 }}\nspec:\n  x: 1\n",
            "labels:\n  b: 1\n  c: 2\nspec:\n  x: 1\n",
            &[1, 2, 2, 3, 4],
        );
        check(
            "labels: {{- include \"x\" . | nindent 2 }}\nspec: 1\n",
            "labels:\n  b: 1\n  c: 2\nspec: 1\n",
            &[1, 1, 1, 2],
        );
        // Either may have written what is there; what it writes under its own key is its own.
        check(
            "a:\n  {{- include \"x\" . | nindent 2 }}\n  {{- with .b }}\n  {{- toYaml . | nindent 2 }}\n  {{- end }}\nc: 1\n",
            "a:\n  x: 1\n  y: 2\nc: 1\n",
            &[1, 0, 0, 6],
        );
        check(
            "a:\n  {{- include \"x\" . | nindent 2 }}\n  {{- with .b }}\n  k:\n  {{- toYaml . | nindent 2 }}\n  {{- end }}\nc: 1\n",
            "a:\n  x: 1\n  y: 2\nc: 1\n",
            &[1, 2, 2, 7],
        );
        check(
            "a:\n  {{- if .b }}\n  {{- .x | nindent 2 }}\n  {{- else }}\n  k: 1\n  {{- .y | nindent 2 }}\n  {{- end }}\n",
            "a:\n  k: 1\n  y: 2\n",
            &[1, 5, 6],
        );
        check("{{ include \"all\" . }}\n", "kind: Pod\nspec:\n  a: 1\n", &[1, 1, 1]);
    }

    #[test]
    fn loops_are_gone_through_again() {
        check(
            "env:\n{{- range .e }}\n- name: {{ .n }}\n  value: {{ .v }}\n{{- end }}\nend: 1\n",
            "env:\n- name: a\n  value: 1\n- name: b\n  value: 2\nend: 1\n",
            &[1, 3, 4, 3, 4, 6],
        );
        check(
            "{{- range .e }}\n---\nkind: Pod\nname: {{ .n }}\n{{- end }}\n",
            "---\nkind: Pod\nname: a\n---\nkind: Pod\nname: b\n",
            &[0, 3, 4, 0, 3, 4],
        );
    }

    #[test]
    fn what_is_defined_appears_elsewhere() {
        check("{{- define \"x\" }}\na: 1\n{{- end }}\na: 1\n", "a: 1\n", &[4]);
    }

    #[test]
    fn actions_may_span_lines_and_hold_braces() {
        check("{{- /* a\n}} */ -}}\na: 1\n", "a: 1\n", &[3]);
        check("a: {{ printf \"}}%s\" .x }}\nb: 1\n", "a: }}1\nb: 1\n", &[1, 2]);
        check("a: {{ unclosed\nb: 1\n", "b: 1\n", &[2]);
    }

    #[test]
    fn keys_of_the_values_are_found() {
        check_keys("a: {{ .Values.image.tag | quote }}\n", &[("image.tag", &[1])]);
        check_keys(
            "\"{{ .Values.a }}:{{ .Values.b | default .Chart.AppVersion }}\"",
            &[("a", &[1]), ("b", &[1])],
        );
        check_keys(
            "{{ with .Values.x }}\n{{ toYaml . }}\n{{ .y }}\n{{ end }}",
            &[("x", &[2]), ("x.y", &[3])],
        );
        check_keys("{{ with .Values.x }}{{ else }}\n{{ .y }}\n{{ end }}", &[]);
        check_keys(
            "{{ range $k, $v := .Values.x }}\n{{ $v.y }} {{ .z }}\n{{ end }}",
            &[("x[].y", &[2]), ("x[].z", &[2])],
        );
        check_keys("{{- $i := .Values.image -}}\n{{ $i.tag }}", &[("image.tag", &[2])]);
        check_keys("{{ with .x }}{{ $.Values.a }}{{ .b }}{{ end }}", &[("a", &[1])]);
        check_keys("{{ index .Values.a \"b-c\" }}", &[("a.b-c", &[1])]);
        check_keys("{{ if .Values.a }}{{ end }}{{ .Release.Name }}{{ \".Values.b\" }}", &[]);
        check_keys("{{ include \"x\" (dict \"a\" .Values.c) }}", &[("c", &[1])]);
        check_keys("{{ .ValuesOther.a }}{{ .Values }}", &[]);
        check_keys("{{ define \"x\" }}\n{{ .Values.a }}\n{{ end }}", &[]);
    }

    proptest! {
        #[test]
        fn every_rendered_line_has_an_answer(
            template in "([a-c: {}.\n-]|\\{\\{|\\}\\}|range|end|with .Values.a|\\$x := .Values.b){0,60}",
            rendered in "[a-c: \n-]{0,60}",
        ) {
            let provenance = provenance(&template, &rendered);
            prop_assert_eq!(provenance.lines.len(), rendered.lines().count());
            let last = u32::try_from(template.split('\n').count()).unwrap();
            for line in provenance.lines.into_iter().flatten().chain(provenance.values.into_values().flatten()) {
                prop_assert!((1..=last).contains(&line));
            }
        }
    }
}

//! Taking apart what `helm template` writes.

use std::collections::BTreeMap;

/// What comes before the path of a template.
const SOURCE: &str = "# Source: ";

/// Gives the rendered documents by the template that they came from: `chart/templates/x.yaml`.
///
/// Helm sorts documents by their kind, so those of one template need not stand together; here they
/// do, each with the `---` and `# Source:` lines that Helm puts before it. Text before the first
/// such line has no source and is left out; Helm writes none.
pub(crate) fn split(rendered: &str) -> BTreeMap<&str, String> {
    let mut texts: BTreeMap<&str, String> = BTreeMap::new();
    let mut source: Option<&str> = None;
    let mut lines = rendered.split_inclusive('\n').peekable();
    while let Some(line) = lines.next() {
        if line.trim_end() == "---" {
            let next = lines.peek().and_then(|next| next.strip_prefix(SOURCE));
            if let Some(next) = next.map(str::trim_end).filter(|path| !path.is_empty()) {
                source = Some(next);
            }
        }
        let Some(text) = source.map(|source| texts.entry(source).or_default()) else { continue };
        if !text.is_empty() && !text.ends_with('\n') {
            text.push('\n');
        }
        text.push_str(line);
    }
    texts
}

#[cfg(test)]
mod tests {
    use super::split;

    fn check(rendered: &str, expected: &[(&str, &str)]) {
        let split = split(rendered);
        let split: Vec<(&str, &str)> = split.iter().map(|(path, text)| (*path, &**text)).collect();
        assert_eq!(split, expected, "{rendered:?}");
    }

    #[test]
    fn documents_are_taken_apart_by_their_template() {
        check("", &[]);
        check("a: b\n", &[]);
        check("---\na: b\n", &[]);
        check(
            "---\n# Source: c/t/a.yaml\na: 1",
            &[("c/t/a.yaml", "---\n# Source: c/t/a.yaml\na: 1")],
        );
        check(
            "---\n# Source: x\na: 1\n---\n# Source: y\nb: 2\n---\n# Source: x\nc: 3\n",
            &[
                ("x", "---\n# Source: x\na: 1\n---\n# Source: x\nc: 3\n"),
                ("y", "---\n# Source: y\nb: 2\n"),
            ],
        );
        check("---\r\n# Source: x\r\na: 1\r\n", &[("x", "---\r\n# Source: x\r\na: 1\r\n")]);
        check("--- \n# Source: x\na: 1\n", &[("x", "--- \n# Source: x\na: 1\n")]);
    }

    #[test]
    fn only_a_source_after_a_document_start_counts() {
        let block = "---\n# Source: x\na: |\n  ---\n  # Source: y\n# Source: z\nb: 1\n";
        check(block, &[("x", block)]);
        let second = "---\n# Source: x\na: 1\n---\nb: 2\n";
        check(second, &[("x", second)]);
        check("---\n# Source: \na: 1\n", &[]);
    }
}

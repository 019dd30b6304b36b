use maud::{Markup, html};

/// The Markdown that documentation of controls is written in: paragraphs, lists, `code` and
/// **bold**.
pub(super) fn markdown(text: &str) -> Markup {
    html! {
        @for block in text.split("\n\n").filter(|block| !block.trim().is_empty()) {
            @let lines: Vec<&str> = block.lines().collect();
            @let (before, items) = list(&lines);
            @if !before.is_empty() { p { (inline(&before)) } }
            @if !items.is_empty() { ul { @for item in &items { li { (inline(item)) } } } }
        }
    }
}

/// The words before a block's list, and the list's items with their lines joined.
fn list(lines: &[&str]) -> (String, Vec<String>) {
    let mut before: Vec<&str> = Vec::new();
    let mut items: Vec<String> = Vec::new();
    for line in lines {
        match (line.strip_prefix("- "), items.last_mut()) {
            (Some(item), _) => items.push(item.to_owned()),
            (None, Some(item)) => {
                item.push(' ');
                item.push_str(line.trim());
            }
            (None, None) => before.push(line),
        }
    }
    (before.join(" "), items)
}

/// Code between backticks first, because nothing is markup in it; bold in what remains.
fn inline(text: &str) -> Markup {
    html! {
        @for (number, part) in text.split('`').enumerate() {
            @if number % 2 == 1 { code { (part) } } @else { (bold(part)) }
        }
    }
}

fn bold(text: &str) -> Markup {
    html! {
        @for (number, part) in text.split("**").enumerate() {
            @if number % 2 == 1 { strong { (part) } } @else { (part) }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::markdown;

    #[test]
    fn documentation_becomes_html() {
        let check = |text: &str, expected: &str| {
            assert_eq!(markdown(text).into_string(), expected, "{text:?}");
        };
        check("", "");
        check("one\ntwo\n\nthree", "<p>one two</p><p>three</p>");
        check("set `a: <b>`", "<p>set <code>a: &lt;b&gt;</code></p>");
        check(
            "choose:\n- **Off** (`x`)\n  or so\n- on",
            "<p>choose:</p><ul><li><strong>Off</strong> (<code>x</code>) or so</li>\
             <li>on</li></ul>",
        );
    }
}

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

/// Code and bold text. Bold may hold code; in code nothing is markup.
fn inline(text: &str) -> Markup {
    let mut bold = false;
    let mut pieces: Vec<(bool, Markup)> = Vec::new();
    for (number, part) in text.split('`').enumerate() {
        if number % 2 == 1 {
            pieces.push((bold, html! { code { (part) } }));
            continue;
        }
        for (number, words) in part.split("**").enumerate() {
            bold ^= number > 0;
            if !words.is_empty() {
                pieces.push((bold, html! { (words) }));
            }
        }
    }
    html! {
        @for (bold, piece) in pieces { @if bold { strong { (piece) } } @else { (piece) } }
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
        check(
            "**the last `x: **`** rule",
            "<p><strong>the last </strong><strong><code>x: **</code></strong> rule</p>",
        );
        check("set `a: <b>`", "<p>set <code>a: &lt;b&gt;</code></p>");
        check(
            "choose:\n- **Off** (`x`)\n  or so\n- on",
            "<p>choose:</p><ul><li><strong>Off</strong> (<code>x</code>) or so</li>\
             <li>on</li></ul>",
        );
    }
}

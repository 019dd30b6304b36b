use merlon_snapshot::{is_list, is_object};
use merlon_yaml::{Limits, Parsed, ProblemKind, Span, Value, parse, redact};

/// Takes the contents of documents that have keys which are no strings, for what they are not: objects.
///
/// Kubernetes refuses such documents. Mostly they are templates that nobody has rendered, for
/// `privileged: {{ .Values.privileged }}` is YAML, and means something else.
pub(super) fn disown_templates(parsed: &mut Parsed) {
    for problem in parsed.problems.iter().filter(|problem| problem.kind == ProblemKind::InvalidKey)
    {
        let at = problem.span.start();
        let inside = |span: Span| span.start() <= at && at <= span.end();
        let documents = parsed.documents.iter_mut();
        for document in documents.filter(|document| inside(document.span)) {
            document.root.value = Value::String("".into());
        }
    }
}

/// Gives the text without what is no object of Kubernetes, or `None` when all of it may stay.
///
/// What is not understood cannot be searched for secrets. A foreign document, or item of a list,
/// becomes a `<redacted>`, and a document that could not be read goes up to its line breaks: so
/// every line keeps its number.
pub(super) fn keep_objects(text: &str, parsed: &Parsed) -> Option<String> {
    let foreign = foreign(parsed);
    let unread = parsed
        .problems
        .iter()
        .any(|problem| matches!(problem.kind, ProblemKind::Syntax | ProblemKind::Limit));
    match (unread, foreign.is_empty()) {
        (false, true) => None,
        (false, false) => Some(redact(text, &foreign)),
        (true, true) => Some(blank_all_but(text, &kept(parsed))),
        (true, false) => {
            let text = blank_all_but(text, &kept(parsed));
            let foreign = self::foreign(&parse(&text, &Limits::default()));
            Some(redact(&text, &foreign))
        }
    }
}

fn foreign(parsed: &Parsed) -> Vec<Span> {
    let mut foreign = Vec::new();
    for root in parsed.documents.iter().map(|document| &document.root) {
        if root.is_null() {
            continue;
        }
        if !is_object(root) {
            foreign.push(root.span);
        } else if is_list(root) {
            let items = root.get("items").and_then(|items| items.as_sequence());
            let others = items.into_iter().flatten().filter(|item| !is_object(item));
            foreign.extend(others.map(|item| item.span));
        }
    }
    foreign
}

/// The documents that were read and are of Kubernetes, and the comments in and before them.
fn kept(parsed: &Parsed) -> Vec<Span> {
    let mut kept = Vec::new();
    for document in parsed.documents.iter().filter(|document| is_object(&document.root)) {
        kept.push(Span::new(
            document.span.start(),
            document.span.end().max(document.root.span.end()),
        ));
        kept.extend(document.comments.iter().map(|comment| comment.span));
    }
    kept.sort_unstable();
    kept
}

fn blank_all_but(text: &str, kept: &[Span]) -> String {
    let mut left = String::with_capacity(text.len());
    let mut done = 0;
    let blank = |left: &mut String, range: std::ops::Range<usize>| {
        let dropped = text.get(range).unwrap_or_default();
        left.extend(dropped.chars().filter(|symbol| matches!(symbol, '\n' | '\r')));
    };
    for span in kept {
        if span.start() > done {
            blank(&mut left, done..span.start());
            // An indented comment or document must not move to the line's start.
            let line = text[..span.start()].rfind(['\n', '\r']).map_or(0, |at| at + 1).max(done);
            let before = &text[line..span.start()];
            left.push_str(&before[..before.len() - before.trim_start_matches(' ').len()]);
        }
        let start = span.start().max(done);
        left.push_str(text.get(start..span.end()).unwrap_or_default());
        done = done.max(span.end());
    }
    blank(&mut left, done..text.len());
    left
}

use merlon_snapshot::{Cause, Contents, Gap, Manifest, Object, Rendered, Subject};
use merlon_yaml::{Limits, parse};

use super::cut::{disown_templates, keep_objects};
use super::redact::redact;

/// A manifest with its objects, which do not know its number yet.
#[derive(Debug)]
pub(super) struct Piece {
    pub(super) manifest: Manifest,
    pub(super) objects: Vec<Object>,
    pub(super) gaps: Vec<Gap>,
}

/// What a text is.
#[derive(Debug)]
pub(super) enum Reading {
    /// There are objects of Kubernetes in it.
    Kubernetes(Piece),
    /// It has nothing to do with Kubernetes.
    Foreign,
    /// It is of Kubernetes as far as one can tell, and nothing of it could be read.
    Broken(Vec<Gap>),
}

/// Reads a text and cuts its secrets out.
pub(super) fn reading(path: &str, text: String, rendered: Option<Rendered>) -> Reading {
    if !may_name_objects(&text) {
        return Reading::Foreign;
    }
    let mut parsed = parse(&text, &Limits::default());
    disown_templates(&mut parsed);
    let cut = keep_objects(&text, &parsed);
    let redacted = match &cut {
        Some(cut) => redact(cut, &parse(cut, &Limits::default()).documents),
        None => redact(&text, &parsed.documents),
    };
    let mut contents = Contents::of(path, 0, parsed);
    let mut gaps = std::mem::take(&mut contents.gaps);
    if contents.objects.is_empty() && (gaps.is_empty() || !looks_like_an_object(&text)) {
        return Reading::Foreign;
    }
    explain(&mut gaps, &text, rendered.as_ref());
    if contents.objects.is_empty() {
        return Reading::Broken(gaps);
    }
    let mut manifest = Manifest { path: path.to_owned(), text, rendered };
    if redacted != manifest.text {
        manifest.text = redacted;
        let again = manifest.contents(0);
        if again.objects.len() != contents.objects.len() {
            return Reading::Broken(vec![not_cut(path)]);
        }
        contents = again;
    }
    Reading::Kubernetes(Piece { manifest, objects: contents.objects, gaps })
}

/// Whether the text can have the key that every object has. A key may also be written with
/// escapes, so a text that has any goes on to the parser.
fn may_name_objects(text: &str) -> bool {
    text.contains("apiVersion") || ["\\u", "\\U", "\\x", "\\\n"].iter().any(|it| text.contains(it))
}

/// Whether a text that cannot be read was meant to be an object.
fn looks_like_an_object(text: &str) -> bool {
    if text.trim_start().starts_with(['{', '[']) {
        return text.contains("\"apiVersion\"");
    }
    text.lines().any(|line| {
        let line = line.strip_prefix('\u{feff}').unwrap_or(line);
        line.starts_with("apiVersion:") || line.starts_with("kind:")
    })
}

/// Points the gaps of rendered text into its template, and those of templates to their chart.
fn explain(gaps: &mut Vec<Gap>, text: &str, rendered: Option<&Rendered>) {
    if let Some(rendered) = rendered {
        for gap in gaps {
            if let Subject::Manifest { line, .. } = &mut gap.subject {
                *line = line.and_then(|line| rendered.source_line(line));
            }
        }
    } else if text.contains("{{")
        && let Some(first) = gaps.iter_mut().find(|gap| gap.cause == Cause::Unparsable)
    {
        first.detail.push_str("; if it is a template, name its chart or scan what it becomes");
        // One is enough: every further action is another way to say so.
        let first = first.clone();
        gaps.retain(|gap| gap.cause != Cause::Unparsable || *gap == first);
    }
}

fn not_cut(path: &str) -> Gap {
    Gap {
        subject: Subject::Manifest { path: path.to_owned(), line: None },
        cause: Cause::Unparsable,
        detail: "what is secret could not be cut out of it, so it is not kept".to_owned(),
    }
}

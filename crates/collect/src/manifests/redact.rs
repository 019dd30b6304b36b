use merlon_snapshot::{Contents, Object};
use merlon_yaml::{Node, Span, Value, walk};

/// Gives the text without the secrets of its objects; lines keep their numbers.
pub(super) fn redact(text: &str, contents: &Contents) -> String {
    let spans: Vec<Span> = contents.objects.iter().flat_map(secrets_of).collect();
    if spans.is_empty() { text.to_owned() } else { merlon_yaml::redact(text, &spans) }
}

/// The values of a `Secret`, and the copy of it that `kubectl apply` leaves in an annotation.
fn secrets_of(object: &Object) -> Vec<Span> {
    let mut spans = Vec::new();
    let kind = object.root.get("kind").and_then(Node::as_str);
    if kind != Some("Secret") {
        return spans;
    }
    walk(&object.root, |visit| {
        let keys: Vec<&str> = visit
            .path
            .iter()
            .map(|segment| match segment {
                merlon_yaml::Segment::Key(key) => key,
                merlon_yaml::Segment::Index(_) => "",
            })
            .collect();
        let secret = match keys.as_slice() {
            ["data" | "stringData"] => !matches!(visit.node.value, Value::Mapping(_)),
            ["data" | "stringData", _] | ["metadata", "annotations", _] => true,
            _ => false,
        };
        if secret {
            spans.push(visit.node.span);
        }
    });
    spans
}

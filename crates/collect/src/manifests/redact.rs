use merlon_snapshot::is_list;
use merlon_yaml::{Document, Node, Segment, Span, Value, walk};

/// Gives the text without the secrets of its documents; lines keep their numbers.
pub(super) fn redact(text: &str, documents: &[Document]) -> String {
    let mut spans = Vec::new();
    for root in documents.iter().map(|document| &document.root) {
        if is_list(root) {
            let items = root.get("items").and_then(Node::as_sequence);
            items.into_iter().flatten().for_each(|item| secrets_of(item, &mut spans));
        } else {
            secrets_of(root, &mut spans);
        }
    }
    if spans.is_empty() { text.to_owned() } else { merlon_yaml::redact(text, &spans) }
}

/// The values of a `Secret`, and the copy of it that `kubectl apply` leaves in an annotation.
fn secrets_of(object: &Node, spans: &mut Vec<Span>) {
    if object.get("kind").and_then(Node::as_str) != Some("Secret") {
        return;
    }
    walk(object, |visit| {
        use Segment::Key;
        let secret = match visit.path {
            [Key("data" | "stringData")] => !matches!(visit.node.value, Value::Mapping(_)),
            [Key("data" | "stringData"), _] | [Key("metadata"), Key("annotations"), _] => true,
            _ => false,
        };
        if secret {
            spans.push(visit.node.span);
        }
    });
}

//! JSON pointers (RFC 6901) for eyes.

/// The pointer as people write fields: `spec.containers[0].image`.
pub(crate) fn dotted(pointer: &str) -> String {
    let mut text = String::new();
    for token in pointer.split('/').skip(1) {
        let token = token.replace("~1", "/").replace("~0", "~");
        if token == "-" {
            text.push_str("[]");
        } else if !token.is_empty() && token.bytes().all(|byte| byte.is_ascii_digit()) {
            text.push_str(&format!("[{token}]"));
        } else if token.contains(['.', '/']) {
            text.push_str(&format!("[{token:?}]"));
        } else {
            if !text.is_empty() {
                text.push('.');
            }
            text.push_str(&token);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::dotted;

    #[test]
    fn pointers_are_shown_as_fields() {
        let check = |pointer: &str, expected: &str| assert_eq!(dotted(pointer), expected);
        check("", "");
        check("/spec/containers/0/image", "spec.containers[0].image");
        check("/spec/tolerations/-", "spec.tolerations[]");
        check("/metadata/labels/a.b~1c", "metadata.labels[\"a.b/c\"]");
    }
}

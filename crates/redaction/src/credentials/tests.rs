use super::find;
use super::rows::{EXAMPLES, ROWS};

fn kinds(text: &str) -> Vec<&'static str> {
    find(text).iter().map(|each| each.kind.id()).collect()
}

#[test]
fn every_row_finds_its_examples() {
    let mut problems = Vec::new();
    for examples in EXAMPLES.iter().flat_map(|examples| examples.iter()) {
        for text in examples.finds {
            if kinds(text) != [examples.id] {
                problems.push(format!("{}: {:?} in {text}", examples.id, kinds(text)));
            }
        }
        for text in examples.passes {
            if kinds(text).contains(&examples.id) {
                problems.push(format!("{} found in {text}", examples.id));
            }
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[test]
fn every_row_has_examples_for_and_against() {
    let rows = ROWS.iter().map(|rows| rows.len()).sum::<usize>();
    let examples: Vec<_> = EXAMPLES.iter().flat_map(|examples| examples.iter()).collect();
    assert_eq!(rows, examples.len());
    assert!(rows >= 45, "{rows}");
    assert!(examples.iter().all(|each| !each.finds.is_empty() && !each.passes.is_empty()));
}

#[test]
fn credentials_are_found_wherever_they_stand() {
    for examples in EXAMPLES.iter().flat_map(|examples| examples.iter()) {
        for text in examples.finds {
            for around in ["a\n# \n", "\"", "'", "x: ", "é ", "\\n", "[", "> "] {
                let before = format!("{around}{text}");
                assert!(kinds(&before).contains(&examples.id), "{}: {before}", examples.id);
            }
            for after in ["\nb: c\n", "\" ", "'", " é", "]", "}", "\\n"] {
                let text = format!("{text}{after}");
                assert!(kinds(&text).contains(&examples.id), "{}: {text}", examples.id);
            }
        }
    }
}

#[test]
fn ordinary_texts_have_none() {
    for text in [
        "",
        "image: registry.k8s.io/pause@sha256:7031c1b283388d2c2e09b57badb803c05ebed362dc88d84b480cc47f72a21097",
        "checksum/config: 01ba4719c80b6fe911b091a7c05124b64eeece964e09c058ef8f9805daca546b",
        "uid: 6f1d4a7e-2b0c-4f3b-9a51-0e6f7c2d8b94",
        "caBundle: LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCk1JSUJkekNDQVIyZ0F3SUJBZ0lCQURBS0JnZ3E=",
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ2mXo9p3Q7r5s1t8u4vWxYzA1b2C3d4E5f6G7h8I9j0 a@b.c",
        "kubectl.kubernetes.io/restartedAt: \"2024-01-01T00:00:00Z\"",
        "secretKeyRef: {name: db, key: password}",
        "https://github.com/kubernetes/kubernetes/blob/3f9a1c77b0e2d35568aabb0119cc4e8d3f9a1c77/README.md",
        "server: https://kubernetes.default.svc:443",
        "nodeSelector: {kubernetes.io/os: linux}",
        "resourceVersion: \"123456789\"",
        "schedule: \"*/5 * * * *\"",
        "$(POD_NAME).$(SERVICE).svc",
        "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk",
    ] {
        assert_eq!(kinds(text), [""; 0], "{text}");
    }
}

#[test]
fn ranges_cover_the_credential_alone() {
    let check = |before: &str, credential: &str, after: &str| {
        let text = format!("{before}{credential}{after}");
        let found: Vec<&str> = find(&text).iter().map(|each| &text[each.range.clone()]).collect();
        assert_eq!(found, [credential], "{text}");
    };
    check("postgres://app:", "hunter2", "@db:5432/app");
    check("root:", "hunter2", "@tcp(db)/app");
    check("Authorization: Bearer ", "a81f2c_9d0e4b7a6c31", "\n");
    check("x: ", concat!("ghp", "_xQ7mLz1pR5sW8yD2fH6jN4cG0aEuXoYiVkB3"), ",");
    check("{\"auth\":\"", "Ym90Omh1bnRlcjI=", "\"}");
    check("DD_API_KEY: '", "3f9a1c77b0e2d35568aabb0119cc4e8d", "'");
}

//! Edits to flow collections and JSON.

use crate::check;

#[test]
fn flow_stays_flow() {
    check(&[
        ("a: {b: 1} # c\n", "/a/c = true", "a: {b: 1, c: true} # c\n"),
        ("a: { b: 1 }\n", "/a/c = \"x\"", "a: { b: 1, c: x }\n"),
        ("a: {b: 1,}\n", "/a/c = 2", "a: {b: 1, c: 2,}\n"),
        ("a: {\"b\": 1}\n", "/a/c = \"x\"", "a: {\"b\": 1, \"c\": \"x\"}\n"),
        ("a: {b: {}}\n", "/a/b/c = 2", "a: {b: {c: 2}}\n"),
        ("a: {b: 1}\n", "/a/c/d = [\"x\", \"y,z\"]", "a: {b: 1, c: {d: [x, \"y,z\"]}}\n"),
        ("a: {b: 1}\n", "/a/b = {\"c\": 1}", "a: {b: {c: 1}}\n"),
        ("a: {b: 1}\n", "/a = {\"c\": 1, \"d\": []}", "a: {c: 1, d: []}\n"),
        ("a: {b: 1}\n", "/a = 5", "a: 5\n"),
        ("a: {b: , c: 1}\n", "/a/b = 5", "a: {b: 5 , c: 1}\n"),
        ("a: {b, c: 1}\n", "/a/b = 5", "a: {b: 5, c: 1}\n"),
        ("a: {b: !!str 1}\n", "/a/b = 5", "a: {b: 5}\n"),
        ("a: {b: 'x'}\n", "/a/b = \"y\"", "a: {b: 'y'}\n"),
        ("a: { # c\n  }\n", "/a/b = 1", "a: {b: 1 # c\n  }\n"),
        (
            "a: {b: 1, # cb\n    c: 2 # cc\n   }\n",
            "/a/d = 3",
            "a: {b: 1, # cb\n    c: 2, # cc\n    d: 3\n   }\n",
        ),
        ("a: [x, y]\n", "/a/- = \"z\"", "a: [x, y, z]\n"),
        ("a: [\"x\"]\n", "/a/- = \"z\"", "a: [\"x\", \"z\"]\n"),
        ("a: [x, y]\n", "/a/0 = {\"b\": 1}", "a: [{b: 1}, y]\n"),
        ("a: [!!str 1, 2]\n", "/a/0 = 3", "a: [3, 2]\n"),
        ("a: [\n  x,\n  y,\n]\n", "/a/- = \"z\"", "a: [\n  x,\n  y,\n  z,\n]\n"),
        ("a: [b: 1]\n", "/a/0/b = 2", "a: [b: 2]\n"),
        ("{}\n", "/a = 1", "{\"a\": 1}\n"),
    ]);
}

#[test]
fn commas_go_with_what_is_removed() {
    check(&[
        ("a: {b: 1, c: 2}\n", "/a/b gone", "a: {c: 2}\n"),
        ("a: {b: 1, c: 2}\n", "/a/c gone", "a: {b: 1}\n"),
        ("a: {b: 1, c: 2,}\n", "/a/c gone", "a: {b: 1, }\n"),
        ("a: {b: 1}\n", "/a/b gone", "a: {}\n"),
        ("a: { b: 1, }\n", "/a/b gone", "a: {}\n"),
        ("a: [x, y, z]\n", "/a/1 gone", "a: [x, z]\n"),
        ("a: [x, y, z]\n", "/a/2 gone\n/a/1 gone\n/a/0 gone", "a: []\n"),
        ("a: {b: 1, b: 2, c: 3}\n", "/a/b gone", "a: {c: 3}\n"),
        ("a: {b: 1, # cb\n    c: 2 # cc\n   }\n", "/a/c gone", "a: {b: 1 # cb\n   }\n"),
        ("a: {\n  b: 1, # cb\n  c: 2, # cc\n}\n", "/a/b gone", "a: {\n  c: 2, # cc\n}\n"),
        ("a: {\n  # first\n  b: 1 # cb\n}\n", "/a/b gone", "a: {\n  # first\n   # cb\n}\n"),
    ]);
}

#[test]
fn json_stays_json() {
    let pretty = "{\n  \"kind\": \"Pod\",\n  \"spec\": {\n    \"a\": [\n      \"x\"\n    ],\n    \"b\": {}\n  }\n}\n";
    check(&[
        ("{\"a\":1}", "/b = {\"c\": [1, \"x\"]}", "{\"a\":1,\"b\":{\"c\":[1,\"x\"]}}"),
        ("{\"a\": 1}", "/b/c = 2", "{\"a\": 1, \"b\": {\"c\": 2}}"),
        (
            pretty,
            "/spec/securityContext/runAsNonRoot = true",
            "{\n  \"kind\": \"Pod\",\n  \"spec\": {\n    \"a\": [\n      \"x\"\n    ],\n    \"b\": {},\n    \"securityContext\": {\n      \"runAsNonRoot\": true\n    }\n  }\n}\n",
        ),
        (
            pretty,
            "/spec/b/c/d = 1\n/spec/a/- = \"y\"",
            "{\n  \"kind\": \"Pod\",\n  \"spec\": {\n    \"a\": [\n      \"x\",\n      \"y\"\n    ],\n    \"b\": {\n      \"c\": {\n        \"d\": 1\n      }\n    }\n  }\n}\n",
        ),
        (
            pretty,
            "/spec/a gone\n/kind = \"yes\"",
            "{\n  \"kind\": \"yes\",\n  \"spec\": {\n    \"b\": {}\n  }\n}\n",
        ),
        (
            pretty,
            "/spec/b gone",
            "{\n  \"kind\": \"Pod\",\n  \"spec\": {\n    \"a\": [\n      \"x\"\n    ]\n  }\n}\n",
        ),
        (
            pretty,
            "/spec/a = [\"p\", \"q\"]",
            "{\n  \"kind\": \"Pod\",\n  \"spec\": {\n    \"a\": [\n      \"p\",\n      \"q\"\n    ],\n    \"b\": {}\n  }\n}\n",
        ),
        (pretty, "/spec gone", "{\n  \"kind\": \"Pod\"\n}\n"),
        (
            "{\r\n\t\"a\": {\r\n\t\t\"b\": 1\r\n\t}\r\n}\r\n",
            "/a/c = {\"d\": \"\\u0085\\n\"}",
            "{\r\n\t\"a\": {\r\n\t\t\"b\": 1,\r\n\t\t\"c\": {\r\n\t\t\t\"d\": \"\\u0085\\n\"\r\n\t\t}\r\n\t}\r\n}\r\n",
        ),
        ("{\"a\": null}", "/a/b = 1", "{\"a\": {\"b\": 1}}"),
        ("[{\"a\": 1}]", "/0/b = \"x\"", "[{\"a\": 1, \"b\": \"x\"}]"),
    ]);
}

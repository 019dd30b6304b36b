//! Edits to block collections.

use crate::check;

#[test]
fn keys_are_added_at_the_end_of_their_mapping() {
    check(&[
        ("a: 1\n", "/b = true", "a: 1\nb: true\n"),
        ("a: 1 # c\n# end\n", "/b = true", "a: 1 # c\nb: true\n# end\n"),
        (
            "s:\n  a: 1\n  # end of s\nz: 2\n",
            "/s/b = 3",
            "s:\n  a: 1\n  b: 3\n  # end of s\nz: 2\n",
        ),
        ("s:\n    a: 1\nz: 2\n", "/s/b = {\"c\": 1}", "s:\n    a: 1\n    b:\n        c: 1\nz: 2\n"),
        ("s:\n  a: 1\n\nz: 2\n", "/s/b = 3", "s:\n  a: 1\n  b: 3\n\nz: 2\n"),
        ("- a: 1\n- a: 2\n", "/0/b = 3", "- a: 1\n  b: 3\n- a: 2\n"),
        ("-   a: 1\n    c: 2\n-   a: 2\n", "/1/b = 3", "-   a: 1\n    c: 2\n-   a: 2\n    b: 3\n"),
        ("- - a: 1\n", "/0/0/b = 3", "- - a: 1\n    b: 3\n"),
        ("s:\n  t:\n    a: |\n      x\n", "/s/b = 3", "s:\n  t:\n    a: |\n      x\n  b: 3\n"),
        ("s:\n  a: |+\n    x\n\nz: 2\n", "/s/b = 3", "s:\n  a: |+\n    x\n\n  b: 3\nz: 2\n"),
        ("s:\n  a: |\n    x\n\nz: 2\n", "/s/b = 3", "s:\n  a: |\n    x\n  b: 3\n\nz: 2\n"),
        ("s:\n  a: 'x\n    y' # c\n", "/s/b = 3", "s:\n  a: 'x\n    y' # c\n  b: 3\n"),
        ("s:\n  'a': 1\n", "/s/b = 3", "s:\n  'a': 1\n  b: 3\n"),
        ("s:\n  a:\nz: 1\n", "/s/b = 3", "s:\n  a:\n  b: 3\nz: 1\n"),
        ("a: 1\n---\nb: 2\n", "@1 /c = 3\n/c = 4", "a: 1\nc: 4\n---\nb: 2\nc: 3\n"),
        ("a: 1\n...\n---\nb: 2\n", "/c = 4", "a: 1\nc: 4\n...\n---\nb: 2\n"),
    ]);
}

#[test]
fn missing_mappings_are_made() {
    check(&[
        (
            "spec:\n  a: 1\n",
            "/spec/securityContext/seccompProfile/type = \"RuntimeDefault\"",
            "spec:\n  a: 1\n  securityContext:\n    seccompProfile:\n      type: RuntimeDefault\n",
        ),
        (
            "spec:\n  containers:\n  - name: a\n  - name: b\n",
            "/spec/containers/0/securityContext = {\"capabilities\": {\"drop\": [\"ALL\"]}}",
            "spec:\n  containers:\n  - name: a\n    securityContext:\n      capabilities:\n        drop:\n        - ALL\n  - name: b\n",
        ),
        (
            "spec:\n  containers:\n    - name: a\n",
            "/spec/containers/0/s = {\"drop\": [\"ALL\", {\"x\": [1], \"z\": {}}]}",
            "spec:\n  containers:\n    - name: a\n      s:\n        drop:\n          - ALL\n          - x:\n              - 1\n            z: {}\n",
        ),
        ("s:\nz: 1\n", "/s/a/b = 1", "s:\n  a:\n    b: 1\nz: 1\n"),
        ("s: # c\n  # d\nz: 1\n", "/s/a = 1", "s: # c\n  a: 1\n  # d\nz: 1\n"),
        ("s: {}\nz: 1\n", "/s/a = 1", "s:\n  a: 1\nz: 1\n"),
        ("s: {} # c\nz: 1\n", "/s/a = 1\n/s/b = 2", "s: # c\n  a: 1\n  b: 2\nz: 1\n"),
        ("s: ~\nz: 1\n", "/s/a = 1", "s:\n  a: 1\nz: 1\n"),
        ("s: null # c\n", "/s/a = 1", "s: # c\n  a: 1\n"),
        ("s: &x {}\n", "/s/a = 1", "s: &x\n  a: 1\n"),
        ("s: !!null\nz: 1\n", "/s/a = 1", "s:\n  a: 1\nz: 1\n"),
        ("- \n- b\n", "/0/a = {\"x\": 1, \"z\": 2}", "- a:\n    x: 1\n    z: 2\n- b\n"),
        ("-\n- b\n", "/0/a = 1\n/0/b = 2", "- a: 1\n  b: 2\n- b\n"),
        ("- {}\n- b\n", "/0/a = 1", "- a: 1\n- b\n"),
        ("a: 1\n---\n", "@1 /b = 2", "a: 1\n---\nb: 2\n"),
        ("---\n# c\n", "/b = {\"c\": 2}", "---\nb:\n  c: 2\n# c\n"),
        ("s:\n\n  a: 1\n", "/s/b/c = 1", "s:\n\n  a: 1\n  b:\n    c: 1\n"),
    ]);
}

#[test]
fn values_are_replaced() {
    check(&[
        ("a: 1 # c\n", "/a = 2", "a: 2 # c\n"),
        ("a:    yes\n", "/a = false", "a:    false\n"),
        ("a: 'x' # c\n", "/a = \"y\"", "a: 'y' # c\n"),
        ("a: \"x\"\n", "/a = \"y\"", "a: \"y\"\n"),
        ("a: 'x'\n", "/a = true", "a: true\n"),
        ("a:\nb: 1\n", "/a = \"x\"", "a: x\nb: 1\n"),
        ("a: # c\nb: 1\n", "/a = \"x\"", "a: x # c\nb: 1\n"),
        ("a:\n  x\nb: 1\n", "/a = 1", "a:\n  1\nb: 1\n"),
        ("a: |  # head\n  x\n  y\n# c\nb: 1\n", "/a = \"z\"", "a: z\n# c\nb: 1\n"),
        ("a: x\n  y\nb: 1\n", "/a = 1", "a: 1\nb: 1\n"),
        ("a: !!str 5\n", "/a = true", "a: true\n"),
        ("a: &x !!str 5\n", "/a = true", "a: &x true\n"),
        ("a: !!str &x 5\n", "/a = true", "a: &x true\n"),
        ("- !!str 5\n", "/0 = true", "- true\n"),
        ("- x # c\n- y\n", "/0 = \"z\"", "- z # c\n- y\n"),
        ("a:\n  b: 1 # c\n  d: 2\ne: 3\n", "/a = 5", "a: 5\ne: 3\n"),
        ("a:\n  b: 1 # c\ne: 3\n", "/a = 5", "a: 5 # c\ne: 3\n"),
        ("a: # c\n  # d\n  b: 1\ne: 3\n", "/a = 5", "a: 5 # c\n  # d\ne: 3\n"),
        ("a: 1 # c\nb: 2\n", "/a = {\"x\": 1}", "a: # c\n  x: 1\nb: 2\n"),
        ("a:\n  x\nb: 2\n", "/a = {\"x\": 1}", "a:\n  x: 1\nb: 2\n"),
        ("a:\n    x: 1\nb: 2\n", "/a = {\"q\": {\"z\": 1}}", "a:\n    q:\n        z: 1\nb: 2\n"),
        ("a:\n  x: 1\nb: 2\n", "/a = [1, 2]", "a:\n- 1\n- 2\nb: 2\n"),
        ("a:\n  - x\nb: 2\n", "/a = [1, 2]", "a:\n  - 1\n  - 2\nb: 2\n"),
        ("a:\n- x\nb: 2\n", "/a = {\"c\": 1}", "a:\n  c: 1\nb: 2\n"),
        ("- a\n- b\n", "/1 = {\"c\": 1, \"d\": 2}", "- a\n- c: 1\n  d: 2\n"),
        ("- a: 1\n  b: 2\n- b\n", "/0 = {\"c\": 1, \"d\": 2}", "- c: 1\n  d: 2\n- b\n"),
        ("- a: 1 # c\n- b\n", "/0 = 5", "- 5 # c\n- b\n"),
        ("x: 1\nx: 2\n", "/x = 3", "x: 1\nx: 3\n"),
        ("a: 1\n", "/a = 1", "a: 1\n"),
        ("a: 1\n", " = {\"b\": 2}", "b: 2\n"),
        ("a: 1\n", "/a = 1.5", "a: 1.5\n"),
        ("a: 1\n", "/a = 2.0", "a: 2\n"),
        ("a: 1\n", "/a = {}", "a: {}\n"),
        ("a: 1\n", "/a = []", "a: []\n"),
        ("a: 1\nb:\n", "/b = 2", "a: 1\nb: 2\n"),
        ("a:\n  b :\nc: 1\n", "/a = 2", "a: 2\nc: 1\n"),
        ("a:\n- b:\n    c: # c\nd: 1\n", "/a = 2", "a: 2 # c\nd: 1\n"),
        ("a:\n- b: \n", "/a/0/b = 2", "a:\n- b: 2\n"),
    ]);
}

#[test]
fn strings_are_quoted_where_they_must_be() {
    for (value, written) in [
        ("\"yes\"", "\"yes\""),
        ("\"0644\"", "\"0644\""),
        ("\"1e3\"", "\"1e3\""),
        ("\"null\"", "\"null\""),
        ("\"\"", "\"\""),
        ("\" a \"", "\" a \""),
        ("\"a: b\"", "\"a: b\""),
        ("\"a #b\"", "\"a #b\""),
        ("\"é😀\"", "é😀"),
        ("\"\\u0007\"", "\"\\u0007\""),
        ("\"a\\tb\"", "\"a\\tb\""),
        ("\"--x=y\"", "--x=y"),
        ("\"x\\ny\"", "|-\n  x\n  y"),
        ("\"x\\n\\n  y\\n\"", "|\n  x\n\n    y"),
        ("\" x\\ny\"", "\" x\\ny\""),
        ("\"x\\n\\n\"", "\"x\\n\\n\""),
        ("\"x \\ny\"", "\"x \\ny\""),
        ("\"x\\r\\ny\"", "\"x\\r\\ny\""),
    ] {
        let script = format!("/a = {value}");
        check(&[("a: 1\nb: 1\n", &script, &format!("a: {written}\nb: 1\n"))]);
        check(&[("b: 1\n", &script, &format!("b: 1\na: {written}\n"))]);
    }
    check(&[
        ("a: 1 # c\n", "/a = \"x\\ny\"", "a: \"x\\ny\" # c\n"),
        ("- 1\n", "/0 = \"x\\ny\"", "- |-\n  x\n  y\n"),
        ("s:\n- n: 1\n", "/s/0/k = \"x\\ny\\n\"", "s:\n- n: 1\n  k: |\n    x\n    y\n"),
        ("a: 1\n", "/yes = 1\n/1 = 2\n/a~1b c: = 3", "a: 1\n\"yes\": 1\n\"1\": 2\n\"a/b c:\": 3\n"),
    ]);
}

#[test]
fn keys_are_removed_with_what_follows_on_their_lines() {
    check(&[
        ("a: 1\nb: 2\n", "/a gone", "b: 2\n"),
        ("a: 1\nb: 2 # c\n", "/b gone", "a: 1\n"),
        ("# above a\na: 1 # c\n# above b\nb: 2\n", "/a gone", "# above a\n# above b\nb: 2\n"),
        ("a:\n  x: 1\n  # in\n  y: 2\n# c\nb: 2\n", "/a gone", "# c\nb: 2\n"),
        ("a: |\n  x\n\nb: 2\n", "/a gone", "\nb: 2\n"),
        ("a: |+\n  x\n\nb: 2\n", "/a gone", "b: 2\n"),
        ("a: |+\n  x\n\nb: 2\n\nc: 3\n", "/b gone", "a: |+\n  x\n\nc: 3\n"),
        ("- a: 1 # c\n  # above b\n  b: 2\n- x\n", "/0/a gone", "- # above b\n  b: 2\n- x\n"),
        ("- a: 1\n\n  b: 2\n- x\n", "/0/a gone", "- b: 2\n- x\n"),
        ("- a: 1\n  b:\n    c: 1\n- x\n", "/0/b gone", "- a: 1\n- x\n"),
        ("s:\n  a: 1\nz: 1\n", "/s/a gone", "s: {}\nz: 1\n"),
        ("s: # c\n  # d\n  a: 1 # e\nz: 1\n", "/s/a gone", "s: {} # c\n  # d\n  # e\nz: 1\n"),
        ("- a: 1 # c\n- x\n", "/0/a gone", "- {} # c\n- x\n"),
        ("a: 1\n", "/a gone", "{}\n"),
        ("x: 1\ny: 2\nx: 3\n", "/x gone", "y: 2\n"),
        ("x: 1\nx: 3\n", "/x gone", "{}\n"),
        ("s:\n  a: 1\n  b: 2\n", "/s/a gone\n/s/b gone", "s: {}\n"),
        ("s:\n  a:\n  b: 2\n", "/s/a gone", "s:\n  b: 2\n"),
        ("a: 1\nb: 2", "/b gone", "a: 1\n"),
        ("a: 1\nb: 2", "/a gone", "b: 2"),
    ]);
}

#[test]
fn items_are_added_and_removed() {
    check(&[
        ("a:\n- x\nb: 1\n", "/a/- = \"z\"", "a:\n- x\n- z\nb: 1\n"),
        ("a:\n  - x # c\nb: 1\n", "/a/- = \"z\"", "a:\n  - x # c\n  - z\nb: 1\n"),
        (
            "a:\n  -   x: 1\n",
            "/a/- = {\"x\": 2, \"z\": [3]}",
            "a:\n  -   x: 1\n  -   x: 2\n      z:\n        - 3\n",
        ),
        ("a:\n- \"x\"\n", "/a/- = \"z\"", "a:\n- \"x\"\n- \"z\"\n"),
        ("a: []\nb: 1\n", "/a/- = \"x\"\n/a/- = \"z\"", "a:\n- x\n- z\nb: 1\n"),
        ("a:\nb: 1\n", "/a/- = \"x\"", "a:\n- x\nb: 1\n"),
        ("b:\n  - 1\n", "/a/- = \"x\"", "b:\n  - 1\na:\n  - x\n"),
        ("b: 1\n", "/c/drop/- = \"ALL\"", "b: 1\nc:\n  drop:\n  - ALL\n"),
        ("- - a\n  - b\n", "/0/- = \"c\"", "- - a\n  - b\n  - c\n"),
        ("a:\n- \n- # c\nb: 1\n", "/a/- = 1", "a:\n- \n- # c\n- 1\nb: 1\n"),
        ("a:\n- x # c\n# y\n- y\nb: 1\n", "/a/0 gone", "a:\n# y\n- y\nb: 1\n"),
        ("a:\n  - x\n  - k: 1\n    l: 2\nb: 1\n", "/a/1 gone", "a:\n  - x\nb: 1\n"),
        ("a:\n- x\nb: 1\n", "/a/0 gone", "a: []\nb: 1\n"),
        ("a:\n- x\n- y\nb: 1\n", "/a/0 gone\n/a/0 gone", "a: []\nb: 1\n"),
        ("- - a\n  - b\n", "/0/0 gone", "- - b\n"),
        ("- - a\n", "/0/0 gone", "- []\n"),
        ("a:\n-\n- y\n", "/a/0 gone", "a:\n- y\n"),
        ("a:\n- x\n- y\n", "/a/1 gone\n/a/0 = 5\n/a/- = 6", "a:\n- 5\n- 6\n"),
    ]);
}

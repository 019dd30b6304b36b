//! Where keys and values are.

use merlon_yaml::{LineIndex, Segment, walk};

use crate::{one, read};

/// Compares `path@line:column key-or-dash|value text` of every node under the root.
fn check(source: &str, expected: &[&str]) {
    let lines = LineIndex::new(source);
    let mut found = Vec::new();
    walk(&one(source), |visit| {
        if visit.path.is_empty() {
            return;
        }
        let path: Vec<String> = visit
            .path
            .iter()
            .map(|segment| match segment {
                Segment::Key(key) => (*key).to_owned(),
                Segment::Index(index) => index.to_string(),
            })
            .collect();
        let key = visit.key_span.map_or("-".to_owned(), |span| {
            let at = lines.position(span.start());
            format!("{}:{}", at.line, at.column)
        });
        let at = lines.position(visit.node.span.start());
        let text = visit.node.span.slice(source).expect("inside the source");
        found.push(format!("{} {key} {}:{} {text}", path.join("."), at.line, at.column));
    });
    assert_eq!(found, expected, "{source}");
}

#[test]
fn block() {
    check(
        "a:\n  b: x # c\n  c:\n  - 1\n  -\n  - - 2\n",
        &[
            "a 1:1 2:3 b: x # c\n  c:\n  - 1\n  -\n  - - 2",
            "a.b 2:3 2:6 x",
            "a.c 3:3 4:3 - 1\n  -\n  - - 2",
            "a.c.0 - 4:5 1",
            "a.c.1 - 5:4 ",
            "a.c.2 - 6:5 - 2",
            "a.c.2.0 - 6:7 2",
        ],
    );
}

#[test]
fn lists_start_at_their_dash() {
    check(
        "a:\n- - x\n-\n  # - c\n  - y\nb:\n  - - z\n",
        &[
            "a 1:1 2:1 - - x\n-\n  # - c\n  - y",
            "a.0 - 2:3 - x",
            "a.0.0 - 2:5 x",
            "a.1 - 5:3 - y",
            "a.1.0 - 5:5 y",
            "b 6:1 7:3 - - z",
            "b.0 - 7:5 - z",
            "b.0.0 - 7:7 z",
        ],
    );
}

#[test]
fn block_scalars_start_at_their_indicator() {
    check(
        "a: |  # | no\n  x\n  y\n\n# c\nb: !!str &b|b >-\n\n  z\nc:\n  |+\n  w\n\nd: |\n",
        &[
            "a 1:1 1:4 |  # | no\n  x\n  y",
            "b 6:1 6:15 >-\n\n  z",
            "c 9:1 10:3 |+\n  w",
            "d 13:1 13:4 |",
        ],
    );
}

#[test]
fn flow() {
    check(
        "{\"a\": [1,\n  {b: 'x'}], c: }",
        &[
            "a 1:2 1:7 [1,\n  {b: 'x'}]",
            "a.0 - 1:8 1",
            "a.1 - 2:3 {b: 'x'}",
            "a.1.b 2:4 2:7 'x'",
            "c 2:14 2:15 ",
        ],
    );
}

#[test]
fn columns_count_characters() {
    check("é: {ü: 😀, x: y}\n", &["é 1:1 1:4 {ü: 😀, x: y}", "é.ü 1:5 1:8 😀", "é.x 1:11 1:14 y"]);
}

#[test]
fn carriage_returns() {
    check(
        "a: 1\r\nb:\r\n  c: |\r\n    x\r\n    y\r\nd: 2\r\n",
        &[
            "a 1:1 1:4 1",
            "b 2:1 3:3 c: |\r\n    x\r\n    y",
            "b.c 3:3 3:6 |\r\n    x\r\n    y",
            "d 6:1 6:4 2",
        ],
    );
    check("a: 1\rb: 2\r", &["a 1:1 1:4 1", "b 2:1 2:4 2"]);
}

#[test]
fn byte_order_mark() {
    check("\u{feff}a: 1\nb: 2\n", &["a 1:1 1:4 1", "b 2:1 2:4 2"]);
}

#[test]
fn positions_of_odd_offsets() {
    let lines = LineIndex::new("aé\nb");
    for (offset, line, column) in
        [(0, 1, 1), (1, 1, 2), (3, 1, 3), (4, 2, 1), (5, 2, 2), (99, 2, 2)]
    {
        let at = lines.position(offset);
        assert_eq!((at.line, at.column), (line, column), "{offset}");
    }
    assert_eq!(lines.lines(), 2);
    let long = format!("é\n{}", "é".repeat(4096));
    let lines = LineIndex::new(&long);
    for column in [1, 2, 2047, 2048, 2049, 4095, 4096, 4097] {
        let at = lines.position(3 + (column - 1) * 2);
        assert_eq!((at.line, at.column), (2, column));
    }
    let full = "x".repeat(8192);
    assert_eq!(LineIndex::new(&full).position(8192).column, 8193);
    assert_eq!(LineIndex::new("").position(0).line, 1);
}

#[test]
fn syntax_errors_have_a_place() {
    for (source, line) in [("a: 1\nb: [\n", 2), ("a: 1\n  b: 2\n", 2), ("é: 1\nb: @x\n", 2)] {
        let problem = read(source).problems.remove(0);
        assert_eq!(problem.line, line, "{source}: {}", problem.message);
    }
}

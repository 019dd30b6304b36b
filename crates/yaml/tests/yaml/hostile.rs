//! Texts made to exhaust something.

use merlon_yaml::{Limits, ProblemKind, parse, to_json};

use crate::{kinds, one, read};

#[test]
fn alias_bombs() {
    let mut lists = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x]\n");
    let mut merges = String::from("a0: &a0 {x: 1}\n");
    for level in 1..40 {
        let alias = format!("*a{}", level - 1);
        lists += &format!("a{level}: &a{level} [{}]\n", [alias.as_str(); 9].join(", "));
        merges += &format!("a{level}: &a{level} {{p: {alias}, q: {alias}}}\n");
    }
    for source in [lists, merges] {
        let parsed = read(&source);
        assert_eq!(kinds(&parsed), [ProblemKind::Limit]);
        assert!(parsed.documents.is_empty());
    }
}

#[test]
fn anchors_around_anchors_cost_what_they_copy() {
    let depth = 100;
    let source: String = (0..depth).map(|level| format!("&a{level} [")).collect::<String>()
        + &"x,".repeat(20_000)
        + &"]".repeat(depth);
    assert_eq!(kinds(&read(&source)), [ProblemKind::Limit]);
}

#[test]
fn many_aliases() {
    let limits = Limits { max_aliases: 3, ..Limits::default() };
    let parsed = parse("[&a x, *a, *a, *a]", &limits);
    assert_eq!(parsed.problems, []);
    let parsed = parse("[&a x, *a, *a, *a, *a]\n---\nb: 1\n", &limits);
    assert_eq!(kinds(&parsed), [ProblemKind::Limit]);
    assert!(parsed.documents.is_empty());
    let parsed = parse("[*a, *a, *a, *a]", &limits);
    assert_eq!(parsed.problems.last().map(|last| last.kind), Some(ProblemKind::Limit));
}

#[test]
fn deep_nesting() {
    for (open, close) in
        [("[", "]"), ("{a: ", "}"), ("- ", ""), ("? ", ""), ("[a: ", "]"), ("!!str &a [", "]")]
    {
        let source =
            format!("x: 1\n---\n{}0{}\n---\nz: 3\n", open.repeat(100_000), close.repeat(100_000));
        let parsed = read(&source);
        assert!(kinds(&parsed).contains(&ProblemKind::Limit), "{open}: {:?}", parsed.problems);
        assert_eq!(parsed.documents.len(), 2, "{open}");
    }
    let indented: String = (0..2_000).map(|level| format!("{}a:\n", " ".repeat(level))).collect();
    assert_eq!(kinds(&read(&indented)), [ProblemKind::Limit]);
}

#[test]
fn depth_counts_through_aliases() {
    let mut source = String::from("a0: &a0 []\n");
    for level in 1..200 {
        source += &format!("a{level}: &a{level} [*a{}]\n", level - 1);
    }
    assert_eq!(kinds(&read(&source)), [ProblemKind::Limit]);
}

/// The default depth is the deepest that comes back through JSON text.
#[test]
fn accepted_depth_is_that_of_json() {
    let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    let depth = Limits::default().max_depth;
    let text = to_json(&one(&nested(depth))).to_string();
    assert!(serde_json::from_str::<serde_json::Value>(&text).is_ok());
    assert_eq!(kinds(&read(&nested(depth + 1))), [ProblemKind::Limit]);
    assert!(serde_json::from_str::<serde_json::Value>(&nested(depth + 1)).is_err());
}

#[test]
fn any_depth_limit_is_safe_on_a_small_stack() {
    let limits = Limits { max_depth: usize::MAX, max_nodes: usize::MAX, ..Limits::default() };
    let test = move || {
        let parsed = parse(&"[".repeat(100_000), &limits);
        assert_eq!(kinds(&parsed), [ProblemKind::Limit]);
        let parsed = parse(&format!("{}{}", "[".repeat(512), "]".repeat(512)), &limits);
        assert_eq!(parsed.problems, []);
        drop((to_json(&parsed.documents[0].root), parsed.clone()));
    };
    let thread = std::thread::Builder::new().stack_size(1 << 20).spawn(test);
    thread.unwrap().join().unwrap();
}

#[test]
fn size_and_nodes() {
    let limits = Limits { max_bytes: 4, ..Limits::default() };
    assert_eq!(parse("a: 1", &limits).problems, []);
    let parsed = parse("a: 12", &limits);
    assert_eq!(kinds(&parsed), [ProblemKind::Limit]);
    assert!(parsed.documents.is_empty());

    let limits = Limits { max_nodes: 5, ..Limits::default() };
    assert_eq!(parse("a: 1\nb: 2\n", &limits).problems, []);
    let parsed = parse("a: 1\n---\n[1, 2, 3]\n---\nc: 1\n", &limits);
    assert_eq!(kinds(&parsed), [ProblemKind::Limit]);
    assert_eq!(parsed.documents.len(), 1);
}

#[test]
fn problems_are_bounded() {
    let source = "a: 1\n".repeat(50_000);
    assert_eq!(read(&source).problems.len(), 1_000);
    let source = "a: [\n---\n".repeat(50_000);
    assert_eq!(read(&source).problems.len(), 1_000);
}

/// Shapes that take very long where work grows with the square of the size.
#[test]
fn work_grows_with_the_size() {
    let size = 40_000;
    for source in [
        "a".repeat(size),
        "? ".repeat(size),
        "a: ".repeat(size),
        "!".repeat(size),
        "&a ".repeat(size),
        "\"".repeat(size),
        "\"a\": ".repeat(size),
        "#\n".repeat(size),
        "# c\n - ".repeat(size),
        "- \n".repeat(size),
        "-\n".repeat(size),
        "|\n".repeat(size),
        "---\n".repeat(size),
        "--- |\n".repeat(size),
        "...\n".repeat(size),
        "[a: ".repeat(size),
        "[],".repeat(size),
        format!("[{}]", "a,".repeat(size)),
        format!("[{}]", "[a: b],".repeat(size)),
        format!("a: |\n{}", "  # x\n".repeat(size)),
        format!("a:\n{}- b", "\n".repeat(size)),
        format!("a:\n{}", "- |\n  x\n".repeat(size / 2)),
        format!("a:\n{}", "- - x\n  - y\n".repeat(size / 2)),
        format!("{{{}}}", (0..size).map(|key| format!("k{key}: 1,")).collect::<String>()),
        format!("{{{}}}", "a: 1, ".repeat(size)),
        "# x\n".repeat(size) + &"{a: 1}{b: 2}\n---\n".repeat(size / 4),
        "a: 1\n".to_owned() + &"# x\n".repeat(size) + &"---\n%\n".repeat(size / 4),
        format!("[{}]", "{a: 1, a: 1}, ".repeat(size / 4)),
        "%TAG !a! b\n".repeat(size),
        "\r".repeat(size),
        "a: 'x\n".repeat(size),
        "\u{feff}".repeat(size),
    ] {
        drop(read(&source));
    }
}

const SAMPLE: &str = "# é\n%YAML 1.1\n--- # c\napiVersion: v1\nkind: \"Po\\u0064\"\nmetadata: &m {name: 'a''b', x: [1, ~]}\n\
spec:\n  <<: *m\n  ? k\n  : |+2\n    t\n\n  list:\n  - !!int \"1\"\n  - >-\n    f\n     g\n\n  - - é: 😀\r\n  - x\n   y\n...\n---\n{\"a\":\t\"\\ud83d\\ude00\"}\n";

#[test]
fn truncated_anywhere() {
    for end in 0..=SAMPLE.len() {
        if let Some(text) = SAMPLE.get(..end) {
            let _ = read(text);
        }
        if let Some(text) = SAMPLE.get(end..) {
            let _ = read(text);
        }
    }
}

#[test]
fn any_byte_taken_out_or_doubled() {
    for (at, symbol) in SAMPLE.char_indices() {
        let (before, after) = (&SAMPLE[..at], &SAMPLE[at + symbol.len_utf8()..]);
        for middle in ["", "\n", "\t", "\0", "\u{feff}", "[", "*m", "&m ", "- ", ": ", "!!int "] {
            let _ = read(&format!("{before}{middle}{after}"));
            let _ = read(&format!("{before}{middle}{symbol}{after}"));
        }
    }
}

//! Cases of edits as data: `cases.json` is a list of `{why, kind, before, changes, after | refused}`,
//! texts as lists of lines. A change is `[do, name, value?, type?]`.

use std::fs;
use std::io::Write;
use std::process::{Command, Stdio};

use crate::tools::Tools;

const CASES: &str = include_str!("cases.json");
pub(crate) const PACKAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/assets");

const RUN: &str = include_str!("cases.py");

/// Runs a script, which fails when something is not as it should be.
pub(crate) fn python(program: &str, script: &str, arguments: &[&str], input: &str) {
    let mut child = Command::new(program)
        .args(["-B", "-I", "-c", script])
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("python3 starts");
    child.stdin.take().expect("a pipe").write_all(input.as_bytes()).expect("python3 reads");
    let output = child.wait_with_output().expect("python3 ends");
    assert!(output.status.success(), "{}", crate::tools::text(&output));
}

pub(crate) fn cases(_: &Tools) {
    python("python3", RUN, &[PACKAGE, "first"], CASES);
}

pub(crate) fn repeated(_: &Tools) {
    python("python3", RUN, &[PACKAGE, "repeated"], CASES);
}

/// The grammar of Python 3.6 is enough for what runs on nodes.
pub(crate) fn oldest_python(_: &Tools) {
    let check = r#"
import ast, sys
for path in sys.argv[1:]:
    ast.parse(open(path).read(), path, feature_version=(3, 6))
"#;
    let folders = ["merlon", "library"].map(|folder| format!("{PACKAGE}/{folder}"));
    let files = folders.iter().flat_map(|folder| fs::read_dir(folder).expect("a folder").flatten());
    let paths: Vec<String> = files
        .map(|file| file.path().display().to_string())
        .filter(|path| path.ends_with(".py"))
        .collect();
    assert!(paths.len() > 10, "{paths:?}");
    python("python3", check, &paths.iter().map(String::as_str).collect::<Vec<_>>(), "");
}

/// PyYAML, which is another reader of YAML, must find the change in random documents and nothing
/// else; refusing is right too, as long as most are not refused.
const COMPARE: &str = include_str!("compare.py");

pub(crate) fn compared(tools: &Tools) {
    let program = tools.command("python3").get_program().to_string_lossy().into_owned();
    python(&program, COMPARE, &[PACKAGE], "");
}

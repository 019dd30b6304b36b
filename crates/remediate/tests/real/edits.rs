//! Cases of edits as data: `cases.json` is a list of `{why, kind, before, changes, after | refused}`,
//! texts as lists of lines. A change is `[do, name, value?, type?]`.

use std::fs;
use std::io::Write;
use std::process::{Command, Stdio};

use crate::tools::Tools;

const CASES: &str = include_str!("cases.json");
const PACKAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/assets");

const RUN: &str = r#"
import json, sys
sys.path.insert(0, sys.argv[1])
from merlon import Refused
from merlon.edits import edit
failed = 0
def text(lines):
    return "".join(line + "\n" for line in lines) if isinstance(lines, list) else lines
def change(do, name, value=None, type=None):
    return {"do": do, "name": name, "value": value, "type": type}
cases = json.load(sys.stdin)
assert len(cases) > 60, len(cases)
for case in cases:
    for part in ("before", "after"):
        if part in case:
            case[part] = text(case[part])
    if case.get("after") == "same\n":
        case["after"] = case["before"]
    case["changes"] = [change(*each) for each in case["changes"]]
    before = case["after"] if sys.argv[2] == "repeated" and "after" in case else case["before"]
    where = {key: case[key] for key in ("program", "variable", "key") if key in case}
    try:
        found = {"after": edit(case["kind"], before, case["changes"], **where)[0]}
    except Refused as refused:
        found = {"refused": str(refused)}
    if "refused" in case:
        right = case["refused"] in found.get("refused", "")
    else:
        right = found.get("after") == case["after"]
    if not right:
        failed += 1
        print("%s\n%s" % (case["why"], found.get("after") or found))
        print("--- expected\n%s" % (case.get("after") or case.get("refused")))
sys.exit(1 if failed else 0)
"#;

fn python(program: &str, script: &str, arguments: &[&str], input: &str) {
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

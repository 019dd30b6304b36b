//! Tables of outcomes, compared row by row.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

/// Fails when `rows` are not those of the table `name`, and says how they differ.
///
/// With `MERLON_BLESS=1` the table is written anew, to be judged by hand.
pub(crate) fn check(name: &str, header: &str, rows: &[String]) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join(format!("tests/real_node/tables/{name}.csv"));
    if std::env::var_os("MERLON_BLESS").is_some_and(|value| value == "1") {
        fs::write(&path, format!("{header}\n{}\n", rows.join("\n"))).unwrap();
    }
    let text = fs::read_to_string(&path).unwrap_or_default();
    let expected: Vec<&str> = text.lines().skip(1).collect();
    let wanted: BTreeSet<&str> = expected.iter().copied().collect();
    let found: BTreeSet<&str> = rows.iter().map(String::as_str).collect();
    let missing = wanted.difference(&found).map(|row| format!("  - {row}"));
    let surplus = found.difference(&wanted).map(|row| format!("  + {row}"));
    let mut differences: Vec<String> = missing.chain(surplus).collect();
    differences.sort_by(|a, b| a[4..].cmp(&b[4..]));
    assert!(
        differences.is_empty(),
        "{name} is not as {} says (- expected, + found):\n{}",
        path.display(),
        differences.join("\n")
    );
    assert_eq!(expected, rows, "the order of {name}");
}

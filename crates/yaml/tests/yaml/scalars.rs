//! What each spelling of a scalar becomes. The expected values are what `kubectl` 1.32 printed for
//! `kubectl label --local -f - x=y -o json` on an object with the scalar in its `spec`.

use merlon_yaml::{ProblemKind, to_json};

use crate::{kinds, one, read};

/// `(as written, as Kubernetes reads it)`, the second in JSON.
const VALUES: &[(&str, &str)] = &[
    ("yes", "true"),
    ("Yes", "true"),
    ("YES", "true"),
    ("yEs", r#""yEs""#),
    ("y", "true"),
    ("Y", "true"),
    ("n", "false"),
    ("N", "false"),
    ("no", "false"),
    ("No", "false"),
    ("NO", "false"),
    ("on", "true"),
    ("On", "true"),
    ("ON", "true"),
    ("oN", r#""oN""#),
    ("off", "false"),
    ("Off", "false"),
    ("OFF", "false"),
    ("true", "true"),
    ("True", "true"),
    ("TRUE", "true"),
    ("tRUE", r#""tRUE""#),
    ("false", "false"),
    ("False", "false"),
    ("FALSE", "false"),
    ("~", "null"),
    ("null", "null"),
    ("Null", "null"),
    ("NULL", "null"),
    ("nULL", r#""nULL""#),
    ("0", "0"),
    ("-0", "0"),
    ("+0", "0"),
    ("12", "12"),
    ("+12", "12"),
    ("-12", "-12"),
    ("0644", "420"),
    ("00644", "420"),
    ("-0644", "-420"),
    ("+0644", "420"),
    ("0o644", "420"),
    ("0O644", "420"),
    ("-0o17", "-15"),
    ("0888", "888"),
    ("09", "9"),
    ("08.5", "8.5"),
    ("0x1F", "31"),
    ("0X1f", "31"),
    ("-0x1F", "-31"),
    ("0xG", r#""0xG""#),
    ("0b101", "5"),
    ("0B101", "5"),
    ("-0b101", "-5"),
    ("+0b101", "5"),
    ("1_000", "1000"),
    ("1__000", "1000"),
    ("_1000", r#""_1000""#),
    ("1000_", "1000"),
    ("0_7", "7"),
    ("0x_1F", "31"),
    ("1_000.5", "1000.5"),
    ("1,000", r#""1,000""#),
    ("1:30", r#""1:30""#),
    ("190:20:30", r#""190:20:30""#),
    (".5", "0.5"),
    ("-.5", "-0.5"),
    ("+.5", "0.5"),
    ("5.", "5"),
    ("1.5", "1.5"),
    ("1e3", "1000"),
    ("1E3", "1000"),
    ("1e+3", "1000"),
    ("1e-3", "0.001"),
    ("1.5e3", "1500"),
    (".5e1", "5"),
    ("1e", r#""1e""#),
    ("1e400", r#""1e400""#),
    ("-1e400", r#""-1e400""#),
    ("e3", r#""e3""#),
    ("0e0", "0"),
    ("0.0", "0"),
    ("-0.0", "0"),
    ("1.0", "1"),
    ("100.0", "100"),
    ("1e18", "1000000000000000000"),
    ("1e19", "10000000000000000000.0"),
    ("1e21", "1e+21"),
    ("1152921504606846976.0", "1152921504606847000"),
    ("9007199254740993.0", "9007199254740992"),
    ("inf", r#""inf""#),
    ("NaN", r#""NaN""#),
    ("Infinity", r#""Infinity""#),
    (".", r#"".""#),
    ("..", r#""..""#),
    ("+", r#""+""#),
    ("9223372036854775807", "9223372036854775807"),
    ("9223372036854775808", "9223372036854776000.0"),
    ("-9223372036854775808", "-9223372036854775808"),
    ("-9223372036854775809", "-9223372036854776000.0"),
    ("18446744073709551615", "18446744073709552000.0"),
    ("18446744073709551616", "18446744073709552000.0"),
    ("123456789012345678901234567890", "1.2345678901234568e+29"),
    ("0xFFFFFFFFFFFFFFFF", "18446744073709552000.0"),
    ("0x10000000000000000", r#""0x10000000000000000""#),
    ("0777777777777777777777", "9223372036854775807"),
    ("2001-01-01", r#""2001-01-01""#),
    ("2001-12-14t21:59:43.10-05:00", r#""2001-12-14t21:59:43.10-05:00""#),
    ("2001-12-14 21:59:43", r#""2001-12-14 21:59:43""#),
    ("1.2.3", r#""1.2.3""#),
    ("1.30", "1.3"),
    ("v1", r#""v1""#),
    ("0x1p-2", r#""0x1p-2""#),
    ("0x1.8p1", r#""0x1.8p1""#),
    (".1_5", "0.15"),
    ("._5", r#""._5""#),
    ("1_", "1"),
    ("0_", "0"),
    ("0b", r#""0b""#),
    ("0x", r#""0x""#),
    ("0o", r#""0o""#),
    ("0b12", r#""0b12""#),
    ("0b_1", "1"),
    ("<<", r#""<<""#),
    ("=", r#""=""#),
    ("'yes'", r#""yes""#),
    (r#""0644""#, r#""0644""#),
    ("!!str yes", r#""yes""#),
    ("!!str 12", r#""12""#),
    ("!!str", r#""""#),
    (r#"!!int "12""#, "12"),
    ("!!int 0644", "420"),
    ("!!float 1", "1"),
    (r#"!!float "1.5""#, "1.5"),
    ("!!bool yes", "true"),
    (r#"!!bool "yes""#, "true"),
    (r#"!!null """#, "null"),
    ("!!null", "null"),
    ("!!binary aGVsbG8=", r#""hello""#),
    ("!!timestamp 2001-01-01", r#""2001-01-01""#),
    ("!foo 12", r#""12""#),
    ("! 12", r#""12""#),
    ("! yes", r#""yes""#),
    ("!!foo 12", r#""12""#),
    ("!!set {a, b}", r#"{"a": null, "b": null}"#),
    ("!!map {a: 1}", r#"{"a": 1}"#),
    ("!!seq [1]", "[1]"),
    ("!!omap [a: 1]", r#"[{"a": 1}]"#),
    ("!!str [1]", "[1]"),
    ("!!merge <<", r#""<<""#),
    ("|-\n   12", r#""12""#),
    (">-\n   yes", r#""yes""#),
    ("|-\n   12\n   13", "\"12\\n13\""),
];

/// Refused by Kubernetes; here a problem, and a string.
const REFUSED: &[&str] = &[
    ".inf",
    ".Inf",
    ".INF",
    "+.inf",
    "-.inf",
    ".nan",
    ".NaN",
    ".NAN",
    "!!int abc",
    "!!int 1.5",
    "!!float abc",
    "!!bool 1",
    "!!null x",
    r#"!!binary "@@""#,
    "!!int",
    "!!bool",
    "!!float",
];

/// `(as written, the key of the JSON object)`.
const KEYS: &[(&str, &str)] = &[
    ("yes", "true"),
    ("y", "true"),
    ("n", "false"),
    ("Off", "false"),
    ("1", "1"),
    ("0x1f", "31"),
    ("0644", "420"),
    ("1_000", "1000"),
    ("1.5", "1.5"),
    ("2001-01-01", "2001-01-01"),
    ("1e3", "1000"),
    ("1e10", "1e+10"),
    ("1234567.5", "1.2345675e+06"),
    (".inf", ".inf"),
    ("-.inf", "-.inf"),
    (".nan", ".nan"),
    ("0.00001", "1e-05"),
    ("0.0001", "0.0001"),
    ("100000.0", "100000"),
    ("1000000.0", "1e+06"),
    ("16777217.0", "1.6777216e+07"),
    ("1e40", ".inf"),
    ("1e-50", "0"),
    ("-0.0", "-0"),
    ("123456.7", "123456.7"),
    ("12345678.0", "1.2345678e+07"),
    ("1.0", "1"),
    ("18446744073709551616", "1.8446744e+19"),
    ("'yes'", "yes"),
    (r#""1""#, "1"),
    ("''", ""),
    ("!!str yes", "yes"),
];

#[test]
fn values() {
    for (written, expected) in VALUES {
        let source = format!("spec:\n  v: {written}\n");
        let root = one(&source);
        let value = root.path(&["spec", "v"]).expect("v is written");
        let expected: serde_json::Value = serde_json::from_str(expected).unwrap();
        assert_eq!(to_json(value), expected, "{written}");
    }
}

#[test]
fn values_without_json_form_are_told_and_kept_as_text() {
    for written in REFUSED {
        let parsed = read(&format!("v: {written}\n"));
        assert_eq!(kinds(&parsed), [ProblemKind::InvalidValue], "{written}");
        let text = parsed.documents[0].root.get("v").and_then(|v| v.as_str());
        let text = text.expect("a string");
        assert!(written.contains(text), "{written} became {text}");
    }
}

#[test]
fn keys() {
    for (written, expected) in KEYS {
        for source in [
            format!("{written}: v\n"),
            format!("{{{written}: v}}"),
            format!("- &a {written}\n- *a : v\n"),
        ] {
            // By way of an anchor, a number is a value first.
            if source.starts_with('-') && written.contains(['.', 'e', '6']) {
                continue;
            }
            let root = one(&source);
            let mapping = match root.as_sequence() {
                Some(items) => items[1].as_mapping(),
                None => root.as_mapping(),
            };
            let entry = &mapping.expect("a mapping").entries()[0];
            assert_eq!(&*entry.key, *expected, "{source}");
        }
    }
}

#[test]
fn keys_without_json_form_are_told_and_kept_as_text() {
    for (source, expected) in [
        ("{~: v}", "~"),
        ("null: v", "null"),
        ("{18446744073709551615: v}", "18446744073709551615"),
        ("{[1, 2]: v}", "[1, 2]"),
        ("? {a: 1}\n: v\n", "{a: 1}"),
    ] {
        let parsed = read(source);
        assert_eq!(kinds(&parsed), [ProblemKind::InvalidKey], "{source}");
        let root = &parsed.documents[0].root;
        let text = root.get(expected).and_then(|value| value.as_str());
        assert_eq!(text, Some("v"), "{source}");
    }
}

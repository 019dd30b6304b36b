#![allow(missing_docs)]
use merlon_yaml::*;
#[test]
fn basic() {
    let s = "a: &x yes\nb: 0644\nc: [1, *x]\n";
    let p = parse(s, &Limits::default());
    assert!(p.problems.is_empty(), "{:?}", p.problems);
    assert_eq!(to_json(&p.documents[0].root).to_string(), r#"{"a":true,"b":420,"c":[1,true]}"#);
}

use proptest::prelude::*;

use crate::framework::SectionId;
use crate::framework::section::{TableError, named_controls, read};

#[test]
fn section_ids_sort_as_people_count() {
    let check = |sorted: &[&str]| {
        let expected: Vec<SectionId> = sorted.iter().copied().map(SectionId::from).collect();
        let mut ids = expected.clone();
        ids.reverse();
        ids.sort();
        assert_eq!(ids, expected);
    };
    check(&["1.1.1", "1.2", "1.2.9", "1.2.10", "1.10", "2.1", "10.1"]);
    check(&["V-242387", "V-242391", "V-245541", "V-1000000"]);
    check(&["1.9", "1.99999999999999999999999", "1.100000000000000000000000"]);
    // Equal to who counts, different to who reads.
    check(&["1.02", "1.2", "1.3"]);
    check(&["host-security.anonymous-auth-false", "host-security.rotate-certs-not-false"]);
}

proptest! {
    #[test]
    fn section_ids_have_one_order(ids in prop::collection::vec("[0-9.Va-]{0,6}", 3)) {
        let [a, b, c] = [0, 1, 2].map(|place| SectionId::from(ids[place].as_str()));
        prop_assert_eq!(a.cmp(&b), b.cmp(&a).reverse());
        prop_assert_eq!(a == b, a.cmp(&b).is_eq());
        if a <= b && b <= c {
            prop_assert!(a <= c);
        }
    }

    #[test]
    fn a_list_of_controls_is_read_or_refused(text in ".{0,60}") {
        let _ = named_controls(&text);
    }

    #[test]
    fn a_list_of_controls_is_read_as_written(
        named in prop::collection::vec(
            ("[a-z0-9-]{1,12}", prop::collection::btree_map("[a-z]{1,5}", "[A-Z0-9:,._-]{1,9}", 0..3)),
            1..4,
        ),
    ) {
        let written: Vec<String> = named.iter().map(|(id, parameters)| {
            let parameters: Vec<String> =
                parameters.iter().map(|(name, value)| format!("{name}={value}")).collect();
            if parameters.is_empty() { id.clone() } else { format!("{id}({})", parameters.join(";")) }
        }).collect();
        let written = written.join(" ");
        let read = named_controls(&written).expect("what is written right is read");
        let read: Vec<_> = read.into_iter().map(|(id, with)| (id.to_owned(), with.0)).collect();
        prop_assert_eq!(read, named);
    }
}

#[test]
fn lists_of_controls_are_read_strictly() {
    // What was read, one control after the other; nothing when the list was refused.
    let check = |text: &str, expected: &str| {
        let mut read = String::new();
        for (id, with) in named_controls(text).unwrap_or_default() {
            read.push_str(&format!("<{id}"));
            for (name, value) in with.0 {
                read.push_str(&format!(" {name} is {value}"));
            }
            read.push('>');
        }
        assert_eq!(read, expected, "{text:?}");
    };
    check("a-control", "<a-control>");
    check("a(mode=600) b", "<a mode is 600><b>");
    check("a(owner=root:root;mode=600)", "<a mode is 600 owner is root:root>");
    check("a(value=X,Y)", "<a value is X,Y>");
    check("a(value=X=Y)", "<a value is X=Y>");
    for refused in [
        "",
        " ",
        "a  b",
        " a",
        "a(",
        "a()",
        "a(mode)",
        "a(mode=)",
        "a(=600)",
        "a(mode=600",
        "a(mode=600)x",
        "a(mode=(600))",
        "a(mode=600;mode=644)",
        "a(mode=600; owner=root)",
        "(mode=600)",
        "A-Control",
        "a,b",
    ] {
        check(refused, "");
    }
}

#[test]
fn tables_are_read_strictly() {
    let check = |rows: &str, expected: &str| {
        let table = format!("section,target,assessment,title,controls\n{rows}");
        let outcome = match read(&table, crate::find) {
            Ok(sections) => format!("{} sections", sections.len()),
            Err(TableError::Csv(_)) => "csv".to_owned(),
            Err(error) => error.to_string(),
        };
        assert_eq!(outcome, expected, "{rows:?}");
    };
    check("1.1,node,automated,,kubelet-anonymous-auth", "1 sections");
    check("", "0 sections");
    check("1.1,node,automated,kubelet-anonymous-auth", "csv");
    check(
        "1.1,worker,automated,,kubelet-anonymous-auth",
        "section 1.1: \"worker\" is none of the words of its column",
    );
    check(
        "1.1,node,scored,,kubelet-anonymous-auth",
        "section 1.1: \"scored\" is none of the words of its column",
    );
    check("1.1,node,manual,,", "section 1.1: \"\" is not a list of controls");
    check("1.1,node,manual,,no-such-thing", "section 1.1: there is no control no-such-thing");
}

#[test]
fn sections_are_sorted_and_titled() {
    let table = "section,target,assessment,title,controls\n\
        1.2.10,node,manual,its own title,kubelet-anonymous-auth\n\
        1.2.9,node,automated,,kubelet-anonymous-auth";
    let sections = read(table, crate::find).expect("the table is right");
    let seen: Vec<(&str, &str)> =
        sections.iter().map(|section| (section.id.as_str(), &*section.title)).collect();
    let first = "the kubelet takes requests that nobody authenticated";
    assert_eq!(seen, [("1.2.9", first), ("1.2.10", "its own title")]);
}

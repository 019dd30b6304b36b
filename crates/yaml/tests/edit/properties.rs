//! What holds for edits to any text.

use std::collections::BTreeSet;

use merlon_yaml::{
    Change, Comment, Edit, EditError, Limits, Parsed, Pointer, Segment, edit, parse, to_json, walk,
};
use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::{Value, json};

use crate::styles;

fn read(text: &str) -> Parsed {
    parse(text, &Limits::default())
}

/// What is done, to a place chosen among those that are there.
#[derive(Clone, Debug)]
enum Action {
    Replace(Index, Value),
    Add(Index, Vec<&'static str>, Value),
    Append(Index, Value),
    Remove(Index),
}

fn actions() -> impl Strategy<Value = Vec<Action>> {
    let value = || {
        select(vec![
            json!(true),
            json!(7),
            json!(null),
            json!("x"),
            json!("yes"),
            json!("two\nlines"),
            json!("- a: b #c"),
            json!({}),
            json!([]),
            json!({"p": {"q": ["ALL", {"r": "0"}]}, "s": 1}),
            json!(["--a", {"b": [[1], {}]}]),
        ])
    };
    let keys = prop::collection::vec(select(vec!["new", "a", "k1", "x y", "on"]), 1..4);
    let action = prop_oneof![
        (any::<Index>(), value()).prop_map(|(place, value)| Action::Replace(place, value)),
        (any::<Index>(), keys, value())
            .prop_map(|(place, keys, value)| Action::Add(place, keys, value)),
        (any::<Index>(), value()).prop_map(|(place, value)| Action::Append(place, value)),
        any::<Index>().prop_map(Action::Remove),
    ];
    prop::collection::vec(action, 1..6)
}

/// Makes an edit of an action, if there is a place for it.
fn to_edit(parsed: &Parsed, action: &Action) -> Option<Edit> {
    let mut places: Vec<(usize, Pointer, Value)> = Vec::new();
    for (number, document) in parsed.documents.iter().enumerate() {
        walk(&document.root, |visit| {
            if !visit.shadowed {
                places.push((number, visit.path.iter().copied().collect(), to_json(visit.node)));
            }
        });
    }
    let choose = |index: &Index, suits: &dyn Fn(&Pointer, &Value) -> bool| {
        let suitable: Vec<_> = places.iter().filter(|(_, at, value)| suits(at, value)).collect();
        (!suitable.is_empty()).then(|| {
            let (number, pointer, _) = index.get(&suitable);
            (*number, pointer.clone())
        })
    };
    Some(match action {
        Action::Replace(index, value) => {
            let (number, pointer) = choose(index, &|at, _| !at.as_str().is_empty())?;
            Edit::set(number, pointer, value.clone())
        }
        Action::Add(index, keys, value) => {
            let open = |value: &Value| value.is_null() || value.is_object();
            let (number, mut pointer) = choose(index, &|_, value| {
                let first = value.get(keys[0]);
                open(value) && first.is_none_or(|first| keys.len() == 1 || first.is_null())
            })?;
            keys.iter().for_each(|key| pointer.push(Segment::Key(key)));
            Edit::set(number, pointer, value.clone())
        }
        Action::Append(index, value) => {
            let (number, mut pointer) =
                choose(index, &|_, value| value.is_null() || value.is_array())?;
            pointer.push(Segment::Key("-"));
            Edit::set(number, pointer, value.clone())
        }
        Action::Remove(index) => {
            let (number, pointer) = choose(index, &|at, _| !at.as_str().is_empty())?;
            Edit::remove(number, pointer)
        }
    })
}

/// The texts of all comments; each is written once.
fn comments(parsed: &Parsed) -> BTreeSet<String> {
    parsed
        .documents
        .iter()
        .flat_map(|each| &each.comments)
        .map(|each| each.text.to_string())
        .collect()
}

/// The comments that may go with an edit: those inside of what it takes out or replaces, and behind
/// it on its last line.
fn may_go(text: &str, parsed: &Parsed, edit: &Edit) -> BTreeSet<String> {
    let document = &parsed.documents[edit.document];
    let mut gone = BTreeSet::new();
    walk(&document.root, |visit| {
        let pointer: Pointer = visit.path.iter().copied().collect();
        if pointer == edit.pointer {
            let mut start = visit.key_span.unwrap_or(visit.node.span).start();
            if visit.node.span.is_empty() {
                // Nothing is written: the place may be behind the comment.
                start = text[..start].rfind(['\n', '\r']).map_or(0, |at| at + 1);
            }
            if let (None, Some(dash)) = (visit.key_span, text[..start].rfind('-')) {
                // A comment may stand between the dash and what it announces.
                start = if text[dash..start].contains([',', '[', '{', ':']) { start } else { dash };
            }
            let end = visit.node.span.end().max(visit.key_span.map_or(0, |key| key.end()));
            let line_end = text[end..].find(['\n', '\r']).map_or(text.len(), |at| end + at);
            let removed = edit.change == Change::Remove;
            let end = if removed { line_end } else { end };
            let inside = |comment: &&Comment| {
                let at = comment.span.start();
                (start..end).contains(&at) && (removed || at >= visit.node.span.start())
            };
            gone.extend(document.comments.iter().filter(inside).map(|each| each.text.to_string()));
        }
    });
    gone
}

fn check(text: &str, actions: &[Action]) -> Result<(), TestCaseError> {
    let mut stepwise = text.to_owned();
    let mut edits = Vec::new();
    for action in actions {
        let parsed = read(&stepwise);
        prop_assert_eq!(&parsed.problems, &[], "{}", &stepwise);
        let Some(next) = to_edit(&parsed, action) else { continue };
        let edited = edit(&stepwise, std::slice::from_ref(&next));
        let edited = match edited {
            Ok(edited) => edited,
            Err(error) => {
                return Err(TestCaseError::fail(format!("{error:?}: {next:?}\n{stepwise}")));
            }
        };
        let (before, after) = (comments(&parsed), comments(&read(&edited)));
        let kept: BTreeSet<String> =
            before.difference(&may_go(&stepwise, &parsed, &next)).cloned().collect();
        prop_assert!(
            after.is_subset(&before) && kept.is_subset(&after),
            "{:?}\n{}\n-> {}",
            next,
            stepwise,
            edited
        );
        if stepwise.contains('\r') {
            prop_assert!(!edited.replace("\r\n", "").contains('\n'), "{:?}\n{}", next, edited);
        }
        stepwise = edited;
        edits.push(next);
    }
    let at_once = edit(text, &edits);
    let at_once =
        at_once.map_err(|error| TestCaseError::fail(format!("{error:?}: {edits:?}\n{text}")))?;
    let json = |text: &str| -> Vec<Value> {
        read(text).documents.iter().map(|each| to_json(&each.root)).collect()
    };
    prop_assert_eq!(json(&at_once), json(&stepwise));
    prop_assert!(
        edits.is_empty()
            || !edits.iter().all(|each| each.change == Change::Remove)
            || at_once.len() <= text.len() + 8
    );
    Ok(())
}

proptest! {
    #[test]
    fn texts_in_any_style_are_edited_exactly(
        documents in prop::collection::vec(styles::tree(), 1..3),
        style in styles::style(),
        actions in actions(),
    ) {
        check(&styles::print(&documents, &style), &actions)?;
    }

    #[test]
    fn json_is_edited_exactly(document in styles::tree(), form in 0..3, actions in actions()) {
        let value = styles::to_value(&document);
        let text = match form {
            0 => value.to_string(),
            1 => serde_json::to_string_pretty(&value).unwrap(),
            _ => format!("{}\r\n", serde_json::to_string_pretty(&value).unwrap().replace('\n', "\r\n")),
        };
        prop_assume!(value.is_object() || value.is_array());
        check(&text, &actions)?;
        if let Some(next) = actions.first().and_then(|action| to_edit(&read(&text), action)) {
            let edited = edit(&text, &[next]).unwrap();
            prop_assert!(serde_json::from_str::<Value>(&edited).is_ok(), "{text}\n{edited}");
        }
    }

    #[test]
    fn edits_of_odd_texts_are_exact_or_refused(
        pieces in prop::collection::vec(select(vec![
            "a", "b", ": ", ":", "- ", "\n", "\n  ", "\n    ", "[", "]", "{", "}", ", ", "\"", "'", "&a ", "*a", "<<: ", "|", ">-", " # c",
            "!!int ", "---", "...", "? ", "\t", "\r\n", "é", "\u{feff}", "a: 1\n", "b: *a\n", "yes", "~", " ",
        ]), 0..30),
        actions in actions(),
    ) {
        let text = pieces.concat();
        let parsed = read(&text);
        let edits: Vec<Edit> = actions.iter().filter_map(|action| to_edit(&parsed, action)).collect();
        for each in &edits {
            if let Err(error) = edit(&text, std::slice::from_ref(each)) {
                let named = matches!(error, EditError::NoDocument { .. });
                prop_assert!(!named, "{}", text);
            }
        }
        let _ = edit(&text, &edits);
    }
}

use std::process::Command;

use serde_json::Value;

use crate::world::{ask, directory, manifests, merlon};

#[test]
fn every_answer_is_as_the_schema_says() {
    let output = Command::new(env!("CARGO_BIN_EXE_merlon")).args(["schema", "access"]).output();
    let schema: Value = serde_json::from_slice(&output.unwrap().stdout).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let lines = manifests(
        "user:ann dev * * *\ngroup:system:serviceaccounts:dev - get core pods/exec\nuser:ann - get /metrics",
    );
    for question in [
        "who-can get secrets",
        "who-can get /metrics",
        "can user:ann get secrets",
        "can node:a get nodes a",
        "of user:ann",
        "of node:a",
        "risky",
    ] {
        let answer = ask(&lines, &format!("{question} -o json")).json();
        assert_eq!(answer["$schema"], schema["$id"], "{question}");
        let problems: Vec<String> =
            validator.iter_errors(&answer).map(|error| error.to_string()).collect();
        assert!(problems.is_empty(), "{question}: {problems:#?}");
    }
    let directory = directory(&[("a.yaml", ""), ("b.yaml", &lines)]);
    let answer = merlon(directory.path(), "diff b.yaml --with b.yaml -o json").json();
    assert!(validator.is_valid(&answer), "{answer}");
    assert!(!validator.is_valid(&serde_json::json!({"answer": {"question": "other"}})));
}

#[test]
fn names_do_not_act_on_a_terminal() {
    let text =
        manifests("user:ann dev get core secrets").replace("name: 'ann'", r#"name: "a\u001b[2Jb""#);
    for form in ["table", "tree"] {
        let output = ask(&text, &format!("who-can get secrets -o {form}"));
        assert!(!output.stdout.contains('\u{1b}'), "{}", output.stdout);
        assert!(output.stdout.contains("\\u{1b}[2J"), "{}", output.stdout);
    }
}

#[test]
fn the_same_question_has_the_same_answer() {
    let lines =
        manifests("user:ann dev * * *\nuser:bob - get core secrets\ngroup:x - get core secrets");
    for question in
        ["who-can get secrets", "risky", "of user:ann", "risky -o json", "risky -o tree"]
    {
        let output = ask(&lines, question);
        assert_eq!(output.stdout, ask(&lines, question).stdout, "{question}");
        assert!(!output.stdout.contains('\u{1b}'), "no colour away from a terminal");
    }
}

#[test]
fn every_command_shows_examples() {
    let directory = directory(&[]);
    for command in ["", "who-can", "can", "of", "risky", "diff"] {
        let output = merlon(directory.path(), &format!("{command} --help"));
        assert_eq!(output.code, Some(0));
        assert!(output.stdout.contains("Examples:\n  merlon access "), "{}", output.stdout);
    }
}

//! What of objects goes and what stays, in manifests and live.

use merlon_redaction::{apply, find, redact_live, redact_manifest};
use merlon_yaml::{Limits, LineIndex, Parsed, parse, to_json};

fn read(text: &str) -> Parsed {
    let parsed = parse(text, &Limits::default());
    assert!(
        parsed.problems.iter().all(|each| !each.kind.is_rejected()),
        "{text}\n{:?}",
        parsed.problems
    );
    parsed
}

fn redacted(text: &str) -> String {
    apply(text, &redact_manifest(text, &read(text).documents))
}

fn check(text: &str, expected: &str) {
    let found = redacted(text);
    assert_eq!(found, expected, "{text}");
    assert_eq!(LineIndex::new(&found).lines(), LineIndex::new(text).lines());
    read(&found);
    assert_eq!(redacted(&found), found, "redacting twice");
}

fn stays(text: &str) {
    check(text, text);
}

#[test]
fn data_of_secrets_goes_whatever_it_is() {
    check(
        "kind: Secret\nmetadata: {name: db}\ntype: Opaque\ndata:\n  user: YWRtaW4=\n  n:\nstringData: {a: 'b', c: 5, d: true}\n",
        "kind: Secret\nmetadata: {name: db}\ntype: Opaque\ndata:\n  user: <redacted>\n  n:\nstringData: {a: '<redacted>', c: \"<redacted>\", d: \"<redacted>\"}\n",
    );
    check(
        "{\"kind\": \"List\", \"items\": [{\"kind\": \"Secret\", \"data\": {\"a\": \"eA==\"}}]}\n",
        "{\"kind\": \"List\", \"items\": [{\"kind\": \"Secret\", \"data\": {\"a\": \"<redacted>\"}}]}\n",
    );
    check(
        "kind: SecretList\nitems:\n- data: {a: x1}\n  type: any\n",
        "kind: SecretList\nitems:\n- data: {a: <redacted>}\n  type: any\n",
    );
    check(
        "kind: Secret\nkind: Pod\ndata: {a: x1}\ndata: {b: x2}\n",
        "kind: Secret\nkind: Pod\ndata: {a: <redacted>}\ndata: {b: <redacted>}\n",
    );
    check(
        "kind: Secret\ndata:\n  a: |\n    eA\n    eB\n  b: !!binary eA==\n",
        "kind: Secret\ndata:\n  a: <redacted>\n\n    \n  b:  <redacted>\n",
    );
    check(
        "kind: Secret\ndata: {a: {b: [c1, 2]}}\n",
        "kind: Secret\ndata: {a: {b: [<redacted>, \"<redacted>\"]}}\n",
    );
    check(
        "x: &a {b: eA1}\nkind: Secret\ndata: *a\n",
        "x: &a {b: <redacted>}\nkind: Secret\ndata: *a\n",
    );
}

#[test]
fn environments_and_arguments_are_searched() {
    check(
        "kind: Pod\nspec:\n  containers:\n  - name: web\n    env:\n    - {name: DB_PASSWORD, value: hunter2}\n    - name: LEVEL\n      value: info\n    - name: N_TOKEN\n      value: 12345\n    - value: 'x y'\n      name: P_PASSWORD\n    args: [--password=hunter2, --token, abc1, '--url=http://a:b1@h/']\n    command: [sh, -c, \"x --password hunter2 && y\"]\n",
        "kind: Pod\nspec:\n  containers:\n  - name: web\n    env:\n    - {name: DB_PASSWORD, value: <redacted:password>}\n    - name: LEVEL\n      value: info\n    - name: N_TOKEN\n      value: \"<redacted:token>\"\n    - value: '<redacted:password>'\n      name: P_PASSWORD\n    args: [--password=<redacted:password>, --token, <redacted:token>, '--url=http://a:<redacted:url-password>@h/']\n    command: [sh, -c, \"x --password <redacted:password> && y\"]\n",
    );
}

#[test]
fn files_in_config_maps_are_searched() {
    check(
        "kind: ConfigMap\ndata:\n  PASSWORD: hunter2\n  app.yaml: |\n    db:\n      # the old one, password: hunter1\n      password: hunter2\n      users: [a, b]\n  app.ini: |\n    [db]\n    user=a\n    password=hunter2\n  run.sh: \"export TOKEN=abc1\\nexec x\\n\"\n",
        "kind: ConfigMap\ndata:\n  PASSWORD: <redacted:password>\n  app.yaml: |\n    db:\n      # the old one, password: <redacted:password>\n      password: <redacted:password>\n      users: [a, b]\n  app.ini: |\n    [db]\n    user=a\n    password=<redacted:password>\n  run.sh: \"export TOKEN=<redacted:token>\\nexec x\\n\"\n",
    );
    let key = concat!(
        "-----BEGIN ",
        "EC PRIVATE KEY-----\n    MHcC\n    -----END ",
        "EC PRIVATE KEY-----"
    );
    check(
        &format!("kind: ConfigMap\ndata:\n  tls: |\n    a\n    {key}\n    b\n"),
        "kind: ConfigMap\ndata:\n  tls: |\n    a\n    <redacted:private-key-block>\n\n    \n    b\n",
    );
}

#[test]
fn objects_in_strings_are_searched() {
    check(
        r#"metadata: {annotations: {kubectl.kubernetes.io/last-applied-configuration: '{"kind":"Secret","data":{"a":"eA=="},"x":"y"}'}}
"#,
        r#"metadata: {annotations: {kubectl.kubernetes.io/last-applied-configuration: '{"kind":"Secret","data":{"a":"<redacted>"},"x":"y"}'}}
"#,
    );
    check(
        r#"a: "{\"env\":[{\"name\":\"DB_PASSWORD\",\"value\":\"hunter2\"}]}"
"#,
        r#"a: "{\"env\":[{\"name\":\"DB_PASSWORD\",\"value\":\"<redacted:password>\"}]}"
"#,
    );
}

#[test]
fn comments_are_searched() {
    check(
        "# password: hunter2\na: 1 # token=abc1\n# env:\n# - name: DB_PASSWORD\n#   value: hunter2\n# kind: Secret\n# data:\n#   x: eA1\nb: 2\n# merlon: the token is rotated\n",
        "# password: <redacted:password>\na: 1 # token=<redacted:token>\n# env:\n# - name: DB_PASSWORD\n#   value: <redacted:password>\n# kind: Secret\n# data:\n#   x: <redacted>\nb: 2\n# merlon: the token is rotated\n",
    );
    check(
        "a: 1\n# kind: Secret\n# data:\n#   x: eA1\nb: 2\n",
        "a: 1\n# kind: Secret\n# data:\n#   x: <redacted>\nb: 2\n",
    );
}

#[test]
fn what_is_no_credential_stays() {
    stays(
        "kind: Pod\nmetadata:\n  annotations: {checksum/secret: 01ba4719c80b6fe911b091a7c05124b64eeece964e09c058ef8f9805daca546b}\nspec:\n  automountServiceAccountToken: false\n  imagePullSecrets: [{name: regcred}]\n  containers:\n  - env:\n    - name: DB_PASSWORD\n      valueFrom: {secretKeyRef: {name: db, key: password}}\n    - {name: TOKEN_FILE, value: /run/token}\n    - {name: URL, value: 'http://$(USER):$(PASSWORD)@h'}\n    args: [--token-file=/x, --tls-private-key-file=/y, --secret, my-secret]\n  volumes:\n  - secret: {secretName: db, items: [{key: token, path: token}]}\n  - projected: {sources: [{serviceAccountToken: {path: token, audience: x}}]}\n  tolerations: [{key: node.kubernetes.io/not-ready}]\n",
    );
    stays(
        "kind: Role\nrules:\n- resources: [secrets, tokenreviews, serviceaccounts/token]\n  verbs: [get]\n  resourceNames: [db-password, api-token]\n",
    );
    stays("kind: ServiceAccount\nsecrets:\n- name: default-token-x9z2k\n");
    stays(
        "kind: ExternalSecret\nspec:\n  data:\n  - secretKey: password\n    remoteRef: {key: secret/data/db, property: password}\n  secretStoreRef: {name: vault}\n  target: {name: db-credentials}\n",
    );
    stays(
        "kind: CustomResourceDefinition\nspec:\n  versions:\n  - schema: {openAPIV3Schema: {properties: {password: {type: string, description: The password of the database user.}, tokens: {type: array}}, required: [password, token]}}\n",
    );
    stays(
        "kind: MutatingWebhookConfiguration\nwebhooks:\n- clientConfig: {caBundle: LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCk1JSUI=}\n",
    );
    stays("a: 1\n---\n# only this\n---\n");
}

#[test]
fn keys_go_too_and_stay_apart() {
    let token = concat!("ghp", "_xQ7mLz1pR5sW8yD2fH6jN4cG0aEuXoYiVkB3");
    check(&format!("a: {{{token}: b}}\n"), "a: {<redacted:github-token>: b}\n");
    let other = concat!("ghp", "_yQ7mLz1pR5sW8yD2fH6jN4cG0aEuXoYiVkB3");
    let text = format!("{{\"{token}\": 1, \"{other}\": 2}}");
    let mut live = read(&text).documents.remove(0).root;
    redact_live(&mut live);
    let keys: Vec<&str> =
        live.as_mapping().expect("one").entries().iter().map(|each| &*each.key).collect();
    assert_eq!(keys, ["<redacted:github-token>", "<redacted:github-token>-2"]);
}

#[test]
fn live_objects_are_cut_as_manifests_are() {
    let text = "kind: Pod\nspec:\n  env:\n  - {name: A_PASSWORD, value: hunter2}\n  - {name: N_TOKEN, value: 12345}\n  args: [--token, abc1, --x=y]\n";
    let mut live = read(text).documents.remove(0).root;
    redact_live(&mut live);
    assert_eq!(to_json(&live), to_json(&read(&redacted(text)).documents[0].root));
}

#[test]
fn what_stands_outside_of_the_tree_goes_by_its_format() {
    let token = concat!("ghp", "_xQ7mLz1pR5sW8yD2fH6jN4cG0aEuXoYiVkB3");
    let found = redacted(&format!("a: &{token} 1\nb: *{token}\n"));
    assert!(find(&found).is_empty(), "{found}");
}

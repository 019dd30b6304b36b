//! `--authorization-config` and `--authentication-config`.

use merlon_model::Component::{KubeApiserver, KubeControllerManager};
use merlon_snapshot::DocumentKind::{AuthenticationConfiguration, AuthorizationConfiguration};

use crate::support::{Given, given};

fn authorization(words: &str, text: &str) -> Given {
    given(KubeApiserver, "1.32", &format!("--authorization-config=/authz {words}")).file(
        "/authz",
        AuthorizationConfiguration,
        text,
    )
}

fn authentication(words: &str, text: &str) -> Given {
    given(KubeApiserver, "1.34", &format!("--authentication-config=/authn {words}")).file(
        "/authn",
        AuthenticationConfiguration,
        text,
    )
}

#[test]
fn the_authorization_file_gives_the_modes() {
    let mode = "authorization-mode";
    let text = "kind: AuthorizationConfiguration\nauthorizers:\n- type: Node\n  name: node\n- {type: Webhook, name: w}\n- {type: RBAC, name: rbac}\n";
    authorization("", text).check(mode, "Node,Webhook,RBAC @ /authz:2");
    authorization("--authorization-mode=RBAC", text).check(mode, "! exclude each other");
    authorization("", "authorizers: []\n").check(mode, "not set @ /authz:1");
    authorization("", "authorizers:\n- name: x\n").check(mode, "! authorizers[].type");
    authorization("", "authorizers: {type: RBAC}\n").check(mode, "! authorizers is no list");
    authorization("", "authorizers: [RBAC]\n").check(mode, "! authorizers[].type");
    authorization("", "authorizers: [\n").check(mode, "! /authz:");
    authorization("", text).unreadable("/authz").check(mode, "! /authz: permission denied");
    authorization("", text)
        .check("authorization-webhook-config-file", "not set @ default of kube-apiserver");
    given(KubeApiserver, "1.32", "--authorization-config=/nowhere")
        .check(mode, "! /nowhere was not collected");
    given(KubeApiserver, "1.32", "--authorization-config=")
        .check(mode, "AlwaysAllow @ default of kube-apiserver");
    given(KubeApiserver, "1.32", "--authorization-config").check(mode, "! has no value");
}

#[test]
fn the_authentication_file_can_decide_anonymous_requests() {
    let paths = "anonymous.conditions[].path";
    let text = "anonymous:\n  enabled: true\n  conditions:\n  - path: /livez\n  - path: /readyz\n";
    authentication("", text).check("anonymous-auth", "true @ /authn:2");
    authentication("", text).check(paths, "/livez,/readyz @ /authn:1");
    authentication("--anonymous-auth=false", text).check("anonymous-auth", "! exclude each other");
    authentication("", "anonymous: {enabled: false}").check("anonymous-auth", "false @ /authn:1");
    authentication("", "anonymous: {enabled: true}").check(paths, "not set @ /authn:1");
    authentication("", "anonymous: {enabled: 1}").check("anonymous-auth", "! is not true or false");
    // Go's zero value.
    authentication("", "anonymous: {}").check("anonymous-auth", "false @ /authn:1");
    // Without the key, the flag stays in force.
    let jwt = "jwt:\n- issuer: {url: https://a}\n- issuer: {url: https://b}\n";
    authentication("", jwt).check("anonymous-auth", "true @ default of kube-apiserver");
    authentication("--anonymous-auth=false", jwt)
        .check("anonymous-auth", "false @ kube-apiserver[7] argument 2");
    authentication("", "anonymous: null")
        .check("anonymous-auth", "true @ default of kube-apiserver");
    authentication("", jwt).check("jwt[].issuer.url", "https://a,https://b @ /authn:1");
    authentication("", jwt)
        .unreadable("/authn")
        .check("anonymous-auth", "! /authn: permission denied");
    given(KubeApiserver, "1.34", "").check(paths, "not set @ default of kube-apiserver");
    given(KubeApiserver, "1.30", "").check(paths, "! came in 1.31");
}

#[test]
fn other_components_have_no_structured_files() {
    given(KubeControllerManager, "1.32", "").check(
        "authorization-always-allow-paths",
        "/healthz,/readyz,/livez @ default of kube-controller-manager 1.32",
    );
}

//! Which cipher suites of TLS 1.2 a component agrees to.
//!
//! The suites of TLS 1.3 are all strong and cannot be chosen. Without a list, Go's `crypto/tls`
//! decides, and its choice depends on the Go language version that a release was built for.

use merlon_model::{Component, Version};
use merlon_views::{ComponentView, Effective, NodeView, Unknown, settings};

use crate::control::Parameters;
use crate::judge::Judge;
use crate::setting;

/// Suites with forward secrecy and authenticated encryption.
pub(crate) const STRONG: &str = "\
TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,\
TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,\
TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256";

/// The settings that decide a component's suites.
pub(crate) struct Suites {
    /// The component.
    pub(crate) component: Component,
    /// The setting with the list.
    pub(crate) list: &'static str,
    /// The suites that may be in it; a benchmark's parameter `value` takes their place.
    pub(crate) allowed: &'static str,
}

/// Judges the suites that each instance agrees to.
pub(crate) fn judge(
    suites: &Suites,
    node: &NodeView<'_>,
    with: &Parameters,
    judge: &mut Judge<'_, '_>,
) {
    let allowed = with.get("value").unwrap_or(suites.allowed);
    for instance in node.instances(suites.component) {
        if let Err(unknown) = judge_instance(suites, allowed, instance, judge) {
            let why = format!("the cipher suites of {} are not known: {unknown}", instance.name);
            judge.error(&instance.name, why);
        }
    }
}

fn judge_instance(
    suites: &Suites,
    allowed: &str,
    instance: &ComponentView<'_>,
    judge: &mut Judge<'_, '_>,
) -> Result<(), Unknown> {
    let expected = format!("only {allowed}");
    let least = instance.effective("tls-min-version")?;
    if least.value.as_text().is_some_and(|version| version.ends_with("13") || version == "TLS1.3") {
        let statement = format!("tls-min-version is {}, which has only strong suites", least.value);
        judge
            .pass(&instance.name, statement.clone())
            .expected(expected)
            .evidence(statement, least.location);
        return Ok(());
    }
    let effective = instance.effective(suites.list)?;
    let allowed_suites: Vec<String> = allowed.split(',').map(canonical).collect();
    let weak = |suites: &[&str]| -> Vec<String> {
        let suites = suites.iter().filter(|suite| !is_of_tls_13(suite));
        suites
            .map(|suite| canonical(suite))
            .filter(|suite| !allowed_suites.contains(suite))
            .collect()
    };
    let name = suites.list;
    let (statement, weak) = if effective.value.is_unset() {
        let Some(weak) = weak_by_default(instance, weak) else {
            return Err(Unknown::VersionUnknown { component: suites.component });
        };
        (format!("{name} is not set, so that Go's default suites hold"), weak)
    } else {
        let list: Vec<&str> = effective.value.as_list().iter().map(String::as_str).collect();
        (format!("{name} is {}", effective.value), weak(&list))
    };
    let entry = if weak.is_empty() {
        judge.pass(&instance.name, statement.clone())
    } else {
        let message = format!("{statement}; {} are among them", weak.join(", "));
        let remedy = remedy(suites, allowed, instance, &effective);
        judge.fail(&instance.name, message).actions(remedy)
    };
    entry.expected(expected).evidence(statement, effective.location);
    Ok(())
}

fn remedy(
    suites: &Suites,
    allowed: &str,
    instance: &ComponentView<'_>,
    effective: &Effective,
) -> Option<merlon_model::Action> {
    let setting = settings::find(suites.component, suites.list)?;
    Some(setting::set(setting, instance, effective, allowed.to_owned()))
}

/// The weak suites among Go's default ones; `None` when the unknown release makes a difference.
fn weak_by_default(
    instance: &ComponentView<'_>,
    weak: impl Fn(&[&str]) -> Vec<String>,
) -> Option<Vec<String>> {
    let mut possible =
        defaults(instance.component, instance.version.as_ref()).iter().map(|suites| weak(suites));
    let first = possible.next()?;
    let same_verdict = possible.all(|other| other.is_empty() == first.is_empty());
    same_verdict.then_some(first)
}

/// The default suites that the release may have, the newest first.
fn defaults(component: Component, version: Option<&Version>) -> &'static [&'static [&'static str]] {
    match (component, version.map(Version::minor_release)) {
        // etcd changes the Go version within one minor release.
        (Component::Etcd, _) | (_, None) => &[GO_1_23, GO_1_22, GO_1_21],
        (_, Some(release)) if release >= (1, 32) => &[GO_1_23],
        (_, Some(release)) if release >= (1, 30) => &[GO_1_22],
        _ => &[GO_1_21],
    }
}

// `cipherSuitesPreferenceOrder` and `defaultCipherSuites` in Go's `crypto/tls`. A release keeps
// the choice of the Go version in its go.mod, with whatever Go its patches are built.

/// From Go 1.23: no more triple DES.
const GO_1_23: &[&str] = &[
    "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA",
    "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA",
    "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA",
    "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA",
    "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
    "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
    "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
    "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
    "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
    "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
];

/// Go 1.22: no more key exchange without forward secrecy.
const GO_1_22: &[&str] = &[
    "TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA",
    "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA",
    "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA",
    "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA",
    "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA",
    "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
    "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
    "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
    "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
    "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
    "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
];

/// Up to Go 1.21.
const GO_1_21: &[&str] = &[
    "TLS_RSA_WITH_3DES_EDE_CBC_SHA",
    "TLS_RSA_WITH_AES_128_CBC_SHA",
    "TLS_RSA_WITH_AES_256_CBC_SHA",
    "TLS_RSA_WITH_AES_128_GCM_SHA256",
    "TLS_RSA_WITH_AES_256_GCM_SHA384",
    "TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA",
    "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA",
    "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA",
    "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA",
    "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA",
    "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
    "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
    "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
    "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
    "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
    "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
];

/// The suite's full name: Kubernetes knows two of them by a shorter one as well.
fn canonical(suite: &str) -> String {
    let suite = suite.trim();
    match suite.strip_suffix("_CHACHA20_POLY1305") {
        Some(_) => format!("{suite}_SHA256"),
        None => suite.to_owned(),
    }
}

/// Suites of TLS 1.3 name no key exchange.
fn is_of_tls_13(suite: &str) -> bool {
    suite.starts_with("TLS_AES_") || suite.starts_with("TLS_CHACHA20_")
}

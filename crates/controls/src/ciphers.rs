//! The judgement of `--tls-cipher-suites`, which several components have.
//!
//! A list that is not set is not nothing: Go's own default list is then in force. Which suites it
//! holds follows from the Go release that a release of Kubernetes is built with, and from the
//! `godebug` line of its `go.mod` (`crypto/tls/cipher_suites.go`, `crypto/tls/defaults.go`).

use merlon_model::{Component, Version};
use merlon_views::{ComponentView, Effective, NodeView, Unknown, settings};

use crate::control::Parameters;
use crate::judge::Judge;
use crate::setting;

/// The suites that CIS Kubernetes 1.12 accepts.
const STRONG: &str = "TLS_AES_128_GCM_SHA256,TLS_AES_256_GCM_SHA384,TLS_CHACHA20_POLY1305_SHA256,\
TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,\
TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305,TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,\
TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,\
TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305,TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256";

/// What Go offers for TLS 1.2 in every release.
const DEFAULT_ALWAYS: [&str; 10] = [
    "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
    "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
    "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
    "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
    "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
    "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
    "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA",
    "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA",
    "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA",
    "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA",
];

/// What `tls3des` of Go 1.23 took away: Kubernetes 1.32.
const DEFAULT_BEFORE_1_32: [&str; 1] = ["TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA"];

/// What `tlsrsakex` of Go 1.22 took away: Kubernetes 1.30.
const DEFAULT_BEFORE_1_30: [&str; 5] = [
    "TLS_RSA_WITH_AES_128_GCM_SHA256",
    "TLS_RSA_WITH_AES_256_GCM_SHA384",
    "TLS_RSA_WITH_AES_128_CBC_SHA",
    "TLS_RSA_WITH_AES_256_CBC_SHA",
    "TLS_RSA_WITH_3DES_EDE_CBC_SHA",
];

/// Judges the suites that each instance of the component offers. A benchmark's parameter `value`
/// takes the place of the list of strong suites.
pub(crate) fn judge(
    component: Component,
    node: &NodeView<'_>,
    with: &Parameters,
    judge: &mut Judge<'_, '_>,
) {
    let strong = with.get("value").unwrap_or(STRONG);
    for instance in node.instances(component) {
        if let Err(unknown) = judge_instance(instance, strong, judge) {
            let why = format!("the cipher suites in force are not known: {unknown}");
            judge.error(&instance.name, why);
        }
    }
}

fn judge_instance(
    instance: &ComponentView<'_>,
    strong: &str,
    judge: &mut Judge<'_, '_>,
) -> Result<(), Unknown> {
    let least = instance.effective("tls-min-version")?;
    if matches!(least.value.as_text(), Some("VersionTLS13" | "TLS1.3")) {
        let message = "only TLS 1.3 is spoken, whose suites are all strong";
        let statement = format!("the least version of TLS is {}", least.value);
        judge.pass(&instance.name, message).evidence(statement, least.location);
        return Ok(());
    }
    let list = list_of(instance.component);
    let listed = instance.effective(list)?;
    let (weak, message) = if listed.value.is_unset() {
        let weak = weak_defaults(instance, strong)?;
        let message = match (weak.is_empty(), &instance.version) {
            (true, _) => "the default suites of this release are in force, all of them strong",
            (false, Some(_)) => "the default suites of this release are in force, with weak ones",
            (false, None) => {
                "the default suites of an unknown release are in force; in every \
                              release there are weak ones among them"
            }
        };
        (weak, message)
    } else {
        let listed = listed.value.as_list().iter().map(String::as_str);
        let weak: Vec<&str> = listed.filter(|suite| !is_in(suite, strong)).collect();
        let message = if weak.is_empty() {
            "only strong cipher suites are offered"
        } else {
            "weak cipher suites are offered"
        };
        (weak, message)
    };
    let entry = if weak.is_empty() {
        judge.pass(&instance.name, message)
    } else {
        let message = format!("{message}: {}", weak.join(", "));
        let known = settings::find(instance.component, list);
        let action =
            known.map(|known| setting::set(known, instance, &listed, mended(&listed, strong)));
        judge.fail(&instance.name, message).actions(action)
    };
    let statement = format!("the list of cipher suites is {}", listed.value);
    entry
        .expected(format!("no cipher suite but {}", strong.replace(',', ", ")))
        .evidence(statement, listed.location);
    Ok(())
}

/// The setting with the list of suites.
fn list_of(component: Component) -> &'static str {
    match component {
        Component::Etcd => "cipher-suites",
        _ => "tls-cipher-suites",
    }
}

/// Whether a suite is in a list, or belongs to TLS 1.3, whose suites no list can choose.
fn is_in(suite: &str, list: &str) -> bool {
    suite.starts_with("TLS_AES_")
        || suite.starts_with("TLS_CHACHA20_")
        || list.split(',').any(|listed| short(listed.trim()) == short(suite))
}

/// Kubernetes knows the suites of ChaCha20 by a shorter name as well.
fn short(suite: &str) -> &str {
    match suite.strip_suffix("_SHA256") {
        Some(short) if short.ends_with("_CHACHA20_POLY1305") => short,
        _ => suite,
    }
}

/// The default suites that are not strong.
///
/// # Errors
/// When the release is unknown and the answer would depend on it.
fn weak_defaults(instance: &ComponentView<'_>, strong: &str) -> Result<Vec<&'static str>, Unknown> {
    let weak = |release| -> Vec<&'static str> {
        defaults(release).filter(|suite| !is_in(suite, strong)).collect()
    };
    // etcd changes the Go release within one of its own.
    let version = instance.version.as_ref().filter(|_| instance.component != Component::Etcd);
    if let Some(version) = version {
        return Ok(weak(Version::minor_release(version)));
    }
    let (oldest, newest) = (weak((1, 0)), weak((1, u32::MAX)));
    if oldest.is_empty() == newest.is_empty() {
        Ok(newest)
    } else {
        Err(Unknown::VersionUnknown { component: instance.component })
    }
}

/// What a release of Kubernetes offers for TLS 1.2 when nobody says what to offer.
fn defaults(release: (u32, u32)) -> impl Iterator<Item = &'static str> {
    let before_1_32 = DEFAULT_BEFORE_1_32.into_iter().filter(move |_| release < (1, 32));
    let before_1_30 = DEFAULT_BEFORE_1_30.into_iter().filter(move |_| release < (1, 30));
    DEFAULT_ALWAYS.into_iter().chain(before_1_32).chain(before_1_30)
}

/// The strong ones of the list as it is, or all strong ones when there are none.
fn mended(listed: &Effective, strong: &str) -> String {
    let kept: Vec<&str> = listed
        .value
        .as_list()
        .iter()
        .map(String::as_str)
        .filter(|suite| is_in(suite, strong))
        .collect();
    if kept.is_empty() { strong.to_owned() } else { kept.join(",") }
}

#[cfg(test)]
mod tests {
    use merlon_model::{Component::KubeApiserver, Outcome};
    use merlon_views::{NodeView, Told};

    use crate::{Parameters, evaluate, example, find};

    /// The suites that CIS 1.10 and CIS 1.24 add to those of CIS 1.12.
    const WITH_CBC: &str = "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA,TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA,\
        TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA,TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA";
    const WITH_RSA: &str = "TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA,TLS_RSA_WITH_AES_128_GCM_SHA256,\
        TLS_RSA_WITH_AES_256_GCM_SHA384,TLS_RSA_WITH_AES_128_CBC_SHA,TLS_RSA_WITH_AES_256_CBC_SHA,\
        TLS_RSA_WITH_3DES_EDE_CBC_SHA";

    #[test]
    fn the_default_suites_are_judged_by_release() {
        let check = |node: &str, strong: &str, expected: Outcome| {
            let node = example::node(node);
            let view = NodeView::new(&node, example::NOW, &Told::default());
            assert_eq!(view.instances(KubeApiserver).len(), 1);
            let with = Parameters([("value".to_owned(), strong.to_owned())].into());
            let control = find("apiserver-weak-ciphers").expect("it is declared");
            let outcomes = evaluate(control, &view, &with).into_iter().map(|f| f.outcome);
            assert_eq!(Outcome::combine(outcomes), Some(expected), "{strong}");
        };
        let cis_1_10 = format!("{},{WITH_CBC}", super::STRONG);
        let cis_1_24 = format!("{cis_1_10},{WITH_RSA}");
        check("run kube-apiserver@1.34", super::STRONG, Outcome::Fail);
        check("run kube-apiserver", super::STRONG, Outcome::Fail);
        check("run kube-apiserver@1.32", &cis_1_10, Outcome::Pass);
        check("run kube-apiserver@1.31", &cis_1_10, Outcome::Fail);
        check("run kube-apiserver@1.29", &cis_1_10, Outcome::Fail);
        check("run kube-apiserver", &cis_1_10, Outcome::Error);
        check("run kube-apiserver@1.24", &cis_1_24, Outcome::Pass);
        check("run kube-apiserver", &cis_1_24, Outcome::Pass);
    }
}

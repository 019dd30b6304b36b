//! Secrets among the arguments of a program.

use std::ops::Range;

use super::inline::{replace, secrets_in};
use super::names::{Naming, hides, is_plain, naming};

/// Gives the arguments with the values of secret flags replaced by `<redacted>`.
///
/// Both `--token=value` and `--token value` are known, with one dash or two, and any argument that is
/// not a flag is searched as a text.
pub(crate) fn hide_in_argv(argv: &[impl AsRef<str>]) -> Vec<String> {
    argv.iter()
        .zip(secrets_in_argv(argv))
        .map(|(argument, secrets)| replace(argument.as_ref(), &secrets))
        .collect()
}

/// The secret parts of each argument.
pub(crate) fn secrets_in_argv(argv: &[impl AsRef<str>]) -> Vec<Vec<Range<usize>>> {
    let mut secrets = Vec::with_capacity(argv.len());
    let mut awaited: Option<&str> = None;
    for argument in argv {
        let argument = argument.as_ref();
        let found = match awaited.take() {
            Some(flag) if takes(flag, argument) => secrets_in_value(flag, argument),
            _ => match flag(argument) {
                Some((name, Some(value))) => {
                    let start = argument.len() - value.len();
                    secrets_in_value(name, value)
                        .into_iter()
                        .map(|range| range.start + start..range.end + start)
                        .collect()
                }
                Some((name, None)) => {
                    awaited =
                        (naming(name) != Naming::Harmless || is_endpoint(name)).then_some(name);
                    secrets_in(argument)
                }
                None => secrets_in(argument),
            },
        };
        secrets.push(found);
    }
    secrets
}

/// The name of a flag, and its value if that is joined by `=`.
fn flag(argument: &str) -> Option<(&str, Option<&str>)> {
    let name = argument.strip_prefix("--").or_else(|| argument.strip_prefix('-'))?;
    let (name, value) = match name.split_once('=') {
        Some((name, value)) => (name, Some(value)),
        None => (name, None),
    };
    // A flag has no blanks in its name; what has is a script or a text.
    let is_name = !name.is_empty() && !name.starts_with('-') && !name.contains(char::is_whitespace);
    is_name.then_some((name, value))
}

/// Whether an argument is the value of the flag before it.
///
/// The flag library takes whatever follows a string flag. Of a flag that is known only by the look of
/// its name the type is not known, so there what looks like a flag is one.
fn takes(flag: &str, argument: &str) -> bool {
    naming(flag) >= Naming::Key || !argument.starts_with('-')
}

pub(crate) fn secrets_in_value(name: &str, value: &str) -> Vec<Range<usize>> {
    if is_endpoint(name) {
        return secrets_in_endpoint(value);
    }
    if is_kind_of_token(name, value) || !hides(name, value) {
        return secrets_in(value);
    }
    std::iter::once(0..value.len()).collect()
}

/// k3s: a data source name, whose password need not be escaped.
fn is_endpoint(name: &str) -> bool {
    name.eq_ignore_ascii_case("datastore-endpoint") || name.ends_with("_DATASTORE_ENDPOINT")
}

fn secrets_in_endpoint(value: &str) -> Vec<Range<usize>> {
    if !value.contains('@') && !value.to_ascii_lowercase().contains("pass") {
        return Vec::new();
    }
    let start = match value.split_once("://") {
        Some((scheme, _)) if scheme.bytes().all(|byte| byte.is_ascii_alphanumeric()) => {
            scheme.len() + 3
        }
        _ => 0,
    };
    std::iter::once(start..value.len()).collect()
}

/// etcd: `--auth-token` tells which kind of tokens it gives out, and where the keys to them are.
fn is_kind_of_token(name: &str, value: &str) -> bool {
    (name.eq_ignore_ascii_case("auth-token") || name == "ETCD_AUTH_TOKEN")
        && (value == "simple"
            || value.strip_prefix("jwt").is_some_and(|options| {
                options.split(',').skip(1).all(|option| match option.split_once('=') {
                    Some(("pub-key" | "priv-key", path)) => is_plain(path),
                    Some(("sign-method" | "ttl", _)) => true,
                    _ => false,
                }) && (options.is_empty() || options.starts_with(','))
            }))
}

#[cfg(test)]
mod tests {
    use super::hide_in_argv;

    fn check(argv: &str, expected: &str) {
        let argv: Vec<&str> = argv.split('|').collect();
        assert_eq!(hide_in_argv(&argv).join("|"), expected);
    }

    #[test]
    fn values_of_secret_flags_are_hidden() {
        check("k3s|server|--token=abc", "k3s|server|--token=<redacted>");
        check("k3s|server|--token|abc|--v", "k3s|server|--token|<redacted>|--v");
        check("k3s|-token=abc", "k3s|-token=<redacted>");
        check("k3s|--token|-abc", "k3s|--token|<redacted>");
        check("k3s|--agent-token|abc", "k3s|--agent-token|<redacted>");
        check("kubelet|--bootstrap-token=a", "kubelet|--bootstrap-token=<redacted>");
        check("kubeadm|--tls-bootstrap-token=a", "kubeadm|--tls-bootstrap-token=<redacted>");
        check("x|--password=123456", "x|--password=<redacted>");
        check("x|--db.password=a=b", "x|--db.password=<redacted>");
        check("x|--registry_password|p q", "x|--registry_password|<redacted>");
        check("x|--oidc-client-secret=s", "x|--oidc-client-secret=<redacted>");
        check("x|--secret-rotation=weird", "x|--secret-rotation=<redacted>");
        check("x|--header=Authorization: Bearer a1b2c3", "x|--header=Authorization: <redacted>");
        check(
            "k3s|--datastore-endpoint=mysql://u:p@tcp(h:3306)/db",
            "k3s|--datastore-endpoint=mysql://<redacted>",
        );
        check(
            "k3s|--datastore-endpoint|postgres://u:p/w@h/db",
            "k3s|--datastore-endpoint|postgres://<redacted>",
        );
        check("k3s|--kubelet-arg=token=abc", "k3s|--kubelet-arg=token=<redacted>");
        check("etcd|--proxy=http://u:p@h:1", "etcd|--proxy=http://<redacted>@h:1");
        check("sh|-c|kubelet --token abc --v=2", "sh|-c|kubelet --token <redacted> --v=2");
        check("sh|-c|PASSWORD=abc kubelet", "sh|-c|PASSWORD=<redacted> kubelet");
        check("etcd|--auth-token=hunter2", "etcd|--auth-token=<redacted>");
    }

    #[test]
    fn other_values_stay() {
        for argv in [
            "kube-apiserver|--token-auth-file=/etc/kubernetes/tokens.csv",
            "kube-apiserver|--service-account-key-file=/etc/kubernetes/pki/sa.pub",
            "kube-apiserver|--token-auth-file|/etc/kubernetes/tokens.csv",
            "kubeadm|--token-ttl=24h0m0s",
            "kubelet|--authentication-token-webhook=true",
            "kubelet|--authentication-token-webhook|--v=2",
            "kubelet|--authentication-token-webhook-cache-ttl=2m0s",
            "kube-controller-manager|--concurrent-serviceaccount-token-syncs=5",
            "kube-controller-manager|--use-service-account-credentials=true",
            "kube-apiserver|--feature-gates=CSIServiceAccountToken=true,Other=false",
            "kube-apiserver|--feature-gates=KubeletServiceAccountTokenForCredentialProviders=true,X=true",
            "kube-apiserver|--runtime-config=authentication.k8s.io/v1/tokenreviews=true",
            "kubelet|--image-credential-provider-config=/etc/kubernetes/ecr.yaml",
            "kubelet|--image-credential-provider-bin-dir=/opt/bin",
            "kubelet|--kubeconfig=/etc/kubernetes/kubelet.conf",
            "etcd|--auth-token=simple",
            "etcd|--auth-token=jwt,pub-key=/etc/a.pub,priv-key=/etc/a.key,sign-method=RS256",
            "etcd|--listen-client-urls=https://127.0.0.1:2379,https://10.0.0.1:2379",
            "k3s|--datastore-endpoint=https://etcd:2379",
            "k3s|--token-file=/etc/token|--token=<redacted>",
            "kube-apiserver|--tls-private-key-file=/x/y.key|--x",
            "kubelet|--|-|---|",
        ] {
            check(argv, argv);
        }
    }
}

//! Which names announce a secret, and which values are none even so.

use merlon_redaction::words;

/// How a flag, key or variable stands to secrets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Naming {
    /// Nothing about it is secret: `audit-log-path`, `token-auth-file`, `secretName`.
    Harmless,
    /// A secret plays a part in it: `initial-token-count`. Numbers, periods and switches stay.
    Related,
    /// Its value is a key, or the path of one: `kubelet-client-key`.
    Key,
    /// Its value is a secret: `token`, `clientSecret`.
    Secret,
}

/// Tells a name's standing.
///
/// A name is read as words, however they are joined. A word about secrets makes it secret, unless its last
/// word says that the value is something else: a place, a name, a length of time.
pub(crate) fn naming(name: &str) -> Naming {
    // Most names are short work.
    if name.len() < 3 || name.len() > 4096 {
        return if name.len() > 4096 { Naming::Secret } else { Naming::Harmless };
    }
    let words = words(name);
    let Some(last) = words.last() else {
        return Naming::Harmless;
    };
    if name.to_ascii_lowercase().ends_with("-data") {
        return Naming::Secret;
    }
    if is_keyed(&words) {
        return Naming::Key;
    }
    if words.len() == 1 && last == "auth" || words == ["etcdctl", "user"] {
        return Naming::Secret;
    }
    if is_secret_word(last) || EXACT_WORDS.contains(&last.as_str()) {
        return Naming::Secret;
    }
    if HARMLESS_ENDS.contains(&last.as_str()) {
        return Naming::Harmless;
    }
    if words.iter().any(|word| is_secret_word(word)) {
        return Naming::Related;
    }
    Naming::Harmless
}

/// Whether a value of that name is to be hidden.
pub(crate) fn hides(name: &str, value: &str) -> bool {
    match naming(name) {
        Naming::Harmless => false,
        Naming::Related => {
            let first = value.split([',', ';', '&']).next().unwrap_or_default();
            !is_plain(first) && !is_quantity(first)
        }
        Naming::Key => !is_plain(value) && !is_path(value),
        Naming::Secret => !is_plain(value) && !is_switch_list(value),
    }
}

/// `true,Other=false`: a feature gate named after a secret, and what follows it in the list.
fn is_switch_list(value: &str) -> bool {
    let is_switch = |text: &str| text == "true" || text == "false";
    value.split_once(',').is_some_and(|(first, rest)| {
        let next = rest.split(',').next().and_then(|next| next.split_once('='));
        is_switch(first.trim())
            && next.is_some_and(|(name, value)| {
                is_switch(value.trim())
                    && name.trim().bytes().all(|byte| byte.is_ascii_alphanumeric())
            })
    })
}

/// Whether a value is no secret whatever its name: a switch, a place, a reference, nothing.
pub(crate) fn is_plain(value: &str) -> bool {
    let value = value.trim();
    let bare = value.trim_matches(['"', '\'']);
    matches!(
        bare.to_ascii_lowercase().as_str(),
        "" | "true" | "false" | "yes" | "no" | "on" | "off" | "null" | "none" | "~"
    ) || bare == merlon_yaml::REDACTED
        || is_place(bare)
        || is_reference(bare)
}

/// A path below a directory that nodes have: what looks like one by chance is not met.
fn is_place(value: &str) -> bool {
    const TOPS: [&str; 16] = [
        "/etc/",
        "/var/",
        "/run/",
        "/srv/",
        "/opt/",
        "/usr/",
        "/root/",
        "/home/",
        "/tmp/",
        "/snap/",
        "/system/",
        "/mnt/",
        "/data/",
        "/lib/",
        "/secrets/",
        "/pki/",
    ];
    TOPS.iter().any(|top| value.starts_with(top))
        && value.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/._-@:%{}$".contains(&byte))
}

/// A path, by a character in it that no key in Base64 has.
fn is_path(value: &str) -> bool {
    value.contains('/')
        && value.contains(['.', '-', '_'])
        && value.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/._-@:${}".contains(&byte))
}

/// `$(NAME)` or `${NAME}`: the value stands elsewhere.
fn is_reference(value: &str) -> bool {
    let name = value
        .strip_prefix("$(")
        .and_then(|rest| rest.strip_suffix(')'))
        .or_else(|| value.strip_prefix("${").and_then(|rest| rest.strip_suffix('}')));
    name.is_some_and(|name| {
        !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    })
}

/// A number, or a length of time as Go writes it: `1h30m`.
fn is_quantity(value: &str) -> bool {
    let value = value.trim().trim_matches(['"', '\'']);
    value.len() <= 16
        && value.starts_with(|first: char| first.is_ascii_digit())
        && value.bytes().all(|byte| byte.is_ascii_digit() || b".hmsnu".contains(&byte))
}

fn is_secret_word(word: &str) -> bool {
    const PARTS: [&str; 9] = [
        "password",
        "passwd",
        "passphrase",
        "passcode",
        "secret",
        "token",
        "credential",
        "apikey",
        "bearer",
    ];
    PARTS.iter().any(|part| word.contains(part)) || matches!(word, "pwd" | "jwt" | "psk")
}

/// Words that are secret only when the name ends with them.
const EXACT_WORDS: [&str; 5] = ["pass", "authorization", "cookie", "privatekey", "secretkey"];

/// `apiKey`, `private-key`, `ENCRYPTION_KEY`, and so on.
fn is_keyed(words: &[String]) -> bool {
    const KINDS: [&str; 18] = [
        "etcd",
        "tls",
        "peer",
        "ca",
        "api",
        "private",
        "encryption",
        "access",
        "auth",
        "signing",
        "shared",
        "account",
        "storage",
        "master",
        "session",
        "ssh",
        "client",
        "server",
    ];
    match words {
        [.., kind, key] => matches!(key.as_str(), "key" | "keys") && KINDS.contains(&kind.as_str()),
        _ => false,
    }
}

/// Last words that say what the value is instead.
const HARMLESS_ENDS: [&str; 60] = [
    "file",
    "files",
    "path",
    "paths",
    "dir",
    "dirs",
    "directory",
    "folder",
    "ttl",
    "name",
    "names",
    "namespace",
    "namespaces",
    "ref",
    "refs",
    "reference",
    "type",
    "kind",
    "mode",
    "version",
    "expiration",
    "expiry",
    "seconds",
    "duration",
    "timeout",
    "interval",
    "period",
    "size",
    "length",
    "limit",
    "count",
    "syncs",
    "url",
    "uri",
    "endpoint",
    "endpoints",
    "audience",
    "audiences",
    "issuer",
    "issuers",
    "review",
    "reviews",
    "reviewer",
    "webhook",
    "claim",
    "claims",
    "enabled",
    "disabled",
    "usage",
    "usages",
    "groups",
    "policy",
    "strategy",
    "signer",
    "qps",
    "burst",
    "backoff",
    "server",
    "method",
    "bin",
];

#[cfg(test)]
mod tests {
    use super::{Naming, hides, naming};

    #[test]
    fn names_announce_secrets() {
        let check = |name: &str, expected: Naming| assert_eq!(naming(name), expected, "{name}");
        for name in [
            "token",
            "bootstrap-token",
            "tls-bootstrap-token",
            "K3S_TOKEN",
            "password",
            "registryPassword",
            "client-key-data",
            "clientSecret",
            "aescbcEncryptionSecret",
            "MYPASSWORD",
            "PASSWORD2",
            "authtoken",
            "Authorization",
            "identitytoken",
            "DB_PASS",
            "secrets",
            // `etcdctl --user`: the name and the password.
            "ETCDCTL_USER",
        ] {
            check(name, Naming::Secret);
        }
        for name in ["apiKey", "AWS_SECRET_ACCESS_KEY", "kubelet-client-key", "etcd_key"] {
            check(name, Naming::Key);
        }
        for name in [
            "token-auth-file",
            "token-ttl",
            "authentication-token-webhook",
            "authentication-token-webhook-cache-ttl",
            "service-account-key-file",
            "secretName",
            "secretRef",
            "tokenFile",
            "audit-log-path",
            "imagePullCredentialsVerificationPolicy",
            "legacy-service-account-token-clean-up-period",
            "bypass",
            "key",
            "client-certificate",
            "ETCD_KEY_FILE",
            "expirationSeconds",
        ] {
            check(name, Naming::Harmless);
        }
        check("secret-rotation", Naming::Related);
        check("concurrent-serviceaccount-token-workers", Naming::Related);
    }

    #[test]
    fn values_can_be_plain_even_so() {
        let check = |name: &str, value: &str, hidden: bool| {
            assert_eq!(hides(name, value), hidden, "{name}={value}");
        };
        check("password", "12345", true);
        check("password", "/abc+def/ghi=", true);
        check("password", "/etc/x y", true);
        check("password", "", false);
        check("password", "<redacted>", false);
        check("password", "$(DB_PASSWORD)", false);
        check("password", "${DB_PASSWORD}", false);
        check("password", "$(DB)x", true);
        check("token", "/etc/kubernetes/token.csv", false);
        check("automountServiceAccountToken", "true", false);
        check("token-workers", "5", false);
        check("token-workers", "1m30s", false);
        check("token-workers", "five", true);
        check("path", "anything", false);
        check("kubelet-client-key", "/x/pki/client.key", false);
        check("kubelet-client-key", "${SNAP_DATA}/certs/client.key", false);
        check("apiKey", "ab/cdefgh", true);
        check("apiKey", "ab.cd", true);
        check("etcd_key", "/calico-secrets/etcd-key", false);
        check("etcd_key", "MIIEvQIBADAN", true);
    }
}

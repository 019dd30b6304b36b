//! Which environment variables are seen, and which of their values.

use std::collections::BTreeMap;

use merlon_redaction::words;
use merlon_yaml::REDACTED;

use super::argv::secrets_in_value;
use super::inline::replace;
use super::names::is_plain;

/// The variables of a component's environment that evaluation reads, from the bytes of
/// `/proc/PID/environ`; secret values are replaced by `<redacted>`.
///
/// All others are left out: an environment holds whatever somebody put there.
pub(crate) fn allowed(environ: &[u8]) -> BTreeMap<String, String> {
    let mut variables = BTreeMap::new();
    for variable in environ.split(|byte| *byte == 0) {
        let variable = String::from_utf8_lossy(variable);
        if let Some((name, value)) = variable.split_once('=')
            && is_allowed(name)
        {
            // Of two the first is what `getenv` finds.
            variables.entry(name.to_owned()).or_insert_with(|| shown(name, value));
        }
    }
    variables
}

fn is_allowed(name: &str) -> bool {
    matches!(name, "KUBELET_CONFIG_DROPIN_DIR_ALPHA" | "GODEBUG")
        || ["ETCD_", "K3S_", "RKE2_"].iter().any(|prefix| name.starts_with(prefix))
}

fn shown(name: &str, value: &str) -> String {
    let words = words(name);
    let is_key = words.iter().any(|word| word.contains("key"))
        && !words.iter().any(|word| word.ends_with("file"));
    if is_key && !is_plain(value) {
        return REDACTED.to_owned();
    }
    replace(value, &secrets_in_value(name, value))
}

#[cfg(test)]
mod tests {
    use super::allowed;

    #[test]
    fn only_listed_variables_are_seen() {
        let check = |environ: &str, expected: &[(&str, &str)]| {
            let seen = allowed(environ.replace('|', "\0").as_bytes());
            let seen: Vec<(&str, &str)> =
                seen.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
            assert_eq!(seen, expected, "{environ:?}");
        };
        check("PATH=/bin|HOME=/root|AWS_SECRET_ACCESS_KEY=x|", &[]);
        check("ETCD_NAME=a|GODEBUG=x=1|", &[("ETCD_NAME", "a"), ("GODEBUG", "x=1")]);
        check(
            "ETCD_KEY_FILE=keys/peer|ETCD_PEER_KEY_FILE=/p.key",
            &[("ETCD_KEY_FILE", "keys/peer"), ("ETCD_PEER_KEY_FILE", "/p.key")],
        );
        check(
            "K3S_TOKEN=abc|K3S_AGENT_TOKEN=/x+y=|K3S_TOKEN_FILE=/etc/t",
            &[
                ("K3S_AGENT_TOKEN", "<redacted>"),
                ("K3S_TOKEN", "<redacted>"),
                ("K3S_TOKEN_FILE", "/etc/t"),
            ],
        );
        check("K3S_URL=https://u:p@h:6443", &[("K3S_URL", "https://<redacted>@h:6443")]);
        check("RKE2_SIGNING_KEY=abc", &[("RKE2_SIGNING_KEY", "<redacted>")]);
        check("K3S_DATASTORE_KEYFILE=k", &[("K3S_DATASTORE_KEYFILE", "k")]);
        check(
            "K3S_DATASTORE_ENDPOINT=mysql://u:p@tcp(h)/k",
            &[("K3S_DATASTORE_ENDPOINT", "mysql://<redacted>")],
        );
        check("ETCD_AUTH_TOKEN=simple", &[("ETCD_AUTH_TOKEN", "simple")]);
        check("ETCD_NAME=a|ETCD_NAME=b", &[("ETCD_NAME", "a")]);
        check("ETCD_NAME|=x|ETCD_", &[]);
    }
}

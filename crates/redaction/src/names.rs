//! Which names announce a credential.

use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, AhoCorasickKind};

use crate::kind::{
    ACCESS_KEY, API_KEY, CONNECTION_STRING, COOKIE, CREDENTIALS, CredentialKind, ENCRYPTION_KEY,
    PASSWORD, PRIVATE_KEY, SECRET, TOKEN,
};

/// How a name stands to credentials.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Naming {
    /// Nothing about it is: `secretName`, `TOKEN_TTL`, `image`.
    Harmless,
    /// It may hold anything, a key too: `key`, `salt`, `auth`.
    Suspicious,
    /// A credential plays a part in it: `passwordPolicy`, `TOKEN_GITHUB`.
    Related(&'static CredentialKind),
    /// Its value is a credential: `DB_PASSWORD`, `clientSecret`.
    Credential(&'static CredentialKind),
}

/// Tells how a name stands to credentials.
///
/// The name is read as words, however they are joined. Its last word decides, as it does in
/// English: a `password file` is a file.
pub(crate) fn naming(name: &str) -> Naming {
    // Most names are short work, and nobody gives names of such a length.
    if name.len() < 2 || name.len() > 512 || !PARTS.is_match(name) {
        return Naming::Harmless;
    }
    // `checksum/secret`: Helm charts' annotations that restart Pods when something changes.
    if name.starts_with("checksum/") {
        return Naming::Harmless;
    }
    let words = words(own_part(name));
    let words = without_counters(&words);
    let Some(last) = words.last() else { return Naming::Harmless };
    if words.iter().any(|word| is_in(word, QUANTITIES)) || is_in(last, OTHER_THINGS) {
        return Naming::Harmless;
    }
    if let Some(kind) = pair(words) {
        return Naming::Credential(kind);
    }
    if let Some(kind) = stem(last).or_else(|| exact(last)) {
        // Where a list goes on, and how members of etcd tell their cluster from others.
        let is_mark = kind == TOKEN
            && words.len() >= 2
            && matches!(words[words.len() - 2].as_str(), "continue" | "cluster" | "page" | "next");
        let is_reference =
            is_mark || kind == SECRET && words.iter().any(|word| is_in(word, REFERENCES));
        return if is_reference { Naming::Harmless } else { Naming::Credential(kind) };
    }
    if words.len() == 1 && last == "auth" {
        return Naming::Suspicious;
    }
    if let Some(kind) = words.iter().find_map(|word| stem(word)) {
        return Naming::Related(kind);
    }
    let is_public = words.iter().any(|word| is_in(word, PUBLIC));
    if is_in(last, SUSPICIOUS) && !is_public { Naming::Suspicious } else { Naming::Harmless }
}

/// Every name that is not harmless has one of these in it.
static PARTS: LazyLock<AhoCorasick> = LazyLock::new(|| {
    let parts = STEMS.iter().map(|(stem, _)| *stem);
    let parts = parts.chain(SUSPICIOUS.iter().copied());
    AhoCorasick::builder()
        .ascii_case_insensitive(true)
        .kind(Some(AhoCorasickKind::DFA))
        .build(parts.chain([
            "pass", "pw", "pswd", "auth", "bearer", "cred", "cookie", "psk", "jwt", "pat", "key",
            "conn", "dsn",
        ]))
        .expect("the parts are few and short")
});

/// Whether a name says that what it names is called, not holds, a `Secret`: `secret`, `tlsSecret`.
pub(crate) fn may_name_a_secret(name: &str) -> bool {
    let words = words(own_part(name));
    let last = without_counters(&words).last().map(String::as_str);
    matches!(last, Some("secret" | "secrets" | "creds" | "credentials" | "credential"))
}

/// Whether a name is of a list of credentials rather than of one: `tokens`, `secrets`.
pub(crate) fn is_plural(name: &str) -> bool {
    name.ends_with(['s', 'S']) && !name.to_ascii_lowercase().ends_with("pass")
}

/// What stands after the domain of an annotation or label, and after the path of anything else.
fn own_part(name: &str) -> &str {
    name.rsplit('/').next().unwrap_or(name)
}

/// `PASSWORD_1` and `token2` are what `PASSWORD` and `token` are.
fn without_counters(words: &[String]) -> &[String] {
    let counter = |word: &String| {
        word.bytes().all(|byte| byte.is_ascii_digit())
            || matches!(
                word.as_str(),
                "value" | "plain" | "plaintext" | "raw" | "base64" | "b64" | "old" | "new" | "data"
            )
    };
    let end = words.iter().rposition(|word| !counter(word)).map_or(0, |last| last + 1);
    &words[..end]
}

fn is_in(word: &str, list: &[&str]) -> bool {
    list.contains(&word)
}

/// Words that are about credentials, and what sort they are.
static STEMS: [(&str, &CredentialKind); 9] = [
    ("password", PASSWORD),
    ("passwd", PASSWORD),
    ("passphrase", PASSWORD),
    ("passcode", PASSWORD),
    ("token", TOKEN),
    ("secret", SECRET),
    ("credential", CREDENTIALS),
    ("apikey", API_KEY),
    ("privatekey", PRIVATE_KEY),
];

/// Words that are about credentials in whatever they are joined to: `dbpassword`, `authtoken`.
fn stem(word: &str) -> Option<&'static CredentialKind> {
    const FRIENDS: [&str; 14] = [
        "tokenreview",
        "tokenrequest",
        "tokeniz",
        "tokenis",
        "tokenttl",
        "passwordless",
        "passwordpolicy",
        "secretless",
        "secretary",
        "secretariat",
        "secretstore",
        "secretclass",
        "secretprovider",
        "secretname",
    ];
    let (_, kind) = STEMS.iter().find(|(stem, _)| word.contains(stem))?;
    (!FRIENDS.iter().any(|friend| word.contains(friend)) && !word.ends_with("file")).then_some(kind)
}

/// Words that are credentials when the name ends with them.
fn exact(word: &str) -> Option<&'static CredentialKind> {
    Some(match word {
        "pass" | "pwd" | "pw" | "pswd" | "userpass" | "dbpass" | "requirepass" | "masterauth" => {
            PASSWORD
        }
        "jwt" | "bearer" | "authorization" | "pat" => TOKEN,
        "psk" => SECRET,
        "creds" | "cred" | "userpwd" => CREDENTIALS,
        "cookie" => COOKIE,
        "secretkey" => ACCESS_KEY,
        "dsn" | "connstr" | "connstring" => CONNECTION_STRING,
        _ => return None,
    })
}

/// Pairs of last words: `api key`, `connection string`.
fn pair(words: &[String]) -> Option<&'static CredentialKind> {
    let [.., before, last] = words else { return None };
    match (before.as_str(), last.as_str()) {
        ("connection" | "conn", "string" | "str") => Some(CONNECTION_STRING),
        (kind, "key" | "keys") => match kind {
            "api" | "app" | "application" | "service" | "license" | "subscription" | "apis"
            | "write" | "integration" | "routing" => Some(API_KEY),
            "private" | "priv" | "ssh" | "rsa" | "tls" | "ssl" | "deploy" | "host" | "client"
            | "server" | "pem" => Some(PRIVATE_KEY),
            "encryption" | "encrypt" | "signing" | "sign" | "master" | "aes" | "hmac"
            | "cipher" | "crypto" | "jwt" | "cookie" | "session" | "secret" | "base" | "fernet"
            | "shared" | "salt" | "vault" | "unseal" | "root" | "recovery" => {
                Some(if kind == "secret" { ACCESS_KEY } else { ENCRYPTION_KEY })
            }
            "access" | "account" | "storage" | "auth" | "authentication" | "admin" | "user" => {
                Some(ACCESS_KEY)
            }
            _ => None,
        },
        ("key", "base") if words.len() >= 3 && words[words.len() - 3] == "secret" => {
            Some(ENCRYPTION_KEY)
        }
        (
            "database" | "db" | "redis" | "postgres" | "mysql" | "mongo" | "mongodb" | "broker",
            "url" | "uri",
        ) => None,
        _ => None,
    }
}

/// Words that make a name one of numbers or switches: `MAX_TOKENS`, `tokenCount`.
const QUANTITIES: &[&str] = &[
    "max",
    "min",
    "num",
    "count",
    "total",
    "limit",
    "length",
    "ttl",
    "expiry",
    "expiration",
    "rotation",
    "automount",
    "policy",
    "policies",
    "review",
    "reviews",
    "reviewer",
    "bucket",
    "tokenizer",
    "checksum",
    "digest",
    "sha256",
    "sha1",
    "md5",
    "fingerprint",
    "thumbprint",
];

/// Words that turn `secret` into the name of one: `existingSecret`, `imagePullSecrets`.
const REFERENCES: &[&str] = &[
    "existing",
    "pull",
    "image",
    "tls",
    "ca",
    "cert",
    "certificate",
    "use",
    "create",
    "enable",
    "external",
    "sealed",
    "target",
    "source",
    "ref",
];

const PUBLIC: &[&str] = &[
    "public",
    "pub",
    "cert",
    "certificate",
    "ca",
    "crt",
    "partition",
    "primary",
    "foreign",
    "sort",
    "label",
    "topology",
    "annotation",
    "cache",
    "object",
    "map",
    "field",
    "index",
    "config",
    "host",
];

/// Names that may hold a key, or something else as long.
const SUSPICIOUS: &[&str] = &[
    "key",
    "keys",
    "salt",
    "pepper",
    "seed",
    "signature",
    "session",
    "license",
    "licence",
    "access",
    "webhook",
    "nonce",
    "otp",
    "pin",
    "code",
    "login",
    "identity",
    "keydata",
    "authkey",
    "seal",
    "unseal",
    "crypt",
    "cipher",
];

/// Last words that say what the value is instead.
const OTHER_THINGS: &[&str] = &[
    "file",
    "files",
    "filename",
    "path",
    "paths",
    "dir",
    "dirs",
    "directory",
    "folder",
    "location",
    "mount",
    "volume",
    "name",
    "names",
    "namespace",
    "namespaces",
    "ref",
    "refs",
    "reference",
    "type",
    "types",
    "kind",
    "mode",
    "version",
    "seconds",
    "minutes",
    "hours",
    "days",
    "duration",
    "timeout",
    "interval",
    "period",
    "age",
    "lifetime",
    "validity",
    "size",
    "bytes",
    "url",
    "uri",
    "urls",
    "uris",
    "endpoint",
    "endpoints",
    "host",
    "address",
    "addr",
    "audience",
    "audiences",
    "issuer",
    "issuers",
    "claim",
    "claims",
    "enabled",
    "disabled",
    "enable",
    "disable",
    "required",
    "optional",
    "usage",
    "usages",
    "group",
    "groups",
    "role",
    "roles",
    "strategy",
    "signer",
    "qps",
    "burst",
    "backoff",
    "method",
    "methods",
    "algorithm",
    "alg",
    "encoder",
    "encoding",
    "format",
    "prefix",
    "suffix",
    "header",
    "headers",
    "field",
    "fields",
    "property",
    "provider",
    "providers",
    "manager",
    "store",
    "engine",
    "backend",
    "controller",
    "operator",
    "server",
    "service",
    "class",
    "id",
    "ids",
    "identifier",
    "email",
    "username",
    "user",
    "users",
    "description",
    "title",
    "label",
    "hint",
    "message",
    "help",
    "placeholder",
    "regex",
    "pattern",
    "template",
    "templates",
    "generator",
    "generation",
    "created",
    "updated",
    "date",
    "time",
    "timestamp",
    "status",
    "state",
    "index",
    "level",
    "schema",
    "column",
    "table",
    "selector",
    "condition",
    "rule",
    "rules",
    "scope",
    "scopes",
    "binding",
    "env",
    "var",
    "variable",
    "sync",
    "syncs",
    "webhook",
    "hook",
    "bin",
    "command",
    "cmd",
    "script",
    "helper",
    "plugin",
    "image",
    "tag",
    "port",
    "params",
    "parameters",
    "options",
    "settings",
    "config",
    "configuration",
    "configmap",
    "annotations",
    "labels",
    "test",
    "tests",
    "validation",
    "validator",
    "check",
    "request",
    "requests",
    "response",
    "handler",
    "exchange",
    // Files named after what they hold: their text is searched.
    "json",
    "yaml",
    "yml",
    "toml",
    "ini",
    "conf",
    "cfg",
    "cnf",
    "properties",
    "sh",
    "bash",
    "py",
    "xml",
    "txt",
    "md",
    "html",
    "js",
    "ts",
    "css",
    "tpl",
    "tmpl",
    "sql",
    "lua",
    "rb",
    "go",
    "crt",
    "cer",
    "csv",
    "env",
    "rego",
    "php",
    "java",
    "ps1",
    "groovy",
    "hcl",
    "tf",
    "gotmpl",
    "j2",
    "pub",
];

/// The words of a name, in lower case: `clientSecret`, `CLIENT_SECRET` and `client-secret` have the
/// same.
#[must_use]
pub fn words(name: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut word = String::new();
    let mut symbols = name.chars().peekable();
    let mut before = ' ';
    while let Some(symbol) = symbols.next() {
        let after_is_lower = symbols.peek().is_some_and(|next| next.is_lowercase());
        let starts = symbol.is_uppercase()
            && (before.is_lowercase()
                || before.is_ascii_digit() && !word.is_empty()
                || after_is_lower && before.is_uppercase());
        if (starts || !symbol.is_alphanumeric()) && !word.is_empty() {
            words.push(std::mem::take(&mut word));
        }
        if symbol.is_alphanumeric() {
            word.extend(symbol.to_lowercase());
        }
        before = symbol;
    }
    if !word.is_empty() {
        words.push(word);
    }
    // `PASSWORD2`: the number says which, not what.
    for word in &mut words {
        let plain = word.trim_end_matches(|symbol: char| symbol.is_ascii_digit()).len();
        if plain >= 4 && !matches!(word.as_str(), "sha256" | "sha512" | "base64") {
            word.truncate(plain);
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::words;

    #[test]
    fn names_are_read_as_words() {
        let check = |name: &str, expected: &[&str]| assert_eq!(words(name), expected, "{name}");
        check("clientSecret", &["client", "secret"]);
        check("CLIENT_SECRET", &["client", "secret"]);
        check("client-secret", &["client", "secret"]);
        check("APIKey", &["api", "key"]);
        check("password2", &["password"]);
        check("x.y/z", &["x", "y", "z"]);
        check("é", &["é"]);
        check("", &[]);
    }
}

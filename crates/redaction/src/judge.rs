//! Whether a value is a credential, by its name and by how it looks.

use crate::credentials::{self, is_certificate_text};
use crate::kind::{
    API_KEY, CONNECTION_STRING, CREDENTIALS, CredentialKind, PASSWORD, RANDOM_VALUE, SECRET, TOKEN,
};
use crate::names::{Naming, is_plural, may_name_a_secret, naming};
use crate::values::{
    is_object_name, is_path, is_placeholder, is_prose, is_quantity, is_random, is_reference,
    is_strong,
};

/// Gives the kind of credential that a value of this name is, or `None` when it is none.
///
/// A value of a known format that is the whole value tells the kind by itself. Else the name decides:
/// a value of `DB_PASSWORD` is a password, also a weak one such as `changeme`, unless it is a
/// reference (`$(X)`), a placeholder (`<password>`), a path, a URL without password, a quantity, or
/// the name of an object. Under names such as `key` only what looks random is a credential.
#[must_use]
pub fn judge_named(name: &str, value: &str) -> Option<&'static CredentialKind> {
    let value = value.trim();
    let naming = naming(name);
    if naming == Naming::Harmless && value.len() < SHORTEST_FORMAT {
        return None;
    }
    let found = whole_match(value).or_else(|| credentials::named(name, value));
    if found.is_none() && naming == Naming::Harmless
        || is_placeholder(value)
        || is_certificate_text(value)
    {
        return None;
    }
    if found.is_some() {
        return found;
    }
    match naming {
        Naming::Harmless => None,
        _ if is_reference(value) || is_quantity(value) || is_path(value) => None,
        Naming::Suspicious => is_random(value).then_some(RANDOM_VALUE),
        Naming::Related(kind) => is_part_of_related(kind, value).then_some(kind),
        Naming::Credential(kind) => is_credential(name, kind, value).then_some(kind),
    }
}

/// No credential that shows by its format alone is shorter.
const SHORTEST_FORMAT: usize = 16;

/// The kind of a credential that is all of the value.
fn whole_match(value: &str) -> Option<&'static CredentialKind> {
    let found = credentials::find(value);
    let first = found.first()?;
    (first.range == (0..value.len())).then_some(first.kind)
}

fn is_part_of_related(kind: &CredentialKind, value: &str) -> bool {
    let is_number = value.bytes().all(|byte| byte.is_ascii_digit());
    let is_list = value.contains(',') && !value.contains(char::is_uppercase);
    let is_url = value.contains("://");
    let limit = if kind == TOKEN { 16 } else { 8 };
    !is_number
        && !is_list
        && !is_url
        && value.len() >= limit
        && (is_strong(value) || is_random(value))
}

fn is_credential(name: &str, kind: &CredentialKind, value: &str) -> bool {
    if value.contains("://") || kind == CONNECTION_STRING {
        // Whether there is a password in it is a matter of format.
        return credentials::find(value).iter().any(|found| !found.range.is_empty())
            || kind == CONNECTION_STRING && has_password_part(value);
    }
    let is_number = value.bytes().all(|byte| byte.is_ascii_digit());
    if is_number {
        return value.len() >= 4 && !is_plural(name);
    }
    if is_prose(value) || is_mail_address(value) && kind != PASSWORD {
        return false;
    }
    if kind == PASSWORD {
        return true;
    }
    if value.contains(' ') && kind != CREDENTIALS && !is_header(value) && !value.contains('\n') {
        // Tokens and keys have no blanks; sentences about them do.
        return value.split(' ').any(|word| is_random(word) || is_strong(word) && word.len() >= 16);
    }
    if (kind == SECRET || kind == CREDENTIALS) && may_name_a_secret(name) && is_object_name(value) {
        return is_weak(value);
    }
    if kind == TOKEN && is_scheme(value) {
        return false;
    }
    // `secretKey: username` and `access-key: id` name a key of an object.
    if kind == API_KEY || name_ends_with_key(name) {
        let is_name = value.bytes().all(|byte| byte.is_ascii_lowercase() || b"-_.".contains(&byte));
        return !is_name || is_weak(value);
    }
    true
}

fn name_ends_with_key(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name.ends_with("key") || name.ends_with("keys")
}

/// Values that nobody calls an object, and that many use for a secret.
fn is_weak(value: &str) -> bool {
    const WEAK: [&str; 12] = [
        "changeme",
        "change-me",
        "change_me",
        "changeit",
        "password",
        "secret",
        "s3cret",
        "letmein",
        "minioadmin",
        "supersecret",
        "super-secret",
        "mysecret",
    ];
    WEAK.contains(&value.to_ascii_lowercase().as_str())
}

/// `Bearer …` and the like in one value.
fn is_header(value: &str) -> bool {
    let lower = value.get(..7).unwrap_or_default().to_ascii_lowercase();
    (lower.starts_with("bearer ") || lower.starts_with("basic ") || lower.starts_with("token "))
        && value.split(' ').count() == 2
}

/// Kinds of tokens, where the name asks for one.
fn is_scheme(value: &str) -> bool {
    matches!(
        value.to_ascii_lowercase().as_str(),
        "bearer"
            | "basic"
            | "jwt"
            | "opaque"
            | "simple"
            | "token"
            | "header"
            | "cookie"
            | "kubernetes"
            | "oidc"
    )
}

/// `Server=…;Password=…`.
fn has_password_part(value: &str) -> bool {
    value.split([';', '&', ' ', '?']).filter_map(|part| part.split_once('=')).any(
        |(name, value)| {
            matches!(naming(name.trim()), Naming::Credential(_))
                && !is_placeholder(value)
                && !is_reference(value)
        },
    )
}

fn is_mail_address(value: &str) -> bool {
    let Some((local, domain)) = value.split_once('@') else { return false };
    let is_part = |part: &str| {
        !part.is_empty()
            && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._+-".contains(&byte))
    };
    let top = domain.rsplit('.').next().unwrap_or_default();
    is_part(local)
        && is_part(domain)
        && domain.contains('.')
        && top.len() >= 2
        && top.bytes().all(|byte| byte.is_ascii_alphabetic())
}

#[cfg(test)]
mod tests;

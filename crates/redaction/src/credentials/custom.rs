//! Formats that take more than a prefix and a run of characters.

use std::ops::Range;

use ::base64::Engine as _;
use ::base64::alphabet;
use ::base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use super::shape::{base64, is_varied, lower, starts_fresh, url64};
use crate::values::{is_placeholder, is_reference};

const LENIENT: GeneralPurposeConfig = GeneralPurposeConfig::new()
    .with_decode_padding_mode(DecodePaddingMode::Indifferent)
    .with_decode_allow_trailing_bits(true);
static STANDARD: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, LENIENT);
static URL_SAFE: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, LENIENT);

/// Decodes Base64 of either alphabet, padded or not.
pub(crate) fn decoded(text: &str) -> Option<Vec<u8>> {
    let engine = if text.contains(['-', '_']) { &URL_SAFE } else { &STANDARD };
    engine.decode(text).ok()
}

/// `user:password` in Base64.
pub(crate) fn basic_pair(text: &str) -> bool {
    let Some(pair) = decoded(text).and_then(|bytes| String::from_utf8(bytes).ok()) else {
        return false;
    };
    let is_text = !pair.chars().any(|symbol| symbol.is_control() && !symbol.is_whitespace());
    is_text && pair.split_once(':').is_some_and(|(_, password)| !password.trim().is_empty())
}

/// Whether a text is a certificate, a public key or something else in PEM that is no secret, also
/// in Base64.
pub(crate) fn is_certificate_text(text: &str) -> bool {
    const PUBLIC: [&str; 7] = [
        "-----BEGIN CERTIFICATE",
        "-----BEGIN PUBLIC KEY",
        "-----BEGIN RSA PUBLIC KEY",
        "-----BEGIN X509 CRL",
        "-----BEGIN PGP PUBLIC KEY",
        "ssh-rsa AAAA",
        "ssh-ed25519 AAAA",
    ];
    let is_public = |text: &str| PUBLIC.iter().any(|start| text.trim_start().starts_with(start));
    is_public(text)
        || text.starts_with("LS0tLS1CRUdJTi")
            && decoded(text.get(..40).unwrap_or_default())
                .is_some_and(|bytes| is_public(&String::from_utf8_lossy(&bytes)))
}

/// A PEM block with a private key, to its end or to the end of the text where it is cut off.
pub(super) fn private_block(text: &str, at: usize) -> Option<Range<usize>> {
    let rest = &text[at..];
    let (begin, end, dashes) = match rest.starts_with("-----") {
        true => ("-----BEGIN ", "-----END ", "-----"),
        // RFC 4716.
        false => ("---- BEGIN ", "---- END ", "----"),
    };
    let label = rest.strip_prefix(begin)?;
    let label = &label[..label.floor_char_boundary(64)];
    let label = &label[..label.find(dashes)?];
    if !label.contains("PRIVATE KEY") {
        return None;
    }
    let end = match rest.find(end) {
        Some(from) => {
            let line = &rest[from + end.len()..];
            from + end.len() + line.find(dashes).map_or(0, |close| close + dashes.len())
        }
        None => rest.len(),
    };
    Some(at..at + end)
}

/// A private key that stands in the JSON file of a service account.
pub(super) fn service_account_key(text: &str, at: usize) -> Option<Range<usize>> {
    const AROUND: usize = 1024;
    let before = &text[text.floor_char_boundary(at.saturating_sub(AROUND))..at];
    if !before.contains("private_key_id") {
        return None;
    }
    private_block(text, at)
}

/// A PEM block with a private key in Base64, with its further lines.
pub(super) fn encoded_block(text: &str, at: usize) -> Option<Range<usize>> {
    let start = &text[at..at + run(text, at, base64, 64) / 4 * 4];
    let label = String::from_utf8(decoded(start)?).ok()?;
    if !label.contains("PRIVATE") {
        return None;
    }
    let mut end = at + run(text, at, base64, usize::MAX);
    // Base64 is often wrapped; a line that is nothing but Base64 goes on with it.
    while let Some(line) =
        text[end..].strip_prefix("\r\n").or_else(|| text[end..].strip_prefix('\n'))
    {
        let blanks = line.len() - line.trim_start_matches([' ', '\t']).len();
        let start = text.len() - line.len() + blanks;
        let length = run(text, start, base64, usize::MAX);
        let ends =
            text[start + length..].chars().next().is_none_or(|next| matches!(next, '\n' | '\r'));
        if length < 4 || !ends {
            break;
        }
        end = start + length;
    }
    Some(at..end)
}

/// Three parts in Base64 for URLs of which the first is a JSON object with `alg`; RFC 7519.
pub(super) fn web_token(text: &str, at: usize) -> Option<Range<usize>> {
    const LONGEST_HEADER: usize = 1024;
    const LONGEST: usize = 64 << 10;
    if !starts_fresh(text, at) {
        return None;
    }
    let header = run(text, at, url64, LONGEST_HEADER);
    let is_header = text.as_bytes().get(at + header) == Some(&b'.')
        && decoded(&text[at..at + header]).is_some_and(|bytes| {
            let header = String::from_utf8_lossy(&bytes);
            header.starts_with('{') && header.contains("\"alg\"")
        });
    if !is_header {
        return None;
    }
    let mut end = at + header;
    let mut dots = 0;
    // Five parts when it is encrypted: RFC 7516.
    while dots < 4 && text.as_bytes().get(end) == Some(&b'.') {
        dots += 1;
        end += 1 + run(text, end + 1, url64, LONGEST);
    }
    (dots >= 2).then_some(at..end)
}

/// `"auth": "<user:password in Base64>"`.
pub(super) fn registry_auth(text: &str, at: usize) -> Option<Range<usize>> {
    let key = text[at..].find("auth")? + at + 4;
    if !text.as_bytes()[at..].starts_with(b"\"") && !starts_fresh(text, at) {
        return None;
    }
    let between = run(text, key, |byte| b"\"'\\: \t".contains(&byte), 16);
    let start = key + between;
    let length = run(text, start, base64, 8192);
    let is_pair =
        text[key..start].contains(':') && length >= 8 && basic_pair(&text[start..start + length]);
    is_pair.then_some(start..start + length)
}

/// The password of `://user:password@`, or a token in the place of the user.
pub(super) fn user_information(text: &str, at: usize) -> Option<Range<usize>> {
    const LONGEST: usize = 512;
    let start = at + 3;
    let rest = run(text, start, |byte| byte > b' ' && !b"\"'`\\".contains(&byte), LONGEST);
    let rest = &text[start..start + rest];
    let authority = &rest[..rest.find(['/', '?', '#']).unwrap_or(rest.len())];
    let user = match authority.rfind('@') {
        Some(sign) => &rest[..sign],
        None => {
            // Passwords are not always escaped as they should be; a port has digits only.
            let (_, after) = authority.split_once(':')?;
            if after.is_empty()
                || after.bytes().all(|byte| byte.is_ascii_digit())
                || after.contains('[')
            {
                return None;
            }
            let sign = rest.rfind('@')?;
            if rest[sign..].starts_with("@sha256:") {
                return None;
            }
            &rest[..sign]
        }
    };
    let host = &rest[user.len() + 1..];
    let Some((name, password)) = user.split_once(':') else {
        let is_token = user.len() >= 20
            && user.bytes().any(|byte| byte.is_ascii_digit())
            && !is_placeholder(user)
            && is_varied(user);
        return is_token.then_some(start..start + user.len());
    };
    if is_placeholder(password) || is_reference(password) || is_documentation(name, password, host)
    {
        return None;
    }
    let from = start + name.len() + 1;
    Some(from..from + password.len())
}

/// `user:password@example.com`, as manuals have it.
fn is_documentation(name: &str, password: &str, host: &str) -> bool {
    let host = &host[..host.find([':', '/', '?']).unwrap_or(host.len())];
    let is_example = matches!(host, "host" | "hostname" | "server" | "example" | "example.com")
        || [".example", ".example.com", ".example.org"].iter().any(|end| host.ends_with(end));
    let name = matches!(name, "user" | "username" | "login" | "myuser" | "USER" | "USERNAME");
    let password =
        matches!(password, "pass" | "password" | "passwd" | "mypassword" | "PASS" | "PASSWORD");
    is_example && name && password
}

/// The password of `user:password@tcp(host)/database`.
pub(super) fn data_source(text: &str, at: usize) -> Option<Range<usize>> {
    const LONGEST: usize = 256;
    let before = text.as_bytes()[..at].iter().rev().take(LONGEST);
    let length = before.take_while(|byte| **byte > b' ' && !b"\"'`=".contains(byte)).count();
    let user = text.get(at - length..at)?;
    let user = user.rsplit("://").next().unwrap_or(user);
    let (_, password) = user.split_once(':')?;
    (!is_placeholder(password) && !is_reference(password)).then_some(at - password.len()..at)
}

/// `Bearer …`, `Basic …`.
pub(super) fn scheme(text: &str, at: usize) -> Option<Range<usize>> {
    if !starts_fresh(text, at) {
        return None;
    }
    let after = at + text[at..].find(' ')?;
    let start = after + run(text, after, |byte| byte == b' ', 8);
    let length = run(text, start, |byte| base64(byte) || b"-._~:".contains(&byte), 8192);
    let value = &text[start..start + length];
    let is_basic = text.as_bytes()[at + 1] | 0x20 == b'a';
    // Words follow these words in prose as well.
    let is_secret = match is_basic {
        true => length >= 8 && basic_pair(value),
        false => {
            length >= 12 && value.bytes().any(|byte| byte.is_ascii_digit()) && is_varied(value)
        }
    };
    (is_secret && !is_placeholder(value)).then_some(start..start + length)
}

/// `abcdef.0123456789abcdef`, given its dot.
pub(super) fn bootstrap_token(text: &str, at: usize) -> Option<Range<usize>> {
    let bytes = text.as_bytes();
    let start = at.checked_sub(6)?;
    let end = at + 17;
    let is_part = |part: &[u8]| part.iter().all(|byte| lower(*byte));
    let secret = bytes.get(at + 1..end)?;
    let joined = |byte: Option<&u8>| {
        byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || b"._-/".contains(byte))
    };
    let is_token = is_part(secret)
        && is_part(&bytes[start..at])
        && secret.iter().any(u8::is_ascii_digit)
        && !joined(bytes.get(end))
        && (!joined(start.checked_sub(1).map(|before| &bytes[before]))
            || starts_fresh(text, start) && bytes[start - 1].is_ascii_alphanumeric())
        && is_varied(&text[at + 1..end]);
    is_token.then_some(start..end)
}

/// k3s and RKE2: `K10<hash>::user:password`.
pub(super) fn join_token(text: &str, at: usize) -> Option<Range<usize>> {
    let hash = run(text, at + 3, |byte| byte.is_ascii_hexdigit(), 128);
    let end = at + 3 + hash;
    if hash < 16 || !text[end..].starts_with("::") || !starts_fresh(text, at) {
        return None;
    }
    let rest =
        run(text, end, |byte| byte.is_ascii_graphic() && !b"\"'`\\<>,;".contains(&byte), 512);
    Some(at..end + rest)
}

/// A hash in the modular crypt format: `$6$salt$hash`.
pub(super) fn password_hash(text: &str, at: usize) -> Option<Range<usize>> {
    let length =
        run(text, at, |byte| byte.is_ascii_alphanumeric() || b"$./=,+-_".contains(&byte), 256);
    let hash = &text[at..at + length];
    let last = hash.rsplit('$').next().unwrap_or_default();
    let is_hash = hash.matches('$').count() >= 3 && last.len() >= 20 && is_varied(last);
    is_hash.then_some(at..at + length)
}

/// The signature of a shared access signature; parameters of one stand beside it.
pub(super) fn shared_signature(text: &str, at: usize) -> Option<Range<usize>> {
    const AROUND: usize = 512;
    let around = &text[text.floor_char_boundary(at.saturating_sub(AROUND))
        ..text.floor_char_boundary((at + AROUND).min(text.len()))];
    let start = at + 4;
    let length = run(text, start, |byte| base64(byte) || url64(byte) || byte == b'%', 256);
    let has = |parameter: &str| around.contains(parameter);
    ((has("sv=") || has("sr=")) && has("se=") && length >= 40 && starts_fresh(text, at))
        .then_some(start..start + length)
}

/// Entra ID: three characters, a digit, `Q~`, and 31 or 34 more.
pub(super) fn client_secret(text: &str, at: usize) -> Option<Range<usize>> {
    let start = at.checked_sub(3)?;
    let is_secret = |byte: u8| url64(byte) || matches!(byte, b'.' | b'~');
    let length = run(text, at + 3, is_secret, 64);
    let before = text.as_bytes().get(start..at)?;
    let is_found = before.iter().all(|byte| is_secret(*byte))
        && starts_fresh(text, start)
        && (31..=37).contains(&length)
        && is_varied(&text[at + 3..at + 3 + length]);
    is_found.then_some(start..at + 3 + length)
}

/// `123456789:AA…`: the bot's number and 35 characters.
pub(super) fn telegram_token(text: &str, at: usize) -> Option<Range<usize>> {
    let number = text.as_bytes()[..at]
        .iter()
        .rev()
        .take(12)
        .take_while(|byte| byte.is_ascii_digit())
        .count();
    let length = run(text, at + 1, url64, 64);
    let start = at - number;
    ((8..=10).contains(&number) && length == 35 && starts_fresh(text, start))
        .then_some(start..at + 1 + length)
}

/// `<id in Base64>.<time>.<signature>`, given its first dot.
pub(super) fn discord_token(text: &str, at: usize) -> Option<Range<usize>> {
    let bytes = text.as_bytes();
    // Cheap to see, and rare.
    if bytes.get(at + 7) != Some(&b'.') || run(text, at + 1, url64, 7) != 6 {
        return None;
    }
    let signature = run(text, at + 8, url64, 64);
    let id = bytes[..at].iter().rev().take(32).take_while(|byte| url64(**byte)).count();
    if id == 0 {
        return None;
    }
    // `\n` before it: the letter belongs to the escape.
    let escaped = bytes[..at - id].ends_with(b"\\");
    let (id, start) = if escaped { (id - 1, at - id + 1) } else { (id, at - id) };
    let is_number = || {
        decoded(&text[start..at])
            .is_some_and(|id| id.len() >= 17 && id.iter().all(u8::is_ascii_digit))
    };
    ((27..=40).contains(&signature) && (23..=28).contains(&id) && is_number())
        .then_some(start..at + 8 + signature)
}

/// Forty characters that end in `NRAL`.
pub(super) fn new_relic_license(text: &str, at: usize) -> Option<Range<usize>> {
    let start = at.checked_sub(36)?;
    let key = text.get(start..at)?;
    let ends = text.as_bytes().get(at + 4).is_none_or(|byte| !byte.is_ascii_alphanumeric());
    let is_key = key.bytes().all(|byte| byte.is_ascii_alphanumeric())
        && key.bytes().any(|byte| byte.is_ascii_digit());
    (is_key && ends && starts_fresh(text, start)).then_some(start..at + 4)
}

/// How many bytes from `at` on belong to a class.
fn run(text: &str, at: usize, class: impl Fn(u8) -> bool + Copy, most: usize) -> usize {
    let bytes = text.as_bytes().get(at..).unwrap_or_default();
    let length = bytes.iter().take(most).take_while(|byte| class(**byte)).count();
    // A class may let pass what is not ASCII.
    let end = text.floor_char_boundary(at + length);
    end.saturating_sub(at)
}

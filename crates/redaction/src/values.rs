//! Which values are no credential whatever their name, and which look as if made by chance.

/// Whether a value stands for one that somebody has yet to fill in, or is a marker already.
pub(crate) fn is_placeholder(value: &str) -> bool {
    let value = value.trim().trim_matches(['"', '\'']).trim();
    let lower = value.to_ascii_lowercase();
    let is_word = matches!(
        lower.as_str(),
        "" | "true"
            | "false"
            | "yes"
            | "no"
            | "on"
            | "off"
            | "null"
            | "none"
            | "nil"
            | "~"
            | "-"
            | "undefined"
            | "n/a"
            | "unset"
            | "unknown"
            | "required"
            | "optional"
            | "enabled"
            | "disabled"
            | "string"
            | "str"
            | "int"
            | "integer"
            | "boolean"
            | "bool"
            | "object"
            | "array"
            | "todo"
            | "tbd"
            | "fixme"
            | "placeholder"
            | "example"
            | "redacted"
            | "masked"
            | "hidden"
            | "sensitive"
            | "|"
            | "|-"
            | ">"
            | ">-"
            | "{"
            | "["
            | "{}"
            | "[]"
    );
    let is_request = [
        "replace",
        "your-",
        "your_",
        "<your",
        "insert-",
        "insert_",
        "enter-",
        "enter_",
        "put-your",
        "put_your",
        "my-placeholder",
        "fill-",
        "fill_in",
    ]
    .iter()
    .any(|start| lower.starts_with(start))
        || lower.contains("replace_me")
        || lower.contains("replace-me")
        || lower.contains("replaceme")
        || lower.ends_with("_here")
        || lower.ends_with("-here");
    let is_bracketed =
        [("<", ">"), ("[[", "]]"), ("__", "__"), ("@@", "@@"), ("#{", "}#"), ("%%", "%%")]
            .iter()
            .any(|(open, close)| {
                value.len() > open.len() + close.len()
                    && value.starts_with(open)
                    && value.ends_with(close)
            });
    is_word || is_request || is_bracketed || value.starts_with("<redacted") || is_repeated(&lower)
}

/// `xxxx`, `****`, `....`, `xxxx-xxxx`.
fn is_repeated(value: &str) -> bool {
    let mut symbols =
        value.chars().filter(|symbol| symbol.is_alphanumeric() || "*.•#".contains(*symbol));
    let Some(first) = symbols.next() else { return value.chars().count() >= 2 };
    value.len() >= 2
        && matches!(first, 'x' | '*' | '.' | '•' | '#' | '0')
        && symbols.all(|symbol| symbol == first)
}

/// Whether a value says where the credential is instead of being it: `$(NAME)`, `{{ .Values.x }}`,
/// `vault:secret/data/db#password`.
pub(crate) fn is_reference(value: &str) -> bool {
    let value = value.trim().trim_matches(['"', '\'', '`']).trim();
    const SCHEMES: [&str; 27] = [
        "vault:",
        "ref+",
        "arn:aws:",
        "arn:aws-",
        "op://",
        "env:",
        "file:",
        "secretref:",
        "sm://",
        "ssm:",
        "gsm:",
        "awssm:",
        "keyvault:",
        "@microsoft.keyvault(",
        "enc[",
        "encrypted:",
        "projects/",
        "!vault",
        "bao:",
        "secret:",
        "k8s:secret",
        "valuefrom:",
        "akv:",
        "gcpsm:",
        "doppler:",
        "base64:{{",
        "sha256:",
    ];
    let lower = value.get(..24).unwrap_or(value).to_ascii_lowercase();
    if SCHEMES.iter().any(|scheme| lower.starts_with(scheme))
        && !value.contains(char::is_whitespace)
    {
        return true;
    }
    let rest = without_references(value);
    if rest.len() == value.len() {
        return is_call(value);
    }
    let letters = rest.chars().filter(|symbol| symbol.is_alphanumeric()).count();
    let plain = rest.chars().all(|symbol| !symbol.is_ascii_digit() && !"!@#%^&*+".contains(symbol));
    letters < 4 || plain
}

/// Takes out `$(X)`, `${X}`, `$X`, `{{ X }}`, `%X%` and `%(x)s`.
fn without_references(value: &str) -> String {
    let mut rest = String::with_capacity(value.len());
    let mut at = 0;
    while at < value.len() {
        let here = &value[at..];
        match reference_length(here) {
            Some(length) => at += length,
            None => {
                let symbol = here.chars().next().map_or(1, char::len_utf8);
                rest.push_str(&here[..symbol]);
                at += symbol;
            }
        }
    }
    rest
}

fn reference_length(text: &str) -> Option<usize> {
    const LONGEST: usize = 256;
    let text = &text[..text.floor_char_boundary(LONGEST.min(text.len()))];
    let closed = |open: &str, close: &str| {
        let inner = text.strip_prefix(open)?;
        let end = inner.find(close)?;
        (end > 0).then_some(open.len() + end + close.len())
    };
    let is_name = |name: &str| {
        !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    };
    match text.as_bytes() {
        [b'$', b'(', ..] => closed("$(", ")"),
        [b'$', b'{', ..] => closed("${", "}"),
        [b'{', b'{', ..] => closed("{{", "}}"),
        [b'<', b'%', ..] => closed("<%", "%>"),
        [b'%', b'(', ..] => closed("%(", ")s"),
        [b'%', ..] => {
            let end = text[1..].find('%')?;
            (end >= 3
                && is_name(&text[1..=end])
                && text[1..=end].bytes().any(|byte| byte.is_ascii_uppercase()))
            .then_some(end + 2)
        }
        [b'$', first, ..] if first.is_ascii_uppercase() || *first == b'_' => {
            let length = text[1..]
                .bytes()
                .take_while(|byte| {
                    byte.is_ascii_uppercase() || byte.is_ascii_digit() || *byte == b'_'
                })
                .count();
            let goes_on = text.as_bytes().get(1 + length).is_some_and(u8::is_ascii_lowercase);
            (length >= 2 && !goes_on).then_some(1 + length)
        }
        [b'$', b'1'..=b'9'] => Some(2),
        [b'$', first, ..] if first.is_ascii_lowercase() => {
            // `$password` of shells; a dollar inside a password stands before anything.
            let name = &text[1..];
            (name.len() >= 3 && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'))
                .then_some(text.len())
        }
        _ => None,
    }
}

/// `os.environ["X"]`, `getenv("X")`, `process.env.X`: code that fetches it.
fn is_call(value: &str) -> bool {
    let name = value
        .bytes()
        .take_while(|byte| byte.is_ascii_alphanumeric() || b"_.:>-".contains(byte))
        .count();
    let lower = value.to_ascii_lowercase();
    let opens = matches!(value.as_bytes().get(name), Some(b'(' | b'['));
    opens
        && name >= 2
        && value.ends_with([')', ']', ';', ','])
        && (value[..name].contains('.') || lower.contains("env") || value.contains("()"))
        || [
            "process.env.",
            "os.getenv",
            "env.",
            "self.",
            "this.",
            "args.",
            "config.",
            "settings.",
            ".values.",
            "var.",
            "local.",
            "data.",
        ]
        .iter()
        .any(|start| {
            lower.starts_with(start)
                && value
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || b"_.()[]'\"".contains(&byte))
        })
}

/// Whether a value is a path of files or of a store: absolute, relative, or with an extension.
pub(crate) fn is_path(value: &str) -> bool {
    let value = value.trim();
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"/._-@:%{}$()~#\\ ".contains(&byte);
    if value.is_empty() || !value.bytes().all(allowed) || value.contains("://") {
        return false;
    }
    if value.len() >= 3 && value.as_bytes()[1..].starts_with(b":\\") {
        return true;
    }
    // Base64 has slashes too, but not between words.
    let is_wordy = |part: &str| {
        let has = |test: fn(&u8) -> bool| part.bytes().any(|byte| test(&byte));
        let mixed =
            has(u8::is_ascii_uppercase) && has(u8::is_ascii_lowercase) && has(u8::is_ascii_digit);
        part.len() <= 128
            && !(part.len() >= 8 && mixed)
            && !(part.len() >= 24 && has(u8::is_ascii_digit) && !part.contains(['-', '.', '_']))
    };
    let starts = ["/", "./", "../", "~/", "$HOME/"].iter().any(|start| value.starts_with(start));
    let parts: Vec<&str> = value.split(['/', '#']).filter(|part| !part.is_empty()).collect();
    let has_extension =
        parts.last().and_then(|last| last.rsplit_once('.')).is_some_and(|(stem, extension)| {
            !stem.is_empty()
                && (1..=5).contains(&extension.len())
                && extension.bytes().all(|byte| byte.is_ascii_lowercase())
        });
    let joined = value.contains('/');
    parts.iter().all(|part| is_wordy(part))
        && !parts.is_empty()
        && (starts && (parts.len() >= 2 || has_extension || parts[0].len() >= 2)
            || joined
                && (has_extension
                    || parts.iter().all(|part| {
                        is_label(part) && !part.bytes().all(|byte| byte.is_ascii_digit())
                    })))
}

/// A DNS label or subdomain as Kubernetes names objects (RFC 1123).
pub(crate) fn is_label(value: &str) -> bool {
    let is_edge = |byte: Option<&u8>| {
        byte.is_some_and(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
    };
    let bytes = value.as_bytes();
    value.len() <= 253
        && is_edge(bytes.first())
        && is_edge(bytes.last())
        && bytes
            .iter()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-.".contains(byte))
}

/// Whether a label reads as the name of an object rather than as something random: `db-credentials`.
pub(crate) fn is_object_name(value: &str) -> bool {
    let value = value.rsplit_once('/').map_or(value, |(_, name)| name);
    let parts: Vec<&str> = value.split(['-', '.']).collect();
    let letters =
        |part: &&str| part.len() >= 2 && part.bytes().all(|byte| byte.is_ascii_lowercase());
    let names_one =
        ["secret", "cred", "token", "tls", "cert", "key", "auth", "registry", "config", "pull"]
            .iter()
            .any(|word| value.contains(word) && value.len() > word.len() + 1);
    is_label(value)
        && parts.iter().filter(|part| letters(part)).count() * 2 >= parts.len()
        && (parts.len() >= 2 && parts.iter().any(letters) || names_one)
        && !parts
            .iter()
            .any(|part| part.len() >= 16 && part.bytes().any(|byte| byte.is_ascii_digit()))
}

/// A number, a size or a length of time: `20`, `1h30m`, `512Mi`.
pub(crate) fn is_quantity(value: &str) -> bool {
    let value = value.trim().trim_matches(['"', '\'']);
    let digits = value.bytes().take_while(|byte| byte.is_ascii_digit()).count();
    let rest = &value[digits..];
    let is_time = || {
        digits > 0
            && value.len() <= 16
            && value.bytes().all(|byte| byte.is_ascii_digit() || b".hmsnud".contains(&byte))
            && value.ends_with(['h', 'm', 's', 'd'])
            && value.bytes().filter(u8::is_ascii_alphabetic).count() <= 5
    };
    digits > 0 && digits < 4 && rest.is_empty()
        || digits > 0
            && matches!(
                rest,
                "Ki" | "Mi" | "Gi" | "Ti" | "K" | "M" | "G" | "k" | "MB" | "GB" | "kB"
            )
        || is_time()
}

/// Sentences: several words, most of them in small letters, in the way of prose.
pub(crate) fn is_prose(value: &str) -> bool {
    let words: Vec<&str> = value.split_whitespace().collect();
    let plain = |word: &&&str| {
        let word = word.trim_matches(|symbol: char| symbol.is_ascii_punctuation());
        word.bytes().all(|byte| byte.is_ascii_alphabetic() || b"'-/.`".contains(&byte))
    };
    let plain = words.iter().filter(plain).count();
    words.len() >= 4
        && plain * 5 >= words.len() * 4
        && (words.len() >= 6 || value.trim_end().ends_with(['.', '!', '?', ':']))
}

/// Whether a value has letters and digits mixed, or signs as passwords have, and no words.
pub(crate) fn is_strong(value: &str) -> bool {
    let has = |test: fn(&u8) -> bool| value.bytes().any(|byte| test(&byte));
    let mixed = has(u8::is_ascii_digit) && has(u8::is_ascii_alphabetic);
    let signs = value.bytes().any(|byte| b"!@#$%^&*+=?".contains(&byte));
    value.len() >= 8
        && (mixed || signs)
        && !value.contains(char::is_whitespace)
        && !is_object_name(value)
}

/// Whether a value looks as if made by chance: long, of one alphabet of encodings, and with the
/// entropy of a key.
///
/// UUIDs, numbers and qualified names are not.
pub(crate) fn is_random(value: &str) -> bool {
    let value = value.trim();
    if !(20..=4096).contains(&value.len())
        || is_uuid(value)
        || is_label(value) && value.contains(['-', '.'])
    {
        return false;
    }
    let all = |test: fn(u8) -> bool| value.bytes().all(test);
    let has = |test: fn(&u8) -> bool| value.bytes().any(|byte| test(&byte));
    if all(|byte| byte.is_ascii_hexdigit()) {
        return value.len() >= 32 && entropy(value) >= 3.0 && has(u8::is_ascii_alphabetic);
    }
    let is_base64 = all(|byte| byte.is_ascii_alphanumeric() || b"+/=".contains(&byte))
        || all(|byte| byte.is_ascii_alphanumeric() || b"-_=".contains(&byte));
    let padded = value.trim_end_matches('=');
    // Names in camel case have few digits, and those at their end.
    let digits = padded.bytes().filter(u8::is_ascii_digit).count();
    is_base64
        && !padded.contains('=')
        && has(u8::is_ascii_lowercase)
        && (has(u8::is_ascii_uppercase) || value.len() >= 32)
        && digits * 25 >= padded.len().min(100)
        && digits >= 2
        && entropy(value) >= 3.7
}

fn is_uuid(value: &str) -> bool {
    let parts: Vec<usize> = value.split('-').map(str::len).collect();
    parts == [8, 4, 4, 4, 12] && value.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-')
}

/// Shannon's entropy in bits a character.
#[expect(clippy::cast_precision_loss, reason = "values are short")]
fn entropy(value: &str) -> f64 {
    let mut counts = [0_u32; 256];
    for byte in value.bytes() {
        counts[usize::from(byte)] += 1;
    }
    let length = value.len() as f64;
    counts
        .iter()
        .filter(|count| **count > 0)
        .map(|count| f64::from(*count) / length)
        .map(|share| -share * share.log2())
        .sum()
}

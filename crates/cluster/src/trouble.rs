//! What went wrong with one request, in the words of gaps.

use std::time::Duration;

use http::StatusCode;
use kube::client::AuthError;
use merlon_snapshot::{Cause, Gap, Subject};
use serde::Deserialize;

/// The longest message of a server that is passed on, in characters.
const MAX_MESSAGE: usize = 400;

/// What went wrong with a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Trouble {
    pub(crate) cause: Cause,
    pub(crate) detail: String,
    /// The status, where the server answered with one.
    pub(crate) status: Option<u16>,
    /// Whether the same request may well succeed later.
    pub(crate) is_passing: bool,
    /// How long the server asks to wait.
    pub(crate) retry_after: Option<Duration>,
}

impl Trouble {
    /// Trouble that stays.
    pub(crate) fn new(cause: Cause, detail: impl Into<String>) -> Self {
        let detail = printable(&detail.into());
        Self { cause, detail, status: None, is_passing: false, retry_after: None }
    }

    /// Trouble that may pass.
    pub(crate) fn passing(cause: Cause, detail: impl Into<String>) -> Self {
        Self { is_passing: true, ..Self::new(cause, detail) }
    }

    /// What a server says with a status other than 200, and with the `Status` in its body.
    pub(crate) fn of_answer(status: StatusCode, body: &[u8]) -> Self {
        let code = status.as_u16();
        let cause = match code {
            401 | 403 => Cause::PermissionDenied,
            404 => Cause::Vanished,
            405 | 406 | 501 => Cause::Unsupported,
            410 => Cause::Expired,
            429 => Cause::Throttled,
            504 => Cause::TimedOut,
            _ => Cause::Other,
        };
        let said = serde_json::from_slice::<Said>(body).ok().and_then(|said| said.message);
        let detail = match said.filter(|message| !message.is_empty()) {
            Some(message) => format!("{message} ({code})"),
            None => format!("the server answered {status}"),
        };
        let is_passing = code == 429 || (status.is_server_error() && code != 501);
        Self { status: Some(code), is_passing, ..Self::new(cause, detail) }
    }

    /// What kube could not do.
    pub(crate) fn of_client(error: &kube::Error) -> Self {
        let words = in_words(error);
        match error {
            kube::Error::Auth(_) => Self::new(Cause::PermissionDenied, words),
            _ => Self::passing(Cause::Unreachable, words),
        }
    }

    /// The same, told of something narrower: a namespace, a group.
    pub(crate) fn about(mut self, what: &str) -> Self {
        self.detail = printable(&format!("{what}: {}", self.detail));
        self
    }

    pub(crate) fn gap(&self, subject: Subject) -> Gap {
        Gap { subject, cause: self.cause, detail: self.detail.clone() }
    }
}

/// What matters of a `Status` object.
#[derive(Deserialize)]
struct Said {
    message: Option<String>,
}

/// What kube could not do, without anything that a plugin printed or a proxy is logged in to with.
pub(crate) fn in_words(error: &kube::Error) -> String {
    match error {
        kube::Error::Auth(AuthError::AuthExecStart(cause)) => {
            format!("its credential plugin cannot be run: {cause}")
        }
        // Standard output is where plugins write tokens; standard error is for people.
        kube::Error::Auth(AuthError::AuthExecRun { cmd, out }) => {
            let said = String::from_utf8_lossy(&out.stderr);
            let last = said.lines().rfind(|line| !line.trim().is_empty()).unwrap_or_default();
            printable(&format!("its credential plugin {cmd} failed ({}): {last}", out.status))
        }
        kube::Error::Auth(AuthError::AuthExecParse(_)) => {
            "its credential plugin printed something else than credentials".to_owned()
        }
        kube::Error::ProxyProtocolUnsupported { proxy_url }
        | kube::Error::ProxyProtocolDisabled { proxy_url, .. } => {
            let scheme = proxy_url.scheme_str().unwrap_or("of no scheme");
            format!("proxies that are {scheme} are not supported, only http, https and socks5")
        }
        error => innermost(error),
    }
}

/// What an error was caused by in the end; the layers above it only say that something failed.
pub(crate) fn innermost(error: &(dyn std::error::Error + 'static)) -> String {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string()
}

/// One line of bounded length.
fn printable(text: &str) -> String {
    let line: String = text
        .chars()
        .map(|symbol| if symbol.is_control() { ' ' } else { symbol })
        .take(MAX_MESSAGE)
        .collect();
    if text.chars().nth(MAX_MESSAGE).is_some() { line + "…" } else { line }
}

//! Requests to one API server: at a bounded rate, of a bounded size, in a bounded time, and again
//! where that may help.

use std::time::Duration;

use http::header::{ACCEPT, CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderMap, Request};
use http_body_util::BodyExt;
use kube::Client;
use kube::client::Body;
use merlon_snapshot::Cause;
use tokio::time::{sleep, timeout};

use crate::rate::Rate;
use crate::trouble::Trouble;

/// The largest answer that is read, decompressed. A page of the default size has a few mebibytes.
const MAX_ANSWER_BYTES: usize = 64 << 20;

/// The largest refusal that is read.
const MAX_REFUSAL_BYTES: usize = 64 << 10;

/// After so many requests in a row that nobody answered, no further ones are sent.
const SILENCE: u32 = 3;

/// How requests are repeated.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Patience {
    /// How long one answer may take.
    pub(crate) timeout: Duration,
    /// How often a request is sent at most.
    pub(crate) attempts: u32,
    /// The pause before it is sent again; it doubles each time.
    pub(crate) first_pause: Duration,
    /// The longest pause, whatever the server asks for.
    pub(crate) longest_pause: Duration,
}

impl Patience {
    /// Four attempts, pauses from half a second to a minute.
    pub(crate) fn new(timeout: Duration) -> Self {
        Self {
            timeout,
            attempts: 4,
            first_pause: Duration::from_millis(500),
            longest_pause: Duration::from_secs(60),
        }
    }
}

/// An API server, and how it is doing.
pub(crate) struct Server<'a> {
    client: Client,
    rate: Rate,
    patience: Patience,
    /// Is told of pauses.
    waiting: &'a dyn Fn(Duration),
    /// How many requests in a row have failed, with all their attempts.
    failed: u32,
    /// How many of them nobody answered.
    silent: u32,
}

impl<'a> Server<'a> {
    pub(crate) fn new(
        client: Client,
        rate: Rate,
        patience: Patience,
        waiting: &'a dyn Fn(Duration),
    ) -> Self {
        Self { client, rate, patience, waiting, failed: 0, silent: 0 }
    }

    /// The JSON that the server answers to `GET`.
    ///
    /// A server that has just failed is asked less patiently, and one that is silent no longer:
    /// there are many kinds to list, and each would wait anew.
    pub(crate) async fn get(&mut self, uri: &str, accept: &str) -> Result<Vec<u8>, Trouble> {
        if self.silent >= SILENCE {
            let why = "not asked: the server did not answer the requests before";
            return Err(Trouble::new(Cause::Unreachable, why));
        }
        let attempts = if self.failed == 0 { self.patience.attempts } else { 2 };
        let result = self.persist(uri, accept, attempts.min(self.patience.attempts)).await;
        match &result {
            Err(trouble) if trouble.is_passing => {
                self.failed += 1;
                let silent = trouble.status.is_none();
                self.silent = if silent { self.silent + 1 } else { 0 };
            }
            _ => (self.failed, self.silent) = (0, 0),
        }
        result
    }

    async fn persist(
        &mut self,
        uri: &str,
        accept: &str,
        attempts: u32,
    ) -> Result<Vec<u8>, Trouble> {
        let mut pause = self.patience.first_pause;
        let mut left = attempts;
        loop {
            left = left.saturating_sub(1);
            self.rate.wait().await;
            let answer = timeout(self.patience.timeout, once(&self.client, uri, accept)).await;
            let trouble = match answer {
                Ok(Ok(body)) => return Ok(body),
                Ok(Err(trouble)) => trouble,
                Err(_) => {
                    // Each attempt has cost the whole time: a second one is enough.
                    left = left.min(u32::from(left + 1 == attempts));
                    let seconds = self.patience.timeout.as_secs_f32();
                    Trouble::passing(Cause::TimedOut, format!("no answer within {seconds} s"))
                }
            };
            let wait = trouble.retry_after.unwrap_or(pause);
            if !trouble.is_passing || left == 0 || wait > self.patience.longest_pause {
                return Err(trouble);
            }
            (self.waiting)(wait);
            sleep(wait).await;
            pause = (pause * 2).min(self.patience.longest_pause);
        }
    }
}

async fn once(client: &Client, uri: &str, accept: &str) -> Result<Vec<u8>, Trouble> {
    let request = Request::get(uri).header(ACCEPT, accept).body(Body::empty());
    let request = request.map_err(|error| Trouble::new(Cause::Other, error.to_string()))?;
    let response = client.send(request).await.map_err(|error| Trouble::of_client(&error))?;
    let (head, body) = response.into_parts();
    if !head.status.is_success() {
        let said = read(body, MAX_REFUSAL_BYTES).await.unwrap_or_default();
        let retry_after = retry_after(&head.headers);
        return Err(Trouble { retry_after, ..Trouble::of_answer(head.status, &said) });
    }
    let body = read(body, MAX_ANSWER_BYTES).await?;
    match head.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()) {
        Some(media) if media.starts_with("application/json") => Ok(body),
        media => {
            let media = media.unwrap_or("of no type");
            let what = format!("the answer is {media}, not JSON: is this an API server?");
            Err(Trouble::new(Cause::Unparsable, what))
        }
    }
}

async fn read(mut body: Body, limit: usize) -> Result<Vec<u8>, Trouble> {
    let mut bytes = Vec::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| {
            let words = crate::trouble::innermost(&error);
            Trouble::passing(Cause::Unreachable, format!("the answer broke off: {words}"))
        })?;
        let Ok(data) = frame.into_data() else { continue };
        if bytes.len() + data.len() > limit {
            let what = format!("the answer is larger than {limit} bytes");
            return Err(Trouble::new(Cause::TooLarge, what));
        }
        bytes.extend_from_slice(&data);
    }
    Ok(bytes)
}

/// Seconds; API servers do not send dates.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds = headers.get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds))
}

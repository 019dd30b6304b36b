//! How many requests are sent in which time.

use std::time::Duration;

use tokio::time::{Instant, sleep_until};

/// Spreads requests over time: a few at once, and then no faster than the rate.
#[derive(Debug)]
pub(crate) struct Rate {
    interval: Duration,
    /// How far ahead of the rate requests may be.
    credit: Duration,
    /// When the next request is due if the rate is kept exactly.
    due: Instant,
}

impl Rate {
    /// A rate per second, and as many requests at once; 0 is taken for 1.
    pub(crate) fn per_second(requests: u32) -> Self {
        let requests = requests.max(1);
        let interval = Duration::from_secs(1) / requests;
        Self { interval, credit: interval * (requests - 1), due: Instant::now() }
    }

    /// Waits until a request may be sent.
    pub(crate) async fn wait(&mut self) {
        let now = Instant::now();
        self.due = self.due.max(now);
        // An instant too early to be told has long been reached.
        if let Some(earliest) = self.due.checked_sub(self.credit) {
            sleep_until(earliest).await;
        }
        self.due += self.interval;
    }
}

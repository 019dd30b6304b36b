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

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::Rate;

    #[test]
    fn a_burst_is_free_and_what_follows_keeps_the_rate() {
        let took = |rate: u32, requests: u32| {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
            runtime.unwrap().block_on(async {
                let mut rate = Rate::per_second(rate);
                let started = Instant::now();
                for _ in 0..requests {
                    rate.wait().await;
                }
                started.elapsed()
            })
        };
        assert!(took(20, 20) < Duration::from_millis(40), "twenty at once");
        assert!(took(20, 26) >= Duration::from_millis(290), "six more at twenty per second");
        assert!(took(0, 1) < Duration::from_millis(500));
    }
}

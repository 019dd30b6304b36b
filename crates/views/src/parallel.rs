use std::num::NonZero;
use std::panic::resume_unwind;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::{available_parallelism, scope};

/// More threads only cost memory: each has its own heap.
const MAX_THREADS: usize = 8;

/// Asked once, for the answer is put together from files.
static THREADS: LazyLock<usize> =
    LazyLock::new(|| available_parallelism().map_or(1, NonZero::get).min(MAX_THREADS));

/// The results of numbered pieces of work, in their order, done by as many threads as there are
/// processors.
///
/// A thread that is done takes the next number, so that pieces need not be alike. With one piece
/// or one processor everything stays on the thread that asks.
pub fn in_parallel<R: Send>(pieces: usize, work: impl Fn(usize) -> R + Sync) -> Vec<R> {
    let threads = if pieces > 1 { pieces.min(*THREADS) } else { 1 };
    if threads == 1 {
        return (0..pieces).map(work).collect();
    }
    let next = AtomicUsize::new(0);
    let take = || {
        let mut done = Vec::new();
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= pieces {
                return done;
            }
            done.push((number, work(number)));
        }
    };
    let mut all = scope(|scope| {
        let others: Vec<_> = (1..threads).map(|_| scope.spawn(take)).collect();
        let mut all = take();
        for other in others {
            all.extend(other.join().unwrap_or_else(|panic| resume_unwind(panic)));
        }
        all
    });
    all.sort_unstable_by_key(|(number, _)| *number);
    all.into_iter().map(|(_, result)| result).collect()
}

/// The results of a function for every item, in their order; see [`in_parallel`].
pub(crate) fn map_in_parallel<'i, T: Sync, R: Send>(
    items: &'i [T],
    work: impl Fn(&'i T) -> R + Sync,
) -> Vec<R> {
    /// Fewer items are done before another thread has started.
    const PIECE: usize = 512;
    let pieces: Vec<&'i [T]> = items.chunks(PIECE).collect();
    let done =
        in_parallel(pieces.len(), |number| pieces[number].iter().map(&work).collect::<Vec<R>>());
    done.into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::{in_parallel, map_in_parallel};

    #[test]
    fn results_come_in_the_order_of_the_work() {
        for count in [0, 1, 2, 511, 512, 513, 5_000] {
            let squares: Vec<usize> = (0..count).map(|number| number * number).collect();
            assert_eq!(in_parallel(count, |number| number * number), squares);
            let numbers: Vec<usize> = (0..count).collect();
            assert_eq!(map_in_parallel(&numbers, |number| number * number), squares);
        }
    }

    #[test]
    #[should_panic(expected = "number 700")]
    fn a_panic_is_handed_on() {
        in_parallel(1_000, |number| assert!(number != 700, "number {number}"));
    }
}

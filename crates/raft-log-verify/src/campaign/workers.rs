//! Runs numbered, independent pieces of work on a few threads.

use std::ops::Range;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicU64, Ordering};

use super::Progress;
use crate::tasks::Runtime;

/// Does the work of the numbers of a range and returns the results in their order, up to the
/// first number whose work failed: a lower number is always done, so the outcome is the same with
/// any number of threads.
///
/// # Errors
/// A worker has no runtime.
pub(crate) fn run<T, E>(
    (numbers, threads): (Range<u64>, usize),
    progress: &dyn Progress,
    work: &(dyn Fn(&Runtime, u64) -> Result<T, E> + Sync),
) -> std::io::Result<Outcome<T, E>>
where
    T: Send,
    E: Send,
{
    let next = AtomicU64::new(numbers.start);
    let stop_at = AtomicU64::new(numbers.end);
    let done: Mutex<Vec<(u64, Result<T, E>)>> = Mutex::new(Vec::new());
    let worker = || -> std::io::Result<()> {
        let runtime = Runtime::new()?;
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= stop_at.load(Ordering::Relaxed) || progress.stop() {
                return Ok(());
            }
            let result = work(&runtime, number);
            if result.is_err() {
                stop_at.fetch_min(number, Ordering::Relaxed);
            }
            done.lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push((number, result));
            progress.advance(1);
        }
    };
    std::thread::scope(|scope| {
        let others: Vec<_> = (1..threads.max(1)).map(|_| scope.spawn(worker)).collect();
        let mut result = worker();
        for other in others {
            result = result.and(
                other
                    .join()
                    .unwrap_or_else(|panic| std::panic::resume_unwind(panic)),
            );
        }
        result
    })?;
    let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    done.sort_by_key(|(number, _)| *number);
    let mut outcome = Outcome {
        passed: Vec::new(),
        failed: None,
    };
    for (number, result) in done {
        match result {
            Ok(value) => outcome.passed.push(value),
            Err(error) => {
                outcome.failed = Some((number, error));
                break;
            }
        }
    }
    Ok(outcome)
}

/// What came of numbered work.
#[derive(Debug)]
pub(crate) struct Outcome<T, E> {
    /// Results in the order of their numbers, up to the first failure.
    pub(crate) passed: Vec<T>,
    /// The lowest number that failed.
    pub(crate) failed: Option<(u64, E)>,
}

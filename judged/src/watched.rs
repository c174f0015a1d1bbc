//! Tells on standard error how far judging is.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use raft_log_verify::Progress;

/// Tells of each phase when it ends, with its time.
pub(crate) struct Watched {
    begun: Mutex<Option<(String, u64, Instant)>>,
    done: AtomicU64,
}

impl Watched {
    pub(crate) fn new() -> Self {
        Self {
            begun: Mutex::new(None),
            done: AtomicU64::new(0),
        }
    }

    /// The phase that was begun has ended.
    pub(crate) fn ended(&self) {
        let mut begun = self.begun.lock().unwrap_or_else(|lock| lock.into_inner());
        let done = self.done.swap(0, Ordering::Relaxed);
        if let Some((name, total, when)) = begun.take() {
            let seconds = when.elapsed().as_secs_f64();
            eprintln!("  {name}: {done} of {total} in {seconds:.1} s");
        }
    }
}

impl Progress for Watched {
    fn phase(&self, name: &str, total: u64) {
        self.ended();
        let mut begun = self.begun.lock().unwrap_or_else(|lock| lock.into_inner());
        *begun = Some((name.to_owned(), total, Instant::now()));
    }

    fn advance(&self, steps: u64) {
        self.done.fetch_add(steps, Ordering::Relaxed);
    }
}

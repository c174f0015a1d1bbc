//! A run of the test suite that comes with a store's API.

use std::panic::AssertUnwindSafe;
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

/// How long a suite may take before it counts as hung. openraft's suite sleeps for about eight seconds.
const PATIENCE: Duration = Duration::from_secs(60);

/// What the suite says of a store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SuiteVerdict {
    /// All its tests passed.
    Passed,
    /// A test failed; the text of its panic or error.
    Failed(String),
    /// A test never ended.
    Hung,
}

impl SuiteVerdict {
    /// Whether the suite has found a mistake.
    #[must_use]
    pub fn found(&self) -> bool {
        *self != Self::Passed
    }
}

/// A run of a suite on a thread of its own.
#[derive(Debug)]
pub struct SuiteRun(Receiver<SuiteVerdict>);

impl SuiteRun {
    /// Starts a suite, which returns an error or panics where a test fails. The panic is caught, and its message
    /// goes to the panic hook first.
    #[must_use]
    pub fn start(suite: impl FnOnce() -> Result<(), String> + Send + 'static) -> Self {
        let (done, verdict) = channel();
        // On a thread of its own, because a store that loses a callback makes the suite wait for ever,
        // and because a suite may sleep most of its time.
        thread::spawn(move || {
            let verdict = match std::panic::catch_unwind(AssertUnwindSafe(suite)) {
                Ok(Ok(())) => SuiteVerdict::Passed,
                Ok(Err(error)) => SuiteVerdict::Failed(error),
                Err(panic) => {
                    let text = panic.downcast_ref::<&str>().copied().map(str::to_owned);
                    let text = text.or_else(|| panic.downcast_ref::<String>().cloned());
                    SuiteVerdict::Failed(text.unwrap_or_default())
                }
            };
            // The caller may have stopped waiting.
            let _ = done.send(verdict);
        });
        Self(verdict)
    }

    /// Waits for the end.
    #[must_use]
    pub fn verdict(self) -> SuiteVerdict {
        self.0.recv_timeout(PATIENCE).unwrap_or(SuiteVerdict::Hung)
    }
}

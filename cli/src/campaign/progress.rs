//! The progress bar, the time budget and the interrupt key.

use std::io::{self, IsTerminal as _};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use openraft_timevault::verify::Progress;

/// A bar on standard error, if that is a terminal.
pub(crate) struct Bar {
    bar: Mutex<ProgressBar>,
    deadline: Option<Instant>,
    interrupted: Arc<AtomicBool>,
}

impl Bar {
    /// A bar that asks to stop when the time is up or the interrupt key is pressed.
    pub(crate) fn new(budget: Option<Duration>) -> io::Result<Self> {
        let interrupted = Arc::new(AtomicBool::new(false));
        let flag = Arc::clone(&interrupted);
        ctrlc::set_handler(move || flag.store(true, Ordering::Relaxed))
            .map_err(io::Error::other)?;
        Ok(Self {
            bar: Mutex::new(ProgressBar::hidden()),
            deadline: budget.map(|budget| Instant::now() + budget),
            interrupted,
        })
    }

    /// Whether the interrupt key was pressed.
    pub(crate) fn interrupted(&self) -> bool {
        self.interrupted.load(Ordering::Relaxed)
    }

    fn bar(&self) -> MutexGuard<'_, ProgressBar> {
        self.bar.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Prints while the bar is out of the way.
    pub(crate) fn suspend<T>(&self, print: impl FnOnce() -> T) -> T {
        self.bar().suspend(print)
    }

    /// Takes the bar away.
    pub(crate) fn finish(&self) {
        self.bar().finish_and_clear();
    }
}

impl Progress for Bar {
    fn phase(&self, name: &str, total: u64) {
        if !io::stderr().is_terminal() {
            return;
        }
        let bar = ProgressBar::new(total);
        if let Ok(style) =
            ProgressStyle::with_template("{msg:>16} {wide_bar} {pos}/{len} {elapsed_precise}")
        {
            bar.set_style(style);
        }
        bar.set_message(name.to_owned());
        let mut current = self.bar();
        current.finish_and_clear();
        *current = bar;
    }

    fn advance(&self, steps: u64) {
        self.bar().inc(steps);
    }

    fn stop(&self) -> bool {
        let is_over = |deadline| Instant::now() >= deadline;
        self.interrupted() || self.deadline.is_some_and(is_over)
    }
}

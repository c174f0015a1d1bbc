//! Who is told how far a campaign is.

/// Who is told how far a campaign is. Called from several threads.
pub trait Progress: Send + Sync {
    /// A phase begins that has `total` steps.
    fn phase(&self, name: &str, total: u64);

    /// So many more steps are done.
    fn advance(&self, steps: u64);

    /// Whether to stop early: the user interrupted, or the time is up.
    fn stop(&self) -> bool {
        false
    }
}

/// Nobody is told.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoProgress;

impl Progress for NoProgress {
    fn phase(&self, _name: &str, _total: u64) {}

    fn advance(&self, _steps: u64) {}
}

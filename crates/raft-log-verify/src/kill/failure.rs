//! A rule that was broken after a kill.

use std::fmt;
use std::io;
use std::path::Path;

use tempfile::TempDir;

use super::copied;
use crate::rules::Violation;

/// A rule that was broken after a kill.
#[derive(Debug)]
pub struct KillFailure {
    /// The round, from 0.
    pub round: u64,
    /// How often the child had been made to stand still, where it was killed as it stood.
    pub stop: Option<u64>,
    /// The rule.
    pub violation: Violation,
    /// What the child reported last.
    pub(super) heard: String,
    /// The directory as it was left, before anything opened it again.
    pub(super) left: TempDir,
}

impl KillFailure {
    /// Keeps the directory, as it was before anything opened it again, in place of what has that path.
    ///
    /// # Errors
    /// The machine refuses it.
    pub fn keep(&self, path: &Path) -> io::Result<()> {
        copied::keep(self.left.path(), path)
    }
}

/// When the process was killed, and what it had reported.
impl fmt::Display for KillFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "killed in round {}", self.round)?;
        if let Some(stop) = self.stop {
            write!(f, " where it was made to stand still, number {stop}")?;
        }
        write!(f, "; its last reports: {}", self.heard)
    }
}

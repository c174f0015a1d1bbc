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
    /// The round in which it was seen, from 0.
    pub round: u64,
    /// The round whose child left what is broken: this one, or the one before where the next open showed it.
    pub left_by: u64,
    /// How often that child had been made to stand still, where it was killed as it stood.
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

/// Which process left what is broken, and what it had reported.
impl fmt::Display for KillFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "left by the process of round {}", self.left_by)?;
        if let Some(stop) = self.stop {
            write!(f, ", killed at its stop {stop}")?;
        }
        write!(f, "; its last reports: {}", self.heard)
    }
}

//! Real processes: a child works on a store in a real directory and reports what it issues and what
//! is acknowledged; its parent kills it and compares what the next open shows.
//!
//! Child and parent draw the same operations from the same seed, so the report only has to say how
//! far the child came: the parent plans each write again and knows what it was. What an open shows
//! is reported as a number, [`LogImage::state_hash`](crate::reference::LogImage::state_hash), and
//! has to be that of an admissible state.

mod child;
mod event;
mod moment;
mod round;
mod script;
mod shadow;

use std::path::{Path, PathBuf};
use std::process::Command;

pub use child::serve;
pub use round::{KillFailure, Rounds};

/// Tells a child the directory of the store.
const DIR: &str = "OPENRAFT_TIMEVAULT_KILL_DIR";
/// Tells a child the seed of its operations.
const SEED: &str = "OPENRAFT_TIMEVAULT_KILL_SEED";
/// Tells a child the round.
const ROUND: &str = "OPENRAFT_TIMEVAULT_KILL_ROUND";

/// How to start a process that calls [`serve`] with the subject under test.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KillChild {
    /// The program.
    pub program: PathBuf,
    /// Its arguments.
    pub args: Vec<String>,
}

impl KillChild {
    fn command(&self, dir: &Path, seed: u64, round: u64) -> Command {
        let mut command = Command::new(&self.program);
        command
            .args(&self.args)
            .env(DIR, dir)
            .env(SEED, seed.to_string())
            .env(ROUND, round.to_string());
        command
    }
}

/// Whether this process was started as the child of a kill round.
#[must_use]
pub fn is_child() -> bool {
    std::env::var_os(DIR).is_some()
}

//! How the program ends.

use std::process::ExitCode;

/// How the program ends; the numbers are promised.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Everything that ran was clean.
    Clean = 0,
    /// A rule was broken, or a seeded bug was not found.
    Violation = 1,
    /// The command cannot be carried out as given.
    Usage = 2,
    #[cfg(feature = "campaign")]
    /// The repro file runs clean now.
    NotReproduced = 3,
    #[cfg(feature = "campaign")]
    /// Nothing ran, or too little to call it clean.
    NothingRan = 4,
    #[cfg(feature = "campaign")]
    /// The machine refused what the campaign needs, or the harness failed: nothing is said of the store.
    HarnessBroken = 5,
    #[cfg(feature = "campaign")]
    /// Interrupted; what ran was clean.
    Interrupted = 130,
}

/// For `--help`.
#[cfg(feature = "campaign")]
pub(crate) const EXIT_CODES: &str = "Exit codes:
  0    clean
  1    a rule was broken, or a seeded bug was not found
  2    wrong usage, or a file could not be read or written
  3    replay: the file runs clean now
  4    nothing ran, or too little to call it clean
  5    the machine refused what the campaign needs, or the harness failed: nothing is said of the store
  130  interrupted; what ran was clean";

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

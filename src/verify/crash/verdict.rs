//! A crash state that breaks a rule.

use std::fmt;

use timevault::sim_fs::CrashPoint;

use crate::verify::rules::Violation;
use crate::verify::runner::Failure;

/// How a program failed in the crash part.
#[derive(Debug, Clone)]
pub enum CrashFailure {
    /// Before any crash.
    Live(Failure),
    /// In what a crash left.
    Crash {
        /// Where the power was cut.
        point: CrashPoint,
        /// What of the pending was kept, as it is written in repro files.
        keep: String,
        /// The rule it breaks.
        violation: Violation,
    },
}

impl CrashFailure {
    /// The rule that is broken.
    #[must_use]
    pub fn violation(&self) -> &Violation {
        match self {
            Self::Live(failure) => &failure.violation,
            Self::Crash { violation, .. } => violation,
        }
    }
}

impl fmt::Display for CrashFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Live(failure) => failure.fmt(f),
            Self::Crash { violation, .. } => violation.fmt(f),
        }
    }
}

//! A crash state that breaks a rule.

use std::fmt;

use super::Cut;
use crate::rules::Violation;
use crate::runner::Failure;

/// How a program failed in the crash part.
#[derive(Debug, Clone)]
pub enum CrashFailure {
    /// Before any crash.
    Live(Failure),
    /// In what a crash left.
    Crash {
        /// The crashes: the first during the last operation, each further one inside the
        /// recovery from the one before.
        trail: Vec<Cut>,
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

    /// The crashes that led to it; none if it happened without one.
    #[must_use]
    pub fn trail(&self) -> &[Cut] {
        match self {
            Self::Live(_) => &[],
            Self::Crash { trail, .. } => trail,
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

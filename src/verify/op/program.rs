//! A whole program: where it begins and what it does.

use serde::{Deserialize, Serialize};

use super::{Op, StartState};
use crate::verify::subject::Tuning;

/// A program: the sizes the store works with, the state it begins in, and the operations.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Program {
    /// Sizes.
    pub tuning: Tuning,
    /// Where it begins.
    pub start: StartState,
    /// What it does.
    pub ops: Vec<Op>,
}

impl Program {
    /// A program on an empty store with small sizes.
    #[must_use]
    pub fn of(ops: Vec<Op>) -> Self {
        Self {
            tuning: Tuning::SMALL,
            start: StartState::Empty,
            ops,
        }
    }
}

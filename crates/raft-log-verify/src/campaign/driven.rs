//! A phase whose pieces are done, before it is concluded.

use super::report::{Phase, Verdict};

/// A phase whose pieces are done, before it is concluded.
pub(super) struct Driven {
    /// What the pieces came to.
    pub(super) phase: Phase,
    /// Pieces that passed.
    pub(super) passed: u64,
    /// The verdict, where the phase ended before its last piece.
    pub(super) ended: Option<Verdict>,
}

//! In which order tasks and callers take turns.

use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

/// Pieces of work that a task does at a time in the plain order and on threads.
pub(super) const LONG_TURN: usize = 16;

/// Most pieces of work that a task does at a time in an order that is drawn.
const SHORT_TURN: usize = 3;

/// In which order tasks and callers take turns.
#[derive(Debug, Default)]
pub(super) enum Order {
    /// Tasks run when the caller waits, one after the other, each to the end of its work.
    #[default]
    Waiting,
    /// Tasks may run between two calls as well, and stop after some of their work: drawn.
    Drawn(Box<ChaCha8Rng>),
}

impl Order {
    /// The order of that number; 0 is the plain one.
    pub(super) fn new(number: u64) -> Self {
        match number {
            0 => Self::Waiting,
            seed => Self::Drawn(Box::new(ChaCha8Rng::seed_from_u64(seed))),
        }
    }

    /// Whether a task runs now, although the caller waits for none.
    pub(super) fn runs_early(&mut self) -> bool {
        match self {
            Self::Waiting => false,
            Self::Drawn(rng) => rng.random_bool(0.5),
        }
    }

    /// Which of so many tasks is next.
    pub(super) fn next_of(&mut self, tasks: usize) -> usize {
        match self {
            Self::Drawn(rng) if tasks > 1 => rng.random_range(0..tasks),
            _ => 0,
        }
    }

    /// Pieces of work that a task does at a time.
    pub(super) fn turn(&mut self) -> usize {
        match self {
            Self::Waiting => LONG_TURN,
            Self::Drawn(rng) => rng.random_range(1..=SHORT_TURN),
        }
    }
}

//! Damage: bytes of a store's files changed, lost, misplaced or put back to older ones, while the
//! store was not open. What an open and a read of everything then come to is sorted into classes;
//! what belongs to none is a violation.

mod change;
mod judge;
mod left;
mod outcome;
mod places;
mod programs;
mod spans;

pub use change::{Change, Damage, Extension};
pub use judge::judge;
pub use left::{Ending, LeftStore};
pub use outcome::{Outcome, Tally};
pub use places::{Depth, places};
pub use programs::{LARGE_ENTRIES, LARGE_SEGMENTS, large, small};

/// Name of the phase, in reports and repro files.
pub const PHASE: &str = "damage";

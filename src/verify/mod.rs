//! The harness of [`raft_log_verify`], and what binds the store of this package to it.
//!
//! Programs of operations are run on the store under test and on a reference log in memory, and
//! compared after every step by the [rules] of the contract. On a simulated disk the power is cut
//! as well.

pub mod audit;
pub mod bugs;
mod corpus;
mod known;
pub mod races;
#[doc(hidden)]
pub mod raw;
mod seeded_bug;
mod store;

pub use known::Known;
pub use raft_log_verify::*;
pub use seeded_bug::SeededBug;
pub use store::{Timevault, timevault, timevault_with, typed};

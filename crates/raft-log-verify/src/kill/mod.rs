//! Real processes: a child works on a store in a real directory and reports what it issues and what
//! is acknowledged; its parent kills it and compares what the next open shows.
//!
//! Child and parent draw the same operations from the same seed, so the report only has to say how
//! far the child came: the parent plans each write again and knows what it was. What an open shows
//! is reported as a number, [`LogImage::state_hash`](crate::reference::LogImage::state_hash), and
//! has to be that of an admissible state.
//!
//! Before it is killed, the child is made to stand still a few times. A copy of its directory is what a
//! kill at that moment would leave, and its report is drained up to that moment, so a copy is judged as
//! the directory is. What a copy seems to break is believed only when the child is killed there and its
//! directory breaks it too: a store may look at the process that holds it, or at its own path.

mod asked;
mod child;
mod copied;
mod event;
mod failure;
mod kill_child;
mod moment;
mod process;
mod round;
mod script;
mod shadow;
mod system;
mod values;

pub use asked::{is_child, serve_if_asked};
pub use child::serve;
pub use failure::KillFailure;
pub use kill_child::KillChild;
pub use round::Rounds;
pub(crate) use system::STANDS;

/// Tells a child the directory of the store.
const DIR: &str = "OPENRAFT_TIMEVAULT_KILL_DIR";
/// Tells a child the seed of its operations.
const SEED: &str = "OPENRAFT_TIMEVAULT_KILL_SEED";
/// Tells a child the round.
const ROUND: &str = "OPENRAFT_TIMEVAULT_KILL_ROUND";
/// Tells a child the name of the store.
const STORE: &str = "OPENRAFT_TIMEVAULT_KILL_STORE";
/// Tells a child which of the calls of [`serve_if_asked`] for that store serves.
const NTH: &str = "OPENRAFT_TIMEVAULT_KILL_NTH";

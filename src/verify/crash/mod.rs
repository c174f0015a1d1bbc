//! The crash part: programs are run once on a recorded disk, and every state that a power cut may
//! leave of it is opened and judged.

mod explore;
mod initial_state;
pub mod judge;
mod recording;
mod verdict;

pub use explore::{Explored, KILL, explore, replay_state};
pub use recording::Recording;
pub use verdict::CrashFailure;

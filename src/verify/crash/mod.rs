//! The crash part: programs are run once on a recorded disk, and every state that a power cut may
//! leave of it is opened and judged.

pub mod damage;
mod explore;
mod initial_state;
pub mod judge;
mod recording;
mod recovery_faults;
mod verdict;

pub use explore::{Explored, KILL, explore, replay_state};
pub use recording::Recording;
pub use recovery_faults::recovery_faults;
pub use verdict::CrashFailure;

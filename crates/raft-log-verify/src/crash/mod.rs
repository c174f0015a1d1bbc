//! The crash part: programs are run once on a recorded disk, and every state that a crash may
//! leave of it is opened and judged.

mod aftermath;
mod again;
mod allowed;
mod control;
mod cut;
mod drawing;
mod explore;
mod judged;
mod memory;
mod met;
mod recording;
mod recovery_faults;
mod scope;
mod shape;
mod simplest;
mod state;
mod timeline;
mod verdict;

pub(crate) use again::Again;
pub use control::{Control, control};
pub use cut::{Cut, KILL, Left};
pub use drawing::{Drawing, DrawnCall, Durability, Moment};
pub use explore::{Explored, explore, replay_state};
pub use judged::Judged;
pub(crate) use memory::Memory;
pub use met::Met;
pub use recording::Recording;
pub use recovery_faults::recovery_faults;
pub use scope::{Aftermath, Scope};
pub use simplest::simplest;
pub use timeline::timeline;
pub use verdict::CrashFailure;

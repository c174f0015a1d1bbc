//! Drives a store and the reference log through a program, and compares them after every step.

mod aim;
mod author;
mod burst;
mod disk;
mod execute;
mod faults;
mod lifecycle;
mod limit;
mod mounted;
mod names;
mod plan;
mod reads;
mod run;
mod watch;

pub use aim::{Aim, CallId, Way};
pub use disk::Disk;
pub(crate) use disk::Steps;
pub use mounted::Mounted;
pub use run::{Failure, Run};
pub use watch::Watch;

pub(crate) use execute::Done;
pub(crate) use limit::{in_time, of_store};
pub(crate) use mounted::{MOUNTS, Recorded, serve_disk_if_asked, written_out};
pub(crate) use names::store_dir;
pub(crate) use plan::Planned;

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
mod recorded;
mod run;
mod sync_all;
mod watch;

pub use aim::{Aim, CallId, Way};
pub use disk::Disk;
pub(crate) use disk::Steps;
pub use mounted::{Mounted, can_mount, serve_disk_if_asked};
pub use run::{Failure, Run};
pub use watch::Watch;

pub(crate) use execute::Done;
pub(crate) use limit::{in_time, of_store};
pub(crate) use mounted::{Calls, MOUNTS, Recorded, unseen_syncs};
pub(crate) use plan::Planned;

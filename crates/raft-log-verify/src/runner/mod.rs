//! Drives a store and the reference log through a program, and compares them after every step.

mod aim;
mod author;
mod burst;
mod disk;
mod execute;
mod faults;
mod lifecycle;
mod limit;
#[cfg(all(target_os = "linux", feature = "mount"))]
mod mounted;
#[cfg(not(all(target_os = "linux", feature = "mount")))]
#[path = "unmounted.rs"]
mod mounted;
mod names;
mod plan;
mod reads;
mod recorded;
mod run;
mod sync_all;
mod watch;

pub use aim::{Aim, CallId, Way};
pub use disk::{Disk, can_mount};
pub(crate) use disk::{Recorded, Steps};
pub use mounted::{Mounted, serve_disk_if_asked};
pub use run::{Failure, Run};
pub use watch::Watch;

pub(crate) use execute::Done;
pub(crate) use limit::{in_time, of_store};
pub(crate) use mounted::{Calls, MOUNTS, unseen_syncs};

//! The disk that a crash has left, as often as something else is to happen on it.

use std::sync::Arc;

use crash_disk::sim::{CrashPoint, SimFs};

use crate::halt;
use crate::runner::{Calls, Disk, Mounted};
use crate::subject::Subject;

/// The disk that a crash has left, as often as something else is to happen on it.
pub(crate) enum Again<'a> {
    /// In memory.
    Simulated(&'a SimFs),
    /// Behind the kernel.
    Mounted {
        /// What it shows.
        disk: &'a SimFs,
        /// The calls and the moment at which a process was killed, so that what was pending is pending still.
        killed: Option<(&'a Calls, CrashPoint)>,
    },
}

impl Again<'_> {
    /// The disk, once more.
    pub(crate) fn disk<S: Subject>(&self, subject: &S) -> Disk {
        match (self, subject.disk_server()) {
            (Self::Mounted { disk, killed }, Some(server)) => {
                let mounted = match *killed {
                    Some(killed) => Mounted::killed(&server, killed),
                    None => Mounted::holding(&server, disk),
                };
                let mounted =
                    mounted.unwrap_or_else(|error| halt::give_up("no disk can be mounted", &error));
                Disk::Mounted(Arc::new(mounted))
            }
            (Self::Simulated(disk) | Self::Mounted { disk, .. }, _) => {
                Disk::Simulated(disk.process_kill())
            }
        }
    }
}

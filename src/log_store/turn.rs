//! Opens of one log in this process, one after the other.
//!
//! An open whose future was dropped goes on to its end and holds the log until then. Another open of the
//! log meanwhile would be refused, although nobody has the log open. So an open waits for one of the same log that is under way, and only then looks who has the log: nobody, a store that
//! is being closed, which it waits for as well, or a store that is in use.

use std::path::{Path, PathBuf};

use crash_disk::{FileSystem, FsId};
use timevault::CLOSE_WAIT;
use uuid::Uuid;

use super::sync::{Condvar, Mutex, PoisonError, meeting_point, planted};

meeting_point! {
    /// Logs that are being opened; as many as there are threads that open, at most.
    OPENING: Mutex<Vec<LogKey>> = Mutex::new(Vec::new())
}
meeting_point! {
    /// Told whenever one of them is open, or could not be opened.
    OPENED: Condvar = Condvar::new()
}

/// Tells the logs of this process apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct LogKey {
    fs: FsId,
    root: PathBuf,
    id: Uuid,
}

impl LogKey {
    /// The log with this id in the store at `root`.
    pub(super) fn new(fs: &dyn FileSystem, root: &Path, id: Uuid) -> Self {
        Self {
            fs: fs.id(),
            // A path that has no absolute form is refused by the open.
            root: std::path::absolute(root).unwrap_or_else(|_| root.to_path_buf()),
            id,
        }
    }
}

/// The right to open one log, while no other open of it is under way. Given back when dropped.
#[derive(Debug)]
pub(super) struct Turn(Option<LogKey>);

impl Turn {
    /// Waits for the open that is under way, up to [`CLOSE_WAIT`]. After that it goes on without a
    /// turn, and the open tells who holds the log.
    pub(super) fn take(log: LogKey) -> Self {
        let opening = OPENING.lock().unwrap_or_else(PoisonError::into_inner);
        let (mut opening, waited) = OPENED
            .wait_timeout_while(opening, CLOSE_WAIT, |opening| opening.contains(&log))
            .unwrap_or_else(PoisonError::into_inner);
        if waited.timed_out() {
            return Self(None);
        }
        if !planted("turn-not-taken") {
            opening.push(log.clone());
        }
        Self(Some(log))
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let Some(log) = self.0.take() else { return };
        OPENING
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .retain(|other| *other != log);
        if !planted("turn-not-passed-on") {
            OPENED.notify_all();
        }
    }
}

//! Lets an open wait for a store that is just closing in this process.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Condvar, LazyLock, Mutex, PoisonError};

use tokio::sync::oneshot;

static CLOSING: LazyLock<Mutex<HashMap<PathBuf, usize>>> = LazyLock::new(Mutex::default);
static CLOSED: Condvar = Condvar::new();

/// A store of this directory is closing, until this is dropped.
#[derive(Debug)]
pub(crate) struct Closing {
    dir: PathBuf,
    /// Dropped at the end, which tells who closed the store.
    _ends: Option<oneshot::Sender<()>>,
}

impl Closing {
    pub(crate) fn begin(dir: &Path, ends: Option<oneshot::Sender<()>>) -> Self {
        let mut closing = CLOSING.lock().unwrap_or_else(PoisonError::into_inner);
        *closing.entry(dir.to_owned()).or_default() += 1;
        Self {
            dir: dir.to_owned(),
            _ends: ends,
        }
    }

    /// Waits until no store of this directory is closing. Whether there was one to wait for.
    ///
    /// Simulated disks share their paths, so it may wait for others. Who need not wait must not ask:
    /// among many busy disks there may be one that is closing at any time.
    pub(crate) fn wait(dir: &Path) -> bool {
        let mut closing = CLOSING.lock().unwrap_or_else(PoisonError::into_inner);
        let mut waited = false;
        while closing.contains_key(dir) {
            waited = true;
            closing = CLOSED.wait(closing).unwrap_or_else(PoisonError::into_inner);
        }
        waited
    }
}

impl Drop for Closing {
    fn drop(&mut self) {
        let mut closing = CLOSING.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = closing.get_mut(&self.dir) {
            *count -= 1;
            if *count == 0 {
                closing.remove(&self.dir);
            }
        }
        CLOSED.notify_all();
    }
}

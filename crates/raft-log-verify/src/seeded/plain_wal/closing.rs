//! Lets an open wait for a store that is closing in this process.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Condvar, LazyLock, Mutex, PoisonError};

use crash_disk::FsId;
use tokio::sync::oneshot;

use crate::subject::Place;

static CLOSING: LazyLock<Mutex<HashMap<Dir, usize>>> = LazyLock::new(Mutex::default);
static CLOSED: Condvar = Condvar::new();

/// A directory, which its path alone does not name: simulated disks share their paths.
type Dir = (FsId, PathBuf);

fn dir_of(place: &Place) -> Dir {
    (place.fs.id(), place.dir.clone())
}

/// A store of this directory is closing, until this is dropped.
#[derive(Debug)]
pub(crate) struct Closing {
    dir: Dir,
    /// Its drop at the end wakes the caller that closed the store.
    _ends: Option<oneshot::Sender<()>>,
}

impl Closing {
    pub(crate) fn begin(place: &Place, ends: Option<oneshot::Sender<()>>) -> Self {
        let dir = dir_of(place);
        let mut closing = CLOSING.lock().unwrap_or_else(PoisonError::into_inner);
        *closing.entry(dir.clone()).or_default() += 1;
        Self { dir, _ends: ends }
    }

    /// Waits until no store of this directory is closing; tells whether there was one to wait for.
    pub(crate) fn wait(place: &Place) -> bool {
        let dir = dir_of(place);
        let mut closing = CLOSING.lock().unwrap_or_else(PoisonError::into_inner);
        let mut waited = false;
        while closing.contains_key(&dir) {
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

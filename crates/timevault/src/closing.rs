//! Partitions of this process that are being closed.
//!
//! A writer that was told to stop may have work left; until that is done, the writer holds the partition and
//! the store's lock. An open in that time should wait; an open while the writer is in use should be refused
//! at once. The owner tells the two apart with a mark that it sets when it lets go.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use uuid::Uuid;

use crash_disk::{FileSystem, FsId};

use crate::error::Error;
use crate::sync::{Condvar, Mutex, MutexGuard, PoisonError, lock, meeting_point, planted};

/// Longest wait of an open for a partition that is being closed.
pub const CLOSE_WAIT: Duration = Duration::from_secs(30);

meeting_point! {
    /// Stores with marked partitions, and how many each has.
    CLOSING: Mutex<Option<HashMap<StoreKey, usize>>> = Mutex::new(None)
}
meeting_point! {
    /// Told whenever there is one less.
    CLOSED: Condvar = Condvar::new()
}

/// Tells the stores of this process apart. The root alone would not: disks in memory may share
/// their paths, and an open on one must not wait for another.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct StoreKey {
    fs: FsId,
    root: PathBuf,
}

impl StoreKey {
    pub(crate) fn new(fs: &dyn FileSystem, root: &Path) -> Self {
        Self {
            fs: fs.id(),
            root: root.to_path_buf(),
        }
    }
}

/// Says that the owner of a partition has let go of it; see
/// [`Partition::closing_mark`](crate::Partition::closing_mark).
#[derive(Debug, Clone)]
pub struct ClosingMark(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    store: StoreKey,
    stage: Mutex<Stage>,
    partitions: Arc<OpenPartitions>,
    id: Uuid,
}

/// How far the partition is on its way out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Open,
    /// The mark is set: opens wait.
    Marked,
    /// Given back; a mark that is set now would never be taken back.
    Ended,
}

impl ClosingMark {
    pub(crate) fn new(store: StoreKey, partitions: Arc<OpenPartitions>, id: Uuid) -> Self {
        Self(Arc::new(Inner {
            store,
            stage: Mutex::new(Stage::Open),
            partitions,
            id,
        }))
    }

    /// From now on an open of this partition or its store in this process waits, up to
    /// [`CLOSE_WAIT`], instead of being refused. Does nothing once the partition is closed. Waits
    /// for nothing but other marks.
    pub fn mark(&self) {
        let mut stage = self.stage();
        if *stage == Stage::Open {
            *stage = Stage::Marked;
            self.0.partitions.set_closing(self.0.id);
            *lock(&CLOSING)
                .get_or_insert_default()
                .entry(self.0.store.clone())
                .or_default() += 1;
        }
    }

    /// Runs `give_back`, which lets go of the partition and of its hold on the lock, and then tells
    /// those who wait for it.
    pub(crate) fn end(&self, give_back: impl FnOnce()) {
        // Ended before given back, because the next owner's partition must not be marked by this.
        let marked = std::mem::replace(&mut *self.stage(), Stage::Ended) == Stage::Marked;
        give_back();
        if marked {
            let mut stores = lock(&CLOSING);
            let stores = stores.get_or_insert_default();
            if let Some(count) = stores.get_mut(&self.0.store) {
                *count -= 1;
                if *count == 0 {
                    stores.remove(&self.0.store);
                }
            }
            if !planted("closed-not-told") {
                CLOSED.notify_all();
            }
        }
    }

    fn stage(&self) -> MutexGuard<'_, Stage> {
        lock(&self.0.stage)
    }
}

fn holds(closing: &Option<HashMap<StoreKey, usize>>, store: &StoreKey) -> bool {
    closing
        .as_ref()
        .is_some_and(|stores| stores.contains_key(store))
}

/// Whether a partition of the store is being closed.
pub(crate) fn is_closing(store: &StoreKey) -> bool {
    holds(&lock(&CLOSING), store)
}

/// Waits until no partition of the store is being closed, or the time is up.
pub(crate) fn wait(store: &StoreKey, deadline: Instant) {
    let stores = lock(&CLOSING);
    let left = deadline.saturating_duration_since(Instant::now());
    let _waited = CLOSED
        .wait_timeout_while(stores, left, |stores| holds(stores, store))
        .unwrap_or_else(PoisonError::into_inner);
}

/// The partitions of one store that are open, and whether they are being closed.
#[derive(Debug, Default)]
pub(crate) struct OpenPartitions {
    closing: Mutex<HashMap<Uuid, bool>>,
    changed: Condvar,
}

impl OpenPartitions {
    /// Takes the partition for one writer, after waiting for one that is being closed.
    ///
    /// # Errors
    /// [`Error::PartitionInUse`], [`Error::PartitionClosing`].
    pub(crate) fn take(&self, id: Uuid) -> Result<(), Error> {
        let (mut open, wait) = self
            .changed
            .wait_timeout_while(lock(&self.closing), CLOSE_WAIT, |open| {
                open.get(&id) == Some(&true)
            })
            .unwrap_or_else(PoisonError::into_inner);
        if wait.timed_out() {
            return Err(Error::PartitionClosing { id });
        }
        match open.get(&id) {
            Some(_) => Err(Error::PartitionInUse { id }),
            None => {
                open.insert(id, false);
                Ok(())
            }
        }
    }

    fn set_closing(&self, id: Uuid) {
        lock(&self.closing).insert(id, true);
    }

    /// Gives the partition back.
    pub(crate) fn release(&self, id: Uuid) {
        lock(&self.closing).remove(&id);
        if !planted("release-not-told") {
            self.changed.notify_all();
        }
    }
}

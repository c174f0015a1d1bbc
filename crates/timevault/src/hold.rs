//! What an open partition holds: its store, with the store's lock, and the right to write one partition.
//! And how directories are made in a store.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use uuid::Uuid;

use crate::closing::{ClosingMark, OpenPartitions, StoreKey};
use crate::config::StoreOptions;
use crate::error::{Error, IoContext};
use crate::layout;
use crash_disk::{File, FileSystem, SyncSite};

/// The open store, as its partitions hold it.
#[derive(Debug)]
pub(crate) struct StoreInner {
    pub(crate) root: PathBuf,
    pub(crate) options: StoreOptions,
    pub(crate) open: Arc<OpenPartitions>,
    _lock: Box<dyn File>,
}

impl StoreInner {
    /// A store whose lock is held.
    pub(crate) fn new(root: PathBuf, options: StoreOptions, lock: Box<dyn File>) -> Self {
        Self {
            root,
            options,
            open: Arc::default(),
            _lock: lock,
        }
    }
}

/// The right to write one partition: taken in the store, given back when dropped.
#[derive(Debug)]
pub(crate) struct PartitionHold {
    pub(crate) id: Uuid,
    pub(crate) mark: ClosingMark,
    /// `None` only while being dropped.
    store: Option<Arc<StoreInner>>,
    pub(crate) dir: PathBuf,
    pub(crate) options: StoreOptions,
}

impl PartitionHold {
    pub(crate) fn new(store: Arc<StoreInner>, id: Uuid) -> Self {
        let key = StoreKey::new(&*store.options.fs, &store.root);
        let mark = ClosingMark::new(key, Arc::clone(&store.open), id);
        let dir = layout::partition_dir(&store.root, id);
        let options = store.options.clone();
        Self {
            id,
            mark,
            store: Some(store),
            dir,
            options,
        }
    }
}

impl Drop for PartitionHold {
    fn drop(&mut self) {
        let store = self.store.take();
        self.mark.end(|| {
            if let Some(store) = store {
                store.open.release(self.id);
                // The lock goes with the last holder of the store, and must be gone before the opens
                // that wait for the close go on.
                drop(store);
            }
        });
    }
}

/// Creates a directory unless it is there.
pub(crate) fn create_dir(fs: &dyn FileSystem, dir: &Path) -> Result<(), Error> {
    match fs.create_dir(dir) {
        Err(e) if e.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        result => result.context("create directory", dir),
    }
}

/// Makes the directory's own entry durable.
pub(crate) fn sync_parent(fs: &dyn FileSystem, dir: &Path, site: SyncSite) -> Result<(), Error> {
    match dir.parent() {
        Some(parent) => fs.sync_dir(parent, site).context("sync", parent),
        None => Ok(()),
    }
}

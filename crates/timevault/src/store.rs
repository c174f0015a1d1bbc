//! A store: a root directory with a write lock, and the partitions in it.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use uuid::Uuid;

use crate::closing::{self, CLOSE_WAIT, StoreKey};
use crate::config::{PartitionConfig, StoreOptions};
use crate::error::{Error, IoContext};
use crate::format::FormatPlugin;
use crate::hold::{PartitionHold, StoreInner, create_dir, sync_parent};
use crate::layout;
use crate::partition::{self, Partition};
use crash_disk::{self as fs, File, FileSystem, SyncSite};

/// Most bytes of a lock file that an error shows.
const HOLDER_LEN: usize = 64;

/// A store that is open for writing. Clones share it; the lock is held until the last clone and
/// the last open partition are gone. Readers do not hold it.
#[derive(Debug, Clone)]
pub struct Store {
    inner: Arc<StoreInner>,
}

impl Store {
    /// Opens the store at `root` for writing, and creates it if there is none.
    ///
    /// When this returns, the store's own directories are durable. If a partition of the store is
    /// just being closed in this process, waits for it, up to [`CLOSE_WAIT`].
    ///
    /// # Errors
    /// [`Error::StoreLocked`] when it is open for writing in this process or another.
    pub fn open(root: impl AsRef<Path>, options: StoreOptions) -> Result<Self, Error> {
        let root = std::path::absolute(root.as_ref()).context("resolve", root.as_ref())?;
        create_root(&*options.fs, &root)?;
        let lock = take_lock(&*options.fs, &root)?;
        Ok(Self {
            inner: Arc::new(StoreInner::new(root, options, lock)),
        })
    }

    /// Creates a partition and opens it. Over a half-made one, left by a crash while it was
    /// created, it is made anew.
    ///
    /// When this returns, the partition is durable.
    ///
    /// # Errors
    /// [`Error::PartitionExists`]; [`Error::Damaged`] when there is no metadata but something that
    /// only a finished partition has; [`Error::InvalidConfig`].
    pub fn create_partition(
        &self,
        id: Uuid,
        config: PartitionConfig,
        plugin: Arc<dyn FormatPlugin>,
    ) -> Result<Partition, Error> {
        config.validate()?;
        let hold = self.take(id)?;
        partition::create(&self.inner, id, &config, &*plugin)?;
        partition::open(hold, plugin)
    }

    /// Opens a partition for writing and brings it to a state that the next power cut can't
    /// change: finishes what a crash cut short and syncs what it shows.
    ///
    /// If the partition is just being closed in this process, waits for it, up to [`CLOSE_WAIT`].
    ///
    /// # Errors
    /// [`Error::PartitionNotFound`], [`Error::PartitionInUse`], [`Error::PartitionClosing`],
    /// [`Error::UnknownPlugin`], [`Error::UnsupportedVersion`], [`Error::Damaged`], [`Error::Io`].
    /// After an error about the partition's contents nothing in it has changed, except that
    /// leftover temporary files are gone.
    pub fn open_partition(
        &self,
        id: Uuid,
        plugin: Arc<dyn FormatPlugin>,
    ) -> Result<Partition, Error> {
        partition::open(self.take(id)?, plugin)
    }

    fn take(&self, id: Uuid) -> Result<PartitionHold, Error> {
        self.inner.open.take(id)?;
        Ok(PartitionHold::new(Arc::clone(&self.inner), id))
    }

    /// The partitions in the store, ascending. Half-made ones are left out.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn list_partitions(&self) -> Result<Vec<Uuid>, Error> {
        let StoreInner { root, options, .. } = &*self.inner;
        let fs = &*options.fs;
        let mut dirs = vec![root.join(layout::PARTITIONS)];
        for _ in 1..layout::PARTS {
            let below = dirs.iter().map(|dir| directories(fs, dir));
            dirs = below.collect::<Result<Vec<_>, _>>()?.concat();
        }
        let mut found = Vec::new();
        for dir in dirs {
            let Some(id) = layout::id_in_place(root, &dir) else {
                continue;
            };
            let entries = fs.read_dir(&dir).context("list", &dir)?;
            if entries.iter().any(|entry| entry.name == layout::METADATA) {
                found.push(id);
            }
        }
        found.sort_unstable();
        Ok(found)
    }

    /// Directory of a partition, whether there is one or not.
    #[must_use]
    pub fn partition_path(&self, id: Uuid) -> PathBuf {
        layout::partition_dir(&self.inner.root, id)
    }

    /// The store's directory, absolute.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.inner.root
    }

    /// The file system that holds the store.
    #[must_use]
    pub fn fs(&self) -> &Arc<dyn FileSystem> {
        &self.inner.options.fs
    }

    /// The options it was opened with.
    #[must_use]
    pub fn options(&self) -> &StoreOptions {
        &self.inner.options
    }
}

/// Creates what is missing of the root and `partitions/`.
fn create_root(fs: &dyn FileSystem, root: &Path) -> Result<(), Error> {
    let partitions = root.join(layout::PARTITIONS);
    if fs.read_dir(&partitions).is_ok() {
        return Ok(());
    }
    let missing: Vec<&Path> = root
        .ancestors()
        .take_while(|dir| fs.read_dir(dir).is_err())
        .collect();
    // O2: the entry of the lowest existing directory before anything is made in it, because the process that
    // made that directory may have been killed before its sync, and a power cut would then take everything
    // below it away. Each directory's entry before the next is made, so that at most one entry is unsynced;
    // and the root's before `partitions/`, because an open that finds `partitions/` looks no further.
    if let Some(there) = root.ancestors().nth(missing.len()) {
        sync_parent(fs, there, SyncSite::here())?;
    }
    for dir in missing.into_iter().rev() {
        create_dir(fs, dir)?;
        sync_parent(fs, dir, SyncSite::here())?;
    }
    // Its own entry is synced by the creation of a partition.
    create_dir(fs, &partitions)
}

/// Takes the lock without waiting, and without writing to the lock file who holds it.
pub(crate) fn try_lock(fs: &dyn FileSystem, path: &Path) -> Result<Box<dyn File>, Error> {
    match fs.lock(path) {
        Err(e) if e.kind() == io::ErrorKind::WouldBlock => Err(Error::StoreLocked {
            path: path.to_path_buf(),
            holder: holder(fs, path),
        }),
        result => result.context("lock", path),
    }
}

fn take_lock(fs: &dyn FileSystem, root: &Path) -> Result<Box<dyn File>, Error> {
    let path = root.join(layout::LOCK_FILE);
    let key = StoreKey::new(fs, root);
    let deadline = Instant::now() + CLOSE_WAIT;
    loop {
        // Asked before the attempt, because the closing may end between the two.
        let closing = closing::is_closing(&key);
        match try_lock(fs, &path) {
            Ok(file) => {
                let text = format!("pid={}\n", std::process::id());
                file.set_len(0).context("write lock file", &path)?;
                fs::write_all_at(&*file, text.as_bytes(), 0).context("write lock file", &path)?;
                return Ok(file);
            }
            Err(Error::StoreLocked { .. }) if closing && Instant::now() < deadline => {
                closing::wait(&key, deadline);
            }
            Err(error) => return Err(error),
        }
    }
}

/// What the lock file says; only for an error text, so any trouble is an empty answer.
pub(crate) fn holder(fs: &dyn FileSystem, path: &Path) -> String {
    let bytes = fs::read_whole(fs, path).unwrap_or_default();
    let text = String::from_utf8_lossy(bytes.get(..HOLDER_LEN.min(bytes.len())).unwrap_or(&[]));
    text.trim().to_string()
}

fn directories(fs: &dyn FileSystem, dir: &Path) -> Result<Vec<PathBuf>, Error> {
    let entries = fs.read_dir(dir).context("list", dir)?;
    Ok(entries
        .into_iter()
        .filter(|e| e.is_dir)
        .map(|e| dir.join(e.name))
        .collect())
}

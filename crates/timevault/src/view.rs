//! The view that readers see: the partition at one moment, changed by the writer.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use crate::block_rule::BlockRule;
use crate::chunk::ChunkHandle;
use crate::error::{Error, IoContext};
use crate::format::FormatPlugin;
use crate::sync::{Mutex, MutexGuard, lock, planted};
use crash_disk::{Access, File, FileSystem};

/// Chunks that one partition keeps open for reading, each with a file descriptor.
pub const MAX_OPEN_CHUNKS: usize = 8;

/// The partition at one moment. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub(crate) struct View {
    /// Live chunks, ascending; the last is the open one.
    pub(crate) chunks: Arc<Vec<Arc<ChunkHandle>>>,
    /// Whether the last chunk is open, so that `end` applies to it.
    pub(crate) has_open: bool,
    /// Logical length of the open chunk: after its last record, before any filling.
    pub(crate) end: u64,
    /// Key of the first record of the open chunk that is in no block yet.
    pub(crate) tail_key: Option<u64>,
    /// Key of the last record, hidden ones included.
    pub(crate) last_key: Option<u64>,
    /// Records with this key and below are hidden.
    pub(crate) purged: Option<u64>,
    /// Counts truncates and purges: a read that saw it change is void.
    pub(crate) epoch: u64,
}

impl View {
    /// Key of the last record that is not hidden.
    pub(crate) fn last_visible(&self) -> Option<u64> {
        self.last_key
            .filter(|last| self.purged.is_none_or(|purged| *last > purged))
    }

    /// Whether this chunk file is one of the partition's.
    fn shows(&self, serial: u64) -> bool {
        self.chunks.iter().any(|chunk| chunk.serial == serial)
    }
}

/// What the writer and the readers of a partition share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) fs: Arc<dyn FileSystem>,
    pub(crate) plugin: Arc<dyn FormatPlugin>,
    pub(crate) dir: PathBuf,
    pub(crate) rule: BlockRule,
    view: Mutex<View>,
    /// Held while bytes that a reader may be reading are taken away, and by a reader that was
    /// disturbed too often. Never held across a sync.
    gate: Mutex<()>,
    failed: OnceLock<Arc<Error>>,
    closed: AtomicBool,
    open_files: Mutex<VecDeque<(u64, Arc<dyn File>)>>,
}

impl Shared {
    pub(crate) fn new(
        fs: Arc<dyn FileSystem>,
        plugin: Arc<dyn FormatPlugin>,
        dir: PathBuf,
        rule: BlockRule,
    ) -> Self {
        Self {
            fs,
            plugin,
            dir,
            rule,
            view: Mutex::default(),
            gate: Mutex::default(),
            failed: OnceLock::new(),
            closed: AtomicBool::new(false),
            open_files: Mutex::default(),
        }
    }

    /// The present view.
    ///
    /// # Errors
    /// The partition's first failure, or [`Error::Closed`].
    pub(crate) fn view(&self) -> Result<View, Error> {
        self.check_usable()?;
        Ok(lock(&self.view).clone())
    }

    pub(crate) fn check_usable(&self) -> Result<(), Error> {
        if let Some(first) = self.failed.get() {
            return Err(Error::Failed {
                first: Arc::clone(first),
            });
        }
        if self.closed.load(Ordering::Acquire) {
            return Err(Error::Closed);
        }
        Ok(())
    }

    /// Changes the view without disturbing readers under way: records were added.
    pub(crate) fn publish(&self, change: impl FnOnce(&mut View)) {
        change(&mut lock(&self.view));
    }

    /// Changes the view and makes readers under way begin again: records are going away.
    pub(crate) fn publish_removal(&self, change: impl FnOnce(&mut View)) {
        let _gate = (!planted("removal-without-gate")).then(|| self.gate());
        let mut view = lock(&self.view);
        view.epoch += u64::from(!planted("epoch-not-raised"));
        change(&mut view);
        // An open file keeps its place on the disk after it was removed.
        lock(&self.open_files).retain(|(serial, _)| view.shows(*serial));
    }

    /// Nothing is removed while this is held.
    pub(crate) fn gate(&self) -> MutexGuard<'_, ()> {
        lock(&self.gate)
    }

    pub(crate) fn epoch(&self) -> u64 {
        lock(&self.view).epoch
    }

    /// Remembers the first failure; from now on everything is refused with it. O14: before anything
    /// else is written, because a failed sync may have dropped pages that a later one passes over.
    pub(crate) fn fail(&self, error: Error) -> Error {
        match error {
            Error::Failed { .. } => error,
            error => {
                let first = Arc::clone(self.failed.get_or_init(|| Arc::new(error)));
                tracing::error!(partition = %self.dir.display(), error = %first,
                    "write failed; refusing everything until the partition is reopened");
                Error::Failed { first }
            }
        }
    }

    pub(crate) fn close(&self) {
        let _view = lock(&self.view);
        self.closed.store(true, Ordering::Release);
        lock(&self.open_files).clear();
    }

    /// A handle to read the chunk with; the most recently used ones stay open.
    pub(crate) fn chunk_file(&self, chunk: &ChunkHandle) -> Result<Arc<dyn File>, Error> {
        let mut files = lock(&self.open_files);
        if let Some(at) = files.iter().position(|(serial, _)| *serial == chunk.serial)
            && let Some((serial, file)) = files.remove(at)
        {
            files.push_back((serial, Arc::clone(&file)));
            return Ok(file);
        }
        drop(files);
        let file: Arc<dyn File> = self
            .fs
            .open(&chunk.path, Access::Read)
            .context("open chunk", &chunk.path)?
            .into();
        // Held, so that the chunk is not removed, nor the partition closed, before the file is there
        // to be dropped with it.
        let view = lock(&self.view);
        if view.shows(chunk.serial) && !self.closed.load(Ordering::Acquire) {
            let mut files = lock(&self.open_files);
            if files.len() >= MAX_OPEN_CHUNKS {
                files.pop_front();
            }
            files.push_back((chunk.serial, Arc::clone(&file)));
        }
        Ok(file)
    }
}

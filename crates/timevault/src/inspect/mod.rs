//! Looking at a store from outside: is it whole, and what is in it?
//!
//! Nothing here writes, takes the lock or needs to be alone: it works on a copy, on a read-only mount
//! and beside a running writer. What is damage and what a crash leaves is decided by the same code that
//! an open decides with. Chunks are streamed: memory is bounded by the longest record and the
//! index of one chunk.
//!
//! The exceptions are what a repair calls: [`Inspector::lock_for_repair`] takes the lock of the store,
//! and under it [`Inspector::rebuild_index`] writes an index anew and [`Inspector::remove_leftover`]
//! removes a file.

mod chunk;
mod contents;
mod creation;
mod finding;
mod kind;
mod listing;
mod observer;
mod partition;
mod repair;
mod scan;
mod target;

use std::path::Path;
use std::sync::Arc;

pub use chunk::{ChunkReport, MAX_LINES_TOLD};
pub use contents::{ChunkSummary, Contents};
pub use finding::{Finding, worst};
pub use kind::*;
pub use observer::{Observer, StoredRecord};
pub use partition::{A_DIRECTORY, PartitionReport};
pub use repair::RepairLock;
pub use target::Target;

use crate::error::{Error, IoContext};
use crate::format::FormatPlugin;
use crate::layout::{self, ChunkFile};
use crate::lines::Lines;
use crate::metadata::Metadata;
use crate::scan::LineScan;
use crash_disk::{Access, FileSystem};

/// Most bytes of a record that are read to find out its format.
const MAX_GUESS_BYTES: u64 = 1 << 20;

/// Looks at stores through a file system, with the format plugins that it knows.
#[derive(Debug, Clone)]
pub struct Inspector {
    fs: Arc<dyn FileSystem>,
    plugins: Vec<Arc<dyn FormatPlugin>>,
}

impl Inspector {
    /// An inspector. Partitions of a plugin that is not among `plugins` are not judged.
    #[must_use]
    pub fn new(fs: Arc<dyn FileSystem>, plugins: Vec<Arc<dyn FormatPlugin>>) -> Self {
        Self { fs, plugins }
    }

    /// The file system that it looks through.
    #[must_use]
    pub fn fs(&self) -> &Arc<dyn FileSystem> {
        &self.fs
    }

    /// Reads the metadata with the plugin that it names.
    fn load_metadata(&self, dir: &Path) -> Result<(Metadata, Arc<dyn FormatPlugin>), Error> {
        let id = partition::id_of(dir);
        let mut known = Vec::new();
        for plugin in &self.plugins {
            match Metadata::load(&*self.fs, dir, id, &**plugin) {
                Err(Error::UnknownPlugin { .. }) => known.push(plugin.id()),
                Err(error) => return Err(error),
                Ok(metadata) => return Ok((metadata, Arc::clone(plugin))),
            }
        }
        match Metadata::load(&*self.fs, dir, id, &NoPlugin) {
            Err(Error::UnknownPlugin { path, found, .. }) => Err(Error::UnknownPlugin {
                path,
                expected: known.join(" or "),
                found,
            }),
            Err(error) => Err(error),
            Ok(_) => Err(Error::Closed),
        }
    }

    /// The plugin that the first record of some chunk is written with.
    fn guess_plugin(&self, dir: &Path) -> Option<Arc<dyn FormatPlugin>> {
        let chunks = dir.join(layout::CHUNKS);
        let listing = listing::sorted(&*self.fs, &chunks).ok()?;
        for entry in listing {
            let Some((ChunkFile::Chunk, _)) = ChunkFile::parse(&entry.name) else {
                continue;
            };
            let Ok(file) = self.fs.open(&chunks.join(&entry.name), Access::Read) else {
                continue;
            };
            let mut lines = Lines::new(&*file, 0, entry.len.min(MAX_GUESS_BYTES));
            let Ok(Some((_, line))) = lines.next() else {
                continue;
            };
            let reads = |plugin: &&Arc<dyn FormatPlugin>| {
                LineScan::new(&***plugin, None).next(line).is_ok()
            };
            if let Some(plugin) = self.plugins.iter().find(reads) {
                return Some(Arc::clone(plugin));
            }
        }
        None
    }

    /// Bytes of all chunk files of a partition, for a progress bar.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn chunk_bytes(&self, dir: &Path) -> Result<u64, Error> {
        let chunks = dir.join(layout::CHUNKS);
        let listing = self.fs.read_dir(&chunks).context("list", &chunks)?;
        let chunk = |name: &str| matches!(ChunkFile::parse(name), Some((ChunkFile::Chunk, _)));
        Ok(listing
            .iter()
            .filter(|entry| chunk(&entry.name))
            .map(|entry| entry.len)
            .sum())
    }
}

/// A plugin that no partition names.
#[derive(Debug)]
struct NoPlugin;

impl FormatPlugin for NoPlugin {
    fn id(&self) -> &'static str {
        ""
    }

    fn encode(&self, _: crate::RecordRef<'_>, _: &mut Vec<u8>) -> Result<(), crate::FormatError> {
        Err(crate::FormatError::new("no format"))
    }

    fn decode<'a>(&self, _: &'a [u8]) -> Result<crate::RecordRef<'a>, crate::FormatError> {
        Err(crate::FormatError::new("no format"))
    }
}

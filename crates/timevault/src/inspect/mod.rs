//! Looking at a store from outside: is it whole, and what is in it?
//!
//! An inspection writes nothing and takes no lock: it works on a copy, on a read-only mount and beside a
//! running writer. It tells damage from what a crash leaves with the same code as an open. Chunks are
//! streamed: memory is bounded by the longest record and the index of one chunk.
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
use crate::manifest::Manifest;
use crate::metadata::Metadata;
use crate::scan::LineScan;
use crate::seeded::Seeded;
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
        let id = layout::id_of(dir);
        let (metadata, plugin) = Metadata::load(&*self.fs, dir, id, &self.plugins)?;
        Ok((metadata, Arc::clone(plugin)))
    }

    fn load_manifest(&self, dir: &Path, plugin: &dyn FormatPlugin) -> Result<Manifest, Error> {
        Manifest::load(&*self.fs, dir, (plugin.checksum_required(), Seeded::NONE))
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

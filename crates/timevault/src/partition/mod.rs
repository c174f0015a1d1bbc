//! A partition open for writing: one ordered stream of records.
//!
//! One file per operation: [`append`], [`roll`], [`truncate`], [`purge`], [`close`], [`create`];
//! opening is [`recover`], which looks with [`findings`] and [`orphans`] before it changes
//! anything.

mod append;
mod check;
mod close;
mod create;
mod findings;
mod open_chunk;
mod orphans;
mod purge;
mod recover;
mod roll;
mod truncate;

use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use uuid::Uuid;

use crate::chunk::ChunkHandle;
use crate::closing::ClosingMark;
use crate::config::PartitionConfig;
use crate::error::Error;
use crate::format::Record;
use crate::hold::PartitionHold;
use crate::layout::ChunkFile;
use crate::manifest::Manifest;
use crate::metadata::Metadata;
use crate::reader::PartitionReader;
use crate::view::Shared;
use crash_disk::{FileSystem, SyncSite};

pub use check::CheckReport;
pub(crate) use create::{create, has_metadata};
pub(crate) use findings::check_named_chunk;
use open_chunk::OpenChunk;
pub(crate) use orphans::Judge;
pub(crate) use purge::nothing_above;
pub use recover::RecoveryReport;
pub(crate) use recover::open;

/// A partition open for writing. There is one per partition and process; reading beside it is done
/// with [`reader`](Self::reader).
///
/// After a failed write or sync every later call is refused with the first error
/// ([`Error::Failed`]) until the partition is opened again: a failed sync may have dropped pages,
/// and a later success would lie about them. Refused records (an order key that descends, a record
/// that the plugin can't encode) change nothing and are no failure.
///
/// Dropping it leaves the partition as a crash would, durable up to the last
/// [`sync`](Self::sync); [`close`](Self::close) leaves it trimmed and wholly indexed.
#[derive(Debug)]
pub struct Partition {
    config: PartitionConfig,
    metadata: Metadata,
    manifest: Manifest,
    /// Handles of the manifest's chunks, in the same order.
    handles: Vec<Arc<ChunkHandle>>,
    /// The chunk that is written to. `None` when there is no chunk, or when the published engine
    /// left the last one closed.
    open: Option<OpenChunk>,
    /// Key of the last record, hidden ones included.
    last_key: Option<u64>,
    /// Whether the next record starts a batch: everything before it is synced.
    starts_batch: bool,
    shared: Arc<Shared>,
    /// Counts since the partition was opened; [`stats`](Self::stats) adds the present chunks and bytes.
    counted: PartitionStats,
    recovery: RecoveryReport,
    /// Given back last, after every file handle is closed.
    hold: PartitionHold,
}

/// Figures of an open partition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct PartitionStats {
    /// Live chunks.
    pub chunks: u64,
    /// Bytes of records in the open chunk, filling left out.
    pub open_chunk_bytes: u64,
    /// Chunks begun by a roll since the partition was opened.
    pub rolls: u64,
    /// Truncates, since the partition was opened, that removed whole chunks.
    pub truncates_over_chunks: u64,
    /// Purges, since the partition was opened, that removed whole chunks.
    pub purges_over_chunks: u64,
}

impl Partition {
    /// Id of the partition.
    #[must_use]
    pub fn id(&self) -> Uuid {
        self.hold.id
    }

    /// Directory of the partition. Files of the user's own may stand in it, beside the engine's. An
    /// open removes those whose names end with [`TEMP_SUFFIX`](crash_disk::TEMP_SUFFIX): they are
    /// what an interrupted [`replace`](crash_disk::replace) leaves.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.shared.dir
    }

    /// Path of the chunk that holds the record with this key; without such a record, of a chunk next to where
    /// the record would be.
    #[must_use]
    pub fn chunk_path(&self, key: u64) -> PathBuf {
        let chunks = &self.manifest.chunks;
        let at = chunks.partition_point(|line| line.chunk_id <= key);
        let line = chunks.get(at.saturating_sub(1));
        ChunkFile::Chunk.path(&self.hold.dir, line.map_or(key, |line| line.chunk_id))
    }

    /// The settings it was created with.
    #[must_use]
    pub fn config(&self) -> &PartitionConfig {
        &self.config
    }

    /// The file system that holds it.
    #[must_use]
    pub fn fs(&self) -> &Arc<dyn FileSystem> {
        &self.shared.fs
    }

    /// The records with keys in `range`, ascending; as [`PartitionReader::read_range`].
    ///
    /// # Errors
    /// As there.
    pub fn read_range(&self, range: RangeInclusive<u64>) -> Result<Vec<Record>, Error> {
        self.reader().read_range(range)
    }

    /// The last record, unless it is purged.
    ///
    /// # Errors
    /// As [`PartitionReader::read_range`].
    pub fn last_record(&self) -> Result<Option<Record>, Error> {
        self.reader().last_record()
    }

    /// Key of the first record that is not purged.
    ///
    /// # Errors
    /// As [`PartitionReader::read_range`].
    pub fn first_key(&self) -> Result<Option<u64>, Error> {
        self.reader().first_key()
    }

    /// Key of the last record that is not purged, synced or not. No I/O.
    ///
    /// # Errors
    /// [`Error::Failed`] after a failed write: the record may be one that was never acknowledged.
    pub fn last_key(&self) -> Result<Option<u64>, Error> {
        self.reader().last_key()
    }

    /// The purge point: records with this key and below are gone. No I/O.
    ///
    /// # Errors
    /// [`Error::Failed`] after a failed write.
    pub fn last_purge_id(&self) -> Result<Option<u64>, Error> {
        self.reader().last_purge_id()
    }

    /// A reader that works beside the writer, in other threads too, until the partition is closed
    /// or dropped.
    #[must_use]
    pub fn reader(&self) -> PartitionReader {
        PartitionReader::new(Arc::clone(&self.shared))
    }

    /// A mark that the owner sets when it lets go of the partition, so that an open in this process waits
    /// for the close instead of being refused.
    #[must_use]
    pub fn closing_mark(&self) -> ClosingMark {
        self.hold.mark.clone()
    }

    /// Sets the [`closing_mark`](Self::closing_mark).
    pub fn mark_closing(&self) {
        self.hold.mark.mark();
    }

    /// Figures about now.
    #[must_use]
    pub fn stats(&self) -> PartitionStats {
        PartitionStats {
            chunks: self.manifest.chunks.len() as u64,
            open_chunk_bytes: self.open.as_ref().map_or(0, |open| open.end),
            ..self.counted
        }
    }

    /// What the open of this partition found and mended.
    #[must_use]
    pub fn recovery(&self) -> &RecoveryReport {
        &self.recovery
    }

    /// Replaces the manifest, durably.
    fn store_manifest(&self, site: SyncSite) -> Result<(), Error> {
        let shared = &self.shared;
        self.manifest.store(&*shared.fs, &shared.dir, site)
    }

    /// Runs a write; a failure in it is remembered and refuses everything after it.
    fn latched<T>(
        &mut self,
        write: impl FnOnce(&mut Self) -> Result<T, Error>,
    ) -> Result<T, Error> {
        self.shared.check_usable()?;
        write(self).map_err(|error| self.shared.fail(error))
    }

    /// Shows readers the chunks as they are now.
    fn publish_chunks(&self) {
        let chunks = Arc::new(self.handles.clone());
        self.shared.publish(|view| {
            view.chunks = chunks;
            self.describe_open(view);
        });
    }

    /// Sets what a view says about the open chunk, the last key and the purge point.
    fn describe_open(&self, view: &mut crate::view::View) {
        view.has_open = self.open.is_some();
        view.end = self.open.as_ref().map_or(0, |open| open.end);
        let tail = self.open.as_ref().and_then(|open| open.tail.as_ref());
        view.tail_key = tail.map(|tail| tail.block.min_key);
        view.last_key = self.last_key;
        view.purged = self.metadata.last_purge_id;
    }
}

impl Drop for Partition {
    fn drop(&mut self) {
        self.shared.close();
    }
}

#[cfg(test)]
mod assertions;

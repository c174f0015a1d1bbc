//! What is in a partition: its chunks, and its records as a stream.

use std::ops::{ControlFlow, RangeInclusive};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use uuid::Uuid;

use super::Inspector;
use super::observer::StoredRecord;
use super::scan::{ChunkScan, Visitor};
use crate::chunk::{open_measured, read_index};
use crate::config::PartitionConfig;
use crate::error::Error;
use crate::format::FormatPlugin;
use crate::index::LoadedIndex;
use crate::layout::{self, ChunkFile};
use crate::manifest::{ChunkLine, Manifest};
use crate::metadata::Metadata;
use crash_disk::FileSystem;

/// A chunk as the manifest and the index tell of it; its records are not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct ChunkSummary {
    /// Id, which is its name in decimal.
    pub id: u64,
    /// Whether it is the open chunk.
    pub open: bool,
    /// Last key of a closed chunk.
    pub last_key: Option<u64>,
    /// Length of the file in bytes.
    pub bytes: u64,
    /// Blocks of its index.
    pub index_blocks: u64,
}

/// A partition that can be read without opening it.
#[derive(Debug)]
pub struct Contents {
    fs: Arc<dyn FileSystem>,
    dir: PathBuf,
    plugin: Arc<dyn FormatPlugin>,
    metadata: Metadata,
    manifest: Manifest,
    /// Records with this key and below are hidden, like those up to the purge point.
    hidden: Option<u64>,
}

impl Inspector {
    /// Reads metadata and manifest of the partition in `dir`, so that its records can be read.
    /// Takes no lock, changes nothing.
    ///
    /// # Errors
    /// [`Error::Damaged`], [`Error::UnknownPlugin`], [`Error::UnsupportedVersion`], [`Error::Io`].
    pub fn contents(&self, dir: &Path) -> Result<Contents, Error> {
        let (metadata, plugin) = self.load_metadata(dir)?;
        let manifest = self.load_manifest(dir, &*plugin)?;
        Ok(Contents {
            fs: Arc::clone(&self.fs),
            dir: dir.to_path_buf(),
            plugin,
            metadata,
            manifest,
            hidden: None,
        })
    }
}

impl Contents {
    /// The partition's directory.
    #[must_use]
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// The partition's id.
    #[must_use]
    pub fn id(&self) -> Uuid {
        self.metadata.partition_id
    }

    /// Id of the format plugin.
    #[must_use]
    pub fn plugin(&self) -> &str {
        self.plugin.id()
    }

    /// The settings it was created with.
    #[must_use]
    pub fn config(&self) -> PartitionConfig {
        self.metadata.config()
    }

    /// The purge point.
    #[must_use]
    pub fn purged(&self) -> Option<u64> {
        self.metadata.last_purge_id
    }

    /// Hides records up to `key`, as a purge that is still to be finished will.
    pub fn hide(&mut self, key: u64) {
        self.hidden = self.hidden.max(Some(key));
    }

    /// Records with this key and below are not shown.
    fn hidden(&self) -> Option<u64> {
        self.purged().max(self.hidden)
    }

    /// The live chunks, ascending. Reads their indexes.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn chunks(&self) -> Result<Vec<ChunkSummary>, Error> {
        let summary = |line: &ChunkLine| {
            let path = ChunkFile::Chunk.path(&self.dir, line.chunk_id);
            let (_, bytes) = open_measured(&*self.fs, &path)?;
            Ok(ChunkSummary {
                id: line.chunk_id,
                open: !line.is_closed(),
                last_key: line.max_order_key,
                bytes,
                index_blocks: self.index(line)?.blocks.len() as u64,
            })
        };
        self.manifest.chunks.iter().map(summary).collect()
    }

    /// Key of the first record above the purge point.
    ///
    /// # Errors
    /// As [`scan`](Self::scan).
    pub fn first_key(&self) -> Result<Option<u64>, Error> {
        let mut first = None;
        self.scan(0..=u64::MAX, &mut |record| {
            first = Some(record.order_key);
            ControlFlow::Break(())
        })?;
        Ok(first)
    }

    /// Key of the last record above the purge point. Reads the last block and what follows it.
    ///
    /// # Errors
    /// As [`scan`](Self::scan).
    pub fn last_key(&self) -> Result<Option<u64>, Error> {
        let mut wrong = None;
        for (at, line) in self.manifest.chunks.iter().enumerate().rev() {
            let index = self.index(line)?;
            let from = index.blocks.last().map_or(0, |block| block.max_key);
            let mut last = None;
            let _to_the_end = self.scan_chunk(at, from..=u64::MAX, &mut wrong, &mut |record| {
                last = Some(record.order_key);
                ControlFlow::Continue(())
            })?;
            if let Some(error) = wrong {
                return Err(error);
            }
            if last.is_some() {
                return Ok(last);
            }
        }
        Ok(None)
    }

    /// Visits the records above the purge point with keys in `range`, ascending, until the visitor
    /// breaks. A write that a crash cut short is not shown.
    ///
    /// The visited records are in order, and where keys are consecutive none is missing in between.
    ///
    /// # Errors
    /// [`Error::Damaged`] at the first line that is no record or is out of its place, or where records are
    /// missing; the records before it were visited. Also for an index that does not describe its chunk, for
    /// damage before the wanted records of a chunk, and for a record that has lost its checksum: then every
    /// wanted record was visited.
    /// [`Error::Io`].
    pub fn scan(
        &self,
        range: RangeInclusive<u64>,
        visitor: &mut dyn FnMut(&StoredRecord<'_>) -> ControlFlow<()>,
    ) -> Result<(), Error> {
        let chunks = &self.manifest.chunks;
        let first = chunks.partition_point(|line| line.chunk_id <= *range.start());
        let mut wrong = None;
        for (at, line) in chunks.iter().enumerate().skip(first.saturating_sub(1)) {
            self.check_gap(at, &range)?;
            if line.chunk_id > *range.end() {
                break;
            }
            let flow = self.scan_chunk(at, range.clone(), &mut wrong, visitor)?;
            if flow.is_break() {
                break;
            }
        }
        wrong.map_or(Ok(()), Err)
    }

    /// Whether the manifest names a chunk for every key between the first and the last one, or from the
    /// purge point on; where keys need not be consecutive there is nothing to compare. Reads no chunk.
    ///
    /// # Errors
    /// [`Error::Damaged`] at the first line behind a gap.
    pub fn check_gaps(&self) -> Result<(), Error> {
        (0..self.manifest.chunks.len()).try_for_each(|at| self.check_gap(at, &(0..=u64::MAX)))
    }

    fn index(&self, line: &ChunkLine) -> Result<LoadedIndex, Error> {
        let path = ChunkFile::Index.path(&self.dir, line.chunk_id);
        read_index(&*self.fs, &*self.plugin, &path)
    }

    fn scan_chunk(
        &self,
        at: usize,
        range: RangeInclusive<u64>,
        wrong: &mut Option<Error>,
        visitor: &mut Visitor<'_>,
    ) -> Result<ControlFlow<()>, Error> {
        let Some(line) = self.manifest.chunks.get(at) else {
            return Ok(ControlFlow::Continue(()));
        };
        let chunk = ChunkScan {
            fs: &*self.fs,
            plugin: &*self.plugin,
            dir: &self.dir,
            line,
            key_before: self.key_before(at),
            purged: self.hidden(),
            range,
        };
        chunk.run(wrong, visitor)
    }

    /// Last key of the chunk before this one in the manifest.
    fn key_before(&self, at: usize) -> Option<u64> {
        let before = self.manifest.chunks.get(at.checked_sub(1)?)?;
        before.max_order_key
    }

    /// Where keys are consecutive, no key of the range may be missing between this chunk and what is before
    /// it: another chunk, or the purge point.
    fn check_gap(&self, at: usize, range: &RangeInclusive<u64>) -> Result<(), Error> {
        let chunks = &self.manifest.chunks;
        let Some(line) = chunks.get(at).filter(|_| self.plugin.dense_keys()) else {
            return Ok(());
        };
        let Some(before) = self.key_before(at).max(self.hidden()) else {
            return Ok(());
        };
        let missing = before.saturating_add(1);
        let gap = missing.max(*range.start())..line.chunk_id.min(range.end().saturating_add(1));
        if gap.is_empty() {
            return Ok(());
        }
        let path = self.dir.join(layout::MANIFEST);
        // The lines before it, as they are written.
        let lines = Manifest::encode(chunks.get(..at).unwrap_or_default());
        let offset = lines.map_or(0, |bytes| bytes.len() as u64);
        let expected = format!("a chunk that begins with key {missing}");
        let found = format!("chunk {:016x}", line.chunk_id);
        Err(Error::damaged(&path, offset, expected, found))
    }
}

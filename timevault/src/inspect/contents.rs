//! What is in a partition: its chunks, and its records as a stream.

use std::ops::{ControlFlow, RangeInclusive};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use uuid::Uuid;

use super::Inspector;
use super::lines::{Lines, look_at_rest};
use super::observer::StoredRecord;
use crate::SeededBugs;
use crate::chunk::{length_error, read_index};
use crate::config::PartitionConfig;
use crate::error::{Error, IoContext};
use crate::format::FormatPlugin;
use crate::fs::{Access, FileSystem};
use crate::index::{Block, LoadedIndex};
use crate::layout::ChunkFile;
use crate::manifest::{ChunkLine, Manifest};
use crate::metadata::Metadata;
use crate::partition::LineScan;

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
}

impl Inspector {
    /// Reads metadata and manifest of the partition in `dir`, so that its records can be read.
    /// Takes no lock, changes nothing.
    ///
    /// # Errors
    /// [`Error::Damaged`], [`Error::UnknownPlugin`], [`Error::UnsupportedVersion`], [`Error::Io`].
    pub fn contents(&self, dir: &Path) -> Result<Contents, Error> {
        let (metadata, plugin) = self.load_metadata(dir)?;
        let manifest = Manifest::load(
            &*self.fs,
            dir,
            (plugin.checksum_required(), SeededBugs::NONE),
        )?;
        Ok(Contents {
            fs: Arc::clone(&self.fs),
            dir: dir.to_path_buf(),
            plugin,
            metadata,
            manifest,
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

    /// The live chunks, ascending. Reads their indexes.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn chunks(&self) -> Result<Vec<ChunkSummary>, Error> {
        let summary = |line: &ChunkLine| {
            let path = ChunkFile::Chunk.path(&self.dir, line.chunk_id);
            let file = self.fs.open(&path, Access::Read);
            let file = file.context("open chunk", &path)?;
            Ok(ChunkSummary {
                id: line.chunk_id,
                open: !line.is_closed(),
                last_key: line.max_order_key,
                bytes: file.len().context("measure chunk", &path)?,
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
        for line in self.manifest.chunks.iter().rev() {
            let from = self
                .index(line)?
                .blocks
                .last()
                .map_or(0, |block| block.max_key);
            let mut last = None;
            let _to_the_end = self.scan_chunk(line, from..=u64::MAX, &mut |record| {
                last = Some(record.order_key);
                ControlFlow::Continue(())
            })?;
            if last.is_some() {
                return Ok(last);
            }
        }
        Ok(None)
    }

    /// Visits the records above the purge point with keys in `range`, ascending, until the visitor
    /// breaks. Of what a crash cut short nothing is shown.
    ///
    /// # Errors
    /// [`Error::Damaged`] at the first line that is no record or is out of its place; what stands
    /// before it was visited. [`Error::Io`].
    pub fn scan(
        &self,
        range: RangeInclusive<u64>,
        visitor: &mut dyn FnMut(&StoredRecord<'_>) -> ControlFlow<()>,
    ) -> Result<(), Error> {
        let chunks = &self.manifest.chunks;
        let first = chunks.partition_point(|line| line.chunk_id <= *range.start());
        for line in chunks.iter().skip(first.saturating_sub(1)) {
            if line.chunk_id > *range.end() {
                break;
            }
            if self.scan_chunk(line, range.clone(), visitor)?.is_break() {
                break;
            }
        }
        Ok(())
    }

    fn index(&self, line: &ChunkLine) -> Result<LoadedIndex, Error> {
        let path = ChunkFile::Index.path(&self.dir, line.chunk_id);
        read_index(&*self.fs, &*self.plugin, &path)
    }

    fn scan_chunk(
        &self,
        line: &ChunkLine,
        range: RangeInclusive<u64>,
        visitor: &mut dyn FnMut(&StoredRecord<'_>) -> ControlFlow<()>,
    ) -> Result<ControlFlow<()>, Error> {
        let purged = self.purged();
        let hidden = |key: u64| purged.is_some_and(|purged| key <= purged);
        let path = ChunkFile::Chunk.path(&self.dir, line.chunk_id);
        let file = self
            .fs
            .open(&path, Access::Read)
            .context("open chunk", &path)?;
        let len = file.len().context("measure chunk", &path)?;
        let index = self.index(line)?;
        let blocks = index.blocks;
        let indexed_end = blocks.last().map_or(0, Block::end);
        if indexed_end > len {
            return Err(length_error(&path, indexed_end, len));
        }
        let len = match index.cut && !line.is_closed() {
            true => indexed_end,
            false => len,
        };
        let from = purged.map_or(*range.start(), |purged| purged.max(*range.start()));
        let skipped = blocks.partition_point(|block| block.max_key < from);
        let before = blocks.get(..skipped).and_then(<[Block]>::last);
        let mut scan = LineScan::new(&*self.plugin, before.map(|block| block.max_key));
        let mut lines = Lines::new(&*file, before.map_or(0, Block::end), len);
        while let Some((offset, text)) = lines.next().context("read chunk", &path)? {
            let record = match scan.next(text) {
                Ok(record) => record,
                Err(stop) => {
                    let may_end = !line.is_closed() && !stop.misplaced && offset >= indexed_end;
                    let ends = may_end
                        && !look_at_rest(&*file, offset, len)
                            .context("read chunk", &path)?
                            .batch_start;
                    if ends {
                        break;
                    }
                    return Err(Error::damaged(
                        &path,
                        offset,
                        stop.bad.expected,
                        stop.bad.found,
                    ));
                }
            };
            let key = record.key;
            if key > *range.end() {
                return Ok(ControlFlow::Break(()));
            }
            if key < *range.start() || hidden(key) {
                continue;
            }
            let record = StoredRecord {
                path: &path,
                offset,
                len: text.len() as u64,
                order_key: key,
                payload: record.payload,
                starts_batch: record.starts_batch,
                hidden: false,
            };
            if visitor(&record).is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
        Ok(ControlFlow::Continue(()))
    }
}

//! Reading some records of one chunk, with an index that may be wrong.

use std::ops::{ControlFlow, RangeInclusive};
use std::path::{Path, PathBuf};

use super::observer::StoredRecord;
use crate::chunk::{check_length, length_error, open_measured, read_index};
use crate::chunk_walk::{ChunkWalk, Step, Stretch};
use crate::error::Error;
use crate::format::FormatPlugin;
use crate::index::{self, Block, LoadedIndex};
use crate::layout::ChunkFile;
use crate::manifest::ChunkLine;
use crash_disk::{File, FileSystem};

/// Is called for each record.
pub(super) type Visitor<'v> = dyn FnMut(&StoredRecord<'_>) -> ControlFlow<()> + 'v;

/// A chunk of which some records are wanted.
pub(super) struct ChunkScan<'a> {
    pub(super) fs: &'a dyn FileSystem,
    pub(super) plugin: &'a dyn FormatPlugin,
    pub(super) dir: &'a Path,
    pub(super) line: &'a ChunkLine,
    /// Last key before the chunk, where it is known.
    pub(super) key_before: Option<u64>,
    pub(super) purged: Option<u64>,
    pub(super) range: RangeInclusive<u64>,
}

/// The opened chunk.
struct Opened<'a> {
    scan: &'a ChunkScan<'a>,
    path: PathBuf,
    file: Box<dyn File>,
    /// Where the records end at the latest.
    len: u64,
    /// Where its index ends: the bytes before that were once durable.
    indexed_end: u64,
    blocks: Vec<Block>,
}

/// How far the readings of one chunk have come.
#[derive(Default)]
struct Progress {
    /// Records before this offset were visited.
    resume: u64,
    /// The first record that has lost its checksum.
    lost_checksum: Option<Error>,
}

impl ChunkScan<'_> {
    /// Visits the wanted records, ascending.
    ///
    /// An index that does not describe its chunk is not used. It is reported in `wrong`, unless an error is
    /// there already; so are damage before the wanted records, and a record that has lost its checksum, which
    /// is visited.
    ///
    /// # Errors
    /// [`Error::Damaged`] at the first line that is no record or is out of its place; the records before it
    /// were visited. [`Error::Io`].
    pub(super) fn run(
        &self,
        wrong: &mut Option<Error>,
        visitor: &mut Visitor<'_>,
    ) -> Result<ControlFlow<()>, Error> {
        let opened = self.open(wrong)?;
        let mut progress = Progress::default();
        let flow = self.read(&opened, &mut progress, wrong, visitor);
        if let Some(lost) = progress.lost_checksum {
            wrong.get_or_insert(lost);
        }
        flow
    }

    fn read(
        &self,
        opened: &Opened<'_>,
        progress: &mut Progress,
        wrong: &mut Option<Error>,
        visitor: &mut Visitor<'_>,
    ) -> Result<ControlFlow<()>, Error> {
        let from = self.purged.max(Some(*self.range.start())).unwrap_or(0);
        let wanted = opened.blocks.partition_point(|block| block.max_key < from);
        // One block earlier, because only its last record shows that it holds nothing that is wanted.
        let first = match opened.read(Some(wanted.saturating_sub(1)), progress, visitor) {
            Err(error @ Error::Damaged { .. }) => error,
            result => return result,
        };
        let second = match opened.read(None, progress, visitor) {
            Ok(flow) => {
                wrong.get_or_insert_with(|| opened.wrong_index(first));
                return Ok(flow);
            }
            Err(error) => error,
        };
        // Damage before the wanted records does not keep them from being shown.
        let wanted_at = opened.blocks.get(wanted).map_or(0, |block| block.offset);
        let early = matches!(&second, Error::Damaged { offset, .. } if *offset < wanted_at);
        if !early || progress.resume > 0 {
            return Err(second);
        }
        wrong.get_or_insert(second);
        opened.read(Some(wanted), progress, visitor)
    }

    fn open(&self, wrong: &mut Option<Error>) -> Result<Opened<'_>, Error> {
        let path = ChunkFile::Chunk.path(self.dir, self.line.chunk_id);
        let index_path = ChunkFile::Index.path(self.dir, self.line.chunk_id);
        let (file, len) = open_measured(self.fs, &path)?;
        let mut index = read_index(self.fs, self.plugin, &index_path).unwrap_or_else(|error| {
            wrong.get_or_insert(error);
            LoadedIndex::unread("not readable")
        });
        let covered = index.end();
        if covered > len {
            let error = match self.line.bytes {
                // The manifest proves the length.
                Some(bytes) if bytes == len => {
                    let found = format!("an end at {covered}");
                    Error::damaged(&index_path, 0, format!("blocks up to {len}"), found)
                }
                _ => length_error(&path, covered, len),
            };
            wrong.get_or_insert(error);
            index.blocks.clear();
        }
        let cut = index.cut && !self.line.is_closed();
        Ok(Opened {
            scan: self,
            path,
            file,
            len: if cut { covered.min(len) } else { len },
            indexed_end: covered,
            blocks: index.blocks,
        })
    }
}

impl Opened<'_> {
    /// Reads from the block of this number on and compares the blocks with the records; with `None` reads the
    /// whole chunk without its index.
    fn read(
        &self,
        from: Option<usize>,
        progress: &mut Progress,
        visitor: &mut Visitor<'_>,
    ) -> Result<ControlFlow<()>, Error> {
        let ChunkScan { plugin, line, .. } = *self.scan;
        let (range, purged) = (&self.scan.range, self.scan.purged);
        let before = self
            .blocks
            .get(..from.unwrap_or(0))
            .and_then(<[Block]>::last);
        let stretch = Stretch {
            path: &self.path,
            file: &*self.file,
            len: self.len,
        };
        let mut walk = match before {
            Some(block) => ChunkWalk::behind(stretch, plugin, block),
            None => ChunkWalk::of_chunk(stretch, plugin, line.chunk_id, self.scan.key_before),
        };
        if let Some(from) = from {
            let blocks = self.blocks.get(from..).unwrap_or_default();
            walk = walk.compared_with(blocks.to_vec());
        }
        if !line.is_closed() {
            walk = walk.may_end_from(self.indexed_end);
        }
        while let Some(step) = walk.next()? {
            let record = match step {
                Step::Record(record) => record,
                Step::Bad { offset, stop, .. } => return Err(stop.bad.at(&self.path, offset)),
                Step::End { .. } => return Ok(ControlFlow::Continue(())),
            };
            let (offset, key) = (record.offset, record.line.key);
            if let Some((expected, found)) = &record.against_index {
                return Err(self.index_error(offset, expected.clone(), found.clone()));
            }
            if key > *range.end() {
                return Ok(ControlFlow::Break(()));
            }
            if let Some((at, found)) = record.lost_checksum {
                let lost = || Error::damaged(&self.path, at, "a checksum", found);
                progress.lost_checksum.get_or_insert_with(lost);
            }
            let hidden = purged.is_some_and(|purged| key <= purged);
            if key < *range.start() || hidden || offset < progress.resume {
                continue;
            }
            progress.resume = offset + record.len;
            if visitor(&StoredRecord::new(&record, &self.path, hidden)).is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
        walk.ends_with(line.max_order_key)?;
        // Last, so that the records of a chunk with a wrong length are shown.
        check_length(&self.path, line.bytes, self.len)?;
        Ok(ControlFlow::Continue(()))
    }

    /// Damage of the index, where its chunk is at this offset.
    fn index_error(&self, chunk_offset: u64, expected: String, found: String) -> Error {
        let path = ChunkFile::Index.path(self.scan.dir, self.scan.line.chunk_id);
        let block = self
            .blocks
            .partition_point(|block| block.end() <= chunk_offset);
        // Lines of other writers may be shorter; the offset is that in an index of this engine.
        let before = index::encode_all(self.blocks.get(..block).unwrap_or_default());
        Error::damaged(&path, before.len() as u64, expected, found)
    }

    /// What is wrong with an index with which reading failed, and without which it did not.
    fn wrong_index(&self, error: Error) -> Error {
        match error {
            Error::Damaged {
                path,
                offset,
                expected,
                found,
            } if path == self.path => self.index_error(offset, expected, found),
            other => other,
        }
    }
}

//! Reading the records of one chunk for whoever asks for some of them, with an index that may be wrong.

use std::ops::{ControlFlow, RangeInclusive};
use std::path::{Path, PathBuf};

use super::observer::StoredRecord;
use crate::chunk::{length_error, read_index};
use crate::chunk_walk::{ChunkWalk, Step, Stretch};
use crate::error::{Error, IoContext};
use crate::format::FormatPlugin;
use crate::index::{Block, LoadedIndex};
use crate::layout::ChunkFile;
use crate::manifest::ChunkLine;
use crash_disk::{Access, File, FileSystem};

/// Told of each record.
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
    /// Where its index ends: what stands before that was once durable.
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

/// Where a reading begins.
struct Start {
    /// The block, if it is not the beginning of the chunk.
    block: usize,
    /// Whether the blocks are compared with the records.
    compare: bool,
}

impl ChunkScan<'_> {
    /// Visits the wanted records, ascending.
    ///
    /// An index that does not describe its chunk is not followed; it goes to `wrong`, unless something is
    /// there already. So do damage that stands before all that is wanted, and a record that has lost its
    /// checksum, which is visited.
    ///
    /// # Errors
    /// [`Error::Damaged`] at the first line that is no record or is out of its place; what stands
    /// before it was visited. [`Error::Io`].
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
        // One block earlier, because only its last record shows that nothing wanted stands in it.
        let near = Start {
            block: wanted.saturating_sub(1),
            compare: true,
        };
        let first = match opened.read(&near, progress, visitor) {
            Err(error @ Error::Damaged { .. }) => error,
            result => return result,
        };
        let whole = Start {
            block: 0,
            compare: false,
        };
        let second = match opened.read(&whole, progress, visitor) {
            Ok(flow) => {
                wrong.get_or_insert_with(|| opened.wrong_index(first));
                return Ok(flow);
            }
            Err(error) => error,
        };
        // Damage before all that is wanted does not keep it from being shown.
        let wanted_at = opened.blocks.get(wanted).map_or(0, |block| block.offset);
        let early = matches!(&second, Error::Damaged { offset, .. } if *offset < wanted_at);
        if !early || progress.resume > 0 {
            return Err(second);
        }
        wrong.get_or_insert(second);
        let late = Start {
            block: wanted,
            compare: true,
        };
        opened.read(&late, progress, visitor)
    }

    fn open(&self, wrong: &mut Option<Error>) -> Result<Opened<'_>, Error> {
        let path = ChunkFile::Chunk.path(self.dir, self.line.chunk_id);
        let index_path = ChunkFile::Index.path(self.dir, self.line.chunk_id);
        let file = self.fs.open(&path, Access::Read);
        let file = file.context("open chunk", &path)?;
        let len = file.len().context("measure chunk", &path)?;
        let mut index = read_index(self.fs, self.plugin, &index_path).unwrap_or_else(|error| {
            wrong.get_or_insert(error);
            LoadedIndex::unread("not readable")
        });
        let covered = index.blocks.last().map_or(0, Block::end);
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
    /// Reads on from `start`.
    fn read(
        &self,
        start: &Start,
        progress: &mut Progress,
        visitor: &mut Visitor<'_>,
    ) -> Result<ControlFlow<()>, Error> {
        let ChunkScan { plugin, line, .. } = *self.scan;
        let (range, purged) = (&self.scan.range, self.scan.purged);
        let before = self.blocks.get(..start.block).and_then(<[Block]>::last);
        let stretch = Stretch {
            path: &self.path,
            file: &*self.file,
            len: self.len,
        };
        let mut walk = match before {
            Some(block) => ChunkWalk::behind(stretch, plugin, block),
            None => ChunkWalk::of_chunk(stretch, plugin, line.chunk_id, self.scan.key_before),
        };
        if start.compare {
            let blocks = self.blocks.get(start.block..).unwrap_or_default();
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
            let (offset, len, key) = (record.offset, record.len, record.line.key);
            if let Some((expected, found)) = record.against_index {
                return Err(self.index_error(offset, expected, found));
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
            progress.resume = offset + len;
            let record = StoredRecord {
                path: &self.path,
                offset,
                len,
                order_key: key,
                payload: record.line.payload,
                starts_batch: record.line.starts_batch,
                hidden,
            };
            if visitor(&record).is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
        walk.ends_with(line.max_order_key)?;
        self.check_len().map(|()| ControlFlow::Continue(()))
    }

    /// A closed chunk is as long as the manifest says. Asked last, so that what stands in it is shown.
    fn check_len(&self) -> Result<(), Error> {
        match self.scan.line.bytes.filter(|bytes| *bytes != self.len) {
            Some(expected) => Err(length_error(&self.path, expected, self.len)),
            None => Ok(()),
        }
    }

    /// Damage of the index, where its chunk is at this offset.
    fn index_error(&self, chunk_offset: u64, expected: String, found: String) -> Error {
        let path = ChunkFile::Index.path(self.scan.dir, self.scan.line.chunk_id);
        let block = self
            .blocks
            .partition_point(|block| block.end() <= chunk_offset);
        // Lines of other writers may be shorter; the place is that of ours.
        let mut before = Vec::new();
        let blocks = self.blocks.get(..block).unwrap_or_default();
        blocks
            .iter()
            .for_each(|block| crate::index::encode(block, &mut before));
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

//! The walk over the lines of a chunk, in bounded memory, that judges each line where it stands. Check, dump,
//! repair and [`Partition::check`](crate::Partition::check) use it.

use std::path::Path;

use crate::assertion::Broken;
use crate::block_check::BlockCheck;
use crate::checksums::Checksums;
use crate::error::{Error, IoContext};
use crate::format::FormatPlugin;
use crate::index::Block;
use crate::lines::{Lines, Rest, look_at_rest};
use crate::scan::{LineScan, LineStop, ScannedLine};
use crash_disk::File;

/// The part of a chunk file that is walked over: from its first byte, or a block, to byte `len`.
#[derive(Clone, Copy)]
pub(crate) struct Stretch<'a> {
    pub(crate) path: &'a Path,
    pub(crate) file: &'a dyn File,
    pub(crate) len: u64,
}

/// A walk over the lines of a chunk.
pub(crate) struct ChunkWalk<'a> {
    stretch: Stretch<'a>,
    plugin: &'a dyn FormatPlugin,
    lines: Lines<'a>,
    scan: LineScan<'a>,
    blocks: BlockCheck,
    pub(crate) checksums: Checksums,
    /// From here on the records of an open chunk may end; `None` where they may not.
    may_end_from: Option<u64>,
    /// Key of the last intact record that was walked over, or of the block in front of the first.
    pub(crate) last_key: Option<u64>,
}

/// What comes next in the chunk.
pub(crate) enum Step<'a> {
    /// An intact record in its place.
    Record(WalkedRecord<'a>),
    /// A line that is no record, or none that may stand there.
    Bad {
        offset: u64,
        len: u64,
        stop: LineStop,
    },
    /// The records of the open chunk end here, with nothing but filling or a torn write behind them.
    End { offset: u64, rest: Rest },
}

/// A record of the walk.
pub(crate) struct WalkedRecord<'a> {
    /// Where its line begins.
    pub(crate) offset: u64,
    /// Length of its line with the newline.
    pub(crate) len: u64,
    pub(crate) line: ScannedLine<'a>,
    /// How the index contradicts this record: expected and found.
    pub(crate) against_index: Option<Broken>,
    /// Where a checksum is proven to be lost, and what was found in its place.
    pub(crate) lost_checksum: Option<(u64, &'static str)>,
}

impl<'a> ChunkWalk<'a> {
    /// From the beginning of the chunk of this id. `last_key` is the last key before the chunk, where it is
    /// known.
    pub(crate) fn of_chunk(
        stretch: Stretch<'a>,
        plugin: &'a dyn FormatPlugin,
        id: u64,
        last_key: Option<u64>,
    ) -> Self {
        let scan = LineScan::of_chunk(plugin, id, last_key);
        Self::new(stretch, plugin, scan, None)
    }

    /// From the record behind this block on.
    pub(crate) fn behind(
        stretch: Stretch<'a>,
        plugin: &'a dyn FormatPlugin,
        block: &Block,
    ) -> Self {
        let scan = LineScan::new(plugin, Some(block.max_key));
        Self::new(stretch, plugin, scan, Some(block))
    }

    fn new(
        stretch: Stretch<'a>,
        plugin: &'a dyn FormatPlugin,
        scan: LineScan<'a>,
        before: Option<&Block>,
    ) -> Self {
        let from = before.map_or(0, Block::end);
        Self {
            plugin,
            lines: Lines::new(stretch.file, from, stretch.len),
            stretch,
            scan,
            blocks: BlockCheck::new(Vec::new(), plugin.dense_keys()),
            checksums: Checksums::default(),
            may_end_from: None,
            last_key: before.map(|block| block.max_key),
        }
    }

    /// Compares the records with these blocks, of which the first begins where the walk does.
    pub(crate) fn compared_with(mut self, blocks: Vec<Block>) -> Self {
        self.blocks = BlockCheck::new(blocks, self.plugin.dense_keys());
        self
    }

    /// For an open chunk: the records may end in a torn write from `indexed_end` on. The bytes before were
    /// once durable, as the index proves.
    pub(crate) fn may_end_from(mut self, indexed_end: u64) -> Self {
        self.may_end_from = Some(indexed_end);
        self
    }

    /// The next step; `None` at the end of the chunk. Behind a line that is no record the walk goes on
    /// with whatever key comes, and the records are no longer compared with the index.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub(crate) fn next(&mut self) -> Result<Option<Step<'_>>, Error> {
        let Stretch {
            path,
            file,
            len: end,
        } = self.stretch;
        let Some((offset, text)) = self.lines.next().context("read chunk", path)? else {
            return Ok(None);
        };
        let len = text.len() as u64;
        let stop = match self.scan.next(text) {
            Ok(line) => {
                self.last_key = Some(line.key);
                return Ok(Some(Step::Record(WalkedRecord {
                    offset,
                    len,
                    against_index: self.blocks.record(line.key, offset + len).err(),
                    lost_checksum: self.checksums.next(offset, text, line.starts_batch),
                    line,
                })));
            }
            Err(stop) => stop,
        };
        // As in recovery, the records end here if this offset is behind the index and nothing proves that the
        // bytes here were once durable. One proof holds for the rest of the chunk.
        if !stop.misplaced && self.may_end_from.take_if(|from| offset >= *from).is_some() {
            let rest = look_at_rest(file, offset, end).context("read chunk", path)?;
            if !rest.batch_start {
                return Ok(Some(Step::End { offset, rest }));
            }
        }
        if !stop.bad.is_foreign() {
            self.blocks.stop();
        }
        Ok(Some(Step::Bad { offset, len, stop }))
    }

    /// At the end of a closed chunk: whether its last record is the one that the manifest names.
    ///
    /// # Errors
    /// [`Error::Damaged`].
    pub(crate) fn ends_with(&self, max_key: Option<u64>) -> Result<(), Error> {
        match max_key.filter(|max| self.last_key != Some(*max)) {
            None => Ok(()),
            Some(max) => {
                let Stretch { path, len, .. } = self.stretch;
                let found = self.last_key.map_or("none".into(), |key| key.to_string());
                Err(Error::damaged(path, len, format!("last key {max}"), found))
            }
        }
    }
}

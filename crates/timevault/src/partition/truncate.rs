//! Truncating: removing the suffix of the log from a key on.

use std::sync::Arc;

use crate::assertion::{at_most, before_write};
use crate::chunk::ChunkHandle;
use crate::error::{Error, IoContext};
use crate::index::{self, Block};
use crate::layout::{self, ChunkFile};
use crate::manifest::ChunkLine;
use crate::partition::{OpenChunk, Partition};
use crate::scan::cut_before;
use crate::seeded::seeded;
use crash_disk::{self as fs, Access, SyncSite};

/// Where a chunk is cut, and which blocks are left of it.
pub(super) struct Cut {
    /// Blocks that stay whole.
    pub(super) whole: Vec<Block>,
    /// What stays of the block that is cut, as a block of its own.
    pub(super) partial: Option<Block>,
}

impl Cut {
    /// The last block after the cut.
    fn last(&self) -> Option<&Block> {
        self.partial.as_ref().or(self.whole.last())
    }
}

impl Partition {
    /// Removes the records with this key and above. They are unreadable at once and gone for good
    /// when this returns; records appended before are durable then too.
    ///
    /// A crash in between leaves the log as it was, or a prefix of it that still has every record
    /// below `key`. Nothing is done when the last key is below `key`.
    ///
    /// # Errors
    /// [`Error::Io`] and [`Error::Damaged`] are failures: everything later is refused with
    /// [`Error::Failed`].
    pub fn truncate(&mut self, key: u64) -> Result<(), Error> {
        self.latched(|partition| {
            // O9: pending appends before the cut, because the truncate is durable only with all that
            // was issued before it.
            partition.sync_appended()?;
            match partition.last_key {
                Some(last) if last >= key => partition.truncate_from(key),
                _ => Ok(()),
            }
        })
    }

    fn truncate_from(&mut self, key: u64) -> Result<(), Error> {
        // The first live chunk always stays, if need be empty, so that the manifest of a log that
        // was never purged is never empty beside chunk files.
        let kept = self
            .manifest
            .chunks
            .partition_point(|line| line.chunk_id < key)
            .max(1);
        let Some(target) = self.handles.get(kept - 1).cloned() else {
            return Ok(());
        };
        let cut = self.find_cut(&target, key)?;
        let dropped = self.manifest.chunks.split_off(kept);
        let reopened = self
            .manifest
            .chunks
            .last()
            .is_some_and(ChunkLine::is_closed);
        let mut open = self.reopen_at(&target, &cut)?;
        self.show_truncated(kept, &open, &cut);
        if reopened || !dropped.is_empty() {
            if seeded!(self.hold.options.seeded(), TruncateFrontToBack) {
                self.unlink_dropped(&dropped)?;
            }
            if let Some(line) = self.manifest.chunks.last_mut() {
                line.reopen();
            }
            // O9: the manifest before any file is touched, because a crash in between must leave a
            // longer prefix of the old log: with the cut or an unlink first it would leave a hole,
            // or a closed chunk shorter than its line says.
            self.store_manifest(SyncSite::here())?;
        }
        self.cut_files(&mut open, &cut)?;
        self.open = Some(open);
        if !dropped.is_empty() {
            self.unlink_dropped(&dropped)?;
            self.counted.truncates_over_chunks += 1;
        }
        Ok(())
    }

    fn find_cut(&self, target: &ChunkHandle, key: u64) -> Result<Cut, Error> {
        let shared = &self.shared;
        target.load(&*shared.fs, &*shared.plugin, shared.rule)?;
        let mut whole = target.look(|blocks| {
            let count = blocks.partition_point(|block| block.max_key < key);
            blocks
                .get(..count.saturating_add(1))
                .unwrap_or(blocks)
                .to_vec()
        });
        // The records after the last block count as one more.
        let open = self
            .open
            .as_ref()
            .filter(|open| open.handle.serial == target.serial);
        if let Some(open) = open
            && whole.last().is_none_or(|block| block.max_key < key)
            && let Some(tail) = open.tail
        {
            whole.push(tail.block);
        }
        let Some(border) = whole.pop_if(|block| block.max_key >= key) else {
            return Ok(Cut {
                whole,
                partial: None,
            });
        };
        let file = shared.chunk_file(target)?;
        let bytes = fs::read_exact_piece(&*file, border.offset, border.len)
            .context("read chunk", &target.path)?;
        let partial = cut_before(&*shared.plugin, &bytes, &border, key)
            .map_err(|(offset, bad)| bad.at(&target.path, offset))?;
        Ok(Cut { whole, partial })
    }

    /// The target as it will be: the same files, cut.
    pub(super) fn reopen_at(
        &self,
        target: &Arc<ChunkHandle>,
        cut: &Cut,
    ) -> Result<OpenChunk, Error> {
        let (fs, dir, id) = (&*self.shared.fs, &self.shared.dir, target.id);
        let blocks: Vec<Block> = cut.whole.iter().chain(&cut.partial).copied().collect();
        let handle = Arc::new(ChunkHandle::open(dir, id, blocks.clone()));
        let index_path = ChunkFile::Index.path(dir, id);
        let chunk = fs
            .open(&target.path, Access::ReadWrite)
            .context("open chunk", &target.path)?;
        let index = match fs.open(&index_path, Access::ReadWrite) {
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => fs.create_new(&index_path),
            result => result,
        };
        let index = index.context("open index", &index_path)?;
        let filled_end = chunk.len().context("measure chunk", &target.path)?;
        let mut open = OpenChunk::empty(handle, chunk, index);
        open.end = cut.last().map_or(0, Block::end);
        open.filled_end = filled_end;
        open.synced_end = open.end;
        open.min_key = blocks.first().map(|block| block.min_key);
        Ok(open)
    }

    /// Takes the records out of sight, before anything on the disk changes.
    fn show_truncated(&mut self, kept: usize, open: &OpenChunk, cut: &Cut) {
        self.handles.truncate(kept);
        if let Some(last) = self.handles.last_mut() {
            *last = Arc::clone(&open.handle);
        }
        let before = kept
            .checked_sub(2)
            .and_then(|at| self.manifest.chunks.get(at));
        self.last_key = cut
            .last()
            .map(|block| block.max_key)
            .or(before.and_then(|line| line.max_order_key));
        let (chunks, end, last_key) = (Arc::new(self.handles.clone()), open.end, self.last_key);
        self.shared.publish_removal(|view| {
            view.chunks = chunks;
            view.has_open = true;
            view.end = end;
            view.tail_key = None;
            view.last_key = last_key;
        });
    }

    fn cut_files(&self, open: &mut OpenChunk, cut: &Cut) -> Result<(), Error> {
        if seeded!(self.hold.options.seeded(), ChunkCutBeforeIndex) {
            self.cut_chunk(open)?;
        }
        // O10: the index before the chunk, because a line past the end of its chunk must always mean
        // damage: with the chunk cut first, a crash in between would look like that. And the line of
        // a cut with it, because a crash may leave the chunk with a hole before what goes.
        let goes = open.filled_end > open.end;
        self.cut_index(open, cut, goes)?;
        self.cut_chunk(open)?;
        if goes {
            // O10: the line goes after the cut, for the same reason, and before the return, because it
            // would void what is appended next.
            open.forget_cut()?;
            open.sync_index(SyncSite::here())?;
        }
        Ok(())
    }

    /// Leaves the lines of the blocks that the cut keeps; behind them the line of a cut, if bytes of the chunk
    /// are to go.
    pub(super) fn cut_index(
        &self,
        open: &mut OpenChunk,
        cut: &Cut,
        goes: bool,
    ) -> Result<(), Error> {
        let path = open.handle.index_path.clone();
        let bytes = fs::read_whole(&*self.shared.fs, &path).context("read index", &path)?;
        let (lines, good_len) = common_lines(&bytes, &cut.whole);
        open.index.set_len(good_len).context("cut index", &path)?;
        open.index_len = good_len;
        open.lines_written = lines;
        open.write_index_lines()?;
        if goes {
            open.announce_cut()?;
        }
        open.sync_index(SyncSite::here())
    }

    pub(super) fn cut_chunk(&self, open: &mut OpenChunk) -> Result<(), Error> {
        let path = &open.handle.path;
        let held = at_most("an end of the index", open.indexed_end(), open.end);
        before_write("O10", path, held)?;
        if open.filled_end > open.end {
            // Readers that are in the middle of these bytes notice: the view without them is published.
            open.file.set_len(open.end).context("cut chunk", path)?;
            open.filled_end = open.end;
        }
        // O10: the cut before the return, because once a later append is acknowledged the removed
        // records must not come back from under it.
        open.sync_chunk(SyncSite::here())
    }

    pub(super) fn unlink_dropped(&self, dropped: &[ChunkLine]) -> Result<(), Error> {
        for line in dropped {
            self.unlink_chunk(line.chunk_id)?;
        }
        // O11: synced before the return, because a later chunk may get the same name: the old file must
        // not come back under it.
        let chunks = self.shared.dir.join(layout::CHUNKS);
        self.shared
            .fs
            .sync_dir(&chunks, SyncSite::here())
            .context("sync", &chunks)
    }
}

/// How many lines of an index file agree with the blocks, and their length.
///
/// Lines of another writer are longer or shorter than those of this engine: then all are written anew.
fn common_lines(bytes: &[u8], blocks: &[Block]) -> (usize, u64) {
    let written = index::parse(&mut bytes.to_vec(), true).blocks;
    let same = written
        .iter()
        .zip(blocks)
        .take_while(|(a, b)| a == b)
        .count();
    let expected = index::encode_all(blocks.get(..same).unwrap_or_default());
    if bytes.starts_with(&expected) {
        (same, expected.len() as u64)
    } else {
        (0, 0)
    }
}

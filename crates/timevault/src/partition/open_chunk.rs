//! The chunk that is written to: its two files, how far each is written and synced, and the block
//! that is being filled.

use std::sync::Arc;

use crate::assertion::before_write;
use crate::block_rule::{BlockRule, GrowingBlock};
use crate::chunk::ChunkHandle;
use crate::error::{Error, IoContext};
use crate::index::{self, Block};
use crash_disk::{self as fs, File, SyncSite};

/// The open chunk of a partition.
#[derive(Debug)]
pub(super) struct OpenChunk {
    pub(super) handle: Arc<ChunkHandle>,
    pub(super) file: Arc<dyn File>,
    pub(super) index: Arc<dyn File>,
    /// Logical length: after the last record.
    pub(super) end: u64,
    /// Length of the file; beyond `end` it holds newlines.
    pub(super) filled_end: u64,
    /// Up to here the chunk is synced.
    pub(super) synced_end: u64,
    /// Key of the first record.
    pub(super) min_key: Option<u64>,
    /// The records after the last block.
    pub(super) tail: Option<GrowingBlock>,
    /// Bytes of index lines that are written.
    pub(super) index_len: u64,
    /// How many of the blocks have their line written.
    pub(super) lines_written: usize,
    /// Bytes of chunk whose index lines are synced.
    pub(super) index_synced_end: u64,
}

impl OpenChunk {
    /// A chunk without a record.
    pub(super) fn empty(
        handle: Arc<ChunkHandle>,
        file: Box<dyn File>,
        index: Box<dyn File>,
    ) -> Self {
        Self {
            handle,
            file: file.into(),
            index: index.into(),
            end: 0,
            filled_end: 0,
            synced_end: 0,
            min_key: None,
            tail: None,
            index_len: 0,
            lines_written: 0,
            index_synced_end: 0,
        }
    }

    pub(super) fn id(&self) -> u64 {
        self.handle.id
    }

    /// Counts one written record of `len` bytes; closes the block when it is full.
    pub(super) fn count_record(&mut self, key: u64, len: u64, rule: BlockRule) {
        let handle = &self.handle;
        rule.add(&mut self.tail, key, (self.end, len), |block| {
            handle.push_block(block);
        });
        self.end += len;
        self.min_key.get_or_insert(key);
    }

    /// Writes the index lines of synced blocks that have none yet, without a sync.
    pub(super) fn write_index_lines(&mut self) -> Result<(), Error> {
        let mut lines = Vec::new();
        let mut count = 0;
        // O4: only blocks that are synced, because a line must never speak of bytes that a power cut
        // can take back: a line past the end of its chunk always means damage.
        let held = self.handle.look(|blocks| {
            let (before, due) = blocks
                .split_at_checked(self.lines_written)
                .unwrap_or((blocks, &[]));
            let mut last = before.last();
            for block in due
                .iter()
                .take_while(|block| block.end() <= self.synced_end)
            {
                index::check_follows(last, block)?;
                index::encode(block, &mut lines);
                count += 1;
                last = Some(block);
            }
            Ok(())
        });
        let held = held.map_err(|found: String| ("a block behind the last one".into(), found));
        before_write("O4", &self.handle.index_path, held)?;
        if count > 0 {
            fs::write_all_at(&*self.index, &lines, self.index_len)
                .context("write index", &self.handle.index_path)?;
            self.index_len += lines.len() as u64;
            self.lines_written += count;
        }
        Ok(())
    }

    /// Writes behind the index that the chunk is about to be cut where the last block ends.
    pub(super) fn announce_cut(&self) -> Result<(), Error> {
        let mut line = Vec::new();
        index::encode_cut(self.indexed_end(), &mut line);
        fs::write_all_at(&*self.index, &line, self.index_len)
            .context("write index", &self.handle.index_path)
    }

    /// Removes the line of a cut.
    pub(super) fn forget_cut(&self) -> Result<(), Error> {
        self.index
            .set_len(self.index_len)
            .context("cut index", &self.handle.index_path)
    }

    /// End of the chunk's bytes that written index lines cover.
    pub(super) fn indexed_end(&self) -> u64 {
        self.handle.look(|blocks| {
            self.lines_written
                .checked_sub(1)
                .and_then(|at| blocks.get(at))
                .map_or(0, Block::end)
        })
    }

    pub(super) fn sync_index(&mut self, site: SyncSite) -> Result<(), Error> {
        self.index
            .sync_data(site)
            .context("sync index", &self.handle.index_path)?;
        self.index_synced_end = self.indexed_end();
        Ok(())
    }

    pub(super) fn sync_chunk(&mut self, site: SyncSite) -> Result<(), Error> {
        self.file
            .sync_data(site)
            .context("sync chunk", &self.handle.path)?;
        self.synced_end = self.end;
        Ok(())
    }

    /// Cuts off the filling, if there is any.
    pub(super) fn trim(&mut self) -> Result<(), Error> {
        if self.filled_end > self.end {
            self.file
                .set_len(self.end)
                .context("trim chunk", &self.handle.path)?;
            self.filled_end = self.end;
        }
        Ok(())
    }

    /// Leaves the chunk as a closed one should be: trimmed, synced, wholly indexed.
    pub(super) fn finish(&mut self) -> Result<(), Error> {
        self.trim()?;
        // O4: the chunk before its index, because an index line may only speak of durable bytes.
        self.sync_chunk(SyncSite::named("finished chunk"))?;
        if let Some(tail) = self.tail.take() {
            self.handle.push_block(tail.block);
        }
        self.write_index_lines()?;
        self.sync_index(SyncSite::here())
    }
}

//! A live chunk as readers and the writer share it: its files and its blocks.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use crate::block_rule::BlockRule;
use crate::error::{Error, IoContext};
use crate::format::FormatPlugin;
use crate::index::{self, Block};
use crate::layout::ChunkFile;
use crate::manifest::ChunkLine;
use crate::scan::{LineScan, scan_lines};
use crate::sync::{PoisonError, RwLock};
use crash_disk::{self as fs, Access, File, FileSystem};

/// Tells apart two chunks that had the same id one after the other.
static NEXT_SERIAL: AtomicU64 = AtomicU64::new(0);

/// A chunk that the manifest names.
///
/// A truncate that cuts a chunk puts a new handle in its place; a handle's blocks only grow.
#[derive(Debug)]
pub(crate) struct ChunkHandle {
    pub(crate) id: u64,
    pub(crate) serial: u64,
    pub(crate) path: PathBuf,
    pub(crate) index_path: PathBuf,
    /// Of a closed chunk: its length, where the manifest tells it.
    closed_len: Option<u64>,
    /// `None` until first needed; the open chunk's are there from the start.
    blocks: RwLock<Option<Vec<Block>>>,
}

impl ChunkHandle {
    /// A closed chunk, its index not read yet.
    pub(crate) fn closed(partition: &Path, line: &ChunkLine) -> Self {
        Self {
            closed_len: line.bytes,
            ..Self::with_blocks(partition, line.chunk_id, None)
        }
    }

    /// The open chunk with the blocks known so far.
    pub(crate) fn open(partition: &Path, id: u64, blocks: Vec<Block>) -> Self {
        Self::with_blocks(partition, id, Some(blocks))
    }

    fn with_blocks(partition: &Path, id: u64, blocks: Option<Vec<Block>>) -> Self {
        Self {
            id,
            serial: NEXT_SERIAL.fetch_add(1, Ordering::Relaxed),
            path: ChunkFile::Chunk.path(partition, id),
            index_path: ChunkFile::Index.path(partition, id),
            closed_len: None,
            blocks: RwLock::new(blocks),
        }
    }

    /// Adds a block at the end.
    pub(crate) fn push_block(&self, block: Block) {
        let mut blocks = self.blocks.write().unwrap_or_else(PoisonError::into_inner);
        blocks.get_or_insert_default().push(block);
    }

    /// Looks at the blocks known so far; no I/O. A closed chunk that was not [loaded](Self::load) yet shows
    /// none.
    pub(crate) fn look<T>(&self, f: impl FnOnce(&[Block]) -> T) -> T {
        let blocks = self.blocks.read().unwrap_or_else(PoisonError::into_inner);
        f(blocks.as_deref().unwrap_or_default())
    }

    /// Makes sure that the blocks are in memory: reads the index of a closed chunk, and scans
    /// what a damaged or missing index does not cover.
    pub(crate) fn load(
        &self,
        fs: &dyn FileSystem,
        plugin: &dyn FormatPlugin,
        rule: BlockRule,
    ) -> Result<(), Error> {
        if self
            .blocks
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .is_some()
        {
            return Ok(());
        }
        let (file, len) = open_measured(fs, &self.path)?;
        check_length(&self.path, self.closed_len, len)?;
        let mut blocks = read_index(fs, plugin, &self.index_path)?.blocks;
        let covered = blocks.last().map_or(0, Block::end);
        if covered > len {
            return Err(length_error(&self.path, covered, len));
        }
        if covered < len {
            tracing::warn!(index = %self.index_path.display(), covered, len,
                "index does not cover its chunk, scanning the rest");
            let bytes = fs::read_exact_piece(&*file, covered, len - covered)
                .context("read chunk", &self.path)?;
            let lines = match blocks.last() {
                Some(block) => LineScan::new(plugin, Some(block.max_key)),
                None => LineScan::of_chunk(plugin, self.id, None),
            };
            let scan = scan_lines(lines, &bytes);
            if let Some(bad) = scan.stopped {
                return Err(bad.at(&self.path, covered + scan.len));
            }
            debug_assert_eq!(covered + scan.len, len);
            let (whole, last) = scan.blocks(covered, rule);
            blocks.extend(whole);
            blocks.extend(last.map(|last| last.block));
        }
        *self.blocks.write().unwrap_or_else(PoisonError::into_inner) = Some(blocks);
        Ok(())
    }
}

/// Opens a chunk file for reading, and its length in bytes.
pub(crate) fn open_measured(
    fs: &dyn FileSystem,
    path: &Path,
) -> Result<(Box<dyn File>, u64), Error> {
    let file = fs.open(path, Access::Read).context("open chunk", path)?;
    let len = file.len().context("measure chunk", path)?;
    Ok((file, len))
}

/// Damage unless the file is as long as the manifest says, where it says so.
pub(crate) fn check_length(path: &Path, expected: Option<u64>, found: u64) -> Result<(), Error> {
    match expected.filter(|expected| *expected != found) {
        Some(expected) => Err(length_error(path, expected, found)),
        None => Ok(()),
    }
}

/// Damage: the file's length is not what it should be.
pub(crate) fn length_error(path: &Path, expected: u64, found: u64) -> Error {
    let (expected, at) = (format!("{expected} bytes"), found.min(expected));
    Error::damaged(path, at, expected, format!("{found} bytes"))
}

/// Reads an index file; a missing one is an empty one, because it can be made again.
pub(crate) fn read_index(
    fs: &dyn FileSystem,
    plugin: &dyn FormatPlugin,
    path: &Path,
) -> Result<index::LoadedIndex, Error> {
    let mut bytes = match fs::read_whole(fs, path) {
        Ok(bytes) => bytes,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Vec::new(),
        Err(e) => return Err(Error::io("read index", path, e)),
    };
    let loaded = index::parse(&mut bytes, plugin.checksum_required());
    if let Some(reason) = &loaded.bad {
        tracing::warn!(index = %path.display(), offset = loaded.good_len, reason,
            "bad index line; the chunk is scanned from there");
    }
    Ok(loaded)
}

//! The index of a chunk: its lines written and read.

use crate::index::{self, Block};

/// A block of records, as a line of an index describes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IndexBlock {
    /// Key of the first record; other writers may have put a lower one there.
    pub min_key: u64,
    /// Key of the last record.
    pub max_key: u64,
    /// Offset of the first record in the chunk, in bytes.
    pub offset: u64,
    /// Length in bytes.
    pub len: u64,
}

impl IndexBlock {
    pub(super) fn of(block: &Block) -> Self {
        let Block {
            min_key,
            max_key,
            offset,
            len,
        } = *block;
        Self {
            min_key,
            max_key,
            offset,
            len,
        }
    }

    pub(super) fn block(&self) -> Block {
        let Self {
            min_key,
            max_key,
            offset,
            len,
        } = *self;
        Block {
            min_key,
            max_key,
            offset,
            len,
        }
    }
}

/// What the engine reads of an index file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParsedIndex {
    /// The blocks of the good prefix.
    pub blocks: Vec<IndexBlock>,
    /// Length of the good prefix, in bytes.
    pub good_len: u64,
    /// Whether the line of a cut stands behind it, and nothing else.
    pub cut: bool,
    /// Why the rest is not good, if there is a rest.
    pub bad: Option<String>,
}

/// Reads the bytes of an index file; with `sealed_only` a line without a checksum is bad.
#[must_use]
pub fn parse_index(bytes: &[u8], sealed_only: bool) -> ParsedIndex {
    let loaded = index::parse(&mut bytes.to_vec(), sealed_only);
    ParsedIndex {
        blocks: loaded.blocks.iter().map(IndexBlock::of).collect(),
        good_len: loaded.good_len,
        cut: loaded.cut,
        bad: loaded.bad,
    }
}

/// The line of a block, newline included.
#[must_use]
pub fn index_line(block: &IndexBlock) -> Vec<u8> {
    let mut line = Vec::new();
    index::encode(&block.block(), &mut line);
    line
}

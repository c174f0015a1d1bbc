//! The records of a chunk: found line by line.

use super::IndexBlock;
use crate::block_rule::BlockRule;
use crate::error::Error;
use crate::format::FormatPlugin;
use crate::line;
use crate::scan::{LineScan, RecordScan, cut_before, scan_lines};

/// What the engine's scanner found in the bytes of a chunk.
#[derive(Debug)]
pub struct Scanned(RecordScan);

impl Scanned {
    /// Order key and stored length of each record, from the first byte on.
    #[must_use]
    pub fn records(&self) -> &[(u64, u64)] {
        &self.0.records
    }

    /// Bytes of these records.
    #[must_use]
    pub fn byte_len(&self) -> u64 {
        self.0.len
    }

    /// Offset of the last record that starts a batch.
    #[must_use]
    pub fn last_mark(&self) -> Option<u64> {
        self.0.last_mark
    }

    /// What was expected behind the records and what stands there, if the bytes go on.
    #[must_use]
    pub fn stopped(&self) -> Option<(&str, &str)> {
        let bad = self.0.stopped.as_ref()?;
        Some((&bad.expected, &bad.found))
    }

    /// Whether the scan was stopped by a record that is intact and can't stand there.
    #[must_use]
    pub fn misplaced(&self) -> bool {
        self.0.misplaced
    }

    /// The records as blocks of an index; the first begins at `offset`, the last may be short.
    #[must_use]
    pub fn blocks(&self, offset: u64, max_records: u64) -> Vec<IndexBlock> {
        let (blocks, last) = self.0.blocks(offset, BlockRule::of_records(max_records));
        let last = last.map(|last| last.block);
        blocks.iter().chain(&last).map(IndexBlock::of).collect()
    }
}

/// Scans bytes that begin at the border of a record; `last_key` is the key of the record before.
#[must_use]
pub fn scan(plugin: &dyn FormatPlugin, bytes: &[u8], last_key: Option<u64>) -> Scanned {
    Scanned(scan_lines(LineScan::new(plugin, last_key), bytes))
}

/// What is left of a block, whose bytes these are, when the records with this key and above go.
///
/// # Errors
/// [`Error::Damaged`], of no file, at the offset of a line that is no record.
pub fn keep_below(
    plugin: &dyn FormatPlugin,
    bytes: &[u8],
    block: &IndexBlock,
    key: u64,
) -> Result<Option<IndexBlock>, Error> {
    match cut_before(plugin, bytes, &block.block(), key) {
        Ok(left) => Ok(left.as_ref().map(IndexBlock::of)),
        Err((offset, bad)) => Err(bad.at("".as_ref(), offset)),
    }
}

/// Where, behind the first byte, the first intact line stands that starts a batch.
#[must_use]
pub fn find_batch_start(bytes: &[u8]) -> Option<usize> {
    line::find_batch_start(bytes)
}

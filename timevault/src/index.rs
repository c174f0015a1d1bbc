//! The sparse index of a chunk: one line per block of records.

use serde::{Deserialize, Serialize};

use crate::line;
use crate::sealed::{self, Unsealed};

/// A block of records in a chunk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Block {
    pub(crate) min_key: u64,
    pub(crate) max_key: u64,
    /// Offset of the first record in the chunk, in bytes.
    pub(crate) offset: u64,
    /// Length in bytes.
    pub(crate) len: u64,
}

impl Block {
    /// Offset after the last record.
    pub(crate) fn end(&self) -> u64 {
        self.offset.saturating_add(self.len)
    }
}

/// One line of an index file.
#[derive(Serialize, Deserialize)]
struct IndexLine {
    block_min_key: u64,
    block_max_key: u64,
    file_offset_bytes: u64,
    block_len_bytes: u64,
}

/// Appends the block's line to `out`.
pub(crate) fn encode(block: &Block, out: &mut Vec<u8>) {
    let line = IndexLine {
        block_min_key: block.min_key,
        block_max_key: block.max_key,
        file_offset_bytes: block.offset,
        block_len_bytes: block.len,
    };
    // Four numbers always serialize.
    let object = serde_json::to_vec(&line).unwrap_or_default();
    out.extend_from_slice(&sealed::seal(object));
    out.push(line::NEWLINE);
}

/// What could be read of an index file.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct LoadedIndex {
    /// The blocks of the good prefix, without a gap between them.
    pub(crate) blocks: Vec<Block>,
    /// Length of the good prefix in the file, in bytes.
    pub(crate) good_len: u64,
    /// Why the rest is not good, if there is a rest.
    pub(crate) bad: Option<String>,
}

/// Reads lines up to the first that is not whole, not intact or does not follow the one before.
///
/// An index only repeats what the chunk says, so a bad line costs a scan and never data. Lines of
/// other writers have no checksum; with `sealed_only` such a line is bad too.
pub(crate) fn parse(bytes: &mut [u8], sealed_only: bool) -> LoadedIndex {
    let mut loaded = LoadedIndex {
        blocks: Vec::new(),
        good_len: 0,
        bad: None,
    };
    let mut end = 0;
    for part in bytes.split_inclusive_mut(|byte| *byte == line::NEWLINE) {
        let len = part.len() as u64;
        match parse_line(part, loaded.blocks.last(), end, sealed_only) {
            Ok(block) => {
                end = block.end();
                loaded.blocks.push(block);
                loaded.good_len += len;
            }
            Err(reason) => {
                loaded.bad = Some(reason);
                break;
            }
        }
    }
    loaded
}

fn parse_line(
    part: &mut [u8],
    last: Option<&Block>,
    end: u64,
    sealed_only: bool,
) -> Result<Block, String> {
    let Some((&mut line::NEWLINE, text)) = part.split_last_mut() else {
        return Err("line without an end".into());
    };
    let object = match sealed::unseal(text) {
        Unsealed::Valid(object) => object,
        Unsealed::Absent(_) if sealed_only => return Err("line without a checksum".into()),
        Unsealed::Absent(object) => object,
        Unsealed::Mismatch { computed, stored } => {
            let (expected, found) = sealed::wrong_checksum(computed, stored);
            return Err(format!("{found}, expected {expected}"));
        }
    };
    let line: IndexLine = serde_json::from_slice(object).map_err(|e| e.to_string())?;
    let block = Block {
        min_key: line.block_min_key,
        max_key: line.block_max_key,
        offset: line.file_offset_bytes,
        len: line.block_len_bytes,
    };
    if block.offset != end {
        return Err(format!("block at offset {}, expected {end}", block.offset));
    }
    if block.len == 0 || block.offset.checked_add(block.len).is_none() {
        return Err(format!("block of {} bytes at {}", block.len, block.offset));
    }
    // The published engine may write a block_min_key that is too low, so only the upper ends are
    // compared.
    if block.max_key < block.min_key || last.is_some_and(|last| block.max_key < last.max_key) {
        return Err(format!(
            "block of keys {} to {}",
            block.min_key, block.max_key
        ));
    }
    Ok(block)
}

#[cfg(test)]
mod tests {
    use super::*;

    const BLOCKS: [Block; 2] = [
        Block {
            min_key: 1,
            max_key: 4,
            offset: 0,
            len: 100,
        },
        Block {
            min_key: 5,
            max_key: 8,
            offset: 100,
            len: 90,
        },
    ];

    fn file() -> Vec<u8> {
        let mut bytes = Vec::new();
        BLOCKS.iter().for_each(|block| encode(block, &mut bytes));
        bytes
    }

    #[test]
    fn round_trip() {
        let mut bytes = file();
        let good_len = bytes.len() as u64;
        assert_eq!(
            parse(&mut bytes, true),
            LoadedIndex {
                blocks: BLOCKS.to_vec(),
                good_len,
                bad: None
            }
        );
    }

    #[test]
    fn a_cut_keeps_the_lines_before_it() {
        let whole = file();
        let first = whole.iter().position(|b| *b == b'\n').unwrap() + 1;
        for cut in 0..whole.len() {
            let loaded = parse(&mut whole[..cut].to_vec(), true);
            let lines = usize::from(cut >= first);
            assert_eq!(loaded.blocks, BLOCKS[..lines], "cut at {cut}");
            assert_eq!(loaded.good_len, if lines == 1 { first as u64 } else { 0 });
            assert_eq!(loaded.bad.is_some(), cut != 0 && cut != first);
        }
    }

    #[test]
    fn a_block_that_does_not_follow_ends_the_good_prefix() {
        let mut bytes = Vec::new();
        encode(&BLOCKS[0], &mut bytes);
        let good_len = bytes.len() as u64;
        encode(
            &Block {
                offset: 99,
                ..BLOCKS[1]
            },
            &mut bytes,
        );
        let loaded = parse(&mut bytes, true);
        assert_eq!((loaded.blocks.len(), loaded.good_len), (1, good_len));
        assert!(loaded.bad.is_some());
    }
}

//! The blocks of an index.

use serde::Deserialize;
use timevault::probe::IndexBlock;

use super::object;

/// A line of an index, as the description of the format has it.
#[derive(Deserialize)]
struct Line {
    block_min_key: u64,
    block_max_key: u64,
    file_offset_bytes: u64,
    block_len_bytes: u64,
}

/// The blocks of the good prefix and its length.
pub(in crate::verify::fuzz) fn good_prefix(
    bytes: &[u8],
    sealed_only: bool,
) -> (Vec<IndexBlock>, usize) {
    let mut blocks: Vec<IndexBlock> = Vec::new();
    let mut good = 0;
    while let Some(len) = memchr::memchr(b'\n', &bytes[good..]) {
        let Some(block) = block(&bytes[good..good + len], sealed_only) else {
            break;
        };
        let end = blocks.last().map_or(0, |last| last.offset + last.len);
        let highest = blocks.last().map_or(0, |last| last.max_key);
        let follows = block.offset == end
            && block.len > 0
            && block.offset.checked_add(block.len).is_some()
            && block.min_key <= block.max_key
            && highest <= block.max_key;
        if !follows {
            break;
        }
        blocks.push(block);
        good += len + 1;
    }
    (blocks, good)
}

fn block(line: &[u8], sealed_only: bool) -> Option<IndexBlock> {
    let (object, _) = object(line, sealed_only)?;
    let line: Line = serde_json::from_slice(&object).ok()?;
    Some(IndexBlock {
        min_key: line.block_min_key,
        max_key: line.block_max_key,
        offset: line.file_offset_bytes,
        len: line.block_len_bytes,
    })
}

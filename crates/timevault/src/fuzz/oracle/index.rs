//! The blocks of an index.

use serde::Deserialize;

use super::sealed::{object, was_sealed};

/// A line of an index, as the description of the format has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub(crate) struct IndexBlock {
    #[serde(rename = "block_min_key")]
    pub(crate) min_key: u64,
    #[serde(rename = "block_max_key")]
    pub(crate) max_key: u64,
    #[serde(rename = "file_offset_bytes")]
    pub(crate) offset: u64,
    #[serde(rename = "block_len_bytes")]
    pub(crate) len: u64,
}

/// The line of a cut.
#[derive(Deserialize)]
struct Cut {
    cut_at_bytes: u64,
}

/// The blocks of the good prefix, its length, and whether the line of a cut ends the file.
pub(crate) fn good_prefix(bytes: &[u8], sealed_only: bool) -> (Vec<IndexBlock>, usize, bool) {
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
    let end = blocks.last().map_or(0, |last| last.offset + last.len);
    let cut = is_cut(&bytes[good..], end);
    (blocks, good, cut)
}

/// Whether this is the line of a cut at `end`, and nothing else. It has a checksum in any case.
fn is_cut(rest: &[u8], end: u64) -> bool {
    let Some((b'\n', line)) = rest.split_last() else {
        return false;
    };
    let cut =
        object(line, true).and_then(|(object, _)| serde_json::from_slice::<Cut>(&object).ok());
    !line.contains(&b'\n') && cut.is_some_and(|cut| cut.cut_at_bytes == end)
}

fn block(line: &[u8], sealed_only: bool) -> Option<IndexBlock> {
    let (object, sealed) = object(line, sealed_only)?;
    if !sealed && was_sealed(line) {
        return None;
    }
    serde_json::from_slice(&object).ok()
}

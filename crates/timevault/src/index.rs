//! The sparse index of a chunk: one line per block of records.

use serde::{Deserialize, Serialize};

use crate::line;
use crate::sealed::{self, Unsealed};

/// A block of records in a chunk; serialized, it is one line of an index file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(expecting = "struct IndexLine")]
pub(crate) struct Block {
    #[serde(rename = "block_min_key")]
    pub(crate) min_key: u64,
    #[serde(rename = "block_max_key")]
    pub(crate) max_key: u64,
    /// Offset of the first record in the chunk, in bytes.
    #[serde(rename = "file_offset_bytes")]
    pub(crate) offset: u64,
    /// Length in bytes.
    #[serde(rename = "block_len_bytes")]
    pub(crate) len: u64,
}

impl Block {
    /// Offset after the last record.
    pub(crate) fn end(&self) -> u64 {
        self.offset.saturating_add(self.len)
    }
}

/// The last line while a chunk is being cut: the bytes behind the last block are void.
///
/// A file system may zero the rest of the disk block in which a file is cut before it shortens the file.
/// Then a hole stands between the records that are kept and intact ones behind them; without this line
/// the hole would be damage.
#[derive(Serialize, Deserialize)]
struct CutLine {
    cut_at_bytes: u64,
}

/// What a line says.
enum Line {
    Block(Block),
    Cut,
}

/// Appends the line of a chunk that is being cut at the end of its last block to `out`.
pub(crate) fn encode_cut(end: u64, out: &mut Vec<u8>) {
    encode_line(&CutLine { cut_at_bytes: end }, out);
}

/// Appends the block's line to `out`.
pub(crate) fn encode(block: &Block, out: &mut Vec<u8>) {
    encode_line(block, out);
}

/// The lines of these blocks.
pub(crate) fn encode_all(blocks: &[Block]) -> Vec<u8> {
    let mut bytes = Vec::new();
    blocks.iter().for_each(|block| encode(block, &mut bytes));
    bytes
}

fn encode_line(line: &impl Serialize, out: &mut Vec<u8>) {
    // Numbers always serialize.
    let object = serde_json::to_vec(line).unwrap_or_default();
    out.extend_from_slice(&sealed::seal(object));
    out.push(line::NEWLINE);
}

/// What could be read of an index file.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct LoadedIndex {
    /// The blocks of the good prefix, without a gap between them.
    pub(crate) blocks: Vec<Block>,
    /// Length of the lines of these blocks in the file, in bytes.
    pub(crate) good_len: u64,
    /// Whether the chunk is being cut where the last block ends: then nothing behind it counts.
    pub(crate) cut: bool,
    /// Why the rest is not good, if there is a rest.
    pub(crate) bad: Option<String>,
}

impl LoadedIndex {
    /// An index without a block, because it could not be read or is not used.
    pub(crate) fn unread(reason: &str) -> Self {
        Self {
            bad: Some(reason.into()),
            ..Self::default()
        }
    }

    /// Where the last block ends in the chunk.
    pub(crate) fn end(&self) -> u64 {
        self.blocks.last().map_or(0, Block::end)
    }
}

/// Reads lines up to the first that is not whole, not intact or does not follow the one before.
///
/// An index only repeats what the chunk says, so a bad line costs a scan and never data. Other
/// writers write lines without a checksum; with `sealed_only` such a line is bad too.
pub(crate) fn parse(bytes: &mut [u8], sealed_only: bool) -> LoadedIndex {
    let mut loaded = LoadedIndex::default();
    for part in bytes.split_inclusive_mut(|byte| *byte == line::NEWLINE) {
        let len = part.len() as u64;
        if loaded.cut {
            loaded.cut = false;
            loaded.bad = Some("a line behind the one of a cut".into());
            break;
        }
        match parse_line(part, loaded.blocks.last(), sealed_only) {
            Ok(Line::Cut) => loaded.cut = true,
            Ok(Line::Block(block)) => {
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

fn parse_line(part: &mut [u8], last: Option<&Block>, sealed_only: bool) -> Result<Line, String> {
    let Some((&mut line::NEWLINE, text)) = part.split_last_mut() else {
        return Err("line without an end".into());
    };
    let object = match sealed::unseal(text) {
        Unsealed::Valid(object) => match serde_json::from_slice::<CutLine>(object) {
            Ok(cut) if cut.cut_at_bytes == last.map_or(0, Block::end) => return Ok(Line::Cut),
            _ => object,
        },
        Unsealed::Absent(_) if sealed_only => return Err("line without a checksum".into()),
        Unsealed::Absent(text) if sealed::has_remains(text) => {
            return Err("line with what is left of a checksum".into());
        }
        Unsealed::Absent(object) => object,
        Unsealed::Mismatch { computed, stored } => {
            let (expected, found) = sealed::wrong_checksum(computed, stored);
            return Err(format!("{found}, expected {expected}"));
        }
    };
    let block = serde_json::from_slice(object).map_err(|e| e.to_string())?;
    check_follows(last, &block)?;
    Ok(Line::Block(block))
}

/// Whether a block may stand behind this one, or be the first.
pub(crate) fn check_follows(last: Option<&Block>, block: &Block) -> Result<(), String> {
    let end = last.map_or(0, Block::end);
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
    Ok(())
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
        encode_all(&BLOCKS)
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
                ..LoadedIndex::default()
            }
        );
    }

    #[test]
    fn the_line_of_a_cut_is_the_last_one_and_names_the_end() {
        let good_len = file().len() as u64;
        for (end, cut) in [(190, true), (189, false), (0, false)] {
            let mut bytes = file();
            encode_cut(end, &mut bytes);
            let loaded = parse(&mut bytes.clone(), true);
            assert_eq!((loaded.cut, loaded.bad.is_none()), (cut, cut), "{end}");
            assert_eq!((loaded.blocks.len(), loaded.good_len), (2, good_len));
            let behind = Block {
                offset: 190,
                min_key: 9,
                max_key: 9,
                len: 10,
            };
            encode(&behind, &mut bytes);
            let loaded = parse(&mut bytes, true);
            assert!(!loaded.cut && loaded.bad.is_some());
            assert_eq!((loaded.blocks.len(), loaded.good_len), (2, good_len));
        }
        let mut only = Vec::new();
        encode_cut(0, &mut only);
        let loaded = parse(&mut only, true);
        assert!(loaded.cut && loaded.blocks.is_empty() && loaded.good_len == 0);
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
        let mut bytes = encode_all(&BLOCKS[..1]);
        let good_len = bytes.len() as u64;
        let offset = 99;
        encode(
            &Block {
                offset,
                ..BLOCKS[1]
            },
            &mut bytes,
        );
        let loaded = parse(&mut bytes, true);
        assert_eq!((loaded.blocks.len(), loaded.good_len), (1, good_len));
        assert!(loaded.bad.is_some());
    }
}

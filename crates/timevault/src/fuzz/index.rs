//! Target `index`: arbitrary bytes as the index of a chunk.

use super::oracle::{self, repair};
use super::unknown;
use crate::index::{self as engine, Block, LoadedIndex};

/// Gives the bytes to the engine's reader of an index: as they are, and with the checksum of each
/// line corrected; as of a format whose lines all have a checksum, and as of one in which it may
/// be missing.
///
/// The good prefix is the one that the second implementation finds: every line in it is whole,
/// intact, and follows the one before. Its blocks, written and read again, are the same; members
/// that this release does not know change nothing.
///
/// # Panics
/// When one of these does not hold.
pub fn index(data: &[u8]) {
    for bytes in [data.to_vec(), repair::lines(data)] {
        for sealed_only in [true, false] {
            parsed(&bytes, sealed_only);
        }
    }
}

fn parsed(bytes: &[u8], sealed_only: bool) {
    let found = engine::parse(&mut bytes.to_vec(), sealed_only);
    let (blocks, good_len, cut) = oracle::good_prefix(bytes, sealed_only);
    let same: Vec<_> = found.blocks.iter().map(second).collect();
    assert_eq!(same, blocks, "the blocks of the good prefix");
    assert_eq!(found.good_len, good_len as u64, "the good prefix");
    assert_eq!(found.cut, cut, "{found:?}");
    let bad = good_len < bytes.len() && !cut;
    assert_eq!(found.bad.is_some(), bad, "{found:?}");

    let mut written = Vec::new();
    for block in &found.blocks {
        engine::encode(block, &mut written);
    }
    for mut file in [unknown::members(&written), written] {
        let whole = LoadedIndex {
            blocks: found.blocks.clone(),
            good_len: file.len() as u64,
            cut: false,
            bad: None,
        };
        assert_eq!(engine::parse(&mut file, true), whole);
    }
}

/// The block as the second implementation has it.
fn second(block: &Block) -> oracle::IndexBlock {
    let Block {
        min_key,
        max_key,
        offset,
        len,
    } = *block;
    oracle::IndexBlock {
        min_key,
        max_key,
        offset,
        len,
    }
}

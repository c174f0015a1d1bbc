//! Target `index`: arbitrary bytes as the index of a chunk.

use timevault::probe::{ParsedIndex, index_line, parse_index};

use super::{oracle, repair};

/// Gives the bytes to the engine's reader of an index: as they are, and with the checksum of each
/// line made right; as of a format whose lines all have a checksum, and as of one in which it may
/// be missing.
///
/// The good prefix is the one that an implementation of its own finds: every line in it is whole,
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
    let found = parse_index(bytes, sealed_only);
    let (blocks, good_len, cut) = oracle::good_prefix(bytes, sealed_only);
    assert_eq!(found.blocks, blocks, "the blocks of the good prefix");
    assert_eq!(found.good_len, good_len as u64, "the good prefix");
    assert_eq!(found.cut, cut, "{found:?}");
    let bad = good_len < bytes.len() && !cut;
    assert_eq!(found.bad.is_some(), bad, "{found:?}");

    let written: Vec<u8> = found.blocks.iter().flat_map(index_line).collect();
    assert_eq!(parse_index(&written, true), whole(&found, written.len()));
    let later = repair::with_unknown_members(&written);
    assert_eq!(parse_index(&later, true), whole(&found, later.len()));
}

/// The same blocks in a file of this length, all of it good.
fn whole(found: &ParsedIndex, len: usize) -> ParsedIndex {
    ParsedIndex {
        blocks: found.blocks.clone(),
        good_len: len as u64,
        cut: false,
        bad: None,
    }
}

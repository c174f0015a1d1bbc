//! Target `manifest`: arbitrary bytes as the manifest of a partition.

use std::path::Path;

use super::oracle::{self, ManifestLine, repair};
use super::unknown;
use crate::error::Error;
use crate::manifest::{ChunkLine, Manifest};
use crate::seeded::Seeded;

/// Gives the bytes to the engine's reader of a manifest: as they are, and with the checksum of each
/// line corrected; as of a format whose lines all have a checksum, and as of one in which it may
/// be missing.
///
/// It reads exactly what the second implementation reads: every line whole, intact, in order, and
/// the last one open unless another writer wrote it. Anything else is reported as damage in that
/// file, at the border of a line. What reads, written and read again, is the same; members that
/// this release does not know change nothing.
///
/// # Panics
/// When one of these does not hold.
pub fn manifest(data: &[u8]) {
    for bytes in [data.to_vec(), repair::lines(data)] {
        for sealed_only in [true, false] {
            parsed(&bytes, sealed_only);
        }
    }
}

fn parsed(bytes: &[u8], sealed_only: bool) {
    match (
        read(bytes, sealed_only),
        oracle::manifest_lines(bytes, sealed_only),
    ) {
        (Err(offset), None) => {
            let border = offset == 0 || bytes.get(offset - 1) == Some(&b'\n');
            assert!(border, "damage at {offset}, which is no border of a line");
        }
        (Ok(found), Some(expected)) => {
            let same: Vec<_> = found.iter().map(second).collect();
            assert_eq!(same, expected);
            written(&found);
        }
        (Ok(found), None) => panic!("read what is none: {found:?}"),
        (Err(offset), Some(_)) => panic!("refused at {offset} what is one"),
    }
}

/// Writes the lines and reads them again.
fn written(lines: &[ChunkLine]) {
    let bytes = match Manifest::encode(lines) {
        Ok(bytes) => bytes,
        Err(error) => panic!("a manifest was read and can't be written: {error}"),
    };
    // A closed last line is one of another writer. Of ours it means that lines were lost.
    let whole = lines.last().is_none_or(|last| !last.is_closed());
    for bytes in [unknown::members(&bytes), bytes] {
        let expected = match whole {
            true => Ok(lines.to_vec()),
            false => Err(bytes.len()),
        };
        assert_eq!(read(&bytes, true), expected);
    }
}

/// Reads with the engine's reader; the offset of what is damaged.
fn read(bytes: &[u8], sealed_only: bool) -> Result<Vec<ChunkLine>, usize> {
    let path = Path::new("manifest");
    match Manifest::parse(path, bytes.to_vec(), (sealed_only, Seeded::NONE)) {
        Ok(manifest) => Ok(manifest.chunks),
        Err(Error::Damaged {
            path: named,
            offset,
            expected,
            found,
        }) => {
            assert_eq!(named, path, "the damaged file");
            assert!(offset <= bytes.len() as u64, "offset {offset}");
            assert_ne!(expected, found);
            Err(usize::try_from(offset).unwrap_or(usize::MAX))
        }
        Err(error) => panic!("not an error of damage: {error}"),
    }
}

/// The line as the second implementation has it.
fn second(line: &ChunkLine) -> ManifestLine {
    let ChunkLine {
        chunk_id,
        min_order_key,
        max_order_key,
        bytes,
    } = *line;
    ManifestLine {
        chunk_id,
        min_order_key,
        max_order_key,
        bytes,
    }
}

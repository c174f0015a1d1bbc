//! Target `manifest`: arbitrary bytes as the manifest of a partition.

use std::path::Path;

use crash_disk::sim::SimFs;
use crash_disk::{FileSystem, write_all_at};
use timevault::Error;
use timevault::probe::{ManifestLine, read_manifest, write_manifest};

use super::{oracle, repair};

/// The partition's directory on the simulated disk.
const DIR: &str = "/";
/// The manifest's name in it.
const NAME: &str = "manifest.jsonl";

/// Gives the bytes to the engine's reader of a manifest: as they are, and with the checksum of each
/// line made right; as of a format whose lines all have a checksum, and as of one in which it may
/// be missing.
///
/// It reads exactly what an implementation of its own reads: every line whole, intact, in order, and
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
            assert_eq!(found, expected);
            written(&found);
        }
        (Ok(found), None) => panic!("read what is none: {found:?}"),
        (Err(offset), Some(_)) => panic!("refused at {offset} what is one"),
    }
}

/// Writes the lines and reads them again.
fn written(lines: &[ManifestLine]) {
    let fs = SimFs::new_unrecorded();
    let dir = Path::new(DIR);
    if let Err(error) = write_manifest(&fs, dir, lines) {
        panic!("a manifest was read and can't be written: {error}");
    }
    let bytes = match crash_disk::read_whole(&fs, &dir.join(NAME)) {
        Ok(bytes) => bytes,
        Err(error) => panic!("the simulated disk: {error}"),
    };
    // A closed last line is one of another writer. Of ours it means that lines were lost.
    let whole = lines.last().is_none_or(|last| last.max_order_key.is_none());
    for bytes in [repair::with_unknown_members(&bytes), bytes] {
        let expected = match whole {
            true => Ok(lines.to_vec()),
            false => Err(bytes.len()),
        };
        assert_eq!(read(&bytes, true), expected);
    }
}

/// Reads with the engine's reader, from a disk that holds nothing else; the offset of what is
/// damaged.
fn read(bytes: &[u8], sealed_only: bool) -> Result<Vec<ManifestLine>, usize> {
    let fs = SimFs::new_unrecorded();
    let path = Path::new(DIR).join(NAME);
    let put = fs
        .create_new(&path)
        .and_then(|file| write_all_at(&*file, bytes, 0));
    assert!(put.is_ok(), "the simulated disk: {put:?}");
    match read_manifest(&fs, Path::new(DIR), sealed_only) {
        Ok(lines) => Ok(lines),
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

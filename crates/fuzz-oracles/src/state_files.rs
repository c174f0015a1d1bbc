//! Target `state_files`: arbitrary bytes as the files of vote, purge point and committed id.

use std::path::Path;

use crash_disk::sim::SimFs;
use crash_disk::{FileSystem, write_all_at};
use openraft_timevault::LogStoreError;
use openraft_timevault::verify::raw::{SMALL_FILES, SmallFile};

use crate::oracle::{repair, unseal, whole_object};

/// Where the files stand on the simulated disk.
const DIR: &str = "/";

/// Gives the bytes to the store's readers of its three small files: as they are, and with the
/// checksum corrected.
///
/// Each file reads, or is reported as damage in that file at an offset inside it, or as of another type
/// if it is a whole JSON object whose checksum is right. What reads has
/// its checksum right by an implementation of its own, and written and read again it gives the same
/// bytes. A file that is missing is none, not a damaged one.
///
/// # Panics
/// When one of these does not hold.
pub fn state_files(data: &[u8]) {
    for bytes in [data.to_vec(), repair::lines(data)] {
        for small_file in &SMALL_FILES {
            file(small_file, &bytes);
        }
    }
}

fn file(file: &SmallFile, bytes: &[u8]) {
    let Some(written) = rewritten(file, bytes) else {
        return;
    };
    let line = bytes.strip_suffix(b"\n").unwrap_or(bytes);
    assert!(
        unseal(line).is_some(),
        "read a {} whose checksum is not right",
        file.name
    );
    match rewritten(file, &written) {
        Some(again) => assert!(again == written, "a {} changed", file.name),
        None => panic!("a {} that was just written is refused", file.name),
    }
}

/// Reads the file with the store's own reader, from a disk that holds nothing else; what was read, as the
/// store writes it.
fn rewritten(file: &SmallFile, bytes: &[u8]) -> Option<Vec<u8>> {
    let fs = SimFs::new_unrecorded();
    let dir = Path::new(DIR);
    match (file.rewritten)(&fs, dir) {
        Ok(None) => {}
        other => panic!("no {} reads as something: {:?}", file.name, other.err()),
    }
    let path = dir.join(file.name);
    let put = fs
        .create_new(&path)
        .and_then(|file| write_all_at(&*file, bytes, 0));
    assert!(put.is_ok(), "the simulated disk: {put:?}");
    match (file.rewritten)(&fs, dir) {
        Ok(Some(content)) => Some(content),
        Err(LogStoreError::Damaged {
            path: named,
            offset,
            expected,
            found,
        }) => {
            assert_eq!(named, path, "the damaged file");
            assert!(offset <= bytes.len() as u64, "offset {offset}");
            assert!(!expected.is_empty() && expected != found, "{expected}");
            None
        }
        Err(LogStoreError::FileNotThisType { path: named, .. }) => {
            assert_eq!(named, path, "the file of another type");
            let object = unseal(bytes.trim_ascii_end());
            assert!(
                object.is_some_and(|object| whole_object(&object).is_some()),
                "called intact without a whole object and its checksum"
            );
            None
        }
        Ok(None) => panic!("the {} is there and reads as none", file.name),
        Err(error) => panic!("a {} was read and can't be written: {error}", file.name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seeds::seeds;

    /// The seeds are made without the store.
    #[test]
    fn each_seed_is_a_file_as_the_store_writes_it() {
        let mut files = SMALL_FILES.iter();
        for seed in seeds() {
            if seed.target == "state_files" {
                let written = files.next().and_then(|file| rewritten(file, &seed.bytes));
                assert_eq!(written, Some(seed.bytes), "{}", seed.name);
            }
        }
        assert!(files.next().is_none(), "a small file has no seed");
    }
}

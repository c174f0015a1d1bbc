//! Target `state_files`: arbitrary bytes as the files of vote, purge point and committed id.

use std::path::Path;

use crash_disk::sim::SimFs;
use crash_disk::{FileSystem, write_all_at};

use super::{oracle, repair};
use crate::LogStoreError;
use crate::log_store::small_file::{self, CommittedFile, PurgeFile, SmallFile, VoteFile};

/// Where the files stand on the simulated disk.
const DIR: &str = "/";

/// Gives the bytes to the store's readers of its three small files: as they are, and with the
/// checksum made right.
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
        file::<VoteFile<u64>>(&bytes);
        file::<PurgeFile<u64>>(&bytes);
        file::<CommittedFile<u64>>(&bytes);
    }
}

fn file<F: SmallFile + PartialEq>(bytes: &[u8]) {
    let Some(content) = read::<F>(bytes) else {
        return;
    };
    let line = bytes.strip_suffix(b"\n").unwrap_or(bytes);
    assert!(
        oracle::unseal(line).is_some(),
        "read a {} whose checksum is not right",
        F::WHAT
    );
    let written = bytes_of(&content);
    match read::<F>(&written) {
        Some(again) => assert!(bytes_of(&again) == written, "a {} changed", F::WHAT),
        None => panic!("a {} that was just written is refused", F::WHAT),
    }
}

fn bytes_of<F: SmallFile + PartialEq>(content: &F) -> Vec<u8> {
    match small_file::to_bytes(content) {
        Ok(bytes) => bytes,
        Err(error) => panic!("a {} was read and can't be written: {error}", F::WHAT),
    }
}

/// Reads the file with the store's own reader, from a disk that holds nothing else.
fn read<F: SmallFile>(bytes: &[u8]) -> Option<F> {
    let fs = SimFs::new_unrecorded();
    let dir = Path::new(DIR);
    match small_file::read::<F>(&fs, dir) {
        Ok(None) => {}
        other => panic!("no {} reads as something: {:?}", F::WHAT, other.err()),
    }
    let path = dir.join(F::NAME);
    let written = fs
        .create_new(&path)
        .and_then(|file| write_all_at(&*file, bytes, 0));
    assert!(written.is_ok(), "the simulated disk: {written:?}");
    match small_file::read::<F>(&fs, dir) {
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
            let object = oracle::unseal(bytes.trim_ascii_end());
            assert!(
                object.is_some_and(|object| oracle::whole_object(&object).is_some()),
                "called intact without a whole object and its checksum"
            );
            None
        }
        Ok(None) => panic!("the {} is there and reads as none", F::WHAT),
        Err(error) => panic!("not an error of damage: {error}"),
    }
}

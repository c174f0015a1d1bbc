//! The store's own readers and writers of entries and small files, for tests that give them bytes which no
//! correct run wrote.

use std::path::Path;

use crash_disk::FileSystem;
use openraft::RaftTypeConfig;
use serde::Serialize;
use timevault::{FormatError, Partition};

use crate::log_store::encode;
use crate::log_store::entry_format;
use crate::log_store::recovery;
use crate::log_store::seeded::Seeded;
use crate::log_store::small_file::{self, CommittedFile, PurgeFile, VoteFile};
use crate::{EncodeError, LogStoreError};

/// Appends `value` to `out` as an append does with an entry.
///
/// # Errors
/// When it could not be read again. `out` then holds garbage behind what it held before.
pub fn encode_object<T: Serialize>(value: &T, out: &mut Vec<u8>) -> Result<(), EncodeError> {
    encode::object(value, out)
}

/// Decodes the object of an entry.
///
/// # Errors
/// When it is none.
pub fn decode_entry<C: RaftTypeConfig>(json: &[u8]) -> Result<C::Entry, FormatError> {
    entry_format::decode_entry::<C>(json)
}

/// Recovers the log in the partition, as an open does.
///
/// # Errors
/// Those of an open.
pub fn recover<C: RaftTypeConfig>(partition: &mut Partition) -> Result<(), LogStoreError> {
    recovery::recover::<C>(partition, Seeded::NONE).map(drop)
}

/// The bytes of a small file; `None` when there is no file.
pub type Rewritten = Result<Option<Vec<u8>>, LogStoreError>;

/// One of the small files of a log whose node ids are `u64`.
#[derive(Debug)]
pub struct SmallFile {
    /// Its name in the partition's directory.
    pub name: &'static str,
    /// Reads the file in a directory; what was read, as the store writes it.
    pub rewritten: fn(&dyn FileSystem, &Path) -> Rewritten,
}

impl SmallFile {
    const fn of<F: small_file::SmallFile + PartialEq>() -> Self {
        Self {
            name: F::NAME,
            rewritten: |fs, dir| {
                let content = small_file::read::<F>(fs, dir)?;
                content.as_ref().map(small_file::to_bytes).transpose()
            },
        }
    }
}

/// The files of the vote, the purge point and the committed id.
pub const SMALL_FILES: [SmallFile; 3] = [
    SmallFile::of::<VoteFile<u64>>(),
    SmallFile::of::<PurgeFile<u64>>(),
    SmallFile::of::<CommittedFile<u64>>(),
];

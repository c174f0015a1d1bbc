//! What can go wrong, with the place and with both sides of every comparison.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use uuid::Uuid;

/// An error of the engine.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A call of the file system failed.
    #[error("could not {action} {}: {source}", path.display())]
    Io {
        /// What was tried, as in "could not ...".
        action: &'static str,
        /// The file or directory.
        path: PathBuf,
        /// What the file system said.
        source: io::Error,
    },

    /// The store is open for writing somewhere else, in this process or another.
    #[error("store is locked by another writer ({holder}): {}", path.display())]
    StoreLocked {
        /// The lock file.
        path: PathBuf,
        /// What the lock file says about its holder.
        holder: String,
    },

    /// The partition is already open in this process.
    #[error("partition {id} is already open")]
    PartitionInUse {
        /// The partition.
        id: Uuid,
    },

    /// The partition was being closed and did not finish within [`CLOSE_WAIT`](crate::CLOSE_WAIT).
    #[error("partition {id} is still closing")]
    PartitionClosing {
        /// The partition.
        id: Uuid,
    },

    /// There is a partition of this id already.
    #[error("partition {id} exists already")]
    PartitionExists {
        /// The partition.
        id: Uuid,
    },

    /// There is no partition of this id, or only a half-made one.
    #[error("partition {id} not found: {}", path.display())]
    PartitionNotFound {
        /// The partition.
        id: Uuid,
        /// Where it would stand.
        path: PathBuf,
    },

    /// A directory that is neither a store nor a partition.
    #[error(
        "neither a store (no `partitions`) nor a partition (no `metadata.json`): {}",
        path.display()
    )]
    NotAStore {
        /// The directory.
        path: PathBuf,
    },

    /// The partition is written in a format of another plugin.
    #[error("{}: format plugin is {found:?}, expected {expected:?}", path.display())]
    UnknownPlugin {
        /// The metadata file.
        path: PathBuf,
        /// Id of the plugin that was given.
        expected: String,
        /// Id that the file names.
        found: String,
    },

    /// The partition is written in a format version that this release does not know.
    #[error("{}: format version is {found}, expected {expected}", path.display())]
    UnsupportedVersion {
        /// The metadata file.
        path: PathBuf,
        /// The version this release writes and reads.
        expected: u64,
        /// The version that the file names.
        found: u64,
    },

    /// A setting is out of its range.
    #[error("invalid setting {field}: {reason}")]
    InvalidConfig {
        /// Name of the setting.
        field: &'static str,
        /// Why it can't be.
        reason: String,
    },

    /// A record's order key is below the one before it. Nothing was written.
    #[error("order key {attempted} is below the last one, {last}")]
    KeyDescends {
        /// The last order key before the record.
        last: u64,
        /// The record's order key.
        attempted: u64,
    },

    /// A record's order key does not follow the one before it, in a format whose keys have no gaps
    /// ([`dense_keys`](crate::FormatPlugin::dense_keys)). Nothing was written.
    #[error("order key {attempted} does not follow the last one, {last}")]
    KeyNotNext {
        /// The last order key before the record.
        last: u64,
        /// The record's order key.
        attempted: u64,
    },

    /// A record's order key is at or below the purge point. Nothing was written.
    #[error("order key {attempted} is not above the purge point {purged}")]
    KeyPurged {
        /// The purge point.
        purged: u64,
        /// The record's order key.
        attempted: u64,
    },

    /// The format plugin refused a record. Nothing was written.
    #[error("record with order key {order_key} can't be stored: {reason}")]
    InvalidRecord {
        /// The record's order key.
        order_key: u64,
        /// What the plugin said.
        reason: String,
    },

    /// Bytes on the disk that no correct run leaves, not even one that was cut short.
    #[error(
        "damaged: {} at offset {offset}: expected {expected}, found {found}",
        path.display()
    )]
    Damaged {
        /// The damaged file or directory.
        path: PathBuf,
        /// Where in the file, in bytes.
        offset: u64,
        /// What should stand there.
        expected: String,
        /// What stands there.
        found: String,
    },

    /// An intact record whose content the format plugin, or the visitor of a scan, cannot read: it was
    /// written for another type. Nothing is damaged; a program that knows the type reads it.
    #[error(
        "{} at offset {offset}: {} intact, but not of the type that {format} is read as: {reason}",
        path.display(), of_key(*order_key)
    )]
    Undecodable {
        /// The chunk.
        path: PathBuf,
        /// Where the record begins in it, in bytes.
        offset: u64,
        /// The record's order key, where it is known.
        order_key: Option<u64>,
        /// Id of the format plugin.
        format: String,
        /// What the decoder said.
        reason: String,
    },

    /// A write was refused because it would have broken a write order: an error in the engine, never one of
    /// the disk or the caller. Nothing was written; the disk holds what was acknowledged.
    #[error(
        "error in the engine: a write to {} would break the write order {order}: expected {expected}, \
         found {found}",
        path.display()
    )]
    OrderBroken {
        /// Number of the order.
        order: &'static str,
        /// The file that was not written.
        path: PathBuf,
        /// What must hold before the write.
        expected: String,
        /// What held.
        found: String,
    },

    /// An earlier write failed; nothing is written or read until the partition is opened again.
    #[error("refused after an earlier failure: {first}")]
    Failed {
        /// The failure.
        first: Arc<Error>,
    },

    /// The partition was closed or dropped.
    #[error("the partition is closed")]
    Closed,
}

impl Error {
    pub(crate) fn io(action: &'static str, path: &Path, source: io::Error) -> Self {
        Self::Io {
            action,
            path: path.to_path_buf(),
            source,
        }
    }

    pub(crate) fn damaged(
        path: &Path,
        offset: u64,
        expected: impl Into<String>,
        found: impl Into<String>,
    ) -> Self {
        Self::Damaged {
            path: path.to_path_buf(),
            offset,
            expected: expected.into(),
            found: found.into(),
        }
    }

    /// The kind of the file-system error at the bottom, if there is one.
    #[must_use]
    pub fn io_kind(&self) -> Option<io::ErrorKind> {
        match self {
            Self::Io { source, .. } => Some(source.kind()),
            Self::Failed { first } => first.io_kind(),
            _ => None,
        }
    }
}

fn of_key(order_key: Option<u64>) -> String {
    match order_key {
        Some(key) => format!("the record of order key {key} is"),
        None => "a record is".into(),
    }
}

/// Adds what was tried, and on which path, to a plain I/O error.
pub(crate) trait IoContext<T> {
    fn context(self, action: &'static str, path: &Path) -> Result<T, Error>;
}

impl<T> IoContext<T> for io::Result<T> {
    fn context(self, action: &'static str, path: &Path) -> Result<T, Error> {
        self.map_err(|source| Error::io(action, path, source))
    }
}

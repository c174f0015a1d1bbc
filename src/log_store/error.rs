//! What can go wrong in a log store.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// An error of the log store. Log ids appear in their display form.
///
/// Errors that refuse a call have changed nothing, and the log goes on. After an error of a write
/// every later call is answered with [`Failed`](Self::Failed) until the log is opened again.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LogStoreError {
    /// The partition engine reported an error.
    #[error(transparent)]
    Engine(timevault::Error),

    /// A call of the file system failed.
    #[error("could not {action} {}: {source}", path.display())]
    Io {
        /// What was tried, as in "could not ...".
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// What the file system said.
        source: io::Error,
    },

    /// The system gave no thread.
    #[error("could not start the threads of the log store: {0}")]
    Threads(#[source] io::Error),

    /// A small file that no correct run leaves like this.
    #[error(
        "damaged: {} at offset {offset}: expected {expected}, found {found}",
        path.display()
    )]
    Damaged {
        /// The file.
        path: PathBuf,
        /// Where in the file, in bytes.
        offset: u64,
        /// What should stand there.
        expected: String,
        /// What stands there.
        found: String,
    },

    /// The vote file is missing although the log was used. A node that forgets its vote may vote
    /// twice in one term.
    #[error("{} is missing beside {beside}", path.display())]
    VoteMissing {
        /// Where the file should be.
        path: PathBuf,
        /// What shows that the log was used.
        beside: String,
    },

    /// The purge file is missing or older than the partition's purge point: the full id of the
    /// purge point is lost.
    #[error(
        "{}: the partition is purged up to index {partition}, the file says {file}",
        path.display()
    )]
    PurgeBehind {
        /// The purge file.
        path: PathBuf,
        /// What the file says, or that it is missing.
        file: String,
        /// Purge point of the partition.
        partition: u64,
    },

    /// The first entry is not the one after the purge point.
    #[error(
        "damaged: {} at offset 0: expected the entry at index {expected}, found {found}",
        path.display()
    )]
    HoleAtFront {
        /// The chunk that the first entry stands in. Inside a chunk the engine sees to it that
        /// nothing is left out, so the chunk begins with that entry.
        path: PathBuf,
        /// Index after the purge point.
        expected: u64,
        /// Index of the first entry.
        found: u64,
    },

    /// An append would leave a hole. Refused.
    #[error("append at index {attempted} leaves a hole, expected {expected}")]
    Hole {
        /// The index that comes next.
        expected: u64,
        /// Index of the entry.
        attempted: u64,
    },

    /// The id of an entry is not above the one before it. Refused.
    #[error("log id {attempted} at index {index} is not above {previous}")]
    NotAscending {
        /// The id before: of the entry before, or the purged id.
        previous: String,
        /// The entry's id.
        attempted: String,
        /// The entry's index.
        index: u64,
    },

    /// A purge up to an id that is above the purged id and has a lower index. Refused.
    #[error("purge up to {attempted} would move the purge point back from {purged}")]
    PurgeMovesBack {
        /// The purged id.
        purged: String,
        /// The id that was given.
        attempted: String,
    },

    /// A purge that ends before the entry before the first one, so that the log would have a hole.
    /// Refused.
    #[error("purge up to {attempted} leaves a hole before the first entry, index {first}")]
    PurgeLeavesHole {
        /// Index of the first entry.
        first: u64,
        /// The id that was given.
        attempted: String,
    },

    /// An entry can't be written as JSON so that it can be read again. Refused.
    #[error("entry at index {index} can't be stored as JSON: {reason}")]
    NotStorable {
        /// The entry's index.
        index: u64,
        /// Why.
        reason: EncodeError,
    },

    /// A vote or a log id can't be written as JSON so that it can be read again. Refused.
    #[error("{what} can't be stored as JSON: {reason}")]
    IdNotStorable {
        /// What was to be stored.
        what: &'static str,
        /// Why.
        reason: EncodeError,
    },

    /// An entry on the disk is as it was written, and the types of this log can't read it: it was
    /// written with others. Nothing is damaged; the version of the application that wrote it reads it.
    /// A call that ends with this has changed nothing. An open may have completed a purge that a crash
    /// had cut short.
    #[error("entry at index {index} is intact, but not an entry of this type: {reason}")]
    NotThisType {
        /// The entry's index.
        index: u64,
        /// What the decoder said, and where the entry stands.
        reason: String,
    },

    /// A small file is as it was written, and the types of this log can't read it: it was written
    /// with others, for example with node ids of another type. Nothing is damaged.
    #[error("{} is intact, but holds no {what} of this type: {reason}", path.display())]
    FileNotThisType {
        /// The file.
        path: PathBuf,
        /// What it should hold.
        what: &'static str,
        /// What the decoder said.
        reason: String,
    },

    /// An entry in memory is not the one that was put there.
    #[error("entry at index {index} can't be read: {reason}")]
    BadEntry {
        /// The entry's index.
        index: u64,
        /// What the decoder said.
        reason: String,
    },

    /// An entry that the log holds is not found on the disk.
    #[error("entry at index {index} is missing")]
    MissingEntry {
        /// Its index.
        index: u64,
    },

    /// The thread that wrote panicked; how far it came is not known.
    #[error("the log's writer panicked")]
    WriterPanicked,

    /// An earlier write failed; nothing is written or read until the log is opened again.
    #[error("refused after an earlier failure: {first}")]
    Failed {
        /// The failure.
        first: Arc<LogStoreError>,
    },

    /// The store was closed or dropped.
    #[error("the log store is closed")]
    Closed,
}

/// Why a value can't be stored as JSON.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EncodeError {
    /// The serializer refused it; for example a struct as the key of a map.
    #[error("{0}")]
    Serializer(String),
    /// It is no JSON object.
    #[error("it serializes to something other than an object")]
    NotAnObject,
    /// It holds raw JSON with a line break, and a record is one line.
    #[error("it holds a line break outside of a string")]
    LineBreak,
    /// It is nested deeper than the decoder goes.
    #[error("it is nested {depth} deep, the decoder goes {limit} deep")]
    TooDeep {
        /// How deep it is.
        depth: usize,
        /// How deep it may be.
        limit: usize,
    },
    /// What it serializes to is not read back by its own type. Of some types serde writes what it
    /// does not read: an internally tagged enum with integer keys or 128-bit integers in it, a
    /// flattened map with a key that is also a field.
    #[error("what it serializes to can't be read back: {0}")]
    NotReadBack(String),
    /// What it serializes to is read back as something else.
    #[error("it is written as {written} and read back as {read}")]
    ReadBackAs {
        /// What was written: a log id, or node ids of a membership.
        written: String,
        /// What was read.
        read: String,
    },
    /// A member name in it is one of those that serde_json keeps for itself; its decoder took the
    /// member for something else than data.
    #[error("it holds a member name that begins with {prefix:?} and is lost when it is read back")]
    ReservedName {
        /// How the kept names begin.
        prefix: &'static str,
    },
    /// It holds a float that is infinite or no number; JSON would turn it into null.
    #[error("it holds a float that is not finite")]
    NotFinite,
    /// A node id serializes to something other than a string or an integer.
    #[error("node id {json} is neither a string nor an integer")]
    NodeId {
        /// What it serializes to.
        json: String,
    },
}

/// An intact record of another type becomes [`LogStoreError::NotThisType`].
impl From<timevault::Error> for LogStoreError {
    fn from(error: timevault::Error) -> Self {
        match error {
            timevault::Error::Undecodable {
                path,
                offset,
                order_key: Some(index),
                reason,
                ..
            } => Self::NotThisType {
                index,
                reason: format!("{reason} ({} at offset {offset})", path.display()),
            },
            other => Self::Engine(other),
        }
    }
}

impl LogStoreError {
    /// An entry that a decoder refused.
    pub(crate) fn bad_entry(index: u64, said: &timevault::FormatError) -> Self {
        let reason = said.to_string();
        if said.is_foreign() {
            Self::NotThisType { index, reason }
        } else {
            Self::BadEntry { index, reason }
        }
    }

    pub(crate) fn io(action: &'static str, path: &Path, source: io::Error) -> Self {
        Self::Io {
            action,
            path: path.to_path_buf(),
            source,
        }
    }

    /// The kind of the file-system error at the bottom, if there is one.
    #[must_use]
    pub fn io_kind(&self) -> Option<io::ErrorKind> {
        match self {
            Self::Engine(error) => error.io_kind(),
            Self::Io { source, .. } | Self::Threads(source) => Some(source.kind()),
            Self::Failed { first } => first.io_kind(),
            _ => None,
        }
    }
}

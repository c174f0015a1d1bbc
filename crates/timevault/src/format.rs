//! Format plugins: how a record becomes one JSON object and back.

use std::fmt::Debug;
use std::ops::ControlFlow;

/// A record as it is read: its order key and its payload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Position in the partition's order.
    pub order_key: u64,
    /// The payload, as it was appended.
    pub payload: Vec<u8>,
}

/// A borrowed record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RecordRef<'a> {
    /// Position in the partition's order.
    pub order_key: u64,
    /// The payload.
    pub payload: &'a [u8],
}

impl RecordRef<'_> {
    /// An owned copy.
    #[must_use]
    pub fn to_record(self) -> Record {
        Record {
            order_key: self.order_key,
            payload: self.payload.to_vec(),
        }
    }
}

/// Why a plugin refused a record, for a person to read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct FormatError {
    reason: String,
    kind: FormatErrorKind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum FormatErrorKind {
    Malformed,
    Foreign { order_key: Option<u64> },
}

impl FormatError {
    /// Not what the format writes. Where it stands on a disk, that is damage.
    pub fn new(reason: impl Into<String>) -> Self {
        Self {
            reason: reason.into(),
            kind: FormatErrorKind::Malformed,
        }
    }

    /// A whole object, as the format writes them, whose content is of another type than the plugin
    /// reads, because a program of another version wrote it. That is no damage; the engine reports it as
    /// [`Error::Undecodable`](crate::Error::Undecodable). In a format with
    /// [`dense_keys`](FormatPlugin::dense_keys) only a call that needs the content fails. In other formats
    /// nothing tells the key of such a record, and a call that needs the key fails too: an open that
    /// finds the record behind the index, a truncate within its block.
    ///
    /// `order_key` is the key of the record, where the plugin can tell it for certain.
    pub fn foreign(order_key: Option<u64>, reason: impl Into<String>) -> Self {
        Self {
            reason: reason.into(),
            kind: FormatErrorKind::Foreign { order_key },
        }
    }

    /// Whether it was made by [`foreign`](Self::foreign).
    #[must_use]
    pub fn is_foreign(&self) -> bool {
        matches!(self.kind, FormatErrorKind::Foreign { .. })
    }

    /// The key of a foreign record, where it is known.
    #[must_use]
    pub fn order_key(&self) -> Option<u64> {
        match self.kind {
            FormatErrorKind::Foreign { order_key } => order_key,
            FormatErrorKind::Malformed => None,
        }
    }
}

/// Turns records into JSON objects and back. Users register their own by passing it when they
/// create and open a partition; its id is stored in the partition's metadata.
///
/// The engine adds what makes a stored line of the object: the batch mark, the checksum and the
/// newline.
pub trait FormatPlugin: Debug + Send + Sync + 'static {
    /// Name of the format, stored in the partition and compared at open.
    fn id(&self) -> &str;

    /// Appends the record to `out` as one JSON object without a newline in it.
    ///
    /// # Errors
    /// When the record can't be written so that [`decode`](Self::decode) gives it back.
    fn encode(&self, record: RecordRef<'_>, out: &mut Vec<u8>) -> Result<(), FormatError>;

    /// Reads an object that [`encode`](Self::encode) wrote.
    ///
    /// # Errors
    /// When the object is none of this format ([`FormatError::new`]), or its content is of another
    /// type ([`FormatError::foreign`]).
    fn decode<'a>(&self, object: &'a [u8]) -> Result<RecordRef<'a>, FormatError>;

    /// Whether a line without a checksum is damage. `false` accepts lines of other writers, of
    /// which only the structure can be checked.
    fn checksum_required(&self) -> bool {
        true
    }

    /// Whether order keys are consecutive and the payload is the object itself. Then the key of
    /// the n-th record of a block is known without decoding, a gap in the keys is damage, and a
    /// [foreign](FormatError::foreign) record is counted and passed by like any other.
    fn dense_keys(&self) -> bool {
        false
    }
}

/// Receives the records of a scan, in ascending order.
pub trait RecordVisitor {
    /// The scan begins again at its first record: what was visited so far is void. Called when a
    /// truncate or purge interfered with the scan.
    fn restart(&mut self);

    /// Whether this visitor decodes every payload and compares its order key itself. If not, the
    /// engine does it for formats with [`dense_keys`](FormatPlugin::dense_keys), whose keys are
    /// otherwise counted: a damaged newline makes two records one and the count wrong.
    fn checks_keys(&self) -> bool {
        false
    }

    /// One record, its checksum verified.
    ///
    /// # Errors
    /// Reported by the scan at the record's place, as [`Error::Undecodable`](crate::Error::Undecodable)
    /// if it is [foreign](FormatError::foreign), else as damage.
    fn visit(&mut self, record: RecordRef<'_>) -> Result<ControlFlow<()>, FormatError>;
}

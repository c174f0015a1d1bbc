//! An entry as the reference log keeps it.

use std::fmt;

use crate::log::{Entry, EntryContent, LogError, LogId};
use crate::subject::Subject;

/// An entry as the reference log keeps it: its id, what it is grown from, and the bytes by which
/// two entries are compared.
pub struct Stored {
    /// Full log id.
    pub id: LogId,
    /// What it is grown from.
    pub content: EntryContent,
    /// By which it is compared.
    pub fingerprint: Vec<u8>,
}

impl Stored {
    /// The reference's copy of an entry.
    ///
    /// # Errors
    /// The subject cannot encode it.
    pub fn new<S: Subject>(subject: &S, entry: Entry) -> Result<Self, LogError> {
        Ok(Self {
            id: entry.id,
            content: entry.content,
            fingerprint: subject.fingerprint(entry)?,
        })
    }

    /// The entry that is handed to the log.
    #[must_use]
    pub fn entry(&self) -> Entry {
        Entry {
            id: self.id,
            content: self.content,
        }
    }
}

impl PartialEq for Stored {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id && self.fingerprint == other.fingerprint
    }
}

// With `Eq`, comparing two `Arc`s of the same entry needs no look at its bytes.
impl Eq for Stored {}

impl fmt::Debug for Stored {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.id)
    }
}

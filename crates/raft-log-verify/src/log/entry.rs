//! An entry, on its way into a log and out of it.

use serde::{Deserialize, Serialize};

use super::LogId;
use crate::payload::PayloadSeed;

/// The kind of an entry, and the seed that its content is grown from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EntryContent {
    /// What a new leader appends first.
    Blank,
    /// Application data.
    Normal(PayloadSeed),
    /// Voters, learners, and sometimes two configurations at once.
    Membership(u64),
}

/// An entry as it is handed to a log. The binding grows its content from the seed, into the API's own type; for
/// a log that keeps bytes [`Grown`](super::Grown) does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// Full log id.
    pub id: LogId,
    /// What it holds.
    pub content: EntryContent,
}

/// An entry as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadEntry {
    /// Its id.
    pub id: LogId,
    /// The bytes by which its content is compared: those that
    /// [`Subject::fingerprint`](crate::Subject::fingerprint) gives for the same entry when it is appended.
    pub fingerprint: Vec<u8>,
}

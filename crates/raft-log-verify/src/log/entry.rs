//! An entry, on its way into a log and out of it.

use serde::{Deserialize, Serialize};

use super::LogId;
use crate::payload::PayloadSeed;

/// From which an entry's content is grown.
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

/// An entry as it is handed to a log. What it holds is grown from its seed: by the binding, into the API's own
/// type; or by [`Grown`](super::Grown), for a log that keeps bytes.
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
    /// By which its content is compared: what [`Subject::fingerprint`](crate::Subject::fingerprint) gives for the
    /// entry that was appended, if it is the same.
    pub fingerprint: Vec<u8>,
}

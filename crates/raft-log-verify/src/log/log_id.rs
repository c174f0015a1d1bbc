//! The id of an entry.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The id of an entry. Ids are ordered by term, then node, then index.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
pub struct LogId {
    /// Term of the leader that made the entry.
    pub term: u64,
    /// That leader; 0 where ids carry no node.
    pub node: u64,
    /// Place in the log.
    pub index: u64,
}

impl fmt::Display for LogId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}-{}", self.term, self.node, self.index)
    }
}

//! What a node has voted.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What a node has voted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Vote {
    /// In which term.
    pub term: u64,
    /// For whom.
    pub node: u64,
    /// Whether a quorum granted it.
    pub committed: bool,
}

impl fmt::Display for Vote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let granted = if self.committed { "granted" } else { "open" };
        write!(f, "<term {} node {} {granted}>", self.term, self.node)
    }
}

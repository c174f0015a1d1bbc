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

impl Vote {
    /// Whether openraft would save this vote over the one before: of a later term, of a higher node in the same
    /// term, or the same one, now granted.
    #[must_use]
    pub fn is_above(&self, before: Self) -> bool {
        let key = |vote: &Self| (vote.term, vote.node, vote.committed);
        key(self) > key(&before)
    }
}

impl fmt::Display for Vote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let granted = if self.committed { "granted" } else { "open" };
        write!(f, "<term {} node {} {granted}>", self.term, self.node)
    }
}

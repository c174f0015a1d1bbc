//! How much of a campaign is done here.

use std::sync::Arc;

use super::{Joined, Shard};

/// How much of a campaign is done here.
#[derive(Debug, Clone, Default)]
pub enum Share {
    /// All of it.
    #[default]
    Whole,
    /// This shard. Nothing is said of how much happened, which only the whole can tell; `shard.json` among the
    /// report's files has what the whole needs.
    Shard(Shard),
    /// None of it: the report is made from what the shards did, and equals that of the whole.
    Joined(Arc<Joined>),
}

impl Share {
    /// The shard, where it is one.
    #[must_use]
    pub fn shard(&self) -> Option<Shard> {
        match self {
            Self::Shard(shard) => Some(*shard),
            Self::Whole | Self::Joined(_) => None,
        }
    }

    /// How many of `total` pieces are done here.
    pub(super) fn count(&self, total: u64) -> u64 {
        self.shard().map_or(total, |shard| shard.count(total))
    }

    /// The number of the piece that is done at this place, counted from 0.
    pub(super) fn nth(&self, place: u64) -> u64 {
        self.shard().map_or(place, |shard| shard.nth(place))
    }
}

//! Entries with their whole content, for logs whose API has no entry type of its own.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{Entry, EntryContent, LogId};
use crate::payload::Payload;

/// A whole entry.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Grown {
    /// Full log id.
    pub id: LogId,
    /// What it holds.
    pub content: Content,
}

/// What an entry holds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Content {
    /// Nothing.
    Blank,
    /// Application data.
    Normal(Payload),
    /// A membership.
    Membership(Members),
}

/// Voters and nodes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Members {
    /// One or two configurations of voters.
    pub configs: Vec<BTreeSet<u64>>,
    /// All nodes, the learners too, each with the seed of what is known about it.
    pub nodes: BTreeMap<u64, u64>,
}

impl Grown {
    /// The bytes of an entry, for a log that keeps bytes: JSON.
    ///
    /// # Errors
    /// It does not serialize.
    pub fn to_bytes(&self) -> Result<Vec<u8>, serde_json::Error> {
        serde_json::to_vec(self)
    }
}

impl From<Entry> for Grown {
    fn from(entry: Entry) -> Self {
        Self {
            id: entry.id,
            content: match entry.content {
                EntryContent::Blank => Content::Blank,
                EntryContent::Normal(seed) => Content::Normal(Payload::grow(seed)),
                EntryContent::Membership(seed) => Content::Membership(Members::grow(seed)),
            },
        }
    }
}

impl Members {
    /// One or two configurations of voters, and a learner every other time.
    #[must_use]
    pub fn grow(seed: u64) -> Self {
        let voters = 1 + seed % 4;
        let config = |from: u64| (from..from + voters).collect();
        let joint = seed.is_multiple_of(3);
        let mut configs = vec![config(1)];
        configs.extend(joint.then(|| config(2)));
        let learners = seed % 2;
        let nodes = (1..=voters + u64::from(joint) + learners)
            .map(|id| (id, id ^ seed))
            .collect();
        Self { configs, nodes }
    }
}

//! An entry as the reference log keeps it.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::fmt;

use openraft::entry::FromAppData as _;
use openraft::entry::RaftEntry as _;
use openraft::{Membership, RaftLogId as _, RaftTypeConfig};
use serde::{Deserialize, Serialize};

use crate::payload::PayloadSeed;
use crate::subject::Subject;
use crate::types::IdOf;

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

/// One entry of an append, before it has an id.
pub type EntrySeed = EntryContent;

/// An entry as the reference log keeps it: its id, what it was grown from, and the bytes by which
/// two entries are compared. (Entries are not `Clone` and have no equality.)
pub struct Stored<C: RaftTypeConfig> {
    /// Full log id.
    pub id: IdOf<C>,
    /// What it was grown from.
    pub content: EntryContent,
    /// By which it is compared.
    pub fingerprint: Vec<u8>,
}

impl<C: RaftTypeConfig> Stored<C> {
    /// The reference's copy of the entry that `content` grows into.
    ///
    /// # Errors
    /// The entry type does not serialize.
    pub fn new<S: Subject<Config = C>>(
        subject: &S,
        id: IdOf<C>,
        content: EntryContent,
    ) -> Result<Self, serde_json::Error> {
        let mut stored = Self {
            id,
            content,
            fingerprint: Vec::new(),
        };
        stored.fingerprint = subject.fingerprint(&stored.grow(subject))?;
        Ok(stored)
    }

    /// The entry itself.
    pub fn grow<S: Subject<Config = C>>(&self, subject: &S) -> C::Entry {
        let id = self.id.clone();
        match self.content {
            EntryContent::Blank => C::Entry::new_blank(id),
            EntryContent::Normal(seed) => {
                let mut entry = C::Entry::from_app_data(subject.payload(seed));
                entry.set_log_id(&id);
                entry
            }
            EntryContent::Membership(seed) => C::Entry::new_membership(id, members(subject, seed)),
        }
    }
}

impl<C: RaftTypeConfig> PartialEq for Stored<C> {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id && self.fingerprint == other.fingerprint
    }
}

// With `Eq`, comparing two `Arc`s of the same entry needs no look at its bytes.
impl<C: RaftTypeConfig> Eq for Stored<C> {}

impl<C: RaftTypeConfig> fmt::Debug for Stored<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.id)
    }
}

/// One or two configurations of voters, and a learner every other time.
fn members<S: Subject>(
    subject: &S,
    seed: u64,
) -> Membership<<S::Config as RaftTypeConfig>::NodeId, <S::Config as RaftTypeConfig>::Node> {
    let voters = 1 + seed % 4;
    let config = |from: u64| -> BTreeSet<_> {
        (from..from + voters)
            .map(|id| subject.node_id(id))
            .collect()
    };
    let joint = seed.is_multiple_of(3);
    let configs = if joint {
        vec![config(1), config(2)]
    } else {
        vec![config(1)]
    };
    let learners = seed % 2;
    let nodes: BTreeMap<_, _> = (1..=voters + u64::from(joint) + learners)
        .map(|id| (subject.node_id(id), subject.node(id ^ seed)))
        .collect();
    Membership::new(configs, nodes)
}

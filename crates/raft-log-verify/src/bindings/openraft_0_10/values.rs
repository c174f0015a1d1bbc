//! The values of a type config for those of the harness, and back.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use openraft_0_10::entry::RaftEntry as _;
use openraft_0_10::storage::LogState as RaftState;
use openraft_0_10::type_config::alias::{CommittedLeaderIdOf, LogIdOf, VoteOf};
use openraft_0_10::vote::{RaftLeaderId as _, RaftVote as _};
use openraft_0_10::{LogId as RaftId, Membership, RaftTypeConfig};

use crate::bindings::defaults;
use crate::bindings::nodes::Nodes;
use crate::log::{Entry, EntryContent, LogError, LogId, LogState, Members, ReadEntry, Vote};
use crate::payload::PayloadSeed;

type Make<A, T> = Arc<dyn Fn(A) -> T + Send + Sync>;

/// By which the content of an entry is compared.
type Fingerprint<C> =
    Arc<dyn Fn(&<C as RaftTypeConfig>::Entry) -> Result<Vec<u8>, LogError> + Send + Sync>;

/// How the values of a type config are made.
pub struct Values<C: RaftTypeConfig> {
    pub(super) nodes: Nodes<C::NodeId>,
    pub(super) node: Make<u64, C::Node>,
    pub(super) payload: Make<PayloadSeed, C::D>,
    pub(super) fingerprint: Fingerprint<C>,
}

impl<C: RaftTypeConfig> Clone for Values<C> {
    fn clone(&self) -> Self {
        Self {
            nodes: self.nodes.clone(),
            node: Arc::clone(&self.node),
            payload: Arc::clone(&self.payload),
            fingerprint: Arc::clone(&self.fingerprint),
        }
    }
}

impl<C: RaftTypeConfig> Default for Values<C> {
    fn default() -> Self {
        Self {
            nodes: Nodes::new(defaults::node_id),
            node: Arc::new(defaults::node),
            payload: Arc::new(defaults::payload),
            fingerprint: Arc::new(|entry| Ok(serde_json::to_vec(entry)?)),
        }
    }
}

impl<C: RaftTypeConfig<Term = u64>> Values<C> {
    /// How many nodes the ids of entries tell apart: one where a leader id is a term alone.
    pub(super) fn leaders(&self) -> u64 {
        self.nodes.count(|id| Self::committed(1, id))
    }

    fn committed(term: u64, node: &C::NodeId) -> CommittedLeaderIdOf<C> {
        C::LeaderId::new(term, node.clone()).to_committed()
    }

    pub(super) fn id(&self, id: LogId) -> LogIdOf<C> {
        RaftId::new(Self::committed(id.term, &self.nodes.id(id.node)), id.index)
    }

    pub(super) fn read_id(&self, id: &LogIdOf<C>) -> LogId {
        let leader = id.committed_leader_id();
        let term = self.term(leader);
        let of = |node: &C::NodeId| Self::committed(term, node);
        LogId {
            term,
            node: self
                .nodes
                .ranked(|node| of(node) < *leader, |node| of(node) == *leader),
            index: id.index(),
        }
    }

    /// The term of a leader: its id tells nothing but its order, so the term is the highest whose first leader is not
    /// above it.
    fn term(&self, leader: &CommittedLeaderIdOf<C>) -> u64 {
        let first = self.nodes.id(0);
        let (mut low, mut high) = (0, u64::MAX);
        while low < high {
            let middle = high - (high - low) / 2;
            match Self::committed(middle, &first) <= *leader {
                true => low = middle,
                false => high = middle - 1,
            }
        }
        low
    }

    pub(super) fn vote(&self, vote: Vote) -> VoteOf<C> {
        let leader = C::LeaderId::new(vote.term, self.nodes.id(vote.node));
        C::Vote::from_leader_id(leader, vote.committed)
    }

    pub(super) fn read_vote(&self, vote: &VoteOf<C>) -> Vote {
        let leader = vote.leader_id();
        Vote {
            term: leader.term(),
            node: self.nodes.which(|id| id == leader.node_id()),
            committed: vote.is_committed(),
        }
    }

    pub(super) fn read_state(&self, state: &RaftState<C>) -> LogState {
        let id = |id: &Option<_>| id.as_ref().map(|id| self.read_id(id));
        LogState {
            purged: id(&state.last_purged_log_id),
            last: id(&state.last_log_id),
        }
    }

    /// The entry.
    ///
    /// # Errors
    /// openraft does not accept the membership.
    pub(super) fn entry(&self, entry: Entry) -> Result<C::Entry, LogError> {
        let id = self.id(entry.id);
        Ok(match entry.content {
            EntryContent::Blank => C::Entry::new_blank(id),
            EntryContent::Normal(seed) => C::Entry::new_normal(id, (self.payload)(seed)),
            EntryContent::Membership(seed) => {
                let members = self.members(seed)?;
                C::Entry::new_membership(id, members)
            }
        })
    }

    fn members(&self, seed: u64) -> Result<Membership<C::NodeId, C::Node>, LogError> {
        let members = Members::grow(seed);
        let ids = |ids: &BTreeSet<u64>| ids.iter().map(|node| self.nodes.id(*node)).collect();
        let configs = members.configs.iter().map(ids).collect();
        let nodes = members.nodes.into_iter();
        let nodes: BTreeMap<_, _> = nodes
            .map(|(node, seed)| (self.nodes.id(node), (self.node)(seed)))
            .collect();
        Membership::new(configs, nodes).map_err(|error| error.to_string().into())
    }

    pub(super) fn read(&self, entries: &[C::Entry]) -> Vec<ReadEntry> {
        let entry = |entry: &C::Entry| ReadEntry {
            id: self.read_id(&entry.log_id()),
            // An entry that does not serialize is seen as one with another content.
            fingerprint: (self.fingerprint)(entry).unwrap_or_default(),
        };
        entries.iter().map(entry).collect()
    }
}

impl<C: RaftTypeConfig> fmt::Debug for Values<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Values with {:?}", self.nodes)
    }
}

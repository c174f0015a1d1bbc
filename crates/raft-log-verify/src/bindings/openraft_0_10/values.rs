//! The values of a type config for those of the harness, and back.

use std::fmt;
use std::marker::PhantomData;

use openraft_0_10::entry::RaftEntry as _;
use openraft_0_10::storage::LogState as RaftState;
use openraft_0_10::type_config::alias::{CommittedLeaderIdOf, LogIdOf, VoteOf};
use openraft_0_10::vote::{RaftLeaderId as _, RaftVote as _};
use openraft_0_10::{LogId as RaftId, Membership, RaftTypeConfig};

use crate::bindings::values::{self, Types};
use crate::log::{Entry, EntryContent, LogError, LogId, LogState, ReadEntry, Vote};

/// The types of a type config.
pub struct Config<C>(PhantomData<fn() -> C>);

impl<C: RaftTypeConfig> Types for Config<C> {
    type NodeId = C::NodeId;
    type Node = C::Node;
    type Data = C::D;
    type Entry = C::Entry;
}

/// How the values of a type config are made.
pub(super) type Values<C> = values::Values<Config<C>>;

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
                let (configs, nodes) = self.members(seed);
                let membership = Membership::new(configs, nodes);
                C::Entry::new_membership(id, membership.map_err(|error| error.to_string())?)
            }
        })
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

impl<C> fmt::Debug for Config<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Config")
    }
}

//! Converts between the values of a type config and those of the harness.

use std::marker::PhantomData;

use openraft_0_10::entry::RaftEntry as _;
use openraft_0_10::storage::LogState as RaftState;
use openraft_0_10::type_config::alias::{CommittedLeaderIdOf, LogIdOf, VoteOf};
use openraft_0_10::vote::{RaftLeaderId as _, RaftVote as _};
use openraft_0_10::{LogId as RaftId, Membership, RaftTypeConfig};

use crate::bindings::values::{self, Types};
use crate::log::{Entry, EntryContent, LogError, LogId, LogState, Vote};

/// The types of a type config.
#[derive(Debug)]
pub struct Config<C>(PhantomData<fn() -> C>);

impl<C: RaftTypeConfig<Term = u64>> Types for Config<C> {
    type NodeId = C::NodeId;
    type Node = C::Node;
    type Data = C::D;
    type Entry = C::Entry;

    /// The entry; an error where openraft does not accept the membership.
    fn entry(values: &Values<C>, entry: Entry) -> Result<C::Entry, LogError> {
        let id = values.id(entry.id);
        Ok(match entry.content {
            EntryContent::Blank => C::Entry::new_blank(id),
            EntryContent::Normal(seed) => C::Entry::new_normal(id, (values.payload)(seed)),
            EntryContent::Membership(seed) => {
                let (configs, nodes) = values.members(seed);
                let membership = Membership::new(configs, nodes);
                C::Entry::new_membership(id, membership.map_err(|error| error.to_string())?)
            }
        })
    }

    fn id(values: &Values<C>, entry: &C::Entry) -> LogId {
        values.read_id(&entry.log_id())
    }

    /// One where a leader id is a term alone.
    fn leaders(values: &Values<C>) -> u64 {
        values.nodes.count(|id| Values::<C>::committed(1, id))
    }
}

/// How the values of a type config are made.
pub(super) type Values<C> = values::Values<Config<C>>;

impl<C: RaftTypeConfig<Term = u64>> Values<C> {
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

    /// The term of a leader. Its id can only be compared, so the term is the highest whose first leader is not above
    /// this one.
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
}

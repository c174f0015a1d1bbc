//! Converts between the values of a type config and those of the harness.

use std::marker::PhantomData;

use openraft::entry::{FromAppData as _, RaftEntry as _};
use openraft::{
    CommittedLeaderId, LogId as RaftId, LogState as RaftState, Membership, RaftLogId as _,
    RaftTypeConfig, Vote as RaftVote,
};

use crate::bindings::values::{self, Types};
use crate::log::{Entry, EntryContent, LogError, LogId, LogState, Vote};

/// The types of a type config.
#[derive(Debug)]
pub struct Config<C>(PhantomData<fn() -> C>);

impl<C: RaftTypeConfig> Types for Config<C> {
    type NodeId = C::NodeId;
    type Node = C::Node;
    type Data = C::D;
    type Entry = C::Entry;

    fn entry(values: &Values<C>, entry: Entry) -> Result<C::Entry, LogError> {
        let id = values.id(entry.id);
        Ok(match entry.content {
            EntryContent::Blank => C::Entry::new_blank(id),
            EntryContent::Normal(seed) => {
                let mut entry = C::Entry::from_app_data((values.payload)(seed));
                entry.set_log_id(&id);
                entry
            }
            EntryContent::Membership(seed) => {
                let (configs, nodes) = values.members(seed);
                C::Entry::new_membership(id, Membership::new(configs, nodes))
            }
        })
    }

    fn id(values: &Values<C>, entry: &C::Entry) -> LogId {
        values.read_id(entry.get_log_id())
    }

    /// One where openraft is built so that ids carry no node.
    fn leaders(values: &Values<C>) -> u64 {
        let leader = |id: &C::NodeId| CommittedLeaderId::new(1, id.clone());
        values.nodes.count(leader)
    }
}

/// How the values of a type config are made.
pub(super) type Values<C> = values::Values<Config<C>>;

impl<C: RaftTypeConfig> Values<C> {
    pub(super) fn id(&self, id: LogId) -> RaftId<C::NodeId> {
        let leader = CommittedLeaderId::new(id.term, self.nodes.id(id.node));
        RaftId::new(leader, id.index)
    }

    pub(super) fn read_id(&self, id: &RaftId<C::NodeId>) -> LogId {
        LogId {
            term: id.leader_id.term,
            node: self.leader(&id.leader_id),
            index: id.index,
        }
    }

    /// The number of the node that leads; the first one where ids carry no node, as all leaders of a term are equal
    /// then.
    fn leader(&self, found: &CommittedLeaderId<C::NodeId>) -> u64 {
        let of = |id: &C::NodeId| CommittedLeaderId::new(found.term, id.clone());
        self.nodes
            .ranked(|id| of(id) < *found, |id| of(id) == *found)
    }

    pub(super) fn vote(&self, vote: Vote) -> RaftVote<C::NodeId> {
        let node = self.nodes.id(vote.node);
        match vote.committed {
            true => RaftVote::new_committed(vote.term, node),
            false => RaftVote::new(vote.term, node),
        }
    }

    pub(super) fn read_vote(&self, vote: &RaftVote<C::NodeId>) -> Vote {
        let term = vote.leader_id.term;
        let is = |id: &C::NodeId| RaftVote::new(term, id.clone()).leader_id == vote.leader_id;
        Vote {
            term,
            node: self.nodes.which(is),
            committed: vote.committed,
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

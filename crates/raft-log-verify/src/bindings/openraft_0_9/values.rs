//! The values of a type config for those of the harness, and back.

use std::fmt;
use std::marker::PhantomData;

use openraft::entry::{FromAppData as _, RaftEntry as _};
use openraft::{
    CommittedLeaderId, LogId as RaftId, LogState as RaftState, Membership, RaftLogId as _,
    RaftTypeConfig, Vote as RaftVote,
};

use crate::bindings::values::{self, Types};
use crate::log::{Entry, EntryContent, LogId, LogState, ReadEntry, Vote};

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

impl<C: RaftTypeConfig> Values<C> {
    /// How many nodes the ids of entries tell apart: one where openraft is built so that they carry none.
    pub(super) fn leaders(&self) -> u64 {
        let leader = |id: &C::NodeId| CommittedLeaderId::new(1, id.clone());
        self.nodes.count(leader)
    }

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

    /// The number of the node that leads in these ids; the first one where they carry no node, as all are equal
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

    pub(super) fn entry(&self, entry: Entry) -> C::Entry {
        let id = self.id(entry.id);
        match entry.content {
            EntryContent::Blank => C::Entry::new_blank(id),
            EntryContent::Normal(seed) => {
                let mut entry = C::Entry::from_app_data((self.payload)(seed));
                entry.set_log_id(&id);
                entry
            }
            EntryContent::Membership(seed) => {
                let (configs, nodes) = self.members(seed);
                C::Entry::new_membership(id, Membership::new(configs, nodes))
            }
        }
    }

    pub(super) fn read(&self, entries: &[C::Entry]) -> Vec<ReadEntry> {
        let entry = |entry: &C::Entry| ReadEntry {
            id: self.read_id(entry.get_log_id()),
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

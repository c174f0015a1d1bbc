//! The values of a type config for those of the harness, and back.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use openraft::entry::{FromAppData as _, RaftEntry as _};
use openraft::{
    CommittedLeaderId, LogId as RaftId, LogState as RaftState, Membership, RaftLogId as _,
    RaftTypeConfig, Vote as RaftVote,
};

use crate::bindings::defaults;
use crate::bindings::nodes::Nodes;
use crate::log::Members;
use crate::log::{Entry, EntryContent, LogError, LogId, LogState, ReadEntry, Vote};
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
            EntryContent::Membership(seed) => C::Entry::new_membership(id, self.members(seed)),
        }
    }

    fn members(&self, seed: u64) -> Membership<C::NodeId, C::Node> {
        let members = Members::grow(seed);
        let ids = |ids: &std::collections::BTreeSet<u64>| {
            ids.iter().map(|node| self.nodes.id(*node)).collect()
        };
        let configs = members.configs.iter().map(ids).collect();
        let nodes = members.nodes.into_iter();
        let nodes: BTreeMap<_, _> = nodes
            .map(|(node, seed)| (self.nodes.id(node), (self.node)(seed)))
            .collect();
        Membership::new(configs, nodes)
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

impl<C: RaftTypeConfig> fmt::Debug for Values<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Values with {:?}", self.nodes)
    }
}

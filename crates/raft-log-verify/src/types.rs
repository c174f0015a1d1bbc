//! The harness's own type configuration, and short names for the types of any other.

use std::io::Cursor;

use openraft::{BasicNode, LogId, RaftTypeConfig, TokioRuntime, Vote};

use super::payload::Payload;

openraft::declare_raft_types!(
    /// The types that the harness uses where a subject has none of its own: `u64` node ids and a
    /// payload that holds what an encoding most easily gets wrong.
    pub HarnessTypes:
        D            = Payload,
        R            = (),
        NodeId       = u64,
        Node         = BasicNode,
        Entry        = openraft::Entry<HarnessTypes>,
        SnapshotData = Cursor<Vec<u8>>,
        AsyncRuntime = TokioRuntime,
);

/// Log id of a type configuration.
pub type IdOf<C> = LogId<<C as RaftTypeConfig>::NodeId>;

/// Vote of a type configuration.
pub type VoteOf<C> = Vote<<C as RaftTypeConfig>::NodeId>;

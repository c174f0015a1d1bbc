//! The harness's own type config.

use std::io::Cursor;

use openraft::{BasicNode, TokioRuntime};

use crate::payload::Payload;

openraft::declare_raft_types!(
    /// The types for stores that take any: `u64` node ids and a payload that holds what an encoding most
    /// easily gets wrong.
    pub HarnessTypes:
        D            = Payload,
        R            = (),
        NodeId       = u64,
        Node         = BasicNode,
        Entry        = openraft::Entry<HarnessTypes>,
        SnapshotData = Cursor<Vec<u8>>,
        AsyncRuntime = TokioRuntime,
);

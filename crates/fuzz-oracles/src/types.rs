//! A type configuration whose payload is any JSON value, so that no byte of a payload is skipped
//! for being of the wrong type.

use std::io::Cursor;

use openraft::{BasicNode, TokioRuntime};

openraft::declare_raft_types!(
    /// Entries that hold any JSON value.
    pub AnyTypes:
        D            = serde_json::Value,
        R            = (),
        NodeId       = u64,
        Node         = BasicNode,
        Entry        = openraft::Entry<AnyTypes>,
        SnapshotData = Cursor<Vec<u8>>,
        AsyncRuntime = TokioRuntime,
);

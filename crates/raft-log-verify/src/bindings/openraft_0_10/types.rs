//! The harness's own type config.

use crate::payload::Payload;

openraft_0_10::declare_raft_types!(
    /// The types for stores that take any: `u64` node ids and a payload that holds what an encoding most
    /// easily gets wrong.
    pub HarnessTypes:
        D = Payload,
        R = String,
);

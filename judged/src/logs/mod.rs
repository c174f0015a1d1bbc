//! Raft logs without openraft.

mod raft_engine_0_4;
mod raft_log;

use crate::case::Case;

/// The subjects.
pub(crate) fn cases() -> Vec<Case> {
    let mut cases = raft_log::cases();
    cases.extend(raft_engine_0_4::cases());
    cases
}

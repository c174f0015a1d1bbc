//! Stores of openraft 0.9.

#[cfg(feature = "hiqlite-wal")]
mod hiqlite_wal_0_15;

use std::io::Cursor;

use openraft::declare_raft_types;

use crate::case::Case;

declare_raft_types!(
    /// Types that every codec can read: commands are texts.
    pub(crate) Texts: D = String, R = String
);

/// The subjects of this build.
pub(crate) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    #[cfg(feature = "hiqlite-wal")]
    cases.extend(hiqlite_wal_0_15::cases());
    cases
}

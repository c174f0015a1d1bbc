//! Stores of openraft 0.9.

#[cfg(feature = "hiqlite-wal")]
mod hiqlite_wal_0_15;
#[cfg(feature = "mocra-cluster")]
mod mocra_cluster_0_5;
#[cfg(feature = "rivven-cluster")]
mod rivven_cluster_0_0;
#[cfg(feature = "hiqlite-wal")]
mod stopped;
#[cfg(feature = "zlayer-consensus")]
mod zlayer_consensus_0_14;

use std::io::Cursor;

use openraft::declare_raft_types;

use crate::case::Case;

declare_raft_types!(
    /// Types that every codec can read: commands are texts.
    pub(crate) Texts: D = String, R = String
);

/// Who serves the mounted disks: `main`, before it reads its arguments.
const SERVER: &str = "main";

/// Random programs with crashes, of logs in redb 2: its files are large, and each state of one is hashed and written out. The
/// short programs take more than ten minutes, and are judged with `--length 1`.
const OF_REDB_2: u64 = 3;

/// The subjects of this build.
pub(crate) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    #[cfg(feature = "hiqlite-wal")]
    cases.extend(hiqlite_wal_0_15::cases());
    #[cfg(feature = "zlayer-consensus")]
    cases.extend(zlayer_consensus_0_14::cases());
    #[cfg(feature = "mocra-cluster")]
    cases.extend(mocra_cluster_0_5::cases());
    #[cfg(feature = "rivven-cluster")]
    cases.extend(rivven_cluster_0_0::cases());
    cases
}

//! What the integration tests share: an in-memory state machine for any type config.
#![allow(
    dead_code,
    unused_imports,
    unreachable_pub,
    clippy::unwrap_used,
    reason = "every test binary uses its own part"
)]

mod callback;
mod directory;
mod no_peers;
mod state_machine;

pub use callback::callback;
pub use directory::{Directory, copy_tree};
pub use no_peers::NoPeers;
pub use state_machine::StateMachine;

use std::io::Cursor;

use openraft::storage::RaftLogStorageExt;
use openraft::{CommittedLeaderId, EntryPayload, LogId, RaftTypeConfig};
use openraft_timevault::TimevaultLogStore;

openraft::declare_raft_types!(
    /// The type config of most tests: text payloads, integer node ids.
    pub Config: D = String, R = (), Node = ()
);

pub type Store = TimevaultLogStore<Config>;
pub type Entry = openraft::Entry<Config>;

/// A log id of node 0.
pub fn id<NID: openraft::NodeId>(term: u64, index: u64) -> LogId<NID> {
    LogId::new(CommittedLeaderId::new(term, NID::default()), index)
}

/// An entry with a payload that tells its id.
pub fn entry(term: u64, index: u64) -> Entry {
    Entry {
        log_id: id(term, index),
        payload: EntryPayload::Normal(format!("{term}-{index}")),
    }
}

/// Appends entries of one term and waits until they are durable.
pub async fn append(store: &mut Store, term: u64, indexes: impl IntoIterator<Item = u64>) {
    let entries: Vec<_> = indexes
        .into_iter()
        .map(|index| entry(term, index))
        .collect();
    store.blocking_append(entries).await.unwrap();
}

/// Ids of the held entries, as (term, index).
pub fn ids(store: &Store) -> Vec<(u64, u64)> {
    let entries = store.reader().entries(..).unwrap();
    entries
        .iter()
        .map(|e| (e.log_id.leader_id.term, e.log_id.index))
        .collect()
}

/// Runs a future to its end.
pub fn run<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap()
        .block_on(future)
}

//! Key-value stores, each with its own binding, and a Raft log that is written the same way in all of them.

mod fjall_3;
mod log;
mod redb;
mod sled_0_34;
mod sqlite;

use std::path::Path;

use raft_log_verify::LogError;

use crate::bare::Bare;
use crate::case::Case;
use log::KvLog;

/// A key and its value.
pub(crate) type Pair = (Vec<u8>, Vec<u8>);

/// What a write does to a key.
pub(crate) enum Change {
    Put(Vec<u8>, Vec<u8>),
    Remove(Vec<u8>),
}

/// An ordered key-value store.
pub(crate) trait KeyValue: Send + 'static {
    /// Makes these changes all or none, and durable as far as the store was told to.
    fn write(&mut self, changes: Vec<Change>) -> Result<(), LogError>;

    /// The pairs with a key from `from` on and below `to`, ascending.
    fn scan(&self, from: &[u8], to: &[u8]) -> Result<Vec<Pair>, LogError>;
}

/// The subjects, each as it is used after its creation, and the creation where that is another matter.
pub(crate) fn cases() -> Vec<Case> {
    let mut cases = redb::cases();
    cases.extend(sqlite::cases());
    cases.extend(fjall_3::cases());
    cases.extend(sled_0_34::cases());
    cases
}

/// A subject of a store that is opened like this.
fn subject<K: KeyValue>(
    name: &str,
    open: impl Fn(&Path) -> Result<K, LogError> + Send + Sync + 'static,
) -> Bare<KvLog> {
    Bare::new(name, move |dir, _| Ok(KvLog::new(open(dir)?)))
}

//! fjall: every write is a batch. With `PersistMode::SyncAll` it is durable when `commit` returns.

use std::path::Path;

use fjall::{Database, Keyspace, KeyspaceCreateOptions, PersistMode};
use raft_log_verify::LogError;

use super::{Change, KeyValue, Pair, subject};
use crate::bare::Bare;
use crate::case::Case;
use crate::kv::log::KvLog;

struct Store {
    database: Database,
    log: Keyspace,
    persist: Option<PersistMode>,
}

impl Store {
    fn open(dir: &Path, persist: Option<PersistMode>) -> Result<Self, LogError> {
        let database = Database::builder(dir.join("log.fjall")).open()?;
        let log = database.keyspace("log", KeyspaceCreateOptions::default)?;
        Ok(Self {
            database,
            log,
            persist,
        })
    }
}

impl KeyValue for Store {
    fn write(&mut self, changes: Vec<Change>) -> Result<(), LogError> {
        let mut batch = self.database.batch().durability(self.persist);
        for change in changes {
            match change {
                Change::Put(key, value) => batch.insert(&self.log, key, value),
                Change::Remove(key) => batch.remove(&self.log, key),
            }
        }
        Ok(batch.commit()?)
    }

    fn scan(&self, from: &[u8], to: &[u8]) -> Result<Vec<Pair>, LogError> {
        let mut pairs = Vec::new();
        for pair in self.log.range(from..to) {
            let (key, value) = pair.into_inner()?;
            pairs.push((key.to_vec(), value.to_vec()));
        }
        Ok(pairs)
    }
}

fn store(name: &str, persist: Option<PersistMode>) -> Bare<KvLog> {
    subject(name, move |dir| Store::open(dir, persist))
}

pub(super) fn cases() -> Vec<Case> {
    let all = Some(PersistMode::SyncAll);
    vec![
        Case::of(store("fjall-3", all).created_before()).longest(1),
        Case::of(store("fjall-3-creation", all))
            .longest(1)
            .breaks(&["open-after-crash", "vote-durability"]),
        Case::of(store("fjall-3-none", None).created_before())
            .forgets()
            .breaks(&["append-durability", "vote-durability"])
            .breaks_at_times(&[
                "no-phantom",
                "purge-finality",
                "truncate-finality",
                "write-order",
            ]),
    ]
}

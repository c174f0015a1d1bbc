//! sled: every write is a batch and a flush, which promises that it is durable.

use std::path::Path;

use raft_log_verify::LogError;
use sled::{Batch, Db};

use super::{Change, KeyValue, Pair, subject};
use crate::case::Case;

struct Store(Db);

impl KeyValue for Store {
    fn write(&mut self, changes: Vec<Change>) -> Result<(), LogError> {
        let mut batch = Batch::default();
        for change in changes {
            match change {
                Change::Put(key, value) => batch.insert(key, value),
                Change::Remove(key) => batch.remove(key),
            }
        }
        self.0.apply_batch(batch)?;
        self.0.flush()?;
        Ok(())
    }

    fn scan(&self, from: &[u8], to: &[u8]) -> Result<Vec<Pair>, LogError> {
        let pairs = self.0.range(from..to);
        let pairs = pairs.map(|pair| pair.map(|(key, value)| (key.to_vec(), value.to_vec())));
        Ok(pairs.collect::<Result<_, _>>()?)
    }
}

fn open(dir: &Path) -> Result<Store, LogError> {
    Ok(Store(sled::open(dir.join("log.sled"))?))
}

pub(super) fn cases() -> Vec<Case> {
    let ready = subject("sled-0.34", open).created_before();
    vec![
        Case::of(ready)
            .longest(1)
            .breaks(&["open-after-crash", "append-durability"]),
    ]
}

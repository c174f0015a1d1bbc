//! A Raft log in a key-value store: an entry for each index, and a key each for the vote, the purged id and the
//! committed id. Every call is one atomic write.

use std::ops::Bound;

use raft_log_verify::log::{
    Ack, Entry, Grown, IndexRange, LogId, LogState, NoReader, ReadEntry, Vote,
};
use raft_log_verify::{Log, LogError};

use super::{Change, KeyValue};

const ENTRIES: u8 = b'e';
const BEHIND_ENTRIES: u8 = ENTRIES + 1;
const VOTE: &[u8] = b"vote";
const PURGED: &[u8] = b"purged";
const COMMITTED: &[u8] = b"committed";

/// The log.
pub(crate) struct KvLog(Box<dyn KeyValue>);

fn key(index: u64) -> Vec<u8> {
    [&[ENTRIES], index.to_be_bytes().as_slice()].concat()
}

impl KvLog {
    pub(crate) fn new(store: impl KeyValue) -> Self {
        Self(Box::new(store))
    }

    fn one<T: serde::de::DeserializeOwned>(&self, key: &[u8]) -> Result<Option<T>, LogError> {
        let behind = [key, &[0]].concat();
        let found = self.0.scan(key, &behind)?.pop();
        Ok(found
            .map(|(_, value)| serde_json::from_slice(&value))
            .transpose()?)
    }

    fn put(&mut self, key: &[u8], value: &impl serde::Serialize) -> Result<(), LogError> {
        let value = serde_json::to_vec(value)?;
        self.0.write(vec![Change::Put(key.to_vec(), value)])
    }

    fn entries(&self, from: Vec<u8>, to: &[u8]) -> Result<Vec<Grown>, LogError> {
        let found = self.0.scan(&from, to)?.into_iter();
        let grown = found.map(|(_, value)| Ok(serde_json::from_slice(&value)?));
        grown.collect()
    }

    fn removes(&self, from: Vec<u8>, to: &[u8]) -> Result<Vec<Change>, LogError> {
        let found = self.0.scan(&from, to)?.into_iter();
        Ok(found.map(|(key, _)| Change::Remove(key)).collect())
    }
}

impl Log for KvLog {
    type Reader = NoReader;

    async fn append(&mut self, entries: Vec<Entry>, ack: Ack) -> Result<(), LogError> {
        let mut changes = Vec::new();
        for entry in entries {
            let grown = Grown::from(entry);
            changes.push(Change::Put(key(grown.id.index), grown.to_bytes()?));
        }
        ack.complete(self.0.write(changes));
        Ok(())
    }

    async fn truncate(&mut self, from: LogId, _: Option<LogId>) -> Result<(), LogError> {
        let removes = self.removes(key(from.index), &[BEHIND_ENTRIES])?;
        self.0.write(removes)
    }

    async fn purge(&mut self, upto: LogId) -> Result<(), LogError> {
        let mut changes = self.removes(vec![ENTRIES], &[key(upto.index), vec![0]].concat())?;
        changes.push(Change::Put(PURGED.to_vec(), serde_json::to_vec(&upto)?));
        self.0.write(changes)
    }

    async fn save_vote(&mut self, vote: Vote) -> Result<(), LogError> {
        self.put(VOTE, &vote)
    }

    async fn vote(&mut self) -> Result<Option<Vote>, LogError> {
        self.one(VOTE)
    }

    async fn save_committed(&mut self, committed: Option<LogId>) -> Result<(), LogError> {
        self.put(COMMITTED, &committed)
    }

    async fn committed(&mut self) -> Result<Option<LogId>, LogError> {
        Ok(self.one::<Option<LogId>>(COMMITTED)?.flatten())
    }

    async fn state(&mut self) -> Result<LogState, LogError> {
        let purged: Option<LogId> = self.one(PURGED)?;
        let last = self.entries(vec![ENTRIES], &[BEHIND_ENTRIES])?.pop();
        let last = last.map(|entry| entry.id).or(purged);
        Ok(LogState { purged, last })
    }

    async fn read(&mut self, range: IndexRange) -> Result<Vec<ReadEntry>, LogError> {
        let from = match range.start {
            Bound::Included(index) => key(index),
            Bound::Excluded(index) => [key(index), vec![0]].concat(),
            Bound::Unbounded => vec![ENTRIES],
        };
        let to = match range.end {
            Bound::Included(index) => [key(index), vec![0]].concat(),
            Bound::Excluded(index) => key(index),
            Bound::Unbounded => vec![BEHIND_ENTRIES],
        };
        if from >= to {
            return Ok(Vec::new());
        }
        let read = |entry: Grown| {
            Ok(ReadEntry {
                id: entry.id,
                fingerprint: entry.to_bytes()?,
            })
        };
        self.entries(from, &to)?.into_iter().map(read).collect()
    }

    async fn reader(&mut self) -> Option<NoReader> {
        None
    }
}

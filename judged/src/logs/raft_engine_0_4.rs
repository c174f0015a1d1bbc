//! raft-engine: an entry is a message of protobuf with an index; a write with `sync` promises to be durable. The engine
//! knows no truncate: a later append replaces what it meets, so the end of the log is a value of its own, as in TiKV.

use std::ops::Bound::{Excluded, Included, Unbounded};
use std::path::Path;

use protobuf::well_known_types::Any;
use raft_engine::{Command, Config, Engine, LogBatch, MessageExt, ReadableSize};
use raft_log_verify::log::{
    Ack, Entry, Grown, IndexRange, LogId, LogState, NoReader, ReadEntry, Vote,
};
use raft_log_verify::{Log, LogError, Tuning};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::bare::Bare;
use crate::case::Case;

/// The only group of the engine.
const GROUP: u64 = 1;
const VOTE: &[u8] = b"vote";
const PURGED: &[u8] = b"purged";
const LAST: &[u8] = b"last";
const COMMITTED: &[u8] = b"committed";

/// An entry: its index as the name of a type, its bytes as the value.
struct Indexed;

impl MessageExt for Indexed {
    type Entry = Any;

    fn index(entry: &Any) -> u64 {
        entry.type_url.parse().unwrap_or_default()
    }
}

struct Store(Engine);

impl Store {
    fn open(dir: &Path, tuning: Tuning) -> Result<Self, LogError> {
        let config = Config {
            dir: dir.join("log.engine").display().to_string(),
            target_file_size: ReadableSize(tuning.segment_bytes),
            purge_threshold: ReadableSize(tuning.segment_bytes),
            recovery_threads: 1,
            ..Config::default()
        };
        Ok(Self(Engine::open(config)?))
    }

    fn value<T: DeserializeOwned>(&self, key: &[u8]) -> Result<Option<T>, LogError> {
        let found = self.0.get(GROUP, key);
        Ok(found
            .map(|bytes| serde_json::from_slice(&bytes))
            .transpose()?)
    }

    fn put(batch: &mut LogBatch, key: &[u8], value: &impl Serialize) -> Result<(), LogError> {
        Ok(batch.put(GROUP, key.to_vec(), serde_json::to_vec(value)?)?)
    }

    fn write(&self, mut batch: LogBatch, sync: bool) -> Result<(), LogError> {
        self.0.write(&mut batch, sync)?;
        Ok(())
    }

    fn ends(&self) -> Result<LogState, LogError> {
        let purged: Option<LogId> = self.value(PURGED)?;
        let last: Option<LogId> = self.value::<Option<LogId>>(LAST)?.flatten();
        Ok(LogState {
            purged,
            last: last.max(purged),
        })
    }
}

impl Log for Store {
    type Reader = NoReader;

    async fn append(&mut self, entries: Vec<Entry>, ack: Ack) -> Result<(), LogError> {
        let mut batch = LogBatch::default();
        let mut encoded = Vec::new();
        for entry in &entries {
            let mut any = Any::new();
            any.type_url = entry.id.index.to_string();
            any.value = Grown::from(*entry).to_bytes()?;
            encoded.push(any);
        }
        batch.add_entries::<Indexed>(GROUP, &encoded)?;
        Self::put(&mut batch, LAST, &entries.last().map(|entry| entry.id))?;
        ack.complete(self.write(batch, true));
        Ok(())
    }

    async fn truncate(&mut self, _: LogId, kept: Option<LogId>) -> Result<(), LogError> {
        let mut batch = LogBatch::default();
        Self::put(&mut batch, LAST, &kept)?;
        self.write(batch, true)
    }

    async fn purge(&mut self, upto: LogId) -> Result<(), LogError> {
        let mut batch = LogBatch::default();
        let index = upto.index + 1;
        batch.add_command(GROUP, Command::Compact { index });
        Self::put(&mut batch, PURGED, &upto)?;
        self.write(batch, true)?;
        self.0.purge_expired_files()?;
        Ok(())
    }

    async fn save_vote(&mut self, vote: Vote) -> Result<(), LogError> {
        let mut batch = LogBatch::default();
        Self::put(&mut batch, VOTE, &vote)?;
        self.write(batch, true)
    }

    async fn vote(&mut self) -> Result<Option<Vote>, LogError> {
        self.value(VOTE)
    }

    async fn save_committed(&mut self, committed: Option<LogId>) -> Result<(), LogError> {
        let mut batch = LogBatch::default();
        Self::put(&mut batch, COMMITTED, &committed)?;
        self.write(batch, false)
    }

    async fn committed(&mut self) -> Result<Option<LogId>, LogError> {
        Ok(self.value::<Option<LogId>>(COMMITTED)?.flatten())
    }

    async fn state(&mut self) -> Result<LogState, LogError> {
        self.ends()
    }

    async fn read(&mut self, range: IndexRange) -> Result<Vec<ReadEntry>, LogError> {
        let state = self.ends()?;
        let first = state.purged.map_or(0, |id| id.index + 1);
        let behind = state.last.map_or(0, |id| id.index + 1);
        let from = match range.start {
            Included(index) => index,
            Excluded(index) => index + 1,
            Unbounded => 0,
        };
        let to = match range.end {
            Included(index) => index + 1,
            Excluded(index) => index,
            Unbounded => u64::MAX,
        };
        let (from, to) = (from.max(first), to.min(behind));
        let mut found = Vec::new();
        if from < to {
            self.0
                .fetch_entries_to::<Indexed>(GROUP, from, to, None, &mut found)?;
        }
        let read = |any: Any| {
            let grown: Grown = serde_json::from_slice(&any.value)?;
            Ok(ReadEntry {
                id: grown.id,
                fingerprint: any.value,
            })
        };
        found.into_iter().map(read).collect()
    }

    async fn reader(&mut self) -> Option<NoReader> {
        None
    }
}

fn subject(name: &str) -> Bare<Store> {
    Bare::new(name, Store::open)
}

pub(super) fn cases() -> Vec<Case> {
    vec![
        Case::of(subject("raft-engine-0.4").created_before())
            .longest(1)
            .breaks(&["append-durability"]),
        Case::of(subject("raft-engine-0.4-creation"))
            .longest(1)
            .breaks(&["append-durability", "vote-durability"])
            .breaks_at_times(&["sticky-recovery"]),
    ]
}

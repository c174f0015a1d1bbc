//! A log store in memory, which makes nothing durable: what a cluster does without a disk.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::ops::RangeBounds;
use std::sync::{Arc, Mutex};

use openraft::storage::{LogFlushed, RaftLogStorage};
use openraft::{LogId, LogState, OptionalSend, RaftLogId, RaftLogReader, StorageError, Vote};

use super::super::log::{Entry, Types};

type Failed = StorageError<u64>;

#[derive(Default)]
struct State {
    entries: BTreeMap<u64, Entry>,
    vote: Option<Vote<u64>>,
    purged: Option<LogId<u64>>,
    committed: Option<LogId<u64>>,
}

/// The log. Clones share it.
#[derive(Clone, Default)]
pub struct MemoryLog(Arc<Mutex<State>>);

impl MemoryLog {
    fn with<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        change(&mut self.0.lock().unwrap())
    }
}

impl RaftLogReader<Types> for MemoryLog {
    async fn try_get_log_entries<RB: RangeBounds<u64> + Clone + Debug + OptionalSend>(
        &mut self,
        range: RB,
    ) -> Result<Vec<Entry>, Failed> {
        Ok(self.with(|state| {
            state
                .entries
                .range(range)
                .map(|(_, entry)| entry.clone())
                .collect()
        }))
    }
}

impl RaftLogStorage<Types> for MemoryLog {
    type LogReader = Self;

    async fn get_log_state(&mut self) -> Result<LogState<Types>, Failed> {
        Ok(self.with(|state| {
            let last = state.entries.last_key_value();
            LogState {
                last_purged_log_id: state.purged,
                last_log_id: last.map(|(_, entry)| *entry.get_log_id()).or(state.purged),
            }
        }))
    }

    async fn get_log_reader(&mut self) -> Self {
        self.clone()
    }

    async fn save_vote(&mut self, vote: &Vote<u64>) -> Result<(), Failed> {
        self.with(|state| state.vote = Some(*vote));
        Ok(())
    }

    async fn read_vote(&mut self) -> Result<Option<Vote<u64>>, Failed> {
        Ok(self.with(|state| state.vote))
    }

    async fn save_committed(&mut self, committed: Option<LogId<u64>>) -> Result<(), Failed> {
        self.with(|state| state.committed = committed);
        Ok(())
    }

    async fn read_committed(&mut self) -> Result<Option<LogId<u64>>, Failed> {
        Ok(self.with(|state| state.committed))
    }

    async fn append<I>(&mut self, entries: I, callback: LogFlushed<Types>) -> Result<(), Failed>
    where
        I: IntoIterator<Item = Entry> + OptionalSend,
        I::IntoIter: OptionalSend,
    {
        self.with(|state| {
            let entries = entries.into_iter().map(|entry| (entry.log_id.index, entry));
            state.entries.extend(entries);
        });
        callback.log_io_completed(Ok(()));
        Ok(())
    }

    async fn truncate(&mut self, log_id: LogId<u64>) -> Result<(), Failed> {
        self.with(|state| drop(state.entries.split_off(&log_id.index)));
        Ok(())
    }

    async fn purge(&mut self, log_id: LogId<u64>) -> Result<(), Failed> {
        self.with(|state| {
            state.entries = state.entries.split_off(&(log_id.index + 1));
            state.purged = Some(log_id);
        });
        Ok(())
    }
}

//! A real append callback, which openraft gives out only to log stores.

use std::fmt::Debug;
use std::ops::RangeBounds;

use openraft::storage::{LogFlushed, RaftLogStorage, RaftLogStorageExt};
use openraft::{LogId, LogState, OptionalSend, RaftLogReader, StorageError, Vote};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::{Config, Entry};

type Failed = StorageError<u64>;

/// A callback, and a task that ends when the callback is called or dropped, with its outcome.
pub async fn callback() -> (JoinHandle<Result<(), Failed>>, LogFlushed<Config>) {
    let (give, taken) = oneshot::channel();
    let task = tokio::spawn(async move { Taker(Some(give)).blocking_append([]).await });
    (task, taken.await.unwrap())
}

/// A log store that hands out the callback of the first append it gets.
struct Taker(Option<oneshot::Sender<LogFlushed<Config>>>);

impl RaftLogReader<Config> for Taker {
    async fn try_get_log_entries<RB: RangeBounds<u64> + Clone + Debug + OptionalSend>(
        &mut self,
        _range: RB,
    ) -> Result<Vec<Entry>, Failed> {
        Ok(Vec::new())
    }
}

impl RaftLogStorage<Config> for Taker {
    type LogReader = Self;

    async fn get_log_state(&mut self) -> Result<LogState<Config>, Failed> {
        Ok(LogState::default())
    }

    async fn get_log_reader(&mut self) -> Self {
        Self(None)
    }

    async fn save_vote(&mut self, _vote: &Vote<u64>) -> Result<(), Failed> {
        Ok(())
    }

    async fn read_vote(&mut self) -> Result<Option<Vote<u64>>, Failed> {
        Ok(None)
    }

    async fn append<I>(&mut self, _entries: I, callback: LogFlushed<Config>) -> Result<(), Failed>
    where
        I: IntoIterator<Item = Entry> + OptionalSend,
        I::IntoIter: OptionalSend,
    {
        let given = self.0.take().map(|give| give.send(callback));
        assert!(matches!(given, Some(Ok(()))));
        Ok(())
    }

    async fn truncate(&mut self, _log_id: LogId<u64>) -> Result<(), Failed> {
        Ok(())
    }

    async fn purge(&mut self, _log_id: LogId<u64>) -> Result<(), Failed> {
        Ok(())
    }
}

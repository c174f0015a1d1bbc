//! Callbacks of appends, which openraft gives out only to log stores.

use std::fmt::Debug;
use std::ops::RangeBounds;

use openraft::storage::{LogFlushed, RaftLogStorage, RaftLogStorageExt};
use openraft::{LogId, LogState, OptionalSend, RaftLogReader, StorageError, Vote};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::log::{Entry, Types};

type Failed = StorageError<u64>;

/// A callback, and a task that ends with its outcome.
pub struct Callback {
    pub done: JoinHandle<Result<(), Failed>>,
    pub flushed: LogFlushed<Types>,
}

impl Callback {
    /// Makes one. Needs a runtime.
    pub async fn make() -> Self {
        let (give, taken) = oneshot::channel();
        let done = tokio::spawn(async move { Taker(Some(give)).blocking_append([]).await });
        Self {
            done,
            flushed: taken.await.unwrap(),
        }
    }
}

/// A log store that hands out the callback of its only append.
struct Taker(Option<oneshot::Sender<LogFlushed<Types>>>);

impl RaftLogReader<Types> for Taker {
    async fn try_get_log_entries<RB: RangeBounds<u64> + Clone + Debug + OptionalSend>(
        &mut self,
        _range: RB,
    ) -> Result<Vec<Entry>, Failed> {
        Ok(Vec::new())
    }
}

impl RaftLogStorage<Types> for Taker {
    type LogReader = Self;

    async fn get_log_state(&mut self) -> Result<LogState<Types>, Failed> {
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

    async fn append<I>(&mut self, _entries: I, callback: LogFlushed<Types>) -> Result<(), Failed>
    where
        I: IntoIterator<Item = Entry> + OptionalSend,
        I::IntoIter: OptionalSend,
    {
        let taker = self.0.take().expect("there is one append");
        assert!(
            taker.send(callback).is_ok(),
            "somebody waits for the callback"
        );
        Ok(())
    }

    async fn truncate(&mut self, _log_id: LogId<u64>) -> Result<(), Failed> {
        Ok(())
    }

    async fn purge(&mut self, _log_id: LogId<u64>) -> Result<(), Failed> {
        Ok(())
    }
}

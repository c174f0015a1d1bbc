//! hiqlite-wal's log, stopped wherever it is dropped. Where it is only dropped its writer goes on for some time, and with an
//! interval for ever: that is judged by itself, and hides the rest.

use std::fmt::Debug;
use std::future::Future;
use std::ops::RangeBounds;
use std::time::Duration;

use hiqlite_wal::error::Error;
use hiqlite_wal::{LogStore, LogStoreReader};
use openraft::storage::{LogFlushed, RaftLogStorage};
use openraft::{Entry, LogId, LogState, OptionalSend, RaftLogReader, StorageError, Vote};

use tokio::runtime::Builder;

use super::Texts;

/// How long a stop may take. It never ends where the log's writer ends meanwhile.
const STOPS_WITHIN: Duration = Duration::from_secs(1);

/// The store's own stop, which is given up after some time.
pub(crate) async fn stop(log: LogStore<Texts>) -> Result<(), Error> {
    if log.writer.is_disconnected() {
        return Err(Error::Internal("its writer has ended".into()));
    }
    let stopped = tokio::time::timeout(STOPS_WITHIN, log.stop()).await;
    stopped.unwrap_or(Err(Error::Internal("it does not stop".into())))
}

/// The log; `None` when it was stopped.
pub(crate) struct Stopped(Option<LogStore<Texts>>);

impl Stopped {
    pub(crate) fn new(log: LogStore<Texts>) -> Self {
        Self(Some(log))
    }

    /// The store's own stop.
    pub(crate) async fn stop(mut self) -> Result<(), Error> {
        match self.0.take() {
            Some(log) => stop(log).await,
            None => Ok(()),
        }
    }

    /// The log. Only what ends it takes it out.
    fn log(&mut self) -> &mut LogStore<Texts> {
        self.0.as_mut().expect("it was not stopped")
    }
}

impl Drop for Stopped {
    fn drop(&mut self) {
        let Some(log) = self.0.take() else { return };
        // Whoever drops it may be a thread that drives futures, and cannot wait for another.
        let stopping = std::thread::spawn(move || {
            let runtime = Builder::new_current_thread().enable_time().build();
            runtime.map(|runtime| runtime.block_on(stop(log)))
        });
        // A writer that has ended before cannot be stopped.
        drop(stopping.join());
    }
}

type Answer<T> = Result<T, StorageError<u64>>;

impl RaftLogReader<Texts> for Stopped {
    fn try_get_log_entries<R: RangeBounds<u64> + Clone + Debug + OptionalSend>(
        &mut self,
        range: R,
    ) -> impl Future<Output = Answer<Vec<Entry<Texts>>>> + Send {
        self.log().try_get_log_entries(range)
    }
}

impl RaftLogStorage<Texts> for Stopped {
    type LogReader = LogStoreReader<Texts>;

    async fn get_log_state(&mut self) -> Answer<LogState<Texts>> {
        self.log().get_log_state().await
    }

    async fn get_log_reader(&mut self) -> LogStoreReader<Texts> {
        self.log().get_log_reader().await
    }

    async fn save_vote(&mut self, vote: &Vote<u64>) -> Answer<()> {
        self.log().save_vote(vote).await
    }

    async fn read_vote(&mut self) -> Answer<Option<Vote<u64>>> {
        self.log().read_vote().await
    }

    async fn append<I>(&mut self, entries: I, callback: LogFlushed<Texts>) -> Answer<()>
    where
        I: IntoIterator<Item = Entry<Texts>> + OptionalSend,
        I::IntoIter: OptionalSend,
    {
        self.log().append(entries, callback).await
    }

    async fn truncate(&mut self, from: LogId<u64>) -> Answer<()> {
        self.log().truncate(from).await
    }

    async fn purge(&mut self, upto: LogId<u64>) -> Answer<()> {
        self.log().purge(upto).await
    }
}

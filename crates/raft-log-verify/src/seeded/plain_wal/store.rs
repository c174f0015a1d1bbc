//! The store itself, as openraft sees it.

use std::fmt::Debug;
use std::io;
use std::ops::RangeBounds;
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, LazyLock};

use crash_disk::SyncSite;
use openraft::storage::{LogFlushed, RaftLogStorage};
use openraft::{
    Entry, LogId, LogState, OptionalSend, RaftLogReader, StorageError, StorageIOError, Vote,
};
use tokio::runtime::{Builder, Handle, Runtime};
use tokio::sync::oneshot;

use super::Switches;
use super::closing::Closing;
use super::disk::Disk;
use super::reader::PlainReader;
use super::record::{Encoded, Record};
use super::shared::Shared;
use super::writer::{self, Job};
use crate::seeded::{Bug, Oddity};
use crate::subject::Place;
use crate::types::HarnessTypes;

/// Most plain WALs that are open in the process at a time; an open of another one waits.
const MAX_OPEN: usize = 4096;

/// Whose threads serve the stores: one for each that is open, and used again for the next one, because a
/// campaign opens hundreds of thousands. Nothing else runs on it.
static THREADS: LazyLock<io::Result<Runtime>> = LazyLock::new(|| {
    Builder::new_current_thread()
        .max_blocking_threads(MAX_OPEN)
        .build()
});

/// A log store in one file of JSON lines; see [`seeded`](crate::seeded).
#[derive(Debug)]
pub struct PlainWal {
    place: Place,
    reader: PlainReader,
    jobs: Sender<Job>,
    /// Told when the store is closed, where somebody waits for that.
    closed: Option<oneshot::Sender<()>>,
}

type Opened = io::Result<(Arc<Shared>, Sender<Job>)>;

impl PlainWal {
    /// Opens the store in `place`; waits for one that is closing there.
    ///
    /// # Errors
    /// The disk's error, damage, or that the store is open already.
    pub async fn open(place: &Place, bug: Option<Bug>, oddity: Option<Oddity>) -> io::Result<Self> {
        let bugs = Switches { bug, oddity };
        let place = place.clone();
        let (answer, opened) = oneshot::channel();
        let served = place.clone();
        let threads = THREADS.as_ref();
        let threads = threads.map_err(|error| io::Error::new(error.kind(), error.to_string()))?;
        threads.spawn_blocking(move || serve(&served, bugs, answer));
        let (shared, jobs) = opened.await.map_err(io::Error::other)??;
        let reader = PlainReader {
            shared,
            snapshot: None,
            stops: None,
        };
        Ok(Self {
            place,
            reader,
            jobs,
            closed: None,
        })
    }

    /// Closes the store and waits until its lock is free: an open of this process would wait for
    /// that by itself, one of another process can not.
    pub async fn close(mut self) {
        let (ends, closed) = oneshot::channel();
        self.closed = Some(ends);
        drop(self);
        // It never sends: its end is that the mark of the closing is gone.
        let _ = closed.await;
    }

    fn shared(&self) -> &Arc<Shared> {
        &self.reader.shared
    }

    /// Hands records to the writer and waits.
    async fn lines(&self, records: Vec<Record>) -> Result<(), String> {
        let (answer, done) = oneshot::channel();
        {
            let mut state = self.shared().state();
            if let Some(failed) = &state.failed {
                return Err(failed.clone());
            }
            for record in &records {
                state.shown.apply(record, self.shared().bugs);
            }
            // Under the lock, so that the queue has the order in which the log was changed.
            self.send(Job::Lines(records, answer))?;
        }
        done.await.map_err(|error| error.to_string())?
    }

    /// Shows entries before they are queued: the mistake of the bug that loses them.
    fn show(&self, entries: Vec<Encoded>) {
        let bugs = self.shared().bugs;
        let mut state = self.shared().state();
        if let Ok(records) = state.shown.append(entries, bugs) {
            records
                .iter()
                .for_each(|record| state.shown.apply(record, bugs));
        }
    }

    fn queue_append(
        &self,
        entries: Vec<Encoded>,
        callback: LogFlushed<HarnessTypes>,
    ) -> Result<(), String> {
        let bugs = self.shared().bugs;
        let mut state = self.shared().state();
        if let Some(failed) = &state.failed {
            return Err(failed.clone());
        }
        let records = match state.shown.append(entries, bugs) {
            Ok(records) => records,
            Err(error) => {
                if bugs.has(Bug::OkAfterErr) {
                    callback.log_io_completed(Ok(()));
                }
                return Err(error);
            }
        };
        for record in &records {
            state.shown.apply(record, bugs);
        }
        self.send(Job::Append(records, callback))
    }

    /// Puts a job in the writer's queue.
    fn send(&self, job: Job) -> Result<(), String> {
        let by_task = self.shared().bugs.has(Bug::VoteOvertakes) && !matches!(job, Job::Vote(..));
        if let (true, Ok(runtime)) = (by_task, Handle::try_current()) {
            // It runs when the caller waits for something, and so after a vote sent before that.
            let jobs = self.jobs.clone();
            runtime.spawn(async move { drop(jobs.send(job)) });
            return Ok(());
        }
        self.jobs.send(job).map_err(|error| error.to_string())
    }
}

/// Opens the files, answers, and does the store's jobs on this thread.
fn serve(place: &Place, bugs: Switches, answer: oneshot::Sender<Opened>) {
    if bugs.has(Bug::SecondOpenSucceeds) {
        // No lock makes it wait for the store that was dropped before: the bug would be a race.
        Closing::wait(place);
    }
    let mut opened = Disk::open(place, bugs);
    let locked = |opened: &io::Result<_>| matches!(opened, Err(error) if error.kind() == io::ErrorKind::WouldBlock);
    while locked(&opened) {
        let waited = Closing::wait(place);
        // Once more in any case: it may have closed between the try and the wait.
        opened = Disk::open(place, bugs);
        if !waited {
            break;
        }
    }
    match opened {
        Err(error) => drop(answer.send(Err(error))),
        Ok((disk, (memory, vote))) => {
            let shared = Arc::new(Shared::new(bugs, memory, vote));
            let (sender, jobs) = channel();
            // If the opener has gone, its end of the channel went too, and the writer ends.
            drop(answer.send(Ok((Arc::clone(&shared), sender))));
            writer::run(&shared, disk, &jobs);
        }
    }
}

impl Drop for PlainWal {
    fn drop(&mut self) {
        let closing = Closing::begin(&self.place, self.closed.take());
        // The writer may have ended before.
        let _ = self.send(Job::Close(closing));
    }
}

impl RaftLogReader<HarnessTypes> for PlainWal {
    async fn try_get_log_entries<R: RangeBounds<u64> + Clone + Debug + OptionalSend>(
        &mut self,
        range: R,
    ) -> Result<Vec<Entry<HarnessTypes>>, StorageError<u64>> {
        self.reader.try_get_log_entries(range).await
    }

    async fn limited_get_log_entries(
        &mut self,
        start: u64,
        end: u64,
    ) -> Result<Vec<Entry<HarnessTypes>>, StorageError<u64>> {
        self.reader.limited_get_log_entries(start, end).await
    }
}

impl RaftLogStorage<HarnessTypes> for PlainWal {
    type LogReader = PlainReader;

    async fn get_log_state(&mut self) -> Result<LogState<HarnessTypes>, StorageError<u64>> {
        let state = self.shared().state();
        Ok(LogState {
            last_purged_log_id: state.shown.purged,
            last_log_id: state.shown.last(self.shared().bugs),
        })
    }

    async fn get_log_reader(&mut self) -> PlainReader {
        let shared = Arc::clone(self.shared());
        let snapshot = shared
            .bugs
            .has(Bug::ReaderIsSnapshot)
            .then(|| shared.state().shown.clone());
        let stops = shared
            .bugs
            .has(Bug::ReaderDropStopsWriter)
            .then(|| self.jobs.clone());
        PlainReader {
            shared,
            snapshot,
            stops,
        }
    }

    async fn save_vote(&mut self, vote: &Vote<u64>) -> Result<(), StorageError<u64>> {
        let (answer, done) = oneshot::channel();
        let job = Job::Vote(*vote, answer);
        if self.shared().bugs.has(Bug::SyncOnExecutor) {
            // What it reports does not matter: the writer does it all again.
            let _ = self.place.fs.sync_dir(&self.place.dir, SyncSite::here());
        }
        self.send(job).map_err(|error| write_vote(&error))?;
        let done = done.await.map_err(|error| write_vote(&error.to_string()))?;
        done.map_err(|error| write_vote(&error))
    }

    async fn read_vote(&mut self) -> Result<Option<Vote<u64>>, StorageError<u64>> {
        Ok(self.shared().state().vote)
    }

    async fn save_committed(
        &mut self,
        committed: Option<LogId<u64>>,
    ) -> Result<(), StorageError<u64>> {
        if self.shared().bugs.is(Oddity::CommittedNotStored) {
            return Ok(());
        }
        self.lines(vec![Record::Committed(committed)])
            .await
            .map_err(|error| write_log(&error))
    }

    async fn read_committed(&mut self) -> Result<Option<LogId<u64>>, StorageError<u64>> {
        Ok(self.shared().state().shown.committed)
    }

    async fn append<I>(
        &mut self,
        entries: I,
        callback: LogFlushed<HarnessTypes>,
    ) -> Result<(), StorageError<u64>>
    where
        I: IntoIterator<Item = Entry<HarnessTypes>> + OptionalSend,
        I::IntoIter: OptionalSend,
    {
        let bugs = self.shared().bugs;
        let encoded: Result<Vec<_>, _> = entries
            .into_iter()
            .map(|entry| Encoded::new(&entry, bugs))
            .collect();
        let encoded = encoded.map_err(|error| write_log(&error))?;
        if bugs.has(Bug::CancelLosesEntry) {
            self.show(encoded.clone());
            tokio::task::yield_now().await;
        }
        self.queue_append(encoded, callback)
            .map_err(|error| write_log(&error))
    }

    async fn truncate(&mut self, log_id: LogId<u64>) -> Result<(), StorageError<u64>> {
        let done = self.lines(vec![Record::Truncate(log_id.index)]).await;
        done.map_err(|error| write_log(&error))
    }

    async fn purge(&mut self, log_id: LogId<u64>) -> Result<(), StorageError<u64>> {
        let bugs = self.shared().bugs;
        let record = self.shared().state().shown.purge(log_id, bugs);
        let record = record.map_err(|error| write_log(&error))?;
        // Also without a record: no write may be answered before an earlier one.
        let done = self.lines(record.into_iter().collect()).await;
        done.map_err(|error| write_log(&error))
    }
}

fn write_log(error: &str) -> StorageError<u64> {
    StorageIOError::write_logs(&io::Error::other(error.to_owned())).into()
}

fn write_vote(error: &str) -> StorageError<u64> {
    StorageIOError::write_vote(&io::Error::other(error.to_owned())).into()
}

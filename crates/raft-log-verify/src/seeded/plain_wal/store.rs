//! The store itself.

use std::io;
use std::sync::Arc;

use crash_disk::SyncSite;
use tokio::sync::oneshot;

use super::Switches;
use super::closing::Closing;
use super::disk::Disk;
use super::job::Job;
use super::jobs::Jobs;
use super::reader::{PlainReader, read};
use super::record::{Encoded, Record};
use super::shared::Shared;
use super::writer::Writer;
use crate::log::{Ack, Entry, Grown, IndexRange, Log, LogError, LogId, LogState, ReadEntry, Vote};
use crate::seeded::{Bug, Oddity};
use crate::subject::Place;
use crate::tasks::Lane;

/// A log store in one file of JSON lines; see [`seeded`](crate::seeded).
#[derive(Debug)]
pub struct PlainWal {
    place: Place,
    reader: PlainReader,
    jobs: Jobs,
    /// Dropped when the store is closed, where a caller waits for that.
    closed: Option<oneshot::Sender<()>>,
}

type Opened = io::Result<(Arc<Shared>, Jobs)>;

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
        let serve = Box::new(move || serve(&served, bugs, answer));
        place.tasks.answer_once();
        place.tasks.spawn(Lane::Open, serve);
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

    /// Closes the store and waits until its lock is free: an open in this process would wait for
    /// that by itself, an open in another process cannot.
    pub async fn close(mut self) {
        let (ends, closed) = oneshot::channel();
        self.closed = Some(ends);
        drop(self);
        // Nothing is ever sent: the channel ends when the mark of the closing is dropped.
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
            state.shown.apply_all(&records, self.shared().bugs);
            // Under the lock, so that the queue has the order in which the log was changed.
            self.send(Job::Lines(records, answer))?;
        }
        done.await.map_err(|error| error.to_string())?
    }

    /// Shows entries before they are queued: the mistake of [`Bug::CancelLosesEntry`].
    fn show(&self, entries: Vec<Encoded>) {
        let bugs = self.shared().bugs;
        let mut state = self.shared().state();
        if let Ok(records) = state.shown.append(entries, bugs) {
            state.shown.apply_all(&records, bugs);
        }
    }

    fn queue_append(&self, entries: Vec<Encoded>, ack: Ack) -> Result<(), String> {
        let bugs = self.shared().bugs;
        let mut state = self.shared().state();
        if let Some(failed) = &state.failed {
            return Err(failed.clone());
        }
        let records = state.shown.append(entries, bugs);
        if records.is_err() && bugs.has(Bug::OkAfterErr) {
            ack.durable();
            return records.map(drop);
        }
        let records = records?;
        state.shown.apply_all(&records, bugs);
        self.send(Job::Append((records, ack)))
    }

    /// Puts a job in the writer's queue.
    fn send(&self, job: Job) -> Result<(), String> {
        let by_task = self.shared().bugs.has(Bug::VoteOvertakes) && !matches!(job, Job::Vote(..));
        if by_task {
            // The task runs when the caller waits for something, so after a vote sent before that.
            let jobs = self.jobs.clone();
            let send = Box::new(move || drop(jobs.send(job)));
            self.place.tasks.spawn(Lane::Write, send);
            return Ok(());
        }
        self.jobs.send(job)
    }
}

/// Opens the files and answers.
fn serve(place: &Place, bugs: Switches, answer: oneshot::Sender<Opened>) {
    if bugs.has(Bug::SecondOpenSucceeds) {
        // No lock makes it wait for the store that was dropped before: the bug would be a race.
        Closing::wait(place);
    }
    let mut opened = Disk::open(place, bugs);
    let locked = |opened: &io::Result<_>| matches!(opened, Err(error) if error.kind() == io::ErrorKind::WouldBlock);
    while locked(&opened) {
        let waited = Closing::wait(place);
        // Once more in any case: the other store may have closed between the try and the wait.
        opened = Disk::open(place, bugs);
        if !waited {
            break;
        }
    }
    match opened {
        Err(error) => drop(answer.send(Err(error))),
        Ok((disk, (memory, vote))) => {
            let shared = Arc::new(Shared::new(bugs, memory, vote));
            let writer = Writer::new(Arc::clone(&shared), disk);
            let jobs = Jobs::new(place.tasks.clone(), writer);
            // If the opener has gone, the writer goes with the answer.
            drop(answer.send(Ok((shared, jobs))));
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

impl PlainWal {
    /// Appends whole entries.
    ///
    /// # Errors
    /// One cannot be stored, they do not fit, or an earlier write has failed.
    pub(crate) async fn append_grown(
        &mut self,
        entries: Vec<Grown>,
        ack: Ack,
    ) -> Result<(), String> {
        let bugs = self.shared().bugs;
        let encoded = entries.iter().map(|entry| Encoded::new(entry, bugs));
        let encoded: Vec<_> = encoded.collect::<Result<_, _>>()?;
        if bugs.has(Bug::CancelLosesEntry) {
            self.show(encoded.clone());
            tokio::task::yield_now().await;
        }
        self.queue_append(encoded, ack)
    }

    /// The entries of a range, whole.
    ///
    /// # Errors
    /// One does not decode.
    pub(crate) async fn grown(&self, range: IndexRange) -> Result<Vec<Grown>, String> {
        self.reader.grown(range).await
    }

    /// What a limited read gives, whole.
    ///
    /// # Errors
    /// One does not decode.
    pub(crate) async fn grown_limited(&self, start: u64, end: u64) -> Result<Vec<Grown>, String> {
        let encoded = self.reader.limited(start, end).await;
        encoded.iter().map(Encoded::decode).collect()
    }

    /// A reader of what is shown from now on.
    pub(crate) fn new_reader(&self) -> PlainReader {
        let shared = Arc::clone(self.shared());
        let bugs = shared.bugs;
        let snapshot = || shared.state().shown.clone();
        PlainReader {
            snapshot: bugs.has(Bug::ReaderIsSnapshot).then(snapshot),
            stops: bugs
                .has(Bug::ReaderDropStopsWriter)
                .then(|| self.jobs.clone()),
            shared,
        }
    }
}

impl Log for PlainWal {
    type Reader = PlainReader;

    async fn append(&mut self, entries: Vec<Entry>, ack: Ack) -> Result<(), LogError> {
        let grown = entries.into_iter().map(Grown::from).collect();
        Ok(self.append_grown(grown, ack).await?)
    }

    async fn truncate(&mut self, from: LogId, _: Option<LogId>) -> Result<(), LogError> {
        Ok(self.lines(vec![Record::Truncate(from.index)]).await?)
    }

    async fn purge(&mut self, upto: LogId) -> Result<(), LogError> {
        let bugs = self.shared().bugs;
        let record = self.shared().state().shown.purge(upto, bugs)?;
        // Also without a record: no write may be answered before an earlier one.
        Ok(self.lines(record.into_iter().collect()).await?)
    }

    async fn save_vote(&mut self, vote: Vote) -> Result<(), LogError> {
        let (answer, done) = oneshot::channel();
        if self.shared().bugs.has(Bug::SyncOnExecutor) {
            // What it reports does not matter: the writer does it all again.
            let _ = self.place.fs.sync_dir(&self.place.dir, SyncSite::here());
        }
        self.send(Job::Vote(vote, answer))?;
        Ok(done.await??)
    }

    async fn vote(&mut self) -> Result<Option<Vote>, LogError> {
        Ok(self.shared().state().vote)
    }

    async fn save_committed(&mut self, committed: Option<LogId>) -> Result<(), LogError> {
        if self.shared().bugs.is(Oddity::CommittedNotStored) {
            return Ok(());
        }
        Ok(self.lines(vec![Record::Committed(committed)]).await?)
    }

    async fn committed(&mut self) -> Result<Option<LogId>, LogError> {
        Ok(self.shared().state().shown.committed)
    }

    async fn state(&mut self) -> Result<LogState, LogError> {
        let state = self.shared().state();
        Ok(LogState {
            purged: state.shown.purged,
            last: state.shown.last(self.shared().bugs),
        })
    }

    async fn read(&mut self, range: IndexRange) -> Result<Vec<ReadEntry>, LogError> {
        read(&self.reader.entries(&range).await)
    }

    async fn read_limited(&mut self, start: u64, end: u64) -> Result<Vec<ReadEntry>, LogError> {
        read(&self.reader.limited(start, end).await)
    }

    async fn reader(&mut self) -> Option<PlainReader> {
        Some(self.new_reader())
    }
}

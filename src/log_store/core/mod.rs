//! The log as indexes and bytes: a queue of writes, the thread that does them, and reads that see
//! what was issued. Nothing here knows of openraft.
//!
//! A write is *issued* by changing the [`View`](view::View) and queueing a job, both under one
//! lock and without waiting, so a caller that goes away leaves either all of it or nothing. O22: jobs
//! are done one after the other in the order they were issued, on the disk as in memory, because a
//! durable vote must imply that every earlier append is durable. A run of appends shares one write and
//! one sync.

mod executor;
mod files;
mod job;
mod pool;
mod queue;
mod read;
mod records;
mod view;
mod writer;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use timevault::{ClosingMark, Partition, PartitionReader};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

#[cfg(feature = "verify")]
pub(crate) use executor::Task;
pub(crate) use executor::{Executor, Lane};
pub(crate) use files::{COMMITTED_FILE, PURGE_FILE, VOTE_FILE};
pub(crate) use job::{Callback, Completion};
pub use pool::{OPENER_THREADS, WRITER_THREADS};
pub(crate) use read::EntrySink;
pub(crate) use records::Records;

use self::files::Disk;
use self::job::{AppendJob, Job, Reply, answer};
use self::pool::SharedPools;
use self::queue::State;
pub(crate) use self::view::View;
use super::LogStoreError;
use super::seeded::{Seeded, seeded};
use super::sync::{Mutex, MutexGuard, PoisonError, planted};

/// Room that every append takes in the queue beside its bytes, so that appends of nothing are
/// bounded too.
const APPEND_COST: usize = 64;

/// What a log's handle, its readers and its writer share.
#[derive(Debug)]
pub(crate) struct Shared {
    path: PathBuf,
    reader: PartitionReader,
    state: Mutex<State>,
    /// Only touched by the pool thread that drains the queue.
    disk: Mutex<Disk>,
    /// Held while entries are removed from the view, and by a read that lost its race against
    /// that too often.
    removals: Mutex<()>,
    /// Runs what drains the queue.
    executor: Arc<dyn Executor>,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    /// Directory of the partition.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// First and last entry held, as issued.
    pub(crate) fn held(&self) -> Result<Option<(u64, u64)>, LogStoreError> {
        let state = self.lock();
        state.check()?;
        Ok(state.view.held())
    }

    /// Whether the log can be used.
    ///
    /// # Errors
    /// [`LogStoreError::Closed`], or [`LogStoreError::Failed`] after a failed write.
    pub(crate) fn check(&self) -> Result<(), LogStoreError> {
        self.lock().check()
    }

    /// Queues jobs and changes the view with them, all or nothing.
    fn issue(self: &Arc<Self>, change: impl FnOnce(&mut State)) -> Result<(), LogStoreError> {
        let mut state = self.lock();
        state.check()?;
        change(&mut state);
        let drained = state.begin_draining();
        drop(state);
        if !drained {
            self.schedule();
        }
        Ok(())
    }

    fn schedule(self: &Arc<Self>) {
        let shared = Arc::clone(self);
        let drain = Box::new(move || shared.drain());
        self.executor.submit(Lane::Write, drain);
    }
}

/// What a log is made of that its callers do not choose.
#[derive(Debug, Clone)]
pub(crate) struct Internals {
    /// Does the work that no caller may wait for on its own thread.
    pub(crate) executor: Arc<dyn Executor>,
    /// A deliberate fault.
    pub(crate) seeded: Seeded,
}

impl Internals {
    /// Those of every log outside tests.
    pub(crate) fn usual() -> Self {
        Self {
            executor: Arc::new(SharedPools),
            seeded: Seeded::NONE,
        }
    }
}

/// The only writing handle of a log. Dropping it lets the writer finish what is queued and close
/// the partition.
#[derive(Debug)]
pub(crate) struct Core {
    shared: Arc<Shared>,
    closing: ClosingMark,
    seeded: Seeded,
    room: Arc<Semaphore>,
    room_bytes: u32,
}

impl Core {
    /// Takes a partition over, which holds what the view says. So many bytes of entries may wait for the executor to
    /// have them written.
    ///
    /// # Errors
    /// When the writer threads can't be started.
    pub(crate) fn start(
        partition: Partition,
        view: View,
        room_bytes: u32,
        Internals { executor, seeded }: Internals,
    ) -> io::Result<Self> {
        executor.start(Lane::Write)?;
        let closing = partition.closing_mark();
        let shared = Shared {
            path: partition.path().to_path_buf(),
            reader: partition.reader(),
            state: Mutex::new(State::new(view)),
            disk: Mutex::new(Disk::new(partition, seeded)),
            removals: Mutex::new(()),
            executor,
        };
        // Within what a semaphore can count on every platform.
        let most = u32::try_from(Semaphore::MAX_PERMITS).unwrap_or(u32::MAX);
        let room_bytes = room_bytes.clamp(1, most);
        let room = Arc::new(Semaphore::new(room_bytes as usize));
        Ok(Self {
            shared: Arc::new(shared),
            closing,
            seeded,
            room,
            room_bytes,
        })
    }

    /// What readers need.
    pub(crate) fn shared(&self) -> &Arc<Shared> {
        &self.shared
    }

    /// Waits until the queue has room for an append of so many bytes. One larger than the whole
    /// bound waits until it is alone.
    ///
    /// Dropping the future gives the place up. Waiters are served in order.
    pub(crate) async fn room(&self, bytes: usize) -> Result<OwnedSemaphorePermit, LogStoreError> {
        let wanted = u32::try_from(bytes.saturating_add(APPEND_COST)).unwrap_or(u32::MAX);
        let room = Arc::clone(&self.room);
        let permit = room.acquire_many_owned(wanted.min(self.room_bytes)).await;
        // The semaphore is never closed.
        permit.map_err(|_| LogStoreError::Closed)
    }

    /// Issues an append, after removing the entries from `cut` on.
    pub(crate) fn append(
        &self,
        cut: Option<u64>,
        records: Records,
        room: Option<OwnedSemaphorePermit>,
        callback: Callback,
    ) -> Result<(), LogStoreError> {
        let _removing = cut.map(|_| lock(&self.shared.removals));
        self.shared.issue(|state| {
            if let Some(from) = cut {
                state.view.cut(from);
                state.push(Job::Truncate { from, done: None });
            }
            let records = Arc::new(records);
            let seq = state.next_seq();
            state.view.append(seq, &records);
            let done = Completion::new(callback);
            state.push(Job::Append(AppendJob {
                seq,
                records,
                done,
                room,
            }));
        })
    }

    /// Issues the removal of the entries from `from` on. The future resolves when it is durable.
    pub(crate) fn truncate(&self, from: u64) -> Result<Pending, LogStoreError> {
        let _removing = (!planted("removal-beside-read")).then(|| lock(&self.shared.removals));
        self.wait_for(|state, done| {
            state.view.cut(from);
            state.push(Job::Truncate {
                from,
                done: Some(done),
            });
        })
    }

    /// Issues a purge up to `index`, with the new content of the purge file; `cut_above` removes
    /// the entries above too. The future resolves when all of it is durable.
    pub(crate) fn purge(
        &self,
        file: Vec<u8>,
        index: u64,
        cut_above: bool,
    ) -> Result<Pending, LogStoreError> {
        let _removing = lock(&self.shared.removals);
        self.wait_for(|state, done| {
            state.view.purge(index);
            if let (true, Some((first, _))) = (cut_above, state.view.held()) {
                state.view.cut(first);
            }
            state.push(Job::Purge {
                file,
                index,
                cut_above,
                done,
            });
        })
    }

    /// For a write that changes nothing. The future resolves when everything issued before is
    /// durable: no write may be answered before an earlier one.
    pub(crate) fn settle(&self) -> Result<Pending, LogStoreError> {
        if seeded!(self.seeded, IdleCutOvertakes) {
            let (done, reply) = oneshot::channel();
            let shared = Arc::clone(&self.shared);
            shared.check()?;
            answer(Some(done), Ok(()));
            return Ok(Pending { shared, reply });
        }
        self.wait_for(|state, done| state.push(Job::Settle { done }))
    }

    /// Issues a new vote file. The future resolves when it is durable.
    pub(crate) fn save_vote(&self, file: Vec<u8>) -> Result<Pending, LogStoreError> {
        self.wait_for(|state, done| state.push(Job::Vote { file, done }))
    }

    /// Issues a new committed file. Nobody is told when it is written, or that it could not be.
    pub(crate) fn save_committed(&self, file: Vec<u8>) -> Result<(), LogStoreError> {
        self.shared.issue(|state| state.push_committed(file))
    }

    /// Closes the log and waits until the partition is closed.
    pub(crate) async fn close(self) -> Result<(), LogStoreError> {
        let (done, reply) = oneshot::channel();
        self.end(Some(done));
        let pending = Pending {
            shared: Arc::clone(&self.shared),
            reply,
        };
        drop(self);
        pending.wait().await
    }

    fn wait_for(&self, change: impl FnOnce(&mut State, Reply)) -> Result<Pending, LogStoreError> {
        let (done, reply) = oneshot::channel();
        self.shared.issue(|state| change(state, done))?;
        Ok(Pending {
            shared: Arc::clone(&self.shared),
            reply,
        })
    }

    /// Queues the close, once.
    fn end(&self, done: Option<Reply>) {
        // Marked before anybody can see the handle gone: an open that follows waits, instead of
        // being told that the partition is in use.
        self.closing.mark();
        let mut state = self.shared.lock();
        if !state.close(done) {
            return;
        }
        let drained = state.begin_draining();
        drop(state);
        if !drained {
            self.shared.schedule();
        }
    }
}

impl Drop for Core {
    fn drop(&mut self) {
        self.end(None);
    }
}

/// A write that was issued and is not done yet. Dropping it changes nothing about the write.
#[derive(Debug)]
pub(crate) struct Pending {
    shared: Arc<Shared>,
    reply: oneshot::Receiver<Result<(), LogStoreError>>,
}

impl Pending {
    /// Waits for the outcome.
    pub(crate) async fn wait(self) -> Result<(), LogStoreError> {
        match self.reply.await {
            Ok(result) => result,
            // Only a panic of the writer leaves a job without an answer.
            Err(_) => Err(self
                .shared
                .check()
                .err()
                .unwrap_or(LogStoreError::WriterPanicked)),
        }
    }
}

/// Locks, also after a panic elsewhere: what these locks guard is changed in single steps.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

//! Draining a log's queue, on a thread of the pool.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use super::files::Disk;
use super::job::{AppendJob, Job, answer};
use super::queue::Work;
use super::{Shared, lock};
use crate::log_store::LogStoreError;
use crate::log_store::sync::planted;

/// How long a thread with nothing else to do looks for the next job of the log it has just
/// written to. Waking a thread costs a third of a sync on common disks; openraft sends the next
/// append as soon as it has heard of the last.
const LINGER: Duration = Duration::from_micros(50);

impl Shared {
    /// Does what is queued. Runs on one thread at a time for each log.
    pub(super) fn drain(self: Arc<Self>) {
        // A panic comes from the file system or a callback. What was being written is unknown, so
        // it counts as a failed write.
        let turn = catch_unwind(AssertUnwindSafe(|| self.turn()));
        let emptied = match turn {
            Ok(emptied) => emptied,
            Err(_) => {
                self.lock().fail(LogStoreError::WriterPanicked);
                false
            }
        };
        if !emptied {
            self.schedule();
        }
    }

    /// Does some of what is queued; `true` when the queue was emptied and given back.
    fn turn(&self) -> bool {
        let mut disk = lock(&self.disk);
        for _ in 0..self.executor.turn() {
            let Some(work) = self.next_work() else {
                return true;
            };
            let ended = matches!(work, Work::One(Job::Close { .. }));
            self.perform(&mut disk, work);
            if ended {
                break;
            }
        }
        self.lock().end_draining()
    }

    /// The next work; lingers for it where the executor has no better use for the thread.
    fn next_work(&self) -> Option<Work> {
        let mut until = None;
        loop {
            let mut state = self.lock();
            if let Some(work) = state.take() {
                return Some(work);
            }
            let now = Instant::now();
            if !self.executor.lingers() || now >= *until.get_or_insert(now + LINGER) {
                if planted("queue-given-back-late") {
                    drop(state);
                    state = self.lock();
                }
                // Given back under the same lock that found it empty: a job that comes after this
                // schedules the log again.
                state.end_draining();
                return None;
            }
            drop(state);
            thread::yield_now();
        }
    }

    fn perform(&self, disk: &mut Disk, work: Work) {
        let failed = self.lock().failed();
        match work {
            Work::Batch(batch) => {
                if let (true, Some(last)) = (planted("durable-too-soon"), batch.last()) {
                    self.lock().view.durable(last.seq);
                }
                let result = self.attempt(failed, || disk.append(&batch));
                self.finish_batch(batch, &result);
            }
            Work::One(Job::Append(append)) => {
                let batch = vec![append];
                let result = self.attempt(failed, || disk.append(&batch));
                self.finish_batch(batch, &result);
            }
            Work::One(Job::Truncate { from, done }) => {
                answer(done, self.attempt(failed, || disk.truncate(from)));
            }
            Work::One(Job::Purge {
                file,
                index,
                cut_above,
                done,
            }) => {
                answer(
                    Some(done),
                    self.attempt(failed, || disk.purge(&file, index, cut_above)),
                );
            }
            Work::One(Job::Vote { file, done }) => {
                answer(Some(done), self.attempt(failed, || disk.save_vote(&file)));
            }
            // O22: what was issued before is done: jobs are done in their order, each to the end.
            Work::One(Job::Settle { done }) => answer(Some(done), self.attempt(failed, || Ok(()))),
            Work::One(Job::Committed { file }) => {
                // Without the file a restart applies from the snapshot on: slower, not wrong. So
                // a failure here is no reason to refuse votes and entries.
                if let (None, Err(error)) = (failed, disk.save_committed(&file)) {
                    tracing::warn!(%error, "committed id not saved");
                }
            }
            Work::One(Job::Close { done }) => {
                if failed.is_some() {
                    disk.abandon();
                }
                answer(done, self.attempt(failed, || disk.close()));
            }
        }
    }

    /// Does one write, unless an earlier one failed. A failure is kept.
    fn attempt(
        &self,
        failed: Option<Arc<LogStoreError>>,
        write: impl FnOnce() -> Result<(), LogStoreError>,
    ) -> Result<(), LogStoreError> {
        if let Some(first) = failed {
            return Err(LogStoreError::Failed { first });
        }
        write().map_err(|error| {
            tracing::error!(%error, "log write failed, nothing more is written until a reopen");
            LogStoreError::Failed {
                first: self.lock().fail(error),
            }
        })
    }

    /// Reports a batch: first to the view, then to the queue's bound, then to the callers.
    fn finish_batch(&self, mut batch: Vec<AppendJob>, result: &Result<(), LogStoreError>) {
        if let (Ok(()), Some(last)) = (result, batch.last()) {
            self.lock().view.durable(last.seq);
        }
        for append in &mut batch {
            let room = append.room.take();
            if planted("room-kept") {
                std::mem::forget(room);
            }
        }
        for append in batch {
            append.done.call(match result {
                Ok(()) => Ok(()),
                Err(error) => Err(to_io_error(error)),
            });
        }
    }
}

/// The failure as an append's callback takes it.
fn to_io_error(error: &LogStoreError) -> io::Error {
    let kind = error.io_kind().unwrap_or(io::ErrorKind::Other);
    match error {
        LogStoreError::Failed { first } => io::Error::new(
            kind,
            LogStoreError::Failed {
                first: Arc::clone(first),
            },
        ),
        other => io::Error::new(kind, other.to_string()),
    }
}

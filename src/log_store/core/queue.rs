//! The queue of a log and the view that goes with it, under one lock.

use std::collections::VecDeque;
use std::mem;
use std::sync::Arc;

use super::job::{AppendJob, Job, Reply};
use super::view::View;
use crate::log_store::LogStoreError;
use crate::log_store::sync::planted;

/// What is to be done next, in one go.
pub(super) enum Work {
    /// Appends that share one write and one sync.
    Batch(Vec<AppendJob>),
    /// Any other job.
    One(Job),
}

/// Queue and view. Every job changes the view when it is queued.
pub(super) struct State {
    pub(super) view: View,
    /// What is issued and not begun. Appends are bounded in bytes ([`Core::room`](super::Core::room)).
    /// The others are bounded by their caller, who has the only handle of the log: votes, truncates,
    /// purges and settles borrow it until they are answered, so one of them stands here at a time, and
    /// one more for each whose future was dropped. No two committed files stand side by side, so there
    /// are no more of them than of all other jobs, and one.
    jobs: VecDeque<Job>,
    next_seq: u64,
    /// Whether a pool thread drains the queue or is about to.
    draining: bool,
    failed: Option<Arc<LogStoreError>>,
    closed: bool,
}

impl std::fmt::Debug for State {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("State")
            .field("held", &self.view.held())
            .field("jobs", &self.jobs.len())
            .field("failed", &self.failed)
            .field("closed", &self.closed)
            .finish_non_exhaustive()
    }
}

impl State {
    pub(super) fn new(view: View) -> Self {
        Self {
            view,
            jobs: VecDeque::new(),
            next_seq: 0,
            draining: false,
            failed: None,
            closed: false,
        }
    }

    /// Whether the log can be used.
    pub(super) fn check(&self) -> Result<(), LogStoreError> {
        if self.closed {
            return Err(LogStoreError::Closed);
        }
        match &self.failed {
            Some(first) => Err(LogStoreError::Failed {
                first: Arc::clone(first),
            }),
            None => Ok(()),
        }
    }

    /// The first failure, if there was one.
    pub(super) fn failed(&self) -> Option<Arc<LogStoreError>> {
        self.failed.clone()
    }

    /// Keeps the first failure: from here on every write and read is answered with it. Entries
    /// that were not acknowledged are withdrawn with everything else.
    pub(super) fn fail(&mut self, error: LogStoreError) -> Arc<LogStoreError> {
        self.view.clear_tail();
        Arc::clone(self.failed.get_or_insert_with(|| Arc::new(error)))
    }

    pub(super) fn next_seq(&mut self) -> u64 {
        self.next_seq += 1;
        self.next_seq
    }

    pub(super) fn push(&mut self, job: Job) {
        self.jobs.push_back(job);
    }

    /// Queues a committed file. It takes the place of one that is queued last and not begun.
    pub(super) fn push_committed(&mut self, new: Vec<u8>) {
        match self.jobs.back_mut() {
            Some(Job::Committed { file }) => *file = new,
            _ => self.jobs.push_back(Job::Committed { file: new }),
        }
    }

    /// Queues the close. `false` if it was queued before.
    pub(super) fn close(&mut self, done: Option<Reply>) -> bool {
        if mem::replace(&mut self.closed, true) {
            return false;
        }
        // No read is answered from now on, and a reader may outlive the log.
        self.view.clear_tail();
        self.jobs.push_back(Job::Close { done });
        true
    }

    /// Marks the queue as being drained and returns whether it was already.
    pub(super) fn begin_draining(&mut self) -> bool {
        mem::replace(&mut self.draining, true)
    }

    /// The next work, or `None` when the queue is empty.
    pub(super) fn take(&mut self) -> Option<Work> {
        let mut batch = match self.jobs.pop_front()? {
            Job::Append(first) => vec![first],
            job => return Some(Work::One(job)),
        };
        let more = self
            .jobs
            .iter()
            .take_while(|job| matches!(job, Job::Append(_)))
            .count();
        batch.extend(self.jobs.drain(..more).filter_map(|job| match job {
            Job::Append(append) => Some(append),
            _ => None,
        }));
        Some(Work::Batch(batch))
    }

    /// Gives the queue back if it is empty; the next job has to schedule it again.
    pub(super) fn end_draining(&mut self) -> bool {
        self.draining = !self.jobs.is_empty() && !planted("queue-left-full");
        !self.draining
    }
}

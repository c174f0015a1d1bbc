//! Does the disk calls, one job after another.

use std::io;
use std::sync::Arc;

use tokio::sync::oneshot;

use super::disk::Disk;
use super::job::{Append, Job};
use super::record::Record;
use super::shared::Shared;
use crate::log::Vote;
use crate::seeded::{Bug, Oddity};

/// Does the disk calls of a store.
pub(crate) struct Writer {
    shared: Arc<Shared>,
    disk: Disk,
    /// Records that [`Bug::AcknowledgedInMemory`] has acknowledged and not written.
    held_back: Vec<Record>,
}

impl Writer {
    pub(crate) fn new(shared: Arc<Shared>, disk: Disk) -> Self {
        Self {
            shared,
            disk,
            held_back: Vec::new(),
        }
    }

    /// Does a job, and with some oddities the appends that wait behind it. Returns the writer for the next job;
    /// `None` if the job was its end.
    pub(super) fn perform(
        mut self: Box<Self>,
        job: Job,
        next_append: &mut dyn FnMut() -> Option<Append>,
    ) -> Option<Box<Self>> {
        match job {
            Job::Append(first) if self.gathers() => self.append_many(first, next_append),
            Job::Append(append) => self.append(append),
            Job::Lines(records, answer) => {
                self.flush();
                let early = self.shared.bugs.has(Bug::CutAnsweredFirst);
                reply(answer, early, || self.write(&records));
            }
            Job::Vote(vote, answer) => {
                self.flush();
                let early = self.shared.bugs.has(Bug::VoteAnsweredFirst);
                if early {
                    // Otherwise the live store would show the old vote after the answer.
                    self.shared.state().vote = Some(vote);
                }
                reply(answer, early, || self.save_vote(vote));
            }
            Job::Close(closing) => {
                self.close();
                drop(closing);
                return None;
            }
            Job::Stop => return None,
        }
        Some(self)
    }

    /// Writes what is left and lets go of the files.
    fn close(mut self: Box<Self>) {
        if !self.shared.bugs.has(Bug::AcknowledgedInMemory) {
            self.flush();
        }
        if self.shared.state().failed.is_none() {
            // If it fails, the next open takes the log as one that was not closed.
            let _ = self.disk.close();
        }
    }

    fn append(&mut self, (records, ack): Append) {
        let bugs = self.shared.bugs;
        if bugs.has(Bug::CallbackDropped) && records.is_empty() {
            return;
        }
        if bugs.has(Bug::AcknowledgedInMemory) {
            self.held_back.extend(records);
            ack.durable();
            return;
        }
        if bugs.has(Bug::CallbackBeforeSync) {
            ack.durable();
            // An error has nobody to go to any more.
            let _ = self.write(&records);
            return;
        }
        ack.complete(self.write(&records));
    }

    /// Whether appends that wait share a sync.
    fn gathers(&self) -> bool {
        let bugs = self.shared.bugs;
        bugs.is(Oddity::OneSyncForMany) || bugs.is(Oddity::ExtraEntries)
    }

    /// Does this append and all that wait behind it with one sync.
    fn append_many(&mut self, first: Append, next_append: &mut dyn FnMut() -> Option<Append>) {
        let at_once = self.shared.bugs.is(Oddity::ExtraEntries);
        let mut result = self.refuse_after_failure();
        let (mut all, mut acks) = (Vec::new(), Vec::new());
        let mut next = Some(first);
        while let Some((records, ack)) = next {
            if at_once && result.is_ok() {
                result = self.disk.append(&records, false);
            }
            all.extend(records);
            acks.push(ack);
            next = next_append();
        }
        if result.is_ok() && !all.is_empty() {
            result = match at_once {
                true => self.disk.sync(),
                false => self.disk.append(&all, true),
            };
        }
        self.settle(&result, &all);
        for ack in acks {
            ack.complete(result.as_ref().map(drop));
        }
    }

    /// Writes the records that a bug held back.
    fn flush(&mut self) {
        if !self.held_back.is_empty() {
            let records = std::mem::take(&mut self.held_back);
            // The bug has no one to tell.
            let _ = self.write(&records);
        }
    }

    /// Writes and syncs lines; from the first failure on everything is refused and withdrawn.
    fn write(&mut self, records: &[Record]) -> io::Result<()> {
        self.refuse_after_failure()?;
        let only_committed = records
            .iter()
            .all(|record| matches!(record, Record::Committed(_)));
        let result = match records.is_empty() {
            true => Ok(()),
            false => self.disk.append(records, !only_committed),
        };
        self.settle(&result, records);
        result
    }

    /// Applies lines that are durable, and latches the error of lines that are not.
    fn settle(&self, result: &io::Result<()>, records: &[Record]) {
        self.latch(result);
        if result.is_ok() {
            let mut state = self.shared.state();
            state.durable.apply_all(records, self.shared.bugs);
        }
    }

    fn save_vote(&mut self, mut vote: Vote) -> io::Result<()> {
        self.refuse_after_failure()?;
        let result = self.disk.save_vote(&vote);
        self.latch(&result);
        if result.is_ok() {
            vote.committed &= !self.shared.bugs.has(Bug::VoteFlagLost);
            self.shared.state().vote = Some(vote);
        }
        result
    }

    fn refuse_after_failure(&self) -> io::Result<()> {
        match &self.shared.state().failed {
            Some(first) => Err(io::Error::other(first.clone())),
            None => Ok(()),
        }
    }

    fn latch(&self, result: &io::Result<()>) {
        let Err(error) = result else { return };
        let bugs = self.shared.bugs;
        let mut state = self.shared.state();
        // The bug takes a full disk for no failure: there may be room for the next append.
        let goes_on = bugs.has(Bug::HalfRecordKept) && error.kind() == io::ErrorKind::StorageFull;
        if !bugs.has(Bug::NotLatched) && !goes_on {
            state.failed = Some(format!("an earlier write failed: {error}"));
        }
        if !bugs.has(Bug::NotWithdrawn) {
            state.shown = state.durable.clone();
        }
    }
}

/// Writes and then answers; a bug answers `first`.
fn reply(
    answer: oneshot::Sender<Result<(), String>>,
    first: bool,
    write: impl FnOnce() -> io::Result<()>,
) {
    // The caller may have gone; the job is done all the same.
    let _ = match first {
        true => {
            let sent = answer.send(Ok(()));
            // An error has nobody to go to any more.
            let _ = write();
            sent
        }
        false => answer.send(write().map_err(|error| error.to_string())),
    };
}

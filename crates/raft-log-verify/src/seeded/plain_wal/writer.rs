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
    /// What a bug has acknowledged and not written.
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

    /// Does a job, and perhaps the appends behind it with it; then there may be another one, or the writer has
    /// ended.
    pub(super) fn perform(
        mut self: Box<Self>,
        job: Job,
        next_append: &mut dyn FnMut() -> Option<Append>,
    ) -> Option<Box<Self>> {
        let Self {
            shared,
            disk,
            held_back,
        } = &mut *self;
        match job {
            Job::Append(first) if gathers(shared) => {
                append_many(shared, disk, first, next_append);
            }
            Job::Append(lines) => append(shared, disk, lines, held_back),
            Job::Lines(records, answer) => {
                flush(shared, disk, held_back);
                let write = || write(shared, disk, &records);
                reply(answer, shared.bugs.has(Bug::CutAnsweredFirst), write);
            }
            Job::Vote(vote, answer) => {
                flush(shared, disk, held_back);
                let early = shared.bugs.has(Bug::VoteAnsweredFirst);
                if early {
                    // Otherwise the live store would show the old vote after the answer.
                    shared.state().vote = Some(vote);
                }
                reply(answer, early, || save_vote(shared, disk, &vote));
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
            flush(&self.shared, &mut self.disk, &mut self.held_back);
        }
        if self.shared.state().failed.is_none() {
            // If it fails, the next open takes the log as one that was not closed.
            let _ = self.disk.close();
        }
    }
}

/// Writes and answers, in that order but for a bug.
fn reply(
    answer: oneshot::Sender<Result<(), String>>,
    first: bool,
    write: impl FnOnce() -> io::Result<()>,
) {
    // Whoever asked may have gone; the job is done all the same.
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

fn append(
    shared: &Arc<Shared>,
    disk: &mut Disk,
    (records, ack): Append,
    held_back: &mut Vec<Record>,
) {
    let bugs = shared.bugs;
    if bugs.has(Bug::CallbackDropped) && records.is_empty() {
        return;
    }
    if bugs.has(Bug::AcknowledgedInMemory) {
        held_back.extend(records);
        ack.durable();
        return;
    }
    if bugs.has(Bug::CallbackBeforeSync) {
        ack.durable();
        // An error has nobody to go to any more.
        let _ = write(shared, disk, &records);
        return;
    }
    ack.complete(write(shared, disk, &records));
}

/// Whether appends that wait share a sync.
fn gathers(shared: &Shared) -> bool {
    shared.bugs.is(Oddity::OneSyncForMany) || shared.bugs.is(Oddity::ExtraEntries)
}

/// Does this append and all that wait behind it with one sync.
fn append_many(
    shared: &Arc<Shared>,
    disk: &mut Disk,
    first: Append,
    next_append: &mut dyn FnMut() -> Option<Append>,
) {
    let at_once = shared.bugs.is(Oddity::ExtraEntries);
    let mut result = refuse_after_failure(shared);
    let (mut all, mut acks) = (Vec::new(), Vec::new());
    let mut next = Some(first);
    while let Some((records, ack)) = next {
        if at_once && result.is_ok() {
            result = disk.append(&records, false);
        }
        all.extend(records);
        acks.push(ack);
        next = next_append();
    }
    if result.is_ok() && !all.is_empty() {
        result = match at_once {
            true => disk.sync(),
            false => disk.append(&all, true),
        };
    }
    settle(shared, &result, &all);
    for ack in acks {
        ack.complete(result.as_ref().map(drop));
    }
}

/// Writes what a bug held back.
fn flush(shared: &Arc<Shared>, disk: &mut Disk, held_back: &mut Vec<Record>) {
    if !held_back.is_empty() {
        // The bug has no one to tell.
        let _ = write(shared, disk, &std::mem::take(held_back));
    }
}

/// Writes and syncs lines; from the first failure on everything is refused and withdrawn.
fn write(shared: &Arc<Shared>, disk: &mut Disk, records: &[Record]) -> io::Result<()> {
    refuse_after_failure(shared)?;
    let only_committed = records
        .iter()
        .all(|record| matches!(record, Record::Committed(_)));
    let result = match records.is_empty() {
        true => Ok(()),
        false => disk.append(records, !only_committed),
    };
    settle(shared, &result, records);
    result
}

/// Notes what became of lines that were written.
fn settle(shared: &Arc<Shared>, result: &io::Result<()>, records: &[Record]) {
    latch(shared, result);
    if result.is_ok() {
        let mut state = shared.state();
        for record in records {
            state.durable.apply(record, shared.bugs);
        }
    }
}

fn save_vote(shared: &Arc<Shared>, disk: &mut Disk, vote: &Vote) -> io::Result<()> {
    refuse_after_failure(shared)?;
    let result = disk.save_vote(vote);
    latch(shared, &result);
    if result.is_ok() {
        let mut vote = *vote;
        vote.committed &= !shared.bugs.has(Bug::VoteFlagLost);
        shared.state().vote = Some(vote);
    }
    result
}

fn refuse_after_failure(shared: &Arc<Shared>) -> io::Result<()> {
    match &shared.state().failed {
        Some(first) => Err(io::Error::other(first.clone())),
        None => Ok(()),
    }
}

fn latch(shared: &Arc<Shared>, result: &io::Result<()>) {
    let Err(error) = result else { return };
    let mut state = shared.state();
    // The bug takes a full disk for no failure: there may be room for the next append.
    let goes_on =
        shared.bugs.has(Bug::HalfRecordKept) && error.kind() == io::ErrorKind::StorageFull;
    if !shared.bugs.has(Bug::NotLatched) && !goes_on {
        state.failed = Some(format!("an earlier write failed: {error}"));
    }
    if !shared.bugs.has(Bug::NotWithdrawn) {
        state.shown = state.durable.clone();
    }
}

//! Writes: performed on the store and on the reference log.

use std::sync::Arc;

use super::in_time;
use super::plan::{Planned, Refusal};
use super::run::Run;
use crate::counts::count;
use crate::log::{Flushed, Log as _, LogId, PendingAppend};
use crate::op::Op;
use crate::reference::{Fate, LogImage, Stored, Write};
use crate::rules::{
    self, Transition, Violation, append_ascending, append_hole_refused, callback_once,
    entry_fidelity, purge_finality, read_your_append,
};
use crate::subject::{Caller, Subject};
use crate::tasks::between_calls;

/// What a write came to.
#[derive(Debug)]
pub(crate) enum Done {
    /// Returned Ok; an append's callback may be still out.
    Returned(Option<PendingAppend>),
    /// Returned an error.
    Refused(String),
}

impl<S: Subject> Run<'_, S> {
    /// Performs a write that stands alone, waits for its callback and compares.
    pub(crate) async fn write(&mut self, op: &Op) -> Result<(), Violation> {
        let Some(planned) = self.plan(op) else {
            self.counts.one(count::SKIPPED);
            return Ok(());
        };
        match planned.refusal {
            Some(refusal) => self.refused_write(&planned.write, refusal).await,
            None => self.accepted_write(&planned).await,
        }
    }

    async fn accepted_write(&mut self, planned: &Planned) -> Result<(), Violation> {
        let write = &planned.write;
        let before = self.image.clone();
        let segments = self.segments();
        let number = self.issue(write);
        let done = self.perform(write).await?;
        let Done::Returned(pending) = done else {
            let Done::Refused(error) = done else {
                return Ok(());
            };
            return Err(rules::refused(write, &before, &error));
        };
        self.advance(write)?;
        // Before the callback is waited for: what was appended must be readable by now.
        self.compare(Some(write), &before).await?;
        if matches!(write, Write::Append(_)) {
            self.compare_early_reader(write).await?;
        }
        if let Some(pending) = pending {
            self.settle(write, number, &pending).await?;
        }
        self.promise(write, number);
        self.count(write, &before, segments);
        Ok(())
    }

    /// Notes a write in the journal.
    pub(crate) fn issue(&mut self, write: &Write) -> usize {
        if let Write::Append(entries) = write {
            let lengths = entries.iter().map(|entry| entry.fingerprint.len() as u64);
            self.largest = lengths.fold(self.largest, u64::max);
        }
        self.journal.issue(write.clone(), self.disk.step())
    }

    /// Hands a write to the store.
    pub(crate) async fn perform(&mut self, write: &Write) -> Result<Done, Violation> {
        let number = self.journal.issued().len().saturating_sub(1);
        if let Write::Append(entries) = write {
            return self.perform_append(entries, number).await;
        }
        let watch = Arc::clone(&self.watch);
        let kept = self.kept_by(write);
        let store = self.store()?;
        let call = async {
            match write {
                Write::Append(_) => Ok(()),
                Write::Truncate(id) => store.truncate(*id, kept).await,
                Write::Purge(id) => store.purge(*id).await,
                Write::Vote(vote) => store.save_vote(*vote).await,
                Write::Committed(id) => store.save_committed(*id).await,
            }
        };
        let (result, step) = watch.answered(in_time(call)).await;
        between_calls();
        self.answered = Some((number, step));
        match result {
            None => Err(callback_once::never_called(&format!("{write:?}"))),
            Some(Ok(())) => Ok(Done::Returned(None)),
            Some(Err(error)) => Ok(Done::Refused(error.to_string())),
        }
    }

    /// What a truncate keeps.
    pub(crate) fn kept_by(&self, write: &Write) -> Option<LogId> {
        match write {
            Write::Truncate(from) => self.image.last_below(from.index),
            _ => None,
        }
    }

    async fn perform_append(
        &mut self,
        entries: &[Arc<Stored>],
        number: usize,
    ) -> Result<Done, Violation> {
        let (ack, pending) = PendingAppend::new();
        self.watch.acks.expect(number, pending.clone());
        let entries: Vec<_> = entries.iter().map(|entry| entry.entry()).collect();
        let store = self.store()?;
        let returned = in_time(store.append(entries, ack)).await;
        between_calls();
        match returned {
            None => Err(callback_once::never_called("an append that never returns")),
            Some(Ok(())) => Ok(Done::Returned(Some(pending))),
            Some(Err(error)) => match in_time(pending.settled()).await {
                Some(Flushed::Ok) => Err(callback_once::ok_after_error("an append")),
                // It may be dropped; it may be held back until the store is closed.
                _ => Ok(Done::Refused(error.to_string())),
            },
        }
    }

    /// Waits for a callback on a healthy disk.
    pub(crate) async fn settle(
        &mut self,
        write: &Write,
        number: usize,
        pending: &PendingAppend,
    ) -> Result<(), Violation> {
        if pending.now().is_none() {
            self.counts.one(count::IN_FLIGHT);
        }
        callback_once::RULE.judged();
        let what = format!("{write:?}");
        callback_once::check_done(&what, in_time(pending.settled()).await)?;
        self.promise(write, number);
        Ok(())
    }

    /// Notes that a write is done and, where that was promised by it, durable.
    pub(crate) fn promise(&mut self, write: &Write, number: usize) {
        // Appends that were acknowledged meanwhile, each at the step at which that was seen.
        for (seen, at) in self.watch.acks.take() {
            self.journal.settle(seen, Fate::Acknowledged(at));
        }
        let known = self.journal.issued().get(number).map(|issued| issued.fate);
        if matches!(known, Some(Fate::Acknowledged(_))) {
            return;
        }
        let promised = match write {
            Write::Append(_) | Write::Vote(_) => true,
            Write::Truncate(_) => self.caller == Caller::Strict,
            Write::Purge(_) if self.caller < Caller::Strict => {
                // Below strict a crash may undo a purge, also after later writes.
                self.journal.settle(number, Fate::Uncertain);
                false
            }
            Write::Purge(_) => true,
            Write::Committed(_) => false,
        };
        if promised {
            let answered = self.answered.filter(|(write, _)| *write == number);
            let step = answered.map_or_else(|| self.disk.step(), |(_, step)| step);
            self.journal.settle(number, Fate::Acknowledged(step));
        }
    }

    /// Lets the reference log perform a write.
    pub(crate) fn advance(&mut self, write: &Write) -> Result<(), Violation> {
        if let Write::Committed(id) = write {
            self.committed.clone_from(id);
            return Ok(());
        }
        let Some(after) = self.image.after(write) else {
            return Err(append_hole_refused::acknowledged(&format!("{write:?}")));
        };
        self.image = after;
        Ok(())
    }

    async fn refused_write(&mut self, write: &Write, refusal: Refusal) -> Result<(), Violation> {
        let what = format!("{write:?}");
        let accepted = || match refusal {
            Refusal::Hole => append_hole_refused::acknowledged(&what),
            Refusal::Order => append_ascending::acknowledged(&what),
            Refusal::Unstorable => entry_fidelity::acknowledged_unreadable(&what),
            Refusal::PurgeBack => {
                purge_finality::RULE.broken(format!("{what} to a lower index was accepted"))
            }
        };
        match self.perform(write).await? {
            Done::Returned(None) => return Err(accepted()),
            Done::Returned(Some(pending)) => {
                // The refusal may come with the callback.
                match in_time(pending.settled()).await {
                    Some(Flushed::Err(_)) => {}
                    Some(Flushed::Ok) => return Err(accepted()),
                    Some(Flushed::Dropped) => return Err(callback_once::dropped(&what)),
                    None => return Err(callback_once::never_called(&what)),
                }
            }
            Done::Refused(_) => {}
        }
        self.watch.acks.forget();
        self.counts.one(count::REFUSALS);
        let seen = self.see().await?;
        let step = Transition {
            write: None,
            before: &self.image,
            after: &self.image,
            seen: &seen,
        };
        match refusal {
            Refusal::Hole => append_hole_refused::check_unchanged(&step),
            Refusal::Order => append_ascending::check_unchanged(&step),
            Refusal::Unstorable | Refusal::PurgeBack => rules::compare(&step),
        }
    }

    /// Compares what a reader made before the write sees of it.
    pub(crate) async fn compare_early_reader(&mut self, write: &Write) -> Result<(), Violation> {
        let Some(range) = self.whole_range() else {
            return Ok(());
        };
        let Some(read) = self.read_early(range).await? else {
            return Ok(());
        };
        read_your_append::check_read("a reader made earlier", &read, write, &self.image)?;
        rules::read_range::check_read(range, &read, &self.image)
    }

    /// Segments of the store, where it has some.
    pub(crate) fn segments(&self) -> Option<u64> {
        self.subject.hints().segments(&self.place()).ok().flatten()
    }

    /// Counts what a write was.
    fn count(&mut self, write: &Write, before: &LogImage, segments: Option<u64>) {
        let after = self.segments();
        let grew = after > segments;
        let shrank = after < segments;
        let next = before.next_index();
        match write {
            Write::Append(entries) => {
                self.counts.add(count::ENTRIES, entries.len() as u64);
                if grew {
                    self.counts.one(count::ROLLS);
                }
                let first = entries.first().map(|entry| entry.id.index);
                if first.is_some_and(|first| before.is_purged(first)) {
                    self.counts.one(count::BELOW_PURGE);
                } else if first.is_some_and(|first| first < next) {
                    self.counts.one(count::OVERLAPS);
                }
            }
            Write::Truncate(_) if shrank => self.counts.one(count::TRUNCATES_OVER),
            Write::Purge(id) => {
                if shrank {
                    self.counts.one(count::PURGES_OVER);
                }
                if before.last_id().is_none_or(|last| last.index < id.index) {
                    self.counts.one(count::PURGES_BEYOND);
                }
                if before.stale_suffix(id) {
                    self.counts.one(count::STALE_SUFFIXES);
                }
            }
            Write::Truncate(_) | Write::Vote(_) | Write::Committed(_) => {}
        }
    }
}

//! Failing disk calls, and futures dropped half-way.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use super::execute::Done;
use super::run::Run;
use super::{in_time, of_store};
use crate::counts::count;
use crate::halt::store_call;
use crate::log::{Flushed, Log as _, LogError, PendingAppend};
use crate::op::{FaultKind, Op};
use crate::reference::{Fate, LogImage, Write};
use crate::rules::{Seen, Violation, callback_once, cancel_safety, error_latch};
use crate::subject::{Caller, Subject};
use crate::tasks::drain;

impl<S: Subject> Run<'_, S> {
    /// Lets a disk call fail during these writes, then opens the store on a healthy disk.
    pub(crate) async fn fault(
        &mut self,
        kind: FaultKind,
        nth: u8,
        writes: &[Op],
    ) -> Result<(), Violation> {
        self.rebase();
        self.watch.strikes.arm(kind, u64::from(nth));
        let mut failed: Option<String> = None;
        for op in writes {
            // openraft takes an error of the log for fatal: the core writes nothing more.
            if failed.is_some() && self.caller == Caller::Core {
                break;
            }
            let Some(write) = self.accepted(op) else {
                continue;
            };
            let write = &write;
            let before = self.image.clone();
            let number = self.issue(write);
            match self.outcome(write).await? {
                Flushed::Ok => {
                    self.judge_ok(kind, failed.as_deref(), write)?;
                    self.advance(write)?;
                    self.promise(write, number);
                    // Before anything failed a wrong effect is that of the write, not of the fault.
                    if !self.watch.strikes.fired() {
                        self.compare(Some(write), &before).await?;
                    }
                }
                Flushed::Dropped => return Err(callback_once::dropped(&format!("{write:?}"))),
                Flushed::Err(_) => {
                    self.counts.one(count::FAILED_WRITES);
                    self.journal.settle(number, Fate::Uncertain);
                    failed.get_or_insert_with(|| format!("{write:?}"));
                }
            }
        }
        if self.watch.strikes.disarm() {
            self.counts.one(count::FAULTS);
        }
        if failed.is_some() {
            self.judge_shown().await?;
        }
        self.watch.acks.forget();
        self.recover().await
    }

    /// What a write comes to on a disk that may fail.
    pub(crate) async fn outcome(&mut self, write: &Write) -> Result<Flushed, Violation> {
        match self.perform(write).await? {
            Done::Refused(error) => Ok(Flushed::Err(error)),
            Done::Returned(None) => Ok(Flushed::Ok),
            Done::Returned(Some(pending)) => in_time(pending.settled())
                .await
                .ok_or_else(|| callback_once::never_called(&format!("{write:?}"))),
        }
    }

    /// Whether a write could be reported Ok after what happened before.
    fn judge_ok(
        &self,
        kind: FaultKind,
        failed: Option<&str>,
        write: &Write,
    ) -> Result<(), Violation> {
        error_latch::RULE.judged();
        let what = format!("{write:?}");
        let sync = matches!(kind, FaultKind::Sync | FaultKind::SyncDir);
        match failed {
            Some(failed) if sync || self.caller == Caller::Strict => {
                Err(error_latch::ok_after_failure(failed, &what))
            }
            None if kind == FaultKind::Sync && self.watch.strikes.fired() => {
                Err(error_latch::swallowed(&what))
            }
            _ => Ok(()),
        }
    }

    /// What the store shows after a failed write: what is acknowledged, or errors. A failed
    /// truncate, purge or vote may show or not; a failed append may not, for the strict caller.
    pub(crate) async fn judge_shown(&mut self) -> Result<(), Violation> {
        let caller = self.caller;
        let store = self.store()?;
        let Ok(seen) = of_store(Seen::read(store, caller)).await else {
            return Ok(());
        };
        let mut allowed = vec![self.image.clone()];
        for issued in self
            .journal
            .issued()
            .iter()
            .filter(|issued| issued.fate == Fate::Uncertain)
        {
            // Below strict only a failed sync is spoken of, and openraft reads what is not flushed in any case.
            let append = matches!(issued.write, Write::Append(_));
            if !append || self.caller < Caller::Strict {
                let during: Vec<LogImage> = allowed
                    .iter()
                    .flat_map(|image| image.during(&issued.write))
                    .collect();
                allowed.extend(during);
            }
        }
        if allowed.iter().any(|image| seen.is(image)) {
            return Ok(());
        }
        Err(error_latch::shown(
            &format!("{seen:?}"),
            &format!("{:?}", self.image),
        ))
    }

    /// Opens the store again after failed writes, and goes on with what is there.
    async fn recover(&mut self) -> Result<(), Violation> {
        self.drop_store();
        self.open().await?;
        let admissible = self.journal.admissible(u64::MAX);
        let (image, seen) = self.recovered(&admissible).await?;
        self.image = image;
        self.committed = seen.committed;
        self.rebase();
        Ok(())
    }

    /// Waits until everything that was issued is done: an empty append is called back after it. The core appends nothing
    /// empty, and has waited for each of its writes.
    pub(crate) async fn quiesce(&mut self) -> Result<(), Violation> {
        if self.caller == Caller::Core {
            drain();
            return Ok(());
        }
        let (ack, pending) = PendingAppend::new();
        let store = self.store()?;
        if in_time(store.append(Vec::new(), ack))
            .await
            .is_none_or(|result| result.is_err())
        {
            return Err(callback_once::never_called("an empty append"));
        }
        callback_once::check_done("an empty append", in_time(pending.settled()).await)
    }

    /// Begins a write, polls its future so often, and drops it.
    pub(crate) async fn cancel(&mut self, op: &Op, polls: u8) -> Result<(), Violation> {
        let Some(write) = self.accepted(op) else {
            self.counts.one(count::SKIPPED);
            return Ok(());
        };
        let write = &write;
        let what = format!("{write:?}");
        self.issue(write);
        let finished = self.poll_and_drop(write, polls).await?;
        if !finished {
            self.counts.one(count::CANCELLED);
        }
        // Everything issued before an empty append is done when that is called back.
        match self.outcome(&Write::Append(Vec::new())).await? {
            Flushed::Ok => {}
            Flushed::Err(error) => return Err(cancel_safety::stuck(&what, &error)),
            Flushed::Dropped => return Err(callback_once::dropped("an empty append")),
        }
        let seen = self.see().await?;
        let mut allowed = vec![];
        if !finished {
            allowed.push(self.image.clone());
        }
        allowed.extend(self.image.after(write));
        self.image = cancel_safety::settle(&what, &seen, &allowed)?.clone();
        self.watch.acks.forget();
        self.rebase();
        // What is shown must also be what is stored.
        self.drop_store();
        self.open().await?;
        let seen = self.see().await?;
        cancel_safety::settle(&what, &seen, std::slice::from_ref(&self.image))?;
        self.committed = seen.committed;
        Ok(())
    }

    /// Whether the future was ready before it was dropped.
    async fn poll_and_drop(&mut self, write: &Write, polls: u8) -> Result<bool, Violation> {
        let kept = self.kept_by(write);
        let store = self.store()?;
        let finished = match write {
            Write::Append(entries) => {
                let (ack, _pending) = PendingAppend::new();
                let entries = entries.iter().map(|entry| entry.entry()).collect();
                drive(Box::pin(store.append(entries, ack)), polls).await
            }
            Write::Truncate(id) => drive(Box::pin(store.truncate(*id, kept)), polls).await,
            Write::Purge(id) => drive(Box::pin(store.purge(*id)), polls).await,
            Write::Vote(vote) => drive(Box::pin(store.save_vote(*vote)), polls).await,
            Write::Committed(_) => false,
        };
        Ok(finished)
    }
}

type Call<'a> = Pin<Box<dyn Future<Output = Result<(), LogError>> + Send + 'a>>;

/// Polls a future `polls` times, with a turn of the executor in between, and drops it.
async fn drive(mut call: Call<'_>, polls: u8) -> bool {
    for _ in 0..polls {
        let mut context = Context::from_waker(Waker::noop());
        match store_call(|| call.as_mut().poll(&mut context)) {
            Poll::Ready(result) => return result.is_ok(),
            Poll::Pending => tokio::task::yield_now().await,
        }
    }
    false
}

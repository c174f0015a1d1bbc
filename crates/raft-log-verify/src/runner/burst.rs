//! Appends in flight at once, with other writes behind them.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::Arc;

use super::execute::Done;
use super::run::Run;
use super::watch::Watch;
use crate::counts::count;
use crate::log::EntryContent;
use crate::op::{Lead, Op};
use crate::rules::{self, Violation, callback_once};
use crate::subject::{Caller, Subject};

impl<S: Subject> Run<'_, S> {
    /// Several appends in flight at once, and perhaps other writes behind them.
    ///
    /// Where there are some, syncs are held back until something is waited for: what returns before
    /// that has not waited for the appends, and a crash there must not show it.
    pub(crate) async fn burst(
        &mut self,
        appends: &[Vec<EntryContent>],
        lead: Lead,
        behind: &[Op],
    ) -> Result<(), Violation> {
        if behind.is_empty() {
            return self.fly(appends, lead, behind).await;
        }
        let watch = Arc::clone(&self.watch);
        watch.held.hold();
        let done = released_by_waiting(&watch, self.fly(appends, lead, behind)).await;
        watch.held.release();
        done
    }

    async fn fly(
        &mut self,
        appends: &[Vec<EntryContent>],
        lead: Lead,
        behind: &[Op],
    ) -> Result<(), Violation> {
        self.author.follow(lead);
        let mut flying = Vec::new();
        for entries in appends {
            let op = Op::Append {
                entries: entries.clone(),
                lead: Lead::Same,
            };
            let Some(write) = self.accepted(&op) else {
                continue;
            };
            let before = self.image.clone();
            let number = self.issue(&write);
            match self.perform(&write).await? {
                Done::Refused(error) => {
                    return Err(rules::refused(&write, &before, &error));
                }
                Done::Returned(pending) => {
                    self.advance(&write)?;
                    self.compare_early_reader(&write).await?;
                    flying.extend(pending.map(|pending| (write, number, pending)));
                }
            }
        }
        for op in behind {
            self.write_behind(op).await?;
        }
        // From the last to the first: an earlier one that has not fired when it is looked at had
        // not fired when a later one had.
        let mut fired: Vec<_> = flying
            .iter()
            .rev()
            .map(|(_, _, pending)| pending.now().is_some())
            .collect();
        fired.reverse();
        if self.caller == Caller::Strict {
            callback_once::check_order(&fired)?;
        }
        for (write, number, pending) in &flying {
            self.settle(write, *number, pending).await?;
        }
        let image = self.image.clone();
        self.compare(None, &image).await
    }

    /// Another write while appends are in flight.
    async fn write_behind(&mut self, op: &Op) -> Result<(), Violation> {
        let Some(write) = self.accepted(op) else {
            return Ok(());
        };
        let before = self.image.clone();
        let number = self.issue(&write);
        if let Done::Refused(error) = self.perform(&write).await? {
            return Err(rules::refused(&write, &before, &error));
        }
        self.advance(&write)?;
        self.promise(&write, number);
        self.counts.one(count::BEHIND);
        Ok(())
    }
}

/// Drives a future; lets held syncs go when it waits for anything.
async fn released_by_waiting<F: Future>(watch: &Watch, future: F) -> F::Output {
    let mut future = pin!(future);
    poll_fn(|context| {
        let polled = future.as_mut().poll(context);
        if polled.is_pending() {
            watch.held.release();
        }
        polled
    })
    .await
}

//! Opens, closes, drops and power cuts.

use std::time::Duration;

use super::execute::Done;
use super::run::Run;
use super::{Disk, Watch, in_time, of_store};
use crate::counts::count;
use crate::log::{EntryContent, Flushed, IndexRange, Log as _, PendingAppend};
use crate::op::{Kept, Lead, Op};
use crate::reference::Fate;
use crate::rules::{
    Violation, callback_once, drop_clean, exclusive_open, open_after_crash, purge_window,
    recovered, recovery_cost,
};
use crate::subject::{Caller, Place, Subject};
use crash_disk::sim::{CrashPoint, Keep, Profile};

/// How long a store that was dropped or closed may take to let go of its files, below strict.
const STOPS_WITHIN: Duration = Duration::from_millis(500);

/// How often it is looked at meanwhile.
const LOOK_AGAIN: Duration = Duration::from_millis(10);

impl<S: Subject> Run<'_, S> {
    /// Opens the store and makes the early reader.
    pub(crate) async fn open(&mut self) -> Result<(), Violation> {
        open_after_crash::RULE.judged();
        match self.attempt_open().await? {
            None => Ok(()),
            Some(error) => Err(open_after_crash::refused(&error)),
        }
    }

    /// Opens the store, and returns what it says if it refuses.
    pub(crate) async fn attempt_open(&mut self) -> Result<Option<String>, Violation> {
        if self.subject.hints().torn_tail(&self.place()) {
            self.counts.one(count::TORN_TAILS);
        }
        let place = self.place();
        let bound = self.read_bound(&place);
        let read_before = self.watch.bytes_read();
        let mut opened = in_time(self.subject.open(&place, self.tuning)).await;
        // Only the strict caller is promised that a store that was dropped has let go by then.
        let waits = self.let_go && self.caller < Caller::Strict;
        let patience = if waits { STOPS_WITHIN } else { Duration::ZERO };
        // Not by the clock: that goes on while this process is made to stand still.
        let mut waited = Duration::ZERO;
        while matches!(opened, Some(Err(_))) && waited < patience {
            tokio::time::sleep(LOOK_AGAIN).await;
            waited += LOOK_AGAIN;
            opened = in_time(self.subject.open(&place, self.tuning)).await;
        }
        let read = self.watch.bytes_read() - read_before;
        match opened {
            None => Err(drop_clean::hangs("open")),
            Some(Err(error)) => Ok(Some(error.to_string())),
            Some(Ok(mut store)) => {
                if let Some(bound) = bound {
                    recovery_cost::check(read, bound)?;
                }
                self.judge_purge(&mut store, &place).await?;
                self.reader = of_store(store.reader()).await;
                self.store = Some(store);
                Ok(None)
            }
        }
    }

    /// The bound of the bytes that an open may read, where the store names one.
    fn read_bound(&self, place: &Place) -> Option<u64> {
        if self.caller < recovery_cost::RULE.judged_from {
            return None;
        }
        self.subject
            .hints()
            .open_read_bound(place, self.tuning, self.largest)
    }

    /// A purge must be complete once an open has returned: segments of which it leaves nothing are
    /// gone, and so are entries above it that are older than the purged id.
    async fn judge_purge(&self, log: &mut S::Log, place: &Place) -> Result<(), Violation> {
        if self.caller < purge_window::RULE.judged_from {
            return Ok(());
        }
        let state = of_store(log.state()).await;
        let Ok(Some(purged)) = state.map(|state| state.purged) else {
            return Ok(());
        };
        purge_window::RULE.judged();
        if let Some(above) = purged.index.checked_add(1) {
            let first = of_store(log.read(IndexRange::only(above))).await;
            let stale = first.iter().flatten().find(|entry| entry.id < purged);
            if let Some(entry) = stale {
                return Err(purge_window::incomplete(&format!(
                    "{} is older than the purged id {purged} and still there",
                    entry.id
                )));
            }
        }
        let left = self.subject.hints().leftovers(place, purged.index);
        match left.unwrap_or_default().as_slice() {
            [] => Ok(()),
            names => Err(purge_window::incomplete(&format!(
                "{names:?} hold nothing above the purged id {purged}"
            ))),
        }
    }

    /// Closes cleanly.
    pub(crate) async fn close(&mut self) -> Result<(), Violation> {
        self.drop_reader_below_strict();
        let Some(store) = self.store.take() else {
            return Ok(());
        };
        self.let_go = true;
        match in_time(self.subject.close(store)).await {
            None => Err(drop_clean::hangs("close")),
            Some(Err(error)) => Err(drop_clean::RULE.broken(format!("close failed: {error}"))),
            Some(Ok(())) => Ok(()),
        }
    }

    /// Opens the store on a disk that may fail; returns what it said if it could not.
    pub(crate) async fn try_open(&mut self) -> Result<Option<String>, Violation> {
        let place = self.place();
        match in_time(self.subject.open(&place, self.tuning)).await {
            None => Err(drop_clean::hangs("open")),
            Some(Err(error)) => Ok(Some(error.to_string())),
            Some(Ok(store)) => {
                self.store = Some(store);
                Ok(None)
            }
        }
    }

    /// Closes on a disk that may fail; returns what the store said if it could not.
    pub(crate) async fn try_close(&mut self) -> Result<Option<String>, Violation> {
        self.reader = None;
        let Some(store) = self.store.take() else {
            return Ok(None);
        };
        match in_time(self.subject.close(store)).await {
            None => Err(drop_clean::hangs("close")),
            Some(result) => Ok(result.err().map(|error| error.to_string())),
        }
    }

    /// Closes cleanly and opens again; nothing may have changed.
    pub(crate) async fn reopen(&mut self) -> Result<(), Violation> {
        self.close().await?;
        self.open().await?;
        self.counts.one(count::REOPENS);
        self.recovered_committed().await?;
        let image = self.image.clone();
        self.compare(None, &image).await
    }

    /// The committed id after an open: one that was saved, or none.
    async fn recovered_committed(&mut self) -> Result<(), Violation> {
        let seen = self.see().await?;
        recovered::check_committed(&seen, &self.journal)?;
        self.committed = seen.committed;
        Ok(())
    }

    /// Drops the store, perhaps with an append in flight, and opens again.
    pub(crate) async fn drop_reopen(&mut self, pending: &[EntryContent]) -> Result<(), Violation> {
        let mut allowed = vec![self.image.clone()];
        if !pending.is_empty() {
            let op = Op::Append {
                entries: pending.to_vec(),
                lead: Lead::Same,
            };
            if let Some(write) = self.accepted(&op) {
                let number = self.issue(&write);
                let Done::Returned(flying) = self.perform(&write).await? else {
                    return Ok(());
                };
                self.drop_store();
                allowed = self.image.during(&write);
                let after = self.image.after(&write);
                match self.settle_dropped(flying).await? {
                    Flushed::Ok => allowed = after.into_iter().collect(),
                    _ => self.journal.settle(number, Fate::Uncertain),
                }
            }
        }
        self.drop_store();
        self.open().await?;
        self.counts.one(count::DROPS);
        let seen = self.see().await?;
        self.image = drop_clean::find(&seen, &allowed)?.clone();
        self.watch.acks.forget();
        self.recovered_committed().await?;
        self.rebase();
        Ok(())
    }

    /// What became of a callback whose store was dropped.
    async fn settle_dropped(
        &mut self,
        flying: Option<PendingAppend>,
    ) -> Result<Flushed, Violation> {
        let Some(flying) = flying else {
            return Ok(Flushed::Dropped);
        };
        match in_time(flying.settled()).await {
            None => Err(callback_once::never_called(
                "an append whose store was dropped",
            )),
            Some(Flushed::Dropped) if self.caller == Caller::Strict => {
                Err(callback_once::dropped("an append whose store was dropped"))
            }
            Some(flushed) => Ok(flushed),
        }
    }

    /// A second open while the store is open must be refused.
    pub(crate) async fn open_twice(&mut self) -> Result<(), Violation> {
        exclusive_open::RULE.judged();
        let place = self.place();
        match in_time(self.subject.open(&place, self.tuning)).await {
            None => Err(drop_clean::hangs("a second open")),
            Some(Ok(_)) => Err(exclusive_open::opened_twice()),
            Some(Err(_)) => {
                self.counts.one(count::SECOND_OPENS);
                let image = self.image.clone();
                self.compare(None, &image).await
            }
        }
    }

    /// Cuts the power inside a write, and goes on with what is left.
    pub(crate) async fn crash(&mut self, op: &Op, call: u8, keep: Kept) -> Result<(), Violation> {
        let Some(disk) = self.disk.sim().cloned() else {
            self.counts.one(count::SKIPPED);
            return Ok(());
        };
        let from = disk.step();
        if let Some(write) = self.accepted(op) {
            let number = self.issue(&write);
            if let Done::Returned(pending) = self.perform(&write).await? {
                self.advance(&write)?;
                if let Some(pending) = pending {
                    self.settle(&write, number, &pending).await?;
                }
                self.promise(&write, number);
            }
        }
        // Counted before the store is dropped: what its writer still does then is a matter of
        // threads, and the same program must be cut at the same point in every run.
        let points = disk.points_between(from, disk.step());
        self.drop_store();
        let point = points.get(usize::from(call) % points.len().max(1)).copied();
        let point = point.unwrap_or(CrashPoint::After(disk.step()));
        let view = disk.view(point, Profile::default());
        let crashed = view.disk(&keep_of(keep, view.pending_len()));
        let admissible = self.journal.admissible(point.complete_calls());
        self.disk = Disk::Simulated(crashed);
        self.watch = Watch::new(&self.disk);
        self.open().await?;
        self.counts.one(count::CRASHES);
        let (image, seen) = self.recovered(&admissible).await?;
        self.image = image;
        self.committed = seen.committed;
        self.rebase();
        Ok(())
    }
}

/// The choice among so many pending operations.
fn keep_of(kept: Kept, pending: usize) -> Keep {
    let modulo = |number: u8, count: usize| usize::from(number) % count.max(1);
    match kept {
        Kept::None => Keep::None,
        Kept::All => Keep::All,
        Kept::Prefix(number) => Keep::Prefix(modulo(number, pending + 1)),
        Kept::Only(_) | Kept::AllBut(_) if pending == 0 => Keep::None,
        Kept::Only(number) => Keep::Only(modulo(number, pending)),
        Kept::AllBut(number) => Keep::AllBut(modulo(number, pending)),
    }
}

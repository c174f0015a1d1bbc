//! Reads: what the view holds at one moment, the older part from the disk, the rest from memory.
//!
//! The moment of a read is when it takes its snapshot. The memory part can't change any more. The
//! disk part may lose entries while it is read, when a cut or a purge is issued and done
//! meanwhile; the view tells, and the read begins again. That may happen as often as entries are
//! removed, so after [`READ_ATTEMPTS`] times the read keeps removals from being issued until it is
//! through. Removals issued before that concern no entry the view still holds.

use std::ops::ControlFlow;

use timevault::{FormatError, RecordRef, RecordVisitor};

use super::view::{Moment, Snapshot};
use super::{Shared, lock};
use crate::log_store::LogStoreError;
use crate::log_store::sync::planted;

/// Times that a read begins anew because entries were removed under it, before it stops removals.
const READ_ATTEMPTS: usize = if cfg!(shuttle) { 1 } else { 4 };

/// Takes the entries that a read finds.
pub(crate) trait EntrySink {
    /// All entries so far are void; the read begins again at its first entry.
    fn restart(&mut self);

    /// The next entry, which must be the one with this index.
    fn entry(&mut self, index: u64, json: &[u8]) -> Result<(), FormatError>;
}

/// Bounds a read in bytes; the first entry is always admitted.
#[derive(Debug, Clone, Copy)]
struct Budget {
    left: u64,
    first: bool,
}

impl Budget {
    fn admit(&mut self, len: usize) -> bool {
        let len = len as u64;
        if !self.first && len > self.left {
            return false;
        }
        self.first = false;
        self.left = self.left.saturating_sub(len);
        true
    }
}

/// How one attempt ended.
enum Attempt {
    Done,
    /// Entries were removed under it.
    Moved,
}

impl Shared {
    /// Reads the held entries from `from` to `to`, both included, in order, as many as fit in
    /// `max_bytes` but at least one.
    ///
    /// # Errors
    /// What the engine reports; [`LogStoreError::NotThisType`] when the sink takes an entry for one of
    /// another type; [`LogStoreError::BadEntry`] when it refuses one in memory otherwise;
    /// [`LogStoreError::MissingEntry`] when the disk has fewer than it should;
    /// [`LogStoreError::Closed`] and [`LogStoreError::Failed`].
    pub(crate) fn read(
        &self,
        from: u64,
        to: u64,
        max_bytes: u64,
        sink: &mut dyn EntrySink,
    ) -> Result<(), LogStoreError> {
        let budget = Budget {
            left: max_bytes,
            first: true,
        };
        for _ in 0..READ_ATTEMPTS {
            if let Attempt::Done = self.attempt_read(from, to, budget, sink)? {
                return Ok(());
            }
        }
        let _no_removals = (!planted("read-beside-removal")).then(|| lock(&self.removals));
        match self.attempt_read(from, to, budget, sink)? {
            Attempt::Done => Ok(()),
            Attempt::Moved => Err(LogStoreError::MissingEntry { index: from }),
        }
    }

    fn attempt_read(
        &self,
        from: u64,
        to: u64,
        mut budget: Budget,
        sink: &mut dyn EntrySink,
    ) -> Result<Attempt, LogStoreError> {
        sink.restart();
        let snapshot = {
            let state = self.lock();
            state.check()?;
            state.view.snapshot(from, to)
        };
        let Some(snapshot) = snapshot else {
            return Ok(Attempt::Done);
        };
        if let Some((first, last)) = snapshot.disk {
            let scanned = self.scan(first, last, &mut budget, sink);
            let now = self.moment()?;
            if now.cut_since(snapshot.moment) {
                return Ok(Attempt::Moved);
            }
            match scanned {
                Ok(true) => {}
                Ok(false) => return Ok(Attempt::Done),
                // The front may be gone from the disk because it was purged meanwhile.
                Err(_) if now != snapshot.moment && !planted("purge-not-seen") => {
                    return Ok(Attempt::Moved);
                }
                Err(error) => return Err(error),
            }
        }
        read_tail(&snapshot, budget, sink)?;
        Ok(Attempt::Done)
    }

    fn moment(&self) -> Result<Moment, LogStoreError> {
        let state = self.lock();
        state.check()?;
        Ok(state.view.moment())
    }

    /// Reads from the disk; `false` when the budget ended it.
    fn scan(
        &self,
        first: u64,
        last: u64,
        budget: &mut Budget,
        sink: &mut dyn EntrySink,
    ) -> Result<bool, LogStoreError> {
        let mut scan = Scan {
            first,
            last,
            next: first,
            end: None,
            start_budget: *budget,
            budget,
            sink,
        };
        self.reader.scan_from(first, &mut scan)?;
        match scan.end {
            Some(End::Last) => Ok(true),
            Some(End::Budget) => Ok(false),
            None => Err(LogStoreError::MissingEntry { index: scan.next }),
        }
    }
}

/// Gives the part in memory to the sink.
fn read_tail(
    snapshot: &Snapshot,
    mut budget: Budget,
    sink: &mut dyn EntrySink,
) -> Result<(), LogStoreError> {
    let (from, to) = snapshot.range;
    for (index, json) in snapshot
        .tail
        .iter()
        .flat_map(|segment| segment.range(from, to))
    {
        if !budget.admit(json.len()) {
            break;
        }
        sink.entry(index, json)
            .map_err(|e| LogStoreError::bad_entry(index, &e))?;
    }
    Ok(())
}

enum End {
    Last,
    Budget,
}

/// Visits the records of a range and numbers them.
struct Scan<'a> {
    first: u64,
    last: u64,
    next: u64,
    end: Option<End>,
    start_budget: Budget,
    budget: &'a mut Budget,
    sink: &'a mut dyn EntrySink,
}

impl RecordVisitor for Scan<'_> {
    fn restart(&mut self) {
        self.next = self.first;
        self.end = None;
        *self.budget = self.start_budget;
        self.sink.restart();
    }

    fn checks_keys(&self) -> bool {
        // The sink compares the index of every entry with the one it is given.
        true
    }

    fn visit(&mut self, record: RecordRef<'_>) -> Result<ControlFlow<()>, FormatError> {
        if !self.budget.admit(record.payload.len()) {
            self.end = Some(End::Budget);
            return Ok(ControlFlow::Break(()));
        }
        self.sink.entry(self.next, record.payload)?;
        if self.next >= self.last {
            self.end = Some(End::Last);
            return Ok(ControlFlow::Break(()));
        }
        self.next += 1;
        Ok(ControlFlow::Continue(()))
    }
}

//! The recorded calls of a run, and the disk at each of them.

use std::sync::Arc;

use super::call::CallRecord;
use super::disk::Disk;

/// Calls between two kept disks. The disk at any call is found by following at most this many.
const CHECKPOINT_CALLS: usize = 32;

/// All calls of a run.
#[derive(Debug)]
pub(super) struct History {
    calls: Vec<Arc<CallRecord>>,
    /// The disk after every [`CHECKPOINT_CALLS`] calls, the first before any.
    checkpoints: Vec<Arc<Disk>>,
    /// The disk that was asked for last: points are mostly visited in order.
    cursor: (usize, Arc<Disk>),
}

impl History {
    pub(super) fn new(base: Disk) -> Self {
        let base = Arc::new(base);
        Self {
            calls: Vec::new(),
            checkpoints: vec![Arc::clone(&base)],
            cursor: (0, base),
        }
    }

    /// Adds a call; `after` is the disk that it led to.
    pub(super) fn push(&mut self, call: CallRecord, after: &Disk) {
        self.calls.push(Arc::new(call));
        if self.calls.len().is_multiple_of(CHECKPOINT_CALLS) {
            self.checkpoints.push(Arc::new(after.clone()));
        }
    }

    /// A call by its number, counted from 1.
    pub(super) fn call(&self, number: u64) -> Option<&Arc<CallRecord>> {
        let index = usize::try_from(number).ok()?.checked_sub(1)?;
        self.calls.get(index)
    }

    /// The disk after that many calls; beyond the run, after the last.
    pub(super) fn disk_after(&mut self, calls: u64) -> Arc<Disk> {
        let wanted = usize::try_from(calls)
            .unwrap_or(usize::MAX)
            .min(self.calls.len());
        let nearest = wanted / CHECKPOINT_CALLS;
        if (self.cursor.0 > wanted || self.cursor.0 < nearest * CHECKPOINT_CALLS)
            && let Some(disk) = self.checkpoints.get(nearest)
        {
            self.cursor = (nearest * CHECKPOINT_CALLS, Arc::clone(disk));
        }
        let (at, disk) = &mut self.cursor;
        for call in self.calls.get(*at..wanted).unwrap_or_default() {
            Arc::make_mut(disk).advance(call);
        }
        *at = wanted;
        Arc::clone(disk)
    }
}

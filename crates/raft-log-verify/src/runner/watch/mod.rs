//! Stands between the store and its disk: some small watchers, each with one duty, that see every call in turn.

mod acks;
mod answers;
mod executor;
mod held;
mod strikes;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crash_disk::{Call, CallKind, Hook, Verdict};

use super::Disk;

pub(crate) use acks::Acks;
pub(crate) use answers::Answers;
pub(crate) use executor::Executor;
pub(crate) use held::HeldSyncs;
pub(crate) use strikes::Strikes;

/// The watchers of one run, in the order in which they see a call.
#[derive(Debug, Default)]
pub struct Watch {
    /// Syncs that wait until something is waited for.
    pub(crate) held: HeldSyncs,
    /// Answers that are waited for.
    pub(crate) answers: Answers,
    /// Acknowledgements that are out.
    pub(crate) acks: Acks,
    /// Calls on the executor's thread.
    pub(crate) executor: Executor,
    /// Bytes that reads asked for.
    read: AtomicU64,
    /// Calls that fail.
    pub(crate) strikes: Strikes,
}

impl Watch {
    /// Watches a run on this disk.
    #[must_use]
    pub fn new(disk: &Disk) -> Arc<Self> {
        let steps = disk.steps();
        Arc::new(Self {
            answers: Answers::new(steps.clone()),
            acks: Acks::new(steps),
            strikes: Strikes::new(disk.sim()),
            ..Self::default()
        })
    }

    /// Bytes that reads asked for, so far.
    #[must_use]
    pub fn bytes_read(&self) -> u64 {
        self.read.load(Ordering::Relaxed)
    }
}

impl Hook for Watch {
    fn before(&self, call: &Call<'_>) -> Verdict {
        self.held.before(call);
        self.answers.before(call);
        // Behind those that wait: what was acknowledged meanwhile is out before this call.
        self.acks.look();
        self.executor.before(call);
        if call.kind == CallKind::Read {
            self.read.fetch_add(call.len, Ordering::Relaxed);
        }
        self.strikes.before(call)
    }
}

/// Reads may be made on the executor's thread; what waits for the disk to write may not.
fn changes_disk(kind: CallKind) -> bool {
    !matches!(
        kind,
        CallKind::Open | CallKind::Read | CallKind::Len | CallKind::ReadDir | CallKind::Lock
    )
}

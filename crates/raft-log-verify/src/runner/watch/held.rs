//! Syncs that wait until something is waited for.

use std::sync::{Condvar, Mutex, PoisonError};
use std::thread::{self, ThreadId};
use std::time::Duration;

use crash_disk::{Call, CallKind};

/// How long a call is held back, at most: a store may wait for it where nobody can tell.
pub(super) const HELD_AT_MOST: Duration = Duration::from_millis(100);

/// Holds syncs back, unless they are made on the thread that asked for it: nobody else could let them go.
#[derive(Debug, Default)]
pub(crate) struct HeldSyncs {
    holder: Mutex<Option<ThreadId>>,
    released: Condvar,
}

impl HeldSyncs {
    /// From now on syncs wait to be let go.
    pub(crate) fn hold(&self) {
        self.set(Some(thread::current().id()));
    }

    /// Lets syncs go.
    pub(crate) fn release(&self) {
        self.set(None);
        self.released.notify_all();
    }

    fn set(&self, holder: Option<ThreadId>) {
        *self.holder.lock().unwrap_or_else(PoisonError::into_inner) = holder;
    }

    pub(super) fn before(&self, call: &Call<'_>) {
        if !CallKind::SYNCS.contains(&call.kind) {
            return;
        }
        let me = thread::current().id();
        let holder = self.holder.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self
            .released
            .wait_timeout_while(holder, HELD_AT_MOST, |holder| {
                holder.is_some_and(|holder| holder != me)
            });
        drop(waited);
    }
}

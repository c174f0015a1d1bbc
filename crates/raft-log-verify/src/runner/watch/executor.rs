//! Calls that are made on the executor's thread.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::{self, ThreadId};

use crash_disk::Call;

use super::changes_disk;
use crate::tasks::in_task;

/// Most calls that are kept for a report.
const KEPT_CALLS: usize = 8;

/// Notes calls that change the disk and are made on the executor's thread.
#[derive(Debug, Default)]
pub(crate) struct Executor(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    thread: Option<ThreadId>,
    calls: Vec<String>,
}

impl Executor {
    /// From now on calls made on this thread are noted.
    pub(crate) fn is(&self, thread: Option<ThreadId>) {
        self.state().thread = thread;
    }

    /// Takes the calls that were made on it.
    pub(crate) fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.state().calls)
    }

    pub(super) fn before(&self, call: &Call<'_>) {
        // Tasks of the store run on the executor's thread in place of one of their own.
        if !changes_disk(call.kind) || in_task() {
            return;
        }
        let mut state = self.state();
        if state.thread == Some(thread::current().id()) && state.calls.len() < KEPT_CALLS {
            let call = format!("{:?} {}", call.kind, call.path.display());
            state.calls.push(call);
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

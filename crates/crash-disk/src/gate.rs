//! Calls held back until a test lets them go.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::{Call, CallKind, Hook, Verdict};

/// Holds calls of chosen kinds while it is closed. It begins open.
#[derive(Debug)]
pub struct Gate {
    kinds: Vec<CallKind>,
    state: Mutex<GateState>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct GateState {
    closed: bool,
    /// Calls that wait.
    held: usize,
    /// Calls that may pass although it is closed.
    passes: usize,
}

/// Opens the gate again when dropped, so that a failed test does not hang the threads it holds.
#[derive(Debug)]
#[must_use = "the gate opens when this is dropped"]
pub struct GateGuard(Arc<Gate>);

impl Gate {
    /// A gate for calls of these kinds.
    #[must_use]
    pub fn new(kinds: &[CallKind]) -> Arc<Self> {
        Arc::new(Self {
            kinds: kinds.to_vec(),
            state: Mutex::default(),
            changed: Condvar::new(),
        })
    }

    /// Closes the gate until the guard is dropped or [`open`](Self::open) is called.
    pub fn close(self: &Arc<Self>) -> GateGuard {
        self.state().closed = true;
        GateGuard(Arc::clone(self))
    }

    /// Opens the gate: everything held goes on.
    pub fn open(&self) {
        let mut state = self.state();
        state.closed = false;
        state.passes = 0;
        self.changed.notify_all();
    }

    /// Lets this many calls pass, held ones or coming ones, and stays closed.
    pub fn let_through(&self, calls: usize) {
        self.state().passes += calls;
        self.changed.notify_all();
    }

    /// How many calls are being held.
    #[must_use]
    pub fn held(&self) -> usize {
        self.state().held
    }

    /// Waits until at least this many calls are being held; `false` if they were not in time.
    #[must_use]
    pub fn wait_held(&self, calls: usize, at_most: Duration) -> bool {
        let waiting = |state: &mut GateState| state.held < calls;
        let changed = &self.changed;
        let waited = changed.wait_timeout_while(self.state(), at_most, waiting);
        waited.unwrap_or_else(PoisonError::into_inner).0.held >= calls
    }

    fn state(&self) -> MutexGuard<'_, GateState> {
        // The state is changed in single steps, so a panic elsewhere has not broken it.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Hook for Gate {
    fn before(&self, call: &Call<'_>) -> Verdict {
        if self.kinds.contains(&call.kind) {
            let mut state = self.state();
            if state.closed {
                state.held += 1;
                self.changed.notify_all();
                let held = |state: &mut GateState| state.closed && state.passes == 0;
                state = self
                    .changed
                    .wait_while(state, held)
                    .unwrap_or_else(PoisonError::into_inner);
                state.held -= 1;
                state.passes = state.passes.saturating_sub(1);
            }
        }
        Verdict::Proceed
    }
}

impl Drop for GateGuard {
    fn drop(&mut self) {
        self.0.open();
    }
}

//! Which acknowledgements are out before each call.

use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::log::{Flushed, PendingAppend};
use crate::runner::Steps;

/// Looks for acknowledgements before every call.
#[derive(Debug, Default)]
pub(crate) struct Acks {
    steps: Steps,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    pending: Vec<(usize, PendingAppend)>,
    acknowledged: Vec<(usize, u64)>,
}

impl Acks {
    pub(super) fn new(steps: Steps) -> Self {
        Self {
            steps,
            state: Mutex::default(),
        }
    }

    /// From now on the acknowledgement of write `number` is looked for before every disk call.
    pub(crate) fn expect(&self, number: usize, append: PendingAppend) {
        self.state().pending.push((number, append));
    }

    /// Takes what has been acknowledged: numbers of writes, each with the step at which its
    /// acknowledgement was seen.
    pub(crate) fn take(&self) -> Vec<(usize, u64)> {
        self.look();
        std::mem::take(&mut self.state().acknowledged)
    }

    /// Forgets acknowledgements that are still out.
    pub(crate) fn forget(&self) {
        *self.state() = State::default();
    }

    /// Notes the acknowledgements that are out now.
    pub(super) fn look(&self) {
        let mut state = self.state();
        if state.pending.is_empty() {
            return;
        }
        let State {
            pending,
            acknowledged,
        } = &mut *state;
        let steps = &self.steps;
        pending.retain(|(number, append)| match append.now() {
            None => true,
            Some(Flushed::Ok) => {
                acknowledged.push((*number, steps.now()));
                false
            }
            Some(_) => false,
        });
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

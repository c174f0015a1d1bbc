//! What the store, its readers and its writer share.

use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::log::Vote;

use super::Switches;
use super::memory::Memory;

/// What the store, its readers and its writer share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) bugs: Switches,
    state: Mutex<State>,
}

/// The log as it is shown and as it is on disk.
#[derive(Debug, Default)]
pub(crate) struct State {
    /// What readers see: everything issued.
    pub(crate) shown: Memory,
    /// What is on disk. After a failure it is what readers see.
    pub(crate) durable: Memory,
    pub(crate) vote: Option<Vote>,
    /// The first error; from then on every write is refused with it.
    pub(crate) failed: Option<String>,
}

impl Shared {
    pub(crate) fn new(bugs: Switches, memory: Memory, vote: Option<Vote>) -> Self {
        let state = Mutex::new(State {
            shown: memory.clone(),
            durable: memory,
            vote,
            failed: None,
        });
        Self { bugs, state }
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

//! One step of a program, as the rules look at it.

use openraft::RaftTypeConfig;

use super::Seen;
use crate::reference::{LogImage, Write};

/// What a store must show after a step, and what it shows.
pub struct Transition<'a, C: RaftTypeConfig> {
    /// The write that was performed. `None` after a refused write, a read or a reopen.
    pub write: Option<&'a Write<C>>,
    /// The reference log before it.
    pub before: &'a LogImage<C>,
    /// The reference log now.
    pub after: &'a LogImage<C>,
    /// What the store shows.
    pub seen: &'a Seen<C>,
}

impl<C: RaftTypeConfig> std::fmt::Debug for Transition<'_, C> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?}: {:?} -> {:?}", self.write, self.before, self.after)
    }
}

/// A log id or "none".
pub(crate) fn show<T: std::fmt::Display>(id: Option<&T>) -> String {
    id.map_or_else(|| "none".to_owned(), ToString::to_string)
}

//! One step of a program, as the rules look at it.

use super::Seen;
use crate::reference::{LogImage, Write};

/// What a store must show after a step, and what it shows.
pub struct Transition<'a> {
    /// The write that was performed. `None` after a refused write, a read or a reopen.
    pub write: Option<&'a Write>,
    /// The reference log before it.
    pub before: &'a LogImage,
    /// The reference log now.
    pub after: &'a LogImage,
    /// What the store shows.
    pub seen: &'a Seen,
}

impl std::fmt::Debug for Transition<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?}: {:?} -> {:?}", self.write, self.before, self.after)
    }
}

/// A log id or "none".
pub(crate) fn show<T: std::fmt::Display>(id: Option<&T>) -> String {
    id.map_or_else(|| "none".to_owned(), ToString::to_string)
}

//! One step of a program, as the rules look at it.

use std::fmt;

use super::rule::{Rule, Violation};
use super::seen::Seen;
use crate::log::LogId;
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

impl Transition<'_> {
    /// The first entry that the reference log holds and the store does not show.
    pub(super) fn lost(&self) -> Option<LogId> {
        let mut held = self.after.entries.values().map(|entry| entry.id);
        held.find(|id| !self.seen.holds(*id))
    }

    /// Checks that a refused append changed nothing.
    ///
    /// # Errors
    /// It changed the log: `rule` is broken.
    pub(super) fn check_unchanged(&self, rule: &'static Rule) -> Result<(), Violation> {
        rule.judged();
        let text = || {
            format!(
                "a refused append changed {:?} to {:?}",
                self.after, self.seen
            )
        };
        rule.require(self.seen.is(self.after), text)
    }
}

impl fmt::Debug for Transition<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {:?} -> {:?}", self.write, self.before, self.after)
    }
}

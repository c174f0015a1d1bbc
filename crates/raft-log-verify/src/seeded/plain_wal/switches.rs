//! The bug or the oddity of a store.

use crate::seeded::{Bug, Oddity};

/// The bug or the oddity of a store, if it has one.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Switches {
    pub(crate) bug: Option<Bug>,
    pub(crate) oddity: Option<Oddity>,
}

impl Switches {
    /// The correct store, without an oddity.
    pub(crate) const NONE: Self = Self {
        bug: None,
        oddity: None,
    };

    /// Whether it is this bug.
    pub(crate) fn has(self, bug: Bug) -> bool {
        self.bug == Some(bug)
    }

    /// Whether it is this oddity.
    pub(crate) fn is(self, oddity: Oddity) -> bool {
        self.oddity == Some(oddity)
    }
}

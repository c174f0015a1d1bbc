//! What is switched on.

use crate::seeded::{Bug, Oddity};

/// What is switched on: a bug, an oddity, or nothing.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Switches {
    pub(crate) bug: Option<Bug>,
    pub(crate) oddity: Option<Oddity>,
}

impl Switches {
    /// The store as it should be.
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

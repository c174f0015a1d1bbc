//! Which bug is switched on.

use crate::verify::seeded::Bug;

/// Which bug is switched on: none or one.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Switches(pub(crate) Option<Bug>);

impl Switches {
    /// Whether it is this one.
    pub(crate) fn has(self, bug: Bug) -> bool {
        self.0 == Some(bug)
    }
}

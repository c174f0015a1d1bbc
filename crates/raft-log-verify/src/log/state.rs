//! Where a log begins and ends.

use super::{IndexRange, LogId};

/// Where a log begins and ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LogState {
    /// Id of the last entry that was purged.
    pub purged: Option<LogId>,
    /// Id of the last entry, else the purged id.
    pub last: Option<LogId>,
}

impl LogState {
    /// The range of the entries that are held; `None` where there are none.
    #[must_use]
    pub fn held(&self) -> Option<IndexRange> {
        let first = match self.purged {
            Some(purged) => purged.index.checked_add(1)?,
            None => 0,
        };
        let next = self.last?.index.checked_add(1)?;
        (first < next).then(|| IndexRange::half_open(first, next))
    }
}

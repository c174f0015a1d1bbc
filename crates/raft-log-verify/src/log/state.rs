//! Where a log begins and ends.

use super::LogId;

/// Where a log begins and ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LogState {
    /// Id of the last entry that was purged.
    pub purged: Option<LogId>,
    /// Id of the last entry, else the purged id.
    pub last: Option<LogId>,
}

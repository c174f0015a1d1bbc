//! A place in the log, relative to what it holds.

use serde::{Deserialize, Serialize};

/// A place in the log, relative to what it holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Spot {
    /// The first entry.
    First,
    /// So many 256ths of the way from the first entry to the last.
    Part(u8),
    /// Beside the end of an index block: a multiple of the block size above the first entry, with
    /// `off` added.
    Border {
        /// Which multiple, modulo the number of whole blocks.
        nth: u8,
        /// Indexes added to the border.
        off: i8,
    },
    /// The last entry.
    Last,
    /// So many above the last entry, plus one.
    Above(u8),
    /// So many below the first entry, plus one.
    Below(u8),
}

impl Spot {
    /// The index meant in a log that holds `first ..= last`. An empty log at purge point p is
    /// given as `p + 1 ..= p`, as all of it is "above the last".
    #[must_use]
    pub fn index(self, first: u64, last: u64, block: u64) -> u64 {
        let held = last.saturating_add(1).saturating_sub(first);
        match self {
            Self::First => first,
            Self::Part(part) => {
                first.saturating_add(held.saturating_sub(1) * u64::from(part) / 255)
            }
            Self::Border { nth, off } => {
                let blocks = (held / block.max(1)).max(1);
                let border = first.saturating_add(block * (1 + u64::from(nth) % blocks));
                border.saturating_add_signed(i64::from(off))
            }
            Self::Last => last,
            Self::Above(by) => last.saturating_add(1).saturating_add(u64::from(by)),
            Self::Below(by) => first.saturating_sub(1).saturating_sub(u64::from(by)),
        }
    }
}

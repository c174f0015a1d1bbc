//! The ranges of indexes that programs read.

use std::ops::Bound;

use serde::{Deserialize, Serialize};

use super::Spot;

/// One end of a range.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum End {
    /// None.
    Open,
    /// This index belongs to the range.
    Included(Spot),
    /// This index does not.
    Excluded(Spot),
    /// `u64::MAX` belongs to the range.
    Max,
    /// Zero belongs to the range.
    Zero,
}

/// A range of indexes, in any form that `RangeBounds` knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct RangeShape {
    /// Where it begins.
    pub start: End,
    /// Where it ends.
    pub end: End,
    /// Whether the range is inverted: the higher end first. Only strict callers read such ranges.
    pub inverted: bool,
}

impl RangeShape {
    /// `..`
    pub const ALL: Self = Self {
        start: End::Open,
        end: End::Open,
        inverted: false,
    };

    /// The range in a log that holds `first ..= last`, inverted only if `inverted` is set.
    #[must_use]
    pub fn bounds(self, first: u64, last: u64, block: u64) -> (Bound<u64>, Bound<u64>) {
        let bound = |end| match end {
            End::Open => Bound::Unbounded,
            End::Included(spot) => Bound::Included(Spot::index(spot, first, last, block)),
            End::Excluded(spot) => Bound::Excluded(Spot::index(spot, first, last, block)),
            End::Max => Bound::Included(u64::MAX),
            End::Zero => Bound::Included(0),
        };
        let (start, end) = (bound(self.start), bound(self.end));
        let order = |low: Bound<u64>, high: Bound<u64>| match (low, high) {
            (
                Bound::Included(low) | Bound::Excluded(low),
                Bound::Included(high) | Bound::Excluded(high),
            ) => low <= high,
            _ => true,
        };
        if order(start, end) != self.inverted {
            (start, end)
        } else {
            (end, start)
        }
    }
}

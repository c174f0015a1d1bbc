//! A range of indexes, and the Rust type in which it is asked for.

use std::fmt;
use std::ops::{Bound, RangeBounds};

/// The Rust type of a range. Each type takes a way of its own through a store's code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// A pair of bounds.
    Pair,
    /// What the language writes with dots, where it can write these bounds so.
    Dots,
}

/// A range of indexes, and the Rust type in which it is asked for. APIs that know one type of range
/// ignore the form.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct IndexRange {
    /// Where it begins.
    pub start: Bound<u64>,
    /// Where it ends.
    pub end: Bound<u64>,
    /// In which type.
    pub form: Form,
}

impl IndexRange {
    /// `..`
    pub const ALL: Self = Self::dots(Bound::Unbounded, Bound::Unbounded);

    /// With dots.
    #[must_use]
    pub const fn dots(start: Bound<u64>, end: Bound<u64>) -> Self {
        Self {
            start,
            end,
            form: Form::Dots,
        }
    }

    /// As a pair.
    #[must_use]
    pub const fn pair((start, end): (Bound<u64>, Bound<u64>)) -> Self {
        Self {
            start,
            end,
            form: Form::Pair,
        }
    }

    /// `start..end`
    #[must_use]
    pub const fn half_open(start: u64, end: u64) -> Self {
        Self::dots(Bound::Included(start), Bound::Excluded(end))
    }

    /// `index..=index`
    #[must_use]
    pub const fn only(index: u64) -> Self {
        Self::dots(Bound::Included(index), Bound::Included(index))
    }
}

impl RangeBounds<u64> for IndexRange {
    fn start_bound(&self) -> Bound<&u64> {
        self.start.as_ref()
    }

    fn end_bound(&self) -> Bound<&u64> {
        self.end.as_ref()
    }
}

impl fmt::Debug for IndexRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.form, self.start, self.end) {
            (Form::Dots, Bound::Unbounded, Bound::Unbounded) => f.write_str(".."),
            (Form::Dots, Bound::Included(low), Bound::Unbounded) => write!(f, "{low}.."),
            (Form::Dots, Bound::Unbounded, Bound::Excluded(high)) => write!(f, "..{high}"),
            (Form::Dots, Bound::Unbounded, Bound::Included(high)) => write!(f, "..={high}"),
            (Form::Dots, Bound::Included(low), Bound::Excluded(high)) => write!(f, "{low}..{high}"),
            (Form::Dots, Bound::Included(low), Bound::Included(high)) => {
                write!(f, "{low}..={high}")
            }
            (_, start, end) => write!(f, "{:?}", (start, end)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_shows_as_it_is_written() {
        let half = IndexRange::half_open(2, 5);
        assert_eq!(format!("{half:?}"), "2..5");
        assert_eq!(format!("{:?}", IndexRange::ALL), "..");
        assert_eq!(format!("{:?}", IndexRange::only(7)), "7..=7");
        let pair = IndexRange::pair((half.start, half.end));
        assert_eq!(format!("{pair:?}"), "(Included(2), Excluded(5))");
        assert!(pair.contains(&4) && !pair.contains(&5));
    }
}

//! The ladder of choices that an enumeration tries at a crash point.

use std::fmt;
use std::str::FromStr;

use super::{Keep, ParseError};

/// How many of the possible crash states are tried. Each level holds those below it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Level {
    /// Nothing pending kept, everything kept.
    L0,
    /// Every prefix of the pending list.
    L1,
    /// Only one kept, all but one kept: finds every single missing order.
    L2,
    /// For each file and for all: only the lengths kept, only the data kept, each lost while all
    /// else is there; the first and the last pending block of each file torn at every sector.
    L3,
    /// All subsets while at most [`MAX_EXHAUSTIVE`](super::MAX_EXHAUSTIVE) operations are pending,
    /// samples beyond.
    L4,
    /// Nested: crashes inside the recovery of a crash state. A view adds nothing here; whoever
    /// enumerates runs the recovery on the recording [`disk`](super::CrashView::disk) of a state
    /// and takes the points of that.
    L5,
}

impl Level {
    /// All levels, lowest first.
    pub const ALL: [Self; 6] = [Self::L0, Self::L1, Self::L2, Self::L3, Self::L4, Self::L5];

    /// Position among all levels, 0 for the lowest.
    #[must_use]
    pub fn number(self) -> usize {
        self as usize
    }

    /// This level and those below it, lowest first.
    pub(super) fn up_to(self) -> impl Iterator<Item = Self> {
        Self::ALL.into_iter().filter(move |level| *level <= self)
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "L{}", self.number())
    }
}

impl FromStr for Level {
    type Err = ParseError;

    /// Reads what [`Display`](fmt::Display) writes.
    fn from_str(text: &str) -> Result<Self, ParseError> {
        let found = Self::ALL
            .into_iter()
            .find(|level| level.to_string() == text);
        found.ok_or_else(|| ParseError::new("level", text))
    }
}

/// One choice of an enumeration, with the lowest level that makes it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct CrashState {
    /// The lowest level that tries this state.
    pub level: Level,
    /// What is kept.
    pub keep: Keep,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_form_reads_back() {
        for level in Level::ALL {
            assert_eq!(level.to_string().parse::<Level>().unwrap(), level);
        }
        assert!("L6".parse::<Level>().is_err());
    }
}

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
}

impl Level {
    /// The choices that this level adds to those below it, for a list of `pending` operations.
    pub(super) fn choices(self, pending: usize) -> Vec<Keep> {
        match self {
            Self::L0 => vec![Keep::None, Keep::All],
            Self::L1 => (1..pending).map(Keep::Prefix).collect(),
            Self::L2 => (0..pending)
                .map(Keep::Only)
                .chain((0..pending).map(Keep::AllBut))
                .collect(),
        }
    }

    /// This level and those below it, lowest first.
    pub(super) fn up_to(self) -> impl Iterator<Item = Self> {
        [Self::L0, Self::L1, Self::L2]
            .into_iter()
            .filter(move |level| *level <= self)
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::L0 => "L0",
            Self::L1 => "L1",
            Self::L2 => "L2",
        })
    }
}

impl FromStr for Level {
    type Err = ParseError;

    /// Reads what [`Display`](fmt::Display) writes.
    fn from_str(text: &str) -> Result<Self, ParseError> {
        match text {
            "L0" => Ok(Self::L0),
            "L1" => Ok(Self::L1),
            "L2" => Ok(Self::L2),
            _ => Err(ParseError::new("level", text)),
        }
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

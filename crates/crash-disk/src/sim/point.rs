//! The moment of a crash.

use std::fmt;
use std::str::FromStr;

use super::ParseError;

/// A moment at which the power may fail, named by the mutating calls of a run.
///
/// Calls that change nothing on the disk (opens, reads, listings) have no points of their own:
/// the disk is the same before and after them. A crash inside a sync leaves a part of what it was
/// to make durable, which is among the states of the point before it; a crash inside a rename or
/// another single operation is the point before or after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum CrashPoint {
    /// After this many mutating calls; 0 is before the first.
    After(u64),
    /// Inside a write: only its first bytes have been issued.
    Inside {
        /// Number of the call, counted from 1.
        call: u64,
        /// Bytes of the write that have been issued.
        bytes: u64,
    },
}

impl CrashPoint {
    /// Calls that have begun by then.
    #[must_use]
    pub fn calls(self) -> u64 {
        match self {
            Self::After(calls) | Self::Inside { call: calls, .. } => calls,
        }
    }

    /// Calls that were complete by then.
    #[must_use]
    pub fn complete_calls(self) -> u64 {
        match self {
            Self::After(calls) => calls,
            Self::Inside { call, .. } => call.saturating_sub(1),
        }
    }
}

impl fmt::Display for CrashPoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::After(calls) => write!(f, "after:{calls}"),
            Self::Inside { call, bytes } => write!(f, "inside:{call}:{bytes}"),
        }
    }
}

impl FromStr for CrashPoint {
    type Err = ParseError;

    /// Reads what [`Display`](fmt::Display) writes.
    fn from_str(text: &str) -> Result<Self, ParseError> {
        let mut words = text.split(':');
        let word = words.next();
        let mut number = || words.next().and_then(|word| word.parse::<u64>().ok());
        let point = match word {
            Some("after") => number().map(Self::After),
            Some("inside") => number()
                .zip(number())
                .map(|(call, bytes)| Self::Inside { call, bytes }),
            _ => None,
        };
        point
            .filter(|_| words.next().is_none())
            .ok_or_else(|| ParseError::new("crash point", text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_form_reads_back() {
        for point in [
            CrashPoint::After(12),
            CrashPoint::Inside {
                call: 3,
                bytes: 512,
            },
        ] {
            assert_eq!(point.to_string().parse::<CrashPoint>().unwrap(), point);
        }
        for bad in [
            "",
            "after",
            "after:1:2",
            "inside:1",
            "inside:1:2:3",
            "before:1",
        ] {
            assert!(bad.parse::<CrashPoint>().is_err(), "{bad}");
        }
    }
}

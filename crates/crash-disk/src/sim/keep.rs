//! The explicit choice of what a crash keeps.

use std::fmt;
use std::str::FromStr;

use super::{ParseError, Rest, Tear};

/// Which of the pending micro-operations a crash keeps.
///
/// Numbers are positions in the list of [`CrashView::pending`](super::CrashView::pending),
/// counted from 0. A choice is always completed to one that a disk can make: an operation is
/// never kept without those that must have happened before it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Keep {
    /// Nothing pending is kept: only what was synced is there.
    None,
    /// Everything pending is kept.
    All,
    /// The first operations are kept, in the order in which they were made.
    Prefix(usize),
    /// One operation is kept, and those that must have happened before it. Beyond the list:
    /// the same as [`Keep::None`].
    Only(usize),
    /// One operation is lost, and those that cannot be there without it. Beyond the list: the
    /// same as [`Keep::All`].
    AllBut(usize),
    /// The operations marked `true` are kept, and those that must have happened before them.
    /// Operations beyond the marks are lost.
    Subset(Vec<bool>),
    /// A block is torn: part of it was written back.
    Torn(Tear),
}

impl Rest {
    /// The choice that is left when there is nothing to tear.
    pub(super) fn alone(self, op: usize) -> Keep {
        match self {
            Self::All => Keep::AllBut(op),
            Self::Before => Keep::Prefix(op),
        }
    }
}

impl fmt::Display for Keep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str("none"),
            Self::All => f.write_str("all"),
            Self::Prefix(n) => write!(f, "prefix:{n}"),
            Self::Only(i) => write!(f, "only:{i}"),
            Self::AllBut(i) => write!(f, "allbut:{i}"),
            Self::Torn(tear) => write!(f, "torn:{tear}"),
            Self::Subset(marks) => {
                f.write_str("subset:")?;
                marks
                    .iter()
                    .try_for_each(|&kept| f.write_str(if kept { "1" } else { "0" }))
            }
        }
    }
}

impl FromStr for Keep {
    type Err = ParseError;

    /// Reads what [`Display`](fmt::Display) writes.
    fn from_str(text: &str) -> Result<Self, ParseError> {
        let bad = || ParseError::new("keep", text);
        let (word, rest) = text.split_once(':').unwrap_or((text, ""));
        let number = || rest.parse::<usize>().map_err(|_| bad());
        match word {
            "none" if rest.is_empty() => Ok(Self::None),
            "all" if rest.is_empty() => Ok(Self::All),
            "prefix" => Ok(Self::Prefix(number()?)),
            "only" => Ok(Self::Only(number()?)),
            "torn" => Ok(Self::Torn(rest.parse()?)),
            "allbut" => Ok(Self::AllBut(number()?)),
            "subset" => {
                let marks = rest.chars().map(|c| match c {
                    '0' => Ok(false),
                    '1' => Ok(true),
                    _ => Err(bad()),
                });
                Ok(Self::Subset(marks.collect::<Result<_, _>>()?))
            }
            _ => Err(bad()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Over;
    use super::*;

    #[test]
    fn text_form_reads_back() {
        let all = [
            Keep::None,
            Keep::All,
            Keep::Prefix(3),
            Keep::Only(0),
            Keep::AllBut(17),
            Keep::Subset(vec![true, false, true]),
            Keep::Subset(Vec::new()),
            Keep::Torn(Tear {
                op: 4,
                from: 0,
                to: 7,
                over: Over::Durable,
                rest: Rest::All,
            }),
            Keep::Torn(Tear {
                op: 0,
                from: 3,
                to: 8,
                over: Over::Before,
                rest: Rest::Before,
            }),
        ];
        for keep in all {
            assert_eq!(keep.to_string().parse::<Keep>().unwrap(), keep);
        }
        for bad in [
            "",
            "none:1",
            "prefix",
            "only:-1",
            "subset:012",
            "some",
            "torn:1",
            "torn:1:2:all:all",
        ] {
            assert!(bad.parse::<Keep>().is_err(), "{bad}");
        }
    }
}

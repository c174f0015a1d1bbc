//! The states that programs begin in.

use serde::{Deserialize, Serialize};

use super::{Lead, Op, Spot};
use crate::log::EntryContent;
use crate::payload::{PayloadSeed, PayloadShape};

/// A state that programs begin in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StartState {
    /// Nothing was ever written.
    Empty,
    /// Three segments or more, the first with a hidden prefix, the last with a tail that no index
    /// block covers.
    ThreeSegments,
    /// A purge beyond the end: no entries, but a purged id.
    PurgedBeyondEnd,
    /// The log was just truncated over a segment border.
    TruncatedOverSegment,
}

impl StartState {
    /// All of them.
    pub const ALL: [Self; 4] = [
        Self::Empty,
        Self::ThreeSegments,
        Self::PurgedBeyondEnd,
        Self::TruncatedOverSegment,
    ];

    /// Name in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::ThreeSegments => "three segments",
            Self::PurgedBeyondEnd => "purged beyond the end",
            Self::TruncatedOverSegment => "truncated over a segment",
        }
    }

    /// The same for people who do not know the harness.
    #[must_use]
    pub fn in_words(self) -> &'static str {
        match self {
            Self::Empty => "a store that was never opened",
            Self::ThreeSegments => {
                "a log of 13 entries and a granted vote, of which the first entry was purged"
            }
            Self::PurgedBeyondEnd => "a log that was purged beyond its last entry, and so is empty",
            Self::TruncatedOverSegment => "a log of 12 entries of which the last were truncated",
        }
    }

    /// The operations that lead to this state. With [`Tuning::SMALL`](crate::Tuning::SMALL) an
    /// append of three entries fills about a segment.
    #[must_use]
    pub fn ops(self) -> Vec<Op> {
        let vote = Op::Vote {
            up: 1,
            node: 1,
            committed: true,
        };
        let purge = |at, lead| Op::Purge { at, lead };
        match self {
            Self::Empty => Vec::new(),
            Self::ThreeSegments => {
                let mut ops = vec![vote];
                ops.extend((0..3).map(|turn| append_from(turn * 10, 4)));
                ops.push(append_from(90, 1));
                ops.push(purge(Spot::First, Lead::Same));
                ops
            }
            Self::PurgedBeyondEnd => vec![
                vote,
                append_from(0, 3),
                purge(Spot::Above(4), Lead::Later(1)),
            ],
            Self::TruncatedOverSegment => {
                let mut ops = vec![vote];
                ops.extend((0..3).map(|turn| append_from(turn * 10, 4)));
                ops.push(Op::Truncate {
                    at: Spot::Part(100),
                });
                ops
            }
        }
    }
}

/// An append by the same leader of so many plain entries, with seeds from `first` on.
pub(super) fn append_from(first: u64, count: u64) -> Op {
    Op::Append {
        entries: (first..first + count).map(plain).collect(),
        lead: Lead::Same,
    }
}

/// An entry of plain data, about a hundred bytes long.
pub(super) fn plain(seed: u64) -> EntryContent {
    EntryContent::Normal(PayloadSeed {
        seed,
        bytes: 8,
        shape: PayloadShape::Plain,
    })
}

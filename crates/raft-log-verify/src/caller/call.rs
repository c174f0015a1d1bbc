//! A call of a log, as its caller made it.

use std::fmt;
use std::ops::Bound;

use serde::{Deserialize, Serialize};

use crate::log::{IndexRange, LogId, Vote};

/// Consecutive entries of one leader.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Run {
    /// The first one's id.
    pub first: LogId,
    /// How many there are; at least 1.
    pub count: u64,
}

/// A call of a log, or what happened to it between two calls.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Call {
    /// The log is opened by a new process of the node.
    Open,
    /// Where does the log begin and end?
    State,
    /// The vote is read.
    ReadVote,
    /// The committed id is read.
    ReadCommitted,
    /// A reader is made.
    Reader,
    /// Entries are read.
    Read {
        /// From where.
        start: Bound<u64>,
        /// To where.
        end: Bound<u64>,
    },
    /// Entries of `start .. end` are read; the log may stop early.
    ReadLimited {
        /// From here.
        start: u64,
        /// To here, exclusive.
        end: u64,
    },
    /// Entries are appended.
    Append(Vec<Run>),
    /// The log has told that the append is durable.
    Answered,
    /// Entries are removed from here on, this one included.
    Truncate(LogId),
    /// Entries are removed up to here, this one included.
    Purge(LogId),
    /// The vote is saved.
    SaveVote(Vote),
    /// The committed id is saved.
    SaveCommitted(Option<LogId>),
    /// The process ends, by itself or killed. Of an append that was not answered these first entries are left.
    Stop {
        /// How many.
        kept: u64,
    },
}

impl Call {
    /// The range that it reads, if it reads one, and whether the log may stop early.
    #[must_use]
    pub fn range(&self) -> Option<(IndexRange, bool)> {
        match *self {
            Self::Read { start, end } => Some((IndexRange::dots(start, end), false)),
            Self::ReadLimited { start, end } => Some((IndexRange::half_open(start, end), true)),
            _ => None,
        }
    }
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Open => f.write_str("open"),
            Self::State => f.write_str("ask for the state"),
            Self::ReadVote => f.write_str("read the vote"),
            Self::ReadCommitted => f.write_str("read the committed id"),
            Self::Reader => f.write_str("make a reader"),
            Self::Read { start, end } => write!(f, "read {:?}", IndexRange::dots(*start, *end)),
            Self::ReadLimited { start, end } => write!(f, "read some of {start}..{end}"),
            Self::Append(runs) => {
                let runs: Vec<String> = runs.iter().map(Run::to_string).collect();
                write!(f, "append {}", runs.join(", "))
            }
            Self::Answered => f.write_str("the append is answered"),
            Self::Truncate(id) => write!(f, "truncate from {id}"),
            Self::Purge(id) => write!(f, "purge up to {id}"),
            Self::SaveVote(vote) => write!(f, "save the vote {vote}"),
            Self::SaveCommitted(Some(id)) => write!(f, "save the committed id {id}"),
            Self::SaveCommitted(None) => f.write_str("save that nothing is committed"),
            Self::Stop { kept } => write!(f, "stop, with {kept} entries left of what is in flight"),
        }
    }
}

impl fmt::Display for Run {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} from {}", self.count, self.first)
    }
}

impl Run {
    /// Entries as runs.
    #[must_use]
    pub fn of(ids: &[LogId]) -> Vec<Self> {
        let mut runs: Vec<Self> = Vec::new();
        for id in ids {
            match runs.last_mut().filter(|run| run.next() == Some(*id)) {
                Some(run) => run.count += 1,
                None => runs.push(Self {
                    first: *id,
                    count: 1,
                }),
            }
        }
        runs
    }

    /// The id that would go on this run.
    fn next(&self) -> Option<LogId> {
        let index = self.first.index.checked_add(self.count)?;
        Some(LogId {
            index,
            ..self.first
        })
    }

    /// The ids, ascending.
    pub fn ids(&self) -> impl Iterator<Item = LogId> + use<> {
        let first = self.first;
        (first.index..)
            .take(usize::try_from(self.count).unwrap_or(usize::MAX))
            .map(move |index| LogId { index, ..first })
    }
}

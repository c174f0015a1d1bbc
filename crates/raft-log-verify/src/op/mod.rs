//! The operations of a program, in relative terms.
//!
//! An operation names places ("the last entry", "the border of the second index block"), never
//! indexes. So it keeps its meaning when operations before it are removed, and a failing program
//! can be shrunk.

mod alphabet;
mod program;
mod range;
mod shrink;
mod spot;
mod start;
mod strategy;
mod words;

use serde::{Deserialize, Serialize};

use super::caller::{Call, Run};
use super::log::EntryContent;
use super::subject::Caller;

pub use alphabet::{Letter, letters};
pub use program::Program;
pub use range::{End, RangeShape};
pub use shrink::shrink;
pub(crate) use shrink::shrink_alike;
pub use spot::Spot;
pub use start::StartState;
pub use strategy::{SequenceMix, program_strategy};

/// The leader of the next entries, relative to that of the last ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Lead {
    /// The same leader.
    Same,
    /// A leader of the same term with a higher node id; the same one where ids carry no node.
    HigherNode,
    /// A leader so many terms later.
    Later(u8),
}

/// In which way the ids of an append do not ascend.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Disorder {
    /// The first entry is of an older term than the last one held.
    OlderThanLast,
    /// The second entry of the batch is of an older term than the first.
    InsideBatch,
    /// The batch skips an index.
    GapInBatch,
}

/// Which disk call fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FaultKind {
    /// A write fails with EIO.
    Write,
    /// The disk is full in the middle of a write: half of the bytes are written, then ENOSPC.
    WriteNoSpace,
    /// A write takes fewer bytes than given; not an error.
    ShortWrite,
    /// A sync of a file fails.
    Sync,
    /// A sync of a directory fails.
    SyncDir,
    /// A rename fails.
    Rename,
    /// A file cannot be created.
    Create,
}

/// What a crash keeps of the pending disk operations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kept {
    /// Nothing.
    None,
    /// Everything.
    All,
    /// The first so many, counted modulo what is pending.
    Prefix(u8),
    /// One, with what it needs.
    Only(u8),
    /// All but one and what needs it.
    AllBut(u8),
}

/// One step of a program.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "op")]
pub enum Op {
    /// Append at the end. No entries: the callback still has to fire.
    Append {
        /// Content of the entries.
        entries: Vec<EntryContent>,
        /// Their leader.
        lead: Lead,
    },
    /// Several appends without waiting for callbacks in between.
    Burst {
        /// Content of each append.
        appends: Vec<Vec<EntryContent>>,
        /// Their leader.
        lead: Lead,
        /// Votes, truncates and purges that follow before any callback is waited for.
        #[serde(default)]
        behind: Vec<Op>,
    },
    /// Append at an index that is held.
    AppendOver {
        /// Where.
        at: Spot,
        /// Content of the entries.
        entries: Vec<EntryContent>,
        /// Their leader.
        lead: Lead,
    },
    /// Append entries at or below the purged index, and `above` ones after it.
    AppendBelow {
        /// How many are at or below it.
        below: u8,
        /// How many follow.
        above: u8,
    },
    /// Append beyond the end, so that a hole would be left.
    AppendHole {
        /// How many indexes are skipped.
        gap: u8,
    },
    /// Append ids that do not ascend.
    AppendUnordered {
        /// In which way.
        how: Disorder,
    },
    /// Append an entry that cannot be read back.
    AppendUnstorable {
        /// Seed of the payload.
        seed: u64,
    },
    /// Truncate.
    Truncate {
        /// The first entry that is removed.
        at: Spot,
    },
    /// Purge. Beyond the end it is what a snapshot install does.
    Purge {
        /// The last entry that is removed.
        at: Spot,
        /// Leader of the id, where no entry is held there; `Later` makes the entries above stale.
        lead: Lead,
    },
    /// Purge to an id that is not above the purged one.
    PurgeBack {
        /// How many indexes back; 0 = the purged id itself.
        back: u8,
        /// Whether the id has a later term all the same, which no log can have: to be refused.
        later: bool,
    },
    /// Save a vote.
    Vote {
        /// By how much the term rises.
        up: u8,
        /// For whom.
        node: u8,
        /// Whether a quorum granted it.
        committed: bool,
    },
    /// Save the committed id of an acknowledged entry, or none.
    Committed {
        /// Which entry.
        at: Option<Spot>,
    },
    /// Read a range.
    Read {
        /// Its form.
        range: RangeShape,
    },
    /// Read a range, possibly only its beginning.
    ReadLimited {
        /// From here.
        from: Spot,
        /// To here, exclusive.
        to: Spot,
    },
    /// Begin a read, do these writes, finish the read.
    ReadAcross {
        /// Its form.
        range: RangeShape,
        /// What happens in between.
        writes: Vec<Op>,
    },
    /// Begin a write and drop its future after so many polls.
    Cancel {
        /// The write.
        write: Box<Op>,
        /// How often its future is polled.
        polls: u8,
    },
    /// Try to open a second time.
    OpenTwice,
    /// Close cleanly and open.
    Reopen,
    /// Drop the store, with this append still in flight, and open.
    DropReopen {
        /// Content of the append; empty = nothing is in flight.
        pending: Vec<EntryContent>,
    },
    /// Let a disk call fail, do these writes, drop the store and open it on a healthy disk.
    Fault {
        /// Which kind of call fails.
        kind: FaultKind,
        /// Which of the calls of this kind from now on fails, counted from 1.
        nth: u8,
        /// The writes.
        writes: Vec<Op>,
    },
    /// Cut the power at a disk call of this write, and open what is left.
    Crash {
        /// The write.
        write: Box<Op>,
        /// At which of its calls, modulo the number of calls plus one: the last value means "after the last
        /// call".
        call: u8,
        /// What is kept of the pending disk operations.
        keep: Kept,
    },
    /// A call that openraft's core has made of a real log, with the very ids. It means nothing where the core would not
    /// make it.
    Recorded {
        /// The call.
        call: Call,
    },
}

impl Op {
    /// Whether the operation is a write that can stand inside another operation.
    #[must_use]
    pub fn is_plain_write(&self) -> bool {
        matches!(
            self,
            Self::Append { .. }
                | Self::AppendOver { .. }
                | Self::Truncate { .. }
                | Self::Purge { .. }
                | Self::Vote { .. }
        )
    }

    /// The least demanding caller that does this, apart from the operations inside of it.
    #[must_use]
    pub fn least_caller(&self) -> Caller {
        self.kind().1
    }

    /// Leaves a recorded append its first entries.
    fn keep_entries(&mut self, count: u64) {
        if let Self::Recorded {
            call: Call::Append(runs),
        } = self
        {
            let ids: Vec<_> = runs.iter().flat_map(Run::ids).collect();
            let kept = usize::try_from(count).unwrap_or(usize::MAX).min(ids.len());
            *runs = Run::of(ids.get(..kept).unwrap_or_default());
        }
    }

    /// A truncate that removes nothing: it begins behind the last entry.
    #[must_use]
    pub fn truncate_nothing() -> Self {
        Self::Truncate { at: Spot::Above(0) }
    }

    /// A purge that removes nothing: it names the purged id.
    #[must_use]
    pub fn purge_nothing() -> Self {
        Self::PurgeBack {
            back: 0,
            later: false,
        }
    }

    /// A short name, for counts.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.kind().0
    }

    /// The name and the least demanding caller.
    fn kind(&self) -> (&'static str, Caller) {
        match self {
            Self::Append { .. } => ("append", Caller::Core),
            Self::Burst { .. } => ("burst", Caller::Trait),
            Self::AppendOver { .. } => ("append over", Caller::Strict),
            Self::AppendBelow { .. } => ("append below purge", Caller::Strict),
            Self::AppendHole { .. } => ("append with a hole", Caller::Strict),
            Self::AppendUnordered { .. } => ("append unordered", Caller::Strict),
            Self::AppendUnstorable { .. } => ("append unstorable", Caller::Trait),
            Self::Truncate { .. } => ("truncate", Caller::Core),
            Self::Purge { .. } => ("purge", Caller::Core),
            Self::PurgeBack { .. } => ("purge back", Caller::Strict),
            Self::Vote { .. } => ("vote", Caller::Core),
            Self::Committed { .. } => ("committed", Caller::Core),
            Self::Read { .. } => ("read", Caller::Core),
            Self::ReadLimited { .. } => ("read limited", Caller::Core),
            Self::ReadAcross { .. } => ("read across", Caller::Core),
            Self::Cancel { .. } => ("cancel", Caller::Strict),
            Self::OpenTwice => ("open twice", Caller::Core),
            Self::Reopen => ("reopen", Caller::Core),
            Self::DropReopen { .. } => ("drop and reopen", Caller::Core),
            Self::Fault { .. } => ("fault", Caller::Core),
            Self::Crash { .. } => ("crash", Caller::Core),
            Self::Recorded { .. } => ("recorded call", Caller::Core),
        }
    }
}

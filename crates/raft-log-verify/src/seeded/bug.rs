//! The bugs, one switch each.

use serde::{Deserialize, Serialize};

/// A bug that can be switched on in [`PlainWal`](super::PlainWal).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Bug {
    /// S1: last id is none after everything was purged.
    LastNoneAfterPurgeAll,
    /// S2: last id is none when the number of entries is a multiple of three.
    LastNoneAtBlock,
    /// S3: truncate keeps the entry it was given.
    TruncateKeepsBorder,
    /// S4: purge keeps the entry it was given.
    PurgeKeepsBorder,
    /// S5: a purge with a lower id moves the purged id back.
    PurgeMovesBack,
    /// S6: a purge beyond the end leaves the last id as it was.
    PurgeBeyondKeepsLast,
    /// S7: entries older than the purged id stay above it.
    StaleSuffixSurvives,
    /// S8: what is appended after a truncate cannot be read.
    AppendAfterTruncateUnreadable,
    /// S9: an entry that cannot be stored is stored as a blank one.
    UnstorableBecomesBlank,
    /// S10: an append that leaves a hole is accepted.
    HoleAccepted,
    /// S10: an append whose ids do not ascend is accepted.
    DisorderAccepted,
    /// S11: an append over held entries leaves old ones behind it.
    OverlapKeepsTail,
    /// S12: an empty range returns an entry.
    EmptyRangeReadsOne,
    /// S13: an unbounded range panics.
    UnboundedRangePanics,
    /// S14: a limited read of more than two entries returns nothing.
    LimitedReadsNothing,
    /// S15: a reader sees what was there when it was made.
    ReaderIsSnapshot,
    /// S16: a read looks twice, with writes possible in between.
    ReadInHalves,
    /// S17: after an open the committed id may be above the last.
    CommittedAhead,
    /// S18: numbers go through floats.
    NumbersAsFloats,
    /// S18: control characters in text are lost.
    ControlUnescaped,
    /// S19: no lock is taken.
    SecondOpenSucceeds,
    /// S20: an append below the purge point brings entries back.
    AppendUnpurges,
    /// S21: an entry that cannot be read back is acknowledged.
    UnstorableAcknowledged,
    /// S22: an open drops the last entry of every fifth length.
    OpenDropsLast,
    /// S22: a read of more than four entries leaves the third out.
    ReadSkipsOne,
    /// S22: the committed flag of a vote is not kept.
    VoteFlagLost,
    /// A1: the callback of an empty append is dropped.
    CallbackDropped,
    /// A2: append returns an error and calls back with Ok.
    OkAfterErr,
    /// A3: dropping a reader stops the writer.
    ReaderDropStopsWriter,
    /// A4: an append shows its entries before a point at which it can be dropped.
    CancelLosesEntry,
    /// A5: votes are written on the caller's thread.
    SyncOnExecutor,
    /// D21: the error of a failed sync is ignored.
    SyncErrorSwallowed,
    /// D22: a failed sync is tried again, and then trusted.
    SyncRetried,
    /// D22: after a failed sync later writes are accepted.
    NotLatched,
    /// D21: what a failed append wrote is still shown.
    NotWithdrawn,
    /// D23: the count that a write returns is not looked at.
    ShortWriteIgnored,
    /// D1: appends are acknowledged in memory and written later.
    AcknowledgedInMemory,
    /// D1: appends are acknowledged without a sync.
    AppendNotSynced,
    /// D2: the callback fires before the sync.
    CallbackBeforeSync,
    /// D2: a vote is answered before it is written.
    VoteAnsweredFirst,
    /// D2: a truncate or purge is answered before it is written.
    CutAnsweredFirst,
    /// D3: the vote file is not synced.
    VoteNotSynced,
    /// D4: the vote file is cut and written in place.
    VoteTruncateAndWrite,
    /// D5: the vote file is renamed without a sync before it.
    RenameBeforeSync,
    /// D6: the vote file is renamed without a sync of its directory.
    RenameWithoutDirSync,
    /// D7: the log file is made without a sync of its directory.
    LogNameNotSynced,
    /// D11: the purged id is kept in memory only.
    PurgeNotWritten,
    /// D13: a truncate is kept in memory only.
    TruncateNotWritten,
    /// D16: what an open has read is not made durable.
    TailNotRewritten,
    /// D20: new records are glued to half a record.
    TailNotCut,
    /// D15: votes have a way of their own to the disk, past appends that wait.
    VoteOvertakes,
    /// D19: a tail of zeros is taken for a blank entry.
    ZerosAreARecord,
    /// D24: half a record stays when the disk is full, and the next one is written behind it.
    HalfRecordKept,
    /// A torn tail is cut one byte too far, after what is kept was read.
    TailCutTooFar,
    /// M2: a line that cannot be read is skipped.
    DamageSkipped,
}

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
    /// M2: a line that cannot be read is skipped.
    DamageSkipped,
}

/// What is known about a bug.
struct Entry {
    bug: Bug,
    code: &'static str,
    name: &'static str,
    rules: &'static [&'static str],
    text: &'static str,
}

impl Bug {
    /// All of them, in the order of the corpus.
    pub fn all() -> impl Iterator<Item = Self> {
        CORPUS.iter().map(|entry| entry.bug)
    }

    /// Its number in the corpus. Several switches can be variants of one bug.
    #[must_use]
    pub fn code(self) -> &'static str {
        self.entry().map_or("", |entry| entry.code)
    }

    /// Its name on the command line and in files.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.entry().map_or("", |entry| entry.name)
    }

    /// What it does wrong.
    #[must_use]
    pub fn text(self) -> &'static str {
        self.entry().map_or("", |entry| entry.text)
    }

    /// The rules that may be the one to find it.
    #[must_use]
    pub fn rules(self) -> &'static [&'static str] {
        self.entry().map_or(&[], |entry| entry.rules)
    }

    /// The bug of that name.
    #[must_use]
    pub fn by_name(name: &str) -> Option<Self> {
        CORPUS
            .iter()
            .find(|entry| entry.name == name)
            .map(|entry| entry.bug)
    }

    fn entry(self) -> Option<&'static Entry> {
        CORPUS.iter().find(|entry| entry.bug == self)
    }
}

static CORPUS: &[Entry] = &[
    Entry {
        bug: Bug::LastNoneAfterPurgeAll,
        code: "S1",
        name: "last-none-after-purge-all",
        rules: &["log-state", "purge-beyond-end", "no-hole"],
        text: "last id is none after everything was purged",
    },
    Entry {
        bug: Bug::LastNoneAtBlock,
        code: "S2",
        name: "last-none-at-block",
        rules: &["log-state"],
        text: "last id is none when the number of entries is a multiple of three",
    },
    Entry {
        bug: Bug::TruncateKeepsBorder,
        code: "S3",
        name: "truncate-keeps-border",
        rules: &["truncate-finality"],
        text: "truncate keeps the entry it was given",
    },
    Entry {
        bug: Bug::PurgeKeepsBorder,
        code: "S4",
        name: "purge-keeps-border",
        rules: &["purge-finality", "purge-beyond-end"],
        text: "purge keeps the entry it was given",
    },
    Entry {
        bug: Bug::PurgeMovesBack,
        code: "S5",
        name: "purge-moves-back",
        rules: &["purge-finality"],
        text: "a purge with a lower id moves the purged id back",
    },
    Entry {
        bug: Bug::PurgeBeyondKeepsLast,
        code: "S6",
        name: "purge-beyond-keeps-last",
        rules: &["purge-beyond-end"],
        text: "a purge beyond the end leaves the last id as it was",
    },
    Entry {
        bug: Bug::StaleSuffixSurvives,
        code: "S7",
        name: "stale-suffix-survives",
        rules: &["purge-stale-suffix"],
        text: "entries older than the purged id stay above it",
    },
    Entry {
        bug: Bug::AppendAfterTruncateUnreadable,
        code: "S8",
        name: "append-after-truncate-unreadable",
        rules: &["read-your-append"],
        text: "what is appended after a truncate cannot be read",
    },
    Entry {
        bug: Bug::UnstorableBecomesBlank,
        code: "S9",
        name: "unstorable-becomes-blank",
        rules: &["entry-fidelity"],
        text: "an entry that cannot be stored is stored as a blank one",
    },
    Entry {
        bug: Bug::HoleAccepted,
        code: "S10",
        name: "hole-accepted",
        rules: &["append-hole-refused"],
        text: "an append that leaves a hole is accepted",
    },
    Entry {
        bug: Bug::DisorderAccepted,
        code: "S10",
        name: "disorder-accepted",
        rules: &["append-ascending"],
        text: "an append whose ids do not ascend is accepted",
    },
    Entry {
        bug: Bug::OverlapKeepsTail,
        code: "S11",
        name: "overlap-keeps-tail",
        rules: &["append-overlap"],
        text: "an append over held entries leaves old ones behind it",
    },
    Entry {
        bug: Bug::EmptyRangeReadsOne,
        code: "S12",
        name: "empty-range-reads-one",
        rules: &["read-range"],
        text: "an empty range returns an entry",
    },
    Entry {
        bug: Bug::UnboundedRangePanics,
        code: "S13",
        name: "unbounded-range-panics",
        rules: &["read-range"],
        text: "an unbounded range panics",
    },
    Entry {
        bug: Bug::LimitedReadsNothing,
        code: "S14",
        name: "limited-reads-nothing",
        rules: &["read-limited"],
        text: "a limited read of more than two entries returns nothing",
    },
    Entry {
        bug: Bug::ReaderIsSnapshot,
        code: "S15",
        name: "reader-is-snapshot",
        rules: &["read-your-append"],
        text: "a reader sees what was there when it was made",
    },
    Entry {
        bug: Bug::ReadInHalves,
        code: "S16",
        name: "read-in-halves",
        rules: &["reader-atomicity"],
        text: "a read looks twice, with writes possible in between",
    },
    Entry {
        bug: Bug::CommittedAhead,
        code: "S17",
        name: "committed-ahead",
        rules: &["committed"],
        text: "after an open the committed id may be above the last",
    },
    Entry {
        bug: Bug::NumbersAsFloats,
        code: "S18",
        name: "numbers-as-floats",
        rules: &["entry-fidelity"],
        text: "numbers go through floats",
    },
    Entry {
        bug: Bug::ControlUnescaped,
        code: "S18",
        name: "control-unescaped",
        rules: &["entry-fidelity"],
        text: "control characters in text are lost",
    },
    Entry {
        bug: Bug::SecondOpenSucceeds,
        code: "S19",
        name: "second-open-succeeds",
        rules: &["exclusive-open"],
        text: "no lock is taken",
    },
    Entry {
        bug: Bug::AppendUnpurges,
        code: "S20",
        name: "append-unpurges",
        rules: &["append-below-purge"],
        text: "an append below the purge point brings entries back",
    },
    Entry {
        bug: Bug::UnstorableAcknowledged,
        code: "S21",
        name: "unstorable-acknowledged",
        rules: &["entry-fidelity"],
        text: "an entry that cannot be read back is acknowledged",
    },
    Entry {
        bug: Bug::OpenDropsLast,
        code: "S22",
        name: "open-drops-last",
        rules: &["read-range", "write-order", "append-durability"],
        text: "an open drops the last entry of every fifth length",
    },
    Entry {
        bug: Bug::ReadSkipsOne,
        code: "S22",
        name: "read-skips-one",
        rules: &["no-hole"],
        text: "a read of more than four entries leaves the third out",
    },
    Entry {
        bug: Bug::VoteFlagLost,
        code: "S22",
        name: "vote-flag-lost",
        rules: &["vote-roundtrip"],
        text: "the committed flag of a vote is not kept",
    },
    Entry {
        bug: Bug::CallbackDropped,
        code: "A1",
        name: "callback-dropped",
        rules: &["callback-once"],
        text: "the callback of an empty append is dropped",
    },
    Entry {
        bug: Bug::OkAfterErr,
        code: "A2",
        name: "ok-after-err",
        rules: &["callback-once"],
        text: "append returns an error and calls back with Ok",
    },
    Entry {
        bug: Bug::ReaderDropStopsWriter,
        code: "A3",
        name: "reader-drop-stops-writer",
        rules: &[
            "read-your-append",
            "callback-once",
            "vote-roundtrip",
            "truncate-finality",
            "purge-finality",
            "committed",
        ],
        text: "dropping a reader stops the writer",
    },
    Entry {
        bug: Bug::CancelLosesEntry,
        code: "A4",
        name: "cancel-loses-entry",
        rules: &["cancel-safety"],
        text: "an append shows its entries before a point at which it can be dropped",
    },
    Entry {
        bug: Bug::SyncOnExecutor,
        code: "A5",
        name: "sync-on-executor",
        rules: &["executor-free"],
        text: "votes are written on the caller's thread",
    },
    Entry {
        bug: Bug::SyncErrorSwallowed,
        code: "D21",
        name: "sync-error-swallowed",
        rules: &["error-latch"],
        text: "the error of a failed sync is ignored",
    },
    Entry {
        bug: Bug::SyncRetried,
        code: "D22",
        name: "sync-retried",
        rules: &["error-latch"],
        text: "a failed sync is tried again, and then trusted",
    },
    Entry {
        bug: Bug::NotLatched,
        code: "D22",
        name: "not-latched",
        rules: &["error-latch"],
        text: "after a failed sync later writes are accepted",
    },
    Entry {
        bug: Bug::NotWithdrawn,
        code: "D21",
        name: "not-withdrawn",
        rules: &["error-latch"],
        text: "what a failed append wrote is still shown",
    },
    Entry {
        bug: Bug::ShortWriteIgnored,
        code: "D23",
        name: "short-write-ignored",
        rules: &[
            "append-durability",
            "write-order",
            "drop-clean",
            "no-hole",
            "read-range",
        ],
        text: "the count that a write returns is not looked at",
    },
    Entry {
        bug: Bug::AcknowledgedInMemory,
        code: "D1",
        name: "acknowledged-in-memory",
        rules: &["drop-clean", "append-durability", "write-order"],
        text: "appends are acknowledged in memory and written later",
    },
    Entry {
        bug: Bug::AppendNotSynced,
        code: "D1",
        name: "append-not-synced",
        rules: &["append-durability", "write-order"],
        text: "appends are acknowledged without a sync",
    },
    Entry {
        bug: Bug::CallbackBeforeSync,
        code: "D2",
        name: "callback-before-sync",
        rules: &["append-durability", "write-order"],
        text: "the callback fires before the sync",
    },
    Entry {
        bug: Bug::VoteNotSynced,
        code: "D3",
        name: "vote-not-synced",
        rules: &["vote-durability", "open-after-crash"],
        text: "the vote file is not synced",
    },
    Entry {
        bug: Bug::VoteTruncateAndWrite,
        code: "D4",
        name: "vote-truncate-and-write",
        rules: &["vote-durability", "open-after-crash"],
        text: "the vote file is cut and written in place",
    },
    Entry {
        bug: Bug::RenameBeforeSync,
        code: "D5",
        name: "rename-before-sync",
        rules: &["vote-durability", "open-after-crash"],
        text: "the vote file is renamed without a sync before it",
    },
    Entry {
        bug: Bug::RenameWithoutDirSync,
        code: "D6",
        name: "rename-without-dir-sync",
        rules: &["vote-durability"],
        text: "the vote file is renamed without a sync of its directory",
    },
    Entry {
        bug: Bug::LogNameNotSynced,
        code: "D7",
        name: "log-name-not-synced",
        rules: &[
            "append-durability",
            "no-phantom",
            "purge-finality",
            "sticky-recovery",
        ],
        text: "the log file is made without a sync of its directory",
    },
    Entry {
        bug: Bug::PurgeNotWritten,
        code: "D11",
        name: "purge-not-written",
        rules: &[
            "purge-finality",
            "no-hole",
            "append-durability",
            "usable-after-recovery",
        ],
        text: "the purged id is kept in memory only",
    },
    Entry {
        bug: Bug::TruncateNotWritten,
        code: "D13",
        name: "truncate-not-written",
        rules: &["truncate-finality", "no-phantom", "write-order"],
        text: "a truncate is kept in memory only",
    },
    Entry {
        bug: Bug::TailNotRewritten,
        code: "D16",
        name: "tail-not-rewritten",
        rules: &["sticky-recovery"],
        text: "what an open has read is not made durable",
    },
    Entry {
        bug: Bug::TailNotCut,
        code: "D20",
        name: "tail-not-cut",
        rules: &["usable-after-recovery", "append-durability"],
        text: "new records are glued to half a record",
    },
    Entry {
        bug: Bug::DamageSkipped,
        code: "M2",
        name: "damage-skipped",
        rules: &["damage-reported"],
        text: "a line that cannot be read is skipped",
    },
];

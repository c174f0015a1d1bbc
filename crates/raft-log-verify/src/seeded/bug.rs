//! The bugs, one switch each: one table gives the switches and the corpus.

use serde::{Deserialize, Serialize};

use crate::campaign::{BugInfo, Part};

/// Makes the switches and the corpus from rows of: switch, code, name, what it does wrong, rules.
macro_rules! bugs {
    ($($part:ident {
        $($bug:ident, $code:literal, $name:literal, $text:literal, $rules:expr;)*
    })*) => {
        /// A bug that can be switched on in [`PlainWal`](super::PlainWal).
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
        )]
        #[serde(rename_all = "kebab-case")]
        pub enum Bug {
            $($(#[doc = concat!($code, ": ", $text, ".")] $bug,)*)*
        }

        /// Each bug and what is known about it, in the order of the corpus.
        pub(super) static ALL: &[(Bug, BugInfo)] = &[$($((
            Bug::$bug,
            BugInfo {
                code: $code,
                name: $name,
                store: "plain-wal",
                part: Part::$part,
                rules: &$rules,
                text: $text,
            },
        ),)*)*];
    };
}

// `R` are bugs for rules that no bug of the corpus breaks first.
bugs! {
    Programs {
        LastNoneAfterPurgeAll, "S1", "last-none-after-purge-all",
            "last id is none after everything was purged",
            ["log-state", "purge-beyond-end", "no-hole"];
        LastNoneAtBlock, "S2", "last-none-at-block",
            "last id is none when the number of entries is a multiple of three",
            ["log-state"];
        TruncateKeepsBorder, "S3", "truncate-keeps-border",
            "truncate keeps the entry it was given",
            ["truncate-finality", "cancel-safety"];
        PurgeKeepsBorder, "S4", "purge-keeps-border",
            "purge keeps the entry it was given",
            ["purge-finality", "purge-beyond-end", "no-hole"];
        PurgeMovesBack, "S5", "purge-moves-back",
            "a purge with a lower id moves the purged id back",
            ["purge-finality"];
        PurgeBeyondKeepsLast, "S6", "purge-beyond-keeps-last",
            "a purge beyond the end leaves the last id as it was",
            ["purge-beyond-end", "log-state"];
        StaleSuffixSurvives, "S7", "stale-suffix-survives",
            "entries older than the purged id stay above it",
            ["purge-stale-suffix"];
        AppendAfterTruncateUnreadable, "S8", "append-after-truncate-unreadable",
            "what is appended after a truncate cannot be read",
            ["read-your-append", "append-overlap", "append-below-purge"];
        UnstorableBecomesBlank, "S9", "unstorable-becomes-blank",
            "an entry that cannot be stored is stored as a blank one",
            ["entry-fidelity"];
        HoleAccepted, "S10", "hole-accepted",
            "an append that leaves a hole is accepted",
            ["append-hole-refused"];
        DisorderAccepted, "S10", "disorder-accepted",
            "an append whose ids do not ascend is accepted",
            ["append-ascending"];
        OverlapKeepsTail, "S11", "overlap-keeps-tail",
            "an append over held entries leaves old ones behind it",
            ["append-overlap"];
        EmptyRangeReadsOne, "S12", "empty-range-reads-one",
            "an empty range returns an entry",
            ["read-range", "read-limited", "reader-atomicity"];
        UnboundedRangePanics, "S13", "unbounded-range-panics",
            "an unbounded range panics",
            ["read-range"];
        LimitedReadsNothing, "S14", "limited-reads-nothing",
            "a limited read of more than two entries returns nothing",
            ["read-limited"];
        ReaderIsSnapshot, "S15", "reader-is-snapshot",
            "a reader sees what was there when it was made",
            ["read-your-append"];
        ReadInHalves, "S16", "read-in-halves",
            "a read looks twice, with writes possible in between",
            ["reader-atomicity"];
        CommittedAhead, "S17", "committed-ahead",
            "after an open the committed id may be above the last",
            ["committed"];
        NumbersAsFloats, "S18", "numbers-as-floats",
            "numbers go through floats",
            ["entry-fidelity"];
        ControlUnescaped, "S18", "control-unescaped",
            "control characters in text are lost",
            ["entry-fidelity", "no-phantom"];
        SecondOpenSucceeds, "S19", "second-open-succeeds",
            "no lock is taken",
            ["exclusive-open"];
        AppendUnpurges, "S20", "append-unpurges",
            "an append below the purge point brings entries back",
            ["append-below-purge", "append-hole-refused", "append-ascending"];
        UnstorableAcknowledged, "S21", "unstorable-acknowledged",
            "an entry that cannot be read back is acknowledged",
            ["entry-fidelity"];
        OpenDropsLast, "S22", "open-drops-last",
            "an open drops the last entry of every fifth length",
            ["read-range", "write-order", "append-durability", "no-phantom", "purge-finality",
             "truncate-finality"];
        ReadSkipsOne, "S22", "read-skips-one",
            "a read of more than four entries leaves the third out",
            ["no-hole", "append-overlap", "read-your-append"];
        VoteFlagLost, "S22", "vote-flag-lost",
            "the committed flag of a vote is not kept",
            ["vote-roundtrip", "vote-durability"];
    }
    Crashes {
        AcknowledgedInMemory, "D1", "acknowledged-in-memory",
            "appends are acknowledged in memory and written later",
            ["drop-clean", "append-durability", "write-order", "usable-after-recovery"];
        AppendNotSynced, "D1", "append-not-synced",
            "appends are acknowledged without a sync",
            ["append-durability", "write-order"];
        CallbackBeforeSync, "D2", "callback-before-sync",
            "the callback fires before the sync",
            ["append-durability", "write-order"];
        VoteAnsweredFirst, "D2", "vote-answered-first",
            "a vote is answered before it is written",
            ["vote-durability"];
        CutAnsweredFirst, "D2", "cut-answered-first",
            "a truncate or purge is answered before it is written",
            ["truncate-finality", "purge-finality", "no-phantom"];
        VoteNotSynced, "D3", "vote-not-synced",
            "the vote file is not synced",
            ["vote-durability", "open-after-crash", "sticky-recovery"];
        VoteTruncateAndWrite, "D4", "vote-truncate-and-write",
            "the vote file is cut and written in place",
            ["vote-durability", "open-after-crash", "sticky-recovery"];
        RenameBeforeSync, "D5", "rename-before-sync",
            "the vote file is renamed without a sync before it",
            ["vote-durability", "open-after-crash", "sticky-recovery"];
        RenameWithoutDirSync, "D6", "rename-without-dir-sync",
            "the vote file is renamed without a sync of its directory",
            ["vote-durability", "sticky-recovery"];
        LogNameNotSynced, "D7", "log-name-not-synced",
            "the log file is made without a sync of its directory",
            ["append-durability", "no-phantom", "purge-finality", "sticky-recovery"];
        PurgeNotWritten, "D11", "purge-not-written",
            "the purged id is kept in memory only",
            ["purge-finality", "no-hole", "append-durability", "usable-after-recovery"];
        TruncateNotWritten, "D13", "truncate-not-written",
            "a truncate is kept in memory only",
            ["truncate-finality", "no-phantom", "write-order"];
        VoteOvertakes, "D15", "vote-overtakes",
            "a vote overtakes an append that is pending",
            ["write-order"];
        TailNotRewritten, "D16", "tail-not-rewritten",
            "what an open has read is not made durable",
            ["sticky-recovery"];
        ZerosAreARecord, "D19", "zeros-are-a-record",
            "a tail of zeros is taken for a blank entry",
            ["no-phantom"];
        TailNotCut, "D20", "tail-not-cut",
            "new records are glued to half a record",
            ["usable-after-recovery", "append-durability"];
    }
    Faults {
        SyncErrorSwallowed, "D21", "sync-error-swallowed",
            "the error of a failed sync is ignored",
            ["error-latch"];
        NotWithdrawn, "D21", "not-withdrawn",
            "what a failed append wrote is still shown",
            ["error-latch"];
        SyncRetried, "D22", "sync-retried",
            "a failed sync is tried again, and then trusted",
            ["error-latch"];
        NotLatched, "D22", "not-latched",
            "after a failed sync later writes are accepted",
            ["error-latch"];
        ShortWriteIgnored, "D23", "short-write-ignored",
            "the count that a write returns is not looked at",
            ["append-durability", "write-order", "drop-clean", "no-hole", "read-range",
             "purge-finality", "truncate-finality", "usable-after-recovery", "no-phantom"];
    }
    Programs {
        HalfRecordKept, "D24", "half-record-kept",
            "half a record stays after the disk got full, and the next one is glued to it",
            ["open-after-crash", "append-durability"];
    }
    Crashes {
        TailCutTooFar, "R2", "tail-cut-too-far",
            "a torn tail is cut one byte too far, after what is kept was read",
            ["recovery-idempotent"];
    }
    Damage {
        DamageSkipped, "M2", "damage-skipped",
            "a line that cannot be read is skipped",
            ["damage-reported"];
    }
    Programs {
        CallbackDropped, "A1", "callback-dropped",
            "the callback of an empty append is dropped",
            ["callback-once"];
        OkAfterErr, "A2", "ok-after-err",
            "append returns an error and calls back with Ok",
            ["callback-once"];
        ReaderDropStopsWriter, "A3", "reader-drop-stops-writer",
            "dropping a reader stops the writer",
            ["read-your-append", "append-overlap", "append-below-purge", "callback-once",
             "vote-roundtrip", "truncate-finality", "purge-finality", "committed", "error-latch"];
        CancelLosesEntry, "A4", "cancel-loses-entry",
            "an append shows its entries before a point at which it can be dropped",
            ["cancel-safety", "error-latch"];
        SyncOnExecutor, "A5", "sync-on-executor",
            "votes are written on the caller's thread",
            ["executor-free"];
    }
}

impl Bug {
    /// What is known about it.
    #[must_use]
    pub fn info(self) -> Option<&'static BugInfo> {
        let row = ALL.iter().find(|(bug, _)| *bug == self);
        row.map(|(_, info)| info)
    }

    /// All of them, in the order of the corpus.
    pub fn all() -> impl Iterator<Item = Self> {
        ALL.iter().map(|(bug, _)| *bug)
    }

    /// The bug of that name.
    #[must_use]
    pub fn by_name(name: &str) -> Option<Self> {
        let row = ALL.iter().find(|(_, info)| info.name == name);
        row.map(|(bug, _)| *bug)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::rules;

    #[test]
    fn every_bug_is_known_once_and_by_rules_that_there_are() {
        let different: BTreeSet<Bug> = ALL.iter().map(|(bug, _)| *bug).collect();
        assert_eq!(ALL.len(), different.len());
        for (bug, info) in ALL {
            assert_eq!(Bug::by_name(info.name), Some(*bug));
            assert_eq!(bug.info(), Some(info));
            assert!(!info.rules.is_empty(), "{info}");
            for rule in info.rules {
                assert!(
                    rules::by_name(rule).is_some(),
                    "{info}: there is no rule {rule}"
                );
            }
        }
    }
}

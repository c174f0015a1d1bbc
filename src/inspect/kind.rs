//! The kinds of findings that a Raft log has beside those of its partition.

use timevault::inspect::{FindingKind, OPEN_MENDS, RESTORE, Severity};

macro_rules! kinds {
    ($($id:ident = ($name:literal, $severity:ident, $meaning:literal, $action:expr);)*) => {
        $(#[doc = $meaning] pub static $id: FindingKind =
            FindingKind::new($name, Severity::$severity, $meaning, $action);)*

        /// The kinds that only a Raft log has, by severity.
        pub static LOG_KINDS: &[&FindingKind] = &[$(&$id),*];
    };
}

kinds! {
    VOTE_BELOW_LOG = ("vote-below-log", Note,
        "the vote is of a lower term than the last entry or the purged id; openraft saves the vote of a leader before it appends or purges for it",
        "find out whether `raft_vote.json` was put back from an older copy: if so, replace the node, under a new node id");
    VOTE_NOT_YET = ("vote-not-yet", RecoveryPending,
        "the first open was cut short before it wrote the vote file; nothing shows that the log was ever used", OPEN_MENDS);
    PURGE_AHEAD = ("purge-ahead", RecoveryPending,
        "a purge was cut short after its announcement", OPEN_MENDS);
    STALE_SUFFIX = ("stale-suffix", RecoveryPending,
        "a purge beyond the log was cut short: entries of an older leader are still there", OPEN_MENDS);
    COMMITTED_AHEAD = ("committed-ahead", RecoveryPending,
        "the saved committed id is above the last entry: openraft may save it before the entries are durable, so a crash can leave it; after a clean stop it means that entries are missing",
        "after a crash nothing: the next open goes without it; after a clean stop replace the node, under a new node id");
    COMMITTED_IGNORED = ("committed-ignored", RecoveryPending,
        "the saved committed id is unreadable or not of this log; it is written without a sync",
        "nothing: the next open goes without it");
    UNKNOWN_ENTRY = ("unknown-entry", NotJudged,
        "the entries are of a type in which no log id was found",
        "look at it with the library and your type: `LogInspector::with_format`");
    NOT_THIS_TYPE = ("not-this-type", NotJudged,
        "entries are intact, but not of the type that they were read as: another version of the application wrote them",
        "run the version of the application that wrote them, or one that reads both types; nothing is lost");
    FILE_NOT_THIS_TYPE = ("file-not-this-type", NotJudged,
        "a small file is intact, and its content is not of the form that openraft's own types have: it was written with types that are not known here",
        "run the version of the application that wrote it; nothing is lost");
    FRONT_UNKNOWN = ("front-unknown", NotJudged,
        "the log does not begin with index 0, where openraft begins, and nothing says that its front was purged: `raft_purge.json` and `metadata.json` are of an older state, or entries are gone",
        "if the program that wrote it begins its log there, nothing; otherwise replace the node, under a new node id");
    VOTE_DAMAGED = ("vote-damaged", Damage,
        "`raft_vote.json` is not what was written; the node may vote twice in one term", RESTORE);
    VOTE_MISSING = ("vote-missing", Damage,
        "`raft_vote.json` is missing in a log that was used; the node may vote twice in one term", RESTORE);
    PURGE_DAMAGED = ("purge-file-damaged", Damage,
        "`raft_purge.json` is not what was written; the full id of the purge point is lost", RESTORE);
    PURGE_BEHIND = ("purge-file-behind", Damage,
        "`raft_purge.json` is missing or older than the partition; the full id of the purge point is lost", RESTORE);
    HOLE_AT_FRONT = ("hole-at-front", Damage,
        "entries after the purge point are missing", RESTORE);
    LOG_ID_ORDER = ("log-id-order", Damage,
        "the log id of an intact entry is not above the one before", RESTORE);
}

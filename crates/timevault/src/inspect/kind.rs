//! The kinds of findings: each has a name that scripts can rely on, a severity, a meaning and what
//! to do about it.

use std::fmt;

/// How bad a finding is, in ascending order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Worth knowing, nothing to do.
    Note,
    /// What a crash leaves; the next open mends it without loss.
    RecoveryPending,
    /// Something could not be read, so it is not judged.
    NotJudged,
    /// No crash leaves it like that.
    Damage,
}

impl Severity {
    /// Name in lower case, with spaces.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::RecoveryPending => "recovery pending",
            Self::NotJudged => "not judged",
            Self::Damage => "damage",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// A kind of finding.
#[derive(Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct FindingKind {
    /// Name; it does not change between releases.
    pub name: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// What it means.
    pub meaning: &'static str,
    /// What to do about it.
    pub action: &'static str,
}

impl FindingKind {
    /// A kind; for an inspection of more than the engine knows of.
    #[must_use]
    pub const fn new(
        name: &'static str,
        severity: Severity,
        meaning: &'static str,
        action: &'static str,
    ) -> Self {
        Self {
            name,
            severity,
            meaning,
            action,
        }
    }
}

/// What to do where a crash was.
pub const OPEN_MENDS: &str = "nothing: the next open mends it";
macro_rules! restore {
    () => {
        "replace the node, under a new node id, if this is a Raft log; or restore a copy as new as it was"
    };
}
/// What to do where something is lost.
pub const RESTORE: &str = restore!();
const REPAIR_IF: &str = concat!(
    "`repair` writes it anew from its chunk, if that is closed and proven whole; otherwise, ",
    restore!()
);
/// What to do about an index that can be written anew.
pub(super) const REPAIR: &str = "`repair` writes it anew from its chunk";
/// What to do about one that cannot.
pub(super) const NO_REPAIR: &str = concat!(
    "`repair` does not write it anew, because its chunk is open or not proven whole; ",
    restore!()
);
const LOOK_AGAIN: &str = "make it readable and check again";

macro_rules! kinds {
    ($($id:ident = ($name:literal, $severity:ident, $meaning:literal, $action:expr);)*) => {
        $(#[doc = $meaning] pub static $id: FindingKind =
            FindingKind::new($name, Severity::$severity, $meaning, $action);)*

        /// The kinds that the engine finds, by severity.
        pub static KINDS: &[&FindingKind] = &[$(&$id),*];
    };
}

kinds! {
    FOREIGN_FILE = ("foreign-file", Note,
        "a file among the chunks that the format does not know", "nothing: it is left alone");
    STRAY_COPY = ("stray-copy", Note,
        "a copy of a partition stands where the store does not look for it", "nothing: it is left alone");
    FOREIGN_TEMP_FILE = ("foreign-temp-file", Note,
        "a file that ends in `.tmp` and that the format does not know",
        "nothing: it is left alone");
    UNCHECKED = ("unchecked-records", Note,
        "some lines of the file carry no checksum, and others of the partition do: another engine wrote them, or they have lost it; only their form was checked",
        "nothing, if another engine has written to the partition; otherwise look at them, or restore the file from a copy");
    IN_GC = ("in-gc", Note,
        "a chunk that an interrupted write had left and an open moved to `gc/`",
        "nothing where all else is whole, the next clean close removes it; where a chunk is missing copy it first, it may be the only one");
    HALF_MADE = ("half-made-partition", RecoveryPending,
        "the creation of the partition was cut short; it holds nothing", OPEN_MENDS);
    TEMP_FILE = ("temp-file", RecoveryPending,
        "the replacement of a small file was cut short; the old one counts", OPEN_MENDS);
    TEMP_FILE_ALONE = ("temp-file-alone", RecoveryPending,
        "a temp file beside which the file that it was to replace is missing or damaged: it may be the only copy",
        "copy it away before an open: one that finds all else in order removes it; `repair` does not");
    ORPHAN_INDEX = ("orphan-index", RecoveryPending,
        "an index whose chunk is gone", OPEN_MENDS);
    PURGED_CHUNK = ("purged-chunk", RecoveryPending,
        "a purge was cut short: a chunk that holds only purged records is still there", OPEN_MENDS);
    CUT_SHORT = ("write-cut-short", RecoveryPending,
        "a roll or truncate was cut short: a chunk that the manifest does not name",
        "nothing: the next open moves it to `gc/`");
    TORN_TAIL = ("torn-tail", RecoveryPending,
        "the last write was cut short; damage to the last batch alone would look the same, and intact records of that batch may stand in it",
        "nothing after a crash: the next open cuts it off; after a clean stop copy the chunk away first, and find out what changed it");
    FILL = ("fill-ahead", RecoveryPending,
        "not closed cleanly: space filled ahead with newlines", OPEN_MENDS);
    CUT_PENDING = ("cut-pending", RecoveryPending,
        "a truncate was cut short", "nothing: the next open finishes it");
    INDEX_BEHIND = ("index-behind", RecoveryPending,
        "the index of the open chunk does not reach its end, or cannot be read from some line on: its last lines are written without a sync", OPEN_MENDS);
    EMPTY_PARTITION = ("empty-partition", NotJudged,
        "the partition's directory holds no file: its creation was cut short at the very beginning, or all of it is gone",
        concat!("only you know whether anything was there: if not, nothing; if so, ", restore!()));
    NO_CHUNKS_DIRECTORY = ("no-chunks-directory", NotJudged,
        "the manifest names no chunk and the directory `chunks` is missing: tools that copy may leave out empty directories; an open fails",
        "if it is a copy of an empty log, make the directory `chunks` in it and check again; otherwise find out what removed it");
    UNREADABLE = ("unreadable", NotJudged, "the system does not let it be read", LOOK_AGAIN);
    UNKNOWN_FORMAT = ("unknown-format", NotJudged,
        "written by another release, or with a format plugin of its own",
        "look at it with the program that wrote it");
    UNDECODABLE = ("undecodable-record", NotJudged,
        "records are intact, and their content is not of the type that it was read as: another version of the program wrote them",
        "look at them with the version of the program that wrote them");
    CHANGING = ("changing", NotJudged,
        "a writer changed it while it was read, so that no picture of one moment could be had",
        "check a copy, or stop the writer");
    MISPLACED = ("misplaced-partition", Damage,
        "a partition stands where the store does not look for it, and none where it does: an open would begin an empty one",
        "move it back to `partitions/`, byte 14, byte 15 and then all of its id; check again");
    NOT_A_DIRECTORY = ("not-a-directory", Damage,
        "a file, or a link that leads nowhere, stands where a directory belongs; an open fails",
        concat!("find out what put it there; if a directory of this store was there, ", restore!()));
    NOT_A_FILE = ("not-a-file", Damage,
        "a directory, a pipe or a device stands where a file belongs; it is never opened",
        concat!("find out what put it there; if a file of this store stood there before, it is gone; ", restore!()));
    METADATA_MISSING = ("metadata-missing", Damage,
        "the partition has content and no `metadata.json`", RESTORE);
    METADATA_DAMAGED = ("metadata-damaged", Damage, "`metadata.json` is not what was written", RESTORE);
    MANIFEST_DAMAGED = ("manifest-damaged", Damage,
        "`manifest.jsonl` is missing or not what was written; which chunks are alive is not known", RESTORE);
    MANIFEST_LINES_LOST = ("manifest-lines-lost", Damage,
        "a chunk with live records has no line in the manifest", RESTORE);
    CHUNKS_MISSING = ("chunks-missing", Damage, "the directory `chunks` is missing", RESTORE);
    CHUNK_MISSING = ("chunk-missing", Damage, "a chunk that the manifest names is missing", RESTORE);
    CHUNK_LENGTH = ("chunk-length", Damage, "a closed chunk was cut or extended", RESTORE);
    CHUNK_SHORT = ("chunk-shorter-than-index", Damage,
        "a chunk ends before records that were once durable", RESTORE);
    RECORD_DAMAGED = ("record-damaged", Damage,
        "a record that was once durable is not what was written", RESTORE);
    CHECKSUM_DAMAGED = ("checksum-damaged", Damage,
        "a line once carried a checksum and does not any more; it is read unchecked",
        "compare the line with a copy of the file, or restore the file from one; find out what changed it");
    KEY_ORDER = ("key-order", Damage, "an intact record does not belong where it stands", RESTORE);
    HOLE = ("hole", Damage, "records are missing in between", RESTORE);
    CHUNK_KEYS = ("chunk-keys", Damage,
        "a chunk does not hold the keys that the manifest says", RESTORE);
    INDEX_MISSING = ("index-missing", Damage,
        "the index of a closed chunk is missing; reading works, slowly", REPAIR_IF);
    INDEX_DAMAGED = ("index-damaged", Damage,
        "the index of a closed chunk is not what was written; reading works, slowly", REPAIR_IF);
    INDEX_MISMATCH = ("index-mismatch", Damage,
        "an index does not describe its chunk; records may not be found",
        REPAIR_IF);
}

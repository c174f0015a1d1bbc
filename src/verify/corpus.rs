//! The table of the bugs on purpose in the store of this package.

use raft_log_verify::campaign::{BugInfo, Part};

use super::seeded_bug::SeededBug;

/// A bug and what is known about it.
pub(super) type Row = (SeededBug, BugInfo);

const fn row(
    bug: SeededBug,
    code: &'static str,
    name: &'static str,
    part: Part,
    rules: &'static [&'static str],
    text: &'static str,
) -> Row {
    let info = BugInfo {
        code,
        name,
        store: "timevault",
        part,
        rules,
        text,
    };
    (bug, info)
}

/// All of them, in the order of the corpus.
pub(super) static ROWS: &[Row] = &[
    row(
        SeededBug::NotReadBack,
        "S21",
        "not-read-back",
        Part::Programs,
        &["entry-fidelity"],
        "an append does not decode what it has encoded, so types that serde does not read are acknowledged",
    ),
    row(
        SeededBug::AppendNotSynced,
        "D1",
        "append-not-synced",
        Part::Crashes,
        &["append-durability", "write-order", "open-after-crash"],
        "an append is acknowledged without a sync",
    ),
    row(
        SeededBug::NewChunkNotSynced,
        "D7",
        "new-chunk-not-synced",
        Part::Crashes,
        &["open-after-crash", "sticky-recovery"],
        "a new chunk's directory entry is not synced before the manifest names it",
    ),
    row(
        SeededBug::OldChunkNotSynced,
        "D8",
        "old-chunk-not-synced",
        Part::Crashes,
        &["open-after-crash", "sticky-recovery"],
        "a new chunk is begun while the one before it is not synced",
    ),
    row(
        SeededBug::ManifestBeforeChunk,
        "D9",
        "manifest-before-chunk",
        Part::Crashes,
        &["open-after-crash"],
        "the manifest names a new chunk before the chunk is made",
    ),
    row(
        SeededBug::IndexSyncedAhead,
        "D10",
        "index-synced-ahead",
        Part::Crashes,
        &["open-after-crash"],
        "the index is synced ahead of the chunk",
    ),
    row(
        SeededBug::PurgedBeforeRecord,
        "D12",
        "purged-before-record",
        Part::Crashes,
        &["open-after-crash"],
        "purged entries are removed before the purge file tells of them",
    ),
    row(
        SeededBug::TruncateFrontToBack,
        "D14",
        "truncate-front-to-back",
        Part::Crashes,
        &["open-after-crash"],
        "a truncate unlinks chunks from front to back, before the manifest leaves them out",
    ),
    row(
        SeededBug::IdleCutOvertakes,
        "R6",
        "idle-cut-overtakes",
        Part::Crashes,
        &["append-durability", "write-order"],
        "a truncate or purge with nothing to do returns before the appends issued before it are durable",
    ),
    row(
        SeededBug::RecoveredTailNotSynced,
        "D16",
        "recovered-tail-not-synced",
        Part::Crashes,
        &["sticky-recovery"],
        "the tail that an open has read is not synced again",
    ),
    row(
        SeededBug::UnlinkedBeforeManifest,
        "D17",
        "unlinked-before-manifest",
        Part::Crashes,
        &["open-after-crash"],
        "a purge unlinks chunks before the manifest that leaves them out is durable",
    ),
    row(
        SeededBug::ChunkCutBeforeIndex,
        "D18",
        "chunk-cut-before-index",
        Part::Crashes,
        &["open-after-crash"],
        "a truncate cuts the chunk before its index",
    ),
    row(
        SeededBug::AdapterRepurgeSkipped,
        "D25",
        "adapter-repurge-skipped",
        Part::Crashes,
        &["purge-window", "open-after-crash"],
        "the purge that the purge file announces is not redone at open",
    ),
    row(
        SeededBug::EngineRepurgeSkipped,
        "D25",
        "engine-repurge-skipped",
        Part::Crashes,
        &["purge-window", "usable-after-recovery"],
        "the chunks that an interrupted purge left are not removed at open",
    ),
    row(
        SeededBug::DirectoriesNotSyncedAtOpen,
        "D26",
        "directories-not-synced-at-open",
        Part::Crashes,
        &["sticky-recovery"],
        "open acts on a rename that is not durable",
    ),
    row(
        SeededBug::StaleCutSkipped,
        "D27",
        "stale-cut-skipped",
        Part::Crashes,
        &["purge-window"],
        "a crash between a purge and the cut of the stale suffix is never completed",
    ),
    row(
        SeededBug::RepurgeErrorSwallowed,
        "D28",
        "repurge-error-swallowed",
        Part::Recovery,
        &["purge-window"],
        "open swallows the error of the purge that it completes",
    ),
    row(
        SeededBug::AllChunksRead,
        "R1",
        "all-chunks-read",
        Part::Programs,
        &["recovery-cost"],
        "open reads every chunk from beginning to end",
    ),
    row(
        SeededBug::ManifestLineSkipped,
        "M1",
        "manifest-line-skipped",
        Part::Damage,
        &["damage-reported"],
        "a manifest line that cannot be read is skipped, and with it its chunk",
    ),
    row(
        SeededBug::UnnamedChunksDeleted,
        "M3",
        "unnamed-chunks-deleted",
        Part::Damage,
        &["damage-reported"],
        "open deletes the chunks of lost manifest lines",
    ),
    row(
        SeededBug::DamageCutAsTail,
        "M4",
        "damage-cut-as-tail",
        Part::Damage,
        &["damage-reported"],
        "damage before the last batch is cut off like a torn tail",
    ),
];

/// What is known about a bug of this store.
#[must_use]
pub fn info(bug: SeededBug) -> Option<&'static BugInfo> {
    ROWS.iter()
        .find(|(known, _)| *known == bug)
        .map(|(_, info)| info)
}

/// The bug of this store with that name.
#[must_use]
pub fn by_name(name: &str) -> Option<SeededBug> {
    ROWS.iter()
        .find(|(_, info)| info.name == name)
        .map(|(bug, _)| *bug)
}

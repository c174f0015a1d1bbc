//! The bugs on purpose of the store of this package, and where each of them is played.

use timevault::SeededBug as EngineBug;

use crate::log_store::seeded::LogStoreBug;

/// One deliberate fault in the store of this package.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum SeededBug {
    /// The engine does not finish, at open, a purge that was announced before a crash.
    EngineRepurgeSkipped,
    /// The log store does not redo, at open, the partition purge that its purge file announces.
    AdapterRepurgeSkipped,
    /// The bytes from the last batch mark on are not written again and synced at open.
    RecoveredTailNotSynced,
    /// The chunk is cut before its index.
    ChunkCutBeforeIndex,
    /// An append is acknowledged without a sync.
    AppendNotSynced,
    /// A new chunk's directory entry is not synced before the manifest names it.
    NewChunkNotSynced,
    /// A new chunk is begun while the one before it is not synced.
    OldChunkNotSynced,
    /// The manifest names a new chunk before the chunk is made.
    ManifestBeforeChunk,
    /// Index lines are written and synced before the bytes that they describe.
    IndexSyncedAhead,
    /// The log store removes purged entries before the purge file tells of them.
    PurgedBeforeRecord,
    /// A purge unlinks chunks before the manifest that leaves them out is durable.
    UnlinkedBeforeManifest,
    /// A truncate unlinks chunks, the first of them first, before the manifest leaves them out.
    TruncateFrontToBack,
    /// Open does not sync the directories that it draws conclusions from.
    DirectoriesNotSyncedAtOpen,
    /// The log store answers a truncate or purge that has nothing to do at once, while appends
    /// issued before it are not durable.
    IdleCutOvertakes,
    /// The log store does not redo, at open, the cut of a stale suffix above a purge.
    StaleCutSkipped,
    /// The engine takes no notice of an error while it finishes, at open, an announced purge.
    RepurgeErrorSwallowed,
    /// A manifest line that cannot be read is skipped, and with it the chunk it named.
    ManifestLineSkipped,
    /// A chunk that no manifest line names is deleted, wherever it stands.
    UnnamedChunksDeleted,
    /// Damage before the last batch is cut off like a torn tail.
    DamageCutAsTail,
    /// Open reads every chunk from beginning to end.
    AllChunksRead,
    /// The log store does not decode what an append has encoded.
    NotReadBack,
}

/// Where a bug is played.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Played {
    /// Below the store: the syncs of this name are left out.
    WithoutSync(&'static str),
    /// In the engine.
    Engine(EngineBug),
    /// In the log store.
    LogStore(LogStoreBug),
}

impl SeededBug {
    /// Where it is played.
    pub(super) fn played(self) -> Played {
        use Played::{Engine, LogStore, WithoutSync};
        match self {
            Self::AppendNotSynced => WithoutSync("append"),
            Self::NewChunkNotSynced => WithoutSync("new chunk"),
            Self::OldChunkNotSynced => WithoutSync("finished chunk"),
            Self::DirectoriesNotSyncedAtOpen => WithoutSync("directories at open"),
            Self::RecoveredTailNotSynced => Engine(EngineBug::TailNotRewritten),
            Self::EngineRepurgeSkipped => Engine(EngineBug::RepurgeSkipped),
            Self::RepurgeErrorSwallowed => Engine(EngineBug::RepurgeErrorSwallowed),
            Self::ChunkCutBeforeIndex => Engine(EngineBug::ChunkCutBeforeIndex),
            Self::ManifestBeforeChunk => Engine(EngineBug::ManifestBeforeChunk),
            Self::IndexSyncedAhead => Engine(EngineBug::IndexSyncedAhead),
            Self::UnlinkedBeforeManifest => Engine(EngineBug::UnlinkedBeforeManifest),
            Self::TruncateFrontToBack => Engine(EngineBug::TruncateFrontToBack),
            Self::ManifestLineSkipped => Engine(EngineBug::ManifestLineSkipped),
            Self::UnnamedChunksDeleted => Engine(EngineBug::UnnamedChunksDeleted),
            Self::DamageCutAsTail => Engine(EngineBug::DamageCutAsTail),
            Self::AllChunksRead => Engine(EngineBug::AllChunksRead),
            Self::AdapterRepurgeSkipped => LogStore(LogStoreBug::RepurgeSkipped),
            Self::StaleCutSkipped => LogStore(LogStoreBug::StaleCutSkipped),
            Self::PurgedBeforeRecord => LogStore(LogStoreBug::PurgedBeforeRecord),
            Self::IdleCutOvertakes => LogStore(LogStoreBug::IdleCutOvertakes),
            Self::NotReadBack => LogStore(LogStoreBug::NotReadBack),
        }
    }
}

//! Switches that break one rule each on purpose, so that a harness can be seen to notice.
//!
//! Without the feature `seeded-bugs` no switch can be turned on and every test of one folds to
//! `false` at compile time.

/// One deliberate fault in this store.
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

/// A set of [`SeededBug`]s; empty by default.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct SeededBugs(u64);

impl SeededBugs {
    /// A correct store.
    pub const NONE: Self = Self(0);

    /// A store with exactly one fault.
    #[cfg(feature = "seeded-bugs")]
    #[must_use]
    pub fn one(bug: SeededBug) -> Self {
        Self(1 << bug as u64)
    }

    /// Whether the fault is switched on.
    #[must_use]
    #[inline]
    pub fn has(self, bug: SeededBug) -> bool {
        cfg!(feature = "seeded-bugs") && self.0 & (1 << bug as u64) != 0
    }
}

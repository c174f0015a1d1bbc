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

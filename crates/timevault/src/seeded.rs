//! Switches that break one rule each on purpose, so that a harness can be seen to notice.
//!
//! A build without the feature `seeded-bugs` has no switch, nor the place for one in its options. A missing sync
//! needs no switch: the file system that the store is opened with can leave it out.

/// One deliberate fault in this store.
#[cfg(feature = "seeded-bugs")]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum SeededBug {
    /// The engine does not finish, at open, a purge that was announced before a crash.
    RepurgeSkipped,
    /// The engine takes no notice of an error while it finishes, at open, an announced purge.
    RepurgeErrorSwallowed,
    /// The bytes from the last batch mark on are not written again and synced at open.
    TailNotRewritten,
    /// The chunk is cut before its index.
    ChunkCutBeforeIndex,
    /// The manifest names a new chunk before the chunk is made.
    ManifestBeforeChunk,
    /// Index lines are written and synced before the bytes that they describe.
    IndexSyncedAhead,
    /// A purge unlinks chunks before the manifest that leaves them out is durable.
    UnlinkedBeforeManifest,
    /// A truncate unlinks chunks, the first of them first, before the manifest leaves them out.
    TruncateFrontToBack,
    /// A manifest line that cannot be read is skipped, and with it the chunk it named.
    ManifestLineSkipped,
    /// A chunk that no manifest line names is deleted, wherever it stands.
    UnnamedChunksDeleted,
    /// Damage before the last batch is cut off like a torn tail.
    DamageCutAsTail,
    /// Open reads every chunk from beginning to end.
    AllChunksRead,
}

/// What is switched on: nothing, in a build without the feature.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Seeded {
    #[cfg(feature = "seeded-bugs")]
    pub(crate) bug: Option<SeededBug>,
}

impl Seeded {
    /// Nothing.
    pub(crate) const NONE: Self = Self {
        #[cfg(feature = "seeded-bugs")]
        bug: None,
    };

    /// Never.
    #[cfg(not(feature = "seeded-bugs"))]
    pub(crate) const fn is_on(self) -> bool {
        false
    }
}

/// Whether this fault is switched on.
#[cfg(feature = "seeded-bugs")]
macro_rules! seeded {
    ($seeded:expr, $bug:ident) => {
        $seeded.bug == Some($crate::seeded::SeededBug::$bug)
    };
}

#[cfg(not(feature = "seeded-bugs"))]
macro_rules! seeded {
    ($seeded:expr, $bug:ident) => {
        $seeded.is_on()
    };
}

pub(crate) use seeded;

//! Settings of a store and of a partition.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::seeded::Seeded;
use crash_disk::{FileSystem, StdFs};

/// Milliseconds in an hour: timestamp keys count milliseconds.
pub(crate) const HOUR_MILLIS: u64 = 3_600_000;

/// Bytes by which an open chunk is filled ahead, unless set otherwise. A sync that changes no length
/// spares the file system a journal entry; a step is some thousand small records, so nearly every
/// sync does, and a partition that is hardly used wastes no more than this.
pub const DEFAULT_FILL_STEP: u64 = 1 << 20;
/// Most bytes by which an open chunk is filled ahead, whatever is set. A step is held in memory
/// while it is written, together with the batch before it; a larger step saves nothing more.
pub const MAX_FILL_STEP: u64 = 16 << 20;
/// Bytes of chunk after which its index is synced, unless set otherwise. An open after a power cut reads
/// and verifies them, which takes some milliseconds; the syncs of the index are few beside those of the
/// appends.
pub const DEFAULT_INDEX_SYNC_BYTES: u64 = 4 << 20;
/// Bytes at which a chunk is closed, unless set otherwise. The same as in the published engine of the
/// format: few files for a large log, and each still small enough to look at.
pub const DEFAULT_CHUNK_BYTES: u64 = 256_000_000;
/// Hours of timestamp keys after which a chunk or an index block is closed, unless set otherwise. A
/// day, so that a file holds one day at most.
pub const DEFAULT_HOURS: u64 = 24;
/// Records in an index block, unless set otherwise. A read of one record reads its block: some tens
/// of kilobytes; the index of a full chunk stays small enough to be held in memory.
pub const DEFAULT_INDEX_RECORDS: u64 = 128;
/// Days that records are meant to be kept, unless set otherwise. Only stored.
pub const DEFAULT_RETENTION_DAYS: u64 = 365;

/// Settings of an open [`Store`](crate::Store). None of them is stored.
#[derive(Debug, Clone)]
pub struct StoreOptions {
    /// The file system that holds the store.
    pub fs: Arc<dyn FileSystem>,
    /// Bytes by which the open chunk is filled ahead with newlines; 0 turns filling off. A write
    /// into filled space changes no length, which makes its sync cheaper. Filling ends where the
    /// chunk would be closed, and at most [`MAX_FILL_STEP`] bytes are filled at once.
    pub fill_step: u64,
    /// Bytes of chunk after which the chunk's index is synced. They bound what an open after a
    /// power cut has to scan.
    pub index_sync_bytes: u64,
    /// A deliberate fault; none but in tests.
    #[cfg(feature = "seeded-bugs")]
    #[doc(hidden)]
    pub seeded: Option<crate::SeededBug>,
}

impl StoreOptions {
    /// The fault that is switched on.
    pub(crate) const fn seeded(&self) -> Seeded {
        Seeded {
            #[cfg(feature = "seeded-bugs")]
            bug: self.seeded,
        }
    }
}

impl Default for StoreOptions {
    fn default() -> Self {
        Self {
            fs: Arc::new(StdFs),
            fill_step: DEFAULT_FILL_STEP,
            index_sync_bytes: DEFAULT_INDEX_SYNC_BYTES,
            #[cfg(feature = "seeded-bugs")]
            seeded: None,
        }
    }
}

/// When a chunk is closed and the next one begun.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChunkRoll {
    /// A record that would bring the chunk to this many bytes goes to the next one.
    pub max_bytes: u64,
    /// Timestamp keys that span this many hours roll the chunk.
    pub max_hours: u64,
}

/// When an index block is closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct IndexConfig {
    /// Records in a block.
    pub max_records: u64,
    /// Timestamp keys that span this many hours close the block.
    pub max_hours: u64,
}

/// How long records are meant to be kept. Stored, never acted on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Retention {
    /// Days to keep.
    pub max_days: u64,
}

/// Settings of a partition, stored in it when it is created.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PartitionConfig {
    /// When a chunk is closed.
    pub chunk_roll: ChunkRoll,
    /// When an index block is closed.
    pub index: IndexConfig,
    /// How long records are meant to be kept.
    pub retention: Retention,
    /// Whether order keys are milliseconds, so that the hour limits apply.
    pub key_is_timestamp: bool,
    /// Stored for other engines of the format; purging here is always logical within a chunk.
    pub logical_purge: bool,
}

impl Default for PartitionConfig {
    fn default() -> Self {
        Self {
            chunk_roll: ChunkRoll {
                max_bytes: DEFAULT_CHUNK_BYTES,
                max_hours: DEFAULT_HOURS,
            },
            index: IndexConfig {
                max_records: DEFAULT_INDEX_RECORDS,
                max_hours: DEFAULT_HOURS,
            },
            retention: Retention {
                max_days: DEFAULT_RETENTION_DAYS,
            },
            key_is_timestamp: true,
            logical_purge: false,
        }
    }
}

impl PartitionConfig {
    /// Checks the ranges.
    ///
    /// # Errors
    /// [`Error::InvalidConfig`] for a limit of 0.
    pub(crate) fn validate(&self) -> Result<(), Error> {
        let limits = [
            ("chunk_roll.max_bytes", self.chunk_roll.max_bytes),
            ("chunk_roll.max_hours", self.chunk_roll.max_hours),
            ("index.max_records", self.index.max_records),
            ("index.max_hours", self.index.max_hours),
        ];
        match limits.into_iter().find(|(_, limit)| *limit == 0) {
            Some((field, _)) => Err(Error::InvalidConfig {
                field,
                reason: "must be at least 1".into(),
            }),
            None => Ok(()),
        }
    }

    /// Whether a block or chunk that began with key `min` is over its hours at `key`.
    pub(crate) fn spans_hours(&self, min: u64, key: u64, hours: u64) -> bool {
        self.key_is_timestamp && key.saturating_sub(min) >= hours.saturating_mul(HOUR_MILLIS)
    }
}

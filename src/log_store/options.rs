//! Settings of a log.

use timevault::{ChunkRoll, IndexConfig, PartitionConfig};

/// Bytes at which a log's chunk is closed, unless set otherwise. Smaller than the engine's default
/// because a reopen after a crash and a purge's gain of space go by chunks.
pub const DEFAULT_CHUNK_BYTES: u64 = 64_000_000;
/// Entries in a block of the index, unless set otherwise. A read of one entry reads its block.
pub const DEFAULT_INDEX_RECORDS: u64 = 128;
/// Bytes of entries that may wait to be written, unless set otherwise.
pub const DEFAULT_QUEUE_BYTES: u32 = 32 << 20;
/// Bytes of entries that stay in memory when they are durable, unless set otherwise.
pub const DEFAULT_RECENT_BYTES: usize = 2 << 20;
/// Bytes of entries that a limited read returns at most, unless set otherwise.
pub const DEFAULT_LIMITED_READ_BYTES: u64 = 4 << 20;

/// Settings of a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LogStoreOptions {
    /// How the log's partition is made: when a chunk is closed, how dense its index is. Used when
    /// the log is created; an existing log keeps what it was made with. By default chunks of
    /// [`DEFAULT_CHUNK_BYTES`] and blocks of [`DEFAULT_INDEX_RECORDS`].
    ///
    /// `key_is_timestamp` must stay `false`: a log's order key is the index of the entry.
    pub partition: PartitionConfig,
    /// Bytes of encoded entries that may be issued and not yet durable. An append waits for room;
    /// one that is larger than the bound waits until it is alone. At least 1 is used.
    pub queue_bytes: u32,
    /// Bytes of memory for the last entries that are durable: those are read without the disk, which is what openraft
    /// mostly does, to apply an entry and to send it to each follower. Whole appends stay or go; one that is larger
    /// leaves at once. The bound is that of one log, and is only taken up by appends: an opened log begins
    /// with none. 0 turns it off.
    pub recent_bytes: usize,
    /// Whether an append decodes what it has encoded, before it issues anything, and refuses what does
    /// not come back as the same entry. By default it does.
    ///
    /// Without it an append of entries with much text takes less processor time
    /// (`docs/performance.md`), and it is the application that answers for its types: some that
    /// serde writes it does not read, and an entry of them that was acknowledged ends its node for
    /// ever, on every replica alike. Whether a type is one of these can depend on the value: a tagged
    /// enum with a map of integer keys reads back as long as the map is empty. Ask
    /// [`can_store`](crate::can_store) for the values that matter, or leave this on.
    ///
    /// Builds with debug assertions always check.
    pub read_back: bool,
    /// Bytes of encoded entries that one `limited_get_log_entries` returns at most. One entry is
    /// returned in any case.
    pub limited_read_bytes: u64,
}

impl Default for LogStoreOptions {
    fn default() -> Self {
        let defaults = PartitionConfig::default();
        Self {
            partition: PartitionConfig {
                chunk_roll: ChunkRoll {
                    max_bytes: DEFAULT_CHUNK_BYTES,
                    ..defaults.chunk_roll
                },
                index: IndexConfig {
                    max_records: DEFAULT_INDEX_RECORDS,
                    ..defaults.index
                },
                key_is_timestamp: false,
                ..defaults
            },
            queue_bytes: DEFAULT_QUEUE_BYTES,
            recent_bytes: DEFAULT_RECENT_BYTES,
            read_back: true,
            limited_read_bytes: DEFAULT_LIMITED_READ_BYTES,
        }
    }
}

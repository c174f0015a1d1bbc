//! Those who look over an inspection's shoulder.

use std::path::Path;

/// A record as it stands in a chunk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StoredRecord<'a> {
    /// The chunk.
    pub path: &'a Path,
    /// Where in the chunk the line begins, in bytes.
    pub offset: u64,
    /// Length of the line with its newline, in bytes.
    pub len: u64,
    /// Position in the partition's order.
    pub order_key: u64,
    /// The payload.
    pub payload: &'a [u8],
    /// Whether everything before it was durable when it was written.
    pub starts_batch: bool,
    /// Whether the purge point hides it.
    pub hidden: bool,
}

/// Told of what an inspection reads, as it reads it.
pub trait Observer {
    /// The partition is looked at from its beginning: what was seen of it so far is void.
    fn begin(&mut self) {}

    /// An intact record in its place. They come in ascending order, hidden ones too.
    fn record(&mut self, record: &StoredRecord<'_>) {
        let _ = record;
    }

    /// So many more bytes of chunks were read.
    fn read(&mut self, bytes: u64) {
        let _ = bytes;
    }
}

/// Looks away.
impl Observer for () {}

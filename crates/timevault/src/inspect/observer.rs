//! What an inspection reports while it reads: each record, and its progress.

use std::path::Path;

use crate::chunk_walk::WalkedRecord;

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

impl<'a> StoredRecord<'a> {
    pub(super) fn new(record: &'a WalkedRecord<'_>, path: &'a Path, hidden: bool) -> Self {
        Self {
            path,
            offset: record.offset,
            len: record.len,
            order_key: record.line.key,
            payload: record.line.payload,
            starts_batch: record.line.starts_batch,
            hidden,
        }
    }
}

/// Is called by an inspection while it reads.
pub trait Observer {
    /// The partition is read from its beginning: the calls so far are void.
    fn begin(&mut self) {}

    /// An intact record in its place. Records come in ascending order, hidden ones too.
    fn record(&mut self, _record: &StoredRecord<'_>) {}

    /// That many more bytes of chunks were read.
    fn read(&mut self, _bytes: u64) {}
}

/// Ignores every call.
impl Observer for () {}

//! The log store: closing, and the state that its calls are decided on.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use openraft::{CommittedLeaderId, LogId, RaftTypeConfig, Vote};
use timevault::Partition;

use super::core::{Core, Internals, View};
use super::error::LogStoreError;
use super::options::LogStoreOptions;
use super::reader::TimevaultLogReader;
use super::recovery::Recovered;
use super::seeded::seeded;

/// The log of one raft node, on a timevault partition.
///
/// Implements [`RaftLogStorage`](openraft::storage::RaftLogStorage). Made by [`open`](Self::open)
/// or [`open_dir`](Self::open_dir); readers come from
/// [`get_log_reader`](openraft::storage::RaftLogStorage::get_log_reader).
///
/// * Appends are readable when the call returns and durable when the callback is called; votes,
///   truncates and purges are durable when the call returns. Writes reach the disk in the order
///   they were called.
/// * What is acknowledged can be read: an append decodes what it has encoded and refuses what does not
///   come back ([`LogStoreError::NotStorable`], nothing written, the log goes on), unless
///   [`LogStoreOptions::read_back`] is turned off. **openraft takes
///   any error of `append` for fatal and stops the node**, so ask [`can_store`](super::can_store)
///   before a command goes to `client_write`.
/// * After a failed write the store answers every call with [`LogStoreError::Failed`] until it is
///   opened again. Calls that are refused change nothing.
/// * No call waits on the calling thread for a write or a sync. Reads are done on it: entries that
///   are not durable yet come from memory, the others are read from the file, which waits for the
///   disk where a block is not in the page cache. Writes read an entry where they have to know its id.
/// * Futures may be dropped at any point: the write happens whole or not at all, in its place in the
///   order.
/// * Dropping the store lets the writer finish what was issued and close the log; opening it again
///   waits for that. To hear of the end, use [`close`](Self::close).
pub struct TimevaultLogStore<C: RaftTypeConfig> {
    pub(super) core: Core,
    pub(super) reader: TimevaultLogReader<C>,
    pub(super) vote: Option<Vote<C::NodeId>>,
    pub(super) committed: Option<LogId<C::NodeId>>,
    pub(super) purged: Option<LogId<C::NodeId>>,
    /// Id of the last entry issued, else the purged id.
    pub(super) last: Option<LogId<C::NodeId>>,
    /// The leader whose node id was found storable last.
    pub(super) checked: Option<CommittedLeaderId<C::NodeId>>,
    /// Whether an append decodes what it has encoded.
    pub(super) read_back: bool,
}

impl<C: RaftTypeConfig> fmt::Debug for TimevaultLogStore<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TimevaultLogStore")
            .field("path", &self.path())
            .field("vote", &self.vote)
            .field("purged", &self.purged)
            .field("last", &self.last)
            .finish_non_exhaustive()
    }
}

impl<C: RaftTypeConfig> TimevaultLogStore<C> {
    pub(super) fn start(
        partition: Partition,
        recovered: Recovered<C>,
        options: &LogStoreOptions,
        internals: Internals,
    ) -> Result<Self, LogStoreError> {
        let Recovered {
            vote,
            purged,
            last,
            committed,
            held,
        } = recovered;
        let purged_index = purged.as_ref().map(|id| id.index);
        let not_read_back = seeded!(internals.seeded, NotReadBack);
        let view = View::new(purged_index, held, options.recent_bytes);
        let core = Core::start(partition, view, options.queue_bytes, internals)
            .map_err(LogStoreError::Threads)?;
        let reader = TimevaultLogReader::new(Arc::clone(core.shared()), options.limited_read_bytes);
        Ok(Self {
            core,
            reader,
            vote,
            committed,
            purged,
            last,
            checked: None,
            read_back: (options.read_back || cfg!(debug_assertions)) && !not_read_back,
        })
    }

    /// Directory of the log's partition, with its chunks and small files.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.core.shared().path()
    }

    /// A reader of this log.
    #[must_use]
    pub fn reader(&self) -> TimevaultLogReader<C> {
        self.reader.clone()
    }

    /// Finishes what was issued, closes the log cleanly and waits for that. The log and, for
    /// [`open_dir`](Self::open_dir), the directory are then free.
    ///
    /// # Errors
    /// The first failure of the log, or that of the close. The log is free all the same; opening
    /// it again shows what is on the disk.
    pub async fn close(self) -> Result<(), LogStoreError> {
        self.core.close().await
    }

    pub(super) fn check(&self) -> Result<(), LogStoreError> {
        self.core.shared().check()
    }

    /// The purged id and the last id.
    #[expect(clippy::type_complexity, reason = "two optional ids")]
    pub(super) fn log_state(
        &self,
    ) -> Result<(Option<LogId<C::NodeId>>, Option<LogId<C::NodeId>>), LogStoreError> {
        self.check()?;
        Ok((self.purged.clone(), self.last.clone()))
    }

    pub(super) fn vote(&self) -> Result<Option<Vote<C::NodeId>>, LogStoreError> {
        self.check()?;
        Ok(self.vote.clone())
    }

    pub(super) fn committed(&self) -> Result<Option<LogId<C::NodeId>>, LogStoreError> {
        self.check()?;
        Ok(self.committed.clone())
    }
}

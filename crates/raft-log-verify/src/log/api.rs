//! The log under test, as the harness calls it.

use std::future::Future;

use super::{Ack, Entry, IndexRange, LogId, LogState, ReadEntry, Vote};

/// Why a call failed, in the log's own words.
pub type LogError = Box<dyn std::error::Error + Send + Sync>;

/// An open log under test.
///
/// A binding implements it for every store of one API; the author of a log without such an API implements it
/// directly. Each call is one call of the log, with no retries and nothing kept in between, so that the log
/// alone is judged. An error of a call is the log's own; rules decide whether it was right to give one.
pub trait Log: Send + 'static {
    /// A reader of this log that can be used beside it.
    type Reader: LogReader;

    /// Appends entries. When it returns they can be read; `ack` is told when they are durable.
    fn append(
        &mut self,
        entries: Vec<Entry>,
        ack: Ack,
    ) -> impl Future<Output = Result<(), LogError>> + Send;

    /// Removes the entries from `from` on, inclusive. `kept` is the id before it, for APIs that name that one: the
    /// last entry that stays, else the purged id.
    fn truncate(
        &mut self,
        from: LogId,
        kept: Option<LogId>,
    ) -> impl Future<Output = Result<(), LogError>> + Send;

    /// Removes the entries up to this one, inclusive, and keeps its id as the purged id.
    fn purge(&mut self, upto: LogId) -> impl Future<Output = Result<(), LogError>> + Send;

    /// Saves the vote; durable when it returns.
    fn save_vote(&mut self, vote: Vote) -> impl Future<Output = Result<(), LogError>> + Send;

    /// The vote that was saved last.
    fn vote(&mut self) -> impl Future<Output = Result<Option<Vote>, LogError>> + Send;

    /// Saves the committed id, where the log stores one; nobody waits until it is durable.
    fn save_committed(
        &mut self,
        committed: Option<LogId>,
    ) -> impl Future<Output = Result<(), LogError>> + Send {
        let _ = committed;
        async { Ok(()) }
    }

    /// The committed id that was saved last; none where the log stores none.
    fn committed(&mut self) -> impl Future<Output = Result<Option<LogId>, LogError>> + Send {
        async { Ok(None) }
    }

    /// Where the log begins and ends.
    fn state(&mut self) -> impl Future<Output = Result<LogState, LogError>> + Send;

    /// The entries of a range that the log holds, ascending.
    fn read(
        &mut self,
        range: IndexRange,
    ) -> impl Future<Output = Result<Vec<ReadEntry>, LogError>> + Send;

    /// Entries of `start .. end`, where the log may stop early.
    fn read_limited(
        &mut self,
        start: u64,
        end: u64,
    ) -> impl Future<Output = Result<Vec<ReadEntry>, LogError>> + Send {
        self.read(IndexRange::half_open(start, end))
    }

    /// A reader; `None` where the log has none of its own.
    fn reader(&mut self) -> impl Future<Output = Option<Self::Reader>> + Send;

    /// Whether the API's own start-up code starts from this log, with a state machine that has applied up to
    /// `applied`. `None` where the API has no such code: then it is not judged.
    fn starts(
        &mut self,
        applied: Option<LogId>,
    ) -> impl Future<Output = Option<Result<(), LogError>>> + Send {
        let _ = applied;
        async { None }
    }
}

/// A reader that is used beside its log.
pub trait LogReader: Send + 'static {
    /// The entries of a range that the log holds, ascending.
    fn read(
        &mut self,
        range: IndexRange,
    ) -> impl Future<Output = Result<Vec<ReadEntry>, LogError>> + Send;
}

/// The reader of a log that has none.
#[derive(Debug, Clone, Copy)]
pub enum NoReader {}

impl LogReader for NoReader {
    async fn read(&mut self, _: IndexRange) -> Result<Vec<ReadEntry>, LogError> {
        match *self {}
    }
}

//! Reading a log.

use std::fmt::{self, Debug};
use std::marker::PhantomData;
use std::ops::{Bound, RangeBounds};
use std::sync::Arc;

use openraft::{LogId, OptionalSend, RaftLogId, RaftLogReader, RaftTypeConfig, StorageError};
use timevault::FormatError;

use super::core::{EntrySink, Shared};
use super::entry_format::decode_entry_at;
use super::error::LogStoreError;
use super::storage_error::Call;

/// Reads the log of a [`TimevaultLogStore`](super::TimevaultLogStore), beside it and from any
/// thread.
///
/// A read gives the log as it was at one moment between call and return, appends that were issued
/// and are not durable yet included. It is done on the calling thread, and waits there for blocks that
/// are not in the page cache. Readers don't keep the store open: when it is closed or
/// dropped, they return [`LogStoreError::Closed`].
pub struct TimevaultLogReader<C> {
    log: Arc<Shared>,
    limited_read_bytes: u64,
    config: PhantomData<fn() -> C>,
}

impl<C> Clone for TimevaultLogReader<C> {
    fn clone(&self) -> Self {
        Self::new(Arc::clone(&self.log), self.limited_read_bytes)
    }
}

impl<C> Debug for TimevaultLogReader<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TimevaultLogReader")
            .field("path", &self.log.path())
            .finish_non_exhaustive()
    }
}

impl<C> TimevaultLogReader<C> {
    pub(super) fn new(log: Arc<Shared>, limited_read_bytes: u64) -> Self {
        Self {
            log,
            limited_read_bytes,
            config: PhantomData,
        }
    }
}

impl<C: RaftTypeConfig> TimevaultLogReader<C> {
    /// The held entries in `range`, ascending. Empty when the range holds none or is inverted.
    ///
    /// # Errors
    /// An error of the disk or damage found on it, [`LogStoreError::NotThisType`] for an intact entry
    /// that was written with other types, [`LogStoreError::Failed`] after a failed write,
    /// [`LogStoreError::Closed`].
    pub fn entries(&self, range: impl RangeBounds<u64>) -> Result<Vec<C::Entry>, LogStoreError> {
        self.read(range, u64::MAX)
    }

    /// Id of the entry at `index`, which must be held.
    pub(super) fn log_id_at(&self, index: u64) -> Result<LogId<C::NodeId>, LogStoreError> {
        let entries = self.entries(index..=index)?;
        let entry = entries
            .first()
            .ok_or(LogStoreError::MissingEntry { index })?;
        Ok(entry.get_log_id().clone())
    }

    fn read(
        &self,
        range: impl RangeBounds<u64>,
        max_bytes: u64,
    ) -> Result<Vec<C::Entry>, LogStoreError> {
        let mut entries = Entries::<C>(Vec::new());
        match inclusive(&range) {
            Some((from, to)) => self.log.read(from, to, max_bytes, &mut entries)?,
            None => self.log.check()?,
        }
        Ok(entries.0)
    }
}

impl<C: RaftTypeConfig> RaftLogReader<C> for TimevaultLogReader<C> {
    async fn try_get_log_entries<RB: RangeBounds<u64> + Clone + Debug + OptionalSend>(
        &mut self,
        range: RB,
    ) -> Result<Vec<C::Entry>, StorageError<C::NodeId>> {
        self.entries(range).map_err(|e| Call::ReadLogs.failed(&e))
    }

    async fn limited_get_log_entries(
        &mut self,
        start: u64,
        end: u64,
    ) -> Result<Vec<C::Entry>, StorageError<C::NodeId>> {
        self.read(start..end, self.limited_read_bytes)
            .map_err(|e| Call::ReadLogs.failed(&e))
    }
}

/// First and last index of a range; `None` when it is empty.
fn inclusive(range: &impl RangeBounds<u64>) -> Option<(u64, u64)> {
    let from = match range.start_bound() {
        Bound::Included(&from) => from,
        Bound::Excluded(&before) => before.checked_add(1)?,
        Bound::Unbounded => 0,
    };
    let to = match range.end_bound() {
        Bound::Included(&to) => to,
        Bound::Excluded(&end) => end.checked_sub(1)?,
        Bound::Unbounded => u64::MAX,
    };
    (from <= to).then_some((from, to))
}

/// Decodes the entries of a read.
struct Entries<C: RaftTypeConfig>(Vec<C::Entry>);

impl<C: RaftTypeConfig> EntrySink for Entries<C> {
    fn restart(&mut self) {
        self.0.clear();
    }

    fn entry(&mut self, index: u64, json: &[u8]) -> Result<(), FormatError> {
        self.0.push(decode_entry_at::<C>(index, json)?);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[expect(clippy::reversed_empty_ranges, reason = "callers may give them")]
    fn every_form_of_range() {
        assert_eq!(inclusive(&(..)), Some((0, u64::MAX)));
        assert_eq!(inclusive(&(3..)), Some((3, u64::MAX)));
        assert_eq!(inclusive(&(..3)), Some((0, 2)));
        assert_eq!(inclusive(&(..=3)), Some((0, 3)));
        assert_eq!(inclusive(&(2..3)), Some((2, 2)));
        assert_eq!(
            inclusive(&(u64::MAX..=u64::MAX)),
            Some((u64::MAX, u64::MAX))
        );
        assert_eq!(
            inclusive(&(Bound::Excluded(1), Bound::Included(4))),
            Some((2, 4))
        );
        assert_eq!(inclusive(&(0..0)), None);
        assert_eq!(inclusive(&(..0)), None);
        assert_eq!(inclusive(&(5..3)), None);
        assert_eq!(inclusive(&(5..=3)), None);
        assert_eq!(
            inclusive(&(Bound::Excluded(u64::MAX), Bound::Unbounded)),
            None
        );
        assert_eq!(inclusive(&(Bound::Excluded(1), Bound::Excluded(2))), None);
    }
}

//! Reads.

use std::fmt::Debug;
use std::ops::{Bound, RangeBounds};
use std::sync::Arc;
use std::sync::mpsc::Sender;

use openraft::{Entry, OptionalSend, RaftLogReader, StorageError, StorageIOError};

use super::memory::Memory;
use super::record::Encoded;
use super::shared::Shared;
use super::writer::Job;
use crate::seeded::Bug;
use crate::types::HarnessTypes;

/// A reader; holds no lock and outlives the store.
#[derive(Debug)]
pub struct PlainReader {
    pub(crate) shared: Arc<Shared>,
    /// For the bug of a reader that is a snapshot.
    pub(crate) snapshot: Option<Memory>,
    /// For the bug of a reader that stops the writer.
    pub(crate) stops: Option<Sender<Job>>,
}

impl PlainReader {
    /// The entries of `range` that are held now.
    pub(crate) fn held(&self, range: &impl RangeBounds<u64>) -> Vec<Encoded> {
        let state = self.shared.state();
        let memory = self.snapshot.as_ref().unwrap_or(&state.shown);
        let start = range.start_bound().cloned();
        let end = range.end_bound().cloned();
        if is_empty(start, end) {
            let one = self.shared.bugs.has(Bug::EmptyRangeReadsOne);
            return memory
                .entries
                .values()
                .filter(|_| one)
                .take(1)
                .cloned()
                .collect();
        }
        memory
            .entries
            .range((start, end))
            .map(|(_, entry)| entry.clone())
            .collect()
    }
}

impl RaftLogReader<HarnessTypes> for PlainReader {
    async fn try_get_log_entries<R: RangeBounds<u64> + Clone + Debug + OptionalSend>(
        &mut self,
        range: R,
    ) -> Result<Vec<Entry<HarnessTypes>>, StorageError<u64>> {
        let bugs = self.shared.bugs;
        if bugs.has(Bug::UnboundedRangePanics) {
            let unbounded =
                range.end_bound() == Bound::Unbounded && range.start_bound() != Bound::Unbounded;
            assert!(!unbounded, "an unbounded range");
        }
        let mut held = self.held(&range);
        if bugs.has(Bug::ReadInHalves) {
            held.truncate(held.len() / 2);
            let rest = held.last().map_or(0, |last| last.id.index + 1);
            tokio::task::yield_now().await;
            let second = self.held(&range);
            held.extend(second.into_iter().filter(|entry| entry.id.index >= rest));
        }
        if bugs.has(Bug::ReadSkipsOne) && held.len() > 4 {
            held.remove(2);
        }
        held.iter()
            .map(Encoded::decode)
            .collect::<Result<_, _>>()
            .map_err(|error| read(&error))
    }

    async fn limited_get_log_entries(
        &mut self,
        start: u64,
        end: u64,
    ) -> Result<Vec<Entry<HarnessTypes>>, StorageError<u64>> {
        let mut entries = self.try_get_log_entries(start..end).await?;
        if self.shared.bugs.has(Bug::LimitedReadsNothing) && entries.len() > 2 {
            entries.clear();
        }
        Ok(entries)
    }
}

impl Drop for PlainReader {
    fn drop(&mut self) {
        if let Some(stops) = self.stops.take() {
            // The writer may have ended before.
            let _ = stops.send(Job::Stop);
        }
    }
}

pub(crate) fn read(error: &str) -> StorageError<u64> {
    StorageIOError::read_logs(&std::io::Error::other(error.to_owned())).into()
}

/// `BTreeMap::range` panics on these.
fn is_empty(start: Bound<u64>, end: Bound<u64>) -> bool {
    match (start, end) {
        (Bound::Included(start), Bound::Included(end)) => start > end,
        (
            Bound::Included(start) | Bound::Excluded(start),
            Bound::Included(end) | Bound::Excluded(end),
        ) => start >= end,
        _ => false,
    }
}

//! Reads.

use std::ops::{Bound, RangeBounds};
use std::sync::Arc;

use super::job::Job;
use super::jobs::Jobs;
use super::memory::Memory;
use super::record::Encoded;
use super::shared::Shared;
use crate::log::{Grown, IndexRange, LogError, LogReader, ReadEntry};
use crate::seeded::Bug;

/// A reader; holds no lock and outlives the store.
#[derive(Debug)]
pub struct PlainReader {
    pub(crate) shared: Arc<Shared>,
    /// For [`Bug::ReaderIsSnapshot`].
    pub(crate) snapshot: Option<Memory>,
    /// For [`Bug::ReaderDropStopsWriter`].
    pub(crate) stops: Option<Jobs>,
}

impl PlainReader {
    /// The entries of `range` that are held now.
    pub(crate) fn held(&self, range: &impl RangeBounds<u64>) -> Vec<Encoded> {
        let state = self.shared.state();
        let memory = self.snapshot.as_ref().unwrap_or(&state.shown);
        let start = range.start_bound().cloned();
        let end = range.end_bound().cloned();
        if is_empty(start, end) {
            let read = usize::from(self.shared.bugs.has(Bug::EmptyRangeReadsOne));
            return memory.entries.values().take(read).cloned().collect();
        }
        let held = memory.entries.range((start, end));
        held.map(|(_, entry)| entry.clone()).collect()
    }

    /// What a read of a range gives, not yet decoded.
    pub(crate) async fn entries(&self, range: &impl RangeBounds<u64>) -> Vec<Encoded> {
        let bugs = self.shared.bugs;
        if bugs.has(Bug::UnboundedRangePanics) {
            let unbounded =
                range.end_bound() == Bound::Unbounded && range.start_bound() != Bound::Unbounded;
            assert!(!unbounded, "an unbounded range");
        }
        let mut held = self.held(range);
        if bugs.has(Bug::ReadInHalves) {
            held.truncate(held.len() / 2);
            let rest = held.last().map_or(0, |last| last.id.index + 1);
            tokio::task::yield_now().await;
            let second = self.held(range);
            held.extend(second.into_iter().filter(|entry| entry.id.index >= rest));
        }
        if bugs.has(Bug::ReadSkipsOne) && held.len() > 4 {
            held.remove(2);
        }
        held
    }

    /// The vote that is shown now.
    #[cfg(feature = "openraft_0_10")]
    pub(crate) fn vote(&self) -> Option<crate::log::Vote> {
        self.shared.state().vote
    }

    /// The entries of a range, whole.
    ///
    /// # Errors
    /// One does not decode.
    pub(crate) async fn grown(&self, range: IndexRange) -> Result<Vec<Grown>, String> {
        let encoded = self.entries(&range).await;
        encoded.iter().map(Encoded::decode).collect()
    }

    /// What a limited read gives, not yet decoded.
    pub(crate) async fn limited(&self, start: u64, end: u64) -> Vec<Encoded> {
        let mut entries = self.entries(&(start..end)).await;
        if self.shared.bugs.has(Bug::LimitedReadsNothing) && entries.len() > 2 {
            entries.clear();
        }
        entries
    }
}

/// Decodes what was read.
///
/// # Errors
/// One does not decode.
pub(crate) fn read(entries: &[Encoded]) -> Result<Vec<ReadEntry>, LogError> {
    let entry = |encoded: &Encoded| {
        let entry = encoded.decode()?;
        Ok(ReadEntry {
            id: entry.id,
            fingerprint: entry.to_bytes()?,
        })
    };
    entries.iter().map(entry).collect()
}

impl LogReader for PlainReader {
    async fn read(&mut self, range: IndexRange) -> Result<Vec<ReadEntry>, LogError> {
        read(&self.entries(&range).await)
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

//! A store of openraft as the harness calls it.

use std::ops::Bound::{Excluded, Included, Unbounded};
use std::sync::Arc;

use openraft::storage::RaftLogStorage;
use openraft::{RaftLogReader, RaftTypeConfig, StorageError};

use super::values::Config;
use super::{flushed, initial_state};
use crate::bindings::{Bound, Types as _};
use crate::log::{
    Ack, Entry, Form, IndexRange, Log, LogError, LogId, LogReader, LogState, ReadEntry, Vote,
};

impl<C: RaftTypeConfig, L: RaftLogStorage<C>> Log for Bound<Config<C>, L> {
    type Reader = Bound<Config<C>, L::LogReader>;

    async fn append(&mut self, entries: Vec<Entry>, ack: Ack) -> Result<(), LogError> {
        let entry = |entry| Config::entry(&self.values, entry);
        let entries: Vec<C::Entry> = entries.into_iter().map(entry).collect::<Result<_, _>>()?;
        let (callback, answer) = flushed::new::<C>().ok_or("openraft hands out no callback")?;
        ack.follow(answer);
        Ok(self.store.append(entries, callback).await?)
    }

    async fn truncate(&mut self, from: LogId, _: Option<LogId>) -> Result<(), LogError> {
        let from = self.values.id(from);
        Ok(self.store.truncate(from).await?)
    }

    async fn purge(&mut self, upto: LogId) -> Result<(), LogError> {
        let upto = self.values.id(upto);
        Ok(self.store.purge(upto).await?)
    }

    async fn save_vote(&mut self, vote: Vote) -> Result<(), LogError> {
        let vote = self.values.vote(vote);
        Ok(self.store.save_vote(&vote).await?)
    }

    async fn vote(&mut self) -> Result<Option<Vote>, LogError> {
        let vote = self.store.read_vote().await?;
        Ok(vote.map(|vote| self.values.read_vote(&vote)))
    }

    async fn save_committed(&mut self, committed: Option<LogId>) -> Result<(), LogError> {
        let committed = committed.map(|id| self.values.id(id));
        Ok(self.store.save_committed(committed).await?)
    }

    async fn committed(&mut self) -> Result<Option<LogId>, LogError> {
        let committed = self.store.read_committed().await?;
        Ok(committed.map(|id| self.values.read_id(&id)))
    }

    async fn state(&mut self) -> Result<LogState, LogError> {
        let state = self.store.get_log_state().await?;
        Ok(self.values.read_state(&state))
    }

    async fn read(&mut self, range: IndexRange) -> Result<Vec<ReadEntry>, LogError> {
        LogReader::read(self, range).await
    }

    async fn read_limited(&mut self, start: u64, end: u64) -> Result<Vec<ReadEntry>, LogError> {
        let entries = self.store.limited_get_log_entries(start, end).await?;
        Ok(self.values.read(&entries))
    }

    async fn reader(&mut self) -> Option<Self::Reader> {
        Some(Bound {
            store: self.store.get_log_reader().await,
            values: Arc::clone(&self.values),
        })
    }

    async fn starts(&mut self, applied: Option<LogId>) -> Option<Result<(), LogError>> {
        let applied = applied.map(|id| self.values.id(id));
        let started = initial_state::starts(&mut self.store, applied).await;
        Some(started.map_err(LogError::from))
    }
}

impl<C: RaftTypeConfig, R: RaftLogReader<C>> LogReader for Bound<Config<C>, R> {
    async fn read(&mut self, range: IndexRange) -> Result<Vec<ReadEntry>, LogError> {
        let entries = entries::<C, R>(&mut self.store, range).await?;
        Ok(self.values.read(&entries))
    }
}

/// Reads a range, asked for in the Rust type that its form says.
async fn entries<C: RaftTypeConfig, R: RaftLogReader<C>>(
    reader: &mut R,
    range: IndexRange,
) -> Result<Vec<C::Entry>, StorageError<C::NodeId>> {
    match (range.form, range.start, range.end) {
        (Form::Dots, Unbounded, Unbounded) => reader.try_get_log_entries(..).await,
        (Form::Dots, Included(low), Unbounded) => reader.try_get_log_entries(low..).await,
        (Form::Dots, Unbounded, Excluded(high)) => reader.try_get_log_entries(..high).await,
        (Form::Dots, Unbounded, Included(high)) => reader.try_get_log_entries(..=high).await,
        (Form::Dots, Included(low), Excluded(high)) => reader.try_get_log_entries(low..high).await,
        (Form::Dots, Included(low), Included(high)) => reader.try_get_log_entries(low..=high).await,
        (_, start, end) => reader.try_get_log_entries((start, end)).await,
    }
}

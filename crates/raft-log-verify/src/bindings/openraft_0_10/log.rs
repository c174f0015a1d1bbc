//! A store of openraft as the harness calls it.

use std::io;
use std::ops::Bound::{Excluded, Included, Unbounded};
use std::sync::Arc;

use openraft_0_10::storage::{IOFlushed, RaftLogStorage};
use openraft_0_10::type_config::TypeConfigExt as _;
use openraft_0_10::{RaftLogReader, RaftTypeConfig};

use super::values::Config;
use crate::bindings::{Bound, Types as _};
use crate::log::{
    Ack, Entry, Flushed, Form, IndexRange, Log, LogError, LogId, LogReader, LogState, ReadEntry,
    Vote,
};

impl<C: RaftTypeConfig<Term = u64>, L: RaftLogStorage<C>> Log for Bound<Config<C>, L> {
    type Reader = Bound<Config<C>, L::LogReader>;

    async fn append(&mut self, entries: Vec<Entry>, ack: Ack) -> Result<(), LogError> {
        let entry = |entry| Config::entry(&self.values, entry);
        let entries: Vec<C::Entry> = entries.into_iter().map(entry).collect::<Result<_, _>>()?;
        let (tell, told) = C::oneshot();
        ack.follow(async {
            match told.await {
                Ok(Ok(())) => Flushed::Ok,
                Ok(Err(error)) => Flushed::Err(io::Error::to_string(&error)),
                Err(_) => Flushed::Dropped,
            }
        });
        Ok(self.store.append(entries, IOFlushed::signal(tell)).await?)
    }

    async fn truncate(&mut self, _: LogId, kept: Option<LogId>) -> Result<(), LogError> {
        let kept = kept.map(|id| self.values.id(id));
        Ok(self.store.truncate_after(kept).await?)
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
        let vote = self.store.get_log_reader().await.read_vote().await?;
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
        let mut reader = self.store.get_log_reader().await;
        let entries = entries::<C, _>(&mut reader, range).await?;
        Ok(self.values.read(&entries))
    }

    async fn read_limited(&mut self, start: u64, end: u64) -> Result<Vec<ReadEntry>, LogError> {
        let mut reader = self.store.get_log_reader().await;
        let entries = reader.limited_get_log_entries(start, end).await?;
        Ok(self.values.read(&entries))
    }

    async fn reader(&mut self) -> Option<Self::Reader> {
        Some(Bound {
            store: self.store.get_log_reader().await,
            values: Arc::clone(&self.values),
        })
    }
}

impl<C: RaftTypeConfig<Term = u64>, R: RaftLogReader<C>> LogReader for Bound<Config<C>, R> {
    async fn read(&mut self, range: IndexRange) -> Result<Vec<ReadEntry>, LogError> {
        let entries = entries::<C, R>(&mut self.store, range).await?;
        Ok(self.values.read(&entries))
    }
}

/// Reads a range, asked for in the Rust type that its form says.
async fn entries<C: RaftTypeConfig, R: RaftLogReader<C>>(
    reader: &mut R,
    range: IndexRange,
) -> io::Result<Vec<C::Entry>> {
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

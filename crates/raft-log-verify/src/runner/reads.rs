//! Reads, through the store and through a reader that was made when it was opened.

use std::fmt::Debug;
use std::ops::{Bound, RangeBounds};
use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use openraft::RaftLogReader as _;
use openraft::storage::RaftLogStorage as _;

use super::execute::Done;
use super::in_time;
use super::run::Run;
use crate::counts::count;
use crate::op::{Op, RangeShape, Spot};
use crate::rules::seen::summarize;
use crate::rules::{
    self, SeenEntry, Violation, entry_fidelity, read_limited, read_range, reader_atomicity,
};
use crate::subject::{Caller, Subject};

type Bounds = (Bound<u64>, Bound<u64>);

impl<S: Subject> Run<'_, S> {
    pub(crate) async fn read(&mut self, shape: RangeShape) -> Result<(), Violation> {
        let bounds = self.bounds(shape);
        let subject = self.subject;
        let store = self.store()?;
        // A reader that comes and goes must change nothing for the others.
        drop(store.get_log_reader().await);
        let read = caught(&bounds, store.try_get_log_entries(bounds)).await?;
        let read = read.map_err(|error| read_range::failed(&bounds, &error))?;
        let read = summarize(subject, &read);
        read_range::check_read(bounds, &read, &self.image)?;
        entry_fidelity::check_read(&read, &self.image)?;
        self.read_plain_forms(bounds).await
    }

    /// The range types that are not pairs of bounds take another way through a store's code.
    async fn read_plain_forms(&mut self, bounds: Bounds) -> Result<(), Violation> {
        match bounds {
            (Bound::Unbounded, Bound::Unbounded) => self.read_form(..).await,
            (Bound::Included(low), Bound::Unbounded) => self.read_form(low..).await,
            (Bound::Unbounded, Bound::Excluded(high)) => self.read_form(..high).await,
            (Bound::Unbounded, Bound::Included(high)) => self.read_form(..=high).await,
            (Bound::Included(low), Bound::Excluded(high)) => self.read_form(low..high).await,
            (Bound::Included(low), Bound::Included(high)) => self.read_form(low..=high).await,
            (Bound::Excluded(_), _) => Ok(()),
        }
    }

    async fn read_form<R>(&mut self, range: R) -> Result<(), Violation>
    where
        R: RangeBounds<u64> + Clone + Debug + Send + 'static,
    {
        let Some(read) = self.read_early(range.clone()).await? else {
            return Ok(());
        };
        read_range::check_read(range, &read, &self.image)?;
        entry_fidelity::check_read(&read, &self.image)
    }

    /// Reads through the reader that was made at open.
    pub(crate) async fn read_early<R>(
        &mut self,
        range: R,
    ) -> Result<Option<Vec<SeenEntry<S::Config>>>, Violation>
    where
        R: RangeBounds<u64> + Clone + Debug + Send + 'static,
    {
        let subject = self.subject;
        let Some(reader) = self.reader.as_mut() else {
            return Ok(None);
        };
        let read = caught(&range, reader.try_get_log_entries(range.clone())).await?;
        let read = read.map_err(|error| read_range::failed(&range, &error))?;
        Ok(Some(summarize(subject, &read)))
    }

    pub(crate) async fn read_limited(&mut self, from: Spot, to: Spot) -> Result<(), Violation> {
        let (from, to) = (self.index(from), self.index(to));
        let (start, end) = (from.min(to), from.max(to));
        let subject = self.subject;
        let store = self.store()?;
        let read = caught(&(start..end), store.limited_get_log_entries(start, end)).await?;
        let read = read.map_err(|error| read_limited::RULE.broken(error.to_string()))?;
        let read = summarize(subject, &read);
        read_limited::check_read((start, end), &read, &self.image)?;
        entry_fidelity::check_read(&read, &self.image)
    }

    /// Begins a read, performs writes, finishes the read.
    pub(crate) async fn read_across(
        &mut self,
        shape: RangeShape,
        writes: &[Op],
    ) -> Result<(), Violation> {
        let bounds = self.bounds(shape);
        let Some(mut reader) = self.reader.take() else {
            return Ok(());
        };
        let subject = self.subject;
        let mut moments = vec![self.image.clone()];
        let read = {
            let mut reading = pin!(reader.try_get_log_entries(bounds));
            let first = reading
                .as_mut()
                .poll(&mut Context::from_waker(Waker::noop()));
            for op in writes {
                let Some(planned) = self.plan(op).filter(|planned| planned.refusal.is_none())
                else {
                    continue;
                };
                let number = self.issue(&planned.write);
                moments.extend(self.image.during(&planned.write));
                match self.perform(&planned.write).await? {
                    Done::Refused(error) => {
                        return Err(rules::refused(&planned.write, &self.image, &error));
                    }
                    Done::Returned(pending) => {
                        self.advance(&planned.write)?;
                        if let Some(pending) = pending {
                            self.settle(&planned.write, number, &pending).await?;
                        }
                        self.promise(&planned.write, number);
                    }
                }
            }
            match first {
                Poll::Ready(read) => read,
                Poll::Pending => {
                    self.counts.one(count::READS_ACROSS);
                    let read = in_time(reading).await;
                    read.ok_or_else(|| reader_atomicity::RULE.broken("the read never ends"))?
                }
            }
        };
        self.reader = Some(reader);
        let read = read.map_err(|error| read_range::failed(&bounds, &error))?;
        reader_atomicity::check_read(bounds, &summarize(subject, &read), &moments)?;
        let image = self.image.clone();
        self.compare(None, &image).await
    }

    fn bounds(&self, shape: RangeShape) -> Bounds {
        let (first, last) = self.ends();
        let mut shape = shape;
        shape.inverted &= self.caller == Caller::Strict;
        shape.bounds(first, last, self.tuning.block_entries)
    }
}

/// What a read returns; a panic inside it is a violation, a read that hangs too.
async fn caught<T>(range: &impl Debug, read: impl Future<Output = T>) -> Result<T, Violation> {
    let mut read = pin!(read);
    let polled = std::future::poll_fn(|context| {
        match std::panic::catch_unwind(AssertUnwindSafe(|| read.as_mut().poll(context))) {
            Ok(Poll::Pending) => Poll::Pending,
            Ok(Poll::Ready(value)) => Poll::Ready(Ok(value)),
            Err(_) => Poll::Ready(Err(())),
        }
    });
    match in_time(polled).await {
        Some(Ok(value)) => Ok(value),
        Some(Err(())) => Err(read_range::failed(range, &"panic")),
        None => Err(read_range::failed(range, &"it never ends")),
    }
}

//! Reads, through the store and through a reader that was made when it was opened.

use std::fmt::Debug;
use std::ops::Bound;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use super::execute::Done;
use super::run::Run;
use super::{in_time, of_store};
use crate::counts::count;
use crate::halt::{self, Halt, store_call};
use crate::log::{Form, IndexRange, Log as _, LogReader as _, ReadEntry};
use crate::op::{Op, RangeShape, Spot};
use crate::rules::{self, Violation, entry_fidelity, read_limited, read_range, reader_atomicity};
use crate::subject::{Caller, Subject};

impl<S: Subject> Run<'_, S> {
    pub(crate) async fn read(&mut self, shape: RangeShape) -> Result<(), Violation> {
        let Some(range) = self.range(shape) else {
            self.counts.one(count::SKIPPED);
            return Ok(());
        };
        self.read_range(range).await
    }

    /// Reads a range in both ways.
    pub(super) async fn read_range(&mut self, range: IndexRange) -> Result<(), Violation> {
        let log = self.store()?;
        // A reader that comes and goes must change nothing for the others.
        let reader = of_store(log.reader()).await;
        store_call(|| drop(reader));
        let read = caught(&range, log.read(range)).await?;
        let read = read.map_err(|error| read_range::failed(&range, &error))?;
        self.check_read(range, &read)?;
        if matches!(range.start, Bound::Excluded(_)) {
            // No range with dots begins like this.
            return Ok(());
        }
        // The range types that are not pairs of bounds take another way through a store's code.
        let dots = IndexRange {
            form: Form::Dots,
            ..range
        };
        match self.read_early(dots).await? {
            Some(read) => self.check_read(dots, &read),
            None => Ok(()),
        }
    }

    fn check_read(&self, range: IndexRange, read: &[ReadEntry]) -> Result<(), Violation> {
        read_range::check_read(range, read, &self.image)?;
        entry_fidelity::check_read(read, &self.image)
    }

    /// Reads through the reader that was made at open.
    pub(crate) async fn read_early(
        &mut self,
        range: IndexRange,
    ) -> Result<Option<Vec<ReadEntry>>, Violation> {
        let Some(reader) = self.reader.as_mut() else {
            return Ok(None);
        };
        let read = caught(&range, reader.read(range)).await?;
        read.map(Some)
            .map_err(|error| read_range::failed(&range, &error))
    }

    pub(crate) async fn read_limited(&mut self, from: Spot, to: Spot) -> Result<(), Violation> {
        let (from, to) = (self.index(from), self.index(to));
        let range = IndexRange::half_open(from.min(to), from.max(to));
        let Some(range) = self.as_called(range) else {
            self.counts.one(count::SKIPPED);
            return Ok(());
        };
        let (Bound::Included(start), Bound::Excluded(end)) = (range.start, range.end) else {
            return Ok(());
        };
        self.read_part(start, end).await
    }

    /// Reads a range of held entries, possibly only its beginning.
    pub(super) async fn read_part(&mut self, start: u64, end: u64) -> Result<(), Violation> {
        let range = IndexRange::half_open(start, end);
        let log = self.store()?;
        let read = caught(&range, log.read_limited(start, end)).await?;
        let read = read.map_err(|error| read_limited::RULE.broken(error.to_string()))?;
        read_limited::check_read((start, end), &read, &self.image)?;
        entry_fidelity::check_read(&read, &self.image)
    }

    /// Begins a read, performs writes, finishes the read.
    pub(crate) async fn read_across(
        &mut self,
        shape: RangeShape,
        writes: &[Op],
    ) -> Result<(), Violation> {
        let Some(range) = self.range(shape) else {
            return Ok(());
        };
        let Some(mut reader) = self.reader.take() else {
            return Ok(());
        };
        let mut moments = vec![self.image.clone()];
        let read = {
            let mut reading = pin!(reader.read(range));
            let mut context = Context::from_waker(Waker::noop());
            let first = store_call(|| reading.as_mut().poll(&mut context));
            for op in writes {
                let Some(write) = self.accepted(op) else {
                    continue;
                };
                let number = self.issue(&write);
                moments.extend(self.image.during(&write));
                match self.perform(&write).await? {
                    Done::Refused(error) => {
                        return Err(rules::refused(&write, &self.image, &error));
                    }
                    Done::Returned(pending) => {
                        self.advance(&write)?;
                        if let Some(pending) = pending {
                            self.settle(&write, number, &pending).await?;
                        }
                        self.promise(&write, number);
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
        let read = read.map_err(|error| read_range::failed(&range, &error))?;
        reader_atomicity::check_read(range, &read, &moments)?;
        let image = self.image.clone();
        self.compare(None, &image).await
    }

    /// The range that a shape means now; `None` where the caller would not read it.
    fn range(&self, shape: RangeShape) -> Option<IndexRange> {
        let (first, last) = self.ends();
        let mut shape = shape;
        shape.inverted &= self.caller == Caller::Strict;
        let bounds = shape.bounds(first, last, self.tuning.block_entries);
        self.as_called(IndexRange::pair(bounds))
    }

    /// The range as the caller would ask for it: the core for a part of what is held, by its ends; below strict nobody
    /// excludes a start.
    fn as_called(&self, range: IndexRange) -> Option<IndexRange> {
        let start = match range.start {
            Bound::Excluded(before) if self.caller < Caller::Strict => {
                Bound::Included(before.checked_add(1)?)
            }
            start => start,
        };
        let range = IndexRange { start, ..range };
        if self.caller > Caller::Core {
            return Some(range);
        }
        let (first, last) = (
            *self.image.entries.keys().next()?,
            self.image.next_index() - 1,
        );
        let low = match range.start {
            Bound::Included(low) => low.max(first),
            Bound::Excluded(_) | Bound::Unbounded => first,
        };
        let (high, open) = match range.end {
            Bound::Included(high) => (high.min(last), false),
            Bound::Excluded(end) => (end.saturating_sub(1).min(last), true),
            Bound::Unbounded => (last, true),
        };
        let asked = match open {
            true => IndexRange::half_open(low, high + 1),
            false => IndexRange::dots(Bound::Included(low), Bound::Included(high)),
        };
        (low <= high).then_some(asked)
    }

    /// The range of all that is held, as the caller would ask for it.
    pub(crate) fn whole_range(&self) -> Option<IndexRange> {
        self.as_called(IndexRange::ALL)
    }
}

/// What a read returns; a panic inside it is a violation, a read that hangs too.
async fn caught<T>(range: &impl Debug, read: impl Future<Output = T>) -> Result<T, Violation> {
    let mut read = pin!(read);
    let polled =
        std::future::poll_fn(
            |context| match halt::caught(|| read.as_mut().poll(context)) {
                Ok(Poll::Pending) => Poll::Pending,
                Ok(Poll::Ready(value)) => Poll::Ready(Ok(value)),
                Err(Halt::StorePanicked(text) | Halt::HarnessBroken(text)) => {
                    Poll::Ready(Err(text))
                }
            },
        );
    match in_time(polled).await {
        Some(Ok(value)) => Ok(value),
        Some(Err(text)) => Err(read_range::failed(range, &format!("panic: {text}"))),
        None => Err(read_range::failed(range, &"it never ends")),
    }
}

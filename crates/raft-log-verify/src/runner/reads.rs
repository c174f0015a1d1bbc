//! Reads, through the store and through a reader that was made when it was opened.

use std::fmt::Debug;
use std::ops::Bound;
use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use super::execute::Done;
use super::run::Run;
use super::{in_time, of_store};
use crate::counts::count;
use crate::halt::store_call;
use crate::log::{Form, IndexRange, Log as _, LogReader as _, ReadEntry};
use crate::op::{Op, RangeShape, Spot};
use crate::rules::{self, Violation, entry_fidelity, read_limited, read_range, reader_atomicity};
use crate::subject::{Caller, Subject};

impl<S: Subject> Run<'_, S> {
    pub(crate) async fn read(&mut self, shape: RangeShape) -> Result<(), Violation> {
        let range = self.range(shape);
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
        let (start, end) = (from.min(to), from.max(to));
        let log = self.store()?;
        let range = IndexRange::half_open(start, end);
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
        let range = self.range(shape);
        let Some(mut reader) = self.reader.take() else {
            return Ok(());
        };
        let mut moments = vec![self.image.clone()];
        let read = {
            let mut reading = pin!(reader.read(range));
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
        let read = read.map_err(|error| read_range::failed(&range, &error))?;
        reader_atomicity::check_read(range, &read, &moments)?;
        let image = self.image.clone();
        self.compare(None, &image).await
    }

    fn range(&self, shape: RangeShape) -> IndexRange {
        let (first, last) = self.ends();
        let mut shape = shape;
        shape.inverted &= self.caller == Caller::Strict;
        IndexRange::pair(shape.bounds(first, last, self.tuning.block_entries))
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

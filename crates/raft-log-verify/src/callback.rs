//! Real append callbacks, as many as wanted, without a Raft node.
//!
//! openraft makes `LogFlushed` only inside itself. [`PendingAppend::new`] gets one from
//! `blocking_append` on a dummy store: the dummy's `append` hands out the callback that it
//! receives, and the future of `blocking_append` resolves exactly when the store under test calls
//! the callback or drops it.
#![expect(
    clippy::result_large_err,
    reason = "openraft's error type is what it is"
)]

use std::fmt::Debug;
use std::future::Future;
use std::ops::RangeBounds;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};

use openraft::storage::{LogFlushed, RaftLogStorage, RaftLogStorageExt as _};
use openraft::{LogId, LogState, OptionalSend, RaftLogReader, RaftTypeConfig, StorageError, Vote};

/// What became of a callback.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Flushed {
    /// Called with Ok.
    Ok,
    /// Called with this error.
    Err(String),
    /// Dropped without a call.
    Dropped,
}

type Waiting = Pin<Box<dyn Future<Output = Flushed> + Send>>;

/// The receiving side of one append callback. Clones watch the same callback.
#[derive(Clone)]
pub struct PendingAppend(Arc<Mutex<State>>);

enum State {
    /// With the waker of whoever waits, which a mere look must not replace.
    Waiting(Waiting, Waker),
    Done(Flushed),
}

impl PendingAppend {
    /// A callback to hand to a store, and the side that learns what became of it. `None` only if
    /// openraft stops calling `append` from `blocking_append`.
    #[must_use]
    pub fn new<C: RaftTypeConfig>() -> Option<(LogFlushed<C>, Self)> {
        let slot = Slot::default();
        let mut dummy = Dummy(Arc::clone(&slot));
        let mut waiting: Waiting = Box::pin(async move {
            match dummy.blocking_append(std::iter::empty()).await {
                Ok(()) => Flushed::Ok,
                Err(error) => outcome(&error),
            }
        });
        // The first poll runs up to the wait for the callback.
        let _ = waiting
            .as_mut()
            .poll(&mut Context::from_waker(Waker::noop()));
        let callback = slot.lock().unwrap_or_else(PoisonError::into_inner).take()?;
        Some((
            callback,
            Self(Arc::new(Mutex::new(State::Waiting(
                waiting,
                Waker::noop().clone(),
            )))),
        ))
    }

    /// What became of the callback, if that is known by now. May be called from any thread.
    #[must_use]
    pub fn now(&self) -> Option<Flushed> {
        match self.poll(None) {
            Poll::Ready(flushed) => Some(flushed),
            Poll::Pending => None,
        }
    }

    /// Waits until the callback is called or dropped.
    pub async fn settled(&self) -> Flushed {
        std::future::poll_fn(|context| self.poll(Some(context.waker()))).await
    }

    fn poll(&self, waits: Option<&Waker>) -> Poll<Flushed> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (flushed, waiter) = match &mut *state {
            State::Done(flushed) => return Poll::Ready(flushed.clone()),
            State::Waiting(waiting, waker) => {
                if let Some(waits) = waits {
                    waker.clone_from(waits);
                }
                match waiting.as_mut().poll(&mut Context::from_waker(waker)) {
                    Poll::Pending => return Poll::Pending,
                    Poll::Ready(flushed) => (flushed, waker.clone()),
                }
            }
        };
        *state = State::Done(flushed.clone());
        waiter.wake();
        Poll::Ready(flushed)
    }
}

impl Debug for PendingAppend {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PendingAppend")
    }
}

/// Tells a called callback from a dropped one: openraft wraps an `io::Error` in the first case and
/// the channel's own error in the second.
fn outcome<N: openraft::NodeId>(error: &StorageError<N>) -> Flushed {
    let text = error.to_string();
    if text.contains(std::any::type_name::<std::io::Error>()) || !text.contains("channel closed") {
        Flushed::Err(text)
    } else {
        Flushed::Dropped
    }
}

type Slot<C> = Arc<Mutex<Option<LogFlushed<C>>>>;

/// The store whose `append` hands out the callback. Nothing else of it is ever called.
struct Dummy<C: RaftTypeConfig>(Slot<C>);

impl<C: RaftTypeConfig> Dummy<C> {
    fn unused<T>() -> Result<T, StorageError<C::NodeId>> {
        let error = std::io::Error::from(std::io::ErrorKind::Unsupported);
        Err(openraft::StorageIOError::read(&error).into())
    }
}

impl<C: RaftTypeConfig> RaftLogReader<C> for Dummy<C> {
    async fn try_get_log_entries<R: RangeBounds<u64> + Clone + Debug + OptionalSend>(
        &mut self,
        _range: R,
    ) -> Result<Vec<C::Entry>, StorageError<C::NodeId>> {
        Self::unused()
    }
}

impl<C: RaftTypeConfig> RaftLogStorage<C> for Dummy<C> {
    type LogReader = Self;

    async fn get_log_state(&mut self) -> Result<LogState<C>, StorageError<C::NodeId>> {
        Self::unused()
    }

    async fn get_log_reader(&mut self) -> Self {
        Self(Arc::clone(&self.0))
    }

    async fn save_vote(&mut self, _: &Vote<C::NodeId>) -> Result<(), StorageError<C::NodeId>> {
        Self::unused()
    }

    async fn read_vote(&mut self) -> Result<Option<Vote<C::NodeId>>, StorageError<C::NodeId>> {
        Self::unused()
    }

    async fn append<I>(
        &mut self,
        _entries: I,
        callback: LogFlushed<C>,
    ) -> Result<(), StorageError<C::NodeId>>
    where
        I: IntoIterator<Item = C::Entry> + OptionalSend,
        I::IntoIter: OptionalSend,
    {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(callback);
        Ok(())
    }

    async fn truncate(&mut self, _: LogId<C::NodeId>) -> Result<(), StorageError<C::NodeId>> {
        Self::unused()
    }

    async fn purge(&mut self, _: LogId<C::NodeId>) -> Result<(), StorageError<C::NodeId>> {
        Self::unused()
    }
}

#[cfg(test)]
mod tests {
    use super::super::types::HarnessTypes;
    use super::*;

    fn pending() -> (LogFlushed<HarnessTypes>, PendingAppend) {
        PendingAppend::new().unwrap()
    }

    #[test]
    fn called_failed_and_dropped_are_told_apart() {
        let (callback, pending_append) = pending();
        assert_eq!(pending_append.now(), None);
        callback.log_io_completed(Ok(()));
        assert_eq!(pending_append.now(), Some(Flushed::Ok));
        assert_eq!(pending_append.now(), Some(Flushed::Ok));

        let (callback, pending_append) = pending();
        callback.log_io_completed(Err(std::io::Error::other("no disk")));
        assert!(
            matches!(pending_append.now(), Some(Flushed::Err(text)) if text.contains("no disk"))
        );

        let (callback, pending_append) = pending();
        drop(callback);
        assert_eq!(pending_append.now(), Some(Flushed::Dropped));
    }

    #[test]
    fn many_are_held_at_once() {
        let all: Vec<_> = std::iter::repeat_with(pending).take(100).collect();
        assert!(
            all.iter()
                .all(|(_, pending_append)| pending_append.now().is_none())
        );
    }
}

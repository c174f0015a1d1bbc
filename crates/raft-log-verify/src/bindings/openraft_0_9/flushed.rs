//! Real append callbacks, as many as wanted, without a Raft node.
//!
//! openraft makes `LogFlushed` only inside itself. [`new`] gets one from `blocking_append` on a dummy store: the
//! dummy's `append` hands out the callback that it receives, and the future of `blocking_append` resolves exactly
//! when the store under test calls the callback or drops it.
#![expect(
    clippy::result_large_err,
    reason = "openraft's error type is what it is"
)]

use std::fmt::Debug;
use std::future::Future;
use std::ops::RangeBounds;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Waker};

use openraft::storage::{LogFlushed, RaftLogStorage, RaftLogStorageExt as _};
use openraft::{LogId, LogState, OptionalSend, RaftLogReader, RaftTypeConfig, StorageError, Vote};

use crate::log::Flushed;

/// A callback to hand to a store, and the future that tells what became of it. `None` only if
/// openraft stops calling `append` from `blocking_append`.
pub(super) fn new<C: RaftTypeConfig>()
-> Option<(LogFlushed<C>, impl Future<Output = Flushed> + Send)> {
    let slot = Slot::default();
    let mut dummy = Dummy(Arc::clone(&slot));
    let mut waiting = Box::pin(async move {
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
    Some((callback, waiting))
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
    use super::super::HarnessTypes;
    use super::*;
    use crate::log::PendingAppend;

    fn pending() -> (LogFlushed<HarnessTypes>, PendingAppend) {
        let (callback, answer) = new().unwrap();
        let (ack, pending) = PendingAppend::new();
        ack.follow(answer);
        (callback, pending)
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

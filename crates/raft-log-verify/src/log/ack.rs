//! The acknowledgement of an append, and who waits for it.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

/// What became of an acknowledgement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Flushed {
    /// The append is durable.
    Ok,
    /// It failed with this error.
    Err(String),
    /// It was dropped without an answer.
    Dropped,
}

type Followed = Pin<Box<dyn Future<Output = Flushed> + Send>>;

enum State {
    /// There is no answer yet.
    Waiting(Waker),
    /// This future gives the answer. With the waker of the task that waits, which [`PendingAppend::now`] must
    /// not replace.
    Following(Followed, Waker),
    Done(Flushed),
}

type Shared = Arc<Mutex<State>>;

fn lock(shared: &Shared) -> MutexGuard<'_, State> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A log answers with it that an append is durable, or that it failed. If it is dropped without an answer, it
/// counts as dropped, which is judged.
pub struct Ack(Option<Shared>);

impl Ack {
    /// The append is durable.
    pub fn durable(mut self) {
        self.tell(Flushed::Ok);
    }

    /// The append failed.
    pub fn failed(mut self, error: &impl ToString) {
        self.tell(Flushed::Err(error.to_string()));
    }

    /// The append is durable if the result is Ok, and failed otherwise.
    pub fn complete<E: ToString>(self, result: Result<(), E>) {
        match result {
            Ok(()) => self.durable(),
            Err(error) => self.failed(&error),
        }
    }

    /// Takes the answer from a future, for an API whose acknowledgement is something to wait for. Whoever asks for
    /// the answer polls the future, on any thread.
    pub fn follow(mut self, answer: impl Future<Output = Flushed> + Send + 'static) {
        let Some(shared) = self.0.take() else { return };
        let mut state = lock(&shared);
        if let State::Waiting(waker) = &*state {
            let waker = waker.clone();
            *state = State::Following(Box::pin(answer), waker.clone());
            drop(state);
            waker.wake();
        }
    }

    fn tell(&mut self, flushed: Flushed) {
        let Some(shared) = self.0.take() else { return };
        let told = std::mem::replace(&mut *lock(&shared), State::Done(flushed));
        if let State::Waiting(waker) | State::Following(_, waker) = told {
            waker.wake();
        }
    }
}

impl Drop for Ack {
    fn drop(&mut self) {
        self.tell(Flushed::Dropped);
    }
}

impl fmt::Debug for Ack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Ack")
    }
}

/// The side that learns what became of an acknowledgement. Clones watch the same one.
#[derive(Clone)]
pub struct PendingAppend(Shared);

impl PendingAppend {
    /// An acknowledgement to hand to a log, and the side that learns what became of it.
    #[must_use]
    pub fn new() -> (Ack, Self) {
        let shared = Arc::new(Mutex::new(State::Waiting(Waker::noop().clone())));
        (Ack(Some(Arc::clone(&shared))), Self(shared))
    }

    /// The answer, if there is one by now. May be called from any thread.
    #[must_use]
    pub fn now(&self) -> Option<Flushed> {
        match self.poll(None) {
            Poll::Ready(flushed) => Some(flushed),
            Poll::Pending => None,
        }
    }

    /// Waits for the answer.
    pub async fn settled(&self) -> Flushed {
        std::future::poll_fn(|context| self.poll(Some(context.waker()))).await
    }

    fn poll(&self, waits: Option<&Waker>) -> Poll<Flushed> {
        let mut state = lock(&self.0);
        if let State::Waiting(waker) | State::Following(_, waker) = &mut *state
            && let Some(waits) = waits
        {
            waker.clone_from(waits);
        }
        let (flushed, waiter) = match &mut *state {
            State::Done(flushed) => return Poll::Ready(flushed.clone()),
            State::Waiting(_) => return Poll::Pending,
            State::Following(followed, waker) => {
                match followed.as_mut().poll(&mut Context::from_waker(waker)) {
                    Poll::Pending => return Poll::Pending,
                    Poll::Ready(flushed) => (flushed, waker.clone()),
                }
            }
        };
        *state = State::Done(flushed.clone());
        drop(state);
        waiter.wake();
        Poll::Ready(flushed)
    }
}

impl fmt::Debug for PendingAppend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PendingAppend")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durable_failed_and_dropped_are_told_apart() {
        let (ack, pending) = PendingAppend::new();
        assert_eq!(pending.now(), None);
        ack.durable();
        assert_eq!(pending.now(), Some(Flushed::Ok));

        let (ack, pending) = PendingAppend::new();
        ack.complete(Err("no disk"));
        assert_eq!(pending.now(), Some(Flushed::Err("no disk".to_owned())));

        let (ack, pending) = PendingAppend::new();
        drop(ack);
        assert_eq!(pending.now(), Some(Flushed::Dropped));
    }

    #[tokio::test]
    async fn a_future_that_is_followed_gives_the_answer_to_who_waits_and_who_looks() {
        let (tell, told) = tokio::sync::oneshot::channel::<Flushed>();
        let (ack, pending) = PendingAppend::new();
        let waiting = tokio::spawn({
            let pending = pending.clone();
            async move { pending.settled().await }
        });
        tokio::task::yield_now().await;
        ack.follow(async { told.await.unwrap_or(Flushed::Dropped) });
        assert_eq!(pending.now(), None);
        tell.send(Flushed::Ok).unwrap();
        assert_eq!(waiting.await.unwrap(), Flushed::Ok);
        assert_eq!(pending.now(), Some(Flushed::Ok));
    }
}

//! Answers that are waited for: at which step of the disk they come.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, ThreadId};

use crash_disk::Call;

use super::held::HELD_AT_MOST;
use super::{Watch, changes_disk};
use crate::runner::Steps;
use crate::tasks::answers_once;

/// Lets calls that change the disk wait until an answer that may be out has been looked at.
#[derive(Debug, Default)]
pub(crate) struct Answers {
    steps: Steps,
    awaited: Mutex<Option<Answer>>,
    looked: Condvar,
}

/// An answer that is waited for.
#[derive(Debug)]
struct Answer {
    /// Who looks for it.
    thread: ThreadId,
    /// How often it was told to look, and up to which time it did.
    wakes: u64,
    looked: u64,
    /// The step of the disk when it was last told.
    told: u64,
}

impl Answer {
    /// How often it was told to look, and the step of the disk when that was, if it has not looked since.
    fn due(&self) -> (u64, Option<u64>) {
        (self.wakes, (self.wakes > self.looked).then_some(self.told))
    }
}

impl Answers {
    pub(super) fn new(steps: Steps) -> Self {
        Self {
            steps,
            ..Self::default()
        }
    }

    pub(super) fn before(&self, call: &Call<'_>) {
        if !changes_disk(call.kind) {
            return;
        }
        let me = thread::current().id();
        let hides = |awaited: &mut Option<Answer>| {
            awaited
                .as_ref()
                .is_some_and(|answer| answer.wakes > answer.looked && answer.thread != me)
        };
        let waited = self
            .looked
            .wait_timeout_while(self.awaited(), HELD_AT_MOST, hides);
        drop(waited);
    }

    fn awaited(&self) -> MutexGuard<'_, Option<Answer>> {
        self.awaited.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Watch {
    /// Drives a write whose return is its acknowledgement. Returns at which step of the disk it came:
    /// calls that change the disk wait until an answer that may be out has been looked at.
    ///
    /// Without that the caller would see it too late, as its thread has to wake up first; what the
    /// disk did meanwhile would seem to belong to the write.
    pub(crate) async fn answered<T>(self: &Arc<Self>, write: impl Future<Output = T>) -> (T, u64) {
        let answers = &self.answers;
        let _waiting = Waiting::new(answers);
        let mut write = pin!(write);
        poll_fn(|context| {
            let (due, told) = answers.awaited().as_ref().map_or((0, None), Answer::due);
            let knock = Arc::new(Knock {
                watch: Arc::clone(self),
                waker: context.waker().clone(),
            });
            let waker = Waker::from(knock);
            let polled = write.as_mut().poll(&mut Context::from_waker(&waker));
            let mut awaited = answers.awaited();
            // A task that has told goes on to its end before this is looked at. Only if the store waits for nothing
            // else then, what it told was the answer.
            let told = told.filter(|_| answers_once());
            let step = told.unwrap_or_else(|| answers.steps.now());
            if let Some(answer) = &mut *awaited {
                answer.looked = due;
            }
            drop(awaited);
            if polled.is_ready() {
                return polled.map(|result| (result, step));
            }
            answers.looked.notify_all();
            Poll::Pending
        })
        .await
    }
}

/// An answer is waited for until this is dropped.
struct Waiting<'a>(&'a Answers);

impl<'a> Waiting<'a> {
    fn new(answers: &'a Answers) -> Self {
        *answers.awaited() = Some(Answer {
            thread: thread::current().id(),
            wakes: 0,
            looked: 0,
            told: 0,
        });
        Self(answers)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        *self.0.awaited() = None;
        self.0.looked.notify_all();
    }
}

/// Tells that an answer may be out, before it tells who waits for it.
struct Knock {
    watch: Arc<Watch>,
    waker: Waker,
}

impl Wake for Knock {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        let answers = &self.watch.answers;
        if let Some(answer) = &mut *answers.awaited() {
            answer.wakes += 1;
            answer.told = answers.steps.now();
        }
        self.waker.wake_by_ref();
    }
}

#[cfg(test)]
mod tests {
    use crash_disk::FileSystem as _;
    use crash_disk::sim::SimFs;
    use tokio::sync::oneshot;

    use super::*;
    use crate::runner::Disk;
    use crate::tasks::{Lane, Runtime, Tasks};

    /// The step at which a call counts as answered that waits for two things, told by one task with a write in between.
    fn answered_at(promised: bool) -> u64 {
        let disk = SimFs::new_unrecorded();
        let watch = Watch::new(&Disk::Simulated(disk.clone()));
        let runtime = Runtime::new().unwrap();
        let ((), step) = runtime.block_on(async {
            let tasks = Tasks::current();
            if promised {
                tasks.answer_once();
            }
            let (first, after_first) = oneshot::channel();
            let (second, after_second) = oneshot::channel();
            tasks.spawn(
                Lane::Write,
                Box::new(move || {
                    first.send(()).unwrap();
                    disk.create_new("/file".as_ref()).unwrap();
                    second.send(()).unwrap();
                }),
            );
            watch
                .answered(async {
                    after_first.await.unwrap();
                    after_second.await.unwrap();
                })
                .await
        });
        step
    }

    #[test]
    fn a_call_that_waits_for_two_things_is_answered_with_the_second() {
        assert_eq!(answered_at(false), 1);
        // Who promises that there is one answer is taken at his word.
        assert_eq!(answered_at(true), 0);
    }
}

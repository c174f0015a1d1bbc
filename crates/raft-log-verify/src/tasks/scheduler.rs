//! Runs tasks on the thread that drives the run.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::fmt;
use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker};

use super::order::Order;
use super::task::{Lane, Task};

thread_local! {
    static CURRENT: RefCell<Option<Arc<Scheduler>>> = const { RefCell::new(None) };
    static IN_TASK: Cell<bool> = const { Cell::new(false) };
}

/// The scheduler of the run that this thread drives.
pub(super) fn current() -> Option<Arc<Scheduler>> {
    CURRENT.with_borrow(Clone::clone)
}

/// Whether this thread runs a task now, not a caller's call.
pub(crate) fn in_task() -> bool {
    IN_TASK.get()
}

/// Whether the store has promised [`answer_once`](super::Tasks::answer_once).
pub(crate) fn answers_once() -> bool {
    current().is_some_and(|scheduler| scheduler.state().answers_once)
}

/// The order in which tasks and callers take turns from now on; 0 is the plain one.
pub(crate) fn set_order(number: u64) {
    if let Some(scheduler) = current() {
        scheduler.state().order = Order::new(number);
    }
}

/// Between two calls tasks may run, if the order says so.
pub(crate) fn between_calls() {
    let Some(scheduler) = current() else { return };
    while scheduler.state().order.runs_early() && scheduler.run_one() {}
}

/// All tasks that are waiting run now.
pub(crate) fn drain() {
    let Some(scheduler) = current() else { return };
    while scheduler.run_one() {}
}

/// The tasks that are waiting for their turn.
#[derive(Default)]
pub(super) struct Scheduler(Mutex<State>);

#[derive(Default)]
pub(super) struct State {
    writes: VecDeque<Task>,
    opens: VecDeque<Task>,
    pub(super) order: Order,
    /// Whether the store has promised that a call returns once a task has answered it.
    pub(super) answers_once: bool,
    /// Wakes the thread that drives the run, for tasks that come from another thread.
    driver: Option<Waker>,
}

impl Scheduler {
    pub(super) fn push(&self, lane: Lane, task: Task) {
        let mut state = self.state();
        match lane {
            Lane::Write => state.writes.push_back(task),
            Lane::Open => state.opens.push_back(task),
        }
        let driver = state.driver.take();
        drop(state);
        if let Some(driver) = driver {
            driver.wake();
        }
    }

    /// Drives a future; whenever it waits, tasks run until it can go on.
    pub(super) async fn drive<F: Future>(&self, future: F) -> F::Output {
        let mut future = pin!(future);
        poll_fn(|context| {
            loop {
                if let Poll::Ready(output) = future.as_mut().poll(context) {
                    return Poll::Ready(output);
                }
                if !self.run_one() {
                    return self.wait(context.waker());
                }
            }
        })
        .await
    }

    /// Keeps the waker for the next task that is handed in; wakes at once if there is one.
    fn wait<T>(&self, driver: &Waker) -> Poll<T> {
        let mut state = self.state();
        match state.writes.is_empty() && state.opens.is_empty() {
            true => state.driver = Some(driver.clone()),
            false => driver.wake_by_ref(),
        }
        Poll::Pending
    }

    /// Runs a task, if there is one.
    fn run_one(&self) -> bool {
        let Some(task) = self.state().take() else {
            return false;
        };
        let outer = IN_TASK.replace(true);
        // As on a thread of a pool: a panic ends the task and nothing else. A caller that waits for the task gets
        // no answer.
        let ended = catch_unwind(AssertUnwindSafe(task));
        IN_TASK.set(outer);
        drop(ended);
        true
    }

    /// This thread drives a run until the guard is dropped.
    pub(super) fn enter(self: &Arc<Self>) -> Entered {
        let mut state = self.state();
        state.order = Order::default();
        state.answers_once = false;
        drop(state);
        Entered(CURRENT.replace(Some(Arc::clone(self))))
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// The next task. An open may wait for what a write has to do, so that comes first.
    fn take(&mut self) -> Option<Task> {
        let number = self.order.next_of(self.writes.len());
        self.writes
            .remove(number)
            .or_else(|| self.opens.pop_front())
    }
}

impl fmt::Debug for Scheduler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Scheduler")
    }
}

/// The guard of a thread that drives a run; holds the scheduler of an outer run.
pub(super) struct Entered(Option<Arc<Scheduler>>);

impl Drop for Entered {
    fn drop(&mut self) {
        // What a dropped store still has to do belongs to this run, not to the next one.
        if let Some(scheduler) = current()
            && !std::thread::panicking()
        {
            while scheduler.run_one() {}
        }
        let left = CURRENT.replace(self.0.take());
        if let Some(scheduler) = left {
            let mut state = scheduler.state();
            let left = (
                std::mem::take(&mut state.writes),
                std::mem::take(&mut state.opens),
            );
            // Dropped without the lock: a task may hold a store that hands in another one.
            drop(state);
            drop(left);
        }
    }
}

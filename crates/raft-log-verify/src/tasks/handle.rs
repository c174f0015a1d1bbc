//! What a store hands its tasks to.

use std::fmt;
use std::sync::Arc;
use std::thread;

use super::order;
use super::scheduler::{self, Scheduler};
use super::task::{Lane, Task};

/// Runs the background tasks of a store under test.
#[derive(Clone, Default)]
pub struct Tasks(Option<Arc<Scheduler>>);

impl Tasks {
    /// Tasks that run on threads, each on one of its own.
    #[must_use]
    pub const fn on_threads() -> Self {
        Self(None)
    }

    /// The tasks of the run that this thread drives; tasks on threads where it drives none.
    #[must_use]
    pub fn current() -> Self {
        Self(scheduler::current())
    }

    /// Whether the harness says when a task runs. If not, a store that has threads of its own uses them.
    #[must_use]
    pub fn are_scheduled(&self) -> bool {
        self.0.is_some()
    }

    /// Hands in a task. It runs after those of its lane that were handed in before.
    pub fn spawn(&self, lane: Lane, task: Task) {
        match &self.0 {
            Some(scheduler) => scheduler.push(lane, task),
            None => drop(thread::spawn(task)),
        }
    }

    /// By this the store promises: a call that waits for a task returns once the task has answered it, and waits for
    /// nothing else after that. So what the task does between its answer and its end comes after the answer. Without
    /// the promise a call counts as answered at the end of the task at the earliest, so that a call that waits for two
    /// things in turn is not taken for one that returns too early.
    pub fn answer_once(&self) {
        if let Some(scheduler) = &self.0 {
            scheduler.state().answers_once = true;
        }
    }

    /// Pieces of work that a task may do before it ends and hands in another task for the rest, so that other tasks
    /// can run in between.
    #[must_use]
    pub fn turn(&self) -> usize {
        match &self.0 {
            Some(scheduler) => scheduler.state().order.turn(),
            None => order::LONG_TURN,
        }
    }
}

impl fmt::Debug for Tasks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            Some(_) => "tasks of a run",
            None => "tasks on threads",
        })
    }
}

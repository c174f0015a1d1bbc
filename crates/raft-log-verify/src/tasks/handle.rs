//! What a store hands its tasks to.

use std::fmt;
use std::sync::Arc;
use std::thread;

use super::order;
use super::scheduler::{self, Scheduler};
use super::task::{Lane, Task};

/// Takes the tasks of a store under test.
#[derive(Clone, Default)]
pub struct Tasks(Option<Arc<Scheduler>>);

impl Tasks {
    /// Tasks that run on threads, each on one of its own.
    #[must_use]
    pub const fn on_threads() -> Self {
        Self(None)
    }

    /// The tasks of the run that this thread is in the middle of; on threads where it is in none.
    #[must_use]
    pub fn current() -> Self {
        Self(scheduler::current())
    }

    /// Whether the harness says when a task runs. If not, a store with threads of its own keeps to them.
    #[must_use]
    pub fn are_scheduled(&self) -> bool {
        self.0.is_some()
    }

    /// Has a task run, after those of its lane that were handed in before.
    pub fn spawn(&self, lane: Lane, task: Task) {
        match &self.0 {
            Some(scheduler) => scheduler.push(lane, task),
            None => drop(thread::spawn(task)),
        }
    }

    /// The store promises that a call which waits for a task returns once the task has told it so, and waits for
    /// nothing else then. What the task does afterwards, before it ends, is then known to come after the answer. Without
    /// the promise a call counts as answered at the end of the task at the earliest, so that a call that waits for two
    /// things in turn is not taken for one that returns too early.
    pub fn answer_once(&self) {
        if let Some(scheduler) = &self.0 {
            scheduler.answer_once();
        }
    }

    /// Pieces of work that one task may do before it ends and has the rest done by another: other orders are
    /// possible in between.
    #[must_use]
    pub fn turn(&self) -> usize {
        self.0
            .as_ref()
            .map_or(order::LONG_TURN, |scheduler| scheduler.turn())
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

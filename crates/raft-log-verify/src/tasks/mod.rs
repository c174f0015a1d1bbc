//! What a store does beside its callers, run when the harness says so.
//!
//! A store that hands its background work to [`Place::tasks`](crate::Place::tasks) has it run on the harness's
//! own thread, piece by piece, whenever the caller waits for something. The same seed then gives the same run, disk
//! call for disk call, and [`Tuning::order`](crate::Tuning::order) says which of the possible orders is tried. A store
//! with threads of its own is judged all the same; its runs differ by what its threads do.

mod order;
mod runtime;
mod scheduler;

use std::fmt;
use std::sync::Arc;
use std::thread;

pub use runtime::Runtime;
pub(crate) use scheduler::{between_calls, in_task, set_order};

use self::scheduler::Scheduler;

/// A piece of a store's work. It may wait for the disk; it runs to its end before another begins.
pub type Task = Box<dyn FnOnce() + Send>;

/// What a task does, which says for what it may have to wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lane {
    /// Writes what was issued. Waits for nothing but the disk.
    Write,
    /// Opens a store. May wait for tasks of the other lane, so these run first.
    Open,
}

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

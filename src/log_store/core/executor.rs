//! Where a log's work is done that no caller may wait for on its own thread.

use std::fmt::Debug;
use std::io;

/// A piece of work for one thread. It may wait for the disk.
pub(crate) type Task = Box<dyn FnOnce() + Send>;

/// What a task does, which says for what it may have to wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lane {
    /// Drains the queue of an open log. Waits for nothing but the disk.
    Write,
    /// Opens a log. May wait for tasks of the other lane: a log that is being closed has to be drained first.
    Open,
}

/// Runs the tasks of logs, each once and to its end, in any order but for what [`Lane`] says.
pub(crate) trait Executor: Debug + Send + Sync {
    /// Makes sure that tasks of the lane can be run.
    ///
    /// # Errors
    /// What the system says when it gives no thread.
    fn start(&self, lane: Lane) -> io::Result<()>;

    /// Takes a task.
    fn submit(&self, lane: Lane, task: Task);

    /// Batches and jobs that one log may have done before it makes room for another task.
    fn turn(&self) -> usize;

    /// Whether a task that drains a queue may keep its thread for a moment when the queue is empty.
    fn lingers(&self) -> bool;
}

//! Where a log's work is done that no caller may wait for on its own thread.

use std::fmt::Debug;
use std::io;
use std::sync::Arc;

use super::pool::{OPENERS, WRITERS};

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

/// The threads that all logs of the process share.
#[derive(Debug)]
pub(crate) struct SharedPools;

impl SharedPools {
    /// For a log that is to have no executor of its own.
    pub(crate) fn arc() -> Arc<dyn Executor> {
        Arc::new(Self)
    }
}

impl Executor for SharedPools {
    fn start(&self, lane: Lane) -> io::Result<()> {
        match lane {
            Lane::Write => WRITERS.start(),
            Lane::Open => OPENERS.start(),
        }
    }

    fn submit(&self, lane: Lane, task: Task) {
        match lane {
            Lane::Write => WRITERS.submit(task),
            Lane::Open => OPENERS.submit(task),
        }
    }

    fn turn(&self) -> usize {
        16
    }

    fn lingers(&self) -> bool {
        !WRITERS.is_busy()
    }
}

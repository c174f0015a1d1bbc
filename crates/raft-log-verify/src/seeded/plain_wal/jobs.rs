//! The queue of the jobs on the disk, and the tasks that do them.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::job::{Append, Job};
use super::writer::Writer;
use crate::tasks::{Lane, Tasks};

/// The queue of a store's writer. Clones are of the same queue.
#[derive(Clone)]
pub(crate) struct Jobs {
    tasks: Tasks,
    state: Arc<Mutex<State>>,
}

struct State {
    waiting: VecDeque<Job>,
    writer: Stand,
}

/// What the writer is doing.
enum Stand {
    /// Nothing: the next job begins a task.
    Idle(Box<Writer>),
    /// A task does jobs with it.
    Busy,
    /// It takes no more jobs.
    Ended,
}

impl Jobs {
    pub(crate) fn new(tasks: Tasks, writer: Writer) -> Self {
        let state = Arc::new(Mutex::new(State {
            waiting: VecDeque::new(),
            writer: Stand::Idle(Box::new(writer)),
        }));
        Self { tasks, state }
    }

    /// Puts a job behind all others.
    pub(crate) fn send(&self, job: Job) -> Result<(), String> {
        let mut state = self.state();
        if matches!(state.writer, Stand::Ended) {
            return Err("the writer has ended".to_owned());
        }
        state.waiting.push_back(job);
        if let Stand::Idle(writer) = std::mem::replace(&mut state.writer, Stand::Busy) {
            drop(state);
            self.begin(writer);
        }
        Ok(())
    }

    /// Takes the next job if it is an append.
    fn next_append(&self) -> Option<Append> {
        let mut state = self.state();
        match state.waiting.pop_front()? {
            Job::Append(append) => Some(append),
            other => {
                state.waiting.push_front(other);
                None
            }
        }
    }

    fn begin(&self, writer: Box<Writer>) {
        let jobs = self.clone();
        self.tasks
            .spawn(Lane::Write, Box::new(move || jobs.work(writer)));
    }

    /// Does jobs until there are none, the writer has ended, or it is another task's turn.
    fn work(&self, mut writer: Box<Writer>) {
        for _ in 0..self.tasks.turn() {
            let mut state = self.state();
            let Some(job) = state.waiting.pop_front() else {
                state.writer = Stand::Idle(writer);
                return;
            };
            drop(state);
            match writer.perform(job, &mut || self.next_append()) {
                Some(goes_on) => writer = goes_on,
                None => return self.end(),
            }
        }
        self.begin(writer);
    }

    /// Ends the queue: drops the jobs that are left, and refuses later ones.
    fn end(&self) {
        let mut state = self.state();
        state.writer = Stand::Ended;
        let left = std::mem::take(&mut state.waiting);
        // A job that is dropped may tell somebody who looks at the queue.
        drop(state);
        drop(left);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for Jobs {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Jobs")
    }
}

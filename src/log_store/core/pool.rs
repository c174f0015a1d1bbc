//! Threads that all logs of the process share.
//!
//! Two pools: [`WRITERS`] drains the queues of open logs, [`OPENERS`] opens them. They are apart
//! because an open may have to wait for a log that is being closed, which a writer has to finish.

use std::collections::VecDeque;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use super::executor::{Executor, Lane, Task};
use crate::log_store::sync::{Condvar, Mutex, MutexGuard, PoisonError, planted};

/// Threads that write, for all logs of the process together.
pub const WRITER_THREADS: usize = 4;
/// Threads that open logs, for the whole process.
pub const OPENER_THREADS: usize = 2;

/// Batches and jobs that one log may have done before its thread goes on to the next log.
const TURN: usize = 16;

/// Drains the queues of open logs.
static WRITERS: Pool = Pool::new("timevault-writer", WRITER_THREADS);
/// Opens logs.
static OPENERS: Pool = Pool::new("timevault-opener", OPENER_THREADS);

/// The threads that all logs of the process share.
#[derive(Debug)]
pub(super) struct SharedPools;

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
        TURN
    }

    fn lingers(&self) -> bool {
        !WRITERS.is_busy()
    }
}

/// A fixed number of threads, started when they are first needed, never ended.
#[derive(Debug)]
struct Pool {
    name: &'static str,
    threads: usize,
    waiting: AtomicUsize,
    state: Mutex<PoolState>,
    wake: Condvar,
}

struct PoolState {
    /// Of [`WRITERS`] at most one task for each open log, of [`OPENERS`] one for each call of an open;
    /// one whose future was dropped before its turn ends at once.
    ready: VecDeque<Task>,
    started: usize,
}

impl std::fmt::Debug for PoolState {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PoolState")
            .field("ready", &self.ready.len())
            .field("started", &self.started)
            .finish()
    }
}

impl Pool {
    const fn new(name: &'static str, threads: usize) -> Self {
        Self {
            name,
            threads,
            waiting: AtomicUsize::new(0),
            state: Mutex::new(PoolState {
                ready: VecDeque::new(),
                started: 0,
            }),
            wake: Condvar::new(),
        }
    }

    /// Starts the threads that do not run yet.
    ///
    /// # Errors
    /// What the system says when it gives no thread. Those that were started stay.
    fn start(&'static self) -> io::Result<()> {
        let mut state = self.lock();
        while state.started < self.threads {
            let name = format!("{}-{}", self.name, state.started);
            thread::Builder::new().name(name).spawn(|| self.work())?;
            state.started += 1;
        }
        Ok(())
    }

    /// Queues a task behind all others.
    fn submit(&self, task: Task) {
        let mut state = self.lock();
        state.ready.push_back(task);
        self.waiting.store(state.ready.len(), Ordering::Relaxed);
        drop(state);
        if !planted("task-not-told") {
            self.wake.notify_one();
        }
    }

    /// Whether tasks wait for a thread. An estimate: it may change at any time.
    fn is_busy(&self) -> bool {
        self.waiting.load(Ordering::Relaxed) > 0
    }

    fn work(&self) {
        loop {
            let task = self.next_task();
            // A panic in one log's work must not take the thread from all others.
            if catch_unwind(AssertUnwindSafe(task)).is_err() {
                tracing::error!(pool = self.name, "a task panicked");
            }
        }
    }

    fn next_task(&self) -> Task {
        let mut state = self.lock();
        loop {
            if let Some(task) = state.ready.pop_front() {
                self.waiting.store(state.ready.len(), Ordering::Relaxed);
                return task;
            }
            state = self
                .wake
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn lock(&self) -> MutexGuard<'_, PoolState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    static TWO: Pool = Pool::new("test", 2);

    #[test]
    fn tasks_run_also_after_a_panic() {
        TWO.start().unwrap();
        TWO.start().unwrap();
        assert_eq!(TWO.lock().started, 2);
        let (tx, rx) = mpsc::channel();
        for n in 0..20 {
            let tx = tx.clone();
            TWO.submit(Box::new(move || {
                assert!(n % 3 != 0, "every third task panics");
                tx.send(n).unwrap();
            }));
        }
        drop(tx);
        assert_eq!(rx.iter().count(), 13);
    }
}

/// Run by the model checker in many orders of the threads.
#[cfg(all(test, shuttle))]
mod model {
    use std::sync::Arc;

    use shuttle::thread;
    use timevault::model_check::finds;

    use super::*;

    /// Every task is run by one of the threads that wait for tasks, whenever it comes.
    #[test]
    fn a_task_finds_a_thread_that_waits() {
        let model = || {
            let pool = Arc::new(Pool::new("model", 0));
            let worker = || {
                let pool = Arc::clone(&pool);
                thread::spawn(move || (pool.next_task())())
            };
            let workers = [worker(), worker(), worker()];
            let submits = thread::spawn({
                let pool = Arc::clone(&pool);
                move || pool.submit(Box::new(|| ()))
            });
            pool.submit(Box::new(|| ()));
            pool.submit(Box::new(|| ()));
            submits.join().unwrap();
            for worker in workers {
                worker.join().unwrap();
            }
            assert!(!pool.is_busy());
        };
        finds(model, &["task-not-told"]);
    }
}

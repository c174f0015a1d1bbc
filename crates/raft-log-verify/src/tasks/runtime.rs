//! Drives runs of programs.

use std::future::Future;
use std::sync::Arc;

use super::scheduler::Scheduler;

/// Drives runs on the calling thread, the store's [tasks](super::Tasks) with them.
#[derive(Debug)]
pub struct Runtime {
    executor: tokio::runtime::Runtime,
    scheduler: Arc<Scheduler>,
}

impl Runtime {
    /// A runtime of one thread, so that the executor's thread is known.
    ///
    /// # Errors
    /// The system refuses the resources.
    pub fn new() -> std::io::Result<Self> {
        let mut executor = tokio::runtime::Builder::new_current_thread();
        Ok(Self {
            executor: executor.enable_time().build()?,
            scheduler: Arc::default(),
        })
    }

    /// Drives a future to its end. Tasks that are left then are run before it returns.
    pub fn block_on<F: Future>(&self, future: F) -> F::Output {
        let _entered = self.scheduler.enter();
        self.executor.block_on(self.scheduler.drive(future))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use tokio::sync::oneshot;

    use super::*;
    use crate::tasks::{Lane, Tasks, between_calls, in_task, set_order};

    type Seen = Arc<Mutex<Vec<&'static str>>>;

    fn note(seen: &Seen, what: &'static str) -> crate::tasks::Task {
        let seen = Arc::clone(seen);
        Box::new(move || {
            assert!(in_task());
            seen.lock().unwrap().push(what);
        })
    }

    #[test]
    fn tasks_run_when_the_caller_waits_writes_before_opens() {
        let seen = Seen::default();
        let runtime = Runtime::new().unwrap();
        runtime.block_on(async {
            let tasks = Tasks::current();
            assert!(tasks.are_scheduled());
            tasks.spawn(Lane::Open, note(&seen, "open"));
            tasks.spawn(Lane::Write, note(&seen, "write"));
            let (tell, told) = oneshot::channel();
            tasks.spawn(Lane::Open, Box::new(move || tell.send(7).unwrap()));
            tasks.spawn(Lane::Open, note(&seen, "left"));
            between_calls();
            assert!(seen.lock().unwrap().is_empty());
            assert_eq!(told.await, Ok(7));
            assert!(!in_task());
            assert_eq!(*seen.lock().unwrap(), ["write", "open"]);
        });
        assert_eq!(*seen.lock().unwrap(), ["write", "open", "left"]);
        assert!(!Tasks::current().are_scheduled());
    }

    #[test]
    fn a_task_from_another_thread_wakes_the_run() {
        let runtime = Runtime::new().unwrap();
        let told = runtime.block_on(async {
            let tasks = Tasks::current();
            let (tell, told) = oneshot::channel();
            std::thread::spawn(move || {
                std::thread::sleep(std::time::Duration::from_millis(20));
                tasks.spawn(Lane::Write, Box::new(move || tell.send(7).unwrap()));
            });
            told.await
        });
        assert_eq!(told, Ok(7));
    }

    #[test]
    fn a_panic_ends_its_task_and_nothing_else() {
        let runtime = Runtime::new().unwrap();
        let told = runtime.block_on(async {
            let tasks = Tasks::current();
            let (tell, told) = oneshot::channel::<u8>();
            let panics = move || {
                let _tell = tell;
                panic!("on purpose");
            };
            tasks.spawn(Lane::Write, Box::new(panics));
            told.await
        });
        assert!(told.is_err());
        assert!(!in_task());
    }

    #[test]
    fn the_same_order_number_gives_the_same_order() {
        let order = |number| -> String {
            let seen = Seen::default();
            let runtime = Runtime::new().unwrap();
            runtime.block_on(async {
                set_order(number);
                let tasks = Tasks::current();
                for what in ["a", "b", "c", "d", "e", "f"] {
                    tasks.spawn(Lane::Write, note(&seen, what));
                    between_calls();
                }
            });
            seen.lock().unwrap().concat()
        };
        assert_eq!(order(0), "abcdef");
        let orders: Vec<_> = (1..20).map(order).collect();
        assert_eq!(orders, (1..20).map(order).collect::<Vec<_>>());
        assert!(orders.iter().any(|order| order != "abcdef"));
    }
}

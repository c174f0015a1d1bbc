//! The number of threads does not grow with the number of logs.
//!
//! Alone in its file, because it counts the threads of the process.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "tests"
)]

mod common;

use std::fs;

use common::{Store, append, ids, run};
use openraft_timevault::timevault::{self, StoreOptions};
use openraft_timevault::{LogStoreOptions, OPENER_THREADS, WRITER_THREADS};
use tokio::task::JoinSet;
use uuid::Uuid;

/// Threads of the log store, however many logs there are.
const THREADS: usize = WRITER_THREADS + OPENER_THREADS;
/// Logs that are open at once.
const LOGS: u64 = 256;
/// Appends to each log.
const ROUNDS: u64 = 3;

/// Names of the threads of this process, as the system tells them; `None` where it does not.
fn threads() -> Option<Vec<String>> {
    let tasks = fs::read_dir("/proc/self/task").ok()?;
    let names = tasks.filter_map(|task| fs::read_to_string(task.ok()?.path().join("comm")).ok());
    Some(names.map(|name| name.trim().to_string()).collect())
}

/// Opens logs, writes to all of them at the same time, and returns the highest number of threads
/// seen meanwhile, all and those of the log store.
async fn most_threads(count: u64) -> (usize, usize) {
    let dir = tempfile::tempdir().unwrap();
    let vault = timevault::Store::open(dir.path(), StoreOptions::default()).unwrap();
    let mut most = (0, 0);
    let mut look = || {
        let names = threads().unwrap();
        let ours = names.iter().filter(|name| name.starts_with("timevault-"));
        most = (most.0.max(names.len()), most.1.max(ours.count()));
    };
    let mut opening = JoinSet::new();
    for id in 0..count {
        let vault = vault.clone();
        opening.spawn(async move {
            let id = Uuid::from_u128(u128::from(id));
            Store::open(&vault, id, LogStoreOptions::default()).await
        });
    }
    let mut stores = Vec::new();
    while let Some(store) = opening.join_next().await {
        stores.push(store.unwrap().unwrap());
        look();
    }
    for round in 0..ROUNDS {
        let mut writing = JoinSet::new();
        for mut store in stores.drain(..) {
            writing.spawn(async move {
                append(&mut store, 1, round * 2..round * 2 + 2).await;
                store
            });
        }
        while let Some(store) = writing.join_next().await {
            stores.push(store.unwrap());
            look();
        }
    }
    assert_eq!(stores.len() as u64, count);
    for store in stores {
        assert_eq!(ids(&store).len() as u64, ROUNDS * 2);
        store.close().await.unwrap();
    }
    most
}

#[test]
fn threads_are_a_named_number_for_one_log_and_for_256() {
    let Some(before) = threads() else {
        println!("SKIPPED: this system has no /proc/self/task to count threads with");
        return;
    };
    assert!(!before.iter().any(|name| name.starts_with("timevault-")));
    let one = run(most_threads(1));
    let many = run(most_threads(LOGS));
    println!(
        "threads: {} before, {one:?} with 1 log, {many:?} with {LOGS} (all, the log store's)",
        before.len()
    );
    assert_eq!(one, (before.len() + THREADS, THREADS));
    assert_eq!(many, one);
}

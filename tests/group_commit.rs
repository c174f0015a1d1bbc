//! What a write costs at the seam, and on how many threads.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "tests"
)]

mod common;

use std::sync::Arc;
use std::time::Duration;

use common::{Store, append, entry, ids, run};
use openraft::storage::RaftLogStorage;
use openraft_timevault::timevault::fs::{CallCounter, CallKind, Gate, HookFs, StdFs};
use openraft_timevault::timevault::{Store as Vault, StoreOptions};
use openraft_timevault::{LogStoreOptions, OPENER_THREADS, WRITER_THREADS};
use uuid::Uuid;

#[test]
fn a_lone_append_is_one_write_and_one_sync() {
    run(async {
        let dir = tempfile::tempdir().unwrap();
        let counter = CallCounter::new();
        let fs = Arc::new(HookFs::new(Arc::new(StdFs), Arc::clone(&counter) as _));
        let disk = StoreOptions {
            fs,
            fill_step: 0,
            ..StoreOptions::default()
        };
        let mut store = Store::open_dir_with(dir.path(), disk, LogStoreOptions::default())
            .await
            .unwrap();
        append(&mut store, 1, 0..1).await;
        let before = (counter.counts(), counter.counts_for(".chunk"));
        append(&mut store, 1, 1..2).await;
        append(&mut store, 1, 2..100).await;
        let all = counter.counts().since(&before.0);
        let chunk = counter.counts_for(".chunk").since(&before.1);
        assert_eq!((chunk.calls(CallKind::Write), chunk.syncs()), (2, 2));
        assert_eq!((all.calls(CallKind::Write), all.syncs()), (2, 2));
    });
}

#[test]
fn appends_that_wait_share_one_write_and_one_sync() {
    run(async {
        let dir = tempfile::tempdir().unwrap();
        let (counter, gate) = (CallCounter::new(), Gate::new(&[CallKind::SyncData]));
        let inner = Arc::new(HookFs::new(Arc::new(StdFs), Arc::clone(&counter) as _));
        let fs = Arc::new(HookFs::new(inner, Arc::clone(&gate) as _));
        let disk = StoreOptions {
            fs,
            fill_step: 0,
            ..StoreOptions::default()
        };
        let mut store = Store::open_dir_with(dir.path(), disk, LogStoreOptions::default())
            .await
            .unwrap();
        append(&mut store, 1, 0..1).await;
        let before = counter.counts();
        let closed = gate.close();
        let mut flushed = Vec::new();
        for index in 1..=64 {
            let (done, callback) = common::callback().await;
            store.append([entry(1, index)], callback).await.unwrap();
            if index == 1 {
                assert!(gate.wait_held(1, Duration::from_secs(60)));
            }
            flushed.push(done);
        }
        assert_eq!(ids(&store).len(), 65, "readable before they are durable");
        assert!(!flushed.iter().any(|done| done.is_finished()));
        drop(closed);
        for done in flushed {
            done.await.unwrap().unwrap();
        }
        let cost = counter.counts().since(&before);
        assert_eq!((cost.calls(CallKind::Write), cost.syncs()), (2, 2));
    });
}

/// Threads of this process that belong to the log store.
#[cfg(target_os = "linux")]
fn threads() -> usize {
    let tasks = std::fs::read_dir("/proc/self/task").unwrap();
    let names = tasks.map(|task| std::fs::read_to_string(task.unwrap().path().join("comm")));
    names
        .filter(|name| {
            name.as_ref()
                .is_ok_and(|name| name.starts_with("timevault"))
        })
        .count()
}

#[test]
#[cfg(target_os = "linux")]
fn the_number_of_threads_does_not_depend_on_the_number_of_logs() {
    run(async {
        let mut counted = Vec::new();
        for logs in [1, 256] {
            let dir = tempfile::tempdir().unwrap();
            let vault = Vault::open(dir.path(), StoreOptions::default()).unwrap();
            let mut stores = Vec::new();
            for n in 0..logs {
                let id = Uuid::from_u128(n + 1);
                let mut options = LogStoreOptions::default();
                options.partition.index.max_records = 8;
                let mut store = Store::open(&vault, id, options).await.unwrap();
                append(&mut store, 1, 0..3).await;
                stores.push(store);
            }
            let mut flushed = Vec::new();
            for store in &mut stores {
                let (done, callback) = common::callback().await;
                store.append([entry(1, 3)], callback).await.unwrap();
                flushed.push(done);
            }
            for done in flushed {
                done.await.unwrap().unwrap();
            }
            counted.push(threads());
            for store in stores {
                assert_eq!(ids(&store).len(), 4);
                store.close().await.unwrap();
            }
        }
        println!("threads with 1 and with 256 logs: {counted:?}");
        assert_eq!(counted, [WRITER_THREADS + OPENER_THREADS; 2]);
    });
}

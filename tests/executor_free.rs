//! No call blocks its executor for the disk: every write, sync and rename waits for a task on the
//! same single-threaded runtime, so a call that blocked would never end.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod common;

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use common::{Store, append, id, ids};
use openraft::Vote;
use openraft::storage::RaftLogStorage;
use openraft_timevault::LogStoreOptions;
use openraft_timevault::timevault::StoreOptions;
use openraft_timevault::timevault::fs::{Call, CallKind, Hook, HookFs, StdFs, Verdict};

/// Ticks that each call at the seam waits for.
const TICKS: u64 = 100;
/// After this a call gives up, and the test fails instead of hanging.
const PATIENCE: Duration = Duration::from_secs(60);

/// Counts the ticks of a task and holds calls until it has ticked on.
#[derive(Debug, Default)]
struct Ticker {
    ticks: AtomicU64,
    held: AtomicU64,
}

impl Hook for Ticker {
    fn before(&self, call: &Call<'_>) -> Verdict {
        let waits = matches!(
            call.kind,
            CallKind::Write
                | CallKind::SyncData
                | CallKind::SyncAll
                | CallKind::SyncDir
                | CallKind::Rename
        );
        if waits {
            let until = self.ticks.load(Ordering::Relaxed) + TICKS;
            let begun = Instant::now();
            while self.ticks.load(Ordering::Relaxed) < until {
                if begun.elapsed() > PATIENCE {
                    return Verdict::Fail(io::ErrorKind::TimedOut.into());
                }
                thread::yield_now();
            }
            self.held.fetch_add(1, Ordering::Relaxed);
        }
        Verdict::Proceed
    }
}

#[test]
fn executor_free() {
    let ticker = Arc::new(Ticker::default());
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let ticks = Arc::clone(&ticker);
    runtime.spawn(async move {
        loop {
            ticks.ticks.fetch_add(1, Ordering::Relaxed);
            tokio::task::yield_now().await;
        }
    });
    runtime.block_on(async {
        let dir = tempfile::tempdir().unwrap();
        let fs = Arc::new(HookFs::new(Arc::new(StdFs), Arc::clone(&ticker) as _));
        let disk = StoreOptions {
            fs,
            ..StoreOptions::default()
        };
        let open = || Store::open_dir_with(dir.path(), disk.clone(), LogStoreOptions::default());

        let mut store = open().await.unwrap();
        store.save_vote(&Vote::new(1, 0)).await.unwrap();
        append(&mut store, 1, 0..10).await;
        append(&mut store, 2, 8..12).await;
        store.truncate(id(2, 10)).await.unwrap();
        store.save_committed(Some(id(1, 5))).await.unwrap();
        store.purge(id(1, 3)).await.unwrap();
        store.purge(id(3, 4)).await.unwrap();
        append(&mut store, 3, 5..8).await;
        store.close().await.unwrap();

        let store = open().await.unwrap();
        assert_eq!(ids(&store), [(3, 5), (3, 6), (3, 7)]);
        drop(store);
        open().await.unwrap().close().await.unwrap();
    });
    let held = ticker.held.load(Ordering::Relaxed);
    assert!(held > 50, "only {held} calls were held");
}

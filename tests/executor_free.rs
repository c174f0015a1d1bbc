//! No call of the log store makes its executor thread wait for a write or a sync.
//!
//! Every write, sync, rename and directory sync waits until a task on the same single-threaded
//! runtime has ticked. A store that waits for the disk on that thread stops the ticks, and the
//! disk waits for it in turn.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "tests"
)]

mod common;

use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use common::{Store, append, entry, id, ids, run};
use crash_disk::{Access, Call, CallKind, FileSystem, Hook, HookFs, StdFs, SyncSite, Verdict};
use openraft::Vote;
use openraft::storage::{RaftLogStorage, RaftLogStorageExt};
use openraft_timevault::timevault::{ChunkRoll, StoreOptions};
use openraft_timevault::{LogStoreError, LogStoreOptions};

/// Ticks that every call waits for.
const TICKS: u64 = 100;
/// How long a call waits without a single tick before it says that the executor is blocked. Only
/// bounds the hang of a failing run.
const NO_TICK: Duration = Duration::from_secs(30);
/// The calls that wait.
const SLOW: [CallKind; 5] = [
    CallKind::Write,
    CallKind::SyncData,
    CallKind::SyncAll,
    CallKind::Rename,
    CallKind::SyncDir,
];

/// A disk that only works while the executor does.
#[derive(Debug)]
struct NeedsTicks {
    ticks: AtomicU64,
    no_tick: Duration,
    waited: Mutex<BTreeMap<CallKind, u64>>,
    /// Calls for which the executor did not tick.
    blocked: Mutex<Vec<String>>,
}

impl NeedsTicks {
    fn new(no_tick: Duration) -> Arc<Self> {
        Arc::new(Self {
            ticks: AtomicU64::new(0),
            no_tick,
            waited: Mutex::default(),
            blocked: Mutex::default(),
        })
    }

    fn fs(self: &Arc<Self>) -> Arc<dyn FileSystem> {
        Arc::new(HookFs::new(Arc::new(StdFs), Arc::clone(self) as _))
    }

    /// Waits for the ticks; `false` when none comes any more.
    fn wait(&self) -> bool {
        let now = || self.ticks.load(Ordering::Relaxed);
        let until = now() + TICKS;
        let (mut seen, mut since) = (now(), Instant::now());
        while now() < until {
            if now() != seen {
                (seen, since) = (now(), Instant::now());
            } else if since.elapsed() > self.no_tick {
                return false;
            }
            thread::sleep(Duration::from_micros(20));
        }
        true
    }

    /// Runs a future on a single-threaded runtime beside the task that ticks.
    fn run<F: Future>(self: &Arc<Self>, future: F) -> F::Output {
        run(async {
            let ticker = Arc::clone(self);
            let ticking = tokio::spawn(async move {
                loop {
                    ticker.ticks.fetch_add(1, Ordering::Relaxed);
                    tokio::task::yield_now().await;
                }
            });
            let output = future.await;
            // What is still to be written by a dropped store needs ticks as well, and gets them
            // until the runtime ends; nothing is left when the test has closed its last store.
            ticking.abort();
            output
        })
    }

    fn waited(&self, kind: CallKind) -> u64 {
        self.waited.lock().unwrap().get(&kind).copied().unwrap_or(0)
    }
}

impl Hook for NeedsTicks {
    fn before(&self, call: &Call<'_>) -> Verdict {
        if !SLOW.contains(&call.kind) {
            return Verdict::Proceed;
        }
        *self.waited.lock().unwrap().entry(call.kind).or_default() += 1;
        if self.wait() {
            return Verdict::Proceed;
        }
        let what = format!(
            "{} of {} on thread {:?}: the executor did not tick",
            call.kind,
            call.path.display(),
            thread::current().name()
        );
        self.blocked.lock().unwrap().push(what.clone());
        Verdict::Fail(io::Error::other(what))
    }
}

async fn open(disk: &Arc<NeedsTicks>, dir: &Path) -> Result<Store, LogStoreError> {
    let store_options = StoreOptions {
        fs: disk.fs(),
        ..StoreOptions::default()
    };
    let mut options = LogStoreOptions {
        queue_bytes: 300,
        ..LogStoreOptions::default()
    };
    options.partition.chunk_roll = ChunkRoll {
        max_bytes: 700,
        ..options.partition.chunk_roll
    };
    Store::open_dir_with(dir, store_options, options).await
}

/// Every write there is, over rolls and chunk borders, with reads while they are under way.
async fn all_writes(store: &mut Store) {
    store.save_vote(&Vote::new(1, 0)).await.unwrap();
    append(store, 1, 0..20).await;
    for index in 20..30 {
        append(store, 1, [index]).await;
    }
    // Several appends in flight: the queue fills, and the later ones wait for room.
    let mut flushed = Vec::new();
    for index in 30..40 {
        let (done, callback) = common::callback().await;
        store.append([entry(1, index)], callback).await.unwrap();
        flushed.push(done);
    }
    store.save_committed(Some(id(1, 5))).await.unwrap();
    for done in flushed {
        done.await.unwrap().unwrap();
    }
    let reader = store.reader();
    let read = async {
        for _ in 0..50 {
            reader.entries(..).unwrap();
            tokio::task::yield_now().await;
        }
    };
    let writes = async {
        // An overlapping append, truncates within a chunk and over chunks, purges of both kinds.
        store.blocking_append([entry(2, 35)]).await.unwrap();
        store.truncate(id(2, 35)).await.unwrap();
        store.truncate(id(1, 22)).await.unwrap();
        store.purge(id(1, 1)).await.unwrap();
        store.purge(id(1, 12)).await.unwrap();
        store.purge(id(3, 14)).await.unwrap();
        append(store, 3, 15..30).await;
        store.save_vote(&Vote::new(4, 1)).await.unwrap();
        store.truncate(id(3, 15)).await.unwrap();
        append(store, 4, 15..20).await;
    };
    tokio::join!(writes, read);
    assert_eq!(ids(store).len(), 5);
}

#[test]
fn open_all_writes_close_and_drop_complete_while_the_disk_needs_the_executor() {
    let dir = tempfile::tempdir().unwrap();
    let disk = NeedsTicks::new(NO_TICK);
    disk.run(async {
        let mut store = open(&disk, dir.path()).await.unwrap();
        all_writes(&mut store).await;
        store.close().await.unwrap();

        // Dropped with an append that nobody has waited for; the next open waits for the writer.
        let mut store = open(&disk, dir.path()).await.unwrap();
        let (done, callback) = common::callback().await;
        store.append([entry(4, 20)], callback).await.unwrap();
        drop(store);
        let mut store = open(&disk, dir.path()).await.unwrap();
        done.await.unwrap().unwrap();
        append(&mut store, 4, [21]).await;
        assert_eq!(ids(&store).len(), 7);
        assert_eq!(store.read_vote().await.unwrap(), Some(Vote::new(4, 1)));
        store.close().await.unwrap();
    });
    assert_eq!(*disk.blocked.lock().unwrap(), [""; 0]);
    let waited = |kinds: &[CallKind]| kinds.iter().map(|kind| disk.waited(*kind)).sum::<u64>();
    for kinds in [
        &[CallKind::Write][..],
        &[CallKind::SyncData, CallKind::SyncAll],
        &[CallKind::Rename],
        &[CallKind::SyncDir],
    ] {
        assert!(waited(kinds) > 0, "no {kinds:?} was made");
        println!(
            "{kinds:?}: {} calls waited for {TICKS} ticks",
            waited(kinds)
        );
    }
}

/// The disk above does find a sync on the executor: without this, it could be that it never waits.
#[test]
fn a_sync_on_the_executor_is_found() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("file");
    std::fs::write(&path, "text").unwrap();
    let disk = NeedsTicks::new(Duration::from_millis(300));
    let fs = disk.fs();
    let synced = disk.run(async {
        tokio::task::yield_now().await;
        let file = fs.open(&path, Access::ReadWrite).unwrap();
        file.sync_data(SyncSite::here())
    });
    assert!(synced.is_err_and(|e| e.to_string().contains("did not tick")));
    assert_eq!(disk.blocked.lock().unwrap().len(), 1);
}

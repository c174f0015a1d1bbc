//! Reads beside writes: every read is the log as it was at one moment.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod common;

use std::pin::pin;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::task::{Context, Waker};
use std::time::Duration;

use common::{Config, Store, append, entry, id, run};
use openraft::storage::{RaftLogStorage, RaftLogStorageExt};
use openraft_timevault::timevault::StoreOptions;
use openraft_timevault::timevault::fs::{Call, CallKind, Gate, Hook, HookFs, StdFs, Verdict};
use openraft_timevault::{LogStoreOptions, TimevaultLogReader};

const ROUNDS: u64 = 150;
/// Entries of a round, behind the ones that stay.
const LENGTH: u64 = 40;

/// What all reads of one reader must show.
struct Seen {
    reads: u64,
    /// Highest purge point and highest term at the end, so far.
    first: u64,
    term: u64,
}

impl Seen {
    fn check(&mut self, reader: &TimevaultLogReader<Config>) {
        let entries = reader.entries(..).unwrap();
        let ids: Vec<_> = entries
            .iter()
            .map(|e| (e.log_id.leader_id.term, e.log_id.index))
            .collect();
        let (Some(&(_, first)), Some(&(term, _))) = (ids.first(), ids.last()) else {
            return;
        };
        for pair in ids.windows(2) {
            assert_eq!(pair[0].1 + 1, pair[1].1, "a hole: {ids:?}");
            assert!(
                pair[0].0 <= pair[1].0,
                "an old suffix behind a new one: {ids:?}"
            );
        }
        assert!(
            first >= self.first && term >= self.term,
            "back in time: {ids:?}"
        );
        (self.first, self.term) = (first, term);
        self.reads += 1;
    }
}

#[test]
fn reader_atomicity() {
    let dir = tempfile::tempdir().unwrap();
    let mut options = LogStoreOptions::default();
    options.partition.chunk_roll.max_bytes = 2_000;
    options.partition.index.max_records = 4;
    let mut store = run(Store::open_dir(dir.path(), options)).unwrap();
    run(append(&mut store, 1, 0..LENGTH));
    let reader = store.reader();
    let (done, reads) = (
        Arc::new(AtomicBool::new(false)),
        Arc::new(AtomicU64::new(0)),
    );

    std::thread::scope(|scope| {
        for _ in 0..3 {
            let (reader, done, reads) = (reader.clone(), Arc::clone(&done), Arc::clone(&reads));
            scope.spawn(move || {
                let mut seen = Seen {
                    reads: 0,
                    first: 0,
                    term: 0,
                };
                while !done.load(Ordering::Relaxed) {
                    seen.check(&reader);
                }
                reads.fetch_add(seen.reads, Ordering::Relaxed);
            });
        }
        run(async {
            for round in 1..=ROUNDS {
                // The suffix is replaced with a newer term, in one step or in several, then the
                // front is purged.
                let from = round * 3;
                let batch = (from..round * 3 + LENGTH).map(|index| entry(round + 1, index));
                store
                    .blocking_append(batch.collect::<Vec<_>>())
                    .await
                    .unwrap();
                let more = round * 3 + LENGTH;
                append(&mut store, round + 1, more..more + 3).await;
                store.purge(id(round, round * 3 - 1)).await.unwrap();
            }
            done.store(true, Ordering::Relaxed);
        });
    });
    assert!(
        reads.load(Ordering::Relaxed) > 20,
        "too few reads to mean anything"
    );
}

/// Name of the thread whose first read of a chunk is held.
const HELD_READER: &str = "held reader";
/// Long enough for a thread to get somewhere on the busiest machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// Holds the first read of a chunk by the thread [`HELD_READER`].
#[derive(Debug)]
struct HoldRead {
    reached: mpsc::SyncSender<()>,
    release: Mutex<mpsc::Receiver<()>>,
    done: AtomicBool,
}

impl Hook for HoldRead {
    fn before(&self, call: &Call<'_>) -> Verdict {
        let held = call.kind == CallKind::Read
            && call
                .path
                .extension()
                .is_some_and(|extension| extension == "chunk")
            && std::thread::current().name() == Some(HELD_READER);
        if held && !self.done.swap(true, Ordering::Relaxed) {
            self.reached.send(()).unwrap();
            self.release.lock().unwrap().recv_timeout(PATIENCE).unwrap();
        }
        Verdict::Proceed
    }
}

#[test]
fn a_read_never_mixes_a_new_middle_with_an_old_end() {
    let dir = tempfile::tempdir().unwrap();
    let (reached, is_reached) = mpsc::sync_channel(1);
    let (let_go, release) = mpsc::sync_channel(1);
    let hold = HoldRead {
        reached,
        release: Mutex::new(release),
        done: AtomicBool::new(false),
    };
    let gate = Gate::new(&[CallKind::SyncData]);
    let fs = HookFs::new(Arc::new(StdFs), Arc::new(hold));
    let fs = Arc::new(HookFs::new(Arc::new(fs), Arc::clone(&gate) as _));
    let disk = StoreOptions {
        fs,
        ..StoreOptions::default()
    };
    let open = Store::open_dir_with(dir.path(), disk, LogStoreOptions::default());
    let mut store = run(open).unwrap();
    run(append(&mut store, 1, 0..10));

    // Ten entries on the disk, two in memory; then a read of all twelve that is held where it
    // reads the ten.
    let closed = gate.close();
    {
        let mut two = pin!(store.blocking_append([entry(1, 10), entry(1, 11)]));
        assert!(
            two.as_mut()
                .poll(&mut Context::from_waker(Waker::noop()))
                .is_pending()
        );
    }
    let reader = store.reader();
    let held = std::thread::Builder::new()
        .name(HELD_READER.to_owned())
        .spawn(move || reader.entries(..).unwrap())
        .unwrap();
    is_reached.recv_timeout(PATIENCE).unwrap();
    // Meanwhile five of the ten are replaced and the two behind them go.
    drop(closed);
    run(append(&mut store, 2, 5..10));
    let_go.send(()).unwrap();

    let read = held.join().unwrap();
    let terms: Vec<_> = read.iter().map(|e| e.log_id.leader_id.term).collect();
    assert_eq!(terms, [1, 1, 1, 1, 1, 2, 2, 2, 2, 2]);
}

//! Futures dropped after each number of polls, stores dropped with work pending.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

use std::path::Path;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use crate::common::{Store, append, entry, id, ids, run};
use crash_disk::{CallKind, Gate, HookFs, StdFs};
use openraft::Vote;
use openraft::storage::{RaftLogStorage, RaftLogStorageExt};
use openraft_timevault::timevault::{self, Error, StoreOptions};
use openraft_timevault::{LogStoreError, LogStoreOptions, SINGLE_LOG_ID};

/// Long enough for a thread to reach the gate on the busiest machine.
const PATIENCE: Duration = Duration::from_secs(60);
/// Polls after which every future here waits for the disk or for room.
const MOST_POLLS: usize = 3;

/// A store with room for one of the appends below, so that the next one has to wait.
async fn open(dir: &Path, gate: &Arc<Gate>) -> Result<Store, LogStoreError> {
    open_with_room(dir, gate, 100).await
}

async fn open_with_room(
    dir: &Path,
    gate: &Arc<Gate>,
    queue_bytes: u32,
) -> Result<Store, LogStoreError> {
    let fs = Arc::new(HookFs::new(Arc::new(StdFs), Arc::clone(gate) as _));
    let disk = StoreOptions {
        fs,
        ..StoreOptions::default()
    };
    let options = LogStoreOptions {
        queue_bytes,
        ..LogStoreOptions::default()
    };
    Store::open_dir_with(dir, disk, options).await
}

fn poll<F: Future>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

/// Polls a future a number of times, drops it, and returns whether it was done.
fn poll_and_drop<F: Future>(future: F, polls: usize) -> bool {
    let mut future = pin!(future);
    (0..polls).any(|_| poll(future.as_mut()).is_ready())
}

/// What the log holds, in a form that two logs can be compared by.
async fn content(store: &mut Store) -> String {
    let state = store.get_log_state().await.unwrap();
    let vote = store.read_vote().await.unwrap();
    format!(
        "{vote:?} {:?} {:?} {:?}",
        state.last_purged_log_id,
        state.last_log_id,
        ids(store)
    )
}

/// A log of ten entries with a vote.
async fn ten_entries(dir: &Path, gate: &Arc<Gate>) -> Store {
    let mut store = open(dir, gate).await.unwrap();
    store.save_vote(&Vote::new(1, 0)).await.unwrap();
    append(&mut store, 1, 0..10).await;
    store
}

/// Which call is dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Write {
    Append,
    Overlap,
    Vote,
    Truncate,
    Purge,
    PurgeStale,
}

const WRITES: [Write; 6] = [
    Write::Append,
    Write::Overlap,
    Write::Vote,
    Write::Truncate,
    Write::Purge,
    Write::PurgeStale,
];

impl Write {
    /// Makes the call on a log that ends with index `last`.
    async fn call(self, store: &mut Store, last: u64) {
        match self {
            Self::Append => store.blocking_append([entry(2, last + 1)]).await.unwrap(),
            Self::Overlap => store
                .blocking_append([entry(2, 6), entry(2, 7)])
                .await
                .unwrap(),
            Self::Vote => store.save_vote(&Vote::new(5, 3)).await.unwrap(),
            Self::Truncate => store.truncate(id(1, 4)).await.unwrap(),
            Self::Purge => store.purge(id(1, 4)).await.unwrap(),
            Self::PurgeStale => store.purge(id(3, 4)).await.unwrap(),
        }
    }
}

/// The log without and with the call, and with one more entry appended afterwards.
async fn expected(write: Write, filled: bool) -> [String; 2] {
    let mut contents = [String::new(), String::new()];
    for (called, end) in contents.iter_mut().enumerate() {
        let dir = tempfile::tempdir().unwrap();
        let mut store = ten_entries(dir.path(), &Gate::new(&[])).await;
        if filled {
            append(&mut store, 1, 10..11).await;
        }
        if called == 1 {
            write.call(&mut store, if filled { 10 } else { 9 }).await;
        }
        append_one_more(&mut store).await;
        *end = content(&mut store).await;
    }
    contents
}

async fn append_one_more(store: &mut Store) {
    let last = store
        .get_log_state()
        .await
        .unwrap()
        .last_log_id
        .unwrap()
        .index;
    append(store, 4, [last + 1]).await;
}

#[test]
fn a_future_dropped_after_any_number_of_polls_leaves_all_or_nothing() {
    run(async {
        let (mut happened, mut did_not) = (0, 0);
        for (write, filled) in WRITES.into_iter().flat_map(|w| [(w, false), (w, true)]) {
            let [without, with] = expected(write, filled).await;
            for polls in 0..=MOST_POLLS {
                let dir = tempfile::tempdir().unwrap();
                let gate = Gate::new(&[CallKind::SyncData, CallKind::SyncDir]);
                let mut store = ten_entries(dir.path(), &gate).await;
                let closed = gate.close();
                if filled {
                    // Fills the queue; its sync is held.
                    assert!(!poll_and_drop(store.blocking_append([entry(1, 10)]), 1));
                    assert!(gate.wait_held(1, PATIENCE));
                }
                let last = if filled { 10 } else { 9 };
                assert!(!poll_and_drop(write.call(&mut store, last), polls));

                // Appends wait for room first, the others are issued by the first poll.
                let appends = matches!(write, Write::Append | Write::Overlap);
                let issued = polls > 0 && !(filled && appends);
                let want = if issued { &with } else { &without };
                *(if issued { &mut happened } else { &mut did_not }) += 1;
                drop(closed);
                append_one_more(&mut store).await;
                assert_eq!(
                    content(&mut store).await,
                    *want,
                    "{write:?} {filled} {polls}"
                );
                store.close().await.unwrap();
                let mut store = open(dir.path(), &gate).await.unwrap();
                assert_eq!(
                    content(&mut store).await,
                    *want,
                    "{write:?} {filled} {polls}, reopened"
                );
            }
        }
        assert_eq!(
            (happened, did_not),
            (30, 18),
            "the points that the test is about"
        );
    });
}

#[test]
fn room_that_came_to_a_dropped_append_is_given_back() {
    run(async {
        for polled_again in [false, true] {
            let dir = tempfile::tempdir().unwrap();
            let gate = Gate::new(&[CallKind::SyncData]);
            let mut store = ten_entries(dir.path(), &gate).await;
            let closed = gate.close();
            assert!(!poll_and_drop(store.blocking_append([entry(1, 10)]), 1));
            assert!(gate.wait_held(1, PATIENCE));
            {
                let mut waiting = pin!(store.blocking_append([entry(1, 11)]));
                assert!(poll(waiting.as_mut()).is_pending());
                drop(closed);
                if polled_again {
                    waiting.await.unwrap();
                } else {
                    std::thread::sleep(Duration::from_millis(20));
                }
            }
            let last = if polled_again { 11 } else { 10 };
            append(&mut store, 1, last + 1..last + 4).await;
            assert_eq!(ids(&store).len() as u64, last + 4);
        }
    });
}

#[test]
fn dropping_the_store_finishes_what_was_issued_and_a_reopen_waits_for_it() {
    run(async {
        let dir = tempfile::tempdir().unwrap();
        let gate = Gate::new(&[CallKind::SyncData]);
        let mut readers = Vec::new();
        for round in 0..10 {
            let mut store = open(dir.path(), &gate).await.unwrap();
            let first = round * 3;
            assert_eq!(ids(&store).len() as u64, first);
            append(&mut store, 1, first..first + 1).await;
            readers.push(store.reader());
            let closed = gate.close();
            assert!(!poll_and_drop(
                store.blocking_append([entry(1, first + 1)]),
                1
            ));
            assert!(gate.wait_held(1, PATIENCE));
            assert!(!poll_and_drop(store.save_vote(&Vote::new(round + 1, 0)), 1));
            assert!(!poll_and_drop(store.truncate(id(1, first + 1)), 1));
            drop(store);
            for reader in &readers {
                assert!(matches!(reader.entries(..), Err(LogStoreError::Closed)));
            }
            drop(closed);
            let mut store = open(dir.path(), &gate).await.unwrap();
            assert_eq!(
                store.read_vote().await.unwrap(),
                Some(Vote::new(round + 1, 0))
            );
            assert_eq!(ids(&store).len() as u64, first + 1);
            append(&mut store, 1, first + 1..first + 3).await;
        }
    });
}

#[test]
fn callbacks_of_a_dropped_store_are_resolved() {
    run(async {
        let dir = tempfile::tempdir().unwrap();
        let gate = Gate::new(&[CallKind::SyncData]);
        let mut store = open_with_room(dir.path(), &gate, 10_000).await.unwrap();
        let closed = gate.close();
        let mut flushed = Vec::new();
        for index in 0..10 {
            let (done, callback) = crate::common::callback().await;
            store.append([entry(1, index)], callback).await.unwrap();
            flushed.push(done);
        }
        drop(store);
        drop(closed);
        for done in flushed {
            done.await.unwrap().unwrap();
        }
        assert_eq!(ids(&open(dir.path(), &gate).await.unwrap()).len(), 10);
    });
}

#[test]
fn an_open_that_is_dropped_frees_the_log_again() {
    run(async {
        let dir = tempfile::tempdir().unwrap();
        let gate = Gate::new(&[CallKind::SyncDir]);
        for polls in 0..=1 {
            let closed = gate.close();
            {
                let mut opening = pin!(open(dir.path(), &gate));
                if polls > 0 {
                    assert!(poll(opening.as_mut()).is_pending());
                    assert!(gate.wait_held(1, PATIENCE));
                }
            }
            drop(closed);
            open(dir.path(), &gate)
                .await
                .unwrap()
                .close()
                .await
                .unwrap();
        }
    });
}

/// An open whose future was dropped held the log until it was through, and whoever opened it meanwhile
/// was told that it is in use, by nobody.
#[test]
fn an_open_beside_one_that_was_dropped_waits_for_it() {
    run(async {
        let dir = tempfile::tempdir().unwrap();
        let gate = Gate::new(&[CallKind::SyncDir]);
        let options = || StoreOptions {
            fs: Arc::new(HookFs::new(Arc::new(StdFs), Arc::clone(&gate) as _)),
            ..StoreOptions::default()
        };
        open(dir.path(), &gate)
            .await
            .unwrap()
            .close()
            .await
            .unwrap();
        // Once for the lock of a directory, and once for a partition of a store that stays open.
        for shared in [false, true] {
            let vault = shared.then(|| timevault::Store::open(dir.path(), options()).unwrap());
            let start = || async {
                match &vault {
                    Some(vault) => {
                        Store::open(vault, SINGLE_LOG_ID, LogStoreOptions::default()).await
                    }
                    None => open(dir.path(), &gate).await,
                }
            };
            let closed = gate.close();
            {
                let mut dropped = pin!(start());
                assert!(poll(dropped.as_mut()).is_pending());
                assert!(gate.wait_held(1, PATIENCE), "it has the log");
            }
            let mut next = pin!(start());
            assert!(poll(next.as_mut()).is_pending());
            // Time to be refused; too little of it and the test tells nothing.
            std::thread::sleep(Duration::from_millis(100));
            assert!(poll(next.as_mut()).is_pending(), "shared: {shared}");
            drop(closed);
            next.await.unwrap().close().await.unwrap();
        }
    });
}

/// An open waits for another one of the same log, and is refused when that one has it.
#[test]
fn of_two_opens_at_once_one_is_refused() {
    run(async {
        let dir = tempfile::tempdir().unwrap();
        let gate = Gate::new(&[]);
        let (one, two) = tokio::join!(open(dir.path(), &gate), open(dir.path(), &gate));
        let (store, refused) = match (one, two) {
            (Ok(store), Err(error)) | (Err(error), Ok(store)) => (store, error),
            other => panic!("{other:?}"),
        };
        assert!(
            matches!(refused, LogStoreError::Engine(Error::StoreLocked { .. })),
            "{refused}"
        );
        store.close().await.unwrap();
    });
}

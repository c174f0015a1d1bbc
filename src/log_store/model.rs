//! Models of the hand-offs between the callers of a log, its writer, its readers and those who open it, run by the
//! model checker in many orders of their threads.
//!
//! Each race that can be planted in the log store is planted once and must be found by its model.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests"
)]

use std::path::Path;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Waker};

use crash_disk::HookFs;
use crash_disk::sim::SimFs;
use openraft::{CommittedLeaderId, Entry, EntryPayload, LogId};
use shuttle::future::block_on;
use shuttle::thread;
use timevault::StoreOptions;
use timevault::model_check::{SwitchAtCalls, finds};
use tokio::sync::oneshot;

use super::core::{Executor, Internals, Lane, Records, Task};
use super::encode;
use super::{LogStoreError, LogStoreOptions, TimevaultLogReader, TimevaultLogStore};

openraft::declare_raft_types!(
    Types:
        D            = u64,
        R            = (),
        NodeId       = u64,
        Node         = openraft::EmptyNode,
        Entry        = Entry<Types>,
        SnapshotData = std::io::Cursor<Vec<u8>>,
        AsyncRuntime = openraft::TokioRuntime,
);

type Log = TimevaultLogStore<Types>;

/// Runs each task on a thread of its own.
#[derive(Debug)]
struct ThreadForEach;

impl Executor for ThreadForEach {
    fn start(&self, _: Lane) -> std::io::Result<()> {
        Ok(())
    }

    fn submit(&self, _: Lane, task: Task) {
        drop(thread::spawn(task));
    }

    fn turn(&self) -> usize {
        2
    }

    fn lingers(&self) -> bool {
        false
    }
}

/// The settings of a store on a new disk, with room in the queue for so many bytes.
fn settings(queue_bytes: u32) -> (StoreOptions, LogStoreOptions) {
    let fs = HookFs::new(
        Arc::new(SimFs::new_unrecorded()),
        Arc::new(SwitchAtCalls::default()),
    );
    let store = StoreOptions {
        fs: Arc::new(fs),
        fill_step: 0,
        ..StoreOptions::default()
    };
    let mut log = LogStoreOptions {
        queue_bytes,
        // Reads go to the disk as soon as they may.
        recent_bytes: 0,
        ..LogStoreOptions::default()
    };
    log.partition.chunk_roll.max_bytes = 300;
    log.partition.index.max_records = 2;
    (store, log)
}

async fn open(settings: &(StoreOptions, LogStoreOptions)) -> Result<Log, LogStoreError> {
    let (store, log) = settings;
    let internals = Internals {
        executor: Arc::new(ThreadForEach),
        ..Internals::usual()
    };
    Log::open_dir_on(Path::new("/log"), store.clone(), *log, internals).await
}

fn new_log(queue_bytes: u32) -> Log {
    block_on(open(&settings(queue_bytes))).unwrap()
}

/// Term and index.
type Id = (u64, u64);

/// Issues an append, waits for room first. Resolves when it is called back.
fn append(log: &Log, ids: &[Id]) -> oneshot::Receiver<std::io::Result<()>> {
    let mut records = Records::starting_at(ids[0].1);
    for (term, index) in ids {
        let entry: Entry<Types> = Entry {
            log_id: LogId::new(CommittedLeaderId::new(*term, 0), *index),
            payload: EntryPayload::Blank,
        };
        records.push(|out| encode::object(&entry, out)).unwrap();
    }
    let room = block_on(log.core.room(records.byte_len())).unwrap();
    let (tell, told) = oneshot::channel();
    let callback = Box::new(move |result| drop(tell.send(result)));
    log.core
        .append(None, records, Some(room), callback)
        .unwrap();
    told
}

fn durable(told: oneshot::Receiver<std::io::Result<()>>) {
    block_on(told).unwrap().unwrap();
}

fn shown(reader: &TimevaultLogReader<Types>) -> Vec<Id> {
    let entries = reader.entries(..).unwrap();
    entries
        .iter()
        .map(|entry| (entry.log_id.leader_id.term, entry.log_id.index))
        .collect()
}

/// Reads some times beside the writer: each read gives one of the moments, none an earlier one than the read before.
fn reads(log: &Log, moments: &'static [&'static [Id]]) -> thread::JoinHandle<()> {
    let reader = log.reader();
    thread::spawn(move || {
        let mut reached = 0;
        for _ in 0..3 {
            let shown = shown(&reader);
            let moment = moments
                .iter()
                .skip(reached)
                .position(|moment| *moment == shown);
            let moment = moment.unwrap_or_else(|| panic!("{shown:?} after moment {reached}"));
            reached += moment;
        }
    })
}

#[test]
fn what_is_issued_is_read_and_called_back() {
    let model = || {
        let log = new_log(u32::MAX);
        let reads = reads(
            &log,
            &[
                &[],
                &[(1, 0), (1, 1)],
                &[(1, 0), (1, 1), (1, 2)],
                &[(1, 0), (1, 1), (1, 2), (1, 3)],
            ],
        );
        let told = [append(&log, &[(1, 0), (1, 1)]), append(&log, &[(1, 2)])];
        told.into_iter().for_each(durable);
        durable(append(&log, &[(1, 3)]));
        reads.join().unwrap();
        block_on(log.close()).unwrap();
    };
    finds(
        model,
        &[
            "queue-given-back-late",
            "queue-left-full",
            "one-append-too-many",
            "durable-too-soon",
        ],
    );
}

#[test]
fn an_append_that_waits_for_room_gets_it() {
    let model = || {
        let log = new_log(150);
        let told = [
            append(&log, &[(1, 0)]),
            append(&log, &[(1, 1)]),
            append(&log, &[(1, 2)]),
        ];
        told.into_iter().for_each(durable);
        block_on(log.close()).unwrap();
    };
    finds(model, &["room-kept"]);
}

#[test]
fn a_read_beside_removals_is_of_one_moment() {
    let model = || {
        let log = new_log(u32::MAX);
        durable(append(&log, &[(1, 0), (1, 1), (1, 2)]));
        let reads = reads(
            &log,
            &[
                &[(1, 0), (1, 1), (1, 2)],
                &[(1, 0), (1, 1), (1, 2), (1, 3)],
                &[(1, 0), (1, 1), (1, 2)],
                &[(1, 0)],
                &[(1, 0), (2, 1), (2, 2)],
                &[(2, 2)],
            ],
        );
        // Its end is still in memory when it is cut.
        let told = append(&log, &[(1, 3)]);
        block_on(log.core.truncate(3).unwrap().wait()).unwrap();
        durable(told);
        block_on(log.core.truncate(1).unwrap().wait()).unwrap();
        durable(append(&log, &[(2, 1), (2, 2)]));
        block_on(log.core.purge(b"{}".to_vec(), 1, false).unwrap().wait()).unwrap();
        reads.join().unwrap();
        block_on(log.close()).unwrap();
    };
    finds(
        model,
        &[
            "purge-not-seen",
            "removal-beside-read",
            "read-beside-removal",
        ],
    );
}

/// Part of the read comes from the disk, where the end was written anew, and part from memory, where the old end is.
#[test]
fn a_read_that_stands_still_over_a_cut_begins_again() {
    let model = || {
        let log = new_log(u32::MAX);
        durable(append(&log, &[(1, 0), (1, 1)]));
        let reads = reads(
            &log,
            &[
                &[(1, 0), (1, 1)],
                &[(1, 0), (1, 1), (1, 2)],
                &[(1, 0)],
                &[(1, 0), (2, 1)],
            ],
        );
        let told = append(&log, &[(1, 2)]);
        thread::yield_now();
        block_on(log.core.truncate(1).unwrap().wait()).unwrap();
        durable(append(&log, &[(2, 1)]));
        durable(told);
        reads.join().unwrap();
        block_on(log.close()).unwrap();
    };
    finds(model, &["cut-not-seen"]);
}

/// The next open waits for one whose future was dropped half-way, and then gets the log.
#[test]
fn an_open_after_one_that_was_given_up_gets_the_log() {
    let model = || {
        let settings = settings(u32::MAX);
        {
            let mut given_up = pin!(open(&settings));
            let polled = given_up
                .as_mut()
                .poll(&mut Context::from_waker(Waker::noop()));
            assert!(polled.is_pending());
            // It may have come as far as it likes.
            thread::yield_now();
        }
        let log = block_on(open(&settings)).unwrap();
        block_on(log.close()).unwrap();
    };
    finds(model, &["turn-not-taken", "turn-not-passed-on"]);
}

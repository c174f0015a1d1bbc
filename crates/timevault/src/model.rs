//! Models of the hand-offs between a partition's writer, its readers and the threads that open it, which the
//! model checker runs in many orders of their threads.
//!
//! Each race that can be planted in the engine is planted once and must be found by its model.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests"
)]

use std::path::Path;
use std::sync::Arc;

use crash_disk::HookFs;
use crash_disk::sim::SimFs;
use shuttle::thread;
use uuid::Uuid;

use crate::model_check::{SwitchAtCalls, finds};
use crate::{Error, Jsonl, Partition, PartitionConfig, Store, StoreOptions};

const ID: Uuid = Uuid::from_u128(0x42);

/// A store and its partition, on a new disk.
fn open(fill_step: u64) -> (StoreOptions, Store, Partition) {
    let fs = HookFs::new(
        Arc::new(SimFs::new_unrecorded()),
        Arc::new(SwitchAtCalls::default()),
    );
    let options = StoreOptions {
        fs: Arc::new(fs),
        fill_step,
        ..StoreOptions::default()
    };
    let mut config = PartitionConfig::default();
    config.chunk_roll.max_bytes = 60;
    config.index.max_records = 2;
    let store = Store::open(Path::new("/vault"), options.clone()).unwrap();
    let partition = store.create_partition(ID, config, Arc::new(Jsonl)).unwrap();
    (options, store, partition)
}

/// The keys and payloads that a read found.
type Shown = Vec<(u64, String)>;

fn shown(reader: &crate::PartitionReader) -> Shown {
    let records = reader.read_range(0..=u64::MAX).unwrap();
    let text = |payload: &[u8]| String::from_utf8(payload.to_vec()).unwrap();
    records
        .iter()
        .map(|record| (record.order_key, text(&record.payload)))
        .collect()
}

/// What a log shows after each of the writer's steps.
fn moments() -> Vec<Shown> {
    let one = |key: u64, text: &str| (key, format!("\"{text}\""));
    vec![
        vec![one(1, "a"), one(2, "a"), one(3, "a"), one(4, "a")],
        vec![one(1, "a"), one(2, "a"), one(3, "a")],
        vec![one(1, "a")],
        vec![one(1, "a"), one(2, "bb")],
        vec![one(2, "bb")],
    ]
}

fn reads_beside_removals(fill_step: u64) {
    let (_, _store, mut partition) = open(fill_step);
    for (key, text) in &moments()[0] {
        partition.append(*key, text.as_bytes()).unwrap();
    }
    partition.sync().unwrap();
    let reader = partition.reader();
    let reads = thread::spawn(move || {
        let first = shown(&reader);
        let all = moments();
        assert!(all.contains(&first), "{first:?}");
        let second = shown(&reader);
        let at = |shown: &Shown| all.iter().position(|moment| moment == shown);
        assert!(at(&second) >= at(&first), "{first:?}, then {second:?}");
    });
    partition.truncate(4).unwrap();
    partition.truncate(2).unwrap();
    partition.append(2, br#""bb""#).unwrap();
    partition.sync().unwrap();
    partition.purge(1).unwrap();
    reads.join().unwrap();
}

/// A read gives the log as it was at one moment, whatever is cut or purged under it.
#[test]
fn a_read_beside_removals_is_of_one_moment() {
    let model = || reads_beside_removals(0);
    finds(
        model,
        &[
            "epoch-not-raised",
            "epoch-not-compared",
            "removal-without-gate",
            "reader-without-gate",
        ],
    );
}

/// The same where the file is filled ahead: a cut takes bytes away that a read may be in the middle of.
#[test]
fn a_read_beside_a_cut_of_a_filled_file_is_of_one_moment() {
    finds(|| reads_beside_removals(200), &["reader-without-gate"]);
}

/// An open of a partition or its store waits while the owner lets go of it, and is not refused.
#[test]
fn an_open_waits_for_an_owner_that_lets_go() {
    let same_store = || {
        let (_, store, partition) = open(0);
        partition.mark_closing();
        let closes = thread::spawn(move || drop(partition));
        drop(store.open_partition(ID, Arc::new(Jsonl)).unwrap());
        closes.join().unwrap();
    };
    finds(same_store, &["release-not-told"]);
    let other_store = || {
        let (options, store, partition) = open(0);
        drop(store);
        partition.mark_closing();
        let closes = thread::spawn(move || drop(partition));
        drop(Store::open(Path::new("/vault"), options).unwrap());
        closes.join().unwrap();
    };
    finds(other_store, &["closed-not-told"]);
}

/// Of two opens at once one gets the partition, and the other is refused because it is in use.
#[test]
fn one_of_two_opens_gets_the_partition() {
    let model = || {
        let (_, store, partition) = open(0);
        drop(partition);
        let other = store.clone();
        let opens = thread::spawn(move || other.open_partition(ID, Arc::new(Jsonl)));
        let mine = store.open_partition(ID, Arc::new(Jsonl));
        let theirs = opens.join().unwrap();
        match (mine, theirs) {
            (Ok(_), Err(error)) | (Err(error), Ok(_)) => {
                assert!(matches!(error, Error::PartitionInUse { .. }), "{error}");
            }
            both => panic!("{both:?}"),
        }
    };
    finds(model, &[]);
}

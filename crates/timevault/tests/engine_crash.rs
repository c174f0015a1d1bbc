//! Every crash state of random engine programs on the simulated disk: what an open shows must be
//! a state that the program passed through, no older than what was durable, and it must stay.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "test code"
)]

mod common;

use std::collections::HashSet;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;

use common::{Op, Program, Setup, State, op, setup};
use crash_disk::sim::{CrashPoint, Keep, Level, Profile, SimFs};
use proptest::prelude::*;
use timevault::inspect::{Inspector, Severity, StoredRecord};
use timevault::{Jsonl, Partition, Store};

/// A write that is done.
#[derive(Debug)]
struct Done {
    /// The states it passed through.
    passage: Vec<State>,
    /// Steps of the disk when it was done.
    step: u64,
    /// Whether everything up to here is durable then.
    durable: bool,
}

fn open(fs: &SimFs, setup: &Setup) -> (Store, Partition) {
    common::open(Arc::new(fs.clone()), Path::new("/store"), setup)
}

fn run(ops: &[Op], setup: &Setup) {
    let fs = SimFs::new();
    let (mut store, mut partition) = open(&fs, setup);
    let mut program = Program::new();
    let start = Done {
        passage: vec![State::default()],
        step: fs.step(),
        durable: true,
    };
    let mut done = vec![start];
    for op in ops {
        let passage = program.write(op, &mut partition);
        match op {
            Op::Reopen => {
                partition.close().unwrap();
                drop(store);
                (store, partition) = open(&fs, setup);
            }
            Op::Drop => {
                drop(partition);
                drop(store);
                (store, partition) = open(&fs, setup);
            }
            _ => {}
        }
        let durable = !matches!(op, Op::Append { sync: false, .. });
        done.push(Done {
            passage,
            step: fs.step(),
            durable,
        });
    }
    judge_all(&fs, &done, setup, ops);
}

fn judge_all(fs: &SimFs, done: &[Done], setup: &Setup, ops: &[Op]) {
    let mut seen = HashSet::new();
    for point in fs.points_between(done[0].step, fs.step()) {
        let step = match point {
            CrashPoint::After(step) => step,
            CrashPoint::Inside { call, .. } => call - 1,
        };
        let finished = done.partition_point(|d| d.step <= step);
        let durable = done[..finished].iter().rposition(|d| d.durable).unwrap();
        let mut admissible: Vec<&State> = vec![done[durable].passage.last().unwrap()];
        for later in done.iter().take(finished + 1).skip(durable + 1) {
            admissible.extend(&later.passage);
        }
        let view = fs.view(point, Profile::Posix);
        for state in view.states(Level::L2) {
            let disk = view.disk(&state.keep);
            if seen.insert((disk.image_hash(), finished)) {
                let what = || format!("{}\nops {ops:?}", view.describe(&state.keep));
                judge(&disk, &admissible, setup, &what);
            }
        }
    }
}

/// What an inspection finds and reads before the open.
fn inspect(disk: &SimFs, what: &dyn Fn() -> String) -> State {
    let inspector = Inspector::new(Arc::new(disk.clone()), vec![Arc::new(Jsonl)]);
    let target = inspector.target(Path::new("/store")).unwrap();
    let [dir] = target.partitions.as_slice() else {
        panic!("{target:?}: {}", what())
    };
    let report = inspector.partition(dir, target.lock, &mut ());
    assert!(
        report.severity() <= Severity::RecoveryPending,
        "{:?}\n{}",
        report.findings,
        what()
    );
    let contents = inspector.contents(dir).unwrap();
    let mut records = Vec::new();
    let mut keep = |record: &StoredRecord<'_>| {
        let text = String::from_utf8(record.payload.to_vec()).unwrap();
        records.push((record.order_key, text));
        ControlFlow::Continue(())
    };
    contents.scan(0..=u64::MAX, &mut keep).unwrap();
    let state = State {
        records,
        purged: contents.purged(),
    };
    assert_eq!(contents.last_key().unwrap(), state.last_key(), "{}", what());
    assert_eq!(report.last_key(), state.last_key(), "{}", what());
    let first = state.records.first().map(|record| record.0);
    assert_eq!(contents.first_key().unwrap(), first, "{}", what());
    assert_eq!(report.first_key(), first, "{}", what());
    state
}

fn judge(disk: &SimFs, admissible: &[&State], setup: &Setup, what: &dyn Fn() -> String) {
    let looked_at = inspect(disk, what);
    let opened = std::panic::catch_unwind(|| open(disk, setup));
    let (store, partition) = opened.unwrap_or_else(|_| panic!("open failed: {}", what()));
    let found = State::of(&partition);
    assert!(
        admissible.contains(&&found),
        "inadmissible {found:?}\n{}",
        what()
    );
    assert_eq!(looked_at, found, "read from outside: {}", what());
    partition.check().unwrap();
    drop((partition, store));
    // What the open has shown must survive a power cut that loses all that is not synced.
    let cut = disk.crash_now(&Keep::None);
    let (store, mut partition) = open(&cut, setup);
    assert_eq!(State::of(&partition), found, "not sticky: {}", what());
    // And the store must work on.
    let key = found.floor() + 1;
    partition.append(key, b"\"more\"").unwrap();
    partition.sync().unwrap();
    drop((partition, store));
    let (_store, partition) = open(&cut.crash_now(&Keep::None), setup);
    assert_eq!(
        partition.last_key().unwrap(),
        Some(key),
        "lost after recovery: {}",
        what()
    );
    assert_eq!(State::of(&partition).records.len(), found.records.len() + 1);
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 64,
        failure_persistence: None,
        rng_seed: prop::test_runner::RngSeed::Fixed(0x7113_5a18),
        ..ProptestConfig::default()
    })]

    #[test]
    fn every_crash_state_is_admissible(ops in prop::collection::vec(op(), 1..9), setup in setup()) {
        run(&ops, &setup);
    }
}

fn append(gaps: &[u8]) -> Op {
    Op::Append {
        gaps: gaps.to_vec(),
        sync: false,
    }
}

/// A crash between the creation of a chunk that is to take the place of an empty one with a higher
/// id and the manifest that names it leaves an empty file below the last line, with no purge point
/// to explain it. An early version took it for a sign of lost manifest lines and refused to open.
#[test]
fn chunk_begun_below_an_empty_one_is_set_aside() {
    let setup = Setup {
        max_bytes: 100,
        max_records: 1,
        fill_step: 0,
    };
    run(&[append(&[1]), Op::Truncate(0), append(&[0])], &setup);
}

/// A torn append into an empty chunk whose id is purged: recovery drops the chunk, and a power cut
/// right after brings its file back with the torn bytes still in it. An early version took them
/// for damage.
#[test]
fn purged_chunk_that_comes_back_torn_is_removed() {
    let setup = Setup {
        max_bytes: 103,
        max_records: 1,
        fill_step: 0,
    };
    run(
        &[
            append(&[0, 1]),
            Op::Purge(86),
            Op::Truncate(0),
            append(&[0]),
        ],
        &setup,
    );
}

/// The directory above the root was made by a process that was killed before it had synced that
/// directory's entry. The next one found it, made the rest and acknowledged a record; a power cut then
/// took everything, because nobody had ever synced the first directory's entry.
#[test]
fn a_root_whose_making_was_cut_short_is_durable_once_something_is_acknowledged() {
    let setup = Setup {
        max_bytes: 500,
        max_records: 2,
        fill_step: 0,
    };
    let root = Path::new("/node/log");
    let first = SimFs::new();
    drop(common::open(Arc::new(first.clone()), root, &setup));
    let mut cut_short = 0;
    for point in first.points() {
        let fs = first.process_kill_at(point);
        let (store, mut partition) = common::open(Arc::new(fs.clone()), root, &setup);
        partition.append(1, b"1").unwrap();
        partition.sync().unwrap();
        drop((partition, store));
        let fs = fs.crash_now(&Keep::None);
        let (_store, partition) = common::open(Arc::new(fs), root, &setup);
        assert_eq!(partition.last_key().unwrap(), Some(1), "{point:?}");
        cut_short += 1;
    }
    assert!(cut_short > 10);
}

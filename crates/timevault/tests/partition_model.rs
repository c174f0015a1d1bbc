//! Random operation sequences on a partition, compared with a plain list of records after every
//! step: many on the simulated disk, some on real files.
#![allow(clippy::unwrap_used, reason = "test code")]

mod common;

use std::path::Path;
use std::sync::Arc;

use common::{Op, Program, Setup, State, op, open, setup};
use crash_disk::sim::SimFs;
use crash_disk::{FileSystem, StdFs};
use proptest::prelude::*;
use timevault::Partition;

fn compare(partition: &Partition, state: &State) {
    assert_eq!(State::of(partition), *state);
    assert_eq!(partition.last_key().unwrap(), state.last_key());
    let first = state.records.first().map(|r| r.0);
    assert_eq!(partition.first_key().unwrap(), first);
    let last = partition.last_record().unwrap();
    assert_eq!(last.map(|r| r.order_key), state.last_key());
    if let (Some(first), Some(last)) = (first, state.last_key()) {
        let middle = first + (last - first) / 2;
        let range = middle..=middle + 2;
        let keys = state.records.iter().map(|r| r.0);
        let expected: Vec<u64> = keys.filter(|key| range.contains(key)).collect();
        let found = partition.read_range(range).unwrap();
        assert_eq!(
            found.iter().map(|r| r.order_key).collect::<Vec<_>>(),
            expected
        );
    }
    partition.check().unwrap();
}

fn run(fs: &Arc<dyn FileSystem>, root: &Path, ops: &[Op], setup: &Setup) {
    let (mut store, mut partition) = open(Arc::clone(fs), root, setup);
    let mut program = Program::new();
    for op in ops {
        program.write(op, &mut partition);
        if matches!(op, Op::Reopen | Op::Drop) {
            if matches!(op, Op::Reopen) {
                partition.close().unwrap();
            } else {
                drop(partition);
            }
            drop(store);
            (store, partition) = open(Arc::clone(fs), root, setup);
        }
        compare(&partition, &program.state);
    }
}

fn config(cases: u32) -> ProptestConfig {
    ProptestConfig {
        cases,
        failure_persistence: None,
        rng_seed: prop::test_runner::RngSeed::Fixed(0x7113_5a17),
        ..ProptestConfig::default()
    }
}

proptest! {
    #![proptest_config(config(1024))]

    #[test]
    fn agrees_with_a_list_of_records(ops in prop::collection::vec(op(), 1..60), setup in setup()) {
        let fs: Arc<dyn FileSystem> = Arc::new(SimFs::new_unrecorded());
        run(&fs, Path::new("/store"), &ops, &setup);
    }
}

proptest! {
    #![proptest_config(config(16))]

    #[test]
    fn agrees_on_real_files(ops in prop::collection::vec(op(), 1..40), setup in setup()) {
        let dir = tempfile::tempdir().unwrap();
        let fs: Arc<dyn FileSystem> = Arc::new(StdFs);
        run(&fs, dir.path(), &ops, &setup);
    }
}

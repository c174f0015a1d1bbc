//! Random operation sequences on a partition on real files, compared with a plain list of records
//! after every step.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "test code")]

use std::path::Path;
use std::sync::Arc;

use proptest::prelude::*;
use timevault::{
    ChunkRoll, Error, IndexConfig, Jsonl, Partition, PartitionConfig, RecordRef, Store,
    StoreOptions,
};
use uuid::Uuid;

const ID: Uuid = Uuid::from_u128(0x42);

#[derive(Debug, Clone)]
enum Op {
    Append { gaps: Vec<u8>, sync: bool },
    Truncate(u8),
    Purge(u8),
    Reopen,
    Drop,
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        6 => (prop::collection::vec(0u8..3, 1..8), any::<bool>())
            .prop_map(|(gaps, sync)| Op::Append { gaps, sync }),
        2 => any::<u8>().prop_map(Op::Truncate),
        2 => any::<u8>().prop_map(Op::Purge),
        1 => Just(Op::Reopen),
        1 => Just(Op::Drop),
    ]
}

#[derive(Debug, Default)]
struct Model {
    records: Vec<(u64, String)>,
    purged: Option<u64>,
    next: u64,
    written: u64,
}

impl Model {
    /// A key somewhere around the log.
    fn pick(&self, at: u8) -> u64 {
        let first = self
            .records
            .first()
            .map_or(self.next, |r| r.0)
            .saturating_sub(2);
        let span = self.next + 3 - first;
        first + u64::from(at) * span / 256
    }
}

struct Setup {
    max_bytes: u64,
    max_records: u64,
    fill_step: u64,
}

fn open(dir: &Path, setup: &Setup) -> (Store, Partition) {
    let options = StoreOptions {
        fill_step: setup.fill_step,
        ..StoreOptions::default()
    };
    let store = Store::open(dir, options).unwrap();
    let config = PartitionConfig {
        chunk_roll: ChunkRoll {
            max_bytes: setup.max_bytes,
            max_hours: 24,
        },
        index: IndexConfig {
            max_records: setup.max_records,
            max_hours: 24,
        },
        ..PartitionConfig::default()
    };
    let partition = match store.create_partition(ID, config, Arc::new(Jsonl)) {
        Err(Error::PartitionExists { .. }) => store.open_partition(ID, Arc::new(Jsonl)).unwrap(),
        result => result.unwrap(),
    };
    (store, partition)
}

fn compare(partition: &Partition, model: &Model) {
    let all: Vec<(u64, String)> = partition
        .read_range(0..=u64::MAX)
        .unwrap()
        .into_iter()
        .map(|r| (r.order_key, String::from_utf8(r.payload).unwrap()))
        .collect();
    assert_eq!(all, model.records);
    assert_eq!(partition.last_key(), model.records.last().map(|r| r.0));
    assert_eq!(
        partition.first_key().unwrap(),
        model.records.first().map(|r| r.0)
    );
    assert_eq!(partition.last_purge_id(), model.purged);
    let last = partition.last_record().unwrap();
    assert_eq!(last.map(|r| r.order_key), model.records.last().map(|r| r.0));
    if let (Some(first), Some(last)) = (model.records.first(), model.records.last()) {
        let middle = first.0 + (last.0 - first.0) / 2;
        let expected: Vec<u64> = model
            .records
            .iter()
            .map(|r| r.0)
            .filter(|k| (middle..=middle + 2).contains(k))
            .collect();
        let found: Vec<u64> = partition
            .read_range(middle..=middle + 2)
            .unwrap()
            .into_iter()
            .map(|r| r.order_key)
            .collect();
        assert_eq!(found, expected);
    }
    partition.check().unwrap();
}

fn run(ops: &[Op], setup: &Setup) {
    let dir = tempfile::tempdir().unwrap();
    let (mut store, mut partition) = open(dir.path(), setup);
    let mut model = Model {
        next: 5,
        ..Model::default()
    };
    for op in ops {
        match op {
            Op::Append { gaps, sync } => {
                let mut batch = Vec::new();
                for gap in gaps {
                    let key = model.next + u64::from(*gap);
                    model.written += 1;
                    batch.push((
                        key,
                        format!("\"{}{}\"", model.written, "x".repeat(*gap as usize)),
                    ));
                    model.next = key;
                }
                let refs: Vec<RecordRef<'_>> = batch
                    .iter()
                    .map(|(key, text)| RecordRef {
                        order_key: *key,
                        payload: text.as_bytes(),
                    })
                    .collect();
                partition.append_batch(&refs).unwrap();
                if *sync {
                    partition.sync().unwrap();
                }
                model.records.extend(batch);
            }
            Op::Truncate(at) => {
                let key = model.pick(*at);
                partition.truncate(key).unwrap();
                model.records.retain(|r| r.0 < key);
                let last = model.records.last().map(|r| r.0);
                let floor = model.purged.map_or(0, |p| p + 1);
                model.next = last.unwrap_or(floor).max(floor);
            }
            Op::Purge(at) => {
                let key = model.pick(*at);
                partition.purge(key).unwrap();
                model.purged = model.purged.max(Some(key));
                model.records.retain(|r| r.0 > key);
                model.next = model.next.max(key + 1);
            }
            Op::Reopen => {
                partition.close().unwrap();
                drop(store);
                (store, partition) = open(dir.path(), setup);
            }
            Op::Drop => {
                drop(partition);
                drop(store);
                (store, partition) = open(dir.path(), setup);
            }
        }
        compare(&partition, &model);
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 256,
        failure_persistence: None,
        rng_seed: prop::test_runner::RngSeed::Fixed(0x7113_5a17),
        ..ProptestConfig::default()
    })]

    #[test]
    fn agrees_with_a_list_of_records(
        ops in prop::collection::vec(op(), 1..40),
        max_bytes in 100u64..900,
        max_records in 1u64..6,
        fill_step in prop_oneof![Just(0u64), 1u64..300],
    ) {
        run(&ops, &Setup { max_bytes, max_records, fill_step });
    }
}

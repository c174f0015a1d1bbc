//! Random engine programs and the list of records they are compared with.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    dead_code,
    unreachable_pub,
    reason = "test code, shared by several tests"
)]

use std::path::Path;
use std::sync::Arc;

use crash_disk::FileSystem;
use proptest::prelude::*;
use timevault::{
    ChunkRoll, Error, IndexConfig, Jsonl, Partition, PartitionConfig, RecordRef, Store,
    StoreOptions,
};
use uuid::Uuid;

const ID: Uuid = Uuid::from_u128(0x42);

/// One step of a program. Keys of truncate and purge are positions around the log, in 256ths.
#[derive(Debug, Clone)]
pub enum Op {
    Append { gaps: Vec<u8>, sync: bool },
    Truncate(u8),
    Purge(u8),
    Reopen,
    Drop,
}

pub fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        6 => (prop::collection::vec(0u8..3, 1..8), prop::bool::weighted(0.7))
            .prop_map(|(gaps, sync)| Op::Append { gaps, sync }),
        2 => any::<u8>().prop_map(Op::Truncate),
        2 => any::<u8>().prop_map(Op::Purge),
        1 => Just(Op::Reopen),
        1 => Just(Op::Drop),
    ]
}

/// Sizes drawn small, so that short programs cross every border.
#[derive(Debug, Clone, Copy)]
pub struct Setup {
    pub max_bytes: u64,
    pub max_records: u64,
    pub fill_step: u64,
}

pub fn setup() -> impl Strategy<Value = Setup> {
    (100u64..900, 1u64..6, prop_oneof![Just(0u64), 1u64..300]).prop_map(
        |(max_bytes, max_records, fill_step)| Setup {
            max_bytes,
            max_records,
            fill_step,
        },
    )
}

pub fn open(fs: Arc<dyn FileSystem>, root: &Path, setup: &Setup) -> (Store, Partition) {
    let fill_step = setup.fill_step;
    let options = StoreOptions {
        fs,
        fill_step,
        index_sync_bytes: 300,
        ..StoreOptions::default()
    };
    let store = Store::open(root, options).unwrap();
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

/// What a partition holds.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct State {
    pub records: Vec<(u64, String)>,
    pub purged: Option<u64>,
}

impl State {
    pub fn of(partition: &Partition) -> Self {
        let records = partition.read_range(0..=u64::MAX).unwrap();
        let text = |payload| String::from_utf8(payload).unwrap();
        Self {
            records: records
                .into_iter()
                .map(|r| (r.order_key, text(r.payload)))
                .collect(),
            purged: partition.last_purge_id().unwrap(),
        }
    }

    pub fn last_key(&self) -> Option<u64> {
        self.records.last().map(|r| r.0)
    }

    /// The lowest key that may be appended.
    pub fn floor(&self) -> u64 {
        self.last_key()
            .unwrap_or(0)
            .max(self.purged.map_or(0, |purged| purged + 1))
    }
}

/// Runs operations on a partition and on a [`State`].
#[derive(Debug)]
pub struct Program {
    pub state: State,
    next: u64,
    written: u64,
}

impl Program {
    pub fn new() -> Self {
        Self {
            state: State::default(),
            next: 5,
            written: 0,
        }
    }

    /// A key somewhere around the log.
    fn pick(&self, at: u8) -> u64 {
        let first = self
            .state
            .records
            .first()
            .map_or(self.next, |r| r.0)
            .saturating_sub(2);
        first + u64::from(at) * (self.next + 3 - first) / 256
    }

    /// Runs one write and returns the states it passes through: the one before first, the one
    /// after last. A reopen passes through none.
    pub fn write(&mut self, op: &Op, partition: &mut Partition) -> Vec<State> {
        let passage = match op {
            Op::Append { gaps, sync } => {
                let passage = self.append(gaps, partition);
                if *sync {
                    partition.sync().unwrap();
                }
                passage
            }
            Op::Truncate(at) => {
                let key = self.pick(*at);
                partition.truncate(key).unwrap();
                self.truncated(key)
            }
            Op::Purge(at) => {
                let key = self.pick(*at);
                partition.purge(key).unwrap();
                self.purged(key)
            }
            Op::Reopen | Op::Drop => vec![self.state.clone()],
        };
        self.state = passage.last().unwrap().clone();
        self.next = match op {
            Op::Truncate(_) => self.state.floor(),
            _ => self.next.max(self.state.floor()),
        };
        passage
    }

    fn append(&mut self, gaps: &[u8], partition: &mut Partition) -> Vec<State> {
        let mut passage = vec![self.state.clone()];
        for gap in gaps {
            self.next += u64::from(*gap);
            self.written += 1;
            let text = format!("\"{}{}\"", self.written, "x".repeat(usize::from(*gap)));
            let mut longer = passage.last().unwrap().clone();
            longer.records.push((self.next, text));
            passage.push(longer);
        }
        let batch = &passage.last().unwrap().records[self.state.records.len()..];
        let refs: Vec<RecordRef<'_>> = batch
            .iter()
            .map(|(key, text)| RecordRef {
                order_key: *key,
                payload: text.as_bytes(),
            })
            .collect();
        partition.append_batch(&refs).unwrap();
        passage
    }

    /// From the end backward.
    fn truncated(&self, key: u64) -> Vec<State> {
        let state = &self.state;
        let kept = state.records.partition_point(|r| r.0 < key);
        (kept..=state.records.len())
            .rev()
            .map(|len| State {
                records: state.records[..len].to_vec(),
                ..state.clone()
            })
            .collect()
    }

    /// All at once.
    fn purged(&self, key: u64) -> Vec<State> {
        let to = self.state.purged.max(Some(key));
        let records = self
            .state
            .records
            .iter()
            .filter(|r| Some(r.0) > to)
            .cloned()
            .collect();
        vec![
            self.state.clone(),
            State {
                records,
                purged: to,
            },
        ]
    }
}
